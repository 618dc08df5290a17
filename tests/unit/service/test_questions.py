"""Questions besides a prediction: reasons, whom to contact, what if. By hand-computed figures, through both doors."""

import json
import math
import re
import threading
from dataclasses import replace

import numpy as np
import pytest
from pydantic import TypeAdapter

from churn.bundle import BACKGROUND, FileDigest
from churn.engines.base import FakeEngine
from churn.scoring import Scorer
from service.record.models import Answer, ProblemDocument
from service.record.replies import DecideAnswer, ExplainAnswer, WhatIfAnswer
from tests.unit.service.conftest import RECORD, SCHEMA, hand_made_bundle, running
from training.publish.background import make_background

FIELDS = [field.name for field in SCHEMA.fields]
TYPES = {
    "/predict": Answer, "/explain": ExplainAnswer, "/decide": DecideAnswer, "/whatif": WhatIfAnswer,
}  # fmt: skip
KINDS = {path: TypeAdapter(kind) for path, kind in TYPES.items()}
PROBLEM = TypeAdapter(ProblemDocument)


class Linear(FakeEngine):
    """The log-odds are (tenure - 30) / 20, 0.5 more with a yearly contract, and 0.25 more without an offer."""

    def predict(self, columns):
        tenure, contract, offer = np.nan_to_num(columns.numbers[:, 0]), columns.codes[:, 0], columns.codes[:, 1]
        return 1 / (1 + np.exp(-((tenure - 30) / 20 + 0.5 * (contract == 1) + 0.25 * (offer < 0))))


class Tenth(FakeEngine):
    """Answers tenure / 100."""

    def predict(self, columns):
        return columns.numbers[:, 0] / 100


def scorer_of(engine):
    return lambda bundle, *_: Scorer(bundle.schema, engine, 0.4, (0.3, 0.6))


def learned():
    rng = np.random.default_rng(0)
    records = [
        {**RECORD, "tenure": int(t), "contract": c, "offer": o}
        for t, c, o in zip(
            rng.integers(0, 73, 400), rng.choice(["month", "year"], 400), rng.choice(["a", "b", "?"], 400), strict=True
        )
    ]
    return Scorer(SCHEMA, Linear(), 0.4, (0.3, 0.6)).read(records)


LEARNED = learned()
BACKGROUND_OF_LINEAR = make_background(Linear().predict, LEARNED, seed=0)


def with_reasons(folder, schema=SCHEMA):
    """A bundle with a background, and golden rows of the engine Linear."""
    bundle = hand_made_bundle(folder)
    BACKGROUND_OF_LINEAR.save(folder / BACKGROUND)
    manifest = replace(bundle.manifest, files={BACKGROUND: FileDigest(0, "")})
    bundle = replace(bundle, manifest=manifest, schema=schema)
    bundle.golden["probabilities"][:] = [probability(12)]
    return bundle


def probability(tenure, contract="month", offer="a"):
    return 1 / (1 + math.exp(-((tenure - 30) / 20 + 0.5 * (contract == "year") + 0.25 * (offer is None))))


@pytest.fixture(scope="module", params=["app", "wire"])
def explaining(request, tmp_path_factory):
    """A service that gives reasons; it keeps nothing of a request."""
    with running(
        with_reasons(tmp_path_factory.mktemp("reasons")), open_scorer=scorer_of(Linear()), door=request.param
    ) as client:
        client.await_loaded()
        yield client


@pytest.fixture(scope="module", params=["app", "wire"])
def plain(request, tmp_path_factory):
    """A service whose bundle has no background, and whose engine answers tenure / 100."""
    bundle = hand_made_bundle(tmp_path_factory.mktemp("plain"))
    bundle.golden["probabilities"][:] = [0.12]
    with running(bundle, open_scorer=scorer_of(Tenth()), door=request.param) as client:
        client.await_loaded()
        yield client


def ask(client, path, body):
    """The answer to a question, which has the form that is promised."""
    answer = client.post(body if isinstance(body, str | bytes) else json.dumps(body), path)
    assert answer.status_code == 200, answer.text
    kind = path.split("?")[0]
    found = KINDS[kind].validate_json(answer.content, strict=True, extra="forbid")
    assert found == answer.json()
    return found


def refused(client, path, body, status=422, **options):
    """What a client is told of a question that cannot be answered: one sentence or more, and nothing of an answer."""
    answer = client.post(body if isinstance(body, str | bytes) else json.dumps(body), path, **options)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = PROBLEM.validate_json(answer.content, strict=True, extra="forbid")
    assert problem["status"] == status
    assert len(problem["detail"]) < 1_500
    assert problem["detail"].endswith(".")
    return problem["detail"]


# --- Reasons ---------------------------------------------------------------------------------------


def expected_contributions(record):
    """Of an additive model: a field's part less its mean over the sample."""
    sample = BACKGROUND_OF_LINEAR.sample
    tenure, contract, offer = sample.numbers[:, 0], sample.codes[:, 0], sample.codes[:, 1]
    return {
        "tenure": (record["tenure"] - tenure.mean()) / 20,
        "contract": 0.5 * ((record["contract"] == "year") - (contract == 1).mean()),
        "offer": 0.25 * ((record["offer"] is None) - (offer < 0).mean()),
    }


@pytest.mark.parametrize("changes", [{}, {"tenure": 60, "contract": "year"}, {"offer": None, "tenure": 30}])
def test_explain_gives_all_reasons_and_they_add_up(explaining, changes):
    record = {**RECORD, **changes}
    found = ask(explaining, "/explain", record)
    (one,) = found["predictions"]
    contributions = {reason["field"]: reason["contribution"] for reason in one["reasons"]}
    assert set(contributions) == set(FIELDS)
    expected = expected_contributions(record)
    for name in FIELDS:
        assert contributions[name] == pytest.approx(expected.get(name, 0), abs=2e-3), name
    odds = math.log(one["churn_probability"] / (1 - one["churn_probability"]))
    assert one["log_odds"] == pytest.approx(odds, abs=1e-5)
    assert one["sum"] == pytest.approx(one["log_odds"] - found["base"]["log_odds"], abs=2e-5)
    assert sum(contributions.values()) == pytest.approx(one["sum"], abs=1e-4)
    assert found["base"]["probability"] == pytest.approx(1 / (1 + math.exp(-found["base"]["log_odds"])), abs=1e-5)


def test_reasons_are_the_largest_first_and_as_many_as_were_asked_for(explaining):
    (one,) = ask(explaining, "/predict?explain=2", {**RECORD, "customer_id": "x"})["predictions"]
    assert one["customer_id"] == "x"
    assert [reason["field"] for reason in one["reasons"]] == ["tenure", "contract"]
    first = one["reasons"][0]
    assert (first["value"], first["direction"]) == (12, "lowers")
    assert re.fullmatch(r"tenure is 12 months: lowers the risk from \d+ % to 29 %\.", first["sentence"])


def test_the_prediction_itself_is_the_same_with_reasons_as_without(explaining):
    records = [{**RECORD, "tenure": t, "contract": c, "customer_id": t} for t in (1, 30, 70) for c in ("month", "new")]
    without = ask(explaining, "/predict", records)
    for found in (ask(explaining, "/predict?explain=12", records), ask(explaining, "/explain", records)):
        assert found["model"] == without["model"]
        known = {"customer_id", "churn_probability", "churn", "risk", "warnings"}
        assert [{k: v for k, v in p.items() if k in known} for p in found["predictions"]] == without["predictions"]


def test_a_wrong_record_in_the_middle_keeps_its_place_among_reasons(explaining):
    records = [RECORD, {**RECORD, "tenure": "x", "customer_id": 7}, {**RECORD, "tenure": 60}]
    found = ask(explaining, "/predict?explain=1&on_error=report", records)["predictions"]
    assert [one.get("reasons", [{}])[0].get("value") for one in found] == [12, None, 60]
    assert found[1]["customer_id"] == 7
    assert "tenure" in found[1]["error"]["errors"][0]["message"]
    assert refused(explaining, "/predict?explain=1", records).startswith("1 of 3 records cannot be scored")
    assert refused(explaining, "/explain", records).startswith("1 of 3 records cannot be scored")


def test_where_all_records_are_wrong_there_are_no_reasons(explaining):
    found = ask(explaining, "/predict?on_error=report&explain=3", [5, {**RECORD, "tenure": None}])["predictions"]
    assert [set(one) for one in found] == [{"error"}, {"error"}]


def test_a_large_body_has_the_same_reasons_as_a_small_one(explaining):
    records = [{**RECORD, "tenure": i % 73} for i in range(1_000)]
    found = ask(explaining, "/explain", records)["predictions"]
    assert len(found) == 1_000
    assert found[41] == ask(explaining, "/explain", records[41])["predictions"][0]


@pytest.mark.parametrize("count", ["0", "-1", "abc", "13", "1.5", "", "99999999999999999999", "%D9%A3", "1&explain=1"])
def test_a_number_of_reasons_that_there_cannot_be_is_refused(explaining, count):
    said = refused(explaining, f"/predict?explain={count}", RECORD)
    assert said.startswith("The query parameter explain is ")


def test_an_unknown_parameter_is_refused_by_name(explaining):
    assert "There is no query parameter" in refused(explaining, "/predict?explains=1", RECORD)


@pytest.mark.parametrize("path", ["/explain", "/decide", "/whatif"])
def test_questions_take_no_parameters(explaining, path):
    assert refused(explaining, f"{path}?explain=1", RECORD) == f"{path} takes no query parameters; ask in the body."


@pytest.mark.parametrize("path", ["/explain", "/predict?explain=1", "/predict?explain=1&on_error=report"])
def test_reasons_are_given_for_a_thousand_records_at_the_most(explaining, path):
    said = refused(explaining, path, [RECORD] * 1_001, 413)
    assert said.startswith("The request has 1,001 records; the limit is 1,000 records with reasons.")


def test_reasons_for_a_hundred_thousand_records_are_refused_before_they_are_read(tmp_path):
    settings = {"max_records": 100_000, "body_limit_bytes": 64 << 20}
    with running(with_reasons(tmp_path), open_scorer=scorer_of(Linear()), **settings) as client:
        client.await_loaded()
        body = b"[" + b",".join([json.dumps(RECORD).encode()] * 100_000) + b"]"
        said = refused(client, "/explain", body, 413)
        assert "100,000 records; the limit is 1,000 records with reasons" in said


@pytest.mark.parametrize("path", ["/explain", "/predict?explain=3"])
def test_a_bundle_without_a_background_gives_no_reasons(plain, path):
    said = refused(plain, path, RECORD, 501)
    assert said == "The bundle holds no background.npz, so there are no reasons; train it again."


# --- Whom to contact -------------------------------------------------------------------------------

DECIDE = {"value": 200, "contact_cost": 10, "contact_success": 0.5}


def customers(*tenures, **changes):
    return [{**RECORD, "tenure": tenure, **changes} for tenure in tenures]


def decide(client, records, **changes):
    return ask(client, "/decide", {"records": records, **DECIDE, **changes})


def test_decisions_are_those_of_hand_computed_figures(plain):
    """A contact brings 0.5 x tenure / 100 x 200 - 10 = tenure - 10."""
    records = customers(5, 40, 70, 10, 60)
    records[2]["customer_id"] = "seventy"
    found = decide(plain, records, budget={"contacts": 2})
    assert found["assumptions"] == {**DECIDE, "budget": {"contacts": 2}}
    assert (found["contacts"], found["cost"], found["expected_profit"]) == (2, 20, 110)
    assert [(c["rank"], c["index"], c["expected_profit"]) for c in found["contact"]] == [(1, 2, 60), (2, 4, 50)]
    assert found["contact"][0]["customer_id"] == "seventy"
    left = [(c["index"], c["expected_profit"], c["decision"]) for c in found["left_out"]]
    assert left == [(0, -5, "does_not_pay"), (1, 30, "over_budget"), (3, 0, "does_not_pay")]
    assert all(c["value"] == 200 and c["sentence"].endswith(".") for c in found["contact"] + found["left_out"])
    assert "the lowest expected profit among the contacted is 50.00" in found["left_out"][1]["sentence"]


def test_an_amount_of_money_pays_for_so_many_contacts(plain):
    assert decide(plain, customers(40, 50, 60, 70), budget={"amount": 39.99})["contacts"] == 3
    assert decide(plain, customers(40, 50), budget={})["contacts"] == 2


def test_a_contact_that_costs_nothing_pays_for_all_who_may_leave(plain):
    found = decide(plain, customers(0, 1), contact_cost=0, budget={"amount": 1})
    assert [c["index"] for c in found["contact"]] == [1]
    assert found["cost"] == 0


def test_a_field_may_hold_the_value_and_who_has_none_is_left_out_with_a_sentence(plain):
    records = [*customers(50, total=100), *customers(50, total=None), *customers(50, total=300)]
    found = decide(plain, records, value="total")
    assert [(c["index"], c["value"], c["expected_profit"]) for c in found["contact"]] == [(2, 300, 65), (0, 100, 15)]
    (left,) = found["left_out"]
    assert (left["value"], left["expected_profit"], left["decision"]) == (None, None, "no_value")
    assert 'the value of this customer is missing in the field "total"' in left["sentence"]


def test_without_a_background_decisions_have_no_reasons_unless_asked_for(plain):
    assert all("reasons" not in entry for entry in decide(plain, customers(40, 50))["contact"])
    assert all("reasons" not in entry for entry in decide(plain, customers(40, 50), explain=0)["contact"])
    said = refused(plain, "/decide", {"records": customers(40), **DECIDE, "explain": 1}, 501)
    assert "holds no background.npz" in said


def test_the_contacted_have_three_reasons_or_as_many_as_are_asked_for(explaining):
    records = customers(72, 0, 60)
    for changes, count in (({}, 3), ({"explain": 1}, 1), ({"explain": 12}, 12)):
        found = decide(explaining, records, budget={"contacts": 2}, **changes)
        assert [c["reasons"][0]["value"] for c in found["contact"]] == [72, 60]
        assert [len(c["reasons"]) for c in found["contact"]] == [count, count]
        assert all("reasons" not in c for c in found["left_out"])
    assert all("reasons" not in c for c in decide(explaining, records, explain=0)["contact"])


def test_nobody_contacted_needs_no_reasons(explaining):
    found = decide(explaining, customers(0), contact_cost=1_000)
    assert (found["contacts"], found["cost"], found["expected_profit"], found["contact"]) == (0, 0, 0, [])


def test_more_contacts_than_can_be_explained_are_refused_with_what_helps(explaining):
    records = customers(*[70] * 1_001)
    said = refused(explaining, "/decide", {"records": records, "explain": 3, **DECIDE}, 413)
    assert 'Send "explain": 0 to do without, or a smaller budget.' in said
    for without in (decide(explaining, records, explain=0), decide(explaining, records)):
        assert without["contacts"] == 1_001
        assert not any("reasons" in one for one in without["contact"])
    assert decide(explaining, records, budget={"contacts": 5})["contacts"] == 5


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": -1}, "The value of a saved customer is -1.0; it has to be an amount above 0."),
        ({"value": 0}, "The value of a saved customer is 0.0"),
        ({"value": True}, '"value" is true; it has to be a number or text.'),
        ({"value": None}, '"value" is null; it has to be a number or text.'),
        ({"value": "shoe"}, 'is to be read from the field "shoe", but there is no such field; it has to be a field'),
        ({"value": "contract"}, 'from the field "contract", but that field is text such as "month", "year"'),
        ({"value": "joined"}, 'from the field "joined", but that field is a date'),
        ({"value": 10**400}, '"value" is a whole number of about 401 digits'),
        ({"contact_cost": -0.01}, "The cost of a contact is -0.01; it has to be an amount of 0 or more."),
        ({"contact_cost": "10"}, '"contact_cost" is "10"; it has to be a number.'),
        ({"contact_success": 1.01}, "The chance that a contact works is 1.01; it has to be above 0 and at most 1."),
        ({"contact_success": 0}, "The chance that a contact works is 0.0"),
        ({"budget": {"contacts": 0}}, "The budget is 0 contacts; it has to be a whole number above 0."),
        ({"budget": {"contacts": -1}}, "The budget is -1 contacts"),
        ({"budget": {"contacts": 1.5}}, '"budget.contacts" is 1.5; it has to be a whole number.'),
        ({"budget": {"contacts": True}}, '"budget.contacts" is true; it has to be a whole number.'),
        ({"budget": {"amount": 0}}, "The budget is an amount of 0.0; it has to be above 0."),
        ({"budget": {"amount": 9.99}}, "the budget has to pay for one contact at least"),
        ({"budget": {"contacts": 1, "amount": 10}}, "The budget is given twice"),
        ({"budget": {"calls": 1}}, '"budget.calls" is no member that is known here.'),
        ({"budget": 5}, '"budget" is 5; it has to be an object.'),
        ({"explain": 13}, '"explain" is 13; the model has 12 fields'),
        ({"explain": -1}, '"explain" is -1; it has to be 0 or more.'),
        ({"explain": "all"}, '"explain" is "all"; it has to be a whole number.'),
        ({"records": []}, "The array is empty; it holds no customer record."),
        ({"records": RECORD}, '"records" is an object; it has to be an array.'),
        ({"records": [[RECORD]]}, "1 of 1 records cannot be scored"),
        ({"records": [RECORD, {**RECORD, "tenure": {"years": 1}}]}, "1 of 2 records cannot be scored"),
        ({"customers": []}, '"customers" is no member that is known here.'),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(explaining, changes, said):
    assert said in refused(explaining, "/decide", {"records": [RECORD], **DECIDE, **changes})


@pytest.mark.parametrize("name", ["value", "contact_cost", "contact_success"])
def test_a_figure_that_nobody_gave_is_asked_for(plain, name):
    question = {"records": [RECORD], **{k: v for k, v in DECIDE.items() if k != name}}
    said = refused(plain, "/decide", question)
    assert f'is not known: give "{name}" in the request' in said


def test_figures_come_from_the_service_where_the_question_has_none(tmp_path):
    bundle = hand_made_bundle(tmp_path)
    bundle.golden["probabilities"][:] = [0.12]
    usual = {"value": 200.0, "contact_cost": 10.0, "contact_success": 0.5}
    with running(bundle, open_scorer=scorer_of(Tenth()), **usual) as client:
        client.await_loaded()
        assert ask(client, "/decide", {"records": customers(60)})["expected_profit"] == 50
        assert ask(client, "/decide", {"records": customers(60), "value": 400})["expected_profit"] == 110


def test_figures_come_from_the_training_where_nobody_else_gave_them(tmp_path):
    bundle = hand_made_bundle(tmp_path)
    bundle.golden["probabilities"][:] = [0.12]
    aim = {"kind": "profit", "value": 200.0, "contact_cost": 10.0, "success": 0.5}
    bundle = replace(bundle, manifest=replace(bundle.manifest, aim=aim))
    bundle.golden["probabilities"][:] = [0.12]
    with running(bundle, open_scorer=scorer_of(Tenth())) as client:
        client.await_loaded()
        found = ask(client, "/decide", {"records": customers(60)})
        assert found["assumptions"] == {**DECIDE, "budget": {}}
        assert found["expected_profit"] == 50


@pytest.mark.parametrize("figures", [{"value": 1.7e308}, {"value": 1.7e308, "contact_cost": 1e308}])
def test_amounts_whose_sum_no_number_can_hold_are_refused(plain, figures):
    question = {"records": customers(*[99] * 5), **DECIDE, "contact_success": 1, **figures}
    assert "give the amounts in a larger unit of money" in refused(plain, "/decide", question)


# --- What if ---------------------------------------------------------------------------------------


def what_if(client, **question):
    return ask(client, "/whatif", {"record": RECORD, **question})


def test_changes_are_made_together_and_compared_with_before(explaining):
    found = what_if(explaining, changes={"tenure": 40, "contract": "year"})
    before, after = probability(12), probability(40, "year")
    assert found["before"]["churn_probability"] == pytest.approx(before, abs=1e-6)
    assert found["after"]["churn_probability"] == pytest.approx(after, abs=1e-6)
    assert found["after"]["difference"] == pytest.approx(after - before, abs=1e-6)
    assert found["after"]["changes"] == {"tenure": 40, "contract": "year"}
    assert (found["after"]["churn"], found["after"]["risk"], found["tried"]) == (True, "high", [])


def test_what_is_tried_stands_in_order_of_the_difference_to_before(explaining):
    found = what_if(explaining, **{"try": {"tenure": [40, 0, 20], "contract": "all"}})
    expected = {
        ("tenure", 0): probability(0),
        ("tenure", 20): probability(20),
        ("contract", "year"): probability(12, "year"),
        ("tenure", 40): probability(40),
    }
    tried = {(one["field"], one["value"]): one for one in found["tried"]}
    assert list(tried) == sorted(expected, key=expected.get)
    for key, right in expected.items():
        assert tried[key]["churn_probability"] == pytest.approx(right, abs=1e-6)
        assert tried[key]["difference"] == pytest.approx(right - probability(12), abs=1e-6)
    assert "after" not in found


def test_what_is_tried_on_top_of_changes_is_compared_with_them(explaining):
    found = what_if(explaining, changes={"tenure": 40}, **{"try": {"contract": "all"}})
    (one,) = found["tried"]
    assert one["difference"] == pytest.approx(probability(40, "year") - probability(40), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "wanted", "tried"),
    [
        ("tenure", {"from": 10, "to": 20, "steps": 3}, [10, 15, 20]),
        ("tenure", {"from": 20, "to": 10, "steps": 3}, [10, 15, 20]),
        ("charges", {"from": 20, "to": 40}, [20.0, 25.0, 30.0, 35.0, 40.0]),
        ("joined", {"from": "2020-01-01", "to": "2020-01-03", "steps": 3}, ["2020-01-01", "2020-01-02", "2020-01-03"]),
        ("at", {"from": "10:15", "to": "10:45", "steps": 2}, ["10:15:00", "10:45:00"]),
        ("partner", "all", [False]),
        ("offer", [None, "b"], [None, "b"]),
        ("tenure", [12], []),
    ],
)
def test_ranges_lists_and_all_are_tried(explaining, name, wanted, tried):
    found = what_if(explaining, **{"try": {name: wanted}})
    assert sorted((one["value"] for one in found["tried"]), key=str) == sorted(tried, key=str)


def test_by_default_what_the_schema_marks_as_actionable_is_tried(tmp_path):
    fields = tuple(replace(field, actionable=field.name in {"contract", "offer"}) for field in SCHEMA.fields)
    bundle = with_reasons(tmp_path, replace(SCHEMA, fields=fields))
    with running(bundle, open_scorer=scorer_of(Linear())) as client:
        client.await_loaded()
        assert {one["field"] for one in what_if(client)["tried"]} == {"contract", "offer"}
        assert {one["field"] for one in what_if(client, changes={})["tried"]} == {"contract", "offer"}
        assert what_if(client, changes={"tenure": 1})["tried"] == []


def test_a_level_never_seen_is_answered_with_a_warning(explaining):
    after = what_if(explaining, changes={"contract": "decade"})["after"]
    assert [(w["field"], w["code"]) for w in after["warnings"]] == [("contract", "unseen_level")]


def test_a_value_outside_what_training_saw_is_answered_with_a_warning(explaining):
    (one,) = what_if(explaining, **{"try": {"tenure": [500]}})["tried"]
    assert [(w["field"], w["code"]) for w in one["warnings"]] == [("tenure", "out_of_training_range")]


def test_values_that_training_never_held_together_are_answered_with_a_warning(tmp_path):
    columns = LEARNED.take(np.arange(len(LEARNED)))
    columns.codes[:, 1] = columns.codes[:, 0]  # offer a with a monthly contract, offer b with a yearly one
    bundle = with_reasons(tmp_path)
    make_background(Linear().predict, columns, seed=0).save(bundle.file(BACKGROUND))
    with running(bundle, open_scorer=scorer_of(Linear())) as client:
        client.await_loaded()
        found = what_if(client, **{"try": {"contract": "all", "tenure": [20]}})
        warned = {one["field"]: one.get("warnings", []) for one in found["tried"]}
        assert warned["tenure"] == []
        (warning,) = warned["contract"]
        assert (warning["field"], warning["code"]) == ("contract", "unseen_combination")
        assert warning["message"].endswith("had this together: contract is year, and offer is a")
        both = what_if(client, changes={"contract": "year", "offer": "b"})["after"]
        assert "warnings" not in both
        apart = what_if(client, changes={"contract": "year", "tenure": 20})["after"]
        assert [w["field"] for w in apart["warnings"]] == ["contract"]


def test_without_a_background_a_what_if_is_answered_all_the_same(plain):
    found = what_if(plain, changes={"tenure": 20}, **{"try": {"contract": "all"}})
    assert (found["before"]["churn_probability"], found["after"]["churn_probability"]) == (0.12, 0.2)
    assert found["after"]["difference"] == 0.08
    assert [one["difference"] for one in found["tried"]] == [0]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({}, "There is nothing to try: give changes, or name what to try"),
        ({"changes": {"shoe": 42}}, 'There is no field "shoe" to change; the fields are tenure, charges'),
        ({"changes": {"customer_id": 42}}, 'There is no field "customer_id" to change'),
        ({"changes": {"customerID": 42}}, 'There is no field "customerID" to change'),
        ({"changes": {"share": 7}}, "A change cannot be made: share: expected a number (at least 0 and at most 1)"),
        ({"changes": {"tenure": None}}, "A change cannot be made: tenure: expected a whole number, received null."),
        ({"changes": {"contract": {"a": 1}}}, "A change cannot be made: contract: expected text"),
        ({"changes": {"contract": [["a"]]}}, "A change cannot be made: contract: expected text"),
        ({"changes": {"tenure": 1}, "try": {"tenure": "all"}}, '"tenure" stands in "changes" and in "try"'),
        ({"changes": []}, '"changes" is an array; it has to be an object.'),
        ({"try": {}}, '"try" names no field; name those to try, or leave "try" out.'),
        ({"try": {"contract": []}}, 'The list of values to try of "contract" is empty'),
        ({"try": {"tenure": list(range(100, 1101))}}, "There are 1,001 values to try; at most 1,000 are tried"),
        ({"try": {"tenure": "some"}}, 'What to try of "tenure" is "some"; it has to be "all", a list or a range.'),
        ({"try": {"tenure": 3}}, '"try.tenure" is 3; it has to be text or an array or an object.'),
        ({"try": {"tenure": [1.5]}}, "A change cannot be made: tenure: expected a whole number, received 1.5."),
        ({"try": {"contract": {"from": "month", "to": "year"}}}, 'Field "contract" is a category and has no range'),
        ({"try": {"tenure": {"from": 1, "to": 2, "steps": 1}}}, 'The range of "tenure" has 1 steps'),
        ({"try": {"tenure": {"from": 1, "to": 2, "steps": 10_000}}}, "it has to have 2 to 200."),
        ({"try": {"tenure": {"from": 1, "to": 2, "steps": 2.5}}}, '"try.tenure.steps" is 2.5; it has to be a whole'),
        ({"try": {"tenure": {"from": 1}}}, '"try.tenure.to" is missing.'),
        ({"try": {"tenure": {"from": 1, "to": 2, "by": 1}}}, '"try.tenure.by" is no member that is known here.'),
        ({"try": {"share": {"from": 0, "to": 2}}}, 'The range of "share" has the end 2; it has to be a number'),
        ({"try": {"share": {"from": -999, "to": 1}}}, 'The range of "share" has the end -999'),
        ({"try": {"seen": {"from": "-", "to": "01/01/2024"}}}, 'The range of "seen" has the end "-"'),
        ({"try": {"seen": "all"}}, 'It is not known which values of "seen" training saw; list those to try.'),
        ({"try": "all"}, '"try" is "all"; it has to be an object.'),
        ({"record": [RECORD]}, '"record" is an array; it has to be an object.'),
        ({"record": {**RECORD, "tenure": "x"}, "changes": {"tenure": 1}}, "1 of 1 records cannot be scored"),
        ({"records": []}, '"records" is no member that is known here.'),
    ],
)
def test_a_what_if_that_makes_no_sense_is_refused(explaining, question, said):
    detail = refused(explaining, "/whatif", {"record": RECORD, **question})
    assert said in detail
    assert "is an object; it has to be text or an array" not in detail


# --- Any question ----------------------------------------------------------------------------------

NOT_FINITE = ["NaN", "Infinity", "-Infinity", "1e999"]


@pytest.mark.parametrize("number", NOT_FINITE)
@pytest.mark.parametrize(
    ("path", "question"),
    [
        ("/explain", {**RECORD, "charges": "N"}),
        ("/decide", {"records": [{**RECORD, "charges": "N"}], **DECIDE}),
        ("/decide", {"records": [RECORD], **DECIDE, "value": "N"}),
        ("/decide", {"records": [RECORD], **DECIDE, "contact_cost": "N"}),
        ("/decide", {"records": [RECORD], **DECIDE, "contact_success": "N"}),
        ("/decide", {"records": [RECORD], **DECIDE, "budget": {"amount": "N"}}),
        ("/decide", {"records": [RECORD], **DECIDE, "budget": {"contacts": "N"}}),
        ("/decide", {"records": [RECORD], **DECIDE, "explain": "N"}),
        ("/whatif", {"record": {**RECORD, "charges": "N"}, "changes": {"tenure": 1}}),
        ("/whatif", {"record": RECORD, "changes": {"charges": "N"}}),
        ("/whatif", {"record": RECORD, "try": {"charges": ["N"]}}),
        ("/whatif", {"record": RECORD, "try": {"charges": {"from": "N", "to": 50}}}),
        ("/whatif", {"record": RECORD, "try": {"charges": {"from": 20, "to": "N"}}}),
        ("/whatif", {"record": RECORD, "try": {"charges": {"from": 20, "to": 50, "steps": "N"}}}),
    ],
)
def test_what_is_no_finite_number_is_refused_wherever_it_stands(plain, path, question, number):
    refused(plain, path, json.dumps(question).replace('"N"', number))


QUESTIONS = {
    "/explain": RECORD,
    "/decide": {"records": [RECORD], **DECIDE},
    "/whatif": {"record": RECORD, "changes": {"tenure": 1}},
}


@pytest.mark.parametrize("path", QUESTIONS)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b"x" * 1_000_000, 400),
        (b"[" * 1_000_000, 400),
        (b'{"a":' * 200_000, 400),
        (b"," * 1_000_000, 413),
        (b"null", 422),
        (b"5", 422),
        (b"[]", 422),
        (b"{}", 422),
        (b'"' + b"x" * 1_000_000 + b'"', 422),
    ],
    ids=["empty", "begun", "no UTF-8", "words", "arrays", "objects", "commas", "null", "5", "[]", "{}", "text"],
)
def test_nonsense_is_refused_in_a_sentence(explaining, path, body, status):
    refused(explaining, path, body, status)


@pytest.mark.parametrize("question", ['{"record":{},"try":{%s}}', '{"record":{},"changes":{%s}}', "{%s}"])
def test_a_crowd_of_members_is_refused_without_a_look_at_each(explaining, question):
    body = question % ",".join(f'"a{i}":1' for i in range(60_000))
    assert "has 60,000 members; that is more than a question has." in refused(explaining, "/whatif", body)


@pytest.mark.parametrize(
    ("path", "question"),
    [
        ("/whatif", '{"record":{},"try":{"tenure":{%s}}}'),
        ("/whatif", '{"record":{},"try":{"tenure":[{%s}]}}'),
        ("/decide", '{"records":[],"budget":{"contacts":{%s}}}'),
    ],
)
def test_a_crowd_of_members_inside_of_a_member_is_refused_without_a_look_at_each(explaining, path, question):
    body = question % ",".join(f'"a{i}":1' for i in range(60_000))
    assert "has 60,001 members; that is more than a question has." in refused(explaining, path, body)


@pytest.mark.parametrize("path", ["/decide", "/whatif"])
def test_a_member_that_stands_twice_is_refused(explaining, path):
    text = json.dumps(QUESTIONS[path])
    assert "twice" in refused(explaining, path, text[:-1] + "," + text[1:], 400)


@pytest.mark.parametrize("path", QUESTIONS)
def test_questions_are_posted_as_json(explaining, path):
    for method in ("GET", "PUT", "DELETE"):
        answer = explaining.ask(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        PROBLEM.validate_json(answer.content, strict=True)
    body = json.dumps(QUESTIONS[path])
    for kind in ("text/csv", "application/x-www-form-urlencoded", "application/json; charset=latin-1"):
        refused(explaining, path, body, 415, headers={"content-type": kind})
    refused(explaining, path, body, 415, headers={"content-type": "application/json", "content-encoding": "gzip"})


@pytest.mark.parametrize("path", QUESTIONS)
def test_questions_have_their_id_their_line_in_the_log_and_their_count(tmp_path, path, door):
    with running(with_reasons(tmp_path), open_scorer=scorer_of(Linear()), door=door) as client:
        client.await_loaded()
        body = json.dumps(QUESTIONS[path])
        answer = client.post(body, path, {"content-type": "application/json", "x-request-id": "mine"})
        assert (answer.status_code, answer.headers["x-request-id"]) == (200, "mine")
        wrong = client.post("{}", path)
        assert wrong.json()["instance"] == wrong.headers["x-request-id"]
        lines = [line for line in client.log() if line.get("path") == path or line.get("route") == path]
        assert [line["status"] for line in lines] == [200, 422]
        assert (lines[0].get("request_id") or lines[0].get("id")) == "mine"
        counted = client.get("/metrics").text
        assert f'churn_requests_total{{route="{path}",status="200"}} 1.0' in counted
        assert f'churn_requests_total{{route="{path}",status="422"}} 1.0' in counted


@pytest.mark.parametrize("path", ["/predict", *QUESTIONS])
def test_the_examples_of_openapi_are_answered_as_they_are(explaining, path):
    operation = explaining.get("/openapi.json").json()["paths"][path]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    assert examples
    for example in examples.values():
        ask(explaining, path, example["value"])


@pytest.mark.parametrize("path", ["/predict?explain=2", *QUESTIONS])
def test_while_the_model_is_loaded_questions_are_told_to_come_again(tmp_path, path):
    may_load = threading.Event()

    def open_when_told(*arguments):
        may_load.wait(5)
        return scorer_of(Linear())(*arguments)

    with running(with_reasons(tmp_path), open_scorer=open_when_told) as client:
        answer = client.post(json.dumps(QUESTIONS.get(path, RECORD)), path)
        may_load.set()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


class Broken(Linear):
    """Answers the golden row, and then nothing that is a probability."""

    golden_is_over = False

    def predict(self, columns):
        found = super().predict(columns)
        found[:] = np.nan if self.golden_is_over else found
        self.golden_is_over = True
        return found


@pytest.mark.parametrize("path", QUESTIONS)
def test_an_engine_that_fails_is_our_fault_and_nothing_is_half_answered(tmp_path, path):
    with running(with_reasons(tmp_path), open_scorer=scorer_of(Broken())) as client:
        client.await_loaded()
        refused(client, path, QUESTIONS[path], 500)
