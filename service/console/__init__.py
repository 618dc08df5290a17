"""The page for people: static files, read once, that ask the same API as everybody else; it computes nothing itself."""
