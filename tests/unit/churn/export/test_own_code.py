import subprocess
import sys
from pathlib import Path

import churn
from churn.export.own_code import copy_own_code


def test_all_sources_are_copied_and_nothing_else(tmp_path):
    copy_own_code(tmp_path)
    copied = {path.relative_to(tmp_path / "churn") for path in (tmp_path / "churn").rglob("*") if path.is_file()}
    source = Path(churn.__file__).parent
    assert copied == {path.relative_to(source) for path in source.rglob("*.py")}
    assert [path.name for path in tmp_path.iterdir()] == ["churn"]


def test_the_copy_imports_by_itself(tmp_path):
    copy_own_code(tmp_path / "code")
    code = "import sys; sys.path.insert(0, 'code'); import churn.export.pyfunc as m; print(m.__file__)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(answer.stdout.strip()) == tmp_path / "code" / "churn" / "export" / "pyfunc.py"
