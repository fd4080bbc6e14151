"""How violations are ordered, and how they are grouped: the same in every store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.errors import QueryError
from ldt_graph.model import VIOLATION_COLUMNS, Violation, ViolationGroup
from ldt_graph.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

ORDER = (
    'dataset, source NULLS FIRST, row NULLS FIRST, rule, "column" NULLS FIRST, value NULLS FIRST, '
    "subject NULLS FIRST, message"
)
"""How violations are kept and shown."""


def group_sql(rows: str, by: Sequence[str]) -> str:
    """Return SQL that groups rows of `VIOLATION_COLUMNS` by some of them: these, how many, and the first in `ORDER`.

    Raises:
        QueryError: A violation has no such column.
    """
    unknown = [c for c in by if c not in VIOLATION_COLUMNS]
    if unknown:
        raise QueryError(
            f"Violations can't be grouped by {unknown[0]!r}.",
            hint=f"There are: {', '.join(VIOLATION_COLUMNS)}.",
        )
    keys = ", ".join(map(identifier, by))
    every = ", ".join(f"{identifier(c)} := {identifier(c)}" for c in VIOLATION_COLUMNS)
    nulls = ", ".join(f"{identifier(c)} NULLS FIRST" for c in by)
    group = f"GROUP BY {keys} ORDER BY count(*) DESC, {nulls}" if by else "HAVING count(*) > 0"
    return (
        f"SELECT {keys + ', ' if by else ''}count(*), arg_min(struct_pack({every}), n) "
        f"FROM (SELECT *, row_number() OVER (ORDER BY {ORDER}) AS n FROM ({rows})) {group}"
    )


def grouped(rows: Sequence[tuple[Any, ...]], by: Sequence[str]) -> list[ViolationGroup]:
    """Return what `group_sql` found."""
    return [
        ViolationGroup(tuple(zip(by, row, strict=False)), row[-2], Violation(**row[-1]))
        for row in rows
    ]
