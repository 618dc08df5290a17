"""The descriptions for CRMs: what the importers' makers document, and that the service answers so."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest

from churn.schema import Field, Schema
from service.pages.crm.one_type import one_type
from service.pages.crm.records import record as record_described
from tests.unit.service.conftest import RECORD, Client, fake_scorer, hand_made_bundle, running

DOCUMENTS = ("/openapi-3.0.json", "/swagger-2.0.json")
UNSAYABLE = {"anyOf", "oneOf", "allOf", "not", "const", "examples", "propertyNames", "patternProperties",
             "additionalProperties", "$defs", "discriminator"}  # fmt: skip
SALESFORCE = {"binary", "boolean", "date", "datetime", "double", "enum", "float", "integer", "long", "string"}
SALESFORCE_DESCRIPTION = 1_333
SALESFORCE_NAME = 80
POWER_TITLE = 30
NAMES = (
    "Total day minutes",
    "Intl. calls",
    "#orders",
    "2nd line",
    "type",
    "Größe",
    "a/b",
    'it\'s "so"',
    "@odata",
    "$x",
)
STRANGE = Schema(tuple(Field(name, "number", nullable=True) for name in NAMES))


def schemas_in(document):
    """Every schema, wherever it stands, with the names of a member kept apart from keywords."""
    found = list(document.get("definitions", document.get("components", {}).get("schemas", {})).values())
    for operation in operations_of(document):
        found += [parameter.get("schema", parameter) for parameter in operation.get("parameters", ())]
        contents = [operation.get("requestBody", {}), *operation["responses"].values()]
        found += [content["application/json"]["schema"] for one in contents if (content := one.get("content"))]
        found += [one["schema"] for one in contents if "schema" in one]
    while found:
        one = found.pop()
        yield one
        found += list(one.get("properties", {}).values()) + ([one["items"]] if "items" in one else [])


def operations_of(document):
    return [operation for item in document["paths"].values() for operation in item.values()]


def types_of(document):
    return document.get("definitions") or document["components"]["schemas"]


@pytest.fixture(params=DOCUMENTS)
def document(request, client):
    answer = client.get(request.param)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers.get("cache-control") == client.get("/openapi.json").headers.get("cache-control")
    return answer.json()


def test_each_says_its_version(client):
    three, two = (client.get(path).json() for path in DOCUMENTS)
    assert three["openapi"].startswith("3.0.")
    assert two["swagger"] == "2.0"


def test_no_value_has_several_types_and_no_object_is_without_named_members(document):
    for schema in schemas_in(document):
        if "$ref" in schema:
            assert set(schema) == {"$ref"}
            continue
        assert isinstance(schema["type"], str), schema
        assert schema["type"] != "null"
        assert not UNSAYABLE & schema.keys(), schema
        assert schema["type"] != "object" or schema["properties"]
        assert schema["type"] != "array" or schema["items"]
        if schema["type"] == "object":
            assert set(schema.get("required", ())) <= schema["properties"].keys()
            assert schema.get("required") != []


def test_every_reference_leads_to_a_type_and_every_type_is_used(document):
    text = json.dumps(document)
    prefix = "#/definitions/" if "swagger" in document else "#/components/schemas/"
    referred = set(re.findall(r'"\$ref": "([^"]+)"', text))
    assert referred == {f"{prefix}{name}" for name in types_of(document)}


def test_what_salesforce_documents_holds(document):
    assert len(json.dumps(document)) < 10_000_000
    names = [operation["operationId"] for operation in operations_of(document)]
    for name in (*names, *types_of(document)):
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", name)
        assert len(name) <= SALESFORCE_NAME
    assert len({name.lower() for name in types_of(document)}) == len(types_of(document))  # Apex knows no case
    for operation in operations_of(document):
        described = [operation, *operation.get("parameters", ())]
        assert all(0 < len(one["description"]) <= SALESFORCE_DESCRIPTION for one in described)
        for content in (operation.get("requestBody", {}), *operation["responses"].values()):
            assert set(content.get("content", {"application/json": 0})) == {"application/json"}
        assert operation["responses"]["200"]
    formats = {schema["format"] for schema in schemas_in(document) if "format" in schema}
    assert formats <= SALESFORCE | {"int32", "int64"}


def test_what_power_platform_documents_holds(document):
    title = document["info"]["title"]
    assert len(title) <= POWER_TITLE
    assert not re.search(r"\bapi\b", title + document["info"]["description"], re.IGNORECASE)
    names = [operation["operationId"] for operation in operations_of(document)]
    assert len(set(names)) == len(names)
    for operation in operations_of(document):
        assert re.fullmatch(r"([A-Z][a-z]+)+", operation["operationId"])
        assert operation["description"].endswith(".")
        assert re.fullmatch(r"[A-Z][^.]*[^.]", operation["summary"])
        for parameter in operation.get("parameters", ()):
            assert parameter["x-ms-summary"]
            assert parameter["description"].endswith(".")
            assert parameter["name"] != "connectionId"
            assert parameter.get("x-ms-visibility") != "internal" or (
                parameter["required"] and "default" in {**parameter, **parameter.get("schema", {})}
            )


def test_swagger_says_what_it_takes_and_gives_and_has_one_body(client):
    for operation in operations_of(client.get("/swagger-2.0.json").json()):
        bodies = [parameter for parameter in operation.get("parameters", ()) if parameter["in"] == "body"]
        assert ("consumes" in operation) == (len(bodies) == 1)
        assert operation["produces"] == ["application/json"]
        assert "requestBody" not in operation


def test_both_say_the_same_but_for_their_words(client):
    three, two = (client.get(path).json() for path in DOCUMENTS)
    told = json.dumps(three["components"]["schemas"]).replace("#/components/schemas/", "#/definitions/")
    assert json.loads(told.replace('"nullable"', '"x-nullable"')) == two["definitions"]
    assert set(three["paths"]) == set(two["paths"]) == {"/predict", "/explain", "/decide", "/model", "/health/ready"}


def test_the_names_of_operations_stay_as_they_are_for_flows_hold_them(document):
    names = {operation["operationId"] for operation in operations_of(document)}
    assert names == {"Predict", "Explain", "Decide", "GetModel", "GetReadiness"}


def test_a_record_is_described_by_its_own_names_and_kinds(document, schema):
    described = types_of(document)["Record"]
    assert list(described["properties"]) == ["customer_id", *schema.by_name]
    assert described["required"] == [field.name for field in schema.fields if not field.nullable]
    types = {name: one["type"] for name, one in described["properties"].items()}
    assert (types["tenure"], types["charges"], types["partner"]) == ("integer", "number", "boolean")
    assert (types["joined"], types["at"], types["senior"], types["customer_id"]) == (
        "string", "string", "integer", "string",
    )  # fmt: skip
    assert described["properties"]["calls"]["maximum"] == 99  # of 99.5: a whole number's bound is one
    nullable = "x-nullable" if "swagger" in document else "nullable"
    assert {name for name, one in described["properties"].items() if one.get(nullable)} == {
        field.name for field in schema.fields if field.nullable
    }


def test_a_level_is_described_but_no_other_one_is_refused(document):
    contract = types_of(document)["Record"]["properties"]["contract"]
    assert contract["x-levels"] == ["month", "year"]
    assert "enum" not in contract
    assert "month, year; another one is scored too" in contract["description"]


def test_many_levels_do_not_make_an_endless_description():
    levels = tuple(f"level {number}" for number in range(60))
    text = record_described(Schema((Field("f", "category", levels=levels),)))["properties"]["f"]["description"]
    assert "level 49 and 10 more" in text
    assert "level 50" not in text


def test_a_number_that_may_come_as_text_is_described_as_a_number():
    field = Field("f", "number", nullable=True, missing_markers=("?",))
    described = record_described(Schema((field,)))["properties"]["f"]
    assert (described["type"], described["nullable"]) == ("number", True)
    assert "pattern" not in described


def test_names_that_are_no_identifiers_are_kept():
    described = record_described(STRANGE)
    assert list(described["properties"]) == ["customer_id", *NAMES]
    assert "required" not in described  # an empty list is not valid


def test_a_day_is_a_date_only_where_every_text_is_one():
    fields = (Field("a", "date"), Field("b", "date", date_format="%d/%m/%Y"))
    described = record_described(Schema(fields, as_of=date(2024, 1, 1)))["properties"]
    assert described["a"]["format"] == "date"
    assert "format" not in described["b"]


def test_what_has_several_types_and_none_is_chosen_is_not_guessed_at():
    with pytest.raises(ValueError, match="say which"):
        one_type({"anyOf": [{"type": "string"}, {"type": "number"}]})


# --- What is answered ------------------------------------------------------------------------------


KINDS = {"string": str, "integer": int, "number": int | float, "boolean": bool, "array": list, "object": dict}


def conforms(value, schema, types):
    """Say whether a value is as one of the documents describes it; members that it does not name may stand there."""
    if "$ref" in schema:
        return conforms(value, types[schema["$ref"].rpartition("/")[2]], types)
    if value is None:
        return bool(schema.get("nullable") or schema.get("x-nullable"))
    is_kind = isinstance(value, KINDS[schema["type"]]) and isinstance(value, bool) == (schema["type"] == "boolean")
    if not is_kind or value not in schema.get("enum", [value]):
        return False
    members = schema.get("properties", {})
    inner = [(one, schema["items"]) for one in value] if schema["type"] == "array" else []
    inner += [(value[name], described) for name, described in members.items() if name in value]
    is_whole = schema["type"] != "object" or set(schema.get("required", ())) <= value.keys()
    return is_whole and all(conforms(one, described, types) for one, described in inner)


def test_good_and_wrong_records_are_answered_as_described(client, document):
    types = types_of(document)
    records = [
        {**RECORD, "customer_id": "a"},
        {**RECORD, "customer_id": "b", "contract": "never seen", "total": None},
        {**RECORD, "customer_id": "c", "tenure": "long"},
        {"customer_id": "d"},
    ]
    answer = client.predict(records, "?on_error=report")
    assert answer.status_code == 200
    assert conforms(answer.json(), types["Answer"], types)
    told = answer.json()["predictions"]
    assert [one["customer_id"] for one in told] == ["a", "b", "c", "d"]
    assert ["error" in one for one in told] == [False, False, True, True]
    named = types["Prediction"]["properties"].keys()
    assert {name for one in told for name in one} <= named
    assert not conforms({"model": {"name": "x"}, "predictions": []}, types["Answer"], types)


@pytest.mark.parametrize(("path", "name"), [("/model", "ModelTold"), ("/health/ready", "Ready")])
def test_what_is_read_is_answered_as_described(client, document, path, name):
    assert conforms(client.get(path).json(), types_of(document)[name], types_of(document))


def test_decisions_are_answered_as_described(client, document):
    question = {"records": [{**RECORD, "customer_id": "a"}, RECORD], "value": 200, "contact_cost": 10,
                "contact_success": 0.3, "budget": {"contacts": 1}}  # fmt: skip
    types = types_of(document)
    assert conforms(question, types["DecideQuestion"], types)
    answer = client.post(json.dumps(question), "/decide")
    assert answer.status_code == 200, answer.text
    assert conforms(answer.json(), types["DecideAnswer"], types)
    assert answer.json()["assumptions"]["budget"] == {"contacts": 1}


def test_an_example_of_each_field_is_scored(client, document):
    described = types_of(document)["Record"]
    example = {name: one["example"] for name, one in described["properties"].items() if "example" in one}
    answer = client.predict([example], "?on_error=report").json()["predictions"][0]
    assert "error" not in answer


# --- Where it is, and who may ask ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("https://churn.example.com", ("churn.example.com", "/", ["https"])),
        ("http://10.0.0.7:8080/a/b", ("10.0.0.7:8080", "/a/b", ["http"])),
    ],
)
def test_the_public_address_is_told(start, address, parts):
    with start(public_url=address) as client:
        three, two = (client.get(path).json() for path in DOCUMENTS)
    assert three["servers"] == [{"url": address}]
    assert (two["host"], two["basePath"], two["schemes"]) == parts


def test_without_one_no_address_is_made_up(client):
    three, two = (client.get(path, headers={"host": "evil.example.com"}).json() for path in DOCUMENTS)
    assert three["servers"] == [{"url": "/"}]
    assert two["basePath"] == "/"
    assert not {"host", "schemes"} & two.keys()


def described(schema, manifest, **changes):
    from service.pages.crm.described import Described

    return replace(Described(schema, manifest, "1", 100, None, asks_for_keys=False, issuer=None), **changes)


@pytest.mark.parametrize(
    ("changes", "header"),
    [
        ({"asks_for_keys": True}, "X-API-Key"),
        ({"issuer": "https://id.example.com"}, "Authorization"),
        ({"asks_for_keys": True, "issuer": "https://id.example.com"}, "X-API-Key"),
    ],
)
def test_who_asks_is_said_in_a_header_in_one_way(bundle, changes, header):
    from service.pages.crm.openapi_3_0 import openapi_3_0
    from service.pages.crm.swagger_2_0 import swagger_2_0

    told = described(bundle.schema, bundle.manifest, **changes)
    for document, schemes in (
        (three := openapi_3_0(told), three["components"]["securitySchemes"]),
        (two := swagger_2_0(told), two["securityDefinitions"]),
    ):
        ((name, scheme),) = schemes.items()
        assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", header)
        assert document["security"] == [{name: []}]
        assert {"401", "403"} <= document["paths"]["/predict"]["post"]["responses"].keys()


def test_where_anybody_may_ask_nothing_is_said_of_keys(document):
    assert not {"security", "securityDefinitions"} & document.keys()
    assert "securitySchemes" not in document.get("components", {})


def test_they_are_made_when_they_are_first_asked_for_and_then_kept(client):
    interface = client.app.serving.served.interface
    assert not {"openapi_3_0", "swagger_2_0"} & vars(interface).keys()
    first = client.get("/openapi-3.0.json").content
    assert "openapi_3_0" in vars(interface)
    assert client.get("/openapi-3.0.json").content == first


def test_a_start_does_not_load_what_makes_them():
    asked = "import sys, service.app; print([name for name in sys.modules if name.startswith('service.pages.crm')])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_another_model_changes_nothing_that_connectors_are_named_by(tmp_path):
    bundle = hand_made_bundle(tmp_path)
    renamed = replace(bundle, manifest=replace(bundle.manifest, name="other", version="9"))
    titles = []
    for one in (bundle, renamed):
        with running(one, open_scorer=fake_scorer) as client:
            assert isinstance(client, Client)
            titles.append(client.get("/swagger-2.0.json").json()["info"]["title"])
    assert titles[0] == titles[1]
