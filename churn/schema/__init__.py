"""The customer schema: one description of a record, of which everything else is a projection.

The request model, OpenAPI, the CSV and Parquet readers, the columns that the model sees and the docs
are all made from a ``Schema``. It is inferred once, in training, and travels in the bundle; it is never
inferred while serving.
"""

from churn.schema.field import Field, Level
from churn.schema.label import Label
from churn.schema.schema import Schema

__all__ = ["Field", "Label", "Level", "Schema"]
