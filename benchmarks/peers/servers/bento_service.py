"""BentoML with adaptive batching: ``bentoml serve bento_service:Churn``.

No ``from __future__ import annotations``: BentoML reads the types of the endpoint.
"""

from typing import Any

import bentoml
import pandas as pd
from bundle_model import open_model


@bentoml.service(workers=1, traffic={"timeout": 60})
class Churn:
    """One endpoint; the lists of the requests are put together.

    With a DataFrame as the parameter, which the rest of BentoML takes, its batching ends with a TypeError (1.4.39).
    """

    def __init__(self) -> None:
        """Load the model."""
        self.model = open_model()

    # The size counts customers, and has to hold two requests of a thousand.
    @bentoml.api(batchable=True, max_batch_size=2_000, max_latency_ms=10_000)
    def predict(self, customers: list[dict[str, Any]]) -> list[float]:
        """Answer a probability for each customer."""
        return self.model.predict(pd.DataFrame(customers))
