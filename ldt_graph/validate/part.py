"""Of a change, the part of the statements that verdicts may be another for: nodes to judge again, and what lies near them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.validate.reach import Level, directions
from ldt_graph.validate.said import among

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from ldt_graph.model import Touched
    from ldt_graph.validate.reach import Reach, Step


@dataclass(frozen=True, slots=True)
class Part:
    """The statements that are looked at.

    Attributes:
        table: Their relation.
        nodes: The relation (node) of those that are judged; empty: all.
    """

    table: str = "statements"
    nodes: str = ""


def find_part(con: duckdb.DuckDBPyConnection, reach: Reach, touched: Touched) -> Part:
    """Create `part`, the statements that a change's verdicts may read, with `id`, the rowid in `statements`.

    A verdict is another only where a statement that it reads came or went. The way back is looked for in what is
    said now and in what is no longer said, so that a relation that went leads to where it came from. Of the nodes
    found so, all statements are taken (they are `own`), and from there on what the reach says. Cost: the change, and
    for each distance one look at the statements, there and back, for all shapes together.

    Args:
        con: The build's connection.
        reach: Of all the shapes, with what is below their properties.
        touched: The change.
    """
    levels = reach.levels or (Level(frozenset(), frozenset()),)
    for number, level in reversed(list(enumerate(levels))):
        reads = level.reads if number else level.reads | reach.targets
        ways = [f"SELECT subject FROM {touched.entities} WHERE subject IS NOT NULL"]
        # What broke a shape before may have done so as a part of something else.
        ways += [f"SELECT {here} FROM {touched.statements} WHERE {asked}" for here, _, asked in _ways(reads)]  # fmt: skip
        if number + 1 < len(levels):
            ways += _back(levels[number + 1], number + 1, touched)
        con.execute(f"CREATE OR REPLACE TEMP TABLE again_{number} AS SELECT DISTINCT * FROM ({' UNION ALL '.join(ways)}) t(node)")  # fmt: skip
    own = "subject IN (SELECT node FROM again_0)"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE part AS SELECT rowid AS id, 0 AS level, true AS own, * FROM statements WHERE {own}"
    )
    for number, level in enumerate(levels):
        reads = level.reads if number else reach.targets | level.reads
        for here, _, asked in _ways(reads):
            if number == 0 and here == "subject":
                continue
            near = _near(level, number) if number else "SELECT node FROM again_0"
            con.execute(
                f"INSERT INTO part SELECT rowid, {number}, false, * FROM statements WHERE {here} IN ({near}) AND {asked}"
            )
    return Part("part", "again_0")


def _back(level: Level, number: int, touched: Touched) -> Iterable[str]:
    """Return SQL for what leads to the nodes at a distance."""
    return (
        f"SELECT {here} FROM {table} WHERE {asked} AND {there} IN (SELECT node FROM again_{number})"
        for table in ("statements", touched.statements)
        for here, there, asked in _ways(level.steps)
    )


def _near(level: Level, number: int) -> str:
    """Return SQL for the nodes at a distance: where the statements of the level before lead."""
    return " UNION ".join(
        f"SELECT {there} FROM part WHERE level = {number - 1} AND {asked}"
        for _, there, asked in _ways(level.steps)
    )


def _ways(steps: Iterable[Step]) -> list[tuple[str, str, str]]:
    """Return for each direction the end where its steps start, where they lead, and the condition on a statement."""
    return [(*ends, among(predicates)) for _, ends, predicates in directions(steps)]
