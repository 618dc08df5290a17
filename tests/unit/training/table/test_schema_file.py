from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from churn.errors import BadInput, SchemaError
from churn.schema import Field, Label, Schema
from training.synthetic import make_customers
from training.table.infer import Guess, Inference, infer_schema
from training.table.schema_file import (
    _Loader,
    guess_table,
    load_schema,
    print_guesses,
    render_schema,
    save_schema,
    schema_path,
)

AWKWARD = (
    "", " ", "Yes", "no", "on", "null", "~", "1", "012", "0x1F", "1e5", ".5", "1:30", "2020-01-01", "true", "True",
    "-", "# no", "a: b", "[x]", "'", '"', "é", "名", "a\nb", "*", "&a", "!x", "%", "@", "=", "<<", ".inf", ".nan",
    "1_000",
)  # fmt: skip
AWKWARD_CHARACTERS = [
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA1)),
    *"\u00ad\u200b\u200e\u2028\u2029\u202e\u3000\ud7ff\ud800\udfff\ue000\ufeff\ufffd\ufffe\uffff",
    *"\U00010000\U0001f600\U000e0001\U0010fffe\U0010ffff",
]
"""Characters that cannot be seen, are line breaks to some, or cannot stand in YAML (or in UTF-8) as they are."""


def an_inference(*fields: Field, reason: str = "seen") -> Inference:
    schema = Schema(
        fields, identifier="id", label=Label("left", "Yes"), ignored=(("x", "empty"),), as_of=date(2020, 1, 2)
    )
    return Inference(schema, [Guess(f.name, "feature", f.kind, reason) for f in fields])


def round_trip(inference: Inference, path: Path) -> Schema:
    save_schema(path, inference)
    return load_schema(path)


def test_a_schema_comes_back_as_it_was(tmp_path: Path) -> None:
    inference = infer_schema(make_customers(500).table, "churn")
    found = round_trip(inference, tmp_path / "s.yaml")
    assert found == inference.schema
    assert found.digest() == inference.schema.digest()


def test_awkward_texts_come_back_as_texts(tmp_path: Path) -> None:
    field = Field(
        "a: #b", "category", nullable=True, levels=AWKWARD, missing_markers=AWKWARD, description="x\ny: z", unit="%"
    )
    inference = an_inference(field)
    assert round_trip(inference, tmp_path / "s.yaml") == inference.schema


def everywhere(text: str) -> Inference:
    """A schema with a text in every place that takes one."""
    name = f"{text}."  # no name is empty
    field = Field(
        f"{name}f", "category", nullable=True, levels=(text, name), missing_markers=(text, name), unit=text,
        description=text, example=text, date_format=text,
    )  # fmt: skip
    schema = Schema((field,), f"{name}i", Label(f"{name}l", text), ((text, text), (name, text)))
    return Inference(schema, [Guess(field.name, "feature", "category", f"seen {text}fields: []")])


def normal(schema: Schema) -> Schema:
    """A schema as JSON holds it: an empty unit is none."""
    return Schema.from_json(schema.to_json())


@pytest.mark.parametrize("character", AWKWARD_CHARACTERS, ids=lambda character: f"U+{ord(character):04X}")
def test_a_character_that_cannot_be_seen_comes_back(character: str, tmp_path: Path) -> None:
    c, words = character, "word " * 40
    for text in (
        c,
        f"{c}a",
        f"a{c}",
        f"a{c}b",
        f"a {c} b",
        f" {c} ",
        f"a\n{c}",
        f"{c}\na",
        c + c,
        f"#{c}",
        words + c + words,
    ):
        inference = everywhere(text)
        assert round_trip(inference, tmp_path / "s.yaml") == normal(inference.schema)


@pytest.mark.parametrize(
    "text", [" ", "   ", " a", "a ", "\ta\t", "a\t", "word " * 300, " " * 300, "x" * 2_000, "a  " * 200, "é\n" * 200]
)
def test_blanks_and_long_texts_come_back(text: str, tmp_path: Path) -> None:
    inference = everywhere(text)
    assert round_trip(inference, tmp_path / "s.yaml") == normal(inference.schema)


@pytest.mark.parametrize("character", AWKWARD_CHARACTERS, ids=lambda character: f"U+{ord(character):04X}")
def test_no_character_ends_a_comment(character: str) -> None:
    text = f"a table{character}fields: []"
    plain, rendered = (render_schema(an_inference(Field("a", "number"), reason=r), r, r) for r in (" ", text))
    assert len(rendered.splitlines()) == len(plain.splitlines())
    assert yaml.load(rendered, Loader=_Loader) == yaml.load(plain, Loader=_Loader)  # noqa: S506


@given(text=st.text(st.characters() | st.sampled_from([*AWKWARD_CHARACTERS, *" '\":#-,[]{}"])))  # surrogates, too
@example("\x85")
def test_any_text_comes_back(text: str) -> None:
    inference = everywhere(text)
    found = Schema.from_json(yaml.load(render_schema(inference), Loader=_Loader))  # noqa: S506
    assert found == normal(inference.schema)


@given(positive=st.text(max_size=5) | st.integers() | st.booleans())
def test_the_positive_value_keeps_its_type(positive: str | int | bool) -> None:  # noqa: FBT001
    inference = an_inference(Field("a", "number"))
    inference = replace(inference, schema=replace(inference.schema, label=Label("left", positive)))
    found = Schema.from_json(yaml.load(render_schema(inference), Loader=_Loader)).label  # noqa: S506
    assert found == Label("left", positive)
    assert found is not None
    assert type(found.positive) is type(positive)


@pytest.mark.parametrize("levels", [(0, 1), (408, 415), (False, True), ("0", "1"), ("false", "true")])
def test_levels_keep_their_type(levels: tuple[str | int | bool, ...], tmp_path: Path) -> None:
    inference = an_inference(Field("f", "category", levels=levels, example=levels[0]))
    inference = replace(inference, schema=replace(inference.schema, label=Label("left", levels[1])))
    found = round_trip(inference, tmp_path / "s.yaml")
    assert found == inference.schema
    assert {type(level) for level in found.fields[0].levels} == {type(levels[0])}


@pytest.mark.parametrize("number", [1e-12, 1e300, 0.1, -0.0, 123456789.123456789, 5.0])
def test_numbers_keep_their_last_digit(number: float, tmp_path: Path) -> None:
    inference = an_inference(
        Field("f", "number", nullable=True, sentinels=(number,), training_range=(number, number), example=number)
    )
    assert round_trip(inference, tmp_path / "s.yaml") == inference.schema


def test_the_reason_of_each_guess_stands_above_its_field() -> None:
    text = render_schema(
        an_inference(Field("a", "number"), reason="numbers,\n1 to 2"), "table.csv", "table.schema.yaml"
    )
    assert "# numbers, 1 to 2\n- name: a\n" in text
    assert "table.csv" in text.splitlines()[0]
    assert "--schema table.schema.yaml" in text


def test_edits_by_hand_need_no_quotes_for_yes_and_no(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("label: {name: left, positive: Yes}\nfields:\n- {name: a, kind: category, levels: [Yes, No, on]}\n")
    found = load_schema(path)
    assert found.fields[0].levels == ("Yes", "No", "on")
    assert found.label == Label("left", "Yes")


def test_edits_by_hand_may_write_a_day_without_quotes(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("as_of: 2020-05-06\nfields:\n- {name: d, kind: date, example: 2020-01-01}\n")
    assert load_schema(path).as_of == date(2020, 5, 6)
    assert load_schema(path).fields[0].example == "2020-01-01"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("fields:\n- name: a\n  kind: [number\n", r"s\.yaml, line 4, column 1: this is no YAML"),
        ("fields:\n\t- name: a\n", r"s\.yaml, line 2, column 1: this is no YAML"),
        (
            "fields:\n- name: a\n  kind: number\n  kind: integer\n",
            r"s\.yaml, line 4, column 3: .*'kind' stands here more than once",
        ),
        ("fields: !!python/object:os.system []\n", r"s\.yaml, line 1, column 9"),
        ("", r"s\.yaml: the schema is NoneType"),
        ("fields:\n- name: a\n  kind: figure\n", r"s\.yaml: Field 'a' has kind 'figure'"),
        (
            "fields:\n- name: a\n  kind: category\n  levels: [1, x]\n",
            r"s\.yaml: Field 'a': its levels are of the types",
        ),
    ],
)
def test_a_broken_file_is_refused_with_file_and_line(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text)
    with pytest.raises(SchemaError, match=sentence):
        load_schema(path)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="cannot be read: No such file"):
        load_schema(tmp_path / "s.yaml")
    (tmp_path / "s.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SchemaError, match="no UTF-8"):
        load_schema(tmp_path / "s.yaml")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        save_schema(tmp_path / "no" / "s.yaml", an_inference(Field("a", "number")))


def test_saving_leaves_no_other_file(tmp_path: Path) -> None:
    save_schema(tmp_path / "s.yaml", an_inference(Field("a", "number")))
    assert [path.name for path in tmp_path.iterdir()] == ["s.yaml"]


def test_a_disk_that_gets_full_while_saving_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(BadInput, match="No space left on device"):
        save_schema(tmp_path / "s.yaml", an_inference(Field("a", "number")))
    assert list(tmp_path.iterdir()) == []


def test_the_schema_is_kept_beside_the_data() -> None:
    assert schema_path(Path("some/table.csv")) == Path("some/table.schema.yaml")


def test_the_table_of_guesses_says_column_kind_and_reason_and_takes_no_markup() -> None:
    console = Console(file=io.StringIO(), width=120)
    console.print(guess_table(an_inference(Field("a[bold]", "number"), reason="numbers [1] to 2")))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "a[bold]" in shown
    assert "number" in shown
    assert "numbers [1] to 2" in shown


def test_guesses_are_plain_lines_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    print_guesses(an_inference(Field("a", "number"), reason="numbers [1] to 2"), stream)
    assert stream.getvalue() == "  a: number (numbers [1] to 2)\n"
