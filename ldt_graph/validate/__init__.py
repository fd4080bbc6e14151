"""Validate statements against SHACL shapes; set aside what breaks one, and name the cell that does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from ldt_graph.errors import InvalidData, Place
from ldt_graph.namespaces import RDF_TYPE, RDFS
from ldt_graph.validate.messages import sentence, short
from ldt_graph.validate.shapes import read_shapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb
    import shacl

    from ldt_graph.ontology import Ontology
    from ldt_graph.validate.shapes import ShapeSet

_SQL = {p.stem: p.read_text(encoding="utf-8") for p in sorted(Path(__file__).parent.glob("*.sql"))}
_BATCH = 50_000


@dataclass(frozen=True, slots=True)
class ValidateReport:
    """Focus nodes looked at, what was found, and the entities set aside."""

    focus_nodes: int
    violations: int
    warnings: int
    set_aside: int


def validate(
    con: duckdb.DuckDBPyConnection,
    shapes: Sequence[Path],
    ontology: Ontology,
    *,
    dataset: str,
    strict: bool = False,
) -> ValidateReport:
    """Check a dataset's entities against shapes. One that breaks a shape of severity Violation is set aside.

    All its statements move from `statements` to `set_aside`; each broken rule becomes a line of
    `violations` with the file, row and column of the value. Class targets know the ontology's
    hierarchy. Entities go to the engine in batches, so that memory does not grow with the city, unless
    a shape looks beyond an entity's own statements.

    Raises:
        ShapeError: A shapes file can't be read, or asks for what the engine does not cover.
        InvalidData: `strict`, and an entity would be set aside.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE found (focus VARCHAR, path VARCHAR, value VARCHAR, rule VARCHAR, severity VARCHAR, message VARCHAR)"
    )
    focus = sum(_run(con, read_shapes(path), ontology, dataset) for path in shapes)
    before = _tally(con)
    con.execute(_SQL["cells"], {"dataset": dataset})
    after = _tally(con)
    if strict and after[0] > before[0]:
        _refuse(con, dataset, after[0] - before[0])
    con.execute(
        "CREATE OR REPLACE TEMP TABLE bad AS SELECT DISTINCT focus AS subject FROM found WHERE severity = 'violation'"
    )
    set_aside = con.execute("SELECT count(*) FROM bad").fetchall()[0][0]
    _move(con, "subject IN (SELECT subject FROM bad)")
    con.execute("DROP TABLE bad; DROP TABLE found")
    return ValidateReport(focus, after[0] - before[0], after[1] - before[1], set_aside)


def check_references(con: duckdb.DuckDBPyConnection, ontology: Ontology, *, base: str) -> int:
    """Set aside relations to or from what no source describes; return how many.

    An IRI of the twin that has no type names nothing: `reference:dangling`. A relation to something
    outside the twin is kept, with a warning (`reference:external`).
    """
    relations = sorted(ontology.object_properties)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE relation AS SELECT unnest(?::VARCHAR[]) AS iri", [relations]
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE known AS SELECT DISTINCT subject AS iri FROM statements WHERE predicate = ?",
        [RDF_TYPE],
    )
    con.execute(_SQL["dangling"], {"base": base})
    count = con.execute("SELECT count(*) FROM lost").fetchall()[0][0]
    if count:
        con.execute(_SQL["report_dangling"])
        _move(con, "rowid IN (SELECT id FROM lost)")
    con.execute(_SQL["external"], {"base": base})
    con.execute("DROP TABLE lost; DROP TABLE known; DROP TABLE relation")
    return count


def _run(con: duckdb.DuckDBPyConnection, shapes: ShapeSet, ontology: Ontology, dataset: str) -> int:
    """Run one shapes file over the entities that it targets; append what it finds to `found`."""
    classes = None
    if shapes.classes is not None:
        classes = sorted({c for target in shapes.classes for c in ontology.subclasses(target)})
    con.execute(_SQL["focus"], {"dataset": dataset, "classes": classes, "type": RDF_TYPE})
    count = con.execute("SELECT count(*) FROM focus").fetchall()[0][0]
    hierarchy = "".join(f"<{a}> <{RDFS.subClassOf}> <{b}> .\n" for a, b in ontology.subclass_axioms)
    size = _BATCH if shapes.local else max(count, 1)
    for start in range(0, count, size):
        lines = con.execute(
            _SQL["ntriples"], {"start": start, "stop": start + size, "all": not shapes.local}
        ).fetchall()
        report = shapes.engine.validate_text(
            hierarchy + "".join(line for (line,) in lines), "ntriples"
        )
        _keep(con, report.results, start, start + size)
    return count


def _keep(
    con: duckdb.DuckDBPyConnection, results: Iterable[shacl.Result], start: int, stop: int
) -> None:
    """Append the findings on focus nodes of the batch [start, stop) to `found`."""
    rows = sorted(
        {_row(r) for r in results if r.focus_node.startswith("<")},
        key=lambda r: tuple(x or "" for x in r),
    )
    if rows:
        names = ("focus", "path", "value", "rule", "severity", "message")
        table = pa.table(
            {n: pa.array([r[i] for r in rows], pa.string()) for i, n in enumerate(names)}
        )
        con.register("_rows", table)
        # The types of what a batch refers to come along: those entities are judged in their own batch.
        con.execute(
            "INSERT INTO found SELECT r.* FROM _rows r SEMI JOIN focus f "
            "ON f.subject = r.focus AND f.id >= ? AND f.id < ?",
            [start, stop],
        )
        con.unregister("_rows")


def _row(result: shacl.Result) -> tuple[str | None, ...]:
    path = _iri(result.path)
    rule = _iri(result.source_shape) or (
        f"{short(_iri(result.root_shape) or '')}-{short(path or '')}"
    )
    severity = "violation" if result.severity == "Violation" else "warning"
    return (
        _iri(result.focus_node),
        path,
        result.value_plain,
        short(rule),
        severity,
        sentence(result, path),
    )


def _iri(term: str | None) -> str | None:
    return term[1:-1] if term and term.startswith("<") and term.endswith(">") else None


def _move(con: duckdb.DuckDBPyConnection, where: str) -> None:
    con.execute(f"INSERT INTO set_aside FROM statements WHERE {where}")
    con.execute(f"DELETE FROM statements WHERE {where}")


def _tally(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    row = con.execute(
        "SELECT count(*) FILTER (severity = 'violation'), count(*) FILTER (severity = 'warning') "
        "FROM violations WHERE stage = 'validate'"
    ).fetchall()
    return row[0]


def _refuse(con: duckdb.DuckDBPyConnection, dataset: str, count: int) -> None:
    source, row, column, message = con.execute(
        "SELECT source, row, \"column\", message FROM violations WHERE stage = 'validate' AND severity = 'violation' "
        "AND dataset = ? ORDER BY source, row LIMIT 1",
        [dataset],
    ).fetchall()[0]
    raise InvalidData(
        f"{message} {count} rules of dataset {dataset} are broken, this is the first."
        if count > 1
        else message,
        place=Place(source or dataset, row, column),
        hint="Mend the data, or build without --strict to set it aside.",
    )
