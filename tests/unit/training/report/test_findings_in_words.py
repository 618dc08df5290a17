import re

import numpy as np
import pytest

from churn.schema import Field, Schema
from churn.tables import to_batch
from training import synthetic
from training.judge.drivers import Driver, Group, find_drivers
from training.judge.explained import explain_some
from training.judge.pairs import Combination, PairEffect, find_pairs
from training.judge.segments import Segment
from training.judge.wilson import wilson
from training.publish.background import make_background
from training.report.findings_in_words import findings_in_words, pair_in_words, percent

HALF = np.array([0, 1] * 500, np.int8)


def levels(**rows_and_left):
    return [(Segment(name), *counts) for name, counts in rows_and_left.items()]


def ranges(*counted):
    return [(Segment(f"{a} to {b}", "range", str(a), str(b)), rows, left) for a, b, rows, left in counted]


def driver(name, groups, contribution=1.0, kind="number", unit=None):
    made = tuple(Group(s, rows, left / rows, *wilson(left, rows), 0.0) for s, rows, left in groups)
    field = Field(name, kind, levels=("a", "b") if kind == "category" else (), unit=unit)
    used = contribution >= 0.1
    return Driver(field, contribution, loss=0.1 * used, spread=0.0, auc=0.0, share=0.2 * used, groups=made)


def unimportant(name):
    return driver(name, levels(a=(500, 250), b=(500, 250)), 0.01, "category")


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (560, "Over half of the customers leave (56%)."),
        (510, "51% of the customers leave."),  # half lies in the interval
        (3, "Under 1% of the customers leave."),
        (265, "26% of the customers leave."),
    ],
)
def test_over_half_is_said_where_the_interval_says_so(left, said):
    labels = np.arange(1_000) < left
    assert findings_in_words(labels.astype(np.int8), [])[0] == said


@pytest.mark.parametrize(
    ("rate", "said"), [(0, "0%"), (0.002, "under 1%"), (0.104, "10%"), (0.997, "over 99%"), (1, "100%")]
)
def test_a_rate_that_is_not_quite_none_or_all_is_not_called_so(rate, said):
    assert percent(rate) == said


def test_the_levels_of_the_highest_and_the_lowest_rate_are_told():
    plan = driver("plan", levels(none=(300, 290), basic=(300, 291), gold=(400, 12)), kind="category")
    assert findings_in_words(HALF, [plan])[1:] == [
        "plan matters most. By plan, 97% leave with none or basic, 3% with gold."
    ]


def test_a_number_whose_ranges_go_one_way_is_told_by_its_ends():
    points = driver("points", ranges((0, 9, 300, 210), (10, 19, 300, 120), (20, 40, 300, 60)), unit="points")
    assert findings_in_words(HALF, [points])[1:] == [
        "points matters most. The higher points, the fewer leave: 70% up to 9 points, 20% from 20 points on."
    ]


def test_a_number_whose_ranges_go_up_and_down_is_told_by_its_extremes():
    points = driver("points", ranges((0, 9, 300, 120), (10, 19, 300, 210), (20, 40, 300, 60)))
    assert findings_in_words(HALF, [points])[1:] == [
        "points matters most. points from 10 to 19: 70% leave; from 20 to 40: 20%."
    ]


def test_an_end_that_does_not_belong_to_a_range_is_said():
    ends = [("0.5", "10", True, 210), ("10", "20", True, 120), ("20", "35", False, 60)]
    groups = [(Segment(f"{a} to {b}", "range", a, b, under), 300, left) for a, b, under, left in ends]
    assert findings_in_words(HALF, [driver("points", groups, unit="points")])[1:] == [
        "points matters most. The higher points, the fewer leave: 70% under 10 points, 20% from 20 points on."
    ]
    up_and_down = [groups[1], (groups[0][0], 300, 60), groups[2]]
    assert "points from 10 to under 20: 40% leave" in findings_in_words(HALF, [driver("points", up_and_down)])[1]


def test_differences_within_the_intervals_are_not_told():
    plan = driver("plan", levels(none=(30, 16), gold=(30, 14)), kind="category")
    assert findings_in_words(HALF, [plan])[1:] == ["plan matters most."]


def test_few_customers_and_rare_levels_together_are_never_quoted():
    groups = levels(none=(500, 300), few=(9, 9), gold=(500, 100))
    groups.append((Segment("(7 other levels)", "others"), 100, 0))
    said = findings_in_words(HALF, [driver("plan", groups, kind="category")])[1]
    assert said == "plan matters most. By plan, 60% leave with none, 20% with gold."


def test_what_is_missing_may_say_the_most():
    groups = [*levels(gold=(500, 100)), (Segment("(missing)", "missing"), 500, 400)]
    said = findings_in_words(HALF, [driver("plan", groups, kind="category")])[1]
    assert said == "plan matters most. By plan, 80% leave where it is missing, 20% with gold."


def test_fields_that_matter_are_told_from_those_that_others_cover_and_those_that_do_not():
    told = [
        driver("plan", levels(a=(500, 400), b=(500, 100)), 2.0, "category"),
        driver("points", levels(a=(500, 350), b=(500, 150)), 0.9, "category"),
        driver("faint", levels(a=(500, 260), b=(500, 240)), 0.12, "category"),
        driver("twin", levels(a=(500, 350), b=(500, 100)), 0.05, "category"),
        unimportant("gender"),
        unimportant("region"),
    ]
    assert findings_in_words(HALF, told)[1:] == [
        "plan and points matter most. By plan, 80% leave with a, 20% with b.",
        "By points, 70% leave with a, 30% with b.",
        (
            "twin goes with leaving, too, but adds little to what the other fields say. "
            "By twin, 70% leave with a, 20% with b."
        ),
        "gender and region hardly matter.",
    ]


def test_of_very_many_unimportant_fields_the_first_are_named():
    said = findings_in_words(HALF, [unimportant(f"f{i}") for i in range(60)])
    assert said[1] == "No single field matters much on its own."
    assert said[2].startswith("f0, f1, ")
    assert said[2].endswith("f5 and 54 other fields hardly matter.")


def test_a_pair_is_told_by_whom_it_concerns():
    fields = Field("calls", "integer"), Field("plan", "category", levels=("no", "yes"))
    there = Combination((Segment("0 to 2", "range", "0", "2"), Segment("yes")), 0.57, 1_200, 0.91)
    assert pair_in_words(PairEffect(fields, 0.24, there)) == (
        "Of the 1,200 customers with calls from 0 to 2 and plan yes, 91% leave; in the model the two fields together "
        "raise their risk by about 57 percentage points beyond what each does alone."
    )


SYNTHETIC = Schema(
    (
        Field("age", "integer"),
        Field("gender", "category", levels=tuple(synthetic._GENDERS)),
        Field("region_category", "category", levels=tuple(synthetic._REGIONS)),
        Field("membership_category", "category", levels=tuple(synthetic._MEMBERSHIPS)),
        Field("avg_transaction_value", "number"),
        Field("avg_frequency_login_days", "number"),
        Field("points_in_wallet", "number"),
        Field("feedback", "category", levels=tuple(synthetic._FEEDBACK)),
    )
)


def truth(columns):
    """The probabilities by which the synthetic customers leave, (n,)."""
    codes = dict(zip([f.name for f in SYNTHETIC.categories], columns.codes.T, strict=True))
    numbers = dict(zip([f.name for f in SYNTHETIC.numbers], columns.numbers.T, strict=True))
    drawn = synthetic._Drawn(
        membership=codes["membership_category"],
        feedback=codes["feedback"],
        region=codes["region_category"],
        gender=codes["gender"],
        age=numbers["age"],
        transaction_value=numbers["avg_transaction_value"],
        points=numbers["points_in_wallet"],
        login_days=numbers["avg_frequency_login_days"],
    )
    return 1 / (1 + np.exp(-synthetic._log_odds(drawn) - synthetic._intercept(0.6)))


def test_of_customers_whose_probabilities_are_known_the_right_is_said():
    made = synthetic.make_customers(6_000, seed=3, churn_rate=0.6, markers=False, sentinels=False)
    columns = to_batch(made.table, SYNTHETIC).columns
    assert truth(columns) == pytest.approx(made.probability)
    explained = explain_some(make_background(truth, columns, 0), truth, columns, 0)
    drivers = find_drivers(truth, columns, made.label, explained)
    many, most, second, *_, hardly = findings_in_words(made.label, drivers)
    assert many.startswith("Over half of the customers leave (")
    first, _, told = most.partition(" matter most. ")
    assert first.startswith("membership_category, ")
    assert set(first.replace(" and ", ", ").split(", ")) == {
        "membership_category",
        "points_in_wallet",
        "feedback",
        "avg_transaction_value",
    }
    assert re.fullmatch(
        r"By membership_category, 8\d% leave with No Membership, 27% with Premium .* Platinum .*\.", told
    )
    assert "leave" in second
    named = hardly.removesuffix(" hardly matter.").replace(" and ", ", ").split(", ")
    assert set(named) == {"age", "region_category", "gender"}
    pairs = find_pairs(columns, made.label, explained)
    assert {field.name for field in pairs[0].fields} == {"membership_category", "points_in_wallet"}
