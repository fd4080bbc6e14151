"""Lift tables to statements: RML mappings compiled to DuckDB SQL, every statement with its row and rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.lift.parse import parse_mapping
from ldt_graph.lift.plan import plan
from ldt_graph.lift.tables import Tables
from ldt_graph.lift.terms import MACROS

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict

    import duckdb

    from ldt_graph.lift.plan import Plan
    from ldt_graph.lift.values import Mapping
    from ldt_graph.model import SourceTable

__all__ = ["LiftReport", "lift", "parse_mapping"]


@dataclass(frozen=True, slots=True)
class LiftReport:
    """What came of a dataset: rows read, statements and entities made, values set aside."""

    rows: int
    statements: int
    entities: int
    set_aside: int


def lift(
    con: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    tables: Dict[str, SourceTable],
    *,
    dataset: str,
    base: str,
) -> LiftReport:
    """Append the mapping's statements about these tables to `statements`; bad values go to `violations`.

    Statements come in the order of the rows, a row's statements together. Linear in the rows, but for
    joins between triples maps.

    Args:
        con: The build's connection.
        mapping: What `parse_mapping` returned.
        tables: The dataset's tables by name.
        dataset: Its name.
        base: What relative IRIs are resolved against; ends with `/`.

    Raises:
        MappingError: The mapping asks for a table or column that is not there.
    """
    con.execute(MACROS)
    before = _counts(con, dataset)
    known = Tables(tables, mapping)
    used: dict[str, SourceTable] = {}
    for triples_map in mapping.triples_maps:
        table = known.find(triples_map.source)
        if table is not None:
            used[table.name] = table
            _run(con, plan(triples_map, mapping, known, dataset=dataset, base=base, con=con))
    after = _counts(con, dataset)
    return LiftReport(
        rows=sum(t.rows for t in used.values()),
        statements=after[0] - before[0],
        entities=after[1],
        set_aside=after[2] - before[2],
    )


def _run(con: duckdb.DuckDBPyConnection, made: Plan) -> None:
    for sql in made.statements:
        con.execute(f"INSERT INTO statements {sql}")
    for sql in made.violations:
        con.execute(f"INSERT INTO violations {sql}")


def _counts(con: duckdb.DuckDBPyConnection, dataset: str) -> tuple[int, int, int]:
    row = con.execute(
        "SELECT (SELECT count(*) FROM statements WHERE dataset = $d), "
        "(SELECT count(DISTINCT subject) FROM statements WHERE dataset = $d), "
        "(SELECT count(*) FROM violations WHERE dataset = $d AND stage = 'lift' AND severity = 'violation')",
        {"d": dataset},
    ).fetchall()[0]
    return row
