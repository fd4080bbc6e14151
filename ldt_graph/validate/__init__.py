"""Validate statements against SHACL shapes; set aside what breaks one, and name the cell that does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.model import append
from ldt_graph.namespaces import RDF_TYPE, RDFS
from ldt_graph.validate.gaps import check_groups, note_gaps
from ldt_graph.validate.messages import sentence, short
from ldt_graph.validate.shapes import read_shapes
from ldt_graph.validate.terms import check_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb
    import shacl

    from ldt_graph.ontology import Ontology
    from ldt_graph.validate.shapes import ShapeSet

__all__ = [
    "ValidateReport",
    "check_groups",
    "check_references",
    "check_terms",
    "note_gaps",
    "validate",
]

_SQL = {p.stem: p.read_text(encoding="utf-8") for p in sorted(Path(__file__).parent.glob("*.sql"))}
_BATCH = 50_000


@dataclass(frozen=True, slots=True)
class ValidateReport:
    """Focus nodes looked at, and the entities set aside."""

    focus_nodes: int
    set_aside: int


def validate(
    con: duckdb.DuckDBPyConnection,
    shapes: Mapping[str, Sequence[Path]],
    ontology: Ontology,
    *,
    only: str | None = None,
) -> ValidateReport:
    """Check every dataset's entities against its shapes. One that breaks a shape of severity Violation is set aside.

    All are judged by the statements as they are before any is set aside, so that no order of datasets
    matters. Then all statements of a bad entity move from `statements` to `set_aside`; each broken rule
    becomes a line of `violations` with the file, row and column of the value. Class targets know the
    ontology's hierarchy. Entities go to the engine in batches, so that memory does not grow with the city,
    unless a shape looks beyond an entity's own statements: then its whole file is judged.

    Args:
        con: The build's connection.
        shapes: Dataset → shapes files.
        ontology: Whose hierarchies class targets follow.
        only: A relation (subject) of the entities to be judged; None: all of them.

    Raises:
        ShapeError: A shapes file can't be read, or asks for what the engine does not cover.
    """
    con.execute("DELETE FROM violations WHERE stage = 'validate'")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE found (focus VARCHAR, path VARCHAR, value VARCHAR, rule VARCHAR, severity VARCHAR, message VARCHAR)"
    )
    users: dict[Path, list[str]] = {}
    for dataset, paths in shapes.items():
        for path in paths:
            users.setdefault(path, []).append(dataset)
    focus = sum(
        _run(con, read_shapes(path), ontology, datasets, only)
        for path, datasets in sorted(users.items())
    )
    con.execute(_SQL["cells"])
    con.execute(
        "CREATE OR REPLACE TEMP TABLE bad AS SELECT DISTINCT focus AS subject FROM found WHERE severity = 'violation'"
    )
    set_aside = con.execute("SELECT count(*) FROM bad").fetchall()[0][0]
    if set_aside:
        _move(con, "subject IN (SELECT subject FROM bad)", "validate")
    con.execute("DROP TABLE bad; DROP TABLE found")
    return ValidateReport(focus, set_aside)


def check_references(con: duckdb.DuckDBPyConnection, ontology: Ontology, *, base: str) -> int:
    """Set aside relations to or from what no source describes; return how many.

    An IRI of the twin that has no type names nothing: `reference:dangling`. A relation to something
    outside the twin is kept, with a warning (`reference:external`). Looks at every relation, whatever changed:
    two joins of the statements with the entities.
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
        _move(con, "rowid IN (SELECT id FROM lost)", "reference")
    con.execute(_SQL["external"], {"base": base})
    con.execute("DROP TABLE lost; DROP TABLE known; DROP TABLE relation")
    return count


def _run(
    con: duckdb.DuckDBPyConnection,
    shapes: ShapeSet,
    ontology: Ontology,
    datasets: Sequence[str],
    only: str | None,
) -> int:
    """Run one shapes file over the entities that it targets; append what it finds to `found`."""
    classes = None
    if shapes.classes is not None:
        classes = sorted({c for target in shapes.classes for c in ontology.subclasses(target)})
    judged = f"SEMI JOIN {only} USING (subject)" if only and shapes.local else ""
    con.execute(
        _SQL["focus"].replace("/*only*/", judged),
        {"datasets": list(datasets), "classes": classes, "type": RDF_TYPE},
    )
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
        con.execute("CREATE OR REPLACE TEMP TABLE result AS FROM found WHERE false")
        append(con, "result", dict(zip(names, zip(*rows, strict=True), strict=True)))
        # The types of what a batch refers to come along: those entities are judged in their own batch.
        con.execute(
            "INSERT INTO found SELECT r.* FROM result r SEMI JOIN focus f "
            "ON f.subject = r.focus AND f.id >= ? AND f.id < ?",
            [start, stop],
        )
        con.execute("DROP TABLE result")


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


def _move(con: duckdb.DuckDBPyConnection, where: str, stage: str) -> None:
    con.execute(f"INSERT INTO set_aside SELECT *, '{stage}' FROM statements WHERE {where}")
    con.execute(f"DELETE FROM statements WHERE {where}")
