"""Which problems an answer lists, out of all that were counted: it must not outgrow the request by orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from churn.batch import Refused
from churn.errors import Problem
from service.problems import PROBLEMS_LIMIT, PROBLEMS_LIMIT_BYTES, problem_text


class _Room:
    """What is left of an answer's room for problems."""

    def __init__(self) -> None:
        self._problems = PROBLEMS_LIMIT
        self._bytes = PROBLEMS_LIMIT_BYTES

    def takes(self, problem: Problem) -> bool:
        """Take a problem in, or say that there is no room for it."""
        if not self._problems:
            return False
        self._problems -= 1
        self._bytes -= len(problem_text(problem).encode("utf-8", "replace")) + 1  # the comma
        return self._bytes >= 0


def list_problems(counts: Mapping[int, int], tell: Callable[[int], Iterator[Problem]]) -> dict[int, Refused]:
    """Return why records are refused, by position: the first problem of each goes before any further problem.

    ``counts`` says how many problems each has; ``tell`` gives the problems of the record at a position, one by one:
    words are made for what is listed only.
    """
    told: dict[int, list[Problem]] = {index: [] for index in counts}
    _fill(told, tell, _Room())
    return {index: Refused(count, told[index]) for index, count in counts.items()}


def _fill(told: Mapping[int, list[Problem]], tell: Callable[[int], Iterator[Problem]], room: _Room) -> None:
    begun = []
    for index, listed in told.items():
        problems = tell(index)
        first = next(problems)
        if not room.takes(first):
            return
        listed.append(first)
        begun.append((problems, listed))
    for problems, listed in begun:
        for problem in problems:
            if not room.takes(problem):
                return
            listed.append(problem)
