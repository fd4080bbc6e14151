"""Suggest what a bad cell should say, where one answer follows, and how sure that is. Nothing is changed by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.model import append, run
from ldt_graph.namespaces import AS_WKT, IDENTIFIER, RDF_TYPE, RDFS, SH, local_name
from ldt_graph.repair.asked import XSD_NAMES, Asked, read_asked
from ldt_graph.repair.extent import moved
from ldt_graph.repair.nearest import nearest
from ldt_graph.repair.places import swapped
from ldt_graph.repair.ranges import Range, in_range
from ldt_graph.repair.texts import candidates, reads_as

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

    from ldt_graph.extent import Extent
    from ldt_graph.model import Dataset
    from ldt_graph.ontology import Ontology

    Fix = tuple[str, float]
    Row = tuple[int, str, float]

__all__ = ["repair"]

_SQL = {p.stem: p.read_text(encoding="utf-8") for p in sorted(Path(__file__).parent.glob("*.sql"))}
_NEAR = 500.0
"""Metres within which a missing link's other end is looked for."""


def repair(
    con: duckdb.DuckDBPyConnection,
    shapes: Mapping[str, Sequence[Path]],
    ontology: Ontology,
    datasets: Iterable[Dataset] = (),
    *,
    base: str,
    extent: Extent | None = None,
) -> int:
    """Fill `fix`, `confidence` and `expected` of violations that say none; return how many have a fix.

    A fix is a value that meets what was asked, so that the violation goes when the cell says it; where two are as
    likely there is none, or one of low confidence. Each distinct value is looked at once. Cost: the distinct bad
    values, and for dangling references a join with the identifiers.

    Args:
        con: The build's connection, when every stage has judged.
        shapes: Dataset → shapes files.
        ontology: Whose terms and ranges hold.
        datasets: The twin's, for the columns of their coordinates.
        base: What IRIs of the twin begin with.
        extent: What positions are to lie in.
    """
    if not con.execute("SELECT 1 FROM violations LIMIT 1").fetchone():
        return 0
    asked = read_asked(path for paths in shapes.values() for path in paths)
    _say_expected(con, asked)
    rows = [*_of_values(con, asked), *_of_terms(con, ontology)]
    _write(con, rows)
    run(con, _SQL["coordinates"])
    _write(con, swapped(con, datasets))
    if extent:
        _write(con, moved(con, datasets, extent))
    run(con, _SQL["references"], {"identifier": IDENTIFIER, "base": base, "type": RDF_TYPE})
    _link(con, asked, ontology)
    return con.execute("SELECT count(fix) FROM violations").fetchall()[0][0]


def _say_expected(con: duckdb.DuckDBPyConnection, asked: Mapping[str, Asked]) -> None:
    words = {name: a.words for name, a in asked.items() if a.words}
    if words:
        con.execute("CREATE OR REPLACE TEMP TABLE asked_word (rule VARCHAR, words VARCHAR)")
        append(con, "asked_word", {"rule": [*words], "words": [*words.values()]})
        con.execute(
            "UPDATE violations SET expected = a.words FROM asked_word a "
            "WHERE violations.rule = a.rule AND violations.expected IS NULL; DROP TABLE asked_word"
        )


def _write(con: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE fixed (id BIGINT, fix VARCHAR, confidence DOUBLE)")
    if rows:
        append(con, "fixed", dict(zip("ifc", zip(*rows, strict=True), strict=True)))
    run(con, _SQL["write"])


# ── values ───────────────────────────────────────────────────────────────────────────────────────


def _of_values(con: duckdb.DuckDBPyConnection, asked: Mapping[str, Asked]) -> list[Row]:
    """Return the fixes of values that break a shape, or that are not of their datatype."""
    found = con.execute(_SQL["values"]).fetchall()
    ranges = {branch: Range(*rest) for branch, *rest in con.execute(_SQL["ranges"]).fetchall()}
    by_path = {a.path: a for a in asked.values() if a.path}
    known: dict[object, Fix | None] = {}
    rows: list[Row] = []
    for number, stage, rule, value, datatype, branch, predicate in found:
        case = (stage, rule, value, datatype, branch)
        if case not in known:
            if stage != "validate":
                iri = XSD_NAMES.get("decimal" if rule == "source:coordinate" else datatype)
                known[case] = _datatype_fix(value, iri, by_path.get(predicate)) if iri else None
            else:
                shape = asked.get(rule)
                known[case] = _shape_fix(value, shape, ranges.get(branch)) if shape else None
        if made := known[case]:
            rows.append((number, *made))
    return rows


def _datatype_fix(value: str, datatype: str, shape: Asked | None) -> Fix | None:
    def fits(text: str) -> bool:
        return reads_as(text, datatype) and (shape is None or not shape.bounded or shape.fits(text))

    return best(candidates(value, datatype), value, fits)


def _shape_fix(value: str, shape: Asked, usual: Range | None) -> Fix | None:
    if shape.allowed:
        return _allowed_fix(value, shape.allowed)
    if shape.bounded:
        return best(in_range(value, shape, usual), value, shape.fits)
    if shape.pattern:
        forms = [*candidates(value, None), *_cased(value), *candidates(value, XSD_NAMES["date"])]
        return best(forms, value, shape.fits)
    return None


def _allowed_fix(value: str, allowed: Sequence[str]) -> Fix | None:
    """Return the nearest allowed value; of IRIs by what differs."""
    if "://" not in value:
        return nearest(value, allowed)
    by_name = {local_name(a): a for a in allowed}
    found = nearest(local_name(value), by_name)
    return (by_name[found[0]], found[1]) if found else None


def _cased(value: str) -> Iterable[Fix]:
    bare = value.strip()
    yield from ((bare.upper(), 0.9), (bare.lower(), 0.9))


def best(forms: Iterable[Fix], value: str, fits: object) -> Fix | None:
    """Return the surest candidate that is as asked; a rival of another value takes what it is sure of."""
    sure: dict[str, float] = {}
    for text, confidence in forms:
        if text != value and fits(text):  # ty: ignore[not-callable]
            sure[text] = max(confidence, sure.get(text, 0.0))
    if not sure:
        return None
    ranked = sorted(sure.items(), key=lambda c: (-c[1], c[0]))
    if len(ranked) > 1 and ranked[0][1] < 0.7 and ranked[0][1] == ranked[1][1]:
        return ranked[0][0], min(ranked[0][1], 0.5)
    return ranked[0]


# ── terms ────────────────────────────────────────────────────────────────────────────────────────


def _of_terms(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> list[Row]:
    """Return the fixes of classes, relations and attributes that a cell misspells."""
    rows: list[Row] = []
    kinds = {
        "term:unknown-class": ontology.classes,
        "term:unknown-relation": ontology.object_properties,
        "term:unknown-attribute": ontology.attributes,
    }
    for number, rule, value in con.execute(_SQL["terms"]).fetchall():
        found = nearest(value, sorted({local_name(t) for t in kinds.get(rule, ())}))
        if found and found[0] != value:  # of another namespace: no cell says that
            rows.append((number, *found))
    return rows


# ── missing links ────────────────────────────────────────────────────────────────────────────────


def _link(con: duckdb.DuckDBPyConnection, asked: Mapping[str, Asked], ontology: Ontology) -> None:
    """Suggest the nearest thing of the right class for a relation that is missing: a guess, of low confidence."""
    missing = {
        name: a
        for name, a in asked.items()
        if a.least and a.path and a.path in ontology.object_properties
    }
    if not missing:
        return
    con.execute(
        "CREATE OR REPLACE TEMP TABLE lacking (rule VARCHAR, relation VARCHAR, class VARCHAR)"
    )
    ranges = [
        (name, a.path, below)
        for name, a in missing.items()
        for cls in (*a.classes, *ontology.objects(str(a.path), RDFS.range))
        for below in sorted(ontology.subclasses(cls))
    ]
    unknown = [
        (name, a.path, None) for name, a in missing.items() if name not in {r for r, *_ in ranges}
    ]
    append(con, "lacking", dict(zip("abc", zip(*ranges, *unknown, strict=True), strict=True)))
    values = {
        "type": RDF_TYPE,
        "wkt": AS_WKT,
        "identifier": IDENTIFIER,
        "near": _NEAR,
        "least": SH.MinCountConstraintComponent,
    }
    run(con, _SQL["links"], values)
