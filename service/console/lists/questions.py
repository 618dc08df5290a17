"""What may be asked of a list, as types for pydantic.

No ``from __future__ import annotations`` here: the types are made while running.
"""

from functools import cache
from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Strict, TypeAdapter, with_config
from pydantic import Field as Limits
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from churn.answers import RISKS
from service.record.questions import EconomicsQuestion

MOST_ROWS = 200
"""Most customers in one answer: what a reader can see, and reasons for which take a moment."""

_NOTHING_ELSE = ConfigDict(extra="forbid")
_Count = Annotated[int, Strict(), Limits(ge=0)]
_Economics: Any = EconomicsQuestion
_Risk: Any = Literal[RISKS]


def _question(name: str, members: dict[str, Any]) -> Any:
    """Make the type of an object of which every member may be left out."""
    make: Any = TypedDict
    return with_config(_NOTHING_ELSE)(make(name, {key: NotRequired[kind] for key, kind in members.items()}))


RowsQuestion = _question(
    "RowsQuestion",
    {
        "economics": _Economics,
        "sort": Literal["row", "customer_id", "churn_probability", "expected_profit"],
        "descending": Annotated[bool, Strict()],
        "only": Literal["all", "contacted", "left_out"],
        "risk": list[_Risk],
        "search": Annotated[str, Strict()],
        "from": _Count,
        "count": Annotated[_Count, Limits(le=MOST_ROWS)],
        "explain": _Count,
    },
)
"""Which customers to show, in which order; with economics also whether to contact them. explain: how many reasons."""

RefusedQuestion = _question("RefusedQuestion", {"from": _Count, "count": Annotated[_Count, Limits(le=MOST_ROWS)]})
"""Which of the rows that could not be read to show."""

DownloadQuestion = _question(
    "DownloadQuestion", {"format": Literal["csv", "parquet"], "economics": _Economics, "explain": _Count}
)
"""In which format to write all rows; with economics also whom to contact. explain: how many reasons."""

_TYPES = {"decide": _Economics, "rows": RowsQuestion, "refused": RefusedQuestion, "download": DownloadQuestion}
QUESTIONS = tuple(_TYPES)


@cache
def adapter(question: str) -> TypeAdapter[dict[str, Any]]:
    """Return the validator of one of ``QUESTIONS``."""
    return TypeAdapter(_TYPES[question])


EXAMPLES = {
    "decide": '{"value": 200, "contact_cost": 10, "contact_success": 0.3, "budget": {"contacts": 100}}',
    "rows": '{"sort": "churn_probability", "descending": true, "from": 0, "count": 50, "explain": 3}',
    "refused": '{"from": 0, "count": 50}',
    "download": '{"format": "csv", "explain": 3}',
}
