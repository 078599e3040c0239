"""The credentials and the project of every endpoint of these tests, in all forms, and what such an endpoint holds.

`told` finds canaries the other way round than volcheck does, and shares no code with it: it undoes whatever looks
like an encoding, and then looks for sixteen characters in a row of a canary.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote_to_bytes

TOKEN, OTHER = "canary-token-5f3a9c71e2", "canary-other-8d21b7f0aa"
PROJECT = "5afe5afe5afe5afe5afe5afe5afe5afe"
#: Credentials of somebody else, which only the endpoint knows.
FOREIGN = "foreign-secret-4c7e9a1b2d"


def _each(text: str, form: str) -> str:
    return "".join(form.format(ord(char)) for char in text)


#: How an endpoint may write a token.
FORMS: dict[str, Callable[[str], str]] = {
    "plain": lambda s: s,
    "upper case": str.upper,
    "hex": lambda s: s.encode().hex(),
    "upper hex": lambda s: s.encode().hex().upper(),
    "percent": lambda s: _each(s, "%{:02X}"),
    "small percent": lambda s: _each(s, "%{:02x}"),
    "percent twice": lambda s: quote(_each(s, "%{:02X}")),
    "decimal entities": lambda s: _each(s, "&#{};"),
    "hexadecimal entities": lambda s: _each(s, "&#x{:X};"),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 at 1": lambda s: base64.b64encode(b"u" + s.encode()).decode(),
    "base64 at 2": lambda s: base64.urlsafe_b64encode(b"u:" + s.encode()).decode(),
    "escapes": lambda s: _each(s, "\\u{:04x}"),
    "some escapes": lambda s: s.replace("-", "\\u002d"),
    "first part": lambda s: s[:16],
    "last part": lambda s: s[-16:],
}


def told(data: bytes, *secrets: str) -> list[str]:
    """Which canaries stand in `data`, or sixteen characters in a row of them, in whatever form; and in which."""
    parts = {
        secret.lower()[at : at + 16].encode(): secret
        for secret in secrets or (TOKEN, OTHER)
        for at in range(max(1, len(secret.encode()) - 15))
    }
    return [
        f"{secret} ({how})"
        for how, view in _views(data)
        for part, secret in parts.items()
        if part in view.lower()
    ]


def _views(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "as it is", data
    for run in re.findall(rb"[0-9a-fA-F]{32,}", data):
        for shift in (0, 1):
            digits = run[shift:]
            yield "hex", bytes.fromhex(digits[: len(digits) // 2 * 2].decode())
    for run in set(re.findall(rb"[A-Za-z0-9+/_-]{20,}", data)):
        plain = run.replace(b"-", b"+").replace(b"_", b"/")
        for shift in range(4):
            inner = plain[shift:]
            yield "base64", base64.b64decode(inner[: len(inner) // 4 * 4])
    text = data
    for times in range(1, 4):
        text = unquote_to_bytes(html.unescape(text.decode("utf-8", "replace")))
        text = re.sub(rb"\\+u00([0-9a-fA-F]{2})", lambda m: bytes([int(m[1], 16)]), text)
        text = re.sub(rb"\\+(.)", rb"\1", text)
        yield f"unescaped {times} times", text


def everything(endpoint: str, project: str = PROJECT, token: str = TOKEN) -> dict[str, str]:
    """Every volume and snapshot of a project as it is shown, byte for byte, by id."""
    # Not above: faults.py forks runs whose memory it measures.
    import requests

    shown: dict[str, str] = {}
    for kind in ("volumes", "snapshots"):
        url: str | None = f"{endpoint}/{project}/{kind}/detail"
        while url:
            answer = requests.get(url, headers={"X-Auth-Token": token}, timeout=20).json()
            shown.update({item["id"]: json.dumps(item) for item in answer[kind]})
            url = next((link["href"] for link in answer.get(f"{kind}_links", ())), None)
    return shown
