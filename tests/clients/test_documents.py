"""Each description is valid by its own specification."""

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

VALIDATORS = {"2.0": OpenAPIV2SpecValidator, "3.0": OpenAPIV30SpecValidator, "3.1": OpenAPIV31SpecValidator}


@pytest.mark.parametrize("version", VALIDATORS)
def test_the_description_is_valid(served, version):
    document = served.document(version)
    assert [error.message for error in VALIDATORS[version](document).iter_errors()] == []


def test_the_validator_sees_what_is_wrong(served):
    document = served.document("2.0")
    document["paths"]["/predict"]["post"]["responses"] = {}
    assert list(OpenAPIV2SpecValidator(document).iter_errors())
