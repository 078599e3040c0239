"""Text beyond ASCII."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from volcheck.reference.call import Call, Reply
from volcheck.reference.defects.registry import defect
from volcheck.reference.faults import server_error
from volcheck.reference.world import Snapshot, Volume

Body = dict[str, Any]


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii")


def _basic(text: str) -> str:
    """Without the characters beyond the basic plane."""
    return "".join(letter for letter in text if ord(letter) < 0x10000)


@defect("unicode-name-question-marks", "In names, all but ASCII becomes question marks.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.name:
        made.name = _ascii(made.name)
    return made


@defect("unicode-metadata-question-marks", "In metadata, all but ASCII becomes question marks.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.metadata = {key: _ascii(value) for key, value in made.metadata.items()}
    return made


@defect("unicode-snapshot-name-mojibake", "A snapshot's name is UTF-8 read as Latin-1.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Snapshot) and made.name:
        made.name = made.name.encode("utf-8", "surrogatepass").decode("latin-1")
    return made


@defect("unicode-list-mojibake", "In the plain list names are UTF-8 read as Latin-1.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "list" and body["name"]:
        body["name"] = body["name"].encode("utf-8", "surrogatepass").decode("latin-1")
    return body


@defect("unicode-emoji-fails", "A name with an emoji is answered 500.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.name and _basic(made.name) != made.name:
        raise server_error()
    return made


@defect("unicode-decomposed", "Names are stored decomposed.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.name:
        made.name = unicodedata.normalize("NFD", made.name)
    return made


@defect("unicode-byte-order-mark", "volumes/detail begins with a byte order mark.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    if call.operation == "list_volumes_detail" and reply.status == 200:
        reply.raw = b"\xef\xbb\xbf" + json.dumps(reply.document).encode("ascii")
    return reply
