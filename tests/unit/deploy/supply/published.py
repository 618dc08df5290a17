"""Advisories as they are published, written by hand: the identifiers, packages, versions and forms are real."""


def document(name, affected, *, aliases=(), **others):
    """A document of OSV with what the format demands."""
    return {
        "schema_version": "1.4.0",
        "id": name,
        "modified": "2024-02-01T00:00:00Z",
        "published": "2023-10-17T20:15:00Z",
        "aliases": list(aliases),
        "affected": affected,
        "references": [{"type": "ADVISORY", "url": f"https://osv.dev/vulnerability/{name}"}],
        **others,
    }


def affected(package, *events, kind="ECOSYSTEM", ecosystem="PyPI", **others):
    """What a document says of one package, whose versions lie between events such as ``("introduced", "0")``."""
    ranges = [{"type": kind, "events": [dict([event]) for event in events]}] if events else []
    return {"package": {"ecosystem": ecosystem, "name": package}, "ranges": ranges, **others}


GIT_RANGE = {
    "type": "GIT",
    "repo": "https://github.com/urllib3/urllib3",
    "events": [{"introduced": "0"}, {"fixed": "4e98d57809dacab1cbe625fddeec1a290c478ea9"}],
}

JINJA2_PYPA = document(
    "PYSEC-2021-66",
    [affected("jinja2", ("introduced", "0"), ("fixed", "2.11.3"), versions=["2.11.0", "2.11.1", "2.11.2"])],
    aliases=["CVE-2020-28493", "SNYK-PYTHON-JINJA2-1012994", "GHSA-g3rq-g295-4j3m"],
    details="The filter urlize takes time without end for some texts.\nMarkdown can take its place.",
)
JINJA2_GITHUB = document(
    "GHSA-g3rq-g295-4j3m",
    [affected("Jinja2", ("introduced", "0"), ("fixed", "2.11.3"))],
    aliases=["CVE-2020-28493"],
    summary="Regular Expression Denial of Service (ReDoS) in Jinja2",
    severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"}],
)
REQUESTS = document(
    "PYSEC-2023-74",
    [affected("requests", ("introduced", "2.3.0"), ("fixed", "2.31.0"))],
    aliases=["CVE-2023-32681", "GHSA-j8r2-6x86-q33q"],
    summary="Proxy-Authorization is sent on to the server that a redirect names",
)
URLLIB3 = document(
    "PYSEC-2023-212",
    [
        affected(
            "urllib3",
            ("introduced", "2.0.0"), ("fixed", "2.0.7"), ("introduced", "0"), ("fixed", "1.26.18"),
            versions=["1.26.17", "2.0.6"],
        )
    ],
    aliases=["CVE-2023-45803", "GHSA-g4mx-q9vg-27p4"],
    summary="The body is kept when a redirect makes a GET of it",
)  # fmt: skip
URLLIB3["affected"][0]["ranges"].insert(0, GIT_RANGE)
PY = document(
    "PYSEC-2022-42969",
    [affected("py", ("introduced", "0"), ("last_affected", "1.11.0"))],
    aliases=["CVE-2022-42969", "GHSA-w596-4wvx-j9j6"],
    summary="ReDoS by what a Subversion repository answers",
)
WITHDRAWN = document(
    "PYSEC-2021-125",
    [affected("ansible", ("introduced", "0"))],
    aliases=["CVE-2021-3532"],
    withdrawn="2024-08-02T20:32:38Z",
)
ALL = (JINJA2_PYPA, JINJA2_GITHUB, REQUESTS, URLLIB3, PY, WITHDRAWN)
