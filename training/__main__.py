"""The commands ``churn-train`` (a table of customers in, a bundle out) and ``churn-evaluate``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from churn import __version__
from churn.bundle import open_bundle
from churn.command import GOOD, as_of_day, run_command, sigterm_interrupts
from churn.errors import BadInput
from training.config import DEFAULT_AIM, DEFAULT_MODEL, LABELS_LEFT_OUT, TrainConfig
from training.label_options import add_label_options
from training.measure.threshold import Aim, ByHand, FBeta, Precision, Profit, Recall

_TRAINING_WORLD = (
    "tensorflow",
    "keras",
    "sklearn",
    "pandas",
    "pyarrow",
    "matplotlib",
    "jinja2",
    "yaml",
    "rich",
    "scipy",
)
MODELS = (DEFAULT_MODEL, "realmlp", "tabm", "functional", "sequential")


def main(argv: list[str] | None = None) -> int:
    """Run ``churn-train`` and return its exit code: 0 good, 2 wrong usage or bad input, 1 a fault of ours."""
    parser = _parser()
    options = _with_profit(parser, vars(parser.parse_args(argv)))
    return run_command(lambda: _train(TrainConfig(**_with_label(options))))


def evaluate(argv: list[str] | None = None) -> int:
    """Run ``churn-evaluate`` and return its exit code, as ``main`` does."""

    def run() -> int:
        need_training_world()
        from training.evaluate_command import main as evaluate_main

        return evaluate_main(argv)

    return run_command(run)


def _with_label(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options with the label, and what it means, of the bundle to start from, where none is named."""
    if options["label"] is not None:
        return options
    if options["start"] is None:
        raise BadInput("--label is missing: name the column that says who left.")
    bundle = open_bundle(options["start"])
    label = bundle.schema.label
    if label is None:
        raise BadInput(f"{options['start']} does not say which column is the label; name it with --label.")
    if options["positive"] is None and not options["drop_label"]:
        options = {**options, "drop_label_if_there": bundle.manifest.training.get(LABELS_LEFT_OUT, ())}
    return {**options, "label": label.name, "positive": options["positive"] or str(label.positive)}


def need_training_world() -> None:
    """Refuse to go on where only the service was installed.

    Raises:
        BadInput: a library is missing; the sentence says how to get it.
    """
    missing = [name for name in _TRAINING_WORLD if find_spec(name) is None]
    if missing:
        raise BadInput(
            f"This command needs {', '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed: "
            "pip install 'churn-service[train]', or make setup in the project."
        )


def _train(config: TrainConfig) -> int:
    need_training_world()
    from training.check_first import check_first

    with sigterm_interrupts():
        check_first(config)
        from training.progress import Reporter  # TensorFlow and matplotlib only once the options are right
        from training.run import train

        reporter = Reporter()
        bundle = train(config, reporter)
        reporter.finished(bundle)
    return GOOD


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="churn-train",
        description="Train a churn model on a table of customers (CSV or Parquet) and write it as a bundle.",
        epilog="Example: churn-train customers.csv --label Churn --positive Yes --out artifacts/mine",
    )
    parser.add_argument("--version", action="version", version=f"churn-train {__version__}")
    parser.add_argument("data", type=Path, metavar="DATA", help="the table, one customer a row (.csv or .parquet)")
    parser.add_argument("--label", metavar="COLUMN", help="the column that says who left (default: that of --from)")
    add_label_options(parser, "found out where it is plain", "default: those of --from")
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FOLDER", help="where to write the bundle, e.g. artifacts/mine"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace a bundle that is there")
    parser.add_argument(
        "--schema",
        type=Path,
        metavar="FILE",
        help="a schema in YAML, made by an earlier run and edited (default: infer one)",
    )
    parser.add_argument(
        "--seed", type=_whole, default=0, metavar="N", help="fixes the split and the training (default: 0)"
    )
    parser.add_argument(
        "--split-by", metavar="COLUMN", help="split by this date column, the newest to test (default: at random)"
    )
    parser.add_argument(
        "--as-of",
        type=as_of_day,
        metavar="DAY",
        help="count dates back from this day, YYYY-MM-DD or today (default: the latest in the table)",
    )
    parser.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="COLUMN",
        help="use this column although it looks like an identifier or gives the label away",
    )
    parser.add_argument("--drop", action="append", default=[], metavar="COLUMN", help="leave this column out")
    parser.add_argument(
        "--strict-leaks",
        action="store_true",
        help="stop, and write no bundle, where a column may be known only after a customer left (--keep excepts it)",
    )
    parser.add_argument(
        "--model",
        choices=MODELS,
        default=MODELS[0],
        help="what to train; 'sequential' and 'functional' are plain baselines (default: %(default)s)",
    )
    parser.add_argument(
        "--fast", action="store_true", help="a weaker teacher and a shorter distillation: well under half the time"
    )
    parser.add_argument(
        "--search",
        type=_positive,
        metavar="SECONDS",
        dest="search_s",
        help="look for a better teacher for so long; started again, it goes on from its trials (beside --out)",
    )
    parser.add_argument(
        "--from",
        type=Path,
        metavar="BUNDLE",
        dest="start",
        help="start from what an older bundle learned: same fields, new levels welcome; faster than from scratch",
    )
    parser.add_argument("--epochs", type=_positive, metavar="N", help="the most epochs of any fit")
    parser.add_argument(
        "--delimiter", metavar="CHARACTER", help="what separates the cells of a CSV file (default: find out)"
    )
    parser.add_argument(
        "--decimal",
        type=_decimal,
        metavar="point|comma",
        help="what stands before the decimals where a table's numbers can be read in two ways (default: found out)",
    )
    _add_aims(parser)
    return parser


def _decimal(text: str) -> str:
    marks = {"point": ".", ".": ".", "comma": ",", ",": ","}
    if text.lower() not in marks:
        raise argparse.ArgumentTypeError(f"{text!r} is neither point nor comma")
    return marks[text.lower()]


def _add_aims(parser: argparse.ArgumentParser) -> None:
    """Add what the threshold may be for: one aim, of which that of profit takes three options."""
    group = parser.add_argument_group(
        "the threshold, by one aim", "Who is flagged for a contact; report.html shows what each choice means."
    )
    one = group.add_mutually_exclusive_group()
    one.add_argument(
        "--recall",
        dest="aim",
        type=_read(Recall),
        default=DEFAULT_AIM,
        metavar="R",
        help=f"find at least this share of the churners (default: {DEFAULT_AIM.recall:g})",
    )
    one.add_argument(
        "--precision", dest="aim", type=_read(Precision), metavar="P", help="this share of the flagged has to leave"
    )
    one.add_argument(
        "--f-beta", dest="aim", type=_read(FBeta), metavar="B", help="the best F score (1: balanced; 2: recall first)"
    )
    one.add_argument("--threshold", dest="aim", type=_read(ByHand), metavar="P", help="flag from this probability")
    one.add_argument(
        "--value", type=_read(float), metavar="V", help="the highest profit: what a saved customer is worth,"
    )
    group.add_argument("--contact-cost", type=_read(float), metavar="C", help="what a contact costs (with --value),")
    group.add_argument(
        "--contact-success",
        type=_read(float),
        metavar="S",
        help="and the chance that it keeps a churner (with --value)",
    )


def _with_profit(parser: argparse.ArgumentParser, options: dict[str, Any]) -> dict[str, Any]:
    """Turn the three options of a profit into the aim that they are."""
    given = {name: options.pop(name) for name in ("value", "contact_cost", "contact_success")}
    missing = [f"--{name.replace('_', '-')}" for name, number in given.items() if number is None]
    if len(missing) == len(given):
        return options
    if missing:
        parser.error(
            "the threshold with the highest profit needs --value, --contact-cost and --contact-success together; "
            f"missing: {', '.join(missing)}"
        )
    try:
        return {**options, "aim": Profit(*given.values())}
    except BadInput as error:
        parser.error(str(error))


def _whole(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**31:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {2**31 - 1}")
    return number


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return number


def _read(kind: Callable[[float], Aim | float]) -> Callable[[str], Aim | float]:
    """Make a reader of one number that says in its own sentence what is wrong with it."""

    def read(text: str) -> Aim | float:
        try:
            return kind(float(text))
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
        except BadInput as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


if __name__ == "__main__":
    sys.exit(main())
