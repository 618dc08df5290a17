"""MLServer's custom runtime, behind adaptive batching (model-settings.json): ``mlserver start .``."""

import pandas as pd
from bundle_model import open_model
from mlserver import MLModel
from mlserver.codecs import PandasCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Churn(MLModel):
    """The V2 protocol with a column of the DataFrame as each input."""

    async def load(self) -> bool:
        """Load the model."""
        self.model = open_model()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answer a probability for each row of what the batching put together."""
        frame = self.decode_request(payload, default_codec=PandasCodec)
        probabilities = pd.DataFrame({"churn_probability": self.model.predict(frame)})
        return PandasCodec.encode_response(self.name, probabilities, self.version)
