"""Options, environment, wrong usage."""

from datetime import date
from pathlib import Path

import pytest

from service.settings import Settings, parse


def test_the_defaults_of_the_command_line_are_those_of_the_settings():
    assert parse(["artifacts/telco"], {}) == Settings(Path("artifacts/telco"))


def test_every_option_is_read():
    given = parse(
        [
            "b", "--host", "::1", "--port", "9", "--workers", "3", "--engine", "reference", "--as-of", "2024-02-29",
            "--body-limit-mb", "0.5", "--max-records", "7", "--drain-s", "0", "--grace-s", "5", "--log-level", "error",
        ],
        {},
    )  # fmt: skip
    assert given == Settings(
        Path("b"), "::1", 9, 3, "reference", date(2024, 2, 29), 512 * 1024, 7, 0.0, 5, "error"
    )  # fmt: skip


def test_the_environment_says_the_same_and_the_command_line_wins():
    environ = {
        "CHURN_BUNDLE": "b",
        "CHURN_PORT": "9",
        "CHURN_BODY_LIMIT_MB": "2",
        "CHURN_AS_OF": "today",
        "CHURN_MAX_RECORDS": "5",
    }
    given = parse(["--port", "10"], environ)
    assert (given.bundle, given.port, given.body_limit_bytes) == (Path("b"), 10, 2 * 1024 * 1024)
    assert (given.as_of, given.max_records) == ("today", 5)


@pytest.mark.parametrize(
    ("arguments", "environ", "sentence"),
    [
        ([], {}, "bundle"),
        (["b", "--port", "70000"], {}, "'70000' is not a whole number from 0 to 65535"),
        (["b", "--port", "x"], {}, "whole number"),
        (["b", "--workers", "0"], {}, "from 1"),
        (["b", "--engine", "onnx"], {}, "not one of compiled, reference"),
        (["b", "--as-of", "yesterday"], {}, "neither a day, YYYY-MM-DD, nor 'today'"),
        (["b", "--body-limit-mb", "0"], {}, "above 0"),
        (["b", "--body-limit-mb", "nan"], {}, "above 0"),
        (["b", "--drain-s", "-1"], {}, "seconds"),
        (["b", "--log-level", "loud"], {}, "not one of debug"),
        (["b", "--wrong"], {}, "--wrong"),
        (["b"], {"CHURN_PORT": "x"}, "whole number"),
    ],
)
def test_wrong_usage_is_a_sentence_and_code_2(capsys, arguments, environ, sentence):
    with pytest.raises(SystemExit) as stop:
        parse(arguments, environ)
    assert stop.value.code == 2
    assert sentence in capsys.readouterr().err


def test_help_names_every_option_with_its_variable(capsys):
    with pytest.raises(SystemExit) as stop:
        parse(["--help"], {})
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for name in (
        "host",
        "port",
        "workers",
        "engine",
        "as-of",
        "body-limit-mb",
        "max-records",
        "drain-s",
        "grace-s",
        "log-level",
    ):
        assert f"--{name}" in text
        assert f"CHURN_{name.upper().replace('-', '_')}" in text
