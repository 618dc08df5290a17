"""The arrays that customers are held in, and the two codes that are no level."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

MISSING = -2
"""Code of a category that was not given."""
UNSEEN = -1
"""Code of a level that training never saw."""
