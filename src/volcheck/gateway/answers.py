"""What a transport gives, as a response without secrets."""

from __future__ import annotations

from volcheck.gateway.exchange import Response
from volcheck.gateway.redaction import Redactor
from volcheck.gateway.transport import Answer

#: What a failed transport says may quote an answer: so many characters of it are kept.
_SENTENCE = 300


def decoded(answer: Answer, redactor: Redactor) -> Response:
    """The response that an answer is: text, without secrets, and whether it had any.

    All of it is looked at as it came, before anything is cut off: also what came of the body beyond its limit.
    """
    whole = answer.body + answer.tail
    read = answer.body.decode("utf-8", "replace")
    body, headers, reason = read, dict(answer.headers), answer.reason
    echoes = redactor.holds_secret(_bytes(reason, *headers, *headers.values()) + b"\n" + whole)
    if echoes:
        reason = redactor.text(reason)
        headers = {redactor.text(name): redactor.text(value) for name, value in headers.items()}
        body = redactor.begin(whole.decode("utf-8", "replace"), len(read))
    return Response(
        status=answer.status,
        reason=reason,
        headers=headers,
        body=body,
        truncated=answer.truncated,
        utf8=_is_utf8(answer.body),
        echoes_secret=echoes,
    )


def sentence(failure: Exception, redactor: Redactor) -> tuple[str, bool]:
    """Why there was no answer, without secrets and of a sensible length, and whether it quoted a secret."""
    text = str(failure)
    clean = redactor.text(text)
    if len(clean) > _SENTENCE:
        clean = clean[: _SENTENCE - 1] + "…"
    return clean, redactor.holds_secret(_bytes(text))


def _bytes(*texts: str) -> bytes:
    return "\n".join(texts).encode("utf-8", "surrogatepass")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
