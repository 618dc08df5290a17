"""The service in a process of its own, with an engine that answers 0.5: for bundles whose model files hold nothing."""

import sys
from functools import partial

import service.app
from service.__main__ import main
from tests.unit.service.conftest import fake_scorer

if __name__ == "__main__":
    service.app.create_app = partial(service.app.create_app, open_scorer=fake_scorer)
    sys.exit(main())
