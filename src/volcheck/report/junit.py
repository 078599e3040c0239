"""junit.xml: the result in the words of CI servers.

One suite per family, one case per test, under the requirement it tests. Names stay the same from run to
run, so that a CI server can follow a case through time. A case fails here if and only if it turns the
verdict: known failures and recommendations are told of otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from volcheck.report.failures import failure_text
from volcheck.report.text import visible
from volcheck.results.model import Failure, RequirementRecord, Result, TestRecord
from volcheck.results.verdict import fails

_FAILURES_AT_MOST = 20


def junit(result: Result) -> bytes:
    """The whole of junit.xml, UTF-8, well-formed whatever the endpoint sent."""
    families: dict[str, list[ElementTree.Element]] = {}
    tests: dict[str, list[TestRecord]] = {}
    for test in result["tests"]:
        tests.setdefault(test["requirement"], []).append(test)
    broken_by: dict[str, str] = {}
    for requirement in result["requirements"]:
        for failure in requirement["failures"]:
            broken_by.setdefault(failure["test"], requirement["id"])
    for requirement in result["requirements"]:
        cases = families.setdefault(requirement["family"], [])
        cases.extend(
            _cases(requirement, tests.get(requirement["id"], []), broken_by, result["run"]["strict"])
        )
    if broken := [
        *([result["run"]["stopped"]] if "stopped" in result["run"] else ()),
        *result["run"].get("breakdowns", ()),
    ]:
        families["run"] = [_run_case(text["en"]) for text in broken]
    problems = result.get("waiver_problems", [])
    if problems:
        families["waivers"] = [_waiver_case(problem) for problem in problems]

    root = ElementTree.Element("testsuites", name="volcheck")
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for family, cases in families.items():
        counts = {
            "tests": len(cases),
            "failures": sum(case.find("failure") is not None for case in cases),
            "errors": sum(case.find("error") is not None for case in cases),
            "skipped": sum(case.find("skipped") is not None for case in cases),
        }
        suite = ElementTree.SubElement(root, "testsuite", name=visible(family))
        suite.attrib |= {name: str(number) for name, number in counts.items()}
        suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
        suite.set("timestamp", result["run"]["started"].removesuffix("Z").removesuffix("+00:00"))
        suite.set("hostname", visible(result["endpoint"]["name"] or result["endpoint"]["url"]))
        suite.extend(cases)
        for name, number in counts.items():
            totals[name] += number
    root.attrib |= {name: str(number) for name, number in totals.items()}
    root.set("time", f"{result['run']['duration']:.3f}")
    ElementTree.indent(root, " ")
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _cases(
    requirement: RequirementRecord, tests: list[TestRecord], broken_by: dict[str, str], strict: bool
) -> Iterator[ElementTree.Element]:
    """A case for every test of the requirement, and for every other test that saw it broken; at least one."""
    failures: dict[str, list[Failure]] = {}
    for failure in requirement["failures"]:
        failures.setdefault(failure["test"], []).append(failure)
    own = {test["id"] for test in tests}
    elsewhere = [failure for name, found in failures.items() if name not in own for failure in found]
    for test in tests:
        case = _case(requirement, test["id"], test["duration"])
        found = failures.get(test["id"], [])
        if not found and test["outcome"] == "failed":
            # A case that stands for all exchanges tells of what any test saw.
            found, elsewhere = elsewhere, []
        if found:
            _tell(case, requirement, found, strict)
        elif test["outcome"] == "error":
            _child(case, "error", test["reason"] or "the test itself broke", test["reason"])
        elif test["outcome"] == "failed" and test["id"] in broken_by:
            _child(case, "skipped", f"stopped by a failure of {broken_by[test['id']]}")
        elif test["outcome"] == "failed":
            _tell(case, requirement, [_unexplained(test)], strict)
        elif test["outcome"] in ("inconclusive", "not applicable"):
            reason = test["reason"] or requirement["reason"] or "no reason was recorded"
            _child(case, "skipped", f"{test['outcome']}: {reason}")
        yield case
    for name in dict.fromkeys(failure["test"] for failure in elsewhere):
        case = _case(requirement, name, 0.0)
        _tell(case, requirement, failures[name], strict)
        yield case
    if not tests and not requirement["failures"]:
        case = _case(requirement, requirement["id"], 0.0)
        if requirement["outcome"] != "passed":
            _child(
                case, "skipped", f"{requirement['outcome']}: {requirement['reason'] or 'no test reached it'}"
            )
        yield case


def _case(requirement: RequirementRecord, name: str, duration: float) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        classname=visible(f"{requirement['family']}/{requirement['id']}"),
        name=visible(name),
        time=f"{duration:.3f}",
    )
    properties = ElementTree.SubElement(case, "properties")
    for key, value in (
        ("requirement", requirement["id"]),
        ("level", requirement["level"]),
        ("source", requirement["source"]),
    ):
        ElementTree.SubElement(properties, "property", name=key, value=visible(value))
    return case


def _tell(
    case: ElementTree.Element, requirement: RequirementRecord, failures: list[Failure], strict: bool
) -> None:
    """Put failures into the case: as failure, skip (waived) or warning, as they turn the verdict or not."""
    text = "\n\n".join(failure_text(requirement, failure) for failure in failures[:_FAILURES_AT_MOST])
    if len(failures) > _FAILURES_AT_MOST:
        text += f"\n\n({len(failures) - _FAILURES_AT_MOST} more in result.json)"
    waiver = requirement.get("waiver")
    if requirement["outcome"] == "waived" and waiver is not None:
        _child(case, "skipped", f"waived: {waiver['reason']} {waiver['ticket']}")
        _child(case, "system-out", None, text)
    elif fails(requirement, strict):
        _child(case, "failure", f"{requirement['id']}: {failures[0]['message']}", text)
    else:
        _child(case, "system-out", None, f"warning: {text}")


def _child(case: ElementTree.Element, tag: str, message: str | None, text: str = "") -> None:
    child = ElementTree.SubElement(case, tag)
    if message is not None:
        child.set("message", visible(message))
    if text:
        child.text = visible(text)


def _unexplained(test: TestRecord) -> Failure:
    message = test["reason"] or "the test failed and gave no reason"
    return {"test": test["id"], "message": message, "expected": "", "got": "", "exchange": None, "count": 1}


def _run_case(sentence: str) -> ElementTree.Element:
    """What kept the run from being whole: an error, so that no CI server takes the rest for all."""
    case = ElementTree.Element("testcase", classname="run", name="the run itself", time="0.000")
    _child(case, "error", sentence, sentence)
    return case


def _waiver_case(problem: str) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname="waivers", name=visible(problem), time="0.000")
    _child(case, "failure", problem, problem)
    return case
