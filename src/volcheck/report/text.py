"""Making text that came from an endpoint fit to be shown.

An endpoint chooses what its answers say, and our reports quote them. Whatever could move a cursor, reverse
a line, end an XML document or break an encoder is shown as an escape instead, here and only here.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence

from volcheck.results.model import ExchangeRecord, RequestRecord, ResponseRecord, Result, Text

# C0 and C1 controls but tab and newline, lone surrogates, non-characters that XML forbids, whatever reorders text or
# ends its line, and whatever is there and can't be seen: Unicode's default ignorable code points and its blanks that
# are no spaces (soft hyphen, zero-width marks, fillers, variation selectors, tags).
_UNFIT_CLASS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
# Marks that stand above and below the letter before them: a few are spelling, many cover the lines around.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ua66f-\ua672\ufe20-\ufe2f"
)
_MARKS_AT_MOST = 4
_UNFIT = re.compile(f"[{_UNFIT_CLASS}]|(?<=[{_MARKS}]{{{_MARKS_AT_MOST}}})[{_MARKS}]")

#: Bodies longer than this many characters are cut where a report quotes them.
BODY_LIMIT = 4000
_LINE = 140


def in_language(text: Text, language: str) -> str:
    """The sentence in a language: Korean for "ko", English for anything else."""
    return text["ko" if language == "ko" else "en"]


def visible(text: str) -> str:
    """`text` with every character that is unsafe to print, or can't be seen, replaced by its escape, e.g. `\\x1b`."""
    return _UNFIT.sub(_escape, text)


def one_line(text: str, limit: int = 300) -> str:
    """`visible(text)` on a single line, cut at `limit` characters."""
    return cut(" ".join(visible(text).split()), limit)


def cut(text: str, limit: int) -> str:
    """The first `limit` characters of `text`; says how many more there were."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def pretty_body(body: str, limit: int = BODY_LIMIT) -> str:
    """A body as it is read best: JSON broken into lines, anything else as it came; cut at `limit` characters."""
    if body[:1] in ("{", "[") and len(body) <= 20_000:
        try:
            body = _laid_out(json.loads(body), "")
        except (ValueError, RecursionError):
            return cut(body, limit)
    return cut(body, limit)


def _laid_out(value: object, margin: str) -> str:
    """JSON with what is short on one line, so that a list of many small things stays readable."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(margin) + len(flat) <= _LINE:
        return flat
    inner = f"{margin}  "
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(item, inner)}" for key, item in value.items()
        ]
    else:
        parts = [_laid_out(item, inner) for item in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{margin}{closing}"


def request_text(request: RequestRecord, limit: int = BODY_LIMIT) -> str:
    """A request as HTTP shows it: request line, headers, empty line, body."""
    lines = [f"{request['method']} {cut(request['url'], limit)}", *_headers(request["headers"])]
    if request["body"]:
        lines += ["", pretty_body(request["body"], limit)]
    return "\n".join(lines)


def response_text(exchange: ExchangeRecord, limit: int = BODY_LIMIT) -> str:
    """A response as HTTP shows it, or the sentence why there was none."""
    response: ResponseRecord | None = exchange["response"]
    if response is None:
        return f"(no answer: {exchange['error'] or 'the reason was not recorded'})"
    lines = [f"{response['status']} {response['reason']}".rstrip(), *_headers(response["headers"])]
    if response["body"]:
        lines += ["", pretty_body(response["body"], limit)]
    if response["truncated"]:
        lines.append("(the body went on)")
    return "\n".join(lines)


def seconds(value: float) -> str:
    """A duration for people: `412 µs`, `13 ms`, `1.25 s`, `3 min 05 s`."""
    if value == 0:
        return "0 s"
    if value < 0.001:
        return f"{value * 1e6:.0f} µs"
    if value < 1:
        return f"{value * 1e3:.3g} ms" if value < 0.9995 else "1 s"
    if value < 60:
        return f"{value:.3g} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s"


#: What `--concurrency` is where nothing else is asked for.
USUAL_CONCURRENCY = 8


def repeat_command(result: Result, only: str | None = None) -> str:
    """The command line that makes this run again; `only` narrows it to one requirement or operation."""
    run, endpoint = result["run"], result["endpoint"]
    words = ["volcheck", "run"]
    if endpoint["cloud"] is not None:
        words += ["--cloud", endpoint["cloud"]]
    elif endpoint["embedded"] is None:
        words += ["--endpoint", endpoint["url"], "--project-id", endpoint["project_id"]]
    else:
        words += [f"--reference-option={option}" for option in endpoint["embedded"]]
    if (edition := result["contract"].get("edition", "2020")) != "2020":
        words += ["--edition", edition]
    words += ["--profile", run["profile"], "--seed", str(run["seed"])]
    words += ["--strict"] * run["strict"] + ["--read-only"] * run["read_only"]
    if run["concurrency"] != USUAL_CONCURRENCY:
        words += ["--concurrency", str(run["concurrency"])]
    if "deadline" in run:
        words += ["--deadline", f"{run['deadline']:g}"]
    if "max_failures" in run:
        words += ["--max-failures", str(run["max_failures"])]
    if only is None:
        for shard in run.get("shards", ()):
            words += ["--shard", shard]
    for selected in [only] if only else run["selection"]:
        words += ["--only", selected]
    return shlex.join(words)


def grouped(problems: Sequence[str]) -> list[str]:
    """Problems as lines; what several tests met is one: `sentence (14 tests: suites/…::test_by_name, …)`."""
    met: dict[str, list[str]] = {}
    for problem in problems:
        test, _, sentence = problem.partition(": ")
        if "::" in test:
            met.setdefault(sentence, []).append(test)
        else:
            met.setdefault(problem, [])
    lines = []
    for sentence, tests in met.items():
        if len(tests) > 1:
            functions = dict.fromkeys(test.partition("[")[0] for test in tests)
            lines.append(f"{sentence} ({len(tests)} tests: {', '.join(functions)})")
        else:
            lines.append(": ".join([*tests, sentence]))
    return lines


def _headers(headers: dict[str, str]) -> list[str]:
    shown = [f"{cut(name, 200)}: {cut(value, 500)}" for name, value in list(headers.items())[:40]]
    return shown if len(headers) <= 40 else [*shown, f"({len(headers) - 40} more headers)"]


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
