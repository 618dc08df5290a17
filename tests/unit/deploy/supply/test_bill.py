import json
import sys
from pathlib import Path

import pytest

from churn.errors import BadInput
from deploy.supply.bill import write_bill

PROJECT = Path(__file__).parents[4]
PYPROJECT = PROJECT / "pyproject.toml"


@pytest.mark.slow
def test_a_bill_lists_what_a_lock_pins_and_is_the_same_bytes_each_time(tmp_path):
    pytest.importorskip("cyclonedx_py", reason="make audit installs cyclonedx-bom")
    lock = PROJECT / "requirements" / "build.txt"
    once, again = (write_bill(lock, PYPROJECT, tmp_path / name) for name in ("once", "again"))
    assert once == tmp_path / "once" / "build.cdx.json"
    assert once.read_bytes() == again.read_bytes()
    bill = json.loads(once.read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "churn-service"
    assert "timestamp" not in bill["metadata"]
    pinned = {line.split()[0] for line in lock.read_text().splitlines() if "==" in line}
    assert {f"{each['name']}=={each['version']}" for each in bill["components"]} == pinned
    [hatchling] = [each["bom-ref"] for each in bill["components"] if each["name"] == "hatchling"]
    of_root = next(each for each in bill["dependencies"] if each["ref"] == "root-component")
    assert hatchling in of_root["dependsOn"]


def test_a_tool_that_fails_is_a_sentence_with_its_last_line(tmp_path):
    fails = (sys.executable, "-c", "raise SystemExit('first\\nno such file')")
    with pytest.raises(BadInput, match=r"No bill of materials could be made of lock\.txt: no such file$"):
        write_bill(Path("lock.txt"), PYPROJECT, tmp_path, fails)
