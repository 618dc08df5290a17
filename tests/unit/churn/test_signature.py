"""A bundle is used as it was signed, or not at all."""

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from model_signing import hashing, verifying

from churn.bundle import MANIFEST, open_bundle
from churn.errors import BadInput, BundleError
from churn.sign import main
from churn.signature import SIGNATURE, sign_bundle, verify_bundle
from tests.customers import fake_bundle


def make_keys(folder: Path, name: str, key=None) -> tuple[Path, Path]:
    key = key or ec.generate_private_key(ec.SECP256R1())
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    private, public = folder / f"{name}.pem", folder / f"{name}.pub.pem"
    private.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, none))
    public.write_bytes(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    return private, public


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return make_keys(tmp_path_factory.mktemp("keys"), "ours")


@pytest.fixture
def signed(tmp_path, keys):
    folder = fake_bundle(tmp_path / "fake")
    sign_bundle(folder, keys[0])
    return folder


def refusal(folder, public, kind=BundleError):
    with pytest.raises(kind) as error:
        verify_bundle(folder, public)
    return str(error.value)


def test_a_signed_bundle_is_verified_and_opens(signed, keys):
    verify_bundle(signed, keys[1])
    assert open_bundle(signed).manifest.name == "fake"


def test_it_is_what_model_signing_itself_verifies(signed, keys):
    ignored = hashing.Config().set_ignored_paths(paths=[signed / SIGNATURE])
    verifier = verifying.Config().use_elliptic_key_verifier(public_key=keys[1]).set_hashing_config(ignored)
    verifier.verify(signed, signed / SIGNATURE)


def change(folder):
    file = folder / "golden.json"
    file.write_bytes(file.read_bytes() + b" ")


def add(folder):
    (folder / "more.txt").write_text("more")


def take(folder):
    (folder / "golden.json").unlink()


def rename(folder):
    (folder / "golden.json").rename(folder / "gold.json")


def reseal(folder):
    file = folder / MANIFEST
    file.write_text(file.read_text().replace('"fake"', '"fame"'))


def link(folder):
    file = folder / "golden.json"
    file.rename(folder.parent / "elsewhere.json")
    file.symlink_to(folder.parent / "elsewhere.json")


def cut_the_signature(folder):
    file = folder / SIGNATURE
    file.write_bytes(file.read_bytes()[:200])


def empty_the_signature(folder):
    (folder / SIGNATURE).write_text("{}")


DAMAGES = [change, add, take, rename, reseal, link, cut_the_signature, empty_the_signature]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_whatever_was_done_to_it_afterwards_is_found(signed, keys, damage):
    damage(signed)
    said = refusal(signed, keys[1])
    assert said.startswith(f"The signature of {signed} does not hold for the key {keys[1]}: ")
    assert "\n" not in said


def test_a_bundle_without_a_signature_is_refused(tmp_path, keys):
    assert f"holds no {SIGNATURE}" in refusal(fake_bundle(tmp_path / "fake"), keys[1])


def test_a_signature_of_another_key_is_refused(signed, tmp_path):
    assert "does not hold" in refusal(signed, make_keys(tmp_path, "theirs")[1])


def test_a_signature_of_another_bundle_is_refused(signed, tmp_path, keys):
    other = fake_bundle(tmp_path / "other")
    change(other)
    shutil.copy(signed / SIGNATURE, other)
    assert "does not hold" in refusal(other, keys[1])


def test_signing_again_takes_the_place_of_the_first_signature(signed, tmp_path, keys):
    private, public = make_keys(tmp_path, "new")
    sign_bundle(signed, private)
    verify_bundle(signed, public)
    assert "does not hold" in refusal(signed, keys[1])


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_public_key_is_told(signed, tmp_path, content):
    (tmp_path / "key.pem").write_bytes(content)
    assert "is no public key of an elliptic curve" in refusal(signed, tmp_path / "key.pem", BadInput)


def test_a_key_of_another_kind_is_told(signed, tmp_path):
    private, public = make_keys(tmp_path, "rsa", rsa.generate_private_key(65537, 2048))
    assert str(public) in refusal(signed, public, BadInput)
    with pytest.raises(BadInput, match="cannot be signed with the key"):
        sign_bundle(signed, private)


def test_a_key_that_is_not_there_is_told(signed, tmp_path):
    assert "There is no public key" in refusal(signed, tmp_path / "none.pem", BadInput)
    with pytest.raises(BadInput, match="There is no private key"):
        sign_bundle(signed, tmp_path / "none.pem")


def test_the_command_signs_and_verifies(tmp_path, keys, capsys):
    folder = fake_bundle(tmp_path / "fake")
    private, public = map(str, keys)
    assert main([str(folder), "--verify", public]) == 2
    assert main([str(folder), "--key", private]) == 0
    assert main([str(folder), "--verify", public]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[1].startswith("Signed fake ")
    assert said[2].endswith("holds.")


def test_a_folder_that_is_no_bundle_is_not_signed(tmp_path, keys, capsys):
    assert main([str(tmp_path), "--key", str(keys[0])]) == 2
    assert "Error: " in capsys.readouterr().err
    assert not (tmp_path / SIGNATURE).exists()
