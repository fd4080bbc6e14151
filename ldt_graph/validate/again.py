"""Of a change, the focus nodes whose verdict may be another now: backwards along what a verdict reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from ldt_graph.model import Touched
    from ldt_graph.validate.reach import Reach, Step
    from ldt_graph.validate.said import Meaning

_ENDS = {False: ("subject", "object"), True: ("object", "subject")}
"""A step's direction → where it starts, where it leads."""


def find_again(
    con: duckdb.DuckDBPyConnection, reach: Reach, meaning: Meaning, touched: Touched
) -> str:
    """Create `again (node)`, whatever may be judged differently than before the change; return its name.

    A verdict is another only where a statement that it reads came or went. The way back is looked for in what is
    said now and in what is no longer said, so that a relation that went leads to where it came from. Cost: the
    change, and for each distance a look-up of the nodes that it touches there.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE back AS "
        f"SELECT 0 AS level, subject AS node FROM {touched.entities} WHERE subject IS NOT NULL"
    )
    for number, level in reversed(list(enumerate(reach.levels))):
        if number:  # what broke a shape before may do so as a part of something else
            con.execute(f"INSERT INTO back SELECT {number}, node FROM back WHERE level = 0")
        reads = level.reads if number else level.reads | reach.targets
        for here, _, said in _steps(reads, meaning, touched.statements):
            con.execute(f"INSERT INTO back SELECT {number}, {here} FROM ({said})")
    for number, level in reversed(list(enumerate(reach.levels))):
        for table in ("statements", touched.statements):
            for here, there, said in _steps(level.steps, meaning, table):
                con.execute(
                    f"INSERT INTO back SELECT DISTINCT {number - 1}, {here} FROM ({said}) "
                    f"WHERE {there} IN (SELECT node FROM back WHERE level = {number})"
                )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE again AS SELECT DISTINCT node FROM back WHERE level = 0; DROP TABLE back"
    )
    return "again"


def _steps(steps: Iterable[Step], meaning: Meaning, table: str) -> Iterable[tuple[str, str, str]]:
    """Return for each direction where its steps start and lead, and SQL for what is said by them."""
    for inverse, (here, there) in _ENDS.items():
        if predicates := [s.predicate for s in steps if s.inverse is inverse]:
            yield here, there, meaning.said(predicates, table)
