"""From customers to a fitted, calibrated network.

Read ``learn`` and ``material``, then ``family`` (one family on its own) or ``distilled`` (the student of a teacher),
which is made of ``teacher`` (with ``boost`` and ``pairs``), ``calibrate``, ``imagine`` and ``student``; ``search`` and
``again`` are other ways to a teacher.
"""
