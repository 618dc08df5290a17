"""Every threat in docs/security.md names a test that is there."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
ROWS = re.findall(r"^\| (?!threat|---)(.+) \|$", (PROJECT / "docs" / "security.md").read_text(), re.MULTILINE)
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def test_every_threat_has_a_test_that_is_there():
    assert len(ROWS) > 10
    for row in ROWS:
        named = TEST.findall(row.split(" | ")[2])
        assert named, row
        for path, name in named:
            source = (PROJECT / "tests" / path).read_text(encoding="utf-8")
            assert re.search(rf"^(?:async )?def {name}\(", source, re.MULTILINE), f"{path} has no {name}"
