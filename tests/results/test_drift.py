"""How observations changed, and how much that hurts a client."""

from __future__ import annotations

import pytest

from volcheck.results.drift import drifts

BASE = {
    "createVolume / 202 / body / / type": ["object"],
    "createVolume / 202 / body /volume / type": ["object"],
    "createVolume / 202 / body /volume / presence": ["always"],
    "createVolume / 202 / body /volume/size / type": ["integer"],
    "createVolume / 202 / body /volume/size / presence": ["always"],
    "createVolume / 202 / body /volume/links / type": ["array"],
    "createVolume / 202 / body /volume/links / presence": ["always"],
    "createVolume / 202 / body /volume/links/* / type": ["object"],
    "createVolume / 202 / body /volume/links/*/rel / type": ["string"],
    "createVolume / 202 / body /volume/links/*/rel / presence": ["always"],
    "createVolume / 202 / body /volume/links/*/rel / values": ["bookmark", "self"],
    "createVolume / 202 / header content-type": ["application/json"],
    "createVolume / 202 / header x-request-id": ["present"],
    "createVolume / 400 / fault": ["badRequest (code, message)"],
    "showVolume / 200 / body / / type": ["object"],
    "erratum E-SIZE / reading": ["contract"],
    "volume / transitions": ["creating>available"],
}


def change(**changes: list[str] | None) -> list[tuple[str, str, str]]:
    """Severity, kind and key of what changes when keys of BASE (by what they contain) get other values."""
    after = dict(BASE)
    for part, values in changes.items():
        for key in [key for key in BASE if part in key]:
            if values is None:
                del after[key]
            else:
                after[key] = values
    return [(d["severity"], d["change"], d["key"]) for d in drifts(BASE, after)]


SIZE = "createVolume / 202 / body /volume/size"
REL = "createVolume / 202 / body /volume/links/*/rel"


def test_nothing_changed() -> None:
    assert drifts(BASE, dict(BASE)) == []


@pytest.mark.parametrize(
    ("part", "values", "expected"),
    [
        ("size / type", ["string"], ("breaking", "changed", f"{SIZE} / type")),
        ("size / type", ["integer", "null"], ("breaking", "changed", f"{SIZE} / type")),
        ("size / presence", ["sometimes"], ("breaking", "changed", f"{SIZE} / presence")),
        ("rel / values", ["bookmark", "next", "self"], ("risky", "changed", f"{REL} / values")),
        ("rel / values", ["self"], ("harmless", "changed", f"{REL} / values")),
        ("/volume/size", None, ("breaking", "disappeared", SIZE)),
        ("content-type", ["text/html"], ("breaking", "changed", "createVolume / 202 / header content-type")),
        ("x-request-id", None, ("risky", "disappeared", "createVolume / 202 / header x-request-id")),
        ("fault", ["other (code)"], ("risky", "changed", "createVolume / 400 / fault")),
        ("createVolume / 400", None, ("risky", "disappeared", "createVolume / 400")),
        ("createVolume / 202", None, ("breaking", "disappeared", "createVolume / 202")),
        ("showVolume", None, ("risky", "disappeared", "showVolume / 200")),
        ("E-SIZE", ["document"], ("breaking", "changed", "erratum E-SIZE / reading")),
        ("transitions", ["creating>error"], ("risky", "changed", "volume / transitions")),
    ],
)
def test_one_change(part: str, values: list[str] | None, expected: tuple[str, str, str]) -> None:
    assert change(**{part: values}) == [expected]


def test_a_field_goes_with_all_that_is_in_it() -> None:
    (found,) = drifts(BASE, {key: value for key, value in BASE.items() if "/links" not in key})
    assert (found["key"], found["severity"]) == ("createVolume / 202 / body /volume/links", "breaking")
    assert (found["before"], found["after"], found["also"]) == (["array"], [], 5)


def test_what_appears_is_harmless_to_fields_and_told_once() -> None:
    less = {key: value for key, value in BASE.items() if "/links" not in key}
    (found,) = drifts(less, BASE)
    assert (found["severity"], found["change"], found["also"]) == ("harmless", "appeared", 5)
    assert (found["before"], found["after"]) == ([], ["array"])


def test_a_new_success_status_breaks_and_a_new_operation_does_not() -> None:
    other = {
        **BASE,
        "createVolume / 200 / body / / type": ["object"],
        "listVolumes / 200 / body / / type": ["object"],
    }
    assert [(d["severity"], d["key"]) for d in drifts(BASE, other)] == [
        ("breaking", "createVolume / 200"),
        ("risky", "listVolumes / 200"),
    ]


def test_narrower_types() -> None:
    wide = {"a / 200 / body /x / type": ["null", "string"]}
    assert drifts(wide, {"a / 200 / body /x / type": ["string"]})[0]["severity"] == "harmless"
    assert drifts(wide, {"a / 200 / body /x / type": ["null"]})[0]["severity"] == "risky"


def test_the_worst_comes_first() -> None:
    found = change(**{"rel / values": ["self"], "size / type": ["string"], "fault": ["x"]})
    assert [severity for severity, _, _ in found] == ["breaking", "risky", "harmless"]


def test_names_with_slashes_and_line_ends_are_no_trouble() -> None:
    key = "a / 200 / body /x / y\n / type"
    (found,) = drifts({key: ["string"]}, {key: ["integer"]})
    assert found["severity"] == "breaking"


def test_equal_changes_of_answers_are_told_once() -> None:
    before = {f"answers to {name} / createVolume": ["400"] for name in ("a.x", "b.y", "c.z")}
    after = {key: ["422"] for key in before}
    (found,) = drifts(before, after)
    assert (found["key"], found["also"]) == ("answers to a.x / createVolume", 2)
    assert drifts(before, {**after, "answers to c.z / createVolume": ["500"]})[1]["after"] == ["500"]


def test_a_new_answer_is_not_told_once_more_by_who_got_it() -> None:
    before = {"createVolume / 400 / fault": ["badRequest"], "answers to a.x / createVolume": ["400"]}
    after = {"createVolume / 422 / fault": ["badRequest"], "answers to a.x / createVolume": ["422"]}
    assert [d["key"] for d in drifts(before, after)] == ["createVolume / 400", "createVolume / 422"]


def test_a_lost_field_is_told_though_a_test_of_it_stopped() -> None:
    after = {key: value for key, value in BASE.items() if "/volume/size" not in key}
    (found,) = drifts(BASE, after, stopped_after={"create.size": ["createVolume"]})
    assert (found["severity"], found["before"]) == ("breaking", ["integer"])


def test_what_the_service_lists_of_itself_needs_no_more_than_one_look() -> None:
    key = "listVersions / 300 / body /versions/*/id / values"
    found = drifts({key: ["v2.0", "v3.0"]}, {key: ["v3.0"]}, stopped_after={"versions.x": ["listVersions"]})
    assert [drift["key"] for drift in found] == [key]
