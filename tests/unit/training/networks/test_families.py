import keras
import numpy as np
import pytest

from churn.schema import Field, Schema
from training.networks.families import FAMILIES
from training.networks.families.network import logits, probabilities

NUMBERS = (Field("a", "number", nullable=True), Field("b", "integer"))
CATEGORIES = (Field("c", "category", levels=("x", "y")), Field("d", "category", levels=(0, 1), nullable=True))


def seeded(family, schema, train, seed=0):
    keras.utils.set_random_seed(seed)
    return FAMILIES[family](schema, train)


def inputs(schema, n=7, seed=0):
    rng = np.random.default_rng(seed)
    width = len(schema.numbers) + sum(field.nullable for field in schema.numbers)
    parts = {
        "numbers": rng.normal(size=(n, width)).astype(np.float32),
        "codes": rng.integers(-2, 2, (n, len(schema.categories))).astype(np.int32),
    }
    return {name: part for name, part in parts.items() if part.shape[1]}


@pytest.mark.parametrize("fields", [NUMBERS + CATEGORIES, NUMBERS, CATEGORIES, NUMBERS[:1], CATEGORIES[:1]])
@pytest.mark.parametrize("family", FAMILIES)
def test_any_mix_of_fields_gives_one_probability_a_customer(family, fields):
    schema = Schema(fields)
    model = seeded(family, schema, inputs(schema, 50))
    answers = probabilities(model, inputs(schema))
    assert answers.shape == (7,)
    assert ((answers > 0) & (answers < 1)).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_before_calibration_a_probability_is_the_sigmoid_of_the_logit(family):
    schema = Schema(NUMBERS + CATEGORIES)
    model = seeded(family, schema, inputs(schema, 50))
    expected = 1 / (1 + np.exp(-logits(model, inputs(schema))))
    np.testing.assert_allclose(probabilities(model, inputs(schema)), expected, rtol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_gives_the_same_network(family):
    schema = Schema(NUMBERS + CATEGORIES)
    models = (seeded(family, schema, inputs(schema, 50), seed) for seed in (3, 3, 4))
    one, two, other = (probabilities(model, inputs(schema)) for model in models)
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


@pytest.mark.parametrize("family", ["realmlp", "tabm"])
def test_an_indicator_that_was_never_set_in_training_has_no_say(family):
    schema = Schema(NUMBERS)
    model, given = seeded(family, schema, inputs(schema, 50)), inputs(schema)
    given["numbers"][:, 2] = 0
    without = probabilities(model, given)
    given["numbers"][:, 2] = 1
    np.testing.assert_array_equal(probabilities(model, given), without)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_column_of_fifty_thousand_levels_stays_a_small_network(family):
    schema = Schema((Field("c", "category", levels=tuple(range(50_000))),))
    assert seeded(family, schema, {}).count_params() < 500_000


def test_no_customers_have_no_probabilities():
    schema = Schema(NUMBERS)
    assert probabilities(seeded("realmlp", schema, {}), inputs(schema, 0)).shape == (0,)
