"""What a customer record is, made from the schema: the types that validate it, what is wrong with it, JSON Schema."""
