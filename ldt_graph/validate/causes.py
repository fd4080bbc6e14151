"""One cause is one line: what several stages say of a cell is said once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.model import run

if TYPE_CHECKING:
    import duckdb

_SQL = "".join(
    (Path(__file__).parent / name).read_text(encoding="utf-8")
    for name in ("reads.sql", "causes.sql")
)


def tell_once(con: duckdb.DuckDBPyConnection) -> None:
    """Fold lines that follow from another one into it: the cell that a reader could not read breaks no shape of its own.

    The line of the first stage stays, with what the others say; it is a violation where one of them is. Folded are
    lines of one cell; two shapes' of one value; that values are too many where one of them is bad; and what names a
    row that a reader set aside. Cost: joins of the lines among each other, by their cells.
    """
    run(con, _SQL)
