"""Reasons on one core, in turns: ours, and the exact attributions of boosted trees that users take today.

``python -m benchmarks.explanations.trees BUNDLE`` prints JSON. The trees learn from the bundle's golden customers, as
many as are mixed of their cells, with labels drawn by the model's probabilities: what an attribution costs depends on
the size of the trees, not on how good they are.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
from catboost import CatBoostClassifier, Pool
from lightgbm import LGBMClassifier

from churn.bundle import open_bundle
from churn.columns import Columns, Floats
from churn.reasons import Reasoner
from churn.reasons.attribution import Explainer
from churn.reasons.background import each_field
from churn.scoring import Scorer

ROUNDS = 7
MANY = 1_000
_LEARNED = 5_000

Explain = Callable[[int], object]
"""Gives the reasons for the first so many customers."""


def main() -> int:
    """Measure, and print records a second and ms for one record, by name."""
    bundle = open_bundle(Path(sys.argv[1]))
    scorer = Scorer.open(bundle)
    reasoner = Reasoner.open(bundle, scorer)
    assert reasoner is not None, "the bundle has no background"
    columns = _mixed(scorer.read(bundle.golden["records"]))
    probability = scorer.probability(columns)
    ways = {"this service": _ours(Explainer(reasoner.background, scorer.probability), columns, probability)}
    ways |= _trees(columns, probability)
    print(json.dumps(_in_turns(ways)))
    return 0


def _mixed(columns: Columns) -> Columns:
    rng = np.random.default_rng(0)

    def mixed(part: npt.NDArray[Any]) -> npt.NDArray[Any]:
        found: npt.NDArray[Any] = np.take_along_axis(
            part, rng.integers(len(part), size=(_LEARNED, part.shape[1])), axis=0
        )
        return found

    return Columns(columns.schema, mixed(columns.numbers), mixed(columns.codes))


def _ours(explainer: Explainer, columns: Columns, probability: Floats) -> Explain:
    return lambda count: explainer.explain(columns.take(slice(0, count)), probability[:count])


def _trees(columns: Columns, probability: Floats) -> dict[str, Explain]:
    labels = np.random.default_rng(0).random(len(columns)) < probability
    matrix = np.stack(each_field(columns), axis=1).astype(np.float64)
    found: dict[str, Explain] = {}
    for trees, leaves in ((150, 15), (300, 31)):
        light = LGBMClassifier(n_estimators=trees, num_leaves=leaves, n_jobs=1, verbose=-1).fit(matrix, labels)
        booster = light.booster_
        found[f"LightGBM, {trees} trees of {leaves} leaves"] = (
            lambda count, booster=booster: booster.predict(  # type: ignore[misc]
                matrix[:count], pred_contrib=True, num_threads=1
            )
        )
    cat = CatBoostClassifier(iterations=300, thread_count=1, verbose=False, allow_writing_files=False)
    cat.fit(matrix, labels)
    found["CatBoost, 300 trees"] = lambda count: cat.get_feature_importance(
        Pool(matrix[:count]), type="ShapValues", thread_count=1
    )
    return found


def _in_turns(ways: dict[str, Explain]) -> dict[str, dict[str, float]]:
    times: dict[tuple[str, int], list[float]] = {(name, count): [] for name in ways for count in (1, MANY)}
    for _ in range(ROUNDS):
        for name, explain in ways.items():
            for count, repeats in ((1, 20), (MANY, 1)):
                start_s = time.perf_counter()
                for _ in range(repeats):
                    explain(count)
                times[name, count].append((time.perf_counter() - start_s) / repeats)
    return {
        name: {"records_per_s": MANY / median(times[name, MANY]), "one_ms": 1_000 * median(times[name, 1])}
        for name in ways
    }


if __name__ == "__main__":
    sys.exit(main())
