"""What is answered to a token that does not count: why in general terms, and nothing of the token."""

from __future__ import annotations

from service.keys.challenge import INVALID, unauthorized
from service.problems import Refusal


def wrong_token(said: str) -> Refusal:
    """Return the refusal; ``said`` goes on after "The token of the request"."""
    sentence = f"The token of the request {said}."
    return unauthorized(sentence, f'{INVALID}, error_description="{sentence}"')


class UnknownKey(Refusal):
    """The key of a token is not known, or not yet: the provider may have published it meanwhile.

    Who catches it has the provider asked, and judges once more; as it stands, it is the answer to the caller.
    """


def unknown_key(kid: str | None) -> UnknownKey:
    """Return the refusal of a token whose key is not among those that were read last."""
    wrong = wrong_token("does not name its key" if kid is None else "names a key that the provider does not publish")
    return UnknownKey(wrong.kind, wrong.detail, headers=wrong.headers)


def no_keys_yet(wait_s: int) -> UnknownKey:
    """Return the refusal of any token before the provider's keys were read for the first time."""
    return UnknownKey(
        "not-ready",
        "The keys of the identity provider could not be read yet, so no token can be judged. "
        f"They are asked for again; try again after {wait_s} s.",
        headers={"Retry-After": str(wait_s)},
    )
