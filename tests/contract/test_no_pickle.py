"""What serves never unpickles: a pickle may run anything, so a bundle from elsewhere would be a foreign program."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
SCRIPT = """
import pickle, _pickle

def explode(*_, **__):
    raise AssertionError("something was unpickled")

for module in (pickle, _pickle):
    module.load = module.loads = module.Unpickler = explode

import json
from churn.bundle import open_bundle
from churn.reasons import Reasoner
from churn.scoring import Scorer
from service.app import create_app
from service.settings import parse

bundle = open_bundle("artifacts/telco")
create_app(bundle, parse(["artifacts/telco"], {}))
scorer = Scorer.open(bundle)
assert scorer.check_golden(bundle) <= bundle.golden["tolerance"]
columns = scorer.read(bundle.golden["records"][:3])
told = Reasoner.open(bundle, scorer).reasons(columns, scorer.probability(columns), 2).told
assert [len(reasons) for reasons in told] == [2, 2, 2]
scorer.close()
"""


def test_the_compiled_form_its_reasons_and_the_service_never_unpickle():
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
