"""The page: its files as they are sent, what they may do, and the report of the bundle."""

import re
from pathlib import Path

import pytest

from churn.bundle import REPORT, FileDigest
from service.console import assets as module
from service.console.assets import INDEX, assets
from service.pages import interactive
from service.pages.interactive import INTERACTIVE_PATHS
from service.pages.policies import policies

PAGE = Path(module.__file__).with_name("page")
SCRIPTS = sorted(PAGE.glob("*.js"))


def test_the_page_is_sent_with_a_policy_that_lets_in_nothing_from_elsewhere(client):
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_all_that_the_page_names_is_there(client):
    text = (PAGE / INDEX).read_text()
    named = re.findall(r'(?:src|href)="(/console/[^"]+)"', text)
    assert len(named) == 2
    for path in named:
        assert client.get(path).status_code == 200
    for script in SCRIPTS:
        for other in re.findall(r'from "\./([^"]+)"', script.read_text()):
            assert (PAGE / other).is_file(), f"{script.name} imports {other}"


def test_there_is_no_inline_script_or_style_and_no_other_host():
    text = (PAGE / INDEX).read_text()
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\bon\w+=|style=", text)
    for path in PAGE.iterdir():
        found = re.findall(r"https?://[^\s\"'`]+", path.read_text())
        assert [host for host in found if not host.startswith("http://www.w3.org/")] == []


def test_what_a_record_or_a_model_says_never_becomes_markup():
    for script in SCRIPTS:
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", script.read_text().split("\n", 1)[1]
        )


def test_a_file_that_did_not_change_is_not_sent_again(client):
    first = client.get("/console/assets/style.css")
    assert first.headers["content-type"] == "text/css; charset=utf-8"
    again = client.get("/console/assets/style.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = client.get("/console/assets/style.css", headers={"If-None-Match": '"other"'})
    assert other.content == first.content


@pytest.mark.parametrize(
    "path", ["/console/assets/none.js", "/console/assets/..%2Fassets.py", "/console/assets/routes.py"]
)
def test_nothing_but_the_files_of_the_page_is_sent(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_the_page_is_small():
    assert sum(len(asset.content) for asset in assets().values()) < 100_000


def test_it_can_be_switched_off(start, record):
    with start(console="off") as client:
        client.await_loaded()
        for path in ("/", "/console/assets/main.js", "/report"):
            assert client.get(path).status_code == 404
        assert client.predict(record).status_code == 200


def test_a_bundle_without_a_report_has_none(client):
    assert client.get("/report").status_code == 404


def test_the_report_of_the_bundle_is_shown_in_a_frame_of_the_page_alone(client, bundle):
    (bundle.path / REPORT).write_text("<!doctype html><p>Churn")
    bundle.manifest.files[REPORT] = FileDigest(1, "x")
    answer = client.get("/report")
    assert answer.text.endswith("Churn")
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]


def test_swagger_ui_comes_from_this_service(client):
    page = client.get("/docs")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    scripts = re.findall(r'(?:src|href)="(/docs/[^"]+)"', page.text)
    assert sorted(scripts) == sorted(INTERACTIVE_PATHS)
    for path in scripts:
        answer = client.get(path)
        assert answer.status_code == 200
        assert len(answer.content) > 300
    assert client.get("/docs/none.js").status_code == 404


def test_without_the_package_the_plain_page_is_whole(client, monkeypatch):
    monkeypatch.setattr(interactive, "find_spec", lambda _: None)
    text = client.get("/docs").text
    assert "<script" not in text
    assert "POST /predict" in text
    assert client.get("/docs/swagger-ui.css").status_code == 404


@pytest.mark.parametrize("framed_by", [None, "https://example.com"])
def test_only_a_site_that_is_named_may_show_the_pages_in_a_frame(framed_by):
    allowed = policies(framed_by)
    assert allowed.page.endswith(f"; frame-ancestors {framed_by or chr(39) + 'none' + chr(39)}")
    assert allowed.docs.endswith(f"; frame-ancestors {framed_by or chr(39) + 'none' + chr(39)}")
    assert allowed.report.endswith("; frame-ancestors 'self'" + (f" {framed_by}" if framed_by else ""))
