"""Helm's own library, asked in a process of its own, so that its Go runtime stays out of the tests'.

``program.py render CHART`` reads {"values": ..., "name": ...} from stdin, and writes {"rendered": {path: text}} or
{"refused": sentence} to stdout; ``program.py lint CHART`` writes {"lint": [sentence]}.
"""

import json
import sys

import helm_python

WARNING = 2


def lint(chart, question):
    report = helm_python.lint(chart, question["values"], strict=True)
    grave = [each["error"] for each in report["messages"] if each["severity"] >= WARNING]
    return {"lint": [*report["errors"], *grave]}


def render(chart, question):
    with helm_python.Chart.load(chart) as loaded:
        try:
            return {"rendered": loaded.render(question["values"], name=question["name"], namespace="crm")}
        except (helm_python.HelmRenderError, helm_python.HelmValuesError) as error:
            return {"refused": str(error)}


json.dump({"lint": lint, "render": render}[sys.argv[1]](sys.argv[2], json.load(sys.stdin)), sys.stdout)
