import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from benchmarks.quality.comparison import Run
from benchmarks.quality.figures import METRICS, difference, mean, mean_rank, measure, resample, standard_error
from benchmarks.quality.goals import goals
from benchmarks.quality.report import render
from benchmarks.quality.store import Cell, Cost, Origin, Result

COST = Cost(1.0, 2.0, 3.0, 4_000.0)


def answers(noise, seed=0, rows=400):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=rows)
    labels = (rng.random(rows) < 1 / (1 + np.exp(-truth))).astype(np.int8)
    p = 1 / (1 + np.exp(-(truth + noise * rng.normal(size=rows))))
    return labels, p


def result(noise, seed=0):
    labels, p = answers(noise, seed)
    return Result(measure(labels, p), resample(labels, p), COST)


@pytest.fixture
def found():
    return {("t", name, seed): result(noise, seed) for name, noise in (("good", 0), ("bad", 2)) for seed in (0, 1)}


def test_ranks_count_from_the_best_and_equals_share(found):
    assert mean_rank(found, ["t"], ["bad", "good"], [0, 1], "roc_auc") == {"bad": 2, "good": 1}
    assert mean_rank(found, ["t"], ["bad", "good"], [0, 1], "log_loss") == {"bad": 2, "good": 1}
    same = {("t", name, 0): found["t", "good", 0] for name in ("a", "b")}
    assert mean_rank(same, ["t"], ["a", "b"], [0], "roc_auc") == {"a": 1.5, "b": 1.5}


@pytest.mark.parametrize(("metric", "of"), [("roc_auc", roc_auc_score), ("log_loss", log_loss)])
def test_a_paired_difference_is_that_of_scikit_learn_and_its_interval_holds_it(found, metric, of):
    gap = difference(found, ["t"], [0, 1], "good", "bad", metric)
    expected = np.mean([of(*answers(0, s)) - of(*answers(2, s)) for s in (0, 1)])
    assert gap.value == pytest.approx(expected, abs=1e-9)
    assert gap.low < gap.value < gap.high
    assert 0 < gap.error < 0.1


def test_a_model_does_not_differ_from_itself(found):
    gap = difference(found, ["t"], [0, 1], "good", "good", "roc_auc")
    assert (gap.value, gap.error, gap.low, gap.high) == (0, 0, 0, 0)


def test_the_standard_error_is_that_of_the_mean():
    assert standard_error([1.0, 3.0]) == pytest.approx(1.0)


def test_resamples_are_the_same_customers_for_every_model_and_their_figures_scikit_learns():
    labels, p = answers(0)
    drawn = np.random.default_rng(0).integers(400, size=400)
    found = resample(labels, p)
    assert found["roc_auc"][0] == pytest.approx(roc_auc_score(labels[drawn], p[drawn]), abs=1e-9)
    assert found["log_loss"][0] == pytest.approx(log_loss(labels[drawn], p[drawn]), abs=1e-9)


def test_every_metric_of_the_report_is_measured(found):
    assert tuple(found["t", "good", 0].metrics) == METRICS
    assert mean(found, ["t"], [0, 1], "good", "roc_auc") == pytest.approx(
        np.mean([found["t", "good", s].metrics["roc_auc"] for s in (0, 1)])
    )


def stored(tmp_path, noises, outdated=()):
    cells = {}
    for model, noise in noises.items():
        for seed in (0, 1):
            cell = cells["t", model, seed] = Cell(tmp_path, f"{model}-{seed}")
            cell.write(Origin("x", "y"), result(noise, seed))
    return Run(["t"], list(noises), [0, 1], 10, cells, outdated, "make quality", {"numpy": "2"})


def test_the_report_says_which_goals_were_reached_and_which_were_missed(tmp_path):
    run = stored(tmp_path, {"churn-train": 0, "LightGBM, tuned": 2, "logistic regression": 1})
    text = render(run)
    assert "| first in mean rank on ROC AUC | 1.00; best of the others 2.00 | reached |" in text
    assert "mean log loss, seeds 0 and 1, at most 0.2405" in text
    assert "**missed**" in text
    assert "| LightGBM, tuned | +0." in text
    assert "seeds 0 1" in text
    assert "(10 trials each" in text
    assert "Missing cells" not in text
    assert "changed since" not in text


def test_a_model_that_wins_against_us_is_shown_as_it_came(tmp_path):
    run = stored(tmp_path, {"churn-train": 2, "LightGBM, tuned": 0})
    found = {key: cell.result() for key, cell in run.cells.items()}
    reached = {goal.what: goal.reached for goal in goals(run, found, run.models)}
    assert not reached["first in mean rank on log loss"]
    assert not reached["t: ROC AUC at most 0.002 and a standard error behind"]
    lost = render(run).partition("### Where we lose")[2].partition("###")[0]
    assert "| t | ROC AUC | 0." in lost
    assert lost.count("(LightGBM, tuned)") >= 2


def test_where_nobody_is_better_the_report_says_so(tmp_path):
    assert "On no table: `churn-train` is best" in render(stored(tmp_path, {"churn-train": 0, "LightGBM, tuned": 3}))


def test_cells_that_were_not_run_are_named(tmp_path):
    run = stored(tmp_path, {"churn-train": 0, "LightGBM, tuned": 2})
    run.cells["t", "LightGBM, tuned", 1].write_failure(Origin("x", "y"), "it is not installed")
    assert "- t, LightGBM, tuned, seed 1: it is not installed" in render(run)


def test_cells_whose_code_has_changed_are_marked_and_count(tmp_path):
    run = stored(tmp_path, {"churn-train": 0, "LightGBM, tuned": 2}, outdated={("t", "churn-train", 1)})
    text = render(run)
    assert "1 of 4 cells were made by code or versions that have changed since" in text
    assert "t, churn-train, seed 1." in text
    assert "| churn-train | 0." in text
