"""LitServe with batching: ``python lit_api.py PORT``."""

import sys
from itertools import chain

import litserve
import pandas as pd
from bundle_model import open_model


class Churn(litserve.LitAPI):
    """Requests of one or more customers, answered together."""

    def setup(self, device: str) -> None:  # noqa: ARG002 - LitServe gives it
        """Load the model in the worker."""
        self.model = open_model()

    def decode_request(self, request: dict) -> list[dict]:
        """Take the customers of a request."""
        return request["customers"]

    def batch(self, inputs: list[list[dict]]) -> list[list[dict]]:
        """Keep the requests apart, for ``predict`` has to know how many customers each has."""
        return inputs

    def predict(self, requests: list[list[dict]]) -> list[list[float]]:
        """Answer all customers of all requests with one call of the model."""
        probabilities = iter(self.model.predict(pd.DataFrame(list(chain.from_iterable(requests)))))
        return [[next(probabilities) for _ in customers] for customers in requests]

    def unbatch(self, output: list[list[float]]) -> list[list[float]]:
        """Give each request its part."""
        return output

    def encode_response(self, output: list[float]) -> dict:
        """Answer the probabilities of a request."""
        return {"probabilities": output}


if __name__ == "__main__":
    server = litserve.LitServer(
        Churn(max_batch_size=64, batch_timeout=0.01), accelerator="cpu", devices=1, workers_per_device=1
    )
    server.run(host="127.0.0.1", port=int(sys.argv[1]), num_api_servers=1, generate_client_file=False)
