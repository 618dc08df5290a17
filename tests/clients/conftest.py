"""Real processes of the service, for clients that others wrote."""

from tests.e2e.conftest import golden, serve

__all__ = ["golden", "serve"]
