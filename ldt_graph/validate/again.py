"""Of a change, the focus nodes whose verdict may be another now: backwards along what a verdict reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.validate.reach import directions

if TYPE_CHECKING:
    import duckdb

    from ldt_graph.model import Touched
    from ldt_graph.validate.reach import Level, Reach
    from ldt_graph.validate.said import Meaning


def find_again(
    con: duckdb.DuckDBPyConnection, reach: Reach, meaning: Meaning, touched: Touched
) -> str:
    """Create `again (node)`, whatever may be judged differently than before the change; return its name.

    A verdict is another only where a statement that it reads came or went. The way back is looked for in what is
    said now and in what is no longer said, so that a relation that went leads to where it came from. Cost: the
    change, and for each distance a look-up of the nodes that it touches there.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE again (node VARCHAR)")
    for number, level in reversed(list(enumerate(reach.levels))):
        # What broke a shape before may have done so as a part of something else.
        con.execute(
            f"INSERT INTO again SELECT subject FROM {touched.entities} WHERE subject IS NOT NULL"
        )
        reads = level.reads if number else level.reads | reach.targets
        for _, (here, _), predicates in directions(reads):
            said = meaning.said(predicates, touched.statements)
            con.execute(f"INSERT INTO again SELECT {here} FROM ({said})")
        if number and con.execute("SELECT 1 FROM again LIMIT 1").fetchall():
            _step_back(con, level, meaning, touched)
    return "again"


def _step_back(
    con: duckdb.DuckDBPyConnection, level: Level, meaning: Meaning, touched: Touched
) -> None:
    """Put into `again` what leads to the nodes that are there."""
    ways = [
        f"SELECT {here} FROM ({meaning.said(predicates, table)}) WHERE {there} IN (SELECT node FROM again)"
        for table in ("statements", touched.statements)
        for _, (here, there), predicates in directions(level.steps)
    ]
    con.execute(f"CREATE OR REPLACE TEMP TABLE before AS SELECT DISTINCT * FROM ({' UNION ALL '.join(ways)}) t(node)")  # fmt: skip
    con.execute("DROP TABLE again; ALTER TABLE before RENAME TO again")
