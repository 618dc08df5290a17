"""What of a token counts, and what is said of the others."""

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from service.keys.tokens.judge import Judge
from service.problems import Refusal
from tests.providers import AUDIENCE, SigningKey, claims

ISSUER = "https://id.example.com"
RSA, OTHER, EC = SigningKey(), SigningKey(), SigningKey(algorithm="ES256")


def judged(token, key=RSA, algorithm="RS256"):
    judge = Judge(ISSUER, AUDIENCE, algorithm)
    text = token if isinstance(token, bytes) else token.encode()
    judge.key_name(text)
    return judge.bearer(text, key.public())


def why_not(token, key=RSA, algorithm="RS256"):
    with pytest.raises(Refusal) as refused:
        judged(token, key, algorithm)
    assert refused.value.kind == "unauthorized"
    challenge = refused.value.headers["WWW-Authenticate"]
    assert 'error="invalid_token"' in challenge
    assert refused.value.detail in challenge
    return refused.value.detail


def part(document):
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=")


def signed_by_hand(head, body, key=RSA):
    """Return a token whose head and body are any bytes, rightly signed by RS256."""
    text = part(head) + b"." + part(body)
    algorithm = jwt.get_algorithm_by_name("RS256")
    return text + b"." + base64.urlsafe_b64encode(algorithm.sign(text, key.private)).rstrip(b"=")


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA"])
def test_a_right_token_says_who_it_is_of_and_until_when(algorithm):
    key = SigningKey(algorithm=algorithm)
    said = claims(ISSUER)
    bearer = judged(key.sign(said), key, algorithm)
    assert (bearer.subject, bearer.scopes, bearer.until_s) == (("sub", "crm"), {"predict"}, said["exp"] + 60)


NOW_S = int(time.time())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"exp": NOW_S - 90}, "has expired"),
        ({"nbf": NOW_S + 86_400}, "is not valid yet"),
        ({"iat": NOW_S + 86_400}, "is not valid yet"),
        ({"aud": "other"}, "is for another audience"),
        ({"aud": ["other", "another"]}, "is for another audience"),
        ({"aud": ["other", 7]}, "is for another audience"),
        ({"aud": ...}, "lacks iss, aud or exp"),
        ({"exp": ...}, "lacks iss, aud or exp"),
        ({"iss": ...}, "lacks iss, aud or exp"),
        ({"iss": "https://id.example.com/"}, "is of another issuer"),
        ({"iss": "https://ID.example.com"}, "is of another issuer"),
        ({"exp": "soon"}, "is damaged"),
        ({"exp": [1]}, "is damaged"),
        ({"sub": ...}, "does not say who it is of"),
        ({"sub": ""}, "does not say who it is of"),
        ({"sub": "x" * 256}, "does not say who it is of"),
        ({"sub": ..., "client_id": 7}, "does not say who it is of"),
        ({"sub": 7}, "is damaged"),
    ],
)
def test_a_claim_that_is_wrong_or_missing_is_refused(changes, sentence):
    assert sentence in why_not(RSA.sign(claims(ISSUER, **changes)))


def test_an_audience_among_others_and_clocks_that_differ_by_less_than_a_minute_are_right():
    said = claims(ISSUER, aud=["other", AUDIENCE], exp=int(time.time()) - 30, nbf=int(time.time()) + 30)
    assert judged(RSA.sign(said)).subject == ("sub", "crm")


def test_a_program_that_asks_for_itself_may_have_no_subject():
    assert judged(RSA.sign(claims(ISSUER, sub=..., client_id="nightly"))).subject == ("client_id", "nightly")
    assert judged(RSA.sign(claims(ISSUER, sub=..., azp="nightly"))).subject == ("azp", "nightly")


@pytest.mark.parametrize(
    ("said", "scopes"),
    [
        ({"scope": "openid predict  explain email"}, {"predict", "explain"}),
        ({"scope": ..., "scp": "predict metrics"}, {"predict", "metrics"}),
        ({"scope": ..., "scp": ["predict", "metrics", 7, ["admin"]]}, {"predict", "metrics"}),
        ({"scope": ..., "roles": ["admin", "Predict", None]}, {"admin"}),
        ({"scope": "predict", "roles": ["explain"]}, {"predict", "explain"}),
        ({"scope": ["admin"]}, set()),
        ({"scope": ..., "roles": {"admin": True}}, set()),
        ({"scope": ...}, set()),
        ({"scope": "predict.all xpredict"}, set()),
    ],
)
def test_scopes_are_read_from_where_providers_say_them(said, scopes):
    assert judged(RSA.sign(claims(ISSUER, **said))).scopes == scopes


def test_a_token_without_a_signature_is_refused():
    token = jwt.encode(claims(ISSUER), None, "none", {"kid": "first"})
    assert "not signed by the algorithm that is accepted, RS256" in why_not(token)
    for name in ("None", "NONE", "nOnE", "", None, 7, ["RS256"]):
        made = part({"alg": name, "typ": "JWT"}) + b"." + part(claims(ISSUER)) + b"."
        assert "RS256" in why_not(made) or "is damaged" in why_not(made)


def test_the_public_key_as_a_shared_secret_signs_nothing():
    secret = RSA.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = part({"alg": "HS256", "typ": "JWT", "kid": "first"}) + b"." + part(claims(ISSUER))
    signature = jwt.get_algorithm_by_name("HS256").sign(text, secret)
    token = text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")
    assert "not signed by the algorithm that is accepted, RS256" in why_not(token)
    as_another = part({"alg": "RS256", "typ": "JWT", "kid": "first"}) + token[token.index(b".") :]
    assert "has a signature that is not its key's" in why_not(as_another)


def test_one_algorithm_is_accepted_and_no_other():
    assert "ES256" in why_not(RSA.sign(claims(ISSUER)), EC, "ES256")
    assert "RS256" in why_not(EC.sign(claims(ISSUER)))


def test_a_wrong_signature_is_refused():
    assert "has a signature that is not its key's" in why_not(OTHER.sign(claims(ISSUER)))
    head, _, signature = RSA.sign(claims(ISSUER)).split(".")
    changed = ".".join([head, part(claims(ISSUER, scope="admin")).decode(), signature])
    assert "has a signature that is not its key's" in why_not(changed)


@pytest.mark.parametrize("head", [{"crit": ["exp"]}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"b64": True}])
def test_what_a_head_says_has_to_be_understood_is_not_passed_over(head):
    token = signed_by_hand({"alg": "RS256", **head}, claims(ISSUER))
    assert "extensions that are not understood" in why_not(token) or "is damaged" in why_not(token)


def test_a_key_that_a_token_brings_with_it_or_points_to_is_ignored():
    brought = {"jwk": OTHER.published(), "jku": "https://evil.example.com/keys", "x5u": "file:///etc/passwd"}
    assert "has a signature that is not its key's" in why_not(OTHER.sign(claims(ISSUER), **brought))
    assert judged(RSA.sign(claims(ISSUER), **brought)).subject == ("sub", "crm")


@pytest.mark.parametrize(
    "token",
    [
        b"..", b"a.b.c", b"\xff.\xff.\xff", b"e30.e30.", part([]) + b".e30.e30", part(b"[" * 5_000) + b".e30.e30",
        part({"alg": "RS256", "kid": 7}) + b".e30.e30", part({"alg": "RS256", "kid": {}}) + b".e30.e30",
        signed_by_hand({"alg": "RS256"}, b"[" * 5_000), signed_by_hand({"alg": "RS256"}, b"7"),
        signed_by_hand({"alg": "RS256"}, b"\xff"),
        signed_by_hand({"alg": "RS256"}, json.dumps(claims(ISSUER)).replace('"exp": ', '"exp": 1e999, "x": ').encode()),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(token):
    assert why_not(token)
