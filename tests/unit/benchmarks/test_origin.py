import pytest

from benchmarks.quality.origin import _code, origin_of, version_of
from benchmarks.quality.tables import Spec

SPEC = Spec("t.csv", "left", "Yes")


@pytest.fixture
def code(tmp_path):
    def digest(text):
        (tmp_path / "code.py").write_text(text)
        return _code(tmp_path / "code.py")

    return digest


def test_what_code_says_of_itself_and_imports_does_not_count_but_what_it_does(code):
    plain = code("from a import b\n\ndef f(x):\n    return x + 1\n")
    assert code('"""Says."""\n\n# more\ndef f(x):\n    """Return."""\n    return (x + 1)\n') == plain
    assert code("def f(x):\n    return x + 2\n") != plain


def test_another_table_model_seed_or_setting_is_another_task():
    given = (SPEC, "table", "churn-train", 0, "")
    same = origin_of(*given)
    assert origin_of(*given) == same
    others = [
        (Spec("t.csv", "left", "No"), *given[1:]),
        (SPEC, "other", *given[2:]),
        (*given[:2], "churn-train --fast", 0, ""),
        (*given[:3], 1, ""),
        (*given[:4], "10 trials"),
    ]
    assert len({origin_of(*one).task for one in others} | {same.task}) == 6


def test_our_models_and_the_field_are_made_by_other_code():
    assert origin_of(SPEC, "", "churn-train", 0, "").code != origin_of(SPEC, "", "LightGBM, tuned", 0, "").code


def test_what_is_not_installed_has_no_version():
    assert version_of("no-such-package") == "not installed"
    assert version_of("numpy")[0].isdigit()
