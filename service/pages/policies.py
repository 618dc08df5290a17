"""What the pages may do in a browser (Content-Security-Policy), and who may show them in a frame."""

from __future__ import annotations

from dataclasses import dataclass

_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'"
)
_REPORT = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
_DOCS = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of the page, of the report, which the page shows in a frame, and of /docs.

    Scripts come from this service alone, and the report has none; Swagger UI writes styles of its own into /docs.
    """

    page: str
    report: str
    docs: str


def policies(framed_by: str | None) -> Policies:
    """Return the policies where the site ``framed_by``, and no other, may show the pages in a frame."""
    framed = framed_by or "'none'"
    own = f"'self' {framed_by}" if framed_by else "'self'"
    return Policies(
        f"{_PAGE}; frame-ancestors {framed}", f"{_REPORT}; frame-ancestors {own}", f"{_DOCS}; frame-ancestors {framed}"
    )
