"""Names of columns: those of the source, and those that they have in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RESERVED = ("_row", "_source", "_key", "_hash")
"""What the twin keeps of a row beside its cells; a source's column of that name is another in SQL."""


def named(header: Iterable[str], own: Iterable[str] = ()) -> tuple[list[str], list[str]]:
    """Give every column of a header a name of its own; return them, and those that had to be changed.

    A column without a name is `column_3` by its place. A second `x`, or one called like a column that the
    twin adds (`own`), is the first of `x_2`, `x_3`, … that no column is called. Names differ where their case does.
    """
    wanted = [name if name.strip() else f"column_{n}" for n, name in enumerate(header, start=1)]
    taken, used = set(own) | set(wanted), set(own)
    names, changed = [], []
    for name in wanted:
        free = name if name not in used else _free(name, taken)
        if free != name:
            changed.append(name)
        taken.add(free)
        used.add(free)
        names.append(free)
    return names, changed


def sql_names(columns: Sequence[str]) -> list[str]:
    """Return the names of different columns in SQL, which knows no case: `Name` beside `name` is `Name_2`.

    A name that is alone keeps its form, unless it is `RESERVED`.
    """
    taken: set[str] = {c.casefold() for c in (*columns, *RESERVED)}
    used: set[str] = {r.casefold() for r in RESERVED}
    names = []
    for column in columns:
        free = column if column.casefold() not in used else _free(column, taken, folded=True)
        taken.add(free.casefold())
        used.add(free.casefold())
        names.append(free)
    return names


def _free(name: str, taken: set[str], *, folded: bool = False) -> str:
    number = 2
    while (f"{name}_{number}".casefold() if folded else f"{name}_{number}") in taken:
        number += 1
    return f"{name}_{number}"
