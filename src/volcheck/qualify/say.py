"""What `volcheck qualify` prints."""

from __future__ import annotations

from volcheck.qualify.model import (
    DefectRecord,
    LibertyRecord,
    Matrix,
    called_wrong,
    median_first_catch,
    rate,
    survivors,
)


def line(record: DefectRecord) -> str:
    """One run in one line."""
    name = record["name"] or "(honest)"
    catches = record["catches"]
    if catches:
        first = catches[0]
        more = f" and {len(catches) - 1} more" if len(catches) > 1 else ""
        return f"{name}: {first['requirement']} after {first['seconds']:.1f} s{more}"
    note = f" ({record['note']})" if record["note"] else ""
    quiet = record["fate"] == "survived" and not record["name"]
    return f"{name}: {'nothing failed' if quiet else record['fate']}{note}"


def liberty_line(record: LibertyRecord) -> str:
    """One run with liberties in one line."""
    if record["breaches"]:
        first = record["breaches"][0]
        more = f" and {len(record['breaches']) - 1} more" if len(record["breaches"]) > 1 else ""
        return f"{record['name']}: CALLED WRONG by {first['requirement']}: {first['message']}{more}"
    warnings = f", {len(record['warnings'])} warnings" if record["warnings"] else ""
    untested = f", untested {', '.join(record['inconclusive'])}" if record["inconclusive"] else ""
    note = f" ({record['note']})" if record["note"] and record["fate"] != "left alone" else ""
    return f"{record['name']}: {record['fate']}{warnings}{untested}{note}"


def summary(matrix: Matrix, *, silent: bool) -> str:
    """The figures, the survivors and, where `silent` asks for them, the requirements that caught nothing."""
    strict, must = rate(matrix, must_only=False), rate(matrix, must_only=True)
    first = median_first_catch(matrix)
    lines = [
        "",
        f"caught {strict['caught']} of {strict['defects']} defects ({strict['rate']:.1%}), "
        f"{must['caught']} ({must['rate']:.1%}) by must requirements alone",
        f"median time to the first failure: {'–' if first is None else f'{first:.1f} s'} from a run's start "
        f"({matrix['startup']:.1f} s of it loading)",
        f"{len(matrix['defects'])} runs in {matrix['duration']:.0f} s, {matrix['jobs']} at a time, "
        f"{matrix['cpu']:.0f} processor seconds, "
        f"profile {matrix['profile']}, seed {matrix['seed']}",
    ]
    if matrix["liberties"]:
        alone = [each for each in matrix["liberties"] if len(each["liberties"]) == 1]
        wrong = called_wrong(matrix)
        lines.append(
            f"{len(alone)} liberties and {len(matrix['liberties']) - len(alone)} sets of them: {len(wrong)} not left alone"
        )
        lines += [liberty_line(each) for each in wrong]
    for catch in matrix["control"]["catches"]:
        lines.append(f"FALSE ALARM at the honest endpoint: {catch['requirement']}: {catch['message']}")
    if matrix["control"]["fate"] in ("lost", "refused"):
        lines.append(f"The run against the honest endpoint failed: {matrix['control']['note']}")
    for each in survivors(matrix):
        why = each["reason"] or f"NO REASON GIVEN: {each['note'] or 'strengthen the suites'}"
        lines.append(f"{each['fate']}: {each['name']} ({each['description']}) {why}")
    for quiet in matrix["silent"] if silent else ():
        lines.append(f"caught nothing: {quiet['requirement']} {quiet['reason'] or 'NO REASON GIVEN'}")
    return "\n".join(lines)
