"""From answers to the reasons for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from churn.answers import Reasons
from churn.columns import Columns, Floats
from churn.notices import RecordWarning
from churn.reasons.attribution import Explainer
from churn.reasons.background import Background
from churn.reasons.effects import Cells
from churn.reasons.words import ReasonWriter

if TYPE_CHECKING:
    from churn.bundle import Bundle
    from churn.scoring import Scorer

_MOST_NAMED = 3


class Reasoner:
    """Gives the reasons for a scorer's answers; safe for several threads."""

    def __init__(self, background: Background, scorer: Scorer) -> None:
        """Take what to compare with, and whose answers to explain."""
        self.background = background
        self._explainer = Explainer(background, scorer.probability)
        self._words = ReasonWriter(scorer.schema)

    @classmethod
    def open(cls, bundle: Bundle, scorer: Scorer) -> Reasoner | None:
        """Read the bundle's background; None where it has none.

        Raises:
            BundleError: the background is damaged, or of another schema.
        """
        background = Background.open(bundle)
        return None if background is None else cls(background, scorer)

    def pair_warnings(self, columns: Columns, name: str) -> list[RecordWarning | None]:
        """Say for each of n customers which values never met that of a field in training; None where all may have."""
        place = {field.name: j for j, field in enumerate(self._explainer.fields)}[name]
        return [
            self._pair_warning(columns.take(slice(i, i + 1)), place, never) if len(never) else None
            for i, never in enumerate(self.background.never_met(columns, place))
        ]

    def _pair_warning(self, one: Columns, place: int, never: Cells) -> RecordWarning:
        told = [self._words.what(j, one) for j in (place, *never[:_MOST_NAMED].tolist())]
        more = f" (and {len(never) - _MOST_NAMED} more)" if len(never) > _MOST_NAMED else ""
        message = f"no customer in training had this together: {told[0]}, and {'; '.join(told[1:])}{more}"
        return RecordWarning(self._explainer.fields[place].name, "unseen_combination", message)

    def reasons(
        self, columns: Columns, probability: Floats, count: int, between: Callable[[], None] = lambda: None
    ) -> Reasons:
        """Return the ``count`` largest contributions to the probability, (n,), of each of n customers, in words.

        Raises:
            EngineError: the engine gave something that is no probability.
        """
        found = self._explainer.explain(columns, probability, between)
        return Reasons(
            self._words.top(columns, found, count), found.contributions.sum(axis=1), found.log_odds, found.base
        )
