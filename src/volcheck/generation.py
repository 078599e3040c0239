"""What suites of generated requests import: the schemas of the present run.

The run's seed and profile must be known when the suite is imported, as its tests are made then; the session sets
them before collection begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from volcheck.contract import Contract, Mode

if TYPE_CHECKING:
    from volcheck.run.settings import Settings

_present: list[tuple[Contract, Settings]] = []


def use(contract: Contract, settings: Settings) -> None:
    """Set what schemas are made for."""
    _present[:] = [(contract, settings)]


def schema(mode: Mode) -> Any:
    """The schema of valid (`positive`) or forbidden (`negative`) requests. Raises LookupError outside a run."""
    # Imported here: schemathesis takes longer to load than all the rest, and most profiles and commands do without.
    from volcheck.run.generated import generation_schema

    if not _present:
        raise LookupError("this suite is made for a run; start it with `volcheck run` or `pytest suites`")
    return generation_schema(*_present[0], mode)
