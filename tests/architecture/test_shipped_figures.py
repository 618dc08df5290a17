"""The table of the shipped bundle in docs/measured.md shows the figures that stand in its manifest."""

import json
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
NAMES = {
    "ROC AUC": "roc_auc",
    "PR AUC": "pr_auc",
    "log loss": "log_loss",
    "Brier score": "brier",
    "ECE": "ece",
    "recall at the threshold": "recall",
    "precision at the threshold": "precision",
    "lift in the top decile": "lift_top_decile",
}


@pytest.fixture(scope="module")
def section() -> str:
    return (PROJECT / "docs" / "measured.md").read_text().partition("## The shipped bundle")[2]


@pytest.fixture(scope="module")
def metrics() -> dict[str, dict[str, dict[str, float]]]:
    manifest = json.loads((PROJECT / "artifacts" / "telco" / "manifest.json").read_text())
    return dict(manifest["metrics"])


@pytest.mark.parametrize("name", NAMES)
def test_a_row_shows_what_the_manifest_says(name, section, metrics):
    [cells] = re.findall(rf"^\| {name} \|(.*)\|$", section, re.MULTILINE)
    ours, theirs, gap = (metrics[part][NAMES[name]] for part in ("test", "logistic_regression", "difference"))
    assert [float(number) for number in re.findall(r"[+-]?\d+\.\d+", cells)] == pytest.approx(
        [ours["value"], ours["low"], ours["high"], theirs["value"], gap["low"], gap["high"]], abs=0.00051
    )


def test_the_text_says_where_it_is_ahead_and_where_equal(section, metrics):
    lower_is_better = {"log_loss", "brier", "ece"}
    ahead = [
        name
        for name, key in NAMES.items()
        if (metrics["difference"][key]["high"] < 0 if key in lower_is_better else metrics["difference"][key]["low"] > 0)
    ]
    assert ahead == ["ROC AUC", "log loss", "Brier score"]
    assert "ahead in ROC AUC, log loss and Brier score; in the rest the two\ncome out equal" in section
    assert "benchmarks/QUALITY.md" in section


def test_the_bundle_is_small():
    size_bytes = sum(path.stat().st_size for path in (PROJECT / "artifacts" / "telco").rglob("*"))
    assert size_bytes < 5_000_000
