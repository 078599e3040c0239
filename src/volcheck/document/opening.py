"""One way to open a document, whether it is a guide or the facts of one."""

from __future__ import annotations

from pathlib import Path

from volcheck.document.facts import Document, load_facts


def open_document(path: Path, edition: str | None = None) -> Document:
    """A guide in Markdown, or the facts of one in YAML. Raises UsageError when it is neither."""
    if path.suffix in (".yaml", ".yml"):
        return load_facts(path)
    # Imported here: a run reads facts, and need not wait for a reader of Markdown to be loaded.
    from volcheck.document.reader import read_document

    return read_document(path, edition)


def source_of(path: Path, document: Document) -> str:
    """What the lines of a document count in, for messages: the file, or the guide that its facts are of."""
    is_facts = path.suffix in (".yaml", ".yml")
    return f"{document.edition or path.stem} guide" if is_facts else str(path)
