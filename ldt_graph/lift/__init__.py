"""Lift tables to statements: RML mappings compiled to DuckDB SQL, every statement with its row and rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.lift.parse import parse_mapping
from ldt_graph.lift.plan import plan
from ldt_graph.lift.tables import Tables
from ldt_graph.lift.terms import MACROS
from ldt_graph.namespaces import RDF_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict

    import duckdb

    from ldt_graph.lift.plan import Plan
    from ldt_graph.lift.values import Mapping, TriplesMap
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
            _run(
                con,
                triples_map,
                plan(triples_map, mapping, known, dataset=dataset, base=base, con=con),
            )
            if not triples_map.source.many_rows:
                _set_duplicates_aside(con, triples_map, dataset)
    after = _counts(con, dataset)
    return LiftReport(
        rows=sum(t.rows for t in used.values()),
        statements=after[0] - before[0],
        entities=after[1],
        set_aside=after[2] - before[2],
    )


def _run(con: duckdb.DuckDBPyConnection, triples_map: TriplesMap, made: Plan) -> None:
    for sql in made.statements:
        con.execute(f"INSERT INTO statements {sql}")
    for sql in made.violations:
        con.execute(f"INSERT INTO violations {sql}")
    for predicate, column in made.columns:
        con.execute("INSERT INTO columns VALUES (?, ?, ?)", [triples_map.iri, predicate, column])


def _set_duplicates_aside(
    con: duckdb.DuckDBPyConnection, triples_map: TriplesMap, dataset: str
) -> None:
    """Keep the first row that describes an entity; later rows with the same subject are set aside."""
    asked = {"dataset": dataset, "rule": triples_map.iri, "type": RDF_TYPE}
    con.execute(_DUPLICATES, asked)
    if con.execute("SELECT count(*) FROM duplicate").fetchall()[0][0]:
        names = triples_map.subject.references
        con.execute(
            "INSERT INTO violations SELECT ?, 'lift', 'violation', 'lift:duplicate-id', subject, source, row, ?, subject, "
            "'Row ' || first || ' describes ' || subject || ' already; this row was set aside.' "
            "FROM duplicate ORDER BY source, row",
            [dataset, names[0] if names else None],
        )
        where = "dataset = $dataset AND rule = $rule AND (subject, source, row) IN (SELECT (subject, source, row) FROM duplicate)"
        named = {k: asked[k] for k in ("dataset", "rule")}
        con.execute(f"INSERT INTO set_aside FROM statements WHERE {where}", named)
        con.execute(f"DELETE FROM statements WHERE {where}", named)


_DUPLICATES = """
CREATE OR REPLACE TEMP TABLE duplicate AS
WITH typed AS (
    SELECT DISTINCT subject, source, row FROM statements
    WHERE dataset = $dataset AND rule = $rule AND predicate = $type
),
firsts AS (
    SELECT subject, min((source, row)) AS place FROM typed GROUP BY subject HAVING count(*) > 1
)
SELECT t.subject, t.source, t.row, f.place[2] AS first
FROM typed t JOIN firsts f USING (subject) WHERE (t.source, t.row) <> f.place
"""


def _counts(con: duckdb.DuckDBPyConnection, dataset: str) -> tuple[int, int, int]:
    return con.execute(
        "SELECT (SELECT count(*) FROM statements WHERE dataset = $d), "
        "(SELECT count(DISTINCT subject) FROM statements WHERE dataset = $d), "
        "(SELECT count(*) FROM violations WHERE dataset = $d AND stage = 'lift' AND severity = 'violation')",
        {"d": dataset},
    ).fetchall()[0]
