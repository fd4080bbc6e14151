"""Property paths in SPARQL's syntax."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.namespaces import SH

if TYPE_CHECKING:
    from ldt_graph.validate.graph import ShapesGraph, Term

_REPEATED = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}


def path_text(graph: ShapesGraph, path: Term) -> str:
    """Return an IRI as it is, and a path as SPARQL writes it (SHACL, section 2.3.1): `<urn:a>/^<urn:b>`."""
    return path.value if isinstance(path, ox.NamedNode) else _written(graph, path)


def _written(graph: ShapesGraph, path: Term) -> str:
    """Write a path; what binds looser than a sequence stands in brackets where it is a part."""
    if steps := graph.items(path):
        return "/".join(_part(graph, s) for s in steps)
    if turned := graph.value(path, SH.inversePath):
        return f"^{_part(graph, turned)}"
    if ways := graph.items(graph.value(path, SH.alternativePath)):
        return "|".join(_part(graph, w) for w in ways)
    for word, sign in _REPEATED.items():
        if again := graph.value(path, word):
            return f"{_part(graph, again)}{sign}"
    return str(path)


def _part(graph: ShapesGraph, path: Term) -> str:
    return str(path) if isinstance(path, ox.NamedNode) else f"({_written(graph, path)})"
