"""The file of keys: what is kept, who can read it, and what is said of one that is wrong."""

import base64
import hashlib
import json
import stat
from threading import Thread

import pytest

from churn.errors import BadInput
from service.keys.file import alone, new_key, read_keys, write_keys


def entry(**changes):
    right = {"name": "crm", "scopes": ["predict"], "created": "2026-01-01T00:00:00Z", "sha256": "0" * 64}
    return {name: value for name, value in {**right, **changes}.items() if value is not ...}


def test_a_key_is_32_random_bytes_and_never_the_same():
    keys = {new_key("crm", ["predict"])[0] for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        assert key.startswith("ck_")
        assert len(base64.urlsafe_b64decode(key[3:] + "=")) == 32


def test_what_is_written_is_read_again_and_holds_no_key(tmp_path):
    path = tmp_path / "keys.json"
    text, key = new_key("crm", ["predict", "explain"], 500)
    write_keys(path, [key])
    assert read_keys(path) == (key,)
    (kept,) = json.loads(path.read_text())["keys"]
    assert kept["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert (kept["name"], kept["scopes"], kept["rate_rows"]) == ("crm", ["predict", "explain"], 500)
    assert text not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["keys.json"]


def test_a_writing_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "keys.json"
    _, key = new_key("crm", ["predict"])
    write_keys(path, [key])

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(BadInput, match="No space left on device"):
        write_keys(path, [])
    assert read_keys(path) == (key,)
    assert [one.name for one in tmp_path.iterdir()] == ["keys.json"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("\ud800".encode("utf-8", "surrogatepass"), "is not JSON"),
        ("[]", 'array "keys"'),
        ('{"keys": {}}', 'array "keys"'),
        ({"keys": [7]}, "Key 1 in .* is not an object"),
        ({"keys": [entry(sha256=...)]}, "is not an object of name"),
        ({"keys": [entry(rate_row=5)]}, "is not an object of name"),
        ({"keys": [entry(name="a b")]}, "no right name"),
        ({"keys": [entry(scopes=[])]}, "no right scopes"),
        ({"keys": [entry(scopes=["all"])]}, "one or more of predict, explain, metrics, admin"),
        ({"keys": [entry(scopes=[["predict"]])]}, "no right scopes"),
        ({"keys": [entry(sha256="0" * 63)]}, "64 hexadecimal digits"),
        ({"keys": [entry(created=None)]}, "no time of creation"),
        ({"keys": [entry(rate_rows=0)]}, "rate_rows"),
        ({"keys": [entry(rate_rows=True)]}, "rate_rows"),
        ({"keys": [entry(), entry(sha256="1" * 64)]}, "the same name"),
        ({"keys": [entry(), entry(name="other")]}, "the same sha256"),
        (b" " * (4 * 1024 * 1024 + 1), "more than the 4,194,304 bytes"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_a_sentence(tmp_path, content, sentence):
    path = tmp_path / "keys.json"
    text = json.dumps(content) if isinstance(content, dict) else content
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadInput, match=sentence):
        read_keys(path)


def test_a_key_that_somebody_wrote_in_place_of_its_digest_is_not_shown(tmp_path):
    text, _ = new_key("crm", ["predict"])
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [entry(sha256=text)]}))
    with pytest.raises(BadInput) as error:
        read_keys(path)
    assert text not in str(error.value)


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(BadInput, match=r"cannot be read: No such file or directory\. churn-serve keys new"):
        read_keys(tmp_path / "keys.json")


def test_commands_that_change_it_at_once_lose_no_key(tmp_path):
    path = tmp_path / "keys.json"
    write_keys(path, [])

    def add(name):
        with alone(path):
            write_keys(path, [*read_keys(path), new_key(name, ["predict"])[1]])

    threads = [Thread(target=add, args=(f"key-{number}",)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key.name for key in read_keys(path)) == sorted(f"key-{number}" for number in range(20))
