"""Inputs that several suites try: bodies and texts chosen because services have tripped over them."""

from __future__ import annotations

#: Bodies that are no JSON object; each must be refused. Empty bodies are a case of their own.
#: FIELDS stands for the fields of a good volume (see `Api.filled`), as a lenient reader may make one.
BODIES_THAT_ARE_NO_OBJECT: dict[str, bytes] = {
    "not JSON": b"volume",
    "cut off": b'{"volume": ',
    "trailing garbage": b'{"volume": FIELDS} x',
    "array": b"[]",
    "string": b'"volume"',
    "number": b"5",
    "null": b"null",
    "invalid UTF-8": b'{"volume": FIELDS, "note": "\xff\xfe"}',
}

#: Media types that a JSON body must not hide behind.
CONTENT_TYPES_THAT_ARE_NOT_JSON = ("text/plain", "application/xml", "application/x-www-form-urlencoded")

#: Texts by what is special about them. None is trimmed by Cinder, none is longer than 255 characters.
TEXTS: dict[str, str] = {
    "korean": "볼륨 이름",
    "korean first": "가 then latin",
    "japanese": "ボリューム",
    "chinese": "卷名称",
    "arabic": "حجم",
    "hebrew": "כרך",
    "umlauts": "Größe Ünïcödé",
    "cyrillic": "Том",
    "thai": "ปริมาณ",
    "combining": "e\u0301 n\u0303",
    "emoji": "💾 disk",
    "emoji family": "👨‍👩‍👧‍👦",
    "markup": "<b>&\"'</b>",
    "percent": "100% %20 %s {0} ${x}",
    "quotes": "\"'`«»",
    "backslash": "a\\b\\n",
    "slash": "a/b/../c",
    "sql": "'; DROP TABLE volumes; --",
    "newline": "a\nb",
    "tab": "a\tb",
    "digits": "0123456789",
    "null word": "null",
    "true word": "true",
    "uuid": "5aa119a8-d25b-45a7-8d1b-88e127885635",
}
