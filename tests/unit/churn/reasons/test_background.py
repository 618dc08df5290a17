"""What reasons compare with, written to a bundle and read again."""

import zipfile
from shutil import copytree

import numpy as np
import pytest

from churn.bundle import BACKGROUND, open_bundle, seal
from churn.columns import MISSING
from churn.errors import BundleError
from churn.reasons import Background
from churn.reasons.background import each_field
from tests.customers import fake_bundle as fake
from tests.customers import with_background
from tests.unit.churn.reasons.models import drawn, model, schema_of
from training.publish.background import make_background


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return with_background(fake(tmp_path_factory.mktemp("original") / "fake"))


@pytest.fixture
def bundle(original, tmp_path):
    return open_bundle(copytree(original, tmp_path / "copy"))


@pytest.fixture
def written(bundle):
    """The arrays of the file, and what writes others in their place."""
    path = bundle.file(BACKGROUND)
    with np.load(path) as arrays:
        held = dict(arrays)

    def write(**changes):
        kept = {name: changes.get(name, array) for name, array in held.items()}
        np.savez(path, **{name: array for name, array in kept.items() if array is not None})

    return held, write


def refusal(bundle):
    with pytest.raises(BundleError) as caught:
        Background.open(bundle)
    sentence = str(caught.value)
    assert sentence.startswith("background.npz")
    assert sentence.endswith((" again.", " again"))
    assert "\n" not in sentence
    return sentence


def test_what_was_saved_is_what_is_opened(fake_bundle):
    columns = drawn(schema_of(3, 2), 400)
    columns.numbers[::5, 1], columns.codes[::7, 0] = np.nan, MISSING
    made = make_background(
        model(lambda a, b, c, d, e: np.sin(np.nan_to_num(a)) * (d == 1) + np.nan_to_num(c - b) / 5 * (e == 2)),
        columns,
        seed=1,
    )
    made.save(fake_bundle.file(BACKGROUND))
    seal(fake_bundle.path, fake_bundle.manifest)
    opened = open_bundle(fake_bundle.path)
    object.__setattr__(opened, "schema", columns.schema)
    found = Background.open(opened)
    np.testing.assert_array_equal(found.sample.numbers, made.sample.numbers)
    np.testing.assert_array_equal(found.sample.codes, made.sample.codes)
    np.testing.assert_array_equal(found.paired, made.paired)
    np.testing.assert_array_equal(found.never_together, made.never_together)
    assert found.base == made.base
    assert found.pairs == pytest.approx(made.pairs, rel=1e-3, abs=1e-4)  # kept in 16 bits
    for ours, theirs, values in zip(found.effects, made.effects, each_field(columns), strict=True):
        np.testing.assert_array_equal(ours.cell_values, theirs.cell_values)
        np.testing.assert_array_equal(ours.of(values), theirs.of(values))


def test_the_file_that_the_tests_below_damage_is_whole(written, bundle):
    assert len(Background.open(bundle).sample) == 128
    _, write = written
    write()
    assert len(Background.open(bundle).sample) == 128


def test_a_bundle_without_one_has_none(fake_bundle):
    assert Background.open(fake_bundle) is None


def test_a_file_that_the_manifest_does_not_name_is_none_of_the_bundle(bundle, fake_bundle):
    assert bundle.file(BACKGROUND).exists()
    assert Background.open(fake_bundle) is None


@pytest.mark.parametrize("content", [b"", b"PK", b"not a file of arrays", b"PK\x03\x04" + b"\0" * 200])
def test_a_file_of_something_else_is_told(bundle, content):
    bundle.file(BACKGROUND).write_bytes(content)
    assert "is damaged" in refusal(bundle)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.99])
def test_a_file_that_was_cut_off_is_told(bundle, share):
    path = bundle.file(BACKGROUND)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert "is damaged" in refusal(bundle)


@pytest.mark.parametrize("name", ["numbers", "pairs", "0.knots"])
def test_a_changed_byte_in_an_array_is_told(bundle, name):
    path = bundle.file(BACKGROUND)
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(f"{name}.npy")
    content = bytearray(path.read_bytes())
    middle = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    content[middle : middle + 8] = bytes(255 - byte for byte in content[middle : middle + 8])
    path.write_bytes(content)
    assert "is damaged" in refusal(bundle)


def test_one_array_in_the_place_of_many_is_told(bundle):
    with bundle.file(BACKGROUND).open("wb") as stream:
        np.save(stream, np.zeros(3))
    assert "is damaged" in refusal(bundle)


def test_a_pickled_array_is_never_unpickled(written, bundle):
    class Bomb:
        def __reduce__(self):
            return pytest.fail, ("a pickle of the bundle was run",)

    _, write = written
    write(numbers=np.array([Bomb()], dtype=object))
    assert "is damaged" in refusal(bundle)
    bundle.file(BACKGROUND).write_bytes(b"\x80\x04K\x01.")
    assert "is damaged" in refusal(bundle)


def test_other_fields_are_told(written, bundle):
    held, write = written
    write(names=held["names"][::-1])
    assert "name different fields" in refusal(bundle)
    write(names=held["names"][:-1])
    assert "name different fields" in refusal(bundle)


@pytest.mark.parametrize("name", ["names", "numbers", "codes", "base", "paired", "pairs", "never_together", "0.effect"])
def test_a_missing_part_is_told(written, bundle, name):
    _, write = written
    write(**{name: None})
    assert "is damaged" in refusal(bundle)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("numbers", lambda array: array[:, 1:]),
        ("numbers", lambda array: array[1:]),
        ("codes", lambda array: array[0]),
        ("codes", lambda array: array + 100),
        ("base", lambda array: array * np.nan),
        ("base", lambda _: np.zeros(2)),
        ("paired", lambda array: array + 1),
        ("paired", lambda array: array[1:]),
        ("paired", lambda array: array.astype(float)),
        ("pairs", lambda array: array[1:]),
        ("pairs", lambda array: array * np.float16("nan")),
        ("never_together", lambda array: array.astype(np.int64)),
        ("0.knots", lambda array: array[1:]),
        ("0.cells", lambda array: array[:0]),
        ("0.missing", lambda array: array[:0]),
        ("codes", lambda array: array.astype(float)),
        ("9.cell", lambda array: array.astype(float)),
        ("9.cell", lambda array: array + 1_000),
        ("9.effect", lambda array: array[1:]),
        ("9.cells", lambda array: array + 50),
    ],
)
def test_parts_that_do_not_fit_together_are_told_at_once(written, bundle, name, change):
    held, write = written
    write(**{name: change(held[name])})
    assert "is damaged" in refusal(bundle)


def never(columns, asked):
    made = make_background(model(lambda *fields: 0.1 * fields[0]), columns, seed=0)
    return lambda field: [row.tolist() for row in made.never_met(asked, field)]


def test_values_that_training_never_held_together_are_found():
    schema = schema_of(0, 3)
    codes = np.array([[i % 2, i % 2, i % 3] for i in range(120)], np.int32)  # the first two are always equal
    columns = drawn(schema, 120)
    columns.codes[:] = codes
    asked = columns.take(np.arange(3))
    asked.codes[:] = [[0, 1, 0], [1, 1, 1], [1, 0, 2]]
    found = never(columns, asked)
    assert found(0) == [[1], [], [1]]
    assert found(1) == [[0], [], [0]]
    assert found(2) == [[], [], []]


def test_values_that_chance_would_hardly_have_brought_together_are_not_called_impossible():
    columns = drawn(schema_of(0, 2), 60)
    columns.codes[:] = 0
    columns.codes[:5, 0], columns.codes[5:10, 1] = 1, 1  # 5 x 5 / 60 customers were to be expected to have both
    asked = columns.take(np.arange(1))
    asked.codes[:] = 1
    assert never(columns, asked)(0) == [[]]


def test_of_a_field_without_pairs_nothing_is_said(monkeypatch):
    from training.publish import background as making

    monkeypatch.setattr(making, "MOST_PAIRED_CELLS", 5)
    columns = drawn(schema_of(0, 3), 120)
    assert never(columns, columns)(2) == [[]] * 120
