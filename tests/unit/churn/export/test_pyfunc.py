import json

import numpy as np
import pandas as pd
import pytest

from churn.bundle import open_bundle, seal
from churn.errors import BadInput, ParityError
from churn.export.pyfunc import ChurnModel, _load_pyfunc
from churn.records import RecordReader
from churn.scoring import Scorer
from tests import customers
from tests.customers import CUSTOMERS, by_tenure

RECORDS = customers.customers(60, seed=4)


class ByTenure:
    def predict(self, columns):
        return by_tenure(columns)


@pytest.fixture(scope="module")
def model():
    return ChurnModel(Scorer(CUSTOMERS, ByTenure(), 0.4, (0.3, 0.6)))


@pytest.fixture(scope="module")
def right():
    return by_tenure(RecordReader(CUSTOMERS).read(RECORDS))


def test_a_frame_is_answered_in_its_order_and_with_its_index(model, right):
    frame = pd.DataFrame(RECORDS, index=range(100, 160))[::-1]
    answers = model.predict(frame)
    assert list(answers.columns) == ["churn_probability", "churn", "risk"]
    assert list(answers.index) == list(frame.index)
    np.testing.assert_array_equal(answers["churn_probability"], right[::-1])
    np.testing.assert_array_equal(answers["churn"], right[::-1] >= 0.4)
    bands = np.array(["low", "medium", "high"])[np.searchsorted([0.3, 0.6], right[::-1], side="right")]
    assert answers["risk"].tolist() == bands.tolist()
    assert (answers["churn_probability"].dtype, answers["churn"].dtype) == (np.float64, np.bool_)


def test_records_are_answered_as_a_frame_is(model, right):
    np.testing.assert_array_equal(model.predict(RECORDS)["churn_probability"], right)


@pytest.mark.parametrize("nobody", [[], pd.DataFrame(columns=list(CUSTOMERS.by_name))], ids=["list", "frame"])
def test_nobody_is_answered_by_an_empty_frame(model, nobody):
    answers = model.predict(nobody)
    assert (len(answers), list(answers.columns)) == (0, ["churn_probability", "churn", "risk"])


def test_one_bad_row_is_named_and_no_row_is_answered(model):
    with pytest.raises(BadInput) as error:
        model.predict(pd.DataFrame(RECORDS).assign(tenure=["6.5" if row == 3 else "5" for row in range(60)]))
    assert str(error.value) == (
        '1 of 60 rows cannot be scored, so none was: row 4: tenure: expected a whole number, received "6.5".'
    )


def test_many_bad_rows_are_counted_and_the_first_are_told(model):
    with pytest.raises(BadInput, match=r"^60 of 60 rows cannot be scored.* and 55 more") as error:
        model.predict(pd.DataFrame(RECORDS).assign(tenure="many"))
    assert str(error.value).count("received") == 5


def test_a_missing_column_is_named(model):
    with pytest.raises(BadInput, match=r"lacks the column\(s\) 'tenure'"):
        model.predict(pd.DataFrame(RECORDS).drop(columns="tenure"))


@pytest.mark.parametrize("given", [np.zeros((2, 2)), {"tenure": 1}, [1], "x", None])
def test_what_is_no_table_is_refused_with_what_would_be(model, given):
    with pytest.raises(BadInput, match="it takes a pandas DataFrame"):
        model.predict(given)


def test_parameters_are_refused_and_none_are_not(model):
    assert len(model.predict(RECORDS[:1], {})) == 1
    with pytest.raises(BadInput, match=r"the parameters \['threshold'\]; it takes none"):
        model.predict(RECORDS[:1], {"threshold": 0.5})


def test_a_bundle_is_loaded_with_its_own_engine_and_threshold(shipped_bundle):
    bundle = open_bundle(shipped_bundle)
    answers = _load_pyfunc(str(shipped_bundle)).predict(bundle.golden["records"])
    np.testing.assert_allclose(answers["churn_probability"], bundle.golden["probabilities"], atol=1e-5, rtol=0)


def test_a_bundle_that_answers_otherwise_here_is_not_loaded(shipped_bundle, tmp_path):
    bundle = open_bundle(shipped_bundle)
    for name in bundle.manifest.files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bundle.file(name).read_bytes())
    golden = {**bundle.golden, "probabilities": [0.5] * len(bundle.golden["records"])}
    (tmp_path / "golden.json").write_text(json.dumps(golden))
    seal(tmp_path, bundle.manifest)
    with pytest.raises(ParityError, match="golden rows were not reproduced"):
        _load_pyfunc(str(tmp_path))
