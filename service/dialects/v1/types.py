"""The content types that are read besides JSON.

TensorFlow Serving looks at none, and its examples are ``curl -d``, which says that it sends a form.
"""

TYPES = frozenset((b"", b"application/x-www-form-urlencoded"))
