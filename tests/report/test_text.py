"""What an endpoint says can neither act on a terminal nor hide in a line."""

import unicodedata

import pytest

from volcheck.report.text import one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202eabc", "\\u202eabc"),
        ("\u2066a\u2069", "\\u2066a\\u2069"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("a\u2060b\u00adc", "a\\u2060b\\xadc"),
        ("\u3164\u115f\uffa0", "\\u3164\\u115f\\uffa0"),
        ("\U000e0041\U000e0100", "\\U000e0041\\U000e0100"),
        ("v\ufe0f", "v\\ufe0f"),
        ("a" + "\u0301" * 7, "a" + "\u0301" * 4 + "\\u0301" * 3),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_can_not_be_seen_is_shown(text, shown):
    assert visible(text) == shown
    assert one_line(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "볼륨을 찾을 수 없습니다",
        "tab\tand\nline",
        "e\u0301e\u0300",
        "ไม่พบ",
        "ボリューム",
        "가\u1161\u11a8",
        "🙂",
    ],
)
def test_what_can_be_read_stays(text):
    assert visible(text) == text


def test_no_character_of_a_kind_that_is_never_seen_gets_through():
    hidden = [
        chr(code)
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]
    passed = [f"U+{ord(each):04X}" for each in hidden if visible(each) == each and each not in "\t\n"]
    assert passed == []
