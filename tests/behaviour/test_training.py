"""A model trained on synthetic customers, whose true probabilities are known, comes near the truth."""

import numpy as np
import pyarrow.csv as pacsv
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from churn.scoring import Scorer
from churn.tables import to_batch
from training.config import TrainConfig
from training.measure.metrics import expected_calibration_error
from training.progress import Reporter
from training.run import train
from training.synthetic import make_customers

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """A bundle trained on 3,000 customers for a while, and its answers for 8,000 others beside the truth."""
    folder = tmp_path_factory.mktemp("truth")
    clean = {"markers": False, "sentinels": False}
    pacsv.write_csv(make_customers(3_000, seed=0, **clean).table, folder / "customers.csv")
    out = folder / "artifacts" / "truth"
    config = TrainConfig(folder / "customers.csv", "churn", out, resamples=20, imagined=20_000, epochs=16)
    bundle = train(config, Reporter())
    others = make_customers(8_000, seed=1, **clean)
    scorer = Scorer.open(bundle)
    probability = scorer.score(to_batch(others.table, bundle.schema).columns).probability
    return bundle, others, probability


def test_the_log_loss_comes_near_that_of_the_truth(answers):
    _, others, probability = answers
    assert log_loss(others.label, probability) < log_loss(others.label, others.probability) + 0.03


def test_the_order_of_customers_is_nearly_the_true_one(answers):
    _, others, probability = answers
    truth = roc_auc_score(others.label, others.probability)
    assert truth - 0.02 < roc_auc_score(others.label, probability) < truth + 0.01


def test_probabilities_are_calibrated(answers):
    _, others, probability = answers
    assert expected_calibration_error(others.label, probability) < 0.03
    slope = np.polyfit(_logit(probability), _logit(others.probability), 1)[0]
    assert slope == pytest.approx(1.0, abs=0.2)


def test_what_drives_churn_is_found_and_what_does_not_is_not(answers):
    drivers = answers[0].manifest.metrics["drivers"]
    strongest = sorted(drivers, key=drivers.get, reverse=True)[:4]
    assert "membership_category" in strongest
    assert not {"gender", "region_category", "age", "last_visit_time"} & set(strongest)


def _logit(probability):
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(clipped / (1 - clipped))
