"""``churn-serve keys``."""

import pytest

from service.__main__ import main
from service.keys.file import digest_of, read_keys


@pytest.fixture
def keys(tmp_path, capsys, monkeypatch):
    """Gives a command; returns its exit code, what it answered and what it said besides."""
    monkeypatch.setenv("CHURN_KEYS", str(tmp_path / "keys.json"))
    monkeypatch.setattr("service.__main__.end_on_signal", lambda: None)

    def run(*argv):
        code = main(["keys", *argv])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_new_key_is_printed_once_and_is_the_one_in_the_file(keys, tmp_path):
    code, out, said = keys("new", "--name", "crm", "--scope", "predict", "--scope", "explain", "--rate-rows", "9")
    (kept,) = read_keys(tmp_path / "keys.json")
    assert code == 0
    assert kept.digest == digest_of(out.strip().encode())
    assert (kept.name, kept.scopes, kept.rate_rows) == ("crm", {"predict", "explain"}, 9)
    assert "shown this once" in said
    assert out.strip() not in said
    assert keys("list")[1] == f"crm  predict,explain  {kept.created}  9 rows a minute\n"


def test_keys_are_added_and_one_is_revoked(keys, tmp_path):
    for name in ("a", "b", "c"):
        keys("new", "--name", name, "--scope", "metrics", "--file", str(tmp_path / "keys.json"))
    code, _, said = keys("revoke", "--name", "b")
    assert (code, "b is revoked" in said) == (0, True)
    assert [key.name for key in read_keys(tmp_path / "keys.json")] == ["a", "c"]


def test_a_name_that_is_taken_is_refused_with_how_to_replace_a_key(keys, tmp_path):
    keys("new", "--name", "crm", "--scope", "predict")
    before = (tmp_path / "keys.json").read_bytes()
    code, out, said = keys("new", "--name", "crm", "--scope", "admin")
    assert (code, out) == (2, "")
    assert "crm-2" in said
    assert (tmp_path / "keys.json").read_bytes() == before


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["revoke", "--name", "nobody"], "has no key nobody; it has crm"),
        (["new", "--name", "a b", "--scope", "predict"], "no right name"),
        (["new", "--name", "x", "--scope", "predict", "--file", "/nowhere/keys.json"], "folder of /nowhere/keys.json"),
        (["list", "--file", "/nowhere/keys.json"], "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_code_2(keys, argv, sentence):
    keys("new", "--name", "crm", "--scope", "predict")
    code, out, said = keys(*argv)
    assert (code, out) == (2, "")
    assert sentence in said


@pytest.mark.parametrize(
    "argv",
    [[], ["new"], ["new", "--name", "x"], ["new", "--name", "x", "--scope", "all"],
     ["new", "--name", "x", "--scope", "predict", "--rate-rows", "0"]],
)  # fmt: skip
def test_wrong_usage_is_code_2(keys, argv):
    with pytest.raises(SystemExit) as stop:
        keys(*argv)
    assert stop.value.code == 2
