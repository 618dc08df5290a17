"""Options, environment, wrong usage."""

from datetime import date
from pathlib import Path

import pytest

from service.settings import OPTIONS, Settings, options_table, parse

OPERATE = Path(__file__).parents[3] / "docs" / "operate.md"


def test_the_defaults():
    given = Settings(
        Path("b"),
        "127.0.0.1",
        8000,
        1,
        "compiled",
        None,
        16 * 1024 * 1024,
        10_000,
        "accept",
        500,
        128 * 1024 * 1024,
        ("v2", "v1", "mlflow", "vertex"),
        None,
        None,
        None,
        "on",
        None,
        200 * 1024 * 1024,
        None,
        1.0,
        20,
        "info",
        None,
        None,
        None,
        None,
        None,
        None,
        "RS256",
        None,
        "off",
        None,
        None,
        None,
        None,
    )
    assert parse(["b"], {}) == Settings(Path("b")) == given


def test_every_option_is_read():
    given = parse(
        [
            "b", "--host", "::1", "--port", "9", "--workers", "3", "--engine", "reference", "--as-of", "2024-02-29",
            "--body-limit-mb", "0.5", "--max-records", "7", "--ignored-fields", "refuse", "--max-wait-ms", "90",
            "--max-inflight-mb", "2", "--dialects", "mlflow, V2",
            "--value", "MonthlyCharges", "--contact-cost", "2.5", "--contact-success", "0.3", "--console", "off",
            "--framed-by", "https://example.com", "--list-limit-mb", "1", "--verify-key", "k.pem",
            "--drain-s", "0", "--grace-s", "5", "--log-level", "error",
            "--audit", "a", "--otlp-endpoint", "http://collector:4318",
            "--keys", "k", "--rate-rows", "6", "--oidc-issuer", "https://id.example.com/a",
            "--oidc-audience", "churn", "--oidc-algorithm", "es256", "--oidc-jwks", "j.json",
            "--insecure", "--tls-cert", "c", "--tls-key", "d",
            "--public-url", "https://example.com/churn/",
            "--vertex-predict", "/v1/endpoints/7:predict", "--vertex-health", "/v1",
        ],
        {},
    )  # fmt: skip
    assert given == Settings(
        Path("b"), "::1", 9, 3, "reference", date(2024, 2, 29), 512 * 1024, 7, "refuse", 90,
        2 * 1024 * 1024, ("mlflow", "v2"),
        "MonthlyCharges", 2.5, 0.3, "off", "https://example.com",
        1024 * 1024, Path("k.pem"), 0.0, 5, "error", Path("a"), "http://collector:4318", Path("k"), 6,
        "https://id.example.com/a", "churn", "ES256", Path("j.json"), "on", Path("c"), Path("d"),
        "https://example.com/churn",
        "/v1/endpoints/7:predict", "/v1",
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


def test_an_empty_variable_says_nothing():
    environ = {option.variable: "" for option in OPTIONS}
    assert parse(["b"], environ) == Settings(Path("b"))


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
        (["b", "--framed-by", "https://a.com; script-src *"], {}, "not the address of a site"),
        (["b", "--framed-by", "example.com"], {}, "not the address of a site"),
        (["b", "--rate-rows", "0"], {}, "from 1"),
        (["b", "--oidc-issuer", "http://id.example.com"], {}, "plain HTTP"),
        (["b", "--oidc-issuer", "file:///etc/passwd"], {}, "begins with https://"),
        (["b", "--oidc-issuer", "https://id.example.com/?tenant=1"], {}, "behind ?"),
        (["b", "--oidc-algorithm", "HS256"], {}, "not one of RS256"),
        (["b", "--oidc-algorithm", "none"], {}, "not one of RS256"),
        (["b", "--oidc-jwks", "ftp://id.example.com/keys"], {}, "begins with https://"),
        (["b", "--public-url", "churn.example.com"], {}, "such as https://churn.example.com"),
        (["b", "--public-url", "https://churn.example.com/?a=1"], {}, "not the address of a service"),
        (["b", "--insecure", "yes"], {}, "not one of on, off"),
        (["b", "--dialects", "v2,v3"], {}, "'v2,v3' is not none, or some of v2, v1, mlflow, vertex"),
        (["b", "--vertex-predict", "predict"], {}, "not a path, such as /predict"),
        (["b", "--vertex-health", "/health?deep=1"], {}, "not a path"),
        (["b", "--wrong"], {}, "--wrong"),
        (["b"], {"CHURN_PORT": "x"}, "whole number"),
    ],
)
def test_wrong_usage_is_a_sentence_and_code_2(capsys, arguments, environ, sentence):
    with pytest.raises(SystemExit) as stop:
        parse(arguments, environ)
    assert stop.value.code == 2
    assert sentence in capsys.readouterr().err


def test_help_names_every_option_with_its_default_and_variable(capsys):
    with pytest.raises(SystemExit) as stop:
        parse(["--help"], {})
    assert stop.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "[CHURN_BUNDLE]" in text
    assert {"host", "as-of", "body-limit-mb"} <= {option.name for option in OPTIONS}
    for option in OPTIONS:
        assert f"--{option.name} {option.metavar} {option.text}" in text
        assert f"default {option.default or 'the bundle'}" in text
        assert f"[{option.variable}]" in text
    others = {option.variable for option in OPTIONS if not option.variable.startswith("CHURN_")}
    assert others == {"OTEL_EXPORTER_OTLP_ENDPOINT"}


def test_a_name_may_be_written_in_capitals():
    given = parse(["b", "--engine", "Reference"], {"CHURN_LOG_LEVEL": "DEBUG"})
    assert (given.engine, given.log_level) == ("reference", "debug")


def test_the_table_of_options_in_the_docs_is_the_one_of_the_settings():
    assert options_table() in OPERATE.read_text(), (
        "put into docs/operate.md, in place of its table of options, what `python -m service.settings` prints"
    )
