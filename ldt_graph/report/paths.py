"""Property paths as text (SPARQL 1.1, section 9) to the nodes that SHACL writes them in (section 2.3.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.namespaces import PREFIXES, RDF, SH

if TYPE_CHECKING:
    from collections.abc import Sequence

    Node = ox.NamedNode | ox.BlankNode

_TOKEN = re.compile(r"\s*(<[^<>\s]*>|[()|/^*+?]|[^\s()|/^*+?<>]+)")
_REPEATS = {"*": SH.zeroOrMorePath, "+": SH.oneOrMorePath, "?": SH.zeroOrOnePath}


def path_quads(text: str, name: str) -> tuple[Node, list[ox.Triple]]:
    """Return the node of a path, and the triples that it is made of; `name` begins the names of its blank nodes.

    What is no path of SPARQL is taken for one IRI, percent-escaped.
    """
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`*()]*", text):
        return ox.NamedNode(text), []
    made = _Path(_TOKEN.findall(text), name)
    try:
        head = made.alternatives()
        if made.at == len(made.tokens):
            return head, made.triples
    except (IndexError, ValueError):
        pass
    return ox.NamedNode(
        "urn:ldt-graph:path:" + re.sub(r"[^\w.~/-]", lambda m: f"%{ord(m[0]) & 255:02X}", text)
    ), []


class _Path:
    def __init__(self, tokens: list[str], name: str) -> None:
        self.tokens, self.name, self.at, self.count = tokens, name, 0, 0
        self.triples: list[ox.Triple] = []

    def alternatives(self) -> Node:
        parts = self._several("|", self._sequence)
        return parts[0] if len(parts) == 1 else self._with(SH.alternativePath, self._list(parts))

    def _sequence(self) -> Node:
        parts = self._several("/", self._step)
        return parts[0] if len(parts) == 1 else self._list(parts)

    def _several(self, mark: str, read: object) -> list[Node]:
        parts = [read()]  # ty: ignore[not-callable]
        while self._next(mark):
            parts.append(read())  # ty: ignore[not-callable]
        return parts

    def _step(self) -> Node:
        if self._next("^"):
            return self._with(SH.inversePath, self._step())
        if self._next("("):
            node = self.alternatives()
            if not self._next(")"):
                raise ValueError
        else:
            node = self._iri(self.tokens[self.at])
            self.at += 1
        while self.at < len(self.tokens) and self.tokens[self.at] in _REPEATS:
            node = self._with(_REPEATS[self.tokens[self.at]], node)
            self.at += 1
        return node

    def _next(self, mark: str) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at] == mark
        self.at += found
        return found

    def _iri(self, token: str) -> Node:
        prefix, colon, local = token.partition(":")
        if token.startswith("<"):
            return ox.NamedNode(token[1:-1])
        if colon and prefix in PREFIXES:
            return ox.NamedNode(PREFIXES[prefix] + local)
        return ox.NamedNode(token)

    def _blank(self) -> ox.BlankNode:
        self.count += 1
        return ox.BlankNode(f"{self.name}n{self.count}")

    def _with(self, word: str, node: Node) -> Node:
        made = self._blank()
        self.triples.append(ox.Triple(made, ox.NamedNode(word), node))
        return made

    def _list(self, parts: Sequence[Node]) -> Node:
        rest: Node = ox.NamedNode(RDF.nil)
        for part in reversed(parts):
            made = self._blank()
            self.triples.append(ox.Triple(made, ox.NamedNode(RDF.first), part))
            self.triples.append(ox.Triple(made, ox.NamedNode(RDF.rest), rest))
            rest = made
        return rest
