import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from benchmarks.quality.figures import Figures, difference, figures_of, mean_rank, standard_error
from benchmarks.quality.goals import goals
from benchmarks.quality.report import Run, render
from benchmarks.quality.store import Cell, Cost, Result
from training.metrics import evaluate_probabilities

COST = Cost(1.0, 2.0, 3.0, 4_000.0)


def result(noise, seed=0, rows=400):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=rows)
    labels = (rng.random(rows) < 1 / (1 + np.exp(-truth))).astype(np.int8)
    p = 1 / (1 + np.exp(-(truth + noise * rng.normal(size=rows))))
    return Result(evaluate_probabilities(labels, p, 0.5), COST, p, labels)


@pytest.fixture
def found():
    return {
        ("t", name, seed): figures_of(result(noise, seed))
        for name, noise in (("good", 0), ("bad", 2))
        for seed in (0, 1)
    }


def test_ranks_count_from_the_best_and_equals_share(found):
    assert mean_rank(found, ["t"], ["bad", "good"], [0, 1], "roc_auc") == {"bad": 2, "good": 1}
    assert mean_rank(found, ["t"], ["bad", "good"], [0, 1], "log_loss") == {"bad": 2, "good": 1}
    same = {("t", name, 0): found["t", "good", 0] for name in ("a", "b")}
    assert mean_rank(same, ["t"], ["a", "b"], [0], "roc_auc") == {"a": 1.5, "b": 1.5}


@pytest.mark.parametrize(("metric", "of"), [("roc_auc", roc_auc_score), ("log_loss", log_loss)])
def test_a_paired_difference_is_that_of_scikit_learn_and_its_interval_holds_it(found, metric, of):
    gap = difference(found, ["t"], [0, 1], "good", "bad", metric)
    cells = [(found["t", "good", s], found["t", "bad", s]) for s in (0, 1)]
    expected = np.mean([of(a.labels, a.probability) - of(b.labels, b.probability) for a, b in cells])
    assert gap.value == pytest.approx(expected, abs=1e-9)
    assert gap.low < gap.value < gap.high
    assert 0 < gap.error < 0.1


def test_a_model_does_not_differ_from_itself(found):
    gap = difference(found, ["t"], [0, 1], "good", "good", "roc_auc")
    assert (gap.value, gap.error, gap.low, gap.high) == (0, 0, 0, 0)


def test_the_standard_error_is_that_of_the_mean():
    assert standard_error([1.0, 3.0]) == pytest.approx(1.0)


def stored(tmp_path, noises):
    cells = {}
    for model, noise in noises.items():
        for seed in (0, 1):
            cell = cells["t", model, seed] = Cell(tmp_path, f"{model}-{seed}")
            one = result(noise, seed)
            cost = {"wall_s": 1.0, "cpu_s": 2.0, "peak_mib": 3.0, "rows_per_s": 4_000.0}
            cell.write("x", one.metrics, cost, one.probability, one.labels)
    return Run(["t"], list(noises), [0, 1], cells, "make quality", {"numpy": "2"})


def test_the_report_says_which_goals_were_reached_and_which_were_missed(tmp_path):
    run = stored(tmp_path, {"churn-train": 0, "LightGBM, tuned": 2, "logistic regression": 1})
    text = render(run)
    assert "| first in mean rank on ROC AUC | 1.00; best of the others 2.00 | reached |" in text
    assert "mean log loss, seeds 0 and 1, at most 0.2405" in text
    assert "**missed**" in text
    assert "| LightGBM, tuned | +0." in text
    assert "Missing cells" not in text


def test_a_model_that_wins_against_us_is_shown_as_it_came(tmp_path):
    run = stored(tmp_path, {"churn-train": 2, "LightGBM, tuned": 0})
    found = {key: figures_of(cell.result()) for key, cell in run.cells.items()}
    reached = {goal.what: goal.reached for goal in goals(run, found, run.models)}
    assert not reached["first in mean rank on log loss"]
    assert not reached["t: ROC AUC at most 0.002 and a standard error behind"]


def test_cells_that_were_not_run_are_named(tmp_path):
    run = stored(tmp_path, {"churn-train": 0, "LightGBM, tuned": 2})
    run.cells["t", "LightGBM, tuned", 1].write_failure("x", "it is not installed")
    text = render(run)
    assert "- t, LightGBM, tuned, seed 1: it is not installed" in text
    assert isinstance(figures_of(run.cells["t", "churn-train", 0].result()), Figures)
