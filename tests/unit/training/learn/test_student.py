import numpy as np

from churn.schema import Field, Schema
from training.learn.calibrate import Beta
from training.learn.student import fit_student
from training.networks.families.network import CALIBRATION, probabilities
from training.networks.fit import Effort

SCHEMA = Schema((Field("x", "number"), Field("plan", "category", levels=("a", "b"))))


def test_the_student_says_what_the_teacher_says_with_the_calibration_inside():
    rng = np.random.default_rng(0)
    x, plan = rng.normal(size=4_000), rng.integers(0, 2, 4_000)
    inputs = {"numbers": x[:, None].astype(np.float32), "codes": plan[:, None].astype(np.int32)}
    targets = 1 / (1 + np.exp(-(2 * np.sin(2 * x) + plan - 0.5)))
    calibration = Beta(1.4, 0.8, -0.3)
    model, history = fit_student(SCHEMA, inputs, targets, calibration, seed=0, effort=Effort(fast=True, epochs=60))
    assert np.abs(probabilities(model, inputs) - targets).mean() < 0.02
    np.testing.assert_allclose(model.get_layer(CALIBRATION).get_weights(), [1.4, 0.8, -0.3], rtol=1e-6)
    assert history.best_epoch == len(history.train) == 60
