"""What an engine finds, as rows: focus nodes, values and paths under their own names."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.namespaces import SH, XSD
from ldt_graph.validate.messages import local, sentence, short
from ldt_graph.validate.paths import path_text
from ldt_graph.validate.shapes import LABEL, NODE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ldt_graph.validate.engine import Result
    from ldt_graph.validate.shapes import ShapeSet

FOUND = {
    "focus": "VARCHAR",
    "kind": "VARCHAR",  # iri | bnode | literal: of the focus node
    "path": "VARCHAR",  # IRI, or a path in SPARQL's syntax
    "value": "VARCHAR",
    "datatype": "VARCHAR",  # of the value, where it is a literal; empty for plain text
    "lang": "VARCHAR",  # of the value, where it is a literal, in small letters; empty for none
    "rule": "VARCHAR",
    "severity": "VARCHAR",
    "message": "VARCHAR",
    "shapes": "VARCHAR",  # the file
    "dataset": "VARCHAR",  # the first that uses it
    "component": "VARCHAR",  # IRI; where several say one sentence of one value, all of them, a blank between
}

Row = tuple[str | None, ...]


def rows_of(results: Iterable[Result], shapes: ShapeSet, dataset: str) -> list[Row]:
    """Return results as rows of `FOUND`, sorted.

    Where several constraints of a shape say one sentence of one value, that is one finding; a constraint that the
    specification reports twice is two.
    """
    found, labels = [], {}
    for result in results:
        if result.path == f"<{LABEL}>":
            labels[result.value or ""] = result.focus[1:-1].removeprefix(NODE)
        else:
            found.append(result)
    counted: dict[Row, Counter[str]] = {}
    for result in found:
        counted.setdefault(_row(result, shapes, labels), Counter())[result.component] += 1
    rows = [
        (
            *row,
            str(shapes.path),
            dataset,
            " ".join(sorted(c for c in components if components[c] > n)),
        )
        for row, components in counted.items()
        for n in range(max(components.values()))
    ]
    return sorted(rows, key=lambda r: tuple(x or "" for x in r))


def _row(result: Result, shapes: ShapeSet, labels: dict[str, str]) -> Row:
    graph, shape = shapes.graph, shapes.shape_of(result.shape)
    path, around = _iri(result.path), graph.named(shape)
    if path is None and (way := graph.value(shape, SH.path)) is not None:
        path = path_text(graph, way)
    rule = short(around.value) if around else ""
    if around != shape:
        rule += f"-{local(path) if path and '<' in path else short(path or '')}"
    severity = "violation" if result.severity == SH.Violation else "warning"
    focus, kind = _node(result.focus, labels)
    value = None if result.value is None else _node(result.value, labels)[0]
    return (
        *(focus, kind, path, value, *_literal(result.value)),
        *(rule, severity, sentence(result, path, value)),
    )


def _literal(term: str | None) -> tuple[str | None, str | None]:
    """Return datatype and language of a literal in N-Triples, as in `FOUND`; of another term neither."""
    if term is None or not term.startswith('"'):
        return None, None
    tail = term[term.rindex('"') + 1 :]
    if tail.startswith("@"):
        return "", tail[1:].lower()
    return ("" if tail[3:-1] == XSD.string else tail[3:-1]), ""


def _node(term: str, labels: dict[str, str]) -> tuple[str, str]:
    """Return a term in N-Triples as the record writes it, and its kind."""
    if term.startswith("<"):
        return term[1:-1], "iri"
    if term.startswith("_:"):
        return labels.get(term, term), "bnode"
    [triple] = ox.parse(f"<urn:s> <urn:p> {term} .", format=ox.RdfFormat.N_TRIPLES)
    return triple.object.value, "literal"


def _iri(term: str | None) -> str | None:
    return term[1:-1] if term and re.fullmatch(r"<[^<>]*>", term) else None
