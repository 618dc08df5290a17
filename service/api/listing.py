"""Which problems an answer lists, out of all that were counted: it must not outgrow the request by orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from churn.errors import Problem
from service.api.errors import PROBLEMS_LIMIT, PROBLEMS_LIMIT_BYTES, problem_text


@dataclass(frozen=True, slots=True)
class Found:
    """The problems of one record: how many there are, and those that the answer lists, each as JSON."""

    count: int
    listed: list[str] = field(default_factory=list)


class _Room:
    """What is left of an answer's room for problems."""

    def __init__(self) -> None:
        self._problems = PROBLEMS_LIMIT
        self._bytes = PROBLEMS_LIMIT_BYTES

    def take(self, problem: Problem, found: Found) -> bool:
        """List a problem; return whether there was room for it."""
        if not self._problems:
            return False
        text = problem_text(problem)
        self._problems -= 1
        self._bytes -= len(text.encode("utf-8", "replace")) + 1  # the comma
        if self._bytes < 0:
            return False
        found.listed.append(text)
        return True


def list_problems(counts: Mapping[int, int], tell: Callable[[int], Iterator[Problem]]) -> dict[int, Found]:
    """Return what is found, by position: the first problem of each record goes before any further problem.

    ``tell`` gives the problems of the record at a position, one by one: words are made for what is listed only.
    """
    found = {index: Found(count) for index, count in counts.items()}
    room = _Room()
    begun = []
    for index, one in found.items():
        problems = tell(index)
        if not room.take(next(problems), one):
            return found
        begun.append((problems, one))
    for problems, one in begun:
        for problem in problems:
            if not room.take(problem, one):
                return found
    return found
