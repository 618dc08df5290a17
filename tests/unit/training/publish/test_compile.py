import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from churn.schema import Field, Schema
from training.networks.families import FAMILIES
from training.networks.families.network import probabilities
from training.publish.compile import OUTPUT, export_litert, export_saved_model

NUMBERS = (Field("a", "number", nullable=True), Field("b", "integer"))
CATEGORIES = (Field("c", "category", levels=("x", "y")), Field("d", "category", levels=(0, 1), nullable=True))


FIELDS = {"both": NUMBERS + CATEGORIES, "numbers": NUMBERS, "codes": CATEGORIES}


@pytest.fixture(scope="module", params=[("realmlp", "numbers"), ("realmlp", "codes"), *((f, "both") for f in FAMILIES)])
def exported(request, tmp_path_factory):
    family, fields = request.param
    schema = Schema(FIELDS[fields])
    keras.utils.set_random_seed(0)
    folder, model = tmp_path_factory.mktemp(family), FAMILIES[family](schema, inputs(schema, 100))
    export_saved_model(model, folder / "saved_model")
    export_litert(folder / "saved_model", folder / "model.tflite")
    return schema, model, folder


def inputs(schema, n):
    rng = np.random.default_rng(n)
    parts = {
        "numbers": rng.normal(size=(n, 3 if schema.numbers else 0)).astype(np.float32),
        "codes": rng.integers(-2, 2, (n, len(schema.categories))).astype(np.int32),
    }
    return {name: part for name, part in parts.items() if part.shape[1]}


def test_the_saved_model_answers_under_its_names(exported):
    schema, model, folder = exported
    loaded = tf.saved_model.load(str(folder / "saved_model"))
    given = inputs(schema, 9)
    answer = loaded.signatures["serving_default"](**{name: tf.constant(part) for name, part in given.items()})
    assert set(answer) == {OUTPUT}
    np.testing.assert_allclose(answer[OUTPUT].numpy().reshape(-1), probabilities(model, given), atol=1e-6)


@pytest.mark.parametrize("rows", [1, 2, 64, 1_000])
def test_the_compiled_model_answers_the_same_for_any_number_of_rows(exported, rows):
    schema, model, folder = exported
    given, interpreter = inputs(schema, rows), Interpreter(str(folder / "model.tflite"), num_threads=1)
    details = {("numbers" if "numbers" in d["name"] else "codes"): d["index"] for d in interpreter.get_input_details()}
    assert set(details) == set(given)
    for name, index in details.items():
        interpreter.resize_tensor_input(index, given[name].shape)
    interpreter.allocate_tensors()
    for name, index in details.items():
        interpreter.set_tensor(index, given[name])
    interpreter.invoke()
    answer = interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).reshape(-1)
    np.testing.assert_allclose(answer, probabilities(model, given), atol=1e-6)


def test_the_compiled_model_is_small_and_of_builtin_operations(exported):
    file = exported[2] / "model.tflite"
    assert file.stat().st_size < 500_000
    assert b"Flex" not in file.read_bytes()
