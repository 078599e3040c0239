"""What stands through a run for tests that only look: made by the run, or, in a read-only run, found in the project."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar, overload

from volcheck.gateway.errors import Blocked

T = TypeVar("T")
Body = dict[str, Any]

#: How many volumes and snapshots the tests that only look want at the most.
WANTED = 3
#: How many a read-only run takes.
_TAKEN = 8
#: What every test says that wants more than a read-only run has found; how much that is the run says once.
TOO_FEW = "the project has too few volumes or snapshots at rest for it (see the problems of the run)"


class Stock(Sequence[T]):
    """A sequence that blocks a test which wants more of it than there is, as that is no fault of the endpoint."""

    def __init__(self, items: Iterable[T] = (), lacking: str = TOO_FEW) -> None:
        self._items = list(items)
        self._lacking = lacking

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        """One, or a list. Raises Blocked where there is no such one."""
        try:
            return self._items[index]
        except IndexError:
            raise Blocked(self._lacking) from None

    def __len__(self) -> int:
        """How many there are."""
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        """All of them."""
        return iter(self._items)

    def need(self, number: int) -> None:
        """Raise Blocked where there are fewer."""
        if len(self._items) < number:
            raise Blocked(self._lacking)


def at_rest(items: Iterable[Body], transient: Collection[str]) -> list[Body]:
    """Those of a list that nothing is happening to, the best to look at first, and not too many.

    transient: the statuses in which something is happening. Available ones come first, as what is in use changes more often;
    then those whose name no other one has, for sorting.
    """
    resting = [
        item
        for item in items
        if isinstance(item.get("id"), str)
        and isinstance(item.get("status"), str)
        and item["status"] not in transient
    ]
    names: set[str] = set()

    def rank(item: Body) -> tuple[bool, bool]:
        name = item.get("name")
        unique = isinstance(name, str) and bool(name.strip()) and name.casefold() not in names
        if unique:
            names.add(str(name).casefold())
        return item["status"] != "available", not unique

    return sorted(resting, key=rank)[:_TAKEN]


def shortage(volumes: int, snapshots: int) -> str | None:
    """What a read-only run says once where it has found too little, or None."""
    if volumes >= WANTED and snapshots >= WANTED:
        return None
    return (
        f"a read-only run looks at what is there: it found {_some(volumes, 'volume')} and {_some(snapshots, 'snapshot')} at "
        f"rest, and some tests want {WANTED} of each: make some, or run without --read-only"
    )


def _some(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}" + ("s" if number != 1 else "")
