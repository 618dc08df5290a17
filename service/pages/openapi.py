"""The OpenAPI document, made from the schema, the answer types and the list of problems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from churn.bundle import Manifest
from churn.kinds import kind_of
from churn.schema import Schema
from service.keys.gate import NEEDED
from service.pages.interactive import INTERACTIVE_PATHS
from service.pages.questions import decide_examples, explain_examples, what_if_examples
from service.problems import LISTED, PROBLEM_JSON, PROBLEMS
from service.record.describe import example_record, record_schema
from service.record.models import Answer, ProblemDocument
from service.record.questions import DecideQuestion, WhatIfQuestion
from service.record.replies import DecideAnswer, ExplainAnswer, WhatIfAnswer
from service.settings import EXPLAINED_RECORDS

ON_ERROR = ("refuse", "report")
"""What may be done about wrong records among others; the first is the default."""
KEY_LIMIT_CHARACTERS = 255
MOST_TIMEOUT_MS = 3_600_000
_TYPES: dict[str, Any] = {
    "Answer": Answer,
    "ExplainAnswer": ExplainAnswer,
    "DecideQuestion": DecideQuestion,
    "DecideAnswer": DecideAnswer,
    "WhatIfQuestion": WhatIfQuestion,
    "WhatIfAnswer": WhatIfAnswer,
    "Problem": ProblemDocument,
}
_REF = "#/components/schemas/{model}"
DENIALS = ("unauthorized", "forbidden")
_REPEATED = ("in-progress", "idempotency-key-reused")
"""How a repeat is refused, where answers are kept for repeats."""
PREDICT_PROBLEMS = tuple(
    kind
    for kind in PROBLEMS
    if kind not in {"not-found", "method-not-allowed", "no-lists", "rate-limited", *DENIALS, *_REPEATED}
)


def openapi_document(
    schema: Schema,
    manifest: Manifest,
    version: str,
    max_records: int,
    *,
    ignores: bool = True,
    asks_for_keys: bool = False,
    issuer: str | None = None,
) -> dict[str, Any]:
    """Return the whole document (OpenAPI 3.1).

    ``ignores`` says whether fields that training left out may stand. Callers need an API key where ``asks_for_keys``
    says so, a token where there is an ``issuer`` of them; where both are, either will do.
    """
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": f"Churn service: {manifest.name}",
            "version": version,
            "description": "Answers with the probability that a customer leaves. "
            f"Model {manifest.name} {manifest.version}.",
        },
        "paths": {
            "/predict": {"post": _predict(schema, max_records)},
            **_questions(schema, max_records),
            **_readings(),
        },
        "components": {"schemas": _components(schema, max_records, ignores=ignores)},
    }
    schemes: dict[str, Any] = {}
    if asks_for_keys:
        schemes["key"] = {"type": "http", "scheme": "bearer"}
    if issuer is not None:
        said = f"A token of {issuer}."
        schemes["token"] = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": said}
    return _with_keys(document, schemes) if schemes else document


def _with_keys(document: dict[str, Any], schemes: dict[str, Any]) -> dict[str, Any]:
    """Say which operations need a key or a token, and how they refuse who has none."""
    document["components"]["securitySchemes"] = schemes
    for path in NEEDED:
        for operation in document["paths"][path].values():
            operation["security"] = [{name: []} for name in schemes]
            operation["responses"].update(_problem_responses(DENIALS))
    return document


def _components(schema: Schema, max_records: int, *, ignores: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Record": record_schema(schema, ignores=ignores),
        "Records": _array(max_records),
        "ExplainedRecords": _array(min(max_records, EXPLAINED_RECORDS)),
    }
    for name, kind in _TYPES.items():
        described = TypeAdapter(kind).json_schema(ref_template=_REF, mode="serialization")
        made.update(described.pop("$defs", {}))
        made[name] = described
    for name, member in (("DecideQuestion", "records"), ("WhatIfQuestion", "record")):
        made[name]["properties"][member] = _ref(member.capitalize())
    _name_fields(schema, made)
    return made


def _array(most: int) -> dict[str, Any]:
    return {"type": "array", "items": _ref("Record"), "minItems": 1, "maxItems": most}


def _name_fields(schema: Schema, made: dict[str, Any]) -> None:
    """Say where a question names a field and which it may name, or asks for reasons and how many there are."""
    made["DecideQuestion"]["properties"]["explain"]["maximum"] = len(schema.fields)
    for member in ("changes", "try"):
        made["WhatIfQuestion"]["properties"][member]["propertyNames"] = {"enum": list(schema.by_name)}
    amounts = [field.name for field in schema.numbers if kind_of(field).is_amount]
    for form in made["DecideQuestion"]["properties"]["value"]["anyOf"]:
        if form["type"] == "string" and amounts:  # JSON Schema knows no choice among nothing
            form["enum"] = amounts


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF.format(model=name)}


def _predict(schema: Schema, max_records: int) -> dict[str, Any]:
    one = example_record(schema)
    examples = {
        "array": {"summary": "An array of records", "value": [one, example_record(schema, "A-1002")]},
        "single": {"summary": "One record", "value": one},
    }
    body = {"schema": {"oneOf": [_ref("Records"), _ref("Record")]}, "examples": examples}
    return {
        "operationId": "predict",
        "summary": "Score customers",
        "description": f"One answer per record, in order; at most {max_records:,} records. A value outside the "
        "training range, a level never seen and a missing value are scored, with a warning.",
        "parameters": [_on_error(), _explain(schema), _idempotency_key(), *_headers()],
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {
            "200": _answer("Answer", "One prediction per record, in order."),
            **_problem_responses((*PREDICT_PROBLEMS, *_REPEATED)),
        },
    }


def _explain(schema: Schema) -> dict[str, Any]:
    return _parameter(
        "explain",
        "query",
        "So many reasons are added to each prediction, the largest first; at most "
        f"{EXPLAINED_RECORDS:,} records in one request.",
        {"type": "integer", "minimum": 1, "maximum": len(schema.fields)},
    )


def _questions(schema: Schema, max_records: int) -> dict[str, Any]:
    """Return what may be asked besides a prediction."""
    records = {"oneOf": [_ref("ExplainedRecords"), _ref("Record")]}
    return {
        "/explain": _question(
            "explain",
            "All reasons for a prediction",
            "What each field contributes to the log-odds of leaving, in words; the contributions add up. "
            f"At most {min(max_records, EXPLAINED_RECORDS):,} records.",
            {"schema": records, "examples": explain_examples(schema)},
            ("ExplainAnswer", "The reasons for each record, in order, and where they start."),
        ),
        "/decide": _question(
            "decide",
            "Whom to contact",
            "Ranks customers by what contacting them is expected to bring, contact_success x churn_probability x value "
            f"- contact_cost, as many as the budget allows. At most {max_records:,} records.",
            {"schema": _ref("DecideQuestion"), "examples": decide_examples(schema)},
            ("DecideAnswer", "Who is contacted, why, and what it is expected to bring; who is left out, and why."),
            is_kept=True,
        ),
        "/whatif": _question(
            "whatif",
            "What would change the probability",
            "The probability with changes made together, and with values tried one at a time; without either, all "
            "fields that the schema marks as actionable. It is what the model expects, not what an intervention would "
            "cause.",
            {"schema": _ref("WhatIfQuestion"), "examples": what_if_examples(schema)},
            ("WhatIfAnswer", "The prediction before and after, and what was tried, the lowest probability first."),
        ),
    }


def _question(
    name: str, summary: str, description: str, body: dict[str, Any], answer: tuple[str, str], *, is_kept: bool = False
) -> dict[str, Any]:
    problems = (*PREDICT_PROBLEMS, *_REPEATED) if is_kept else PREDICT_PROBLEMS
    operation = {
        "operationId": name,
        "summary": summary,
        "description": description,
        "parameters": [*([_idempotency_key()] if is_kept else []), *_headers()],
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {"200": _answer(*answer), **_problem_responses(problems)},
    }
    return {"post": operation}


def _parameter(name: str, where: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": where, "required": False, "description": description, "schema": schema}


def _on_error() -> dict[str, Any]:
    return _parameter(
        "on_error",
        "query",
        "report scores the good records and reports the wrong ones in their place; refuse answers 422 "
        f"when any is wrong. Either way the answer lists {LISTED}, the first of each record before any other, "
        "and says how many there are.",
        {"type": "string", "enum": list(ON_ERROR), "default": ON_ERROR[0]},
    )


def _idempotency_key() -> dict[str, Any]:
    return _parameter(
        "Idempotency-Key",
        "header",
        "Such as a UUID, for a request that may be repeated: the same again with the same key gets the "
        "same answer and is not answered anew; another body with it is refused.",
        {"type": "string", "minLength": 1, "maxLength": KEY_LIMIT_CHARACTERS, "pattern": "^[!#-~]+$"},
    )


def _headers() -> list[dict[str, Any]]:
    """Return the headers that every question takes."""
    request_id = _parameter(
        "X-Request-ID",
        "header",
        "Comes back in the answer and stands in the log. Where none is given, or one that is no "
        "printable ASCII of at most 128 characters, one is made up.",
        {"type": "string"},
    )
    timeout = _parameter(
        "X-Request-Timeout-Ms",
        "header",
        "How long the answer is of use, in milliseconds from when the request arrives; what waits "
        "longer is not worked on.",
        {"type": "integer", "minimum": 1, "maximum": MOST_TIMEOUT_MS},
    )
    return [request_id, timeout]


_ID_HEADER = {"X-Request-ID": {"description": "The id of the request.", "schema": {"type": "string"}}}


def _answer(name: str, description: str) -> dict[str, Any]:
    content = {"application/json": {"schema": _ref(name)}}
    return {"description": description, "headers": _ID_HEADER, "content": content}


def said_by_status(kinds: Sequence[str]) -> dict[str, str]:
    """Return what each status means and what to do, in order of the status."""
    sentences: dict[int, list[str]] = defaultdict(list)
    for kind in kinds:
        sentences[PROBLEMS[kind].status].append(f"{PROBLEMS[kind].title}. {PROBLEMS[kind].remedy}")
    return {str(status): " ".join(said) for status, said in sorted(sentences.items())}


def _problem_responses(kinds: tuple[str, ...]) -> dict[str, Any]:
    content = {PROBLEM_JSON.decode(): {"schema": _ref("Problem")}}
    return {
        status: {"description": sentence, "headers": _ID_HEADER, "content": content}
        for status, sentence in said_by_status(kinds).items()
    }


_READINGS = {
    "/health/live": ("Is the process alive?", "application/json", ()),
    "/health/ready": ("Is the model loaded, and did it reproduce the golden rows?", "application/json", ("not-ready",)),
    "/model": ("Which model this is: version, metrics, threshold, bands", "application/json", ()),
    "/schema": ("What a customer record is: the bundle's schema, and a record as JSON Schema", "application/json", ()),
    "/metrics": ("Counts and durations, in the Prometheus text format", "text/plain", ()),
    "/docs": ("This interface as a page for people", "text/html", ()),
}


_DESCRIPTIONS = ("/openapi.json", "/openapi-3.0.json", "/swagger-2.0.json")
PATHS = frozenset(("/predict", "/explain", "/decide", "/whatif", *_DESCRIPTIONS, *INTERACTIVE_PATHS, *_READINGS))


def _readings() -> dict[str, Any]:
    return {
        path: {
            "get": {
                "operationId": path.strip("/").replace("/", "_"),
                "summary": summary,
                "responses": {
                    "200": {"description": summary, "headers": _ID_HEADER, "content": {media: {}}},
                    **_problem_responses(problems),
                },
            }
        }
        for path, (summary, media, problems) in _READINGS.items()
    }
