"""For everybody: themes, widths, screen readers, readers of other languages; and nothing that jumps."""

import os
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from churn.score import main as churn_score
from tests.browser.conftest import BUNDLE, NARROW, PROJECT, THEMES, WIDE, fill_in, send

VIEWS = ("customer", "list", "model")
SHIFTS = """() => new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((seen) => { for (const one of seen.getEntries()) sum += one.value; })
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(sum), 300);
})"""


def look(visit, table, view, **options):
    """Open a view and fill it with what it can show."""
    page = visit(f"/#{view}", **options)
    if view == "customer":
        expect(page.locator(".probability")).to_have_text(re.compile("%"))
        page.get_by_role("button", name="Try what can be changed").click()
        expect(page.locator(".suggestions li").first).to_be_visible()
    elif view == "list":
        send(page, table(120, change=lambda at, row: row.update(tenure="") if at == 3 else None))
        fill_in(page)
        page.locator(".customers summary").first.click()
    else:
        expect(page.get_by_role("heading", name="How good it is")).to_be_visible()
    return page


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_serious_and_nothing_sticks_out(visit, table, view, theme, size):
    page = look(visit, table, view, color_scheme=theme, size=size)
    found = Axe().run(page).response["violations"]
    serious = [one for one in found if one["impact"] in {"serious", "critical"}]
    assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in serious] == []
    assert page.locator("html").evaluate("page => page.scrollWidth") <= size["width"]


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_jumps_while_a_view_appears(visit, view):
    page = visit(f"/#{view}")
    expect(page.locator(f"#view-{view} .card").first).to_be_visible()
    assert page.evaluate(SHIFTS) < 0.1


def test_numbers_and_dates_are_written_as_the_reader_writes_them(browser, service, table):
    with browser.new_context(viewport=WIDE, locale="de-DE") as context:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{service.port}/#list")
        send(page, table(1_200))
        expect(page.get_by_text("1.200 rows read = 1.200 scored")).to_be_visible()
        page.goto(f"http://127.0.0.1:{service.port}/#model")
        expect(page.locator(".facts")).to_contain_text(re.compile(r"Made on \d+\. [A-Z]\w+ 20\d\d"))
        page.goto(f"http://127.0.0.1:{service.port}/#list")
        page.get_by_role("button", name="Forget this list").click()


def test_who_wants_no_motion_gets_none(visit):
    page = visit("/", reduced_motion="reduce")
    expect(page.locator(".gauge-now")).to_have_css("transition-duration", "0s")


def test_the_model_tells_its_figures_and_shows_its_report(visit, service):
    page = visit("/#model")
    told = service.ask("GET", "/model")[1]
    auc = told["metrics"]["test"]["roc_auc"]
    row = page.get_by_role("row", name=re.compile("ROC AUC"))
    expect(row).to_contain_text(f"{round(auc['value'], 3):g}")
    expect(row).to_contain_text(f"{round(auc['low'], 3):g}")
    report = page.frame_locator("iframe.report")
    for section in ("ROC", "alibration", "ift"):
        expect(report.locator("body")).to_contain_text(section)


def test_the_api_can_be_tried_out(visit, service):
    page = visit("/docs")
    page.locator(".opblock-summary", has_text="/predict").first.click()
    page.get_by_role("button", name="Execute").first.click()
    expect(page.locator(".responses-table.live-responses-table")).to_contain_text("churn_probability")


def test_without_scripts_the_api_is_described_all_the_same(visit):
    page = visit("/docs", java_script_enabled=False)  # which leaves out <noscript>, so / cannot be tried so
    expect(page.get_by_role("heading", name=re.compile("predict")).first).to_be_visible()


@pytest.mark.skipif("RECORD_PICTURES" not in os.environ, reason="takes the pictures for the README anew")
def test_the_pictures_for_the_readme(visit, tmp_path):
    source = os.environ["RECORD_PICTURES"]
    images = PROJECT / "docs" / "images"
    images.mkdir(exist_ok=True)
    assert churn_score([str(BUNDLE), source, str(tmp_path / "out.csv")]) == 0
    for theme, size in (("light", WIDE), ("dark", NARROW)):
        kind = f"{theme}-{size['width']}.png"
        page = visit("/#customer", color_scheme=theme, size=size)
        expect(page.locator(".why .reasons li").first).to_be_visible()
        page.get_by_role("button", name="Try what can be changed").click()
        expect(page.locator(".suggestions li").first).to_be_visible()
        page.evaluate("() => scrollTo(0, 0)")
        page.screenshot(path=images / f"customer-{kind}")
        page.goto(page.url.partition("#")[0] + "#list")
        page.locator("#list-file").set_input_files(source)
        fill_in(page)
        page.locator("#budget").fill("900")
        expect(page.get_by_text("Contact 900:")).to_be_visible()
        page.get_by_role("heading", name="Whom to contact").evaluate("heading => heading.scrollIntoView()")
        page.screenshot(path=images / f"list-{kind}")
    for picture in images.iterdir():
        Image.open(picture).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(picture, optimize=True)
