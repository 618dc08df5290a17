"""HTTP: the edge, the endpoints, bodies and content types."""
