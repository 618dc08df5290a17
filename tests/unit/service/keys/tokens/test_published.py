"""Which of the keys that a provider publishes are used."""

import pytest

from churn.errors import BadInput
from service.keys.tokens.key import same_keys
from service.keys.tokens.published import usable_keys
from tests.providers import SigningKey

RSA, SHORT, EC, ED = SigningKey(), SigningKey(bits=1024), SigningKey("ec", "ES256"), SigningKey("ed", "EdDSA")


def usable(*entries, algorithm="RS256"):
    return usable_keys({"keys": list(entries)}, algorithm, "It")


def test_keys_are_found_by_name_and_those_for_something_else_are_left():
    found = usable(RSA.published(), EC.published(), ED.published(), 7, {}, SigningKey("b").published(alg=...))
    assert found.keys() == {"first", "b"}
    assert usable(RSA.published(), EC.published(), algorithm="ES256").keys() == {"ec"}
    assert usable(EC.published(), ED.published(), algorithm="EdDSA").keys() == {"ed"}
    assert usable(ED.published(alg="Ed25519"), algorithm="EdDSA").keys() == {"ed"}


@pytest.mark.parametrize(
    "entry",
    [
        RSA.published(use="enc"), RSA.published(alg="RS512"), RSA.published(alg=7), RSA.published(kty="EC"),
        RSA.published(kty=["RSA"]), RSA.published(key_ops=["encrypt"]), RSA.published(key_ops="verify"),
        RSA.published(kid=7), RSA.published(n=7), RSA.published(n="!"), RSA.published(n=...), RSA.published(n=""),
        SHORT.published(),
        {"kty": "oct", "k": "c2VjcmV0", "kid": "first"}, {"kty": "oct", "k": "c2VjcmV0", "alg": "RS256"},
    ],
)  # fmt: skip
def test_a_key_that_is_not_for_this_or_damaged_or_short_is_not_used(entry):
    with pytest.raises(BadInput, match="has no key for signatures by RS256"):
        usable(entry)
    assert usable(entry, SigningKey("good").published()).keys() == {"good"}


def test_a_curve_has_to_be_the_one_of_the_algorithm():
    with pytest.raises(BadInput, match="no key"):
        usable(SigningKey("x", "ES384").published(alg=...), algorithm="ES256")


def test_a_name_that_two_keys_have_names_none():
    found = usable(RSA.published(kid=...), SigningKey().published(kid=...), RSA.published(kid="b"))
    assert found.keys() == {"b"}
    assert usable(RSA.published(kid=...), RSA.published(kid="b")).keys() == {None, "b"}


def test_a_private_key_that_was_published_is_not_held():
    (key,) = usable(RSA.published(d="AQAB", p="AQAB")).values()
    assert [name for name, _ in key.members] == ["kty", "n", "e"]
    assert not hasattr(key.verifier.key, "private_numbers")


def test_the_same_keys_are_known_again():
    assert same_keys(usable(RSA.published()), usable(RSA.published(x5t="x")))
    assert not same_keys(usable(RSA.published()), usable(RSA.published(kid="b")))
    assert not same_keys(usable(RSA.published()), usable(SigningKey().published()))


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({}, 'array "keys"'),
        ({"keys": {}}, 'array "keys"'),
        ({"keys": []}, "no key"),
        ({"keys": [7] * 101}, "at most 100"),
    ],
)
def test_what_is_no_set_of_keys_is_a_sentence(document, sentence):
    with pytest.raises(BadInput, match=sentence):
        usable_keys(document, "RS256", "It")
