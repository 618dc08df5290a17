"""Ray Serve with ``@serve.batch``: ``python ray_app.py PORT``, on a Ray of its own with one core."""

import sys
from itertools import chain

import pandas as pd
import ray
from bundle_model import open_model
from ray import serve
from starlette.requests import Request


@serve.deployment(num_replicas=1, max_ongoing_requests=128)
class Churn:
    """One replica; more requests are let in than a batch holds, or no batch would fill."""

    def __init__(self) -> None:
        """Load the model in the replica."""
        self.model = open_model()

    @serve.batch(max_batch_size=64, batch_wait_timeout_s=0.01)
    async def predict(self, requests: list[list[dict]]) -> list[list[float]]:
        """Answer all customers of all requests with one call of the model."""
        probabilities = iter(self.model.predict(pd.DataFrame(list(chain.from_iterable(requests)))))
        return [[next(probabilities) for _ in customers] for customers in requests]

    async def __call__(self, request: Request) -> list[float]:
        """Answer one request."""
        return await self.predict(await request.json())


if __name__ == "__main__":
    ray.init(num_cpus=1, include_dashboard=False, _node_ip_address="127.0.0.1")
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
    serve.run(Churn.bind(), route_prefix="/predict", blocking=True)
