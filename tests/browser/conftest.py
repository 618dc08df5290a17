"""Chromium as a person sits before it, and a real service behind the page."""

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from churn.bundle import open_bundle
from tests.e2e.conftest import Service

PROJECT = Path(__file__).parents[2]
BUNDLE = PROJECT / "artifacts" / "telco"
PATIENCE_MS = 20_000
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
THEMES = ("light", "dark")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # The sandbox needs user namespaces, which root in a container does not have.
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service of all tests that do not stop it."""
    service = Service(tmp_path_factory.mktemp("service"), str(BUNDLE), "--port", "0", "--list-limit-mb", "20")
    yield service.await_ready()
    service.end()


@pytest.fixture
def visit(browser: Browser, service: Service) -> Iterator[Callable[..., Page]]:
    """Opens pages; what the browser complains of on one, a script's error or a broken policy, fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str = "/", served_by: Service = service, size: dict[str, int] = WIDE, **options: Any) -> Page:
        context = browser.new_context(viewport=size, locale="en-GB", **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(f"http://127.0.0.1:{served_by.port}{path}")
        return page

    yield open_page
    for context in contexts:
        for page in context.pages:
            if page.get_by_role("button", name="Forget this list").is_visible():
                page.get_by_role("button", name="Forget this list").click()
                page.get_by_text("Forgotten.").wait_for()
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def records() -> list[dict[str, Any]]:
    """Customers of the shipped bundle's kind."""
    return [dict(record) for record in open_bundle(BUNDLE).golden["records"]]


Write = Callable[..., Path]


@pytest.fixture
def table(tmp_path: Path, records: list[dict[str, Any]]) -> Write:
    """Writes a table of so many customers, named A00001 and so on; ``change`` may make something of each."""

    def write(
        count: int, name: str = "customers.csv", change: Callable[[int, dict[str, Any]], None] | None = None
    ) -> Path:
        path = tmp_path / name
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, ["customerID", *records[0]])
            writer.writeheader()
            for at in range(count):
                row = {"customerID": f"A{at + 1:05}", **records[at % len(records)]}
                if change:
                    change(at, row)
                writer.writerow(row)
        return path

    return write


def shown(page: Page) -> str:
    """The probability that the page shows."""
    return page.locator(".probability").inner_text()


def percent(probability: float) -> str:
    """How the page writes a probability."""
    digits = 1 if probability < 0.01 or probability > 0.99 else 0
    return f"{probability:.{digits}%}"


def send(page: Page, path: Path, *, wait: bool = True) -> None:
    """Choose a file on the page of lists, and see it scored."""
    page.locator("#list-file").set_input_files(path)
    if wait:
        page.get_by_text(f"{path.name}: ").wait_for()
        page.get_by_text("rows read =").wait_for()


def fill_in(page: Page, value: str = "200", cost: str = "10", success: str = "0.3") -> None:
    """Say what a contact brings and costs."""
    for name, text in (("#amount", value), ("#contact-cost", cost), ("#contact-success", success)):
        page.locator(name).fill(text)
    page.get_by_text("It would pay for").wait_for()


def listed(page: Page, column: int = 0) -> list[str]:
    """One column of the table of customers."""
    rows: Locator = page.locator(".customers tbody tr")
    return [row.locator("th, td").nth(column).inner_text() for row in rows.all()]
