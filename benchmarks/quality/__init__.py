"""``make quality``: our models beside tuned boosters, on real tables and the same rows."""
