"""Secrets are taken out where exchanges are recorded, and once more of everything that is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from volcheck.endpoint.resolve import SECRET_VARIABLES, USER_NAME_VARIABLE
from volcheck.gateway.credential_forms import without_credentials
from volcheck.gateway.spotting import LEAST, Span, Spotter

REDACTED = "[redacted]"
USER_NAME = "[OS_USERNAME]"
TOKEN = "$OS_TOKEN"
OTHER_TOKEN = "$OS_OTHER_TOKEN"
_MIN_LENGTH = 4
#: A shorter secret may be a word that has nothing to do with it.
_MIN_CERTAIN = 8
#: Texts of so many characters at most, and so many of them, are known again once they were found clean.
_SHORT, _REMEMBERED = 200, 10_000


class Redactor:
    """Replaces known secrets in any text, in whatever form and also where only a part of them stands (see `Spotter`).

    Secrets are added as they become known (a renewed token). Those shorter than four characters are not replaced:
    they would match everywhere and hide nothing. Those that may be words that an API says of itself (shorter than
    eight characters, or one of only letters that is shorter than sixteen, as is `openstack`) are left in what is
    judged, and go where exchanges and findings are written down: by `written`.

    So do user names, which are no secrets: as whole words.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._spotter = Spotter()
        self._names: list[str] = []
        self._known: dict[str, str] = {}
        self._clean: set[str] = set()
        self._words: list[tuple[str, str]] = []
        self._user_names: list[str] = []
        self._user_name: re.Pattern[str] | None = None
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str | None, *, name: str = REDACTED) -> None:
        """Replace `secret` by `name` from now on. The first name that a secret is given stays."""
        if not secret or len(secret) < _MIN_LENGTH or secret in self._known:
            return
        self._known[secret] = name
        if is_word(secret):
            self._words += [(form, name) for form in {secret, quote(secret, safe=""), _in_json(secret)}]
            self._words.sort(key=lambda pair: -len(pair[0]))
        else:
            self._names.append(name)
            self._spotter.add(secret)
        # Another thread may have found it clean meanwhile.
        self._clean = set()

    def add_public(self, text: str) -> None:
        """`text`, such as the endpoint's URL, is no secret, also where it is a part of one."""
        self._spotter.add_public(text)

    def add_user_name(self, name: str | None) -> None:
        """Leave this user name out of whatever is written from now on."""
        if not name or name in self._user_names:
            return
        self._user_names.append(name)
        forms = {form for each in self._user_names for form in (each, quote(each, safe=""), _in_json(each))}
        longest = sorted(forms, key=len, reverse=True)
        self._user_name = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest)) + r")(?!\w)")

    def holds_secret(self, data: bytes) -> bool:
        """Whether a secret that is certain to be none of the API's own words stands in `data`."""
        return self._spotter.finds(data)

    def text(self, text: str) -> str:
        """`text` without secrets. One that is nothing but a secret is replaced even where that may be a word."""
        if text in self._clean:
            return text
        clean = self._known.get(text) or self.begin(text, len(text))
        # Most headers, paths and URLs of a run are the same again and again.
        if clean == text and len(text) <= _SHORT and len(self._clean) < _REMEMBERED:
            self._clean.add(text)
        return clean

    def begin(self, text: str, length: int) -> str:
        """The first `length` characters of `text` without secrets; what begins in them and ends behind goes as well."""
        data = text.encode("utf-8", "surrogatepass")
        spans = self._spotter.spans(data)
        if not spans:
            return text[:length]
        end = len(text[:length].encode("utf-8", "surrogatepass"))
        clean = self._joined(data, [span for span in spans if span.start < end], end)
        return clean.decode("utf-8", "surrogatepass")

    def written(self, text: str) -> str:
        """`text` as it may be written down: without secrets, user names and whatever looks like credentials."""
        text = self.text(text)
        for word, name in self._words:
            text = text.replace(word, name)
        if self._user_name is not None:
            text = self._user_name.sub(USER_NAME, text)
        return without_credentials(text)

    @property
    def knows_words(self) -> bool:
        """Whether there are user names, or secrets that may be words, so that `written` looks at every text."""
        return self._user_name is not None or bool(self._words)

    def portion(self, data: bytes, keep: int = 0) -> tuple[bytes, bytes, int]:
        """What is to be written of `data`, without secrets; what to look at again with what follows; how many went.

        keep: bytes at the end that may be the beginning of a secret.
        """
        spans = self._spotter.spans(data)
        end = max(0, len(data) - keep)
        end = next((span.start for span in spans if span.start < end < span.end), end)
        ours = [span for span in spans if span.start < end]
        return self._joined(data, ours, end), data[end:], len(ours)

    def _joined(self, data: bytes, spans: Iterable[Span], end: int) -> bytes:
        """The first `end` bytes with names in the place of the spans, which all begin before."""
        pieces: list[bytes] = []
        done = 0
        for span in spans:
            pieces += (data[done : span.start], self._names[span.secret].encode())
            done = span.end
        pieces.append(data[done:end])
        return b"".join(pieces)


def is_word(secret: str) -> bool:
    """Whether a secret may be a word that an API says of itself."""
    return len(secret) < _MIN_CERTAIN or (secret.isalpha() and len(secret) < LEAST)


def of_environment(environ: Mapping[str, str]) -> Redactor:
    """A redactor that knows the secrets and the user name of the environment."""
    redactor = Redactor()
    for variable in SECRET_VARIABLES:
        name = TOKEN if variable in ("OS_TOKEN", "OS_AUTH_TOKEN") else f"[{variable}]"
        redactor.add(environ.get(variable), name=name)
    redactor.add_user_name(environ.get(USER_NAME_VARIABLE))
    return redactor


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]
