import numpy as np
import pytest

from churn.schema import Field, Schema
from training.learn import student
from training.learn.calibrate import Beta
from training.learn.student import fit_student, hidden_by_the_test, imagined_for
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


@pytest.mark.parametrize(("rows", "wanted"), [(100, 80_000), (40_000, 80_000), (57_600, 115_200), (1_000_000, 200_000)])
def test_the_larger_the_table_the_more_customers_are_imagined_within_bounds(rows, wanted):
    assert imagined_for(rows, Effort()) == wanted


def test_a_student_that_stays_behind_what_the_test_hides_gets_a_longer_second_try(monkeypatch):
    monkeypatch.setattr(student, "FAST_STEPS", 40)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2_000, 1)).astype(np.float32)
    inputs = {"numbers": x, "codes": rng.integers(0, 2, (2_000, 1)).astype(np.int32)}
    targets = np.where(np.sin(9 * x[:, 0]) > 0, 0.9, 0.1)

    def history(hidden):
        effort = Effort(fast=True, imagined=2_000)
        return fit_student(SCHEMA, inputs, targets, Beta(1, 1, 0), seed=0, effort=effort, hidden=hidden)[1]

    first, second = history(np.inf), history(0.0)
    assert len(second.train) == 3 * len(first.train)
    assert second.validation[-1] < first.validation[-1]


def test_no_second_try_is_made_where_no_more_epochs_are_allowed():
    rng = np.random.default_rng(0)
    inputs = {
        "numbers": rng.normal(size=(500, 1)).astype(np.float32),
        "codes": rng.integers(0, 2, (500, 1)).astype(np.int32),
    }
    targets, told = np.where(inputs["numbers"][:, 0] > 0, 0.9, 0.1), []
    effort = Effort(fast=True, epochs=2, imagined=500)
    fit_student(
        SCHEMA, inputs, targets, Beta(1, 1, 0), seed=0, effort=effort, hidden=0.0, on_epoch=lambda *_: told.append(1)
    )
    assert len(told) == 2


def test_what_the_test_hides_is_twice_the_standard_error_of_the_difference():
    rng = np.random.default_rng(0)
    teacher = rng.beta(2, 3, 400_000)
    student_says = 1 / (1 + np.exp(-(np.log(teacher / (1 - teacher)) + rng.normal(0, 0.1, len(teacher)))))
    labels = rng.random(len(teacher)) < teacher
    extra = log_losses(labels, student_says) - log_losses(labels, teacher)
    apart = log_losses(teacher, student_says).mean() - log_losses(teacher, teacher).mean()
    rows = round(8 / apart)
    assert hidden_by_the_test(rows) == pytest.approx(apart, rel=0.01)
    assert 2 * extra.std() / np.sqrt(rows) == pytest.approx(apart, rel=0.1)


def log_losses(truth, said):
    return -(truth * np.log(said) + (1 - truth) * np.log(1 - said))
