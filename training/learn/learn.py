"""From the material to a fitted, calibrated network: one family on its own, or the student of a teacher."""

from __future__ import annotations

from training.learn.again import Ancestor
from training.learn.distilled import Searching, all_but_test, learn_distilled
from training.learn.family import learn_family
from training.learn.learned import Learned
from training.learn.material import Material
from training.networks.fit import Effort
from training.progress import Reporter
from training.table.split import Rows

DISTILLED = "distilled"


def learn(
    material: Material,
    model: str,
    reporter: Reporter,
    effort: Effort,
    searching: Searching | None = None,
    ancestor: Ancestor | None = None,
) -> Learned:
    """Fit ``model``: ``DISTILLED`` or the name of a family. The same seed gives the same network on one machine."""
    if model == DISTILLED:
        return learn_distilled(material, reporter, effort, searching, ancestor)
    return learn_family(material, model, reporter, effort)


def learning_rows(material: Material, model: str) -> Rows:
    """Return the rows that ``model`` learns from: a family spares the validation part, a teacher needs none."""
    return all_but_test(material) if model == DISTILLED else material.parts.train
