"""Which addresses the service itself asks."""

import pytest

from service.addresses import is_this_machine, site_of, wrong_with

RIGHT = (
    "https://id.example.com", "https://id.example.com:8443/realms/a?x=1", "http://localhost:8080", "http://127.0.0.2",
    "http://[::1]:9/keys", "https://10.0.0.7/",
)  # fmt: skip
WRONG = {
    "file:///etc/passwd": "begins with https://",
    "id.example.com": "begins with https://",
    "ftp://id.example.com": "begins with https://",
    "https:///keys": "begins with https://",
    "http://id.example.com": "plain HTTP",
    "http://127.0.0.1.example.com": "plain HTTP",
    "http://localhost.example.com": "plain HTTP",
    "http://10.0.0.7": "plain HTTP",
    "https://id.example.com:x/": "not an address",
    "https://id.example.com:99999/": "not an address",
    "https://[::1/": "not an address",
    "https://me:secret@id.example.com": "a user or a password",
    "https://id.example.com/#part": "without #",
    "https://id.example.com/ä": "visible characters",
    "https://id.example.com/\r\nHost: x": "visible characters",
    "": "visible characters",
    "https://" + "x" * 2_048: "visible characters",
}


@pytest.mark.parametrize("address", RIGHT)
def test_https_is_asked_and_on_this_machine_plain_http(address):
    assert wrong_with(address) is None


@pytest.mark.parametrize("address", WRONG)
def test_other_addresses_are_refused_and_no_password_is_shown(address):
    said = wrong_with(address)
    assert WRONG[address] in said
    assert "secret" not in said


def test_a_site_is_scheme_host_and_port():
    assert site_of("https://a.example.com/x") == site_of("https://A.example.com:443/y?z")
    assert len({site_of(f"{start}.example.com") for start in ("https://a", "https://b", "http://a")}) == 3
    assert site_of("https://a.example.com:8443") != site_of("https://a.example.com")


@pytest.mark.parametrize(("host", "is_it"), [("LOCALHOST", True), ("::1", True), ("0.0.0.0", False), ("", False)])  # noqa: S104
def test_this_machine_is_the_loopback(host, is_it):
    assert is_this_machine(host) is is_it
