from __future__ import annotations

import shutil
import threading

import numpy as np
import pytest

from churn import scoring
from churn.answers import RISKS
from churn.batch import Batch
from churn.bundle import open_bundle, seal
from churn.columns import Columns
from churn.engines import ENGINES, load_engine
from churn.engines.base import FakeEngine
from churn.errors import BundleError, EngineError, ParityError
from churn.scoring import CHUNK_ROWS, Scorer
from tests.customers import CUSTOMERS, customer, customers


class TenureEngine(FakeEngine):
    """Answers tenure / 100, so that every answer says whose it is."""

    def predict(self, columns: Columns):
        self.calls.append(len(columns))
        return columns.numbers[:, 0] / 100


def scorer(engine=None, threshold=0.4, bands=(0.3, 0.6)):
    return Scorer(CUSTOMERS, engine or TenureEngine(), threshold, bands)


def score(*tenures):
    made = scorer()
    return made.score(made.read([customer(tenure=tenure) for tenure in tenures]))


def test_every_customer_gets_the_own_answer_in_order():
    assert score(10, 50, 30).probability.tolist() == [0.1, 0.5, 0.3]


def test_the_threshold_itself_counts_as_churn():
    assert score(39, 40, 41).churn.tolist() == [False, True, True]


def test_the_bands_begin_at_their_probabilities():
    assert [RISKS[i] for i in score(0, 29, 30, 59, 60, 100).risk] == ["low", "low", "medium", "medium", "high", "high"]


def test_large_batches_go_to_the_engine_in_pieces_and_come_back_whole():
    engine = TenureEngine()
    made = scorer(engine)
    columns = made.read(customers(50)).take(np.arange(2 * CHUNK_ROWS + 5) % 50)
    assert made.score(columns).probability.tolist() == (columns.numbers[:, 0] / 100).tolist()
    assert engine.calls == [CHUNK_ROWS, CHUNK_ROWS, 5]


def test_nobody_gets_no_answer():
    made = scorer()
    assert len(made.score(made.read([])).probability) == 0


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), -1e-9, 1.0000001])
def test_what_is_no_probability_never_leaves(answer):
    made = scorer(FakeEngine(answer))
    with pytest.raises(EngineError, match="no probability"):
        made.score(made.read(customers(2)))


def test_zero_and_one_are_probabilities():
    for answer in (0.0, 1.0):
        made = scorer(FakeEngine(answer))
        assert made.score(made.read(customers(1))).probability.tolist() == [answer]


class Watched(FakeEngine):
    """An engine that sees whether two threads are in it at once; its twins count for themselves."""

    def __init__(self, made):
        super().__init__()
        self.inside, self.most, self.made = 0, 0, made
        made.append(self)

    def predict(self, columns: Columns):
        self.inside += 1
        self.most = max(self.most, self.inside)
        threading.Event().wait(0.002)
        self.inside -= 1
        return super().predict(columns)

    def twin(self):
        return Watched(self.made)


def test_an_engine_is_used_by_one_thread_at_a_time_and_threads_do_not_wait_for_each_other():
    engines = []
    made = scorer(Watched(engines))
    columns = made.read(customers(1))
    threads = [threading.Thread(target=made.score, args=(columns,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(len(engine.calls) for engine in engines) == 8
    assert {engine.most for engine in engines if engine.calls} == {1}


def test_one_thread_after_the_other_needs_one_engine():
    engines = []
    made = scorer(Watched(engines))
    for _ in range(3):
        made.score(made.read(customers(1)))
    assert [len(engine.calls) for engine in engines] == [3]


def test_an_engine_that_raises_is_used_again():
    class Broken(FakeEngine):
        def predict(self, columns: Columns):
            raise EngineError("broken")

        def twin(self):
            raise AssertionError("it is free again")

    made = scorer(Broken())
    columns = made.read(customers(1))
    for _ in range(2):
        with pytest.raises(EngineError, match="broken"):
            made.score(columns)


def test_a_batch_is_answered_with_its_scores_and_warnings():
    made = scorer(FakeEngine(0.7))
    batch = Batch(made.read([customer(), customer(plan="never seen")]), [1, 2], {})
    answers = made.answer(batch)
    assert answers.batch is batch
    assert answers.scores.probability.tolist() == [0.7, 0.7]
    assert [(row, [w.code for w in found]) for row, found in answers.warnings.items()] == [(1, ["unseen_level"])]


def test_the_golden_rows_are_reproduced(fake_bundle):
    assert scorer(FakeEngine(0.500_005)).check_golden(fake_bundle) == pytest.approx(5e-6)


@pytest.mark.parametrize("answer", [0.5001, 0.0, float("nan")])
def test_golden_rows_that_are_not_reproduced_are_a_fault(fake_bundle, answer):
    with pytest.raises(ParityError, match="golden rows were not reproduced"):
        scorer(FakeEngine(answer)).check_golden(fake_bundle)


def test_a_bundle_without_golden_rows_is_not_trusted(fake_bundle):
    fake_bundle.golden.update(records=[], probabilities=[])
    with pytest.raises(ParityError):
        scorer(FakeEngine()).check_golden(fake_bundle)


def test_the_golden_rows_are_dated_by_the_bundle_and_not_by_as_of(fake_bundle, monkeypatch):
    class Dated(FakeEngine):
        def predict(self, columns: Columns):
            assert columns.schema.as_of == CUSTOMERS.as_of
            return super().predict(columns)

    monkeypatch.setattr(scoring, "load_engine", lambda name, bundle: Dated())
    made = Scorer.open(fake_bundle, as_of=CUSTOMERS.as_of.replace(year=2030))
    made.check_golden(fake_bundle)
    assert made.schema.as_of.year == 2030


def test_threshold_and_bands_come_from_the_manifest(fake_bundle, monkeypatch):
    monkeypatch.setattr(scoring, "load_engine", lambda name, bundle: FakeEngine(0.45))
    made = Scorer.open(fake_bundle)
    scores = made.score(made.read(customers(1)))
    assert (scores.churn[0], RISKS[scores.risk[0]]) == (True, "medium")


def test_an_engine_that_does_not_exist_is_told_with_those_that_do(fake_bundle):
    with pytest.raises(EngineError, match="choose one of compiled, reference"):
        load_engine("quantum", fake_bundle)


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_that_is_not_installed_is_told_with_the_command_that_helps(fake_bundle, monkeypatch, name):
    def missing(module):
        raise ModuleNotFoundError(f"No module named {module!r}", name="some_library")

    monkeypatch.setattr("churn.engines.import_module", missing)
    with pytest.raises(EngineError, match=r"needs some_library, which is not installed: pip install"):
        load_engine(name, fake_bundle)


def test_a_compiled_model_that_is_none_is_a_fault(fake_bundle, monkeypatch):
    from churn.engines.compiled import CompiledEngine

    with pytest.raises(EngineError, match="no LiteRT model"):
        CompiledEngine(None, b"not a model")


@pytest.mark.parametrize(
    ("name", "text"), [("model.tflite", ""), ("model.tflite", "words"), ("preprocessor.json", "[]")]
)
def test_a_damaged_part_whose_digest_holds_is_told_as_the_bundle_s_fault(shipped_bundle, tmp_path, name, text):
    folder = tmp_path / "broken"
    shutil.copytree(shipped_bundle, folder)
    (folder / "compiled" / name).write_text(text)
    seal(folder, open_bundle(shipped_bundle).manifest)
    with pytest.raises(BundleError, match=f"{name} of .* is damaged"):
        Scorer.open(open_bundle(folder))


def test_closing_the_scorer_closes_the_engine():
    closed = []

    class Closing(FakeEngine):
        def close(self):
            closed.append(True)

    scorer(Closing()).close()
    assert closed == [True]
