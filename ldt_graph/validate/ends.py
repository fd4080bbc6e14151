"""Shapes that ask for nothing but ends (a line is joined to two things): whoever has them is told by counting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.model import run
from ldt_graph.namespaces import RDF, RDF_TYPE, SH

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from ldt_graph.ontology import Ontology

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
_TOLD = {SH + word for word in ("name", "description", "severity", "message", "order", "group")}
_NODE = {SH.targetClass, SH.property} | _TOLD
_PROPERTY = {SH.path, SH.minCount} | _TOLD


@dataclass(frozen=True, slots=True)
class Ends:
    """How many ends things of some classes need.

    Attributes:
        classes: The target classes.
        out: Relations and attributes that lead from a thing to its ends.
        into: Relations that lead from its ends to it.
    """

    classes: tuple[str, ...]
    out: tuple[str, ...]
    into: tuple[str, ...]
    least: int


def read_ends(quads: Sequence[ox.Quad]) -> tuple[Ends, ...] | None:
    """Return what a shapes file asks, where that is nothing but ends: `sh:minCount` on relations, inverse or not.

    None: it asks for something else too.
    """
    said: dict[object, dict[str, list[Term]]] = {}
    for q in quads:
        said.setdefault(q.subject, {}).setdefault(q.predicate.value, []).append(q.object)
    found: list[Ends] = []
    for node, words in said.items():
        asked = {w for w in words if w.startswith(SH)}
        if SH.property in words or SH.targetClass in words:
            if not asked <= _NODE or not isinstance(node, ox.NamedNode):
                return None
            classes = tuple(sorted(c.value for c in words.get(SH.targetClass, ()) if isinstance(c, ox.NamedNode)))  # fmt: skip
            asks = [_ask(classes, said.get(p, {}), said) for p in words.get(SH.property, ())]
            if not classes or None in asks:
                return None
            found += [a for a in asks if a is not None]
        elif asked and not (SH.path in words or isinstance(node, ox.BlankNode)):
            return None
    return tuple(found)


def _ask(
    classes: tuple[str, ...],
    words: dict[str, list[Term]],
    said: dict[object, dict[str, list[Term]]],
) -> Ends | None:
    asked = {w for w in words if w.startswith(SH)}
    if not {SH.path, SH.minCount} <= asked <= _PROPERTY:
        return None
    [path], [least] = words[SH.path], words[SH.minCount]
    listed = said.get(path, {}).get(SH.alternativePath)
    steps = [_step(p, said) for p in (_items(listed[0], said) if listed else [path])]
    if not isinstance(least, ox.Literal) or None in steps:
        return None
    known = [s for s in steps if s is not None]
    out, into = (tuple(p for p, back in known if back is way) for way in (False, True))
    return Ends(classes, out, into, int(least.value))


def _step(path: Term, said: dict[object, dict[str, list[Term]]]) -> tuple[str, bool] | None:
    """Return a path's relation and whether it is read backwards; None for paths of more steps."""
    if isinstance(path, ox.NamedNode):
        return path.value, False
    turned = said.get(path, {}).get(SH.inversePath, [])
    return (turned[0].value, True) if turned and isinstance(turned[0], ox.NamedNode) else None


def _items(node: Term, said: dict[object, dict[str, list[Term]]]) -> list[Term]:
    found: list[Term] = []
    while RDF.first in (words := said.get(node, {})):
        found += words[RDF.first]
        [node] = words[RDF.rest]
    return found


def keep_lacking(
    con: duckdb.DuckDBPyConnection, asked: Sequence[Ends], ontology: Ontology, classes: Ontology
) -> None:
    """Leave in `focus` only what lacks an end that a shape asks for. Cost: a count over the relations of each shape.

    Args:
        con: The build's connection, with the table `focus`.
        asked: What the shapes ask.
        ontology: Whose hierarchy of relations holds.
        classes: Whose hierarchy of classes holds.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE lacking (subject VARCHAR)")
    for each in asked:
        values = {
            "classes": sorted(frozenset().union(*map(classes.subclasses, each.classes))),
            "out": sorted(frozenset().union(*map(ontology.subproperties, each.out))),
            "into": sorted(frozenset().union(*map(ontology.subproperties, each.into))),
            "least": each.least,
            "type": RDF_TYPE,
        }
        run(con, _SQL, values)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE focus AS SELECT row_number() OVER (ORDER BY subject) - 1 AS id, subject "
        "FROM (SELECT DISTINCT subject FROM lacking); DROP TABLE lacking"
    )
