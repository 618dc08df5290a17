"""JSON: an array of records, or one record object. ``reading`` is the way in, ``writing`` the way out."""
