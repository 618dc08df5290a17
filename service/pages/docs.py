"""The page at /docs: made here from the OpenAPI document, so that it needs no script, no other host and no package.

Where there are scripts, and Swagger UI is installed, that takes the place of the operations (``interactive``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html import escape
from typing import Any

from churn.schema import Field, Schema
from service.pages.interactive import interactive_head
from service.problems import PROBLEMS
from service.record.describe import example_record, training_range

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1c2530;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem}code,pre{font:14px/1.5 ui-monospace,monospace}
#plain pre{background:#f2f5f8;padding:.8rem;overflow-x:auto;border-radius:6px}
#interactive{background:#fff;border-radius:6px}#interactive .info{display:none}
.scroll table,.problems{border-collapse:collapse;width:100%;font-size:.92rem}
.scroll td,.scroll th,.problems td,.problems th{text-align:left;vertical-align:top;padding:.35rem .6rem;
border-bottom:1px solid #dde3ea}th{background:#f2f5f8}tr:target{background:#fff3c4}.scroll{overflow-x:auto}
@media(prefers-color-scheme:dark){body{color:#e4e9ef;background:#161b22}#plain pre,th{background:#222a34}
.scroll td,.scroll th,.problems td,.problems th{border-color:#333d49}a{color:#8ab8ff}tr:target{background:#4a3f14}}
"""


ANY_ORIGIN = "http://localhost:8000"
"""The address in the examples, in whose place ``served_at`` puts the one that the reader came by."""
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+")


def served_at(page: str, origin: str) -> str:
    """Return the page with the address that it is read at in its examples, if that is one."""
    return page.replace(ANY_ORIGIN, origin) if _ORIGIN.fullmatch(origin) else page


def docs_page(schema: Schema, document: dict[str, Any]) -> str:
    """Return the page as HTML."""
    info = document["info"]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>{interactive_head()}'
        f"<h1>{escape(info['title'])}</h1><p>{escape(info['description'])} "
        'For programs: <a href="/openapi.json">/openapi.json</a>, <a href="/schema">/schema</a>. To import into a CRM: '
        '<a href="/openapi-3.0.json">/openapi-3.0.json</a>, <a href="/swagger-2.0.json">/swagger-2.0.json</a>.</p>'
        f'<div id="interactive"></div><div id="plain">{_predict(schema, document)}{_questions(document)}'
        f"{_paths(document)}</div>{_fields(schema)}{_problems()}</html>\n"
    )


def _predict(schema: Schema, document: dict[str, Any]) -> str:
    operation = document["paths"]["/predict"]["post"]
    curl = _curl("/predict", [example_record(schema)])
    sample = json.dumps(
        {"model": {"name": "…", "version": "…"}, "predictions": [
            {"customer_id": "A-1001", "churn_probability": 0.64, "churn": True, "risk": "high"}]},
        indent=1, ensure_ascii=False,
    )  # fmt: skip
    parameters = _table(
        ("parameter", "in", "meaning"),
        [(p["name"], p["in"], p["description"]) for p in operation["parameters"]],
    )
    return (
        f"<h2>POST /predict</h2><p>{escape(operation['description'])}</p><pre>{escape(curl)}</pre>"
        f"<p>answers, with its own figures:</p><pre>{escape(sample)}</pre>{parameters}"
    )


def _questions(document: dict[str, Any]) -> str:
    """Show what may be asked besides, each with its first example."""
    asked = {path: found["post"] for path, found in document["paths"].items() if "post" in found and path != "/predict"}
    return "".join(
        f"<h2>POST {path}</h2><p>{escape(operation['description'])}</p><pre>{escape(_curl(path, _example(operation)))}"
        "</pre>"
        for path, operation in asked.items()
    )


def _example(operation: dict[str, Any]) -> Any:
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    return next(iter(examples.values()))["value"]


def _curl(path: str, body: Any) -> str:
    quoted = json.dumps(body, indent=1, ensure_ascii=False).replace("'", "'\\''")
    return f"curl {ANY_ORIGIN}{path} -H 'Content-Type: application/json' -d '{quoted}'"


def _fields(schema: Schema) -> str:
    rows = [(f.name, f.expected(), _more(f), "no" if f.nullable else "yes") for f in schema.fields]
    return f"<h2>A customer record</h2>{_table(('field', 'value', 'more', 'required'), rows)}"


def _more(field: Field) -> str:
    parts = (field.description, f"In {field.unit}." if field.unit else "", training_range(field))
    return " ".join(part[0].upper() + part[1:] for part in parts if part)


def _paths(document: dict[str, Any]) -> str:
    rows = [(path, found["get"]["summary"]) for path, found in document["paths"].items() if "get" in found]
    return f"<h2>Also</h2>{_table(('GET', 'answers'), rows)}"


def _problems() -> str:
    rows = "".join(
        f'<tr id="{name}"><td>{kind.status}</td><td>{name}</td>'
        f"<td>{escape(kind.title)}. {escape(kind.remedy)}</td></tr>"
        for name, kind in PROBLEMS.items()
    )
    head = "<tr><th>status</th><th>type</th><th>meaning, and what to do</th></tr>"
    table = f'<table class="problems">{head}{rows}</table>'
    return f"<h2>Problems</h2><p>As application/problem+json (RFC 9457).</p>{table}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{titles}</tr>{body}</table></div>'
