"""A mapping's document: its nodes, where they stand, and what may be said of each."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from ldt_graph.errors import MappingError, Place
from ldt_graph.namespaces import LDT, RDF_TYPE, RML, RML_LEGACY, RR, local_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Node = ox.NamedNode | ox.BlankNode
Term = Any  # of pyoxigraph: NamedNode, BlankNode, Literal or Triple

_EXPRESSION = {"template", "constant", "reference", "column"}
_TYPED = {*_EXPRESSION, "termType", "datatype", "datatypeMap", "language", "languageMap"}
ROLES: dict[str, set[str]] = {
    "a triples map": {"logicalSource", "subjectMap", "subject", "predicateObjectMap"},
    "a logical source": {
        *("source", "referenceFormulation", "iterator", "tableName"),
        *("ldt:optional", "ldt:optionalReference", "ldt:manyRows", "ldt:key"),
    },
    "a source": {"path", "root"},
    "a subject map": {*_EXPRESSION, "termType", "class"},
    "a predicate-object map": {"predicateMap", "predicate", "objectMap", "object"},
    "a predicate map": {*_EXPRESSION, "termType"},
    "an object map": _TYPED,
    "an object map with a parent": {"parentTriplesMap", "joinCondition"},
    "a join condition": {"child", "parent", "childMap", "parentMap"},
    "a child or parent map": {"reference"},
    "a datatype map": {*_EXPRESSION, "termType"},
    "a language map": {*_EXPRESSION, "termType"},
}
"""What may be said of each part of a mapping (RML Core, and `ldt:` for what it has no word for)."""

_MARKS = {
    "a predicate-object map": "redicateObjectMap",
    "a predicate map": "redicateObjectMap",
    "an object map": "redicateObjectMap",
    "an object map with a parent": "parentTriplesMap",
    "a join condition": "joinCondition",
}
"""The word by which a part is found in the text."""

KNOWN = frozenset(word for words in ROLES.values() for word in words)

BASE = "urn:ldt-graph:mapping"


class Document:
    """The triples of a mapping by subject and word; errors name the line."""

    def __init__(self, path: Path, text: str, quads: Iterable[ox.Quad]) -> None:
        self.path = path
        self.lines = text.splitlines()
        self.terms: dict[Any, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self.names: dict[Node, str] = {}
        self.met: set[Node] = set()
        for quad in quads:
            self.terms[quad.subject][_word(quad.predicate.value)].append(quad.object)
        self.line = 1

    # ── places ─────────────────────────────────────────────────────────────────────────────────

    def _line(self, node: Node) -> int:
        """Find the line on which a named node is defined; Turtle readers do not tell it."""
        if isinstance(node, ox.BlankNode):
            return self.line
        local = re.escape(local_name(node.value))
        pattern = re.compile(rf"^\s*(<[^>]*{local}>|[\w-]*:{local})\s*(a\b|;|$|rml:|rr:)")
        return next((i for i, line in enumerate(self.lines, 1) if pattern.search(line)), 1)

    def _place(self, text: str | None = None, after: str = "") -> Place:
        """Return the first line from the current triples map on that holds `text`, where `after` has been."""
        if text:
            there = not after
            for number, line in enumerate(self.lines[self.line - 1 :], self.line):
                there = there or after in line
                if there and text in line:
                    return Place(self.path.name, number)
        return Place(self.path.name, self.line)

    def _error(self, node: Node, message: str, hint: str | None = None) -> MappingError:
        return MappingError(message, place=Place(self.path.name, self._line(node)), hint=hint)

    def _refuse_unknown(self) -> None:
        for node, said in self.terms.items():
            for word in said:
                if word.startswith("?"):
                    name = word[1:]
                    place = next(
                        (
                            i
                            for i, line in enumerate(self.lines, 1)
                            if re.search(rf":{name}\b", line)
                        ),
                        None,
                    )
                    raise MappingError(
                        f"{name} is not supported yet.",
                        place=Place(self.path.name, place or self._line(node)),
                        hint="docs/reference/mappings.md lists what a mapping may use.",
                    )

    def _is(self, node: Node, role: str) -> None:
        """Note that a node is read as this part; refuse what may be said of other parts only."""
        self.met.add(node)
        for word, values in self.terms[node].items():
            if values and word not in ROLES[role] and (word in KNOWN or word.startswith("ldt:")):
                where = [r for r, words in ROLES.items() if word in words]
                near = difflib.get_close_matches(word, ROLES[role], 1)
                raise MappingError(
                    f"{word} is no word of {role}.",
                    place=self._place(word.removeprefix("ldt:"), _MARKS.get(role, "")),
                    hint=f"It belongs to {' or '.join(where)}."
                    if where
                    else f"Did you mean {near[0]}?"
                    if near
                    else f"Words of {role}: {', '.join(sorted(ROLES[role]))}.",
                )

    def _refuse_unattached(self) -> None:
        """Refuse what is said of a node that belongs to no triples map: it would make nothing, in silence."""
        for node, said in self.terms.items():
            words = sorted(w for w, values in said.items() if values and w in KNOWN)
            if words and node not in self.met:
                self.line = 1
                name = "" if isinstance(node, ox.BlankNode) else f" {local_name(node.value)}"
                raise MappingError(
                    f"The node{name} with {', '.join(words)} belongs to no triples map.",
                    place=Place(self.path.name, self._line(node))
                    if name
                    else self._place(words[0]),
                    hint="Point to it from one, or leave it out.",
                )

    def _node(self, term: Term) -> Node:
        if isinstance(term, ox.Literal):
            raise MappingError(
                f"Expected a node, found the text {term.value!r}.", place=self._place(term.value)
            )
        return term

    def _one(self, node: Node, word: str) -> Term | None:
        values = self.terms[node][word]
        if len(values) > 1:
            raise MappingError(
                f"{word} is given {len(values)} times; it may be given once.",
                place=self._place(word),
            )
        return values[0] if values else None

    def _text(self, node: Node, word: str) -> str | None:
        term = self._one(node, word)
        return None if term is None else term.value


def _word(iri: str) -> str:
    """Return a term's name without its vocabulary; one that we do not know gets a `?` in front."""
    if iri.startswith(LDT):
        return "ldt:" + iri.removeprefix(LDT)
    for namespace in (RML, RML_LEGACY, RR):
        if iri.startswith(namespace):
            name = iri.removeprefix(namespace)
            return name if name in KNOWN else "?" + name
    return iri if iri != RDF_TYPE else "a"
