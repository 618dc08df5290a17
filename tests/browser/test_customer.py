"""One customer: what the page shows is what the API answers."""

import json
import re
import subprocess

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import BUNDLE, percent, shown
from tests.e2e.conftest import Service, wait_until


@pytest.fixture
def page(visit):
    page = visit("/")
    expect(page.locator(".probability")).to_have_text(re.compile("%"))
    return page


def predicted(service, record):
    status, answer = service.ask("POST", "/predict", record)
    assert status == 200
    return answer["predictions"][0]


def fill_form(page, record):
    for name, value in record.items():
        control = page.locator(f"#field-{name}")
        if control.evaluate("control => control.tagName") == "SELECT":
            control.select_option(label=str(value))
        else:
            control.fill(str(value))


def test_a_form_that_is_filled_in_shows_what_predict_answers(page, service, records):
    for record in records[:3]:
        page.get_by_role("button", name="Clear").click()
        expect(page.locator(".probability")).to_have_text("–")
        fill_form(page, record)
        expect(page.locator(".probability")).to_have_text(percent(predicted(service, record)["churn_probability"]))


def test_the_reasons_are_those_of_explain(page, service):
    record = service.ask("GET", "/schema")[1]["record"]["examples"][0]
    reasons = service.ask("POST", "/explain", record)[1]["predictions"][0]["reasons"]
    expect(page.locator(".why .reason-sentence")).to_have_text([reason["sentence"] for reason in reasons[:8]])


def test_moving_a_control_moves_the_probability(page, service):
    record = service.ask("GET", "/schema")[1]["record"]["examples"][0]
    before = shown(page)
    page.locator("#field-tenure").fill("72")
    after = predicted(service, {**record, "tenure": 72})
    expect(page.locator(".probability")).to_have_text(percent(after["churn_probability"]))
    assert shown(page) != before
    expect(page.locator(".answer .said").first).to_contain_text("since you began")


def test_a_value_that_is_refused_is_told_beside_its_field(page):
    page.locator("#field-tenure").fill("a year")
    expect(page.locator("#field-tenure-note")).to_contain_text("received")
    expect(page.locator("#field-tenure")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".probability")).to_have_text("–")
    page.locator("#field-tenure").fill("12")
    expect(page.locator("#field-tenure")).to_have_attribute("aria-invalid", "false")
    expect(page.locator(".probability")).to_have_text(re.compile("%"))


def test_a_value_that_is_out_of_what_training_saw_is_told_beside_its_field(page):
    page.locator("#field-MonthlyCharges").fill("9000")
    expect(page.locator("#field-MonthlyCharges-note")).not_to_be_empty()
    expect(page.locator(".probability")).to_have_text(re.compile("%"))


def test_a_suggestion_can_be_applied(page):
    page.get_by_role("button", name="Try what can be changed").click()
    first = page.locator(".suggestions li").first
    promised = first.locator("b").inner_text()
    first.get_by_role("button").click()
    expect(page.locator(".probability")).to_have_text(promised)


def test_the_address_holds_no_data_unless_asked_for(visit, page, service, records):
    figure = percent(predicted(service, records[0])["churn_probability"])
    fill_form(page, records[0])
    expect(page.locator(".probability")).to_have_text(figure)
    assert "?" not in page.url
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link with this record").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    other = visit("/#" + link.partition("#")[2])
    expect(other.locator(".probability")).to_have_text(figure)
    assert str(records[0]["MonthlyCharges"]) == other.locator("#field-MonthlyCharges").input_value()


def test_what_copy_as_curl_gives_is_answered_with_what_is_shown(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    command = page.evaluate("() => navigator.clipboard.readText()")
    answer = json.loads(subprocess.run(["bash", "-c", f"{command} -sS"], capture_output=True, check=True).stdout)
    assert percent(answer["predictions"][0]["churn_probability"]) == shown(page)


def test_everything_can_be_done_by_keyboard(page):
    names = []
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        names.append(focused.get_attribute("id") or focused.inner_text())
        if names[-1] == "Try what can be changed":
            break
    assert {"Example", "Clear", "field-Contract", "field-tenure", "Try what can be changed"} <= set(names)
    page.keyboard.press("Enter")
    expect(page.locator(".suggestions li").first).to_be_visible()


def test_a_service_that_stops_is_told_of_and_one_that_comes_back_is_found(visit, tmp_path):
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    first = Service(tmp_path / "first", str(BUNDLE), "--port", "0", "--drain-s", "0").await_ready()
    second = None
    try:
        page = visit("/", first)
        expect(page.locator(".probability")).to_have_text(re.compile("%"))
        first.end()
        page.locator("#field-tenure").fill("30")
        expect(page.locator("#banner")).to_contain_text("cannot be reached")
        second = Service(tmp_path / "second", str(BUNDLE), "--port", str(first.port)).await_ready()
        expect(page.locator("#banner")).to_be_hidden()
        page.locator("#field-tenure").fill("31")
        wait_until(lambda: "%" in shown(page), "an answer")
    finally:
        first.end()
        if second:
            second.end()
