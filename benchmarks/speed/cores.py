"""Which core is whose: what the client needs is not taken from the server."""

SERVER_CORE, CLIENT_CORE = 0, 1
