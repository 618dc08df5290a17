"""The real pip-audit beside an advisory service of ours: it answers what the other tests take for its answers."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.supply.pins import Pin
from deploy.supply.service import PIP_AUDIT, ask
from tests.unit.deploy.supply.published import ALL

PINS = [
    Pin("jinja2", "2.11.2", ("a.txt",)),
    Pin("jinja2", "3.1.6", ("b.txt",)),
    Pin("numpy", "2.4.6", ("a.txt", "b.txt")),
    Pin("urllib3", "1.26.17", ("a.txt",)),
]
OLD = {"2.11.2", "1.26.17"}


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        about = [each for each in ALL if each["affected"][0]["package"]["name"].lower() == query["package"]["name"]]
        answer = json.dumps({"vulns": about} if query["version"] in OLD else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def address():
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_every_pin_is_asked_about_and_what_is_known_is_found(address):
    pytest.importorskip("pip_audit", reason="make audit installs pip-audit")
    found = ask(PINS, (*PIP_AUDIT, "--osv-url", address))
    assert [(finding.pin, finding.fixed_in) for finding in found] == [
        (PINS[0], ("2.11.3",)),
        (PINS[3], ("1.26.18", "2.0.7")),
    ]
    assert {"PYSEC-2021-66", "CVE-2020-28493", "GHSA-g3rq-g295-4j3m"} <= set(found[0].names)
    assert found[1].title == "The body is kept when a redirect makes a GET of it"
