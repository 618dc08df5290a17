"""The customers of a file that could be scored, in memory, and the first of the rows that could not be read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from churn.answers import RISKS, Scores
from churn.batch import Batch
from churn.columns import Columns, Floats, Mask, concat
from churn.counts import Counts
from churn.decide import Decisions, Positions, Verdict
from churn.errors import BadInput
from churn.scoring import Scorer
from churn.tables import BatchReader, identifier_texts

MOST_CUSTOMERS = 1_000_000
"""Some 300 bytes each are held."""

MOST_REFUSED = 10_000
"""So many refused rows are told; a download tells of all."""

Texts = list[str | None]


@dataclass(frozen=True)
class ScoredList:
    """g customers: what they are, what the model says of them, and where they stand in the file.

    ``rows`` (g,) are the numbers of their rows, from 1; ``identifiers`` (g,), None where the file has none. ``refused``
    tells of at most ``MOST_REFUSED`` rows that could not be read.
    """

    columns: Columns
    scores: Scores
    rows: Positions
    identifiers: Texts | None
    refused: Sequence[Mapping[str, Any]]

    def __len__(self) -> int:
        """Return g."""
        return len(self.rows)

    def matching(
        self, decisions: Decisions | None, risk: Collection[str] | None, search: str | None, only: str
    ) -> Mask:
        """Return which customers are meant, (g,): of these risks, with that text in their identifier, contacted or not.

        Raises:
            BadInput: nobody decided whom to contact, and only those are wanted.
        """
        matching: Mask = np.ones(len(self), dtype=np.bool_)
        if risk is not None:
            matching &= np.isin(self.scores.risk, [RISKS.index(name) for name in risk])
        if search:
            matching &= self._named(search.casefold())
        if only != "all":
            if decisions is None:
                raise BadInput(f'"only" is "{only}", but it is not decided whom to contact; add "economics".')
            matching &= (decisions.verdict == Verdict.CONTACTED) == (only == "contacted")
        return matching

    def order(self, decisions: Decisions | None, sort: str, *, descending: bool) -> Positions:
        """Return the positions of all customers, (g,), in the order of a column.

        Equal ones stand as in the file, and those without an identifier or a known profit last, in either direction.

        Raises:
            BadInput: nobody decided whom to contact, and that is the column.
        """
        keys: npt.NDArray[Any]
        if sort == "row":
            keys = self.rows
        elif sort == "customer_id":
            keys = self._identifier_ranks
        elif sort == "churn_probability":
            keys = self.scores.probability
        elif decisions is not None:
            keys = decisions.profit
        else:
            raise BadInput('"sort" is "expected_profit", but it is not decided whom to contact; add "economics".')
        return np.argsort(-keys if descending else keys, kind="stable")  # NaN comes last in either direction

    def _named(self, text: str) -> Mask:
        names: Sequence[str | None] = self.identifiers or [None] * len(self)
        return np.fromiter((name is not None and text in name.casefold() for name in names), np.bool_, len(self))

    @cached_property
    def _identifier_ranks(self) -> Floats:
        """Where each identifier stands among all, (g,): numbers by their size, others as text; NaN where none is."""
        names = self.identifiers or [None] * len(self)
        given = {name for name in names if name is not None}
        rank = {name: float(at) for at, name in enumerate(sorted(given, key=_size if _all_numbers(given) else None))}
        return np.array([np.nan if name is None else rank[name] for name in names])


def _all_numbers(names: Collection[str]) -> bool:
    return all(name.isdecimal() for name in names)


def _size(digits: str) -> tuple[int, str, str]:
    """Return a key that orders whole numbers of any length by their size, and as text where it is the same."""
    significant = digits.lstrip("0")
    return len(significant), significant, digits


class Collector(Counts):
    """Gathers the batches of a file."""

    def __init__(self, scorer: Scorer) -> None:
        """Take what scores them."""
        super().__init__()
        self.share = 0.0
        self._scorer = scorer
        self._columns = [scorer.read([])]
        self._scores = [scorer.score(self._columns[0])]
        self._rows: list[Positions] = [np.empty(0, np.intp)]
        self._identifiers: Texts | None = []
        self._refused: list[Mapping[str, Any]] = []

    def collect(self, reader: BatchReader) -> ScoredList:
        """Score all customers of a file.

        Raises:
            BadInput: the file is damaged, or holds more than ``MOST_CUSTOMERS``.
        """
        for batch in reader:
            self.add(batch, reader.done())
        return self._joined()

    def add(self, batch: Batch, share: float) -> None:
        """Score n rows."""
        good = batch.good
        names = identifier_texts(batch)
        self._refused += self._told(batch, names)
        self._rows.append(np.flatnonzero(good) + (self.read + 1))
        self._columns.append(batch.columns)
        self._scores.append(self._scorer.score(batch.columns))
        if names is None or self._identifiers is None:
            self._identifiers = None
        else:
            self._identifiers += [name for name, is_good in zip(names, good.tolist(), strict=True) if is_good]
        super().add(batch, share)
        self.share = share
        if self.scored > MOST_CUSTOMERS:
            raise BadInput(
                f"The file has more than the {MOST_CUSTOMERS:,} customers that are shown here; score it with "
                "churn-score, which takes a file of any size, or split it."
            )

    def _told(self, batch: Batch, names: Texts | None) -> Iterator[Mapping[str, Any]]:
        room = MOST_REFUSED - len(self._refused)
        for at, refused in list(batch.refused.items())[:room]:
            name = {} if names is None else {"customer_id": names[at]}
            sentence = "; ".join(problem.sentence() for problem in refused.told)
            yield {"row": self.read + at + 1, "line": refused.told[0].line, **name, "error": sentence}

    def _joined(self) -> ScoredList:
        scores = Scores(
            np.concatenate([part.probability for part in self._scores]),
            np.concatenate([part.churn for part in self._scores]),
            np.concatenate([part.risk for part in self._scores]),
        )
        joined = ScoredList(concat(self._columns), scores, np.concatenate(self._rows), self._identifiers, self._refused)
        self._columns, self._scores = [], []
        return joined
