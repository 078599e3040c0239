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
@click.option("--edition", help="Whose errata to apply; taken from the file's name when not given.")
@click.option("--spec", type=click.Path(path_type=Path), help="Folder of the contract.  [default: our own]")
@click.option("--all", "show_all", is_flag=True, help="Show explained differences too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(file: Path | None, edition: str | None, spec: Path | None, show_all: bool, as_json: bool) -> None:
    """Hold a guide (Markdown, or its facts) against the contract; by default the facts of the 2020 edition.

    Exit 0: every difference is explained by an erratum. 1: findings. 2: not a guide, or a broken contract.
    """
    import attrs

    from volcheck.contract import load_contract
    from volcheck.document.check import check_document
    from volcheck.document.opening import open_document, source_of

    contract = load_contract(spec, edition=edition or BASE_EDITION)
    path = file or contract.edition.facts
    facts = open_document(path, edition)
    source = source_of(path, facts)
    checked = check_document(facts, contract)
    explained = [(d, erratum) for d, erratum in checked.divergences if erratum]
    if as_json:
        data = {
            "differences": [{**attrs.asdict(d), "erratum": erratum} for d, erratum in checked.divergences],
            "stale": [attrs.asdict(stale) for stale in checked.stale],
        }
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for divergence, erratum in checked.divergences:
            if erratum is None or show_all:
                click.echo(
                    f"{source}:{divergence.line}: {divergence.sentence()}{f' [{erratum}]' if erratum else ''}"
                )
        for stale in checked.stale:
            click.echo(f"{source}: {stale.sentence()}")
    errata = len({erratum for _, erratum in explained})
    click.echo(
        f"{len(checked.divergences)} difference(s), {len(explained)} explained by {errata} errata, "
        f"{len(checked.findings)} finding(s)",
        err=True,
    )
    if checked.findings:
        raise click.exceptions.Exit(1)


@document.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@_edition
@click.option("--spec", type=click.Path(path_type=Path), help="Folder of the contract.  [default: our own]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
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
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write it here, not to the terminal.")
@click.option("--spec", type=click.Path(path_type=Path), help="Folder of the contract.  [default: our own]")
def render(language: str, layout: str, edition: str, output: Path | None, spec: Path | None) -> None:
    """Write the API reference, or what it rests on, (Markdown) from the contract."""
    from volcheck.contract import load_contract
    from volcheck.document.render import render as render_document

    _write(render_document(load_contract(spec, edition=edition), language, layout), output)


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
@click.option("--spec", type=click.Path(path_type=Path), help="Folder of the contract.  [default: our own]")
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
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--fail-on-change", is_flag=True, help="Exit 1 when anything changed.")
def compare(old: Path, new: Path, as_json: bool, fail_on_change: bool) -> None:
    """List what changed between two editions, each a guide (Markdown) or its facts (YAML)."""
    from volcheck.document.compare import changes_as_data
    from volcheck.document.compare import compare as changes_between
    from volcheck.document.opening import open_document

    before, after = open_document(old), open_document(new)
    changes = changes_between(before, after)
    if as_json:
        click.echo(json.dumps(changes_as_data(before, after), ensure_ascii=False, indent=2))
    else:
        for change in changes:
            click.echo(change.sentence())
        click.echo(f"{len(changes)} change(s) from {old} to {new}", err=True)
    if changes and fail_on_change:
        raise click.exceptions.Exit(1)
