"""What the service says of itself, made from the bundle: the OpenAPI document, and the page at /docs."""
