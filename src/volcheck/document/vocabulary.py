"""The words of published guides: headings, columns and cells, in Korean, English and Japanese.

All keys are as `normal` makes them. A new edition that uses another word needs a line here and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final, Literal

from volcheck.document.facts import Kind, Location

Role = Literal["request", "response", "example", "request example", "response example"]
Column = Literal["name", "in", "type", "required", "status", "code", "fault", "limits", "description"]


def normal(text: str) -> str:
    """A heading or cell without case, markup, numbering and the punctuation around it."""
    text = re.sub(r"^\d+(\.\d+)*[.)]\s*", "", text.strip().casefold())
    return " ".join(text.strip("*_`:： ").split())


#: Headings that divide an operation.
ROLES: Final[Mapping[str, Role]] = {
    **dict.fromkeys(
        ("요청", "request", "リクエスト", "要求", "request parameters", "요청 파라미터", "请求"), "request"
    ),
    **dict.fromkeys(
        ("응답", "response", "レスポンス", "応答", "response parameters", "응답 파라미터", "响应"), "response"
    ),
    **dict.fromkeys(("예제", "예시", "예", "example", "examples", "例", "サンプル"), "example"),
    **dict.fromkeys(("요청 예제", "요청 예시", "request example", "リクエスト例"), "request example"),
    **dict.fromkeys(("응답 예제", "응답 예시", "response example", "レスポンス例"), "response example"),
}

#: Column headings → what the column may hold, the likelier first. English guides write "Type" for the place
#: and "Format" or "Property" for the type; alone, "Type" is the type.
COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = {
    **dict.fromkeys(
        ("이름", "name", "파라미터", "parameter", "필드", "field", "名前", "パラメータ", "名称"), ("name",)
    ),
    **dict.fromkeys(("종류", "구분", "in", "location", "種類", "場所", "区分", "位置"), ("in",)),
    **dict.fromkeys(
        (
            "형식",
            "속성",
            "타입",
            "format",
            "property",
            "data type",
            "型",
            "形式",
            "属性",
            "プロパティ",
            "タイプ",
        ),
        ("type",),
    ),
    "type": ("type", "in"),
    **dict.fromkeys(("필수", "필수 여부", "required", "mandatory", "必須", "必選", "必选"), ("required",)),
    **dict.fromkeys(
        ("상태 명", "상태명", "상태", "status", "status name", "状態", "ステータス", "状態名"), ("status",)
    ),
    **dict.fromkeys(("상태 코드", "응답 코드", "코드", "status code", "code", "ステータスコード"), ("code",)),
    **dict.fromkeys(("오류 이름", "오류", "fault", "error", "エラー"), ("fault",)),
    **dict.fromkeys(("제약", "limits", "constraints", "制約"), ("limits",)),
    **dict.fromkeys(("설명", "description", "meaning", "説明", "说明"), ("description",)),
}

LOCATIONS: Final[Mapping[str, Location]] = {
    **dict.fromkeys(("uri", "url", "path"), "path"),
    **dict.fromkeys(("query", "querystring", "query string", "쿼리", "クエリ"), "query"),
    **dict.fromkeys(("header", "헤더", "ヘッダ", "ヘッダー"), "header"),
    **dict.fromkeys(("body", "본문", "ボディ", "本文"), "body"),
}

TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("string", "str", "문자열", "文字列"), "string"),
    **dict.fromkeys(("uuid",), "uuid"),
    **dict.fromkeys(("integer", "int", "long", "정수", "整数"), "integer"),
    **dict.fromkeys(("number", "float", "double", "숫자", "数値"), "number"),
    **dict.fromkeys(("boolean", "bool"), "boolean"),
    **dict.fromkeys(("object", "dict", "map", "객체", "オブジェクト"), "object"),
    **dict.fromkeys(("array", "list", "배열", "配列"), "array"),
    **dict.fromkeys(("enum", "열거형", "列挙型"), "enum"),
    **dict.fromkeys(("datetime", "date-time", "timestamp"), "datetime"),
}

REQUIRED: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("o", "○", "◯", "y", "yes", "true", "required", "필수", "必須", "✓", "✔"), True),
    **dict.fromkeys(("-", "–", "—", "", "x", "×", "n", "no", "false", "optional", "선택", "任意"), False),
}

#: Labels of things to click, which say nothing about the API.
LABELS: Final[frozenset[str]] = frozenset(
    ("펼쳐 보기", "펼치기", "접기", "expand", "show", "details", "見る", "展開", "開く")
)

#: Sentences which say that there is no body.
NO_BODY: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("request", re.compile(r"요청 본문을 (요구하지|필요로 하지) 않")),
    ("request", re.compile(r"(requires? no|not (require|need|take|expect) a) request body", re.I)),
    ("request", re.compile(r"リクエスト(本文|ボディ)を(必要と|要求)しません")),
    ("response", re.compile(r"응답 본문을 (반환|리턴)하지 않")),
    ("response", re.compile(r"(returns? no|not return a) response body", re.I)),
    ("response", re.compile(r"レスポンス(本文|ボディ)を返(しません|却しません|さない)")),
)

#: Columns that are known by their cells, with the words of each.
CELLS: Final[Mapping[Column, Collection[str]]] = {"in": LOCATIONS, "type": TYPES, "required": REQUIRED}
