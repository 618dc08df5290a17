"""What training and the service agree on: the schema, the preprocessing, the bundle, the scoring.

Floor: the standard library and NumPy. PyArrow is imported in ``tables`` only, LiteRT in
``engines.compiled`` only, TensorFlow, scikit-learn, joblib and pandas in ``engines.reference`` only, but for pandas in
``export.pyfunc``, which MLflow loads.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("churn-service")
except PackageNotFoundError:  # run from a source tree that is not installed
    __version__ = "0+source"
