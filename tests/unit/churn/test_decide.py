import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.columns import Columns
from churn.decide import Budget, Economics, Verdict, decide, values_of
from churn.errors import BadInput
from churn.records import RecordReader
from churn.schema import Field, Schema
from tests.customers import CUSTOMERS, customers

WORTH = Schema((Field("worth", "number", nullable=True),))
BY_FIELD = Economics("worth", 2, 0.5)
EVERYBODY = Budget()


def worth(*values):
    """Customers of whom only the value is known."""
    return Columns(WORTH, np.array(values, np.float64)[:, None], np.empty((len(values), 0), np.int32))


@st.composite
def lists(draw, most=9):
    """Values, some missing, many equal, and probabilities of as many customers."""
    values = draw(st.lists(st.sampled_from([math.nan, -5.0, 0.0, 4.0, 10.0, 20.0]), min_size=1, max_size=most))
    steps = draw(st.lists(st.integers(0, 4), min_size=len(values), max_size=len(values)))
    return worth(*values), np.array(steps) / 4


budgets = st.one_of(
    st.just(EVERYBODY),
    st.builds(Budget, contacts=st.integers(1, 10)),
    st.builds(Budget, amount=st.integers(2, 20).map(float)),
)


def allowed(budget, cost=2):
    if budget.contacts is not None:
        return budget.contacts
    return 10**6 if budget.amount is None else int(budget.amount // cost)


@given(lists(), budgets)
def test_no_other_choice_within_the_budget_brings_more(both, budget):
    columns, probability = both
    made = decide(BY_FIELD, budget, columns, probability)
    values = columns.numbers[:, 0].tolist()
    profits = [0.5 * p * v - 2 for p, v in zip(probability.tolist(), values, strict=True) if not math.isnan(v)]
    sizes = range(min(allowed(budget), len(profits)) + 1)
    best = max(sum(chosen) for size in sizes for chosen in combinations(profits, size))
    assert made.expected_total == pytest.approx(best)
    assert len(made.order) <= allowed(budget)
    assert made.contacts_cost == 2 * len(made.order)


@given(lists(60), budgets)
def test_the_highest_come_first_and_equal_ones_in_the_order_of_the_list(both, budget):
    made = decide(BY_FIELD, budget, *both)
    expected = sorted(
        (at for at, profit in enumerate(made.profit.tolist()) if profit > 0), key=lambda at: -made.profit[at]
    )
    assert made.order.tolist() == expected[: allowed(budget)]


@given(lists(60), budgets)
def test_every_customer_has_the_reason_that_holds(both, budget):
    made = decide(BY_FIELD, budget, *both)
    contacted = set(made.order.tolist())
    for at, (reason, profit) in enumerate(zip(made.verdict.tolist(), made.profit.tolist(), strict=True)):
        assert (reason == Verdict.CONTACTED) == (at in contacted)
        assert (reason == Verdict.NO_VALUE) == math.isnan(profit)
        assert (reason == Verdict.DOES_NOT_PAY) == (profit <= 0)
        assert reason != Verdict.OVER_BUDGET or len(contacted) == allowed(budget)


@given(lists(60), budgets, st.randoms(use_true_random=False))
def test_another_order_of_the_list_changes_nothing_but_who_of_equals_is_contacted(both, budget, random):
    columns, probability = both
    order = np.array(random.sample(range(len(columns)), len(columns)))
    before = decide(BY_FIELD, budget, columns, probability)
    after = decide(BY_FIELD, budget, columns.take(order), probability[order])
    np.testing.assert_array_equal(after.profit, before.profit[order])
    np.testing.assert_array_equal(after.profit[after.order], before.profit[before.order])
    assert sorted(after.verdict.tolist()) == sorted(before.verdict.tolist())


@given(lists(60))
def test_a_larger_budget_never_brings_less(both):
    totals = [decide(BY_FIELD, Budget(contacts=most), *both).expected_total for most in range(1, 61)]
    assert totals == sorted(totals)
    assert decide(BY_FIELD, EVERYBODY, *both).expected_total == totals[-1]


def test_the_expected_profit_is_the_chance_times_the_probability_times_the_value_less_the_cost():
    made = decide(Economics(200, 26, 0.3), EVERYBODY, worth(1, 1), np.array([0.64, 0.1]))
    assert made.profit.tolist() == pytest.approx([12.4, -20.0])
    assert made.expected_total == pytest.approx(12.4)
    assert made.contacts_cost == 26
    assert made.said(0) == (
        "Contacting is expected to bring 12.40: 0.3 (chance that a contact works) x 0.64 (probability of leaving) "
        "x 200 (value) - 26 (cost of a contact)."
    )
    assert made.said(1).startswith("Contacting does not pay, as it is expected to bring -20.00: 0.3 (")


def test_who_brings_exactly_what_the_contact_costs_is_not_contacted():
    made = decide(Economics(8, 2, 0.5), EVERYBODY, worth(1), np.array([0.5]))
    assert made.verdict.tolist() == [Verdict.DOES_NOT_PAY]
    assert "expected to bring 0.00" in made.said(0)


def test_beyond_the_budget_the_lowest_profit_that_was_contacted_is_said():
    made = decide(BY_FIELD, Budget(contacts=2), worth(20, 10, 30), np.ones(3))
    assert made.order.tolist() == [2, 0]
    assert made.said(1).startswith("Contacting would be expected to bring 3.00: ")
    assert made.said(1).endswith("the lowest expected profit among the contacted is 8.00.")


def test_a_missing_value_is_said_with_its_field():
    made = decide(BY_FIELD, EVERYBODY, worth(math.nan), np.ones(1))
    assert made.verdict.tolist() == [Verdict.NO_VALUE]
    assert made.said(0).startswith('Not contacted: the value of this customer is missing in the field "worth"')
    assert made.expected_total == 0


def test_an_amount_too_small_for_two_decimals_is_still_told():
    made = decide(Economics(0.01, 0, 0.5), EVERYBODY, worth(1), np.array([0.5]))
    assert made.said(0).startswith("Contacting is expected to bring 0.0025: ")


def test_a_contact_that_costs_nothing_pays_for_everybody_who_may_leave():
    made = decide(Economics("worth", 0, 0.1), Budget(amount=5), worth(1, 2, 3), np.array([0.0, 0.2, 0.1]))
    assert made.order.tolist() == [1, 2]


@given(lists(), budgets, st.integers(2, 12))
def test_the_curve_is_the_best_that_so_many_contacts_can_bring_whatever_the_budget(both, budget, most_points):
    made = decide(BY_FIELD, budget, *both)
    known = [profit for profit in made.profit.tolist() if not math.isnan(profit)]
    curve = made.curve(most_points)
    for contacts, total in curve:
        assert total == pytest.approx(max(map(sum, combinations(known, contacts))))
    places = [contacts for contacts, _ in curve]
    assert places == sorted(set(places))
    assert (places[0], places[-1]) == (0, len(known))
    assert len(places) == min(most_points, len(known) + 1)
    assert all(abs(step - len(known) / (len(places) - 1)) <= 1 for step in np.diff(places))


@given(lists(60), budgets)
def test_it_pays_to_contact_those_who_bring_more_than_they_cost_whatever_the_budget(both, budget):
    columns, probability = both
    values = columns.numbers[:, 0].tolist()
    pays = [0.5 * p * v > 2 for p, v in zip(probability.tolist(), values, strict=True)]
    assert decide(BY_FIELD, budget, columns, probability).pay == sum(pays)


@given(lists(60))
def test_without_a_budget_the_curve_is_highest_where_all_who_pay_are_contacted(both):
    made = decide(BY_FIELD, EVERYBODY, *both)
    curve = dict(made.curve(61))
    assert curve[made.pay] == pytest.approx(made.expected_total)
    assert max(curve.values()) == pytest.approx(made.expected_total)


def test_a_curve_of_nobody_is_one_point():
    assert decide(BY_FIELD, EVERYBODY, worth(), np.empty(0)).curve(200) == [(0, 0.0)]
    assert decide(BY_FIELD, EVERYBODY, worth(math.nan), np.ones(1)).curve(200) == [(0, 0.0)]


def test_nobody_is_decided_about_nobody():
    made = decide(BY_FIELD, EVERYBODY, worth(), np.empty(0))
    assert (len(made.order), made.expected_total, made.contacts_cost) == (0, 0, 0)


@pytest.mark.parametrize(
    ("amount", "cost", "contacts"),
    [(0.3, 0.1, 3), (30, 0.1, 300), (1.1, 0.11, 10), (0.7, 0.1, 7), (99.99, 10, 9), (10, 10, 1), (1e300, 1e-300, None)],
)
def test_money_pays_for_as_many_contacts_as_fit_in_it(amount, cost, contacts):
    assert Budget(amount=amount).most_contacts(cost) == (10**600 if contacts is None else contacts)


def test_a_budget_bounds_nothing_where_it_is_left_out_or_contacts_cost_nothing():
    assert EVERYBODY.most_contacts(1) is None
    assert Budget(amount=1).most_contacts(0) is None
    assert Budget(contacts=3).most_contacts(0) == 3


def test_the_value_may_stand_in_any_field_of_numbers():
    columns = RecordReader(CUSTOMERS).read(customers(50))
    for place, name in ((0, "tenure"), (1, "charges"), (2, "wallet")):
        np.testing.assert_array_equal(values_of(Economics(name, 1, 0.5), columns), columns.numbers[:, place])
    assert np.isnan(values_of(Economics("charges", 1, 0.5), columns)).any()
    assert values_of(Economics(7, 1, 0.5), columns).tolist() == [7.0] * 50


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("charge", "there is no such field"),
        ("plan", 'that field is text such as "Basic", "Gold", "Silver"'),
        ("joined", "that field is a date as text, YYYY-MM-DD"),
        ("last_visit", "that field is a clock time as text, HH:MM or HH:MM:SS"),
        ("senior", "that field is a whole-number code such as 0, 1"),
    ],
)
def test_a_field_that_holds_no_amounts_is_refused_and_those_that_do_are_named(name, wrong):
    columns = RecordReader(CUSTOMERS).read(customers(2))
    with pytest.raises(BadInput) as refused:
        decide(Economics(name, 1, 0.5), EVERYBODY, columns, np.ones(2))
    sentence = f'"{name}", but {wrong}; it has to be a field of numbers: "tenure", "charges", "wallet".'
    assert str(refused.value).endswith(sentence)


def test_where_no_field_holds_amounts_one_for_all_is_asked_for():
    schema = Schema((Field("plan", "category", levels=("a", "b")),))
    columns = Columns(schema, np.empty((1, 0)), np.zeros((1, 1), np.int32))
    with pytest.raises(BadInput, match="has no field of numbers, so give one amount for all customers"):
        values_of(Economics("plan", 1, 0.5), columns)


def test_of_many_fields_a_few_are_named():
    columns = Columns(Schema(tuple(Field(f"x{n}", "number") for n in range(500))), np.ones((1, 500)), np.empty((1, 0)))
    with pytest.raises(BadInput, match='"x19" and 480 others'):
        values_of(Economics("y", 1, 0.5), columns)


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, 10**400])
def test_a_value_that_is_no_amount_above_0_is_refused(value):
    with pytest.raises(BadInput, match=r"value of a saved customer is .*; it has to be an amount above 0\."):
        Economics(value, 1, 0.5)


@pytest.mark.parametrize("value", [True, None, [1]])
def test_a_value_that_is_no_number_is_refused(value):
    with pytest.raises(BadInput, match="an amount above 0, or the name of the field"):
        Economics(value, 1, 0.5)


@pytest.mark.parametrize("cost", [-1, math.nan, math.inf, -math.inf, True, None, "1", 10**400])
def test_a_cost_that_is_no_amount_is_refused(cost):
    with pytest.raises(BadInput, match=r"cost of a contact is .*; it has to be an amount of 0 or more\."):
        Economics(1, cost, 0.5)


@pytest.mark.parametrize("success", [0, -0.5, 1.01, math.nan, math.inf, True, None, "1"])
def test_a_chance_that_is_none_is_refused(success):
    with pytest.raises(BadInput, match=r"chance that a contact works is .*; it has to be above 0 and at most 1\."):
        Economics(1, 1, success)


@pytest.mark.parametrize(
    "given_", [{"contacts": n} for n in (0, -1, 1.5, True, math.nan)] + [{"amount": a} for a in (0, -1, math.nan, True)]
)
def test_a_budget_that_is_none_is_refused_with_what_to_do_instead(given_):
    with pytest.raises(BadInput, match="Leave the budget out to contact everybody who pays"):
        Budget(**given_)


def test_a_budget_is_given_in_one_way():
    with pytest.raises(BadInput, match="given twice, as 3 contacts and as an amount of 10; give one of them"):
        Budget(contacts=3, amount=10)


def test_a_budget_below_one_contact_is_refused():
    with pytest.raises(BadInput, match=r"amount of 4\.5 and a contact costs 5; the budget has to pay for one contact"):
        decide(Economics(100, 5, 0.5), Budget(amount=4.5), worth(1), np.ones(1))


def test_of_a_million_customers_the_best_hundred_thousand_are_found():
    rng = np.random.default_rng(0)
    columns = Columns(WORTH, rng.uniform(0, 100, (1_000_000, 1)), np.empty((1_000_000, 0), np.int32))
    made = decide(BY_FIELD, Budget(contacts=100_000), columns, rng.random(1_000_000))
    np.testing.assert_array_equal(made.profit[made.order], np.sort(made.profit)[::-1][:100_000])
