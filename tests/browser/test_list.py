"""A list: dropped, looked at, downloaded; bad files; two people; a service that goes."""

import csv
import re

import pytest
from playwright.sync_api import expect

from churn.score import main as churn_score
from tests.browser.conftest import BUNDLE, fill_in, listed, percent, send
from tests.e2e.conftest import Service

DROP = """(zone, [name, text]) => {
    const dropped = new DataTransfer();
    dropped.items.add(new File([text], name));
    zone.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def page(visit):
    return visit("/#list")


def state(page):
    return page.locator("#view-list .said").first


def rows_of(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def scored(source, out, *options):
    assert churn_score([str(BUNDLE), str(source), str(out), "--for-spreadsheets", *options]) == 0
    return rows_of(out)


def test_a_file_that_is_dropped_is_shown_with_the_riskiest_first(page, table, tmp_path):
    source = table(300)
    page.locator(".drop").evaluate(DROP, [source.name, source.read_text()])
    expect(state(page)).to_have_text("customers.csv: 300 rows read = 300 scored + 0 refused.")
    expect(page.locator(".customers tbody tr")).to_have_count(50)
    expected = scored(source, tmp_path / "out.csv")
    expected.sort(key=lambda row: -float(row["churn_probability"]))
    assert listed(page) == [row["customerID"] for row in expected[:50]]
    assert listed(page, 1) == [percent(float(row["churn_probability"])) for row in expected[:50]]
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("51 to 100 of 300")).to_be_visible()
    assert listed(page) == [row["customerID"] for row in expected[50:100]]


def test_it_is_sorted_filtered_and_searched(page, table):
    send(page, table(300))
    page.get_by_role("button", name="Customer", exact=True).click()
    expect(page.locator(".customers tbody tr").first).to_contain_text("A00001")
    page.get_by_role("button", name="Customer", exact=True).click()
    expect(page.locator(".customers tbody tr").first).to_contain_text("A00300")
    expect(page.locator(".customers th[aria-sort]")).to_have_attribute("aria-sort", "descending")
    page.get_by_label("Risk").select_option("high")
    expect(page.locator(".customers tbody .risk.high").first).to_be_visible()
    expect(page.locator(".customers tbody .risk:not(.high)")).to_have_count(0)
    page.get_by_label("Risk").select_option("")
    page.get_by_label("Search").fill("a0012")
    expect(page.get_by_text("1 to 10 of 10")).to_be_visible()
    page.get_by_label("Search").fill("nobody")
    expect(page.get_by_text("No customer matches.")).to_be_visible()


def test_the_decisions_and_the_download_are_those_of_churn_score(page, table, tmp_path):
    source = table(300)
    send(page, source)
    fill_in(page)
    options = ("--decide", "--value", "200", "--contact-cost", "10", "--contact-success", "0.3")
    paying = [row for row in scored(source, tmp_path / "all.csv", *options) if row["contact"] == "true"]
    expect(page.get_by_text(f"It would pay for {len(paying)}.")).to_be_visible()
    page.locator("#budget").fill("40")
    expect(page.get_by_text("Contact 40: that costs 400.00")).to_be_visible()
    page.get_by_label("Show").select_option("contacted")
    expect(page.get_by_text("1 to 40 of 40")).to_be_visible()
    expected = scored(source, tmp_path / "some.csv", *options, "--contacts", "40", "--explain", "3")
    contacted = sorted((row for row in expected if row["contact"] == "true"), key=lambda row: int(row["rank"]))
    assert listed(page) == [row["customerID"] for row in contacted]
    assert listed(page, 3) == [f"{float(row['expected_profit']):.2f}" for row in contacted]
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert download.value.suggested_filename == "customers-answers.csv"
    download.value.save_as(tmp_path / "page.csv")
    assert (tmp_path / "page.csv").read_bytes() == (tmp_path / "some.csv").read_bytes()


def test_an_amount_that_makes_no_sense_is_told(page, table):
    send(page, table(20))
    fill_in(page)
    page.get_by_label("Chance that it works").fill("1.5")
    expect(page.locator(".economics [role=alert]")).to_contain_text("above 0 and at most 1")


def test_the_value_may_be_read_from_a_field(page, table):
    send(page, table(20))
    fill_in(page)
    page.get_by_label("A customer who stays is worth").select_option("MonthlyCharges")
    expect(page.get_by_label("Amount")).to_be_disabled()
    page.locator(".customers summary").first.click()
    expect(page.locator(".customers tbody")).to_contain_text("(value, MonthlyCharges)")


def test_a_long_run_can_be_cancelled(page, table, service):
    send(page, table(150_000), wait=False)
    expect(state(page)).to_contain_text(re.compile("Waiting|Scoring"))
    identity = page.url.partition("?")[2]
    page.get_by_role("button", name="Cancel").click()
    expect(state(page)).to_have_text("Cancelled.")
    expect(page.get_by_label("Progress")).to_be_hidden()
    assert service.ask("GET", f"/console/lists/{identity}")[0] == 404
    send(page, table(10, "again.csv"))


def test_two_people_see_their_own_lists(visit, table):
    pages = [visit("/#list"), visit("/#list")]
    tables = [table(60, "mine.csv"), table(70, "yours.csv")]
    for page, source in zip(pages, tables, strict=True):
        send(page, source, wait=False)
    for page, source, count in zip(pages, tables, (60, 70), strict=True):
        expect(state(page)).to_contain_text(f"{source.name}: {count} rows read")
        expect(page.get_by_text(f"1 to 50 of {count}")).to_be_visible()


def test_a_second_file_during_the_first_takes_its_place(page, table):
    send(page, table(150_000, "first.csv"), wait=False)
    expect(state(page)).to_contain_text(re.compile("Sending|Waiting|Scoring"))
    send(page, table(30, "second.csv"))
    expect(state(page)).to_contain_text("second.csv: 30 rows read")
    expect(page.locator(".customers tbody tr")).to_have_count(30)


def test_a_page_that_is_loaded_again_still_has_its_list(page, table):
    send(page, table(30))
    page.reload()
    expect(state(page)).to_contain_text("customers.csv: 30 rows read")
    page.goto(page.url.partition("?")[0] + "?nothing")
    page.reload()
    expect(state(page)).to_contain_text("There is no such list")


def test_rows_that_cannot_be_read_are_told_with_the_reason_and_html_is_text(page, table, tmp_path):
    def spoil(at, row):
        if at == 10:
            row["tenure"] = "a year"
        if at == 11:
            row["customerID"] = "<img src=x onerror=alert(1)>"
        if at == 12:
            row["customerID"] = '=HYPERLINK("http://x","y")'

    source = table(30, change=spoil)
    send(page, source)
    expect(state(page)).to_have_text("customers.csv: 30 rows read = 29 scored + 1 refused.")
    page.get_by_text("1 rows could not be read").click()
    expect(page.get_by_role("region", name="Refused rows")).to_contain_text("tenure")
    expect(page.get_by_role("region", name="Refused rows")).to_contain_text("A00011")
    assert "<img src=x onerror=alert(1)>" in listed(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    download.value.save_as(tmp_path / "page.csv")
    assert [row["customerID"] for row in rows_of(tmp_path / "page.csv")][11:13] == [
        "<img src=x onerror=alert(1)>",
        '\'=HYPERLINK("http://x","y")',
    ]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("report.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "report.csv"),
        ("others.csv", b"a,b\n1,2\n", "lacks the column"),
        ("empty.csv", b"", "The file is empty"),
        ("head.csv", b"customerID\n", "lacks the column"),
        ("words.txt", b"hello", "a table's name ends in"),
        ("broken.parquet", b"PAR1 and no more", "broken.parquet"),
    ],
)
def test_a_file_that_is_no_such_table_gets_a_sentence(page, tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    send(page, tmp_path / name, wait=False)
    expect(state(page)).to_contain_text(sentence)
    expect(page.get_by_label("Progress")).to_be_hidden()


def test_a_file_in_latin_1_gets_a_sentence_or_is_read(page, table):
    source = table(20, change=lambda at, row: row.update(customerID="Jos\u00e9") if at == 5 else None)
    source.write_bytes(source.read_text().encode("latin-1"))
    send(page, source, wait=False)
    expect(state(page)).to_contain_text(re.compile("UTF-8|20 rows read"))


def test_a_file_that_is_too_large_is_not_sent(page, tmp_path):
    (tmp_path / "large.csv").write_bytes(b"x" * (21 * 1024 * 1024))
    send(page, tmp_path / "large.csv", wait=False)
    expect(state(page)).to_contain_text("large.csv has 22 MB; at most 21 MB are taken here")


def test_a_service_that_comes_back_has_no_list_any_more_and_says_so(visit, table, tmp_path):
    services = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    try:
        services.append(Service(tmp_path / "first", str(BUNDLE), "--port", "0", "--drain-s", "0").await_ready())
        page = visit("/#list", services[0])
        send(page, table(30))
        services[0].end()
        page.get_by_label("Search").fill("A0001")
        expect(page.locator("#banner")).to_contain_text("cannot be reached")
        port = str(services[0].port)
        services.append(Service(tmp_path / "second", str(BUNDLE), "--port", port).await_ready())
        expect(page.locator("#banner")).to_be_hidden()
        page.get_by_label("Search").fill("A0002")
        expect(page.get_by_text("There is no such list")).to_be_visible()
        send(page, table(20, "again.csv"))
    finally:
        for service in services:
            service.end()
