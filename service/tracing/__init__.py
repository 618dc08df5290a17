"""Traces: whose request is answered within, and, where a collector is named, what it hears of it."""
