"""Secrets are taken out where exchanges are recorded, so that no writer behind can leak them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

REDACTED = "[redacted]"
USER_NAME = "[OS_USERNAME]"
TOKEN = "$OS_TOKEN"
OTHER_TOKEN = "$OS_OTHER_TOKEN"
_MIN_LENGTH = 4
#: Shorter pieces of base64 would be found in texts that have nothing to do with the secret.
_MIN_BASE64 = 8
#: Texts of so many characters at most, and so many of them, are known again once they were found clean.
_SHORT, _REMEMBERED = 200, 10_000
_PERCENT = re.compile("%[0-9A-F]{2}")


class Redactor:
    """Replaces known secrets in any text, also where they are JSON-escaped, URL-quoted or base64.

    Secrets are added as they become known (a renewed token). Those shorter than four characters are not replaced:
    they would match everywhere and hide nothing.

    User names are no secrets, and may be words that an API's own vocabulary has (`admin`, `volume`). They are left in
    what is judged, and go where exchanges and findings are written down: as whole words, by `written`.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._replacements: list[tuple[str, str]] = []
        self._clean: set[str] = set()
        self._known: set[str] = set()
        self._user_names: list[str] = []
        self._user_name: re.Pattern[str] | None = None
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str | None, *, name: str = REDACTED) -> None:
        """Replace `secret` by `name` from now on."""
        if not secret or len(secret) < _MIN_LENGTH or secret in self._known:
            return
        self._known.add(secret)
        forms = _written_forms(secret)
        self._replacements.extend((form, name) for form in forms)
        # Longest first, so that a secret that contains another one goes whole.
        self._replacements.sort(key=lambda pair: -len(pair[0]))
        self._clean.clear()

    def text(self, text: str) -> str:
        """`text` without any known secret."""
        if text in self._clean:
            return text
        clean = text
        for secret, name in self._replacements:
            if secret in clean:
                clean = clean.replace(secret, name)
        # Most headers, paths and URLs of a run are the same again and again.
        if clean is text and len(text) <= _SHORT and len(self._clean) < _REMEMBERED:
            self._clean.add(text)
        return clean

    def add_user_name(self, name: str | None) -> None:
        """Leave this user name out of whatever is written from now on."""
        if not name or name in self._user_names:
            return
        self._user_names.append(name)
        forms = {
            form for each in self._user_names for form in (each, quote(each, safe=""), json.dumps(each)[1:-1])
        }
        longest = sorted(forms, key=len, reverse=True)
        self._user_name = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest)) + r")(?!\w)")

    @property
    def has_user_names(self) -> bool:
        """Whether `written` has more to do than `text`."""
        return self._user_name is not None

    def written(self, text: str) -> str:
        """`text` as it may be written down: without secrets and without user names."""
        text = self.text(text)
        return text if self._user_name is None else self._user_name.sub(USER_NAME, text)

    def holds_secret(self, text: str) -> bool:
        """Whether a known secret stands in `text`."""
        return any(secret in text for secret, _ in self._replacements)


def _written_forms(secret: str) -> set[str]:
    """The ways in which a secret may stand in a text."""
    quoted = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    forms = {
        secret,
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        *quoted,
        *(_PERCENT.sub(lambda match: match[0].lower(), form) for form in quoted),
    }
    raw = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        # In the middle of a longer text, such as user:password, it begins at any of three bit positions.
        encoded = base64.b64encode(bytes(before) + raw).decode()
        whole = encoded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]
        if len(whole) >= _MIN_BASE64:
            forms |= {whole, whole.replace("+", "-").replace("/", "_")}
    return forms
