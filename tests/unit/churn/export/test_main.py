import pytest

from churn.bundle import open_bundle
from churn.export.__main__ import main


def test_a_bundle_is_written_and_said(fake_bundle, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["mlflow", str(fake_bundle.path), str(out)]) == 0
    assert open_bundle(out / "bundle").schema == fake_bundle.schema
    assert capsys.readouterr().err == f"{out}: fake 1 as an MLflow model.\n"


def test_a_bundle_that_is_none_is_the_callers_mistake(tmp_path, capsys):
    assert main(["mlflow", str(tmp_path / "nowhere"), str(tmp_path / "out")]) == 2
    assert "There is no bundle at" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_taken_needs_the_option(fake_bundle, tmp_path, capsys):
    arguments = ["mlflow", str(fake_bundle.path), str(tmp_path / "out")]
    assert [main(arguments), main(arguments), main([*arguments, "--overwrite"])] == [0, 2, 0]
    assert "add --overwrite" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["onnx", "a", "b"], ["mlflow", "a"]])
def test_wrong_usage_is_two(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage: churn-export" in capsys.readouterr().err
