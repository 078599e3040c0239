"""`volcheck document …`: read a published guide, hold it against the contract, compare editions, trace it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from volcheck.document.facts import Document


@click.group()
def document() -> None:
    """The published guide: read it, hold it against the contract, compare its editions."""


def open_document(path: Path, edition: str | None = None) -> Document:
    """A guide in Markdown, or the facts of one in YAML. Raises UsageError when it is neither."""
    from volcheck.document.facts import load_facts
    from volcheck.document.reader import read_document

    return load_facts(path) if path.suffix in (".yaml", ".yml") else read_document(path, edition)


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
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--fail-on-change", is_flag=True, help="Exit 1 when anything changed.")
def compare(old: Path, new: Path, as_json: bool, fail_on_change: bool) -> None:
    """List what changed between two editions, each a guide (Markdown) or its facts (YAML)."""
    from volcheck.document.compare import changes_as_data
    from volcheck.document.compare import compare as changes_between

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
