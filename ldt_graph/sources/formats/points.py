"""Points of a table, from the columns that twin.toml names with `x` and `y`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.model import WGS84, arrow_table
from ldt_graph.sources.columns import sql_names
from ldt_graph.sources.crs import GEOMETRY, Placer
from ldt_graph.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ldt_graph.sources.reading import Cell, Reading, Staged


def place_names(reading: Reading, header: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that the twin adds to a table with this header."""
    named = {reading.option("x"), reading.option("y")}
    return GEOMETRY if None not in named and named <= set(header) else ()


def place_columns(reading: Reading, staged: Staged) -> Staged:
    """Add `geometry` and `plan_geometry` where the dataset names the columns of its coordinates.

    Raises:
        SourceError: The table has one of the two only. Other tables of a folder may have neither.
    """
    x, y = reading.option("x"), reading.option("y")
    missing = [c for c in (x, y) if c not in staged.columns]
    if not (x and y) or len(missing) == 2:
        return staged
    if missing:
        raise reading.error(
            f"The file lacks the column {missing[0]!r} of its coordinates.",
            hint=f"It has: {', '.join(staged.columns)}.",
        )
    sql = dict(zip(staged.columns, sql_names(staged.columns), strict=True))
    rows = reading.con.execute(
        f"SELECT {identifier(sql[x])}, {identifier(sql[y])}, _row FROM {staged.relation} ORDER BY rowid"
    ).fetchall()
    points = Placer(reading, WGS84).points(
        [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], (x, y)
    )
    return _joined(reading, staged, dict(zip(GEOMETRY, points, strict=True)))


def _joined(reading: Reading, staged: Staged, columns: Mapping[str, Sequence[Cell]]) -> Staged:
    with arrow_table(reading.con, columns, dict.fromkeys(columns, "VARCHAR")) as arrow:
        joined = reading.stage(
            (*staged.columns, *columns),
            f"SELECT * EXCLUDE (_source, _row), _source, _row FROM {staged.relation} POSITIONAL JOIN {arrow}",
        )
    reading.drop(staged)
    return joined
