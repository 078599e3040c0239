"""Credentials that nobody told us of, such as those of others: known by the place where they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping

REDACTED = "[redacted]"

#: Headers of an answer whose whole value is a secret.
_HEADERS = frozenset(
    {
        *("set-cookie", "set-cookie2", "cookie"),
        *("authorization", "proxy-authorization", "authentication-info", "proxy-authentication-info"),
        *("x-auth-token", "x-subject-token", "x-service-token", "x-storage-token", "x-api-key"),
    }
)
_CHALLENGES = frozenset({"www-authenticate", "proxy-authenticate"})
_NAME = r"[\w.-]{0,60}(?:passw(?:or)?d|passphrase|passcode|admin_?pass|secret|token|api_?key|private_?key|credential)"
# What was cut ends in the middle of the secret, so none of them asks for what should come behind it.
_NAMES = ("pass", "secret", "token", "apikey", "api_key", "privatekey", "private_key", "credential")
#: Each with texts without which it finds nothing: to look for them takes no time.
_FORMS = (
    # {"password": "…"}
    (_NAMES, re.compile(rf'("{_NAME}"\s*:\s*")((?:[^"\\]|\\.)+)', re.IGNORECASE)),
    # the same inside of a JSON string
    (
        _NAMES,
        re.compile(
            rf'(\\"{_NAME}\\"\s*:\s*\\")((?:[^"\\]|\\{{4}}|\\{{3}}"|\\{{1,2}}[^"\\])+)', re.IGNORECASE
        ),
    ),
    # https://user:…@host, and with the slashes escaped; a number with nothing behind is a port
    (("@", "…"), re.compile(r"""(:(?:\\?/){2}[^\s/:@"'<>\\]*:)((?!\d+…)[^\s/@"'<>…]+)(?=@|…)""")),
    # ?token=…
    (_NAMES, re.compile(rf"""([?&;]{_NAME}=)([^&;\s"'<>\\]+)""", re.IGNORECASE)),
    # Authorization: Basic …, X-Subject-Token: …, as a text quotes headers
    (
        ("authorization", "-token", "cookie"),
        re.compile(
            r"""((?:authorization|x-(?:auth|subject|service|storage)-token|(?:set-)?cookie)["']?\s*[:=]\s*["']?"""
            r"""(?:(?:basic|bearer)\s+)?)([^\s"',\\]+)""",
            re.IGNORECASE,
        ),
    ),
)
_PARAMETER = re.compile(rf"""({_NAME}\s*=\s*)("(?:[^"\\]|\\.)*"?|[^,\s]+)""", re.IGNORECASE)
_BLOB = re.compile(
    r"""((?:basic|bearer|negotiate|digest)\s+)(?![\w-]+\s*=\s*["\w\[])([^\s,]+)""", re.IGNORECASE
)


def without_credentials(text: str) -> str:
    """`text` without what stands where credentials do: in URLs, after `"password":`, after `Authorization:`."""
    small = text.lower()
    for hints, form in _FORMS:
        for hint in hints:
            if hint in small:
                text = form.sub(_hidden, text)
                break
    return text


def header_without_credentials(name: str, value: str) -> str:
    """The value of an answer's header without credentials: of `Set-Cookie` and its like nothing is left."""
    name = name.lower()
    if name in _HEADERS:
        return REDACTED
    if name in _CHALLENGES:
        return _BLOB.sub(_hidden, _PARAMETER.sub(_hidden, value))
    return without_credentials(value)


def headers_without_credentials(headers: Mapping[str, str]) -> dict[str, str]:
    """All headers of an answer, see `header_without_credentials`."""
    values = "\n".join(headers.values())
    if (_HEADERS | _CHALLENGES).isdisjoint(map(str.lower, headers)) and without_credentials(values) == values:
        return dict(headers)
    return {name: header_without_credentials(name, value) for name, value in headers.items()}


def _hidden(match: re.Match[str]) -> str:
    # What we put there ourselves says more.
    return match[0] if match[2].startswith(("$OS_", "[", '"[')) else f"{match[1]}{REDACTED}"
