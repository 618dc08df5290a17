"""``make bench-peers``: the service beside other model servers on the same bundle, on the same core."""
