"""What the label's values mean, as options of a command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any


def add_label_options(parser: argparse.ArgumentParser, positive_default: str, drop_default: str) -> None:
    """Add ``--positive`` and ``--drop-label``; the defaults are said in the help."""
    parser.add_argument(
        "--positive",
        action=_Once,
        metavar="VALUE",
        help=f"the label's value that means leaving; all others mean staying ({positive_default})",
    )
    parser.add_argument(
        "--drop-label",
        action="append",
        default=[],
        metavar="VALUE",
        help=f"leave out the customers whose label has this value; may be given several times ({drop_default})",
    )


class _Once(argparse.Action):
    """An option that takes one value: of two, one would be forgotten in silence."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Keep the value."""
        before = getattr(namespace, self.dest)
        if before is not None:
            parser.error(
                f"{option_string} is given twice, as {before!r} and as {values!r}; a bundle knows one value that means "
                "leaving. Where two do, make a column that says yes or no."
            )
        setattr(namespace, self.dest, values)
