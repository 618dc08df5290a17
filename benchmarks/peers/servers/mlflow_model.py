"""MLflow's pyfunc, a model from code; ``python mlflow_model.py FOLDER`` saves it for ``mlflow models serve``."""

import os
import sys
from pathlib import Path

import mlflow
import pandas as pd
from bundle_model import BundleModel
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext


class Churn(PythonModel):
    """The bundle is the model's artifact."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the model."""
        self.model = BundleModel(Path(context.artifacts["bundle"]))

    def predict(self, model_input: pd.DataFrame) -> list[float]:
        """Answer a probability for each row."""
        return self.model.predict(model_input)


set_model(Churn())

if __name__ == "__main__":
    mlflow.pyfunc.save_model(
        sys.argv[1],
        python_model=__file__,
        artifacts={"bundle": os.environ["CHURN_BUNDLE"]},
        code_paths=["bundle_model.py"],
        pip_requirements=[],  # it is served from the environment that it is saved in
    )
