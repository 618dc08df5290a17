"""Who may call: the file of keys, the keys in force, what each may ask, and how many rows a minute."""
