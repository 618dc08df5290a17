"""Swagger UI for /docs, from an installed package: its files, and the few lines that start it.

Without the package, or in a browser without scripts, the plain page stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

_PACKAGE = "fastapi_swagger"
_FILES: Mapping[str, str] = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}

START = "start.js"
_START_JS = """// Swagger UI takes the place of the operations; the fields and the problems below them stay.
"use strict";
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#interactive",
  deepLinking: false,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  docExpansion: "list",
  tryItOutEnabled: true,
  validatorUrl: null,
  onComplete: () => { document.getElementById("plain").hidden = true; },
});
"""

INTERACTIVE_PATHS = tuple(f"/docs/{name}" for name in (START, *_FILES))


def interactive_head() -> str:
    """Return what loads Swagger UI; nothing where it is not installed."""
    if _folder() is None:
        return ""
    return (
        '<link rel="stylesheet" href="/docs/swagger-ui.css"><script src="/docs/swagger-ui-bundle.js" defer></script>'
        f'<script src="/docs/{START}" defer></script>'
    )


def interactive_file(name: str) -> tuple[bytes, str] | None:
    """Return the content and the type of a file of /docs; None where there is none; read anew, for it is large."""
    if name == START:
        return _START_JS.encode(), "text/javascript"
    folder = _folder()
    if folder is None or name not in _FILES:
        return None
    return (folder / name).read_bytes(), _FILES[name]


def _folder() -> Path | None:
    """Return where the package keeps its files, without importing it."""
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "resources"
    return folder if all((folder / name).is_file() for name in _FILES) else None
