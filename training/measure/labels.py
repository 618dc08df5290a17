"""The labels of customers, without the weight of a library: the command line reads aims before it needs one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.int8]
"""(n,) 1 for a customer who left, 0 for one who stayed."""
