"""What reasons owe whoever reads them, on every engine."""

from __future__ import annotations

import numpy as np
import pytest

from churn.batch import Batch
from churn.engines import ENGINES
from churn.reasons import Background, Explainer, Reasoner
from churn.scoring import Scorer
from service.formats.json_body.writing import write_explained
from tests.customers import customer, customers

RECORDS = [
    *customers(40, seed=11),
    customer(
        plan="never seen", charges=None, wallet=-999, left_shop=None, last_visit=None, region=None, paperless=None
    ),
    customer(tenure=10**6, charges=-1e9, joined="1950-01-01"),
]
FIELDS = 10


class Explaining:
    """A scorer with its reasons."""

    def __init__(self, bundle, engine):
        self.scorer = Scorer.open(bundle, engine)
        self.reasoner = Reasoner.open(bundle, self.scorer)
        self.explainer = Explainer(Background.open(bundle), self.scorer.probability)

    def told(self, records):
        """The whole answer as it is sent."""
        answers = self.scorer.answer(Batch(self.scorer.read(records), None, {}))
        return write_explained(b"", answers, self.reasons(answers))

    def reasons(self, answers):
        return self.reasoner.reasons(answers.batch.columns, answers.scores.probability, FIELDS)

    def attributions(self, records):
        columns = self.scorer.read(records)
        return self.explainer.explain(columns, self.scorer.probability(columns))


@pytest.fixture(scope="module", params=ENGINES)
def explaining(request, tiny_bundle):
    made = Explaining(tiny_bundle, request.param)
    yield made
    made.scorer.close()


def test_contributions_add_up_to_the_log_odds_less_the_base(explaining):
    found = explaining.attributions(RECORDS)
    assert found.contributions.shape == (len(RECORDS), FIELDS)
    np.testing.assert_allclose(found.contributions.sum(axis=1), found.log_odds - found.base, atol=1e-3)


def test_every_field_is_told_once_the_largest_first(explaining):
    answers = explaining.scorer.answer(Batch(explaining.scorer.read(RECORDS), None, {}))
    for told in explaining.reasons(answers).told:
        assert {reason.field for reason in told} == set(customer())
        sizes = [abs(reason.contribution) for reason in told]
        assert sizes == sorted(sizes, reverse=True)


def test_a_customer_alone_has_the_same_reasons_as_among_others(explaining):
    together = explaining.attributions(RECORDS).contributions
    alone = [explaining.attributions([record]).contributions[0] for record in RECORDS]
    np.testing.assert_allclose(alone, together, atol=2e-5)


def test_the_engine_that_serves_tells_a_customer_alone_to_the_byte_the_same_as_among_others(tiny_bundle):
    """The reference engine may differ in the last of 24 bits, as TensorFlow's sums depend on the size of a batch."""
    explaining = Explaining(tiny_bundle, "compiled")
    together = explaining.told(RECORDS)
    end = together.rindex(b"]")
    alone = [explaining.told([record]).removesuffix(together[end:]) for record in RECORDS]
    assert b",".join(alone) == together[:end]
    explaining.scorer.close()


def test_all_engines_give_the_same_reasons(tiny_bundle):
    first, *others = (Explaining(tiny_bundle, engine).attributions(RECORDS) for engine in ENGINES)
    for other in others:
        np.testing.assert_allclose(other.contributions, first.contributions, atol=1e-3)
