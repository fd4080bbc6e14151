"""Lead what is told of a dataset to the places of its files: the line, and the words that a steward finds there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ldt_graph.model import columns_table
from ldt_graph.sources import registry
from ldt_graph.sources.reading import Reading
from ldt_graph.sources.tell import tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import duckdb

    from ldt_graph.model import Dataset
    from ldt_graph.sources.tell import Part


class Asked(NamedTuple):
    """A line of `violations` by its number, with its cell as the tables have it."""

    id: int
    source: str
    row: int
    column: str | None
    value: str | None


class Placed(NamedTuple):
    """Where that cell stands in the file."""

    id: int
    row: int
    column: str | None
    line: int | None


def locate(con: duckdb.DuckDBPyConnection, dataset: Dataset, data_root: Path) -> None:
    """Say in `violations` where the dataset's cells stand, of formats whose rows or columns are not those of a file.

    An item of JSON has a line, and a member of it a path; what EPANET says of one thing stands in several sections.
    Reads the files again that something is told of, and no others.

    Args:
        con: A connection with the table `violations`.
        dataset: What twin.toml says of it.
        data_root: The folder that `dataset.source` is relative to.
    """
    found = con.execute(
        'SELECT rowid, source, row, "column", value FROM violations '
        "WHERE dataset = ? AND line IS NULL AND row IS NOT NULL AND source IS NOT NULL ORDER BY rowid",
        [dataset.name],
    ).fetchall()
    asked = [Asked(*row) for row in found]
    if not asked:
        return
    placed = [
        p for part in tell(dataset, data_root).parts for p in _placed(con, dataset, part, asked)
    ]
    if placed:
        columns = dict(zip(("id", "row", "column", "line"), zip(*placed, strict=True), strict=True))
        types = {"id": "BIGINT", "row": "BIGINT", "column": "VARCHAR", "line": "BIGINT"}
        with columns_table(con, columns, types) as found:
            con.execute(
                f'UPDATE violations v SET row = p.row, "column" = p."column", line = p.line FROM {found} p WHERE v.rowid = p.id'
            )


def _placed(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, part: Part, asked: Sequence[Asked]
) -> Iterable[Placed]:
    locating = getattr(registry.format_(part.format), "locate", None)
    if locating is None:
        return ()
    label = part.files[0].label
    mine = [a for a in asked if a.source.partition("#")[0] == label]
    return locating(Reading(con, dataset, part.files, part.format), mine) if mine else ()
