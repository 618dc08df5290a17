from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from training.judge.payoff import payoff
from training.judge.tradeoff import curve
from training.measure.threshold import FEWEST_FLAGGED, Profit
from training.report.plots import payoff_plot, profit_plot, tradeoff_plot

AIM = Profit(value=100, contact_cost=5, success=0.25)


def answers():
    rng = np.random.default_rng(0)
    probability = rng.beta(1, 3, 500)
    return (rng.random(500) < probability).astype(np.int8), probability


@pytest.fixture(scope="module")
def points():
    return curve(AIM, 0.2, answers())


def test_the_tradeoff_names_its_lines_and_the_chosen_threshold(points):
    svg = tradeoff_plot(points, 0.2)
    for name in ("churners found (recall)", "contacted who leave (precision)", "customers contacted", "chosen: 0.200"):
        assert name in svg


def test_a_precision_of_a_few_customers_is_not_drawn(points):
    few = [at for at in points if at.contacted < FEWEST_FLAGGED]
    assert len(few) > 10
    others = [SimpleNamespace(**_shown(at) | ({"precision": 0.123} if at in few else {})) for at in points]
    assert tradeoff_plot(others, 0.2) == tradeoff_plot(points, 0.2)
    assert tradeoff_plot(points[: -len(few)], 0.2) != tradeoff_plot(points, 0.2)


def _shown(at):
    return {name: getattr(at, name) for name in ("threshold", "contacted", "share", "recall", "precision")}


def test_the_profit_is_drawn_by_the_probabilities_and_by_who_left(points):
    svg = profit_plot(points, 0.2)
    for name in ("by the probabilities", "by who left", "chosen: 0.200"):
        assert name in svg
    assert svg != profit_plot([replace(at, realised=0.0) for at in points], 0.2)
    assert svg != profit_plot([replace(at, expected=0.0) for at in points], 0.2)


def test_what_contacting_pays_is_drawn_with_its_highest_point_and_the_chosen_share():
    found = payoff(AIM, 0.3, answers())
    svg = payoff_plot(found)
    for name in (f"highest: {found.best.share:.1%}", f"chosen: {found.chosen.share:.1%}", "profit per customer"):
        assert name in svg
    assert svg != payoff_plot(replace(found, best=replace(found.best, profit_per_1000=0.0)))
    assert svg != payoff_plot(replace(found, profits=found.profits / 2))
