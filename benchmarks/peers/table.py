"""The peers, each as its own documentation starts it; one worker each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.peers import bodies


@dataclass(frozen=True, slots=True)
class Door:
    """How a server is asked: the path, the body for records, the probabilities in the answer."""

    path: str
    write: Callable[[Sequence[bodies.Record]], object]
    read: Callable[[Any], list[float]]


OURS = Door("/predict", bodies.as_array, bodies.from_service)


@dataclass(frozen=True, slots=True)
class Peer:
    """A model server: its name is that of its environment and its lock file, requirements/peers/NAME.txt.

    ``command`` and ``prepare`` (run once, before) are the arguments of a program of the environment, run in a copy
    of the folder servers/; ``{port}`` in them is the port. ``ports`` are environment variables that take a free
    port each. ``ours`` is how our service is asked as the peer is, where it speaks the peer's protocol; ``{name}`` in
    its path is the bundle's name.
    """

    name: str
    title: str
    package: str
    command: Sequence[str]
    ready_path: str
    door: Door
    prepare: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: Sequence[str] = ()
    ours: Door | None = None

    def doors_of_ours(self, name: str) -> list[Door]:
        """Return how our service is asked beside this peer: its own way, then the peer's if it speaks that."""
        return [OURS, *([replace(self.ours, path=self.ours.path.format(name=name))] if self.ours else [])]


PEERS = (
    Peer(
        name="fastapi",
        title="the FastAPI tutorial",
        package="fastapi",
        command=("fastapi", "run", "tutorial.py", "--host", "127.0.0.1", "--port", "{port}"),
        ready_path="/openapi.json",
        door=Door("/predict", bodies.as_array, bodies.from_objects),
    ),
    Peer(
        name="litserve",
        title="LitServe, batching",
        package="litserve",
        command=("python", "lit_api.py", "{port}"),
        ready_path="/health",
        door=Door("/predict", bodies.as_customers, bodies.from_probabilities),
    ),
    Peer(
        name="bentoml",
        title="BentoML, adaptive batching",
        package="bentoml",
        command=("bentoml", "serve", "bento_service:Churn", "--host", "127.0.0.1", "--port", "{port}"),
        ready_path="/readyz",
        door=Door("/predict", bodies.as_customers, bodies.from_array),
        environment={"BENTOML_DO_NOT_TRACK": "True"},
    ),
    Peer(
        name="mlserver",
        title="MLServer, adaptive batching",
        package="mlserver",
        command=("mlserver", "start", "."),
        ready_path="/v2/models/churn/ready",
        door=Door("/v2/models/churn/infer", bodies.as_v2_columns, bodies.from_v2_output),
        ours=Door("/v2/models/{name}/infer", bodies.as_v2_columns, bodies.from_v2_output),
        # The model in the server's own process: on one core, a worker beside it costs only the way there.
        environment={"MLSERVER_HOST": "127.0.0.1", "MLSERVER_HTTP_PORT": "{port}", "MLSERVER_PARALLEL_WORKERS": "0"},
        ports=("MLSERVER_GRPC_PORT", "MLSERVER_METRICS_PORT"),
    ),
    Peer(
        name="ray",
        title="Ray Serve, @serve.batch",
        package="ray",
        command=("python", "ray_app.py", "{port}"),
        ready_path="/-/healthz",
        door=Door("/predict", bodies.as_array, bodies.from_array),
        environment={"RAY_USAGE_STATS_ENABLED": "0"},
    ),
    Peer(
        name="mlflow",
        title="mlflow models serve",
        package="mlflow",
        prepare=("python", "mlflow_model.py", "model"),
        command=("mlflow", "models", "serve", "-m", "model", "--env-manager", "local", "-w", "1", "-p", "{port}"),
        ready_path="/ping",
        door=Door("/invocations", bodies.as_dataframe_records, bodies.from_predictions),
        ours=Door("/invocations", bodies.as_dataframe_records, bodies.from_service),
    ),
)
