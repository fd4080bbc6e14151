"""What the engine finds, as rows: focus nodes, values and paths under their own names."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.validate.messages import sentence, short
from ldt_graph.validate.shapes import LABEL, NODE

if TYPE_CHECKING:
    from collections.abc import Iterable

    import shacl

    from ldt_graph.validate.shapes import ShapeSet

FOUND = {
    "focus": "VARCHAR",
    "kind": "VARCHAR",  # iri | bnode | literal: of the focus node
    "path": "VARCHAR",
    "value": "VARCHAR",
    "rule": "VARCHAR",
    "severity": "VARCHAR",
    "message": "VARCHAR",
    "shapes": "VARCHAR",  # the file
    "dataset": "VARCHAR",  # the first that uses it
}

Row = tuple[str | None, ...]


def rows_of(results: Iterable[shacl.Result], shapes: ShapeSet, dataset: str) -> list[Row]:
    """Return results as rows of `FOUND`, sorted.

    Where several constraints of a shape say one sentence of one value, that is one finding; a constraint that the
    specification reports twice is two.
    """
    found, labels = [], {}
    for result in results:
        if result.path == f"<{LABEL}>":
            labels[result.value or ""] = result.focus_node[1:-1].removeprefix(NODE)
        else:
            found.append(result)
    counted = Counter((_row(r, labels), r.component_iri) for r in found)
    copies: Counter[Row] = Counter()
    for (row, _), n in counted.items():
        copies[row] = max(copies[row], n)
    rows = [(*row, str(shapes.path), dataset) for row in copies.elements()]
    return sorted(rows, key=lambda r: tuple(x or "" for x in r))


def _row(result: shacl.Result, labels: dict[str, str]) -> Row:
    path = _iri(result.path)
    rule = _iri(result.source_shape) or (
        f"{short(_iri(result.root_shape) or '')}-{short(path or '')}"
    )
    severity = "violation" if result.severity == "Violation" else "warning"
    focus, kind = _node(result.focus_node, labels)
    value = labels.get(result.value or "", result.value_plain)
    return (focus, kind, path, value, short(rule), severity, sentence(result, path))


def _node(term: str, labels: dict[str, str]) -> tuple[str, str]:
    """Return a term in N-Triples as the record writes it, and its kind."""
    if term.startswith("<"):
        return term[1:-1], "iri"
    if term.startswith("_:"):
        return labels.get(term, term), "bnode"
    [triple] = ox.parse(f"<urn:s> <urn:p> {term} .", format=ox.RdfFormat.N_TRIPLES)
    return triple.object.value, "literal"


def _iri(term: str | None) -> str | None:
    return term[1:-1] if term and term.startswith("<") and term.endswith(">") else None
