"""The service under load and faults: real processes on loopback, and what became of every request."""
