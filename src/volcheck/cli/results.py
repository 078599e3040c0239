"""The commands that work on results: compare, merge, history, badge."""

from __future__ import annotations

from pathlib import Path

import click

from volcheck.errors import UsageError
from volcheck.results.files import make_folder, read_result, write_json, write_text

_FILE = click.Path(path_type=Path, dir_okay=False)
_RESULT = click.Path(path_type=Path)
_LANGUAGE = click.option(
    "--lang",
    type=click.Choice(["en", "ko"]),
    default="en",
    show_default=True,
    help="Language of what is printed, and in which pages open.",
)

#: Folders of results are searched so deep, and for so many, and no further.
_RESULTS_AT_MOST = 2000


@click.command()
@click.argument("before", type=_RESULT)
@click.argument("after", type=_RESULT)
@click.option("--html", type=_FILE, help="Write the comparison as one HTML page.")
@click.option("--markdown", type=_FILE, help="Write the comparison as Markdown.")
@click.option("--json", "json_", type=_FILE, help="Write the comparison as JSON (comparison.schema.json).")
@click.option(
    "--fail-on",
    type=click.Choice(["regression", "drift"]),
    default="regression",
    show_default=True,
    help="What ends with exit code 1: a requirement that regressed, or also any change of what was observed.",
)
@_LANGUAGE
@click.pass_context
def compare(
    context: click.Context,
    before: Path,
    after: Path,
    html: Path | None,
    markdown: Path | None,
    json_: Path | None,
    fail_on: str,
    lang: str,
) -> None:
    """Tell what changed between two runs: BEFORE and AFTER are result.json files, or the folders they are in.

    Exit codes: 0 nothing regressed, 1 a requirement regressed (or, with --fail-on drift, an observation
    changed), 2 a file can't be read.
    """
    from rich.console import Console

    from volcheck.report.comparison import comparison_markdown, print_comparison, write_comparison_html
    from volcheck.report.console import say_what_was_taken_out
    from volcheck.results.compare import compare as compare_results
    from volcheck.results.compare import exit_code

    comparison = compare_results(read_result(before), read_result(after))
    if html is not None:
        write_comparison_html(html, comparison, lang)
    if markdown is not None:
        write_text(markdown, comparison_markdown(comparison, lang))
    if json_ is not None:
        write_json(json_, comparison)
    print_comparison(comparison, Console(), lang)
    say_what_was_taken_out()
    context.exit(exit_code(comparison, fail_on == "drift"))


@click.command()
@click.argument("results", nargs=-1, required=True, type=_RESULT)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write to.",
)
@_LANGUAGE
@click.pass_context
def merge(context: click.Context, results: tuple[Path, ...], output: Path, lang: str) -> None:
    """Put the results of separate jobs together.

    Results of one endpoint become one result with its reports. Results of several endpoints also become a
    matrix of requirements by endpoint (endpoints.html, endpoints.md, endpoints.json), and a folder for each
    endpoint.

    Exit codes: the worst verdict of all: 1 not conformant, 3 inconclusive, 0 conformant; 2 a file can't be
    read.
    """
    from volcheck.report.console import say, say_what_was_taken_out
    from volcheck.report.endpoints import endpoints_markdown, write_endpoints_html
    from volcheck.report.text import in_language, one_line
    from volcheck.report.write import write_reports
    from volcheck.results.merge import by_endpoint, endpoint_matrix

    merged = by_endpoint([read_result(path) for path in results])
    if len(merged) == 1:
        write_reports(merged[0], output, lang=lang)
        say(in_language(merged[0]["verdict"]["sentence"], lang))
        say_what_was_taken_out()
        context.exit(merged[0]["verdict"]["exit_code"])
    matrix = endpoint_matrix(merged)
    make_folder(output)
    folders = [f"endpoint-{number}" for number in range(1, len(merged) + 1)]
    for folder, result in zip(folders, merged, strict=True):
        write_reports(result, output / folder, lang=lang)
    write_endpoints_html(output / "endpoints.html", matrix, lang, folders)
    write_text(output / "endpoints.md", endpoints_markdown(matrix, lang))
    write_json(output / "endpoints.json", matrix)
    for number, side in enumerate(matrix["endpoints"], start=1):
        sentence = in_language(side["sentence"], lang)
        say(f"endpoint-{number} {one_line(side['endpoint'])}: {one_line(sentence, 1000)}")
    say_what_was_taken_out()
    context.exit(matrix["exit_code"])


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("-o", "--output", required=True, type=_FILE, help="The HTML page to write.")
@_LANGUAGE
def history(folder: Path, output: Path, lang: str) -> None:
    """Draw the trend over the results in FOLDER: its *.json files, and every result.json below it."""
    from volcheck.report.console import say, say_what_was_taken_out
    from volcheck.report.history import write_history_html

    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name the one that holds the results.")
    paths = sorted({*folder.glob("*.json"), *folder.glob("**/result.json")})
    if not paths:
        raise UsageError(f"{folder}: holds no results; put result.json files in it, each in its own folder.")
    if len(paths) > _RESULTS_AT_MOST:
        raise UsageError(f"{folder}: {len(paths)} results are too many for one page ({_RESULTS_AT_MOST}).")
    results = [read_result(path) for path in paths]
    write_history_html(output, results, lang)
    say(f"{len(results)} → {output}")
    say_what_was_taken_out()


@click.command()
@click.argument("result", type=_RESULT)
@click.option("-o", "--output", required=True, type=_FILE, help="The JSON file to write.")
@click.option("--label", default="Volume API v2", show_default=True, help="What stands on the badge's left.")
def badge(result: Path, output: Path, label: str) -> None:
    """Write the verdict of RESULT as the JSON that badge services read."""
    from volcheck.report.console import say, say_what_was_taken_out
    from volcheck.results.badge import badge as make_badge

    made = make_badge(read_result(result), label)
    write_json(output, made)
    say(f"{made['message']} → {output}")
    say_what_was_taken_out()
