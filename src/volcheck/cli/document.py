"""`volcheck document …`: read a published guide, hold it against the contract, compare editions, trace it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from volcheck.contract.overlay import BASE_EDITION

_edition = click.option(
    "--edition",
    default=BASE_EDITION,
    show_default=True,
    metavar="YEAR",
    help="The edition of the published document whose promise counts.",
)
_spec = click.option(
    "--spec", type=click.Path(path_type=Path), help="Folder of the contract.  [default: our own]"
)
_output = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write it here, not to the terminal."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def document() -> None:
    """The published guide: read it, hold it against the contract, compare its editions."""


def _write(text: str, output: Path | None) -> None:
    from volcheck.errors import UsageError

    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"Can't write {output}: {error.strerror}. Name a file in a folder that exists."
        ) from error


@document.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write the facts here, not to the terminal."
)
@click.option("--edition", help="Name of the edition; taken from the file's name when not given.")
def read(file: Path, output: Path | None, edition: str | None) -> None:
    """Read a guide (Markdown) into facts (YAML).

    Exit 0: all of it was read. 1: some lines could not be read. 2: not a guide.
    """
    from volcheck.document.facts import dump_facts
    from volcheck.document.opening import open_document

    facts = open_document(file, edition)
    _write(dump_facts(facts), output)
    counts = ", ".join(f"{number} {what}" for what, number in facts.counts().items())
    click.echo(f"{file}: {counts}", err=True)
    for lost in facts.unread:
        click.echo(
            f"{file}:{lost.line}: not read: {lost.reason} ({lost.operation or 'no operation'})", err=True
        )
    if facts.unread:
        raise click.exceptions.Exit(1)


@document.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--edition",
    metavar="YEAR",
    help="The edition that the guide is held to; recognised by its bytes, else by likeness, when not given.",
)
@_spec
@click.option("--all", "show_all", is_flag=True, help="Show what was corrected and what still stands, too.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown", "sarif", "github"]),
    default="text",
    show_default=True,
    help="How to print the answer.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@_output
def check(
    file: Path | None,
    edition: str | None,
    spec: Path | None,
    show_all: bool,
    form: str,
    as_json: bool,
    output: Path | None,
) -> None:
    """Hold a guide (Markdown, or its facts) against the contract of its edition.

    The answer tells what was corrected since, what still stands (errata), and what is new; like things are gathered.
    Without a file, the facts of the edition are checked.

    Exit 0: nothing is new. 1: findings. 2: not a guide, or a broken contract.
    """
    from volcheck.contract import load_contract
    from volcheck.document.assess import assess
    from volcheck.document.opening import open_document, source_of
    from volcheck.document.output import FORMATS

    path = file or load_contract(spec, edition=edition or BASE_EDITION).edition.facts
    facts = open_document(path, edition)
    found = assess(facts, source_of(path, facts), spec, edition)
    _write(FORMATS["json" if as_json else form](found, show_all), output)
    if found.errors:
        raise click.exceptions.Exit(1)


@document.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@_edition
@_spec
@_json
def trace(file: Path | None, edition: str, spec: Path | None, as_json: bool) -> None:
    """Write the table: every row, status, example and demand of the guide, and what answers for it.

    Exit 0: everything is answered for. 1: something is not.
    """
    import attrs

    from volcheck.document.trace import trace_published

    source, table = trace_published(file, spec, edition, {})
    if as_json:
        click.echo(json.dumps([attrs.asdict(line) for line in table], ensure_ascii=False, indent=2))
    else:
        for line in table:
            parts = [*line.places, *line.requirements, *line.errata, line.reason or ""]
            answers = " · ".join(filter(None, parts)) or "NOTHING ANSWERS FOR THIS"
            click.echo(f"{source}:{line.line}: {line.what} {line.operation} {line.subject} → {answers}")
    covered = sum(line.covered for line in table)
    click.echo(f"{covered} of {len(table)} lines answered for", err=True)
    if covered < len(table):
        raise click.exceptions.Exit(1)


@document.command()
@click.option("--lang", "language", type=click.Choice(["ko", "en"]), required=True, help="In which language.")
@click.option(
    "--layout",
    type=click.Choice(["reference", "trace"]),
    default="reference",
    show_default=True,
    help="reference: for users of the API. trace: every requirement and erratum.",
)
@_edition
@_output
@_spec
def render(language: str, layout: str, edition: str, output: Path | None, spec: Path | None) -> None:
    """Write the API reference, or what it rests on, (Markdown) from the contract."""
    from volcheck.contract import load_contract
    from volcheck.document.render import render as render_document

    _write(render_document(load_contract(spec, edition=edition), language, layout), output)


@document.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder to write the pages into.",
)
@click.option(
    "--documents",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("docs"),
    show_default=True,
    help="Folder of documents that become pages too.",
)
def site(output: Path, documents: Path) -> None:
    """Write the pages of a static site (Markdown): references, requirements, errata. `make site` builds it."""
    from volcheck.document.site import write_site

    click.echo(f"{write_site(output, documents)} pages in {output}", err=True)


@document.command()
@_edition
@click.option("--lang", "language", type=click.Choice(["ko", "en"]), default="en", help="In which language.")
@click.option(
    "--server", metavar="URL", help="Base URL of the endpoint that it is for, such as https://host/v2."
)
@click.option("--project-id", metavar="ID", help="The only project that paths may name.  [default: any]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write it here, .json or .yaml.  [default: YAML, terminal]",
)
@_spec
def openapi(
    edition: str,
    language: str,
    server: str | None,
    project_id: str | None,
    output: Path | None,
    spec: Path | None,
) -> None:
    """Write the contract as one OpenAPI file, for mocks, generators of clients and other test tools.

    Give --server and --project-id where requests shall be sent by it, as by `st run FILE`.
    """
    import yaml

    from volcheck.contract import load_contract
    from volcheck.document.openapi import openapi as document_of

    found = document_of(load_contract(spec, edition=edition), language, server, project_id)
    if output is not None and output.suffix == ".json":
        _write(json.dumps(found, ensure_ascii=False, indent=2) + "\n", output)
    else:
        _write(yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=120), output)


@document.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--diff", "as_diff", is_flag=True, help="Print a unified diff for `git apply`, and leave the file alone."
)
@click.option(
    "--reasons", type=click.Path(path_type=Path), help="Write the reasons here, as a commit message."
)
@click.option(
    "--lang",
    "language",
    type=click.Choice(["ko", "en"]),
    default="en",
    show_default=True,
    help="Language of the reasons.",
)
@click.option("--edition", metavar="YEAR", help="The edition of the guide; recognised when not given.")
@_spec
def fix(
    file: Path, as_diff: bool, reasons: Path | None, language: str, edition: str | None, spec: Path | None
) -> None:
    """Put right what errata rule on in a guide (Markdown), and nothing else.

    Rows and examples that are missing need the provider's words; the errata about them are named and left.
    Without --diff the file is rewritten.
    """
    import sys

    from volcheck.contract import load_contract
    from volcheck.document.fix import fix as fixed_guide
    from volcheck.document.fix import reasons as reasons_for
    from volcheck.document.fix import unified_diff
    from volcheck.document.reader import read_document
    from volcheck.document.recognise import recognise

    facts = read_document(file, edition)
    recognition = recognise(facts, load_contract(spec).editions, edition)
    contract = load_contract(spec, edition=recognition.edition)
    # As bytes, so that line ends stay as they are.
    text = file.read_bytes().decode("utf-8")
    fixed = fixed_guide(text, facts, contract)
    if reasons is not None:
        _write(reasons_for(fixed, contract, str(file), language), reasons)
    if as_diff:
        sys.stdout.buffer.write(unified_diff(text, fixed.text, file.as_posix().lstrip("/")).encode())
        sys.stdout.buffer.flush()
    elif fixed.text != text:
        file.write_bytes(fixed.text.encode())
    click.echo(f"{file}: {recognition.sentence()}.", err=True)
    left = ", ".join(fixed.left) or "nothing"
    click.echo(f"{len(fixed.corrections)} correction(s); left to the provider: {left}", err=True)


@document.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@_json
@click.option("--fail-on-change", is_flag=True, help="Exit 1 when anything changed.")
def compare(old: Path, new: Path, as_json: bool, fail_on_change: bool) -> None:
    """List what changed between two editions, each a guide (Markdown) or its facts (YAML).

    Changes are grouped: breaking ones, compatible ones, and editorial ones, which change no promise.
    """
    from volcheck.document.compare import changes_as_data, grouped
    from volcheck.document.compare import compare as changes_between
    from volcheck.document.opening import open_document

    before, after = open_document(old), open_document(new)
    changes = changes_between(before, after)
    if as_json:
        click.echo(json.dumps(changes_as_data(before, after), ensure_ascii=False, indent=2))
    else:
        for group, each in grouped(changes).items():
            click.echo(f"{group} ({len(each)})")
            for change in each:
                click.echo(f"  {change.sentence()}")
        click.echo(f"{len(changes)} change(s) from {old} to {new}", err=True)
    if changes and fail_on_change:
        raise click.exceptions.Exit(1)
