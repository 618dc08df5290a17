"""What churn-serve makes of a container of the image: the image's environment, the container's, and its arguments."""

import re
import string
from collections.abc import Mapping, Sequence
from pathlib import Path

from service.platforms.variables import adapted
from service.settings import Settings, parse

PROJECT = Path(__file__).parents[3]
DEPLOY = PROJECT / "deploy"
LAST_SECONDS_S = 2
"""How long a stop may take beyond drain and grace (docs/operate.md, Stopping)."""


def image_environment() -> dict[str, str]:
    """The variables CHURN_... that the Dockerfile sets, with the defaults of its arguments."""
    dockerfile = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    arguments = dict(re.findall(r"^ARG (\w+)=(\S*)$", dockerfile, re.MULTILINE))
    runtime = dockerfile[dockerfile.rindex("\nFROM ") :].replace("\\\n", " ")
    instructions = re.findall(r"^ENV (.*)$", runtime, re.MULTILINE)
    variables = re.findall(r"\b(CHURN_\w+)=(\S*)", "\n".join(instructions))
    return {name: string.Template(value).substitute(arguments) for name, value in variables}


def settings_of(arguments: Sequence[str], environment: Mapping[str, str] = {}) -> Settings:
    """The settings of a container; SystemExit where churn-serve would not start."""
    return parse(*adapted(arguments, {**image_environment(), **environment}))


def longest_stop_s(settings: Settings) -> float:
    return settings.drain_s + settings.grace_s + LAST_SECONDS_S
