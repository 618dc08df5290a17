"""The schema as a YAML file beside the data: to read, to edit, to hand back with ``--schema``.

Read as YAML 1.2 reads: ``Yes`` and ``no`` are texts, only ``true`` and ``false`` are not; ``012`` is a
text too. So a level may be written as it stands in the table.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Hashable
from pathlib import Path
from typing import Any, TextIO

import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from churn.errors import BadInput, SchemaError
from churn.schema import Schema
from training.table.infer import Guess, Inference

_HEADER = """\
# The columns of {data}, as churn-train understood them.
# Edit this file and train with --schema {file}; it is never overwritten.
#
# kind        number, integer, category, date or time
# nullable    true: the value may be missing
# levels      what a category may be; quote a text that looks like a number: '1'
# missing_markers   texts that mean "missing";  sentinels   numbers that mean "missing"
# minimum, maximum  a value beyond is refused, in training and by the service (never guessed; add your own)
# unit, description, example   shown in the service's documentation
# actionable  true: something that you can change for a customer, such as a contract; what-if tries it by default
# decimal     ',' or '.': what stands before the decimals where cells write numbers as people do (1.234,56 or $5)
# date_format as in Python's strptime; dates become days before as_of
# ignored     columns that are not used, with the reason; to use one, move it to fields and give it a kind
# label       the column that says who left, and its value that means leaving
#
# Above each field stands what was seen in the table and led to the guess.
"""
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_RESOLVERS = (
    ("tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE"), "tTfF"),
    ("tag:yaml.org,2002:null", re.compile(r"~|null|Null|NULL|"), ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:int", _INT, "-+0123456789"),
    ("tag:yaml.org,2002:float", _FLOAT, "-+0123456789."),
)


class _Loader(yaml.SafeLoader):
    """Reads plain data, refuses a key that stands twice."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  PyYAML's own way

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        """Build a mapping; where a key stands twice, nobody knows which value was meant."""
        seen: set[Any] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                problem = f"the key {key.value!r} stands here more than once"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Quotes whatever any reader of YAML might take for something other than text; repeats no value by reference."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Write every value in full."""
        return True


def _list(dumper: yaml.SafeDumper, data: list[Any]) -> yaml.Node:
    """Put a list of plain values on one line."""
    plain = not any(isinstance(value, dict) for value in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=plain)


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.Node:
    """Put a text with a line break, or another character that cannot be seen, into double quotes, which escape it.

    Left to itself PyYAML writes U+0085, a line break of YAML 1.1, as it is, and reads it back as a blank.
    """
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=None if data.isprintable() else '"')


_Dumper.add_representer(list, _list)
_Dumper.add_representer(str, _text)


for _tag, _pattern, _first in _RESOLVERS:
    _whole = re.compile(f"^(?:{_pattern.pattern})$")
    _Loader.add_implicit_resolver(_tag, _whole, list(_first))
    _Dumper.add_implicit_resolver(_tag, _whole, list(_first))


def schema_path(data: Path) -> Path:
    """Return where the schema of a table is kept: beside it, ``<stem>.schema.yaml``."""
    return data.with_name(f"{data.stem}.schema.yaml")


def save_schema(path: Path, inference: Inference, data: str = "the table") -> None:
    """Write a schema with its reasons as comments; the file appears whole or not at all.

    Raises:
        BadInput: the folder cannot be written to.
    """
    text = render_schema(inference, data, path.name)
    try:
        with tempfile.TemporaryDirectory(prefix=".schema-", dir=path.parent) as folder:
            whole = Path(folder) / path.name
            whole.write_text(text, encoding="utf-8")
            whole.replace(path)  # over what may be there
    except OSError as error:
        raise BadInput(f"The schema cannot be written to {path}: {error.strerror}.") from None


def render_schema(inference: Inference, data: str = "the table", file: str = "FILE") -> str:
    """Return the YAML of a schema, with comments."""
    plain = inference.schema.to_json()
    reasons = {guess.column: guess.reason for guess in inference.guesses}
    head = {key: plain[key] for key in ("label", "identifier", "as_of") if plain[key] is not None}
    parts = [_HEADER.format(data=_one_line(data), file=_one_line(file)), _yaml(head), "fields:\n"]
    for field in plain["fields"]:
        if reason := reasons.get(field["name"]):
            parts.append(f"# {_one_line(reason)}\n")
        parts.append(_yaml([field]))
    return "\n".join([*parts[:2], "".join(parts[2:]), _yaml({"ignored": plain["ignored"]})])


def _one_line(text: str) -> str:
    """Keep a text from ending its comment: a line break of any kind, or a character YAML does not take."""
    return "".join(c if c.isprintable() else " " for c in text)


def _yaml(data: Any) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False)


def load_schema(path: Path) -> Schema:
    """Read a schema that was saved, and perhaps edited.

    Raises:
        SchemaError: the file is not there, is no YAML (with the line), or the schema contradicts itself.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SchemaError(f"The schema {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SchemaError(f"The schema {path} is no UTF-8 text; save it as UTF-8.") from None
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506  a SafeLoader
    except yaml.YAMLError as error:
        raise SchemaError(f"{path}{_where(error)}: this is no YAML: {_what(error)}.") from None
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"{path}: this is no YAML that can be used: {error}.") from None
    try:
        return Schema.from_json(data)
    except SchemaError as error:
        raise SchemaError(f"{path}: {error}") from None


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return "" if mark is None else f", line {mark.line + 1}, column {mark.column + 1}"


def _what(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be understood")


def guess_table(inference: Inference) -> Table:
    """Return the table of guesses for a terminal: column, what it is, why."""
    table = Table(pad_edge=False)
    table.add_column("column", overflow="fold")
    table.add_column("is", no_wrap=True)
    table.add_column("because", overflow="fold")
    for guess in inference.guesses:
        style = {"ignored": "dim", "label": "bold", "identifier": "bold"}.get(guess.role, "")
        table.add_row(Text(guess.column), Text(_role(guess)), Text(guess.reason), style=style)
    return table


def _role(guess: Guess) -> str:
    return str(guess.kind) if guess.kind else guess.role


def print_guesses(inference: Inference, stream: TextIO | None = None) -> None:
    """Show the guesses: a table on a terminal, one plain line a column elsewhere (stderr by default)."""
    console = Console(file=stream or sys.stderr, soft_wrap=True)
    if console.is_terminal:
        console.soft_wrap = False
        console.print(guess_table(inference))
        return
    for guess in inference.guesses:
        console.print(f"  {guess.column}: {_role(guess)} ({guess.reason})", markup=False, highlight=False)
