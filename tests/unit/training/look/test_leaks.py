import re

import numpy as np
import pytest

from churn.columns import MISSING, Columns
from churn.schema import Field, Schema
from training.look.leaks import MOST_NAMED, NEARLY_ALL, about_names, about_ranks, named_like_results, rank_like_model

ROWS = 2_000
RNG = np.random.default_rng(0)
LABELS = (RNG.random(ROWS) < 0.3).astype(np.int8)
AUC_BY_DISTANCE = {"none": 0.0, "weak": 0.4, "fair": 1.3, "strong": 2.2}
"""Two normal distributions 1.3 apart have a ROC AUC of 0.82, 0.4 apart 0.61, 2.2 apart 0.94."""


def columns(**strengths):
    """Columns of numbers, each as far apart between those who left and the others as its strength says."""
    rng = np.random.default_rng(1)
    numbers = [rng.normal(size=ROWS) + AUC_BY_DISTANCE[strength] * LABELS for strength in strengths.values()]
    fields = tuple(Field(name.replace("__", " "), "number") for name in strengths)
    return Columns(Schema(fields), np.column_stack(numbers), np.empty((ROWS, 0), np.int32))


def named(label="gone", keep=(), **strengths):
    return list(named_like_results(columns(**strengths), LABELS, label, keep))


@pytest.mark.parametrize(
    "name",
    [
        *("Churn__Score", "churn_probability", "ChurnReason", "ischurned", "attrition_flag", "CANCELLATION_DATE"),
        *("exit_interview", "TerminationReason", "Kündigungsgrund", "vertragskuendigung", "abwanderung_wkt"),
        *(
            "motif_résiliation",
            "désabonnement",
            "fecha_cancelación",
            "motivo_rescisión",
            "disdetta",
            "data_cancelamento",
        ),
    ],
)
def test_a_name_that_says_leaving_is_enough(name):
    assert named(**{name: "weak", "plain": "strong"}) == [name.replace("__", " ")]
    assert named(**{name: "none", "plain": "strong"}) == []


@pytest.mark.parametrize(
    "name",
    [
        *("MaritalStatus", "CreditScore", "payment_status", "customer_segment", "risk_class", "probability", "reason"),
        *("Risikoklasse", "statut_client", "riesgo", "punteggio", "situação", "estado_civil"),
    ],
)
def test_a_name_that_honest_fields_have_too_counts_where_the_field_ranks_well(name):
    assert named(**{name: "weak", "plain": "strong"}) == []
    assert named(**{name: "fair", "plain": "strong"}) == [name]


@pytest.mark.parametrize(
    "name", ["tenure", "department", "terminal_type", "existing", "person", "problem_calls", "flexitarian"]
)
def test_other_names_are_nothing_to_complain_of(name):
    assert named(**{name: "strong"}) == []


def test_the_name_of_the_label_is_one_of_a_result():
    assert named("ServiceDropped", drop_dropped="fair", service_calls="none") == ["drop_dropped"]
    assert named("customer_status", customer_age="strong") == []


def test_what_is_kept_is_not_complained_of():
    assert named(keep=["churn_score"], churn_score="strong", exit_reason="fair") == ["exit_reason"]


def test_a_category_is_judged_by_its_levels():
    codes = np.where(RNG.random(ROWS) < 0.8, LABELS, MISSING).astype(np.int32)[:, None]
    field = Field("churn reason", "category", nullable=True, levels=("price", "service"))
    found = named_like_results(Columns(Schema((field,)), np.empty((ROWS, 0)), codes), LABELS, "gone")
    pairs = codes[:, 0][:, None] == np.array([0, MISSING, 1])  # by rising churn rate
    left, stayed = (np.bincount(pairs[which == LABELS].argmax(axis=1), minlength=3) for which in (1, 0))
    wins = sum(left[i] * (stayed[:i].sum() + stayed[i] / 2) for i in range(3))
    assert found["churn reason"] == pytest.approx(wins / (left.sum() * stayed.sum()), abs=0.01)


def test_the_warning_names_the_field_its_auc_and_what_to_do():
    found = named_like_results(columns(Churn__Score="strong", plain="none"), LABELS, "gone")
    (finding,) = about_names(found)
    assert (finding.level, finding.column, finding.in_short) == ("warning", None, True)
    assert f"Churn Score (ROC AUC alone {found['Churn Score']:.3f}) is named like a result" in finding.sentence
    assert "--drop 'Churn Score'" in finding.sentence
    assert about_names({}) == about_ranks({}, 0.9) == []


def test_at_most_seven_fields_are_named_the_strongest_first():
    (finding,) = about_names({f"churn_{i}": 0.9 - i / 100 for i in range(10)})
    assert len(re.findall(r"ROC AUC alone", finding.sentence)) == MOST_NAMED
    assert "churn_6 (ROC AUC alone 0.840) and 3 more fields are named like results" in finding.sentence


def test_a_field_with_nearly_all_of_what_the_model_has_is_named():
    data = columns(leak="strong", honest="fair", noise="none")
    alone = rank_like_model(data, LABELS, 0.5)
    assert list(alone) == ["leak", "honest"]
    just = 0.5 + (alone["leak"] - 0.5) / NEARLY_ALL
    assert list(rank_like_model(data, LABELS, just - 1e-6)) == ["leak"]
    assert list(rank_like_model(data, LABELS, just + 1e-6)) == []
    assert list(rank_like_model(data, LABELS, 0.5, keep=["leak"])) == ["honest"]
    assert "leak (ROC AUC alone 0.9" in about_ranks({"leak": 0.94}, 0.95)[0].sentence


def test_beside_a_weak_model_and_alone_no_field_is_too_good():
    assert rank_like_model(columns(weak="weak", noise="none"), LABELS, 0.6) == {}
    assert rank_like_model(columns(only="strong"), LABELS, 0.94) == {}
