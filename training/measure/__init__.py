"""How good probabilities are, and from which one on a customer is flagged.

Read ``labels``, ``metrics``, ``bootstrap`` and ``threshold``.
"""
