"""Settings of a property that leave the profile (tests/conftest.py) in force."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_USUAL = 100
ONE_FIXTURE_FOR_ALL = [*settings().suppress_health_check, HealthCheck.function_scoped_fixture]
"""``suppress_health_check`` of a property whose examples share what a fixture made, as they may if none changes it."""


def examples(usual: int) -> int:
    """Return ``usual`` in the profile "ci", and as many times more as a longer profile asks for.

    A plain ``settings(max_examples=usual)`` would hold in every profile, the long one too.
    """
    return usual * settings().max_examples // _USUAL
