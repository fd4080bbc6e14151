"""Validate statements against SHACL shapes; set aside what breaks one, and name the cell that does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.model import append, columns_sql, run
from ldt_graph.namespaces import RDF_TYPE, RDFS
from ldt_graph.validate.axioms import check_axioms
from ldt_graph.validate.ends import keep_lacking
from ldt_graph.validate.findings import FOUND as _FOUND
from ldt_graph.validate.findings import rows_of
from ldt_graph.validate.gaps import check_groups, note_gaps
from ldt_graph.validate.profile import raise_severities
from ldt_graph.validate.shapes import LABEL, NODE, read_shapes
from ldt_graph.validate.terms import check_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb
    import shacl

    from ldt_graph.ontology import Ontology
    from ldt_graph.validate.shapes import ShapeSet

__all__ = [
    "ValidateReport",
    "check_axioms",
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
    strict: bool = False,
) -> ValidateReport:
    """Check every dataset's entities against its shapes. One that breaks a shape of severity Violation is set aside.

    All are judged by the statements as they are before any is set aside, so that no order of datasets
    matters. Then all statements of a bad entity move from `statements` to `set_aside`; each broken rule
    becomes a line of `violations` with the file, row and column of the value. Shapes see what the hierarchies of
    classes, relations and attributes say. Results on blank, nested and literal nodes count as any other. Entities go to the engine in batches, so that memory does not grow with the city,
    unless a shape looks beyond an entity's own statements: then its whole file is judged.

    Args:
        con: The build's connection.
        shapes: Dataset → shapes files.
        ontology: Whose hierarchies hold.
        only: A relation (subject) of the entities to be judged; None: all of them.
        strict: Whether the severities hold that shapes state for the profile `strict`.

    Raises:
        ShapeError: A shapes file can't be read, or asks for what the engine does not cover.
    """
    con.execute("DELETE FROM violations WHERE stage = 'validate'")
    con.execute(f"CREATE OR REPLACE TEMP TABLE found ({columns_sql(_FOUND)})")
    con.execute("CREATE OR REPLACE TEMP TABLE named (shapes VARCHAR, iri VARCHAR)")
    users: dict[Path, list[str]] = {}
    for dataset, paths in shapes.items():
        for path in paths:
            users.setdefault(path, []).append(dataset)
    hierarchy = _hierarchy(con, ontology)
    if hierarchy is not ontology:
        only = None  # what the data say of classes may be another now
    focus = sum(
        _Run(con, read_shapes(path), ontology, hierarchy, datasets).run(only)
        for path, datasets in sorted(users.items())
    )
    if strict:
        raise_severities(con, sorted(users))
    set_aside = _settle(con, ontology)
    return ValidateReport(focus, set_aside)


def _hierarchy(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> Ontology:
    """Return the class axioms that hold for the data: the ontology's, and those that the data themselves state."""
    stated = con.execute(
        "SELECT DISTINCT subject, predicate, object, kind, NULL, NULL FROM statements WHERE predicate = ? AND kind = 'iri'",
        [RDFS.subClassOf],
    ).fetchall()
    return ontology.with_triples(stated) if stated else ontology


def _settle(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> int:
    """Tell what was found, each at its cell, and set aside what breaks a shape; return how many entities that is."""
    paths = [
        p
        for (p,) in con.execute("SELECT DISTINCT path FROM found WHERE path IS NOT NULL").fetchall()
    ]
    _pairs(con, "path_below", ontology, paths)
    run(con, _SQL["cells"], {"type": RDF_TYPE})
    run(con, _SQL["bad"])
    set_aside = con.execute("SELECT count(DISTINCT focus) FROM bad").fetchall()[0][0]
    if set_aside:
        _move(con, "rowid IN (SELECT id FROM bad_row)", "validate")
    for table in ("bad", "bad_row", "found", "named", "path_below"):
        con.execute(f"DROP TABLE {table}")
    return set_aside


def _pairs(
    con: duckdb.DuckDBPyConnection, table: str, ontology: Ontology, properties: Iterable[str]
) -> None:
    """Create `table (below, above)`: for each property itself and all below it."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} (below VARCHAR, above VARCHAR)")
    pairs = [(b, p) for p in sorted(properties) for b in sorted(ontology.subproperties(p))]
    if pairs:
        append(con, table, dict(zip(("below", "above"), zip(*pairs, strict=True), strict=True)))


def check_references(con: duckdb.DuckDBPyConnection, ontology: Ontology, *, base: str) -> int:
    """Set aside relations to or from what no source describes; return how many.

    An IRI of the twin that has no type names nothing: `reference:dangling`, one line for whatever is missing; what
    went with a thing that was set aside is counted under what is told of that. A relation to something outside the
    twin is kept, with a warning (`reference:external`), one for each relation of a dataset. Looks at every relation, whatever changed:
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
        run(con, _SQL["report_dangling"])
        _move(con, "rowid IN (SELECT id FROM lost)", "reference")
    con.execute(_SQL["external"], {"base": base})
    con.execute("DROP TABLE lost; DROP TABLE known; DROP TABLE relation")
    return count


@dataclass(frozen=True, slots=True)
class _Run:
    """One shapes file, over what it is about in the datasets that use it."""

    con: duckdb.DuckDBPyConnection
    shapes: ShapeSet
    ontology: Ontology
    hierarchy: Ontology
    datasets: Sequence[str]

    def run(self, only: str | None) -> int:
        """Append what is found to `found`; return how many focus nodes there are."""
        con, shapes = self.con, self.shapes
        self._find_focus(only)
        focus = con.execute("SELECT count(*) FROM focus").fetchall()[0][0]
        if shapes.ends is not None:
            keep_lacking(con, shapes.ends, self.ontology, self.hierarchy)
        count = con.execute("SELECT count(*) FROM focus").fetchall()[0][0]
        _pairs(con, "meant", self.ontology, shapes.mentioned & self.ontology.aligned_properties)
        append(
            con,
            "named",
            {"shapes": [str(shapes.path)] * len(shapes.mentioned), "iri": sorted(shapes.mentioned)},
        )
        axioms = "".join(
            f"<{a}> <{RDFS.subClassOf}> <{b}> .\n" for a, b in self.hierarchy.subclass_axioms
        )
        ends, near = shapes.ends is not None, shapes.local or shapes.ends is not None
        size = _BATCH if near else max(count, 1)
        for start in range(0, count, size):
            batch = {"start": start, "stop": start + size, "all": not near, "ends": ends}
            lines = con.execute(
                _SQL["ntriples"], {**batch, "type": RDF_TYPE, "label": LABEL, "node": NODE}
            ).fetchall()
            self._keep(
                shapes.judge(axioms + "".join(line for (line,) in lines)), start, start + size
            )
        for table in ("focus", "foreign_target", "meant"):
            con.execute(f"DROP TABLE {table}")
        return focus

    def _find_focus(self, only: str | None) -> None:
        targets = self.shapes.targets
        below = map(self.hierarchy.subclasses, targets.classes)
        judged = (
            f"SEMI JOIN {only} USING (subject)"
            if only and self.shapes.local and self.shapes.ends is None
            else ""
        )
        values = {
            "datasets": list(self.datasets),
            "classes": sorted(frozenset().union(*below)),
            "nodes": sorted(targets.nodes),
            "subjects_of": sorted(targets.subjects_of),
            "objects_of": sorted(targets.objects_of),
            "type": RDF_TYPE,
        }
        run(self.con, _SQL["focus"].replace("/*only*/", judged), values)

    def _keep(self, results: Iterable[shacl.Result], start: int, stop: int) -> None:
        """Append the findings to `found`: of a batch those on its own focus nodes, else all but those on other datasets'."""
        rows = rows_of(results, self.shapes, min(self.datasets))
        if not rows:
            return
        self.con.execute("CREATE OR REPLACE TEMP TABLE result AS FROM found WHERE false")
        append(self.con, "result", dict(zip(_FOUND, zip(*rows, strict=True), strict=True)))
        # The types of what a batch refers to come along: those entities are judged in their own batch.
        wanted = (
            f"SEMI JOIN (SELECT subject FROM focus WHERE id >= {start} AND id < {stop}) f"
            if self.shapes.local or self.shapes.ends is not None
            else "ANTI JOIN foreign_target f"
        )
        self.con.execute(
            f"INSERT INTO found SELECT r.* FROM result r {wanted} ON f.subject = r.focus"
        )
        self.con.execute("DROP TABLE result")


def _move(con: duckdb.DuckDBPyConnection, where: str, stage: str) -> None:
    con.execute(f"INSERT INTO set_aside SELECT *, '{stage}' FROM statements WHERE {where}")
    con.execute(f"DELETE FROM statements WHERE {where}")
