"""The API reference as pages to browse, at /docs: Swagger UI over the contract's OpenAPI document.

The renderer comes from a package and the document from the folder of the contract; nothing is fetched from
elsewhere. Requests that are tried out on the page go to the endpoint that serves it.
"""

from __future__ import annotations

import copy
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from openapi_ui_bundles import swagger_ui
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from volcheck.contract.overlay import edition_document, language_overlays, load_document, translated
from volcheck.errors import ContractError
from volcheck.reference.settings import EDITIONS

PATH: Final = "/docs"
_LANGUAGES: Final = {"en": "English", "ko": "한국어"}
_PACKAGE: Final = Path(__file__).resolve().parents[1]
_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
    )
)
_PAGE: Final = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" type="image/png" href="{path}/favicon-32x32.png">
<link rel="stylesheet" href="{path}/swagger-ui.css">
<style>
body {{ margin: 0; }}
nav {{ text-align: right; padding: 12px 20px 0; font: 14px sans-serif; }}
nav > * {{ margin-left: 12px; }}
</style>
</head>
<body>
<nav>{links}</nav>
<main id="reference"></main>
<script src="{path}/swagger-ui-bundle.js"></script>
<script>
SwaggerUIBundle({{
  url: "{path}/openapi.json?lang={language}&edition={edition}",
  dom_id: "#reference",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null
}});
</script>
</body>
</html>
"""


def with_docs(app: ASGIApp, edition: str) -> ASGIApp:
    """The application, with the reference in front of it: whatever lies below /docs never reaches the API.

    edition: of the published document; the one that is shown where none is asked for.
    """
    docs = Starlette(
        routes=[
            Route(PATH, _page),
            Route(f"{PATH}/", _page),
            Route(f"{PATH}/openapi.json", _document),
            Mount(PATH, StaticFiles(directory=swagger_ui.static_path)),
        ]
    )
    docs.state.edition = edition

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        await (docs if path == PATH or path.startswith(f"{PATH}/") else app)(scope, receive, send)

    return either


def _page(request: Request) -> Response:
    language, edition = _asked(request)
    if language not in _LANGUAGES or edition not in EDITIONS:
        return _no_such(language, edition)
    links = [
        *(_link(name, language, name, name == edition) for name in EDITIONS),
        *(_link(name, code, edition, code == language) for code, name in _LANGUAGES.items()),
    ]
    page = _PAGE.format(
        language=language, edition=edition, path=PATH, title="TOAST Volume API", links=" ".join(links)
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})


def _asked(request: Request) -> tuple[str, str]:
    """The language and the edition that a request asks for."""
    given = request.query_params
    return given.get("lang", "en"), given.get("edition", request.app.state.edition)


def _link(text: str, language: str, edition: str, current: bool) -> str:
    if current:
        return f"<b>{text}</b>"
    return f'<a href="{PATH}?lang={language}&amp;edition={edition}" lang="{language}">{text}</a>'


def _document(request: Request) -> Response:
    language, edition = _asked(request)
    if language not in _LANGUAGES or edition not in EDITIONS:
        return _no_such(language, edition)
    try:
        document = copy.deepcopy(_read(language, edition))
    except ContractError as error:
        return PlainTextResponse(str(error), status_code=500)
    origin = str(request.base_url).rstrip("/")
    for node in (document, *document["paths"].values()):
        for server in node.get("servers", ()):
            server["variables"]["origin"]["default"] = origin
    return JSONResponse(document)


def _no_such(language: str, edition: str) -> Response:
    if language in _LANGUAGES:
        text = f"There is no edition {edition!r}. Ask for one of {', '.join(EDITIONS)}."
    else:
        text = f"There is no reference in {language!r}. Ask for one of {', '.join(_LANGUAGES)}."
    return PlainTextResponse(text, status_code=404)


@lru_cache
def _read(language: str, edition: str) -> dict[str, Any]:
    """The OpenAPI document of an edition in a language."""
    for folder in (_PACKAGE / "_data" / "spec", _PACKAGE.parents[1] / "spec"):
        openapi = folder / "openapi.yaml"
        if openapi.is_file():
            document = edition_document(load_document(openapi), folder, edition)
            if language == "en":
                return document
            return translated(document, language_overlays(folder, language, edition), language)
    raise ContractError("The contract is missing beside this program. Install volcheck again.")
