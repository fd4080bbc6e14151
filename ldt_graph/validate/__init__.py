"""Validate statements against SHACL shapes; set aside what breaks one, and name the cell that does."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph import waivers
from ldt_graph.model import append, columns_sql, run, tell
from ldt_graph.namespaces import RDF_TYPE, RDFS
from ldt_graph.settings import Settings
from ldt_graph.validate.axioms import check_axioms
from ldt_graph.validate.causes import tell_once
from ldt_graph.validate.extent import Judged, find_extent, find_outside, lead_to_coordinates
from ldt_graph.validate.findings import FOUND as _FOUND
from ldt_graph.validate.findings import rows_of
from ldt_graph.validate.focus import create_focus, find_focus
from ldt_graph.validate.gaps import check_groups, check_overlaps, note_gaps
from ldt_graph.validate.judge import Run, judged
from ldt_graph.validate.notes import notes
from ldt_graph.validate.part import Part, find_part
from ldt_graph.validate.profile import raise_severities
from ldt_graph.validate.reach import Reach
from ldt_graph.validate.said import Meaning
from ldt_graph.validate.shapes import read_shapes
from ldt_graph.validate.terms import check_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import duckdb

    from ldt_graph.extent import Asked, Extent
    from ldt_graph.model import Touched
    from ldt_graph.ontology import Ontology
    from ldt_graph.validate.judge import Job

__all__ = [
    "ValidateReport",
    "check_axioms",
    "check_groups",
    "check_overlaps",
    "check_references",
    "check_terms",
    "note_gaps",
    "tell_once",
    "validate",
]

_ROWS = "(SELECT rowid AS id, * FROM statements)"
_OWN = "(FROM part WHERE own)"
_NONE = f"(FROM {_ROWS} WHERE false)"
_SCRATCH = "found told named path_below bad bad_row focus kept doubtful known part outside"
_SQL = {p.stem: p.read_text(encoding="utf-8") for p in sorted(Path(__file__).parent.glob("*.sql"))}


@dataclass(frozen=True, slots=True)
class ValidateReport:
    """Focus nodes looked at, the entities set aside, and what positions were judged by."""

    focus_nodes: int
    set_aside: int
    judged: Judged


def validate(
    con: duckdb.DuckDBPyConnection,
    shapes: Mapping[str, Sequence[Path]],
    ontology: Ontology,
    *,
    touched: Touched | None = None,
    extent: Asked | None = None,
    strict: bool = False,
    settings: Settings | None = None,
) -> ValidateReport:
    """Check every dataset's entities against its shapes. One that breaks a shape of severity Violation is set aside.

    All are judged by the statements as they are before any is set aside, so that no order of datasets
    matters. Then all statements of a bad entity move from `statements` to `set_aside`; each broken rule
    becomes a line of `violations` with the file, row and column of the value. Shapes see what the hierarchies of
    classes, relations and attributes say. Results on blank, nested and literal nodes count as any other.

    Cost: a look in columns at what the shapes read; an engine judges the entities that this leaves open, in batches,
    side by side, so that memory does not grow with the city. A path that repeats or a SPARQL query may read
    everything: such a shape is judged over the whole at once. Of a change, what it touches is judged, and whatever
    may be judged differently for it: the same lines as of a whole run.

    Args:
        con: The build's connection.
        shapes: Dataset → shapes files.
        ontology: Whose hierarchies hold.
        touched: What is said differently than when all was judged; None: judge all.
        extent: What the twin says of its extent; `core` says how severe it is where a position lies outside. None: judge none.
        strict: Whether the severities hold that shapes state for the profile `strict`.
        settings: The engine, and how many threads judge.

    Raises:
        ShapeError: A shapes file can't be read, is not well formed, or asks for what is not supported.
        MissingExtra: The engine that the settings ask for is not installed.
    """
    settings = settings or Settings()
    con.execute("DELETE FROM violations WHERE stage = 'validate'")
    if touched and _reclassified(con, touched):
        touched = None
    runs = list(_runs(con, shapes, ontology, settings.shacl))
    _judge(con, _changed(con, runs, touched) if touched else _all(con, runs), settings.threads)
    by = find_extent(con, ontology, extent) if extent else Judged(None, None)
    outside = _outside(con, by.extent, runs)
    if strict:
        raise_severities(con, [run.shapes.graph for run in runs])
    # What was found of a change is found in its part, but by what looks at everything.
    far = outside is not None or any(r.far or r.shapes.queried for r in runs)
    set_aside = _settle(con, ontology, runs, outside, part=touched is not None and not far)
    con.execute("".join(f"DROP TABLE IF EXISTS {t};" for t in _SCRATCH.split()))
    return ValidateReport(sum(r.focus_nodes for r in runs), set_aside, by)


def _judge(con: duckdb.DuckDBPyConnection, jobs: Iterable[Job], threads: int) -> None:
    """Create `found`: what an engine finds."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE found ({columns_sql(_FOUND)})")
    for job, results in judged(jobs, threads or os.cpu_count() or 1):
        if rows := rows_of(results, job.run.shapes, min(job.run.datasets)):
            append(con, "found", dict(zip(_FOUND, zip(*rows, strict=True), strict=True)))


def _outside(
    con: duckdb.DuckDBPyConnection, extent: Extent | None, runs: Iterable[Run]
) -> Extent | None:
    """Add to `found` what lies outside an extent; return the extent where anything does."""
    return extent if extent and find_outside(con, extent, [r.shapes for r in runs]) else None


def _all(con: duckdb.DuckDBPyConnection, files: Iterable[Run]) -> Iterator[Job]:
    for file in files:
        create_focus(con, "focus")
        find_focus(con, file.aims([*file.near, *file.far]), Part())
        yield from file.jobs(Part())


def _changed(
    con: duckdb.DuckDBPyConnection, files: Sequence[Run], touched: Touched
) -> Iterator[Job]:
    """Yield what an engine has to look at after a change: its part of the statements is found for all shapes at once."""
    part = find_part(con, Reach.union(f.reach for f in files), touched)
    create_focus(con, "focus")
    find_focus(con, (a for f in files for a in f.aims(f.near)), part)
    find_focus(con, (a for f in files for a in f.aims(f.far)), Part())
    for file in files:
        yield from file.jobs(part)


def _runs(
    con: duckdb.DuckDBPyConnection,
    shapes: Mapping[str, Sequence[Path]],
    ontology: Ontology,
    engine: str,
) -> Iterable[Run]:
    """Yield each shapes file with the datasets that use it; tell what is odd about it."""
    users: dict[Path, list[str]] = {}
    for dataset, paths in shapes.items():
        for path in paths:
            users.setdefault(path, []).append(dataset)
    classes = _hierarchy(con, ontology)
    for number, (path, datasets) in enumerate(sorted(users.items())):
        read = read_shapes(path, engine)
        tell(con, list(notes(read.graph, {r.node for r in read.roots}, min(datasets))))
        yield Run(con, number, read, Meaning.of(read, ontology, classes), datasets)


def _reclassified(con: duckdb.DuckDBPyConnection, touched: Touched) -> bool:
    """Tell whether a change says something else of classes: any verdict may be another."""
    sql = f"SELECT 1 FROM {touched.statements} WHERE predicate = ? LIMIT 1"
    return bool(con.execute(sql, [RDFS.subClassOf]).fetchall())


def _hierarchy(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> Ontology:
    """Return the class axioms that hold for the data: the ontology's, and those that the data themselves state."""
    stated = con.execute(
        "SELECT DISTINCT subject, predicate, object, kind, NULL, NULL FROM statements WHERE predicate = ? AND kind = 'iri'",
        [RDFS.subClassOf],
    ).fetchall()
    return ontology.with_triples(stated) if stated else ontology


def _settle(
    con: duckdb.DuckDBPyConnection,
    ontology: Ontology,
    runs: Iterable[Run],
    extent: Extent | None,
    *,
    part: bool,
) -> int:
    """Tell what was found, each at its cell, and set aside what breaks a shape; return how many entities that is.

    Only what a finding needs is looked at: all statements more than once cost as much as the judging.
    """
    told, asked = _SQL["told"].split(";\n")[:2]
    con.execute(told.replace("/*rows*/", _OWN if part else _ROWS))
    count, paths, beyond, naming = con.execute(asked).fetchall()[0]
    if not count:
        return 0
    # Of a path in SPARQL's syntax each relation that it goes by.
    _pairs(con, "path_below", ontology, {p for text in paths for p in re.findall("<([^<>]*)>", text) or [text]})  # fmt: skip
    script = _SQL["reads"] + _SQL["cells"]
    script = script.replace("/*beyond*/", _ROWS if beyond else _NONE)
    run(con, script.replace("/*naming*/", _ROWS if naming else _NONE), {"type": RDF_TYPE})
    if extent:
        lead_to_coordinates(con, extent)
    waivers.mark(con)
    _name(con, runs if naming else ())
    run(con, _SQL["bad"].replace("/*naming*/", _ROWS if naming else _NONE))
    set_aside = con.execute("SELECT count(DISTINCT focus) FROM bad").fetchall()[0][0]
    if set_aside:
        _move(con, "rowid IN (SELECT id FROM bad_row)", "validate")
    return set_aside


def _name(con: duckdb.DuckDBPyConnection, runs: Iterable[Run]) -> None:
    """Create `named (shapes, iri)`: what each of some shapes files mentions."""
    con.execute("CREATE OR REPLACE TEMP TABLE named (shapes VARCHAR, iri VARCHAR)")
    rows = [(str(r.shapes.path), iri) for r in runs for iri in sorted(r.shapes.mentioned)]
    if rows:
        append(con, "named", dict(zip(("shapes", "iri"), zip(*rows, strict=True), strict=True)))


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
    relations = sorted(set().union(*map(ontology.subproperties, ontology.object_properties)))
    con.execute(
        "CREATE OR REPLACE TEMP TABLE relation AS SELECT unnest(?::VARCHAR[]) AS iri", [relations]
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE known AS SELECT DISTINCT subject AS iri FROM statements WHERE predicate = ?",
        [RDF_TYPE],
    )
    run(con, _SQL["reads"])
    con.execute(_SQL["dangling"], {"base": base})
    count = con.execute("SELECT count(*) FROM lost").fetchall()[0][0]
    if count:
        run(con, _SQL["report_dangling"], {"type": RDF_TYPE})
        _move(con, "rowid IN (SELECT id FROM lost)", "reference")
    con.execute(_SQL["external"], {"base": base})
    con.execute("DROP TABLE lost; DROP TABLE known; DROP TABLE relation")
    return count


def _move(con: duckdb.DuckDBPyConnection, where: str, stage: str) -> None:
    con.execute(f"INSERT INTO set_aside SELECT *, '{stage}' FROM statements WHERE {where}")
    con.execute(f"DELETE FROM statements WHERE {where}")
