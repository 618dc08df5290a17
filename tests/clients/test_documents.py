"""Each description is valid by its own specification."""

from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from churn.bundle import Bands, Manifest
from churn.tables import read_table
from service.pages.crm.described import Described
from service.pages.crm.openapi_3_0 import openapi_3_0
from service.pages.crm.swagger_2_0 import swagger_2_0
from training.table.infer import infer_schema

REAL = Path("/work/shared/data")
LABELS = {"bank_churn": "Exited", "ibm_telco": "Churn", "membership": "churn", "orange_telecom": "churn"}
VALIDATORS = {"2.0": OpenAPIV2SpecValidator, "3.0": OpenAPIV30SpecValidator, "3.1": OpenAPIV31SpecValidator}


@pytest.mark.parametrize("version", VALIDATORS)
def test_the_description_is_valid(served, version):
    document = served.document(version)
    assert [error.message for error in VALIDATORS[version](document).iter_errors()] == []


def test_the_validator_sees_what_is_wrong(served):
    document = served.document("2.0")
    document["paths"]["/predict"]["post"]["responses"] = {}
    assert list(OpenAPIV2SpecValidator(document).iter_errors())


@pytest.mark.skipif(not REAL.is_dir(), reason="The real tables are not part of the project.")
@pytest.mark.parametrize("name", LABELS)
def test_the_descriptions_of_a_real_table_are_valid(name):
    schema = infer_schema(read_table(REAL / f"{name}.csv").table, LABELS[name]).schema
    manifest = Manifest(name, "1", "2024-06-30T12:00:00Z", 0.4, Bands(0.3, 0.6))
    described = Described(schema, manifest, "1", 200, "https://churn.example.com", asks_for_keys=True, issuer=None)
    for version, document in (("2.0", swagger_2_0(described)), ("3.0", openapi_3_0(described))):
        assert [error.message for error in VALIDATORS[version](document).iter_errors()] == []
        types = document.get("definitions") or document["components"]["schemas"]
        assert list(types["Record"]["properties"]) == ["customer_id", *schema.by_name]
