"""``make audit``: what the locks pin, as bills of materials, beside what is known against it."""
