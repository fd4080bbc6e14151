"""SPARQL in shapes: it must read as a query, and as one whose variables can be bound beforehand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

import pyoxigraph as ox

from ldt_graph.namespaces import OWL, SH, XSD

if TYPE_CHECKING:
    from ldt_graph.validate.graph import ShapesGraph, Term

_SUBQUERY = re.compile(r"\{\s*SELECT\b(?P<projection>[^{}]*?)(?:\bWHERE\b\s*)?\{", re.IGNORECASE)
_QUERIES = ((SH.select, re.compile(r"\bSELECT\b", re.I)), (SH.ask, re.compile(r"\bASK\b", re.I)))
_FORBIDDEN = {
    "MINUS": re.compile(r"\bMINUS\b", re.I),
    "VALUES": re.compile(r"\bVALUES\b", re.I),
    "SERVICE": re.compile(r"\bSERVICE\b", re.I),
}
_QUIET = re.compile(
    r"<[^<>\s]*>|\"\"\".*?\"\"\"|'''.*?'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|#[^\n]*", re.S
)
"""What is no word of a query: IRIs, strings and comments."""


def check_queries(graph: ShapesGraph) -> None:
    """Refuse queries that are none, or that SHACL forbids (sections 5.2 and 5.3).

    Raises:
        ShapeError: With the shape and the line of the query.
    """
    users = {
        user: node
        for node in graph.said
        for word in (SH.sparql, SH.validator, SH.nodeValidator, SH.propertyValidator)
        for user in graph.values(node, word)
    }
    for node, shape in users.items():
        held = [v for word, _ in _QUERIES for v in graph.values(node, word)]
        if len(held) != 1:
            graph.refuse(
                shape,
                f"A SPARQL constraint has one query, and this has {len(held) or 'none'}.",
                SH.sparql,
            )
    for node in graph.said:
        for word, form in _QUERIES:
            for query in graph.values(node, word):
                _check(graph, users.get(node, node), node, word, query, form)


def _check(
    graph: ShapesGraph, shape: Term, node: Term, word: str, query: Term, form: re.Pattern[str]
) -> None:
    def refuse(message: str, hint: str | None = None) -> NoReturn:
        graph.refuse(shape, message, word, query, at=node, hint=hint)

    name = word.removeprefix(SH)
    if not isinstance(query, ox.Literal) or query.datatype.value != XSD.string:
        refuse(f"sh:{name} is {query}, and must be a string.")
    plain = _QUIET.sub(" ", query.value)
    if not form.search(plain):
        refuse(f"sh:{name} is no {name.upper()} query.")
    for forbidden, found in _FORBIDDEN.items():
        if found.search(plain):
            refuse(f"sh:{name} has {forbidden}, which SHACL forbids where a variable is bound beforehand.")  # fmt: skip
    if bound := re.search(r"\bAS\s+[?$](this|shapesGraph|currentShape|value|PATH)\b", plain):
        refuse(f"sh:{name} assigns ${bound[1]}, which SHACL binds beforehand.")
    for match in _SUBQUERY.finditer(plain):
        if not re.search(r"\*|[?$]this\b", match["projection"]):
            refuse(
                f"A subquery of sh:{name} does not return $this, which SHACL binds beforehand.",
                "Add $this to what the subquery selects.",
            )
    if fault := _syntax(graph, node, query.value):
        refuse(f"sh:{name} can't be read: {fault}")


def _syntax(graph: ShapesGraph, node: Term, query: str) -> str | None:
    """Return why a query can't be read."""
    text = re.sub(r"\$PATH\b", "<urn:path>", query)
    try:
        ox.Store().query(prologue(graph, node) + text)
    except SyntaxError as error:
        return f"{error.msg}."
    return None


def prologue(graph: ShapesGraph, node: Term) -> str:
    """Return the prefixes that are declared for a query, as SPARQL (SHACL, section 5.2.1)."""
    prefixes, named = {}, graph.values(node, SH.prefixes)
    for declarer in named:  # grows with what it imports
        named += [v for v in graph.values(declarer, OWL.imports) if v not in named]
        for declared in graph.values(declarer, SH.declare):
            prefix, iri = (graph.value(declared, w) for w in (SH.prefix, SH.namespace))
            if isinstance(prefix, ox.Literal) and isinstance(iri, ox.Literal):
                prefixes[prefix.value] = iri.value
    return "".join(f"PREFIX {p}: <{i}> " for p, i in prefixes.items())
