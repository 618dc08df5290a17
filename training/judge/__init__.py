"""What the exported bundle is worth on customers that it did not learn from.

Read ``on_test_part``, then what it asks: ``baseline``, ``drivers``, ``pairs``, ``tradeoff`` and ``payoff``.
"""
