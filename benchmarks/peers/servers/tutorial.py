"""The FastAPI tutorial: a pydantic model as the body, the model loaded in the lifespan, a plain ``def`` endpoint.

``fastapi run tutorial.py``.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pandas as pd
from bundle_model import BundleModel, open_model
from fastapi import FastAPI
from pydantic import BaseModel

models: dict[str, BundleModel] = {}


class Customer(BaseModel):
    """A customer of the shipped bundle."""

    gender: str
    SeniorCitizen: int
    Partner: str
    Dependents: str
    tenure: int
    PhoneService: str
    MultipleLines: str
    InternetService: str
    OnlineSecurity: str
    OnlineBackup: str
    DeviceProtection: str
    TechSupport: str
    StreamingTV: str
    StreamingMovies: str
    Contract: str
    PaperlessBilling: str
    PaymentMethod: str
    MonthlyCharges: float
    TotalCharges: float | None = None


class Prediction(BaseModel):
    """What is answered for a customer."""

    churn_probability: float


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:  # noqa: ARG001 - FastAPI gives it
    """Load the model before the first request."""
    models["churn"] = open_model()
    yield
    models.clear()


app = FastAPI(lifespan=lifespan)


@app.post("/predict")
def predict(customers: list[Customer]) -> list[Prediction]:
    """Answer in the order of the customers."""
    frame = pd.DataFrame([customer.model_dump() for customer in customers])
    return [Prediction(churn_probability=probability) for probability in models["churn"].predict(frame)]
