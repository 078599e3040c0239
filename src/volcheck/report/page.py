"""What all our HTML pages have in common: templates, both languages, escaping, and the security policy.

A page is one file. Its policy allows its own style and script by their hashes and nothing else, so that
whatever an endpoint's answer puts into the page can neither run nor call home.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from volcheck import __version__
from volcheck.errors import UsageError
from volcheck.report.text import cut, one_line, pretty_body, request_text, response_text, seconds, visible
from volcheck.report.words import LANGUAGES, both, word
from volcheck.results.files import replacing


def write_page(path: Path, template: str, lang: str, values: Mapping[str, object]) -> None:
    """Render `template` with `values` to `path`, piece by piece; `lang` is what the page opens in.

    Raises UsageError for a language that we don't have, or when the file can't be written.
    """
    if lang not in LANGUAGES:
        raise UsageError(f"Reports come in {' and '.join(LANGUAGES)}, not in {lang!r}; choose one of these.")
    stream = _environment().get_template(template).stream(**values, lang=lang)
    stream.enable_buffering(200)
    with replacing(path) as out:
        out.writelines(piece.encode("utf-8", "backslashreplace") for piece in stream)


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.PackageLoader("volcheck.report")
    environment = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (loader.get_source(environment, name)[0] for name in ("style.css", "report.js"))
    environment.globals |= {
        "style": Markup(style),
        "script": Markup(script),
        "policy": "; ".join(
            (
                "default-src 'none'",
                f"style-src {_hash(style)}",
                f"script-src {_hash(script)}",
                "base-uri 'none'",
                "form-action 'none'",
            )
        ),
        "version": __version__,
        "t": _both,
        "word": word,
        "text": _text,
        "anchor": anchor,
    }
    environment.filters |= {
        "seconds": seconds,
        "cut": cut,
        "one_line": one_line,
        "pretty_body": pretty_body,
        "request_text": request_text,
        "response_text": response_text,
        "fragment": lambda name: quote(anchor(name)),
    }
    return environment


def anchor(name: str) -> str:
    """A name as an element id: no white space or anything else that an id or a link could stumble over."""
    return re.sub(r"[^\w.-]", "_", name)


def _both(key: str, **values: object) -> Markup:
    return _spans(*both(key, **values))


def _text(text: Mapping[str, str]) -> Markup:
    return _spans(text["en"], text["ko"])


def _spans(english: str, korean: str) -> Markup:
    if english == korean:
        return Markup("{}").format(visible(english))
    return Markup('<span data-l="en" lang="en">{}</span><span data-l="ko" lang="ko">{}</span>').format(
        visible(english), visible(korean)
    )


def _finalize(value: object) -> object:
    return value if isinstance(value, Markup) else visible(str(value))


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
