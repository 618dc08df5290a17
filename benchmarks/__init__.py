"""Benchmarks: not part of what is installed; ``python -m benchmarks`` in the project's folder."""
