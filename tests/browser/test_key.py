"""A page of a service that asks for keys."""

import pytest

from service.keys.file import new_key, write_keys
from tests.browser.conftest import BUNDLE, shown
from tests.e2e.conftest import Service


@pytest.fixture
def guarded(tmp_path):
    """A service that asks for keys, and one for everything."""
    text, key = new_key("me", ["admin"])
    write_keys(tmp_path / "keys.json", [key])
    service = Service(tmp_path, str(BUNDLE), "--port", "0", "--keys", str(tmp_path / "keys.json"))
    yield service.await_ready(), text
    service.end()


def test_the_page_asks_for_a_key_when_it_is_refused_and_keeps_it_for_this_tab(visit, guarded):
    service, text = guarded
    page = visit(served_by=service)
    field = page.get_by_label("API key")
    field.wait_for()
    field.fill("ck_wrong")
    page.get_by_role("button", name="Use this key").click()
    page.get_by_text("is not one that is known here").wait_for()
    field.fill(text)
    page.get_by_role("button", name="Use this key").click()
    page.get_by_text("Risk ").first.wait_for()
    assert shown(page).endswith("%")
    assert not field.is_visible()
    assert page.evaluate("sessionStorage.length + 10 * localStorage.length + 100 * document.cookie.length") == 1
    page.reload()
    page.get_by_text("Risk ").first.wait_for()
    assert not field.is_visible()
    assert text not in page.content() + page.url


def test_a_service_without_keys_asks_for_none(visit):
    page = visit()
    page.get_by_text("Risk ").first.wait_for()
    assert not page.get_by_label("API key").is_visible()
