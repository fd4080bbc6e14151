"""A fault in one cell of a good source, and the cell at which it is to be told."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Fault:
    """One edit of one file, and what is to be said of it: one line, at this cell.

    Attributes:
        name: What is done, in a few words.
        file: Below the data folder.
        edit: The file's bytes → those with the fault.
        source: What provenance calls the file.
        row: Where a steward edits it.
        column: None: the whole row.
        rule: Pattern of the rule that tells it.
        line: In a file whose rows are no lines.
        touches: What else it has to do with: two faults that share something are not made together.
    """

    name: str
    file: str
    edit: Callable[[bytes], bytes]
    source: str
    row: int | None
    column: str | None
    rule: str = "*"
    line: int | None = None
    touches: frozenset[object] = frozenset()

    @property
    def shared(self) -> set[object]:
        return {(self.source, self.row), *self.touches}


Told = tuple[Any, ...]
"""source, row, column, line, rule, value, message: a line of `violations`."""


def missed(fault: Fault, told: Iterable[Told]) -> str | None:
    """Say what is wrong with the lines that a fault gave; None where it is told once, at its cell."""
    told = list(told)
    if not told:
        return "told nowhere"
    if len(told) > 1:
        return f"{len(told)} lines: {told}"
    source, row, column, line, rule = told[0][:5]
    if (source, row, column) != (fault.source, fault.row, fault.column):
        return (
            f"at {source}:{row} {column}, not {fault.source}:{fault.row} {fault.column}: {told[0]}"
        )
    if fault.line is not None and line != fault.line:
        return f"at line {line}, not {fault.line}: {told[0]}"
    return None if fnmatch(rule, fault.rule) else f"told as {rule}, not {fault.rule}: {told[0]}"


def apart(faults: Iterable[Fault], size: int) -> Iterator[list[Fault]]:
    """Put faults together that have nothing to do with each other, at most so many."""
    groups: list[tuple[list[Fault], set[object]]] = []
    for fault in faults:
        for group, taken in groups:
            if len(group) < size and taken.isdisjoint(fault.shared):
                group.append(fault)
                taken |= fault.shared
                break
        else:
            groups.append(([fault], set(fault.shared)))
    yield from (group for group, _ in groups)
