"""The Grafana dashboard asks for metrics that the service has, by labels that they have."""

import json
import re
from pathlib import Path

import pytest

BOARD = json.loads((Path(__file__).parents[3] / "deploy" / "grafana" / "dashboard.json").read_text())
EXPRESSIONS = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
METRIC = re.compile(r"\b((?:churn|process)_\w+)\{([^}]*)\}")
FROM_PROMETHEUS = {"job", "instance"}


@pytest.fixture
def exposed(client, record):
    """The labels of every metric that /metrics shows, by name."""
    client.predict([record, {**record, "contract": "never seen"}])
    client.predict([5])
    labels = {}
    text = client.get("/metrics").text
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE):
        suffixes = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
        labels |= {name + suffix: set() for suffix in suffixes}
    for name, found in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, re.MULTILINE):
        labels[name] |= set(re.findall(r'(\w+)="', found))
    return labels


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_panel_asks_for_what_there_is(expression, exposed):
    asked = METRIC.findall(expression)
    assert asked
    for name, selector in asked:
        assert name in exposed
        assert set(re.findall(r"(\w+)=", selector)) <= exposed[name] | FROM_PROMETHEUS
    grouped = {label.strip() for labels in re.findall(r"by \(([^)]*)\)", expression) for label in labels.split(",")}
    assert grouped <= set().union(*(exposed[name] for name, _ in asked))


def test_what_the_service_tells_of_itself_is_on_the_board(exposed):
    shown = {name for expression in EXPRESSIONS for name, _ in METRIC.findall(expression)}
    own = {name for name in exposed if name.startswith("churn_")}
    assert own == shown & own


def test_panels_have_titles_sentences_and_places_of_their_own():
    places = [tuple(panel["gridPos"][key] for key in "xy") for panel in BOARD["panels"]]
    assert len(set(places)) == len(places)
    assert all(panel["title"] and panel["description"].endswith(".") for panel in BOARD["panels"])
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(places)


def test_routes_that_are_named_are_routes(client):
    named = {route for text in EXPRESSIONS for route in re.findall(r'route="([^"]+)"', text)}
    assert named <= set(client.get("/openapi.json").json()["paths"])
