"""Networks and how they are fitted, whatever they are to learn. Read ``layers``, ``families``, ``fit``."""
