"""A shapes graph: what a Turtle file says of each node, with the line where it says so."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, TYPE_CHECKING, NamedTuple, NoReturn, cast

import pyoxigraph as ox

from ldt_graph.errors import Place, ShapeError
from ldt_graph.namespaces import RDF, RDF_TYPE, SH, curie, local_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


def words(text: str, namespace: str = SH) -> tuple[str, ...]:
    """Return the IRIs of some names."""
    return tuple(namespace + name for name in text.split())


TARGETS = words("targetClass targetNode targetSubjectsOf targetObjectsOf")
SHAPE_LISTS = (SH["and"], SH["or"], SH.xone)
"""Words whose value is a list of shapes."""
SHAPE_WORDS = (SH.property, SH.node, SH["not"], SH.qualifiedValueShape)
"""Words whose value is a shape."""
PARAMETERS = frozenset(
    words("""
    class datatype nodeKind minCount maxCount minExclusive minInclusive maxExclusive maxInclusive
    minLength maxLength pattern flags languageIn uniqueLang equals disjoint lessThan
    lessThanOrEquals not and or xone node property qualifiedValueShape qualifiedValueShapesDisjoint
    qualifiedMinCount qualifiedMaxCount closed ignoredProperties hasValue in sparql
    """)
)
"""The parameters of the constraint components (SHACL, appendix D): what has one is a shape."""


class Said(NamedTuple):
    """One statement about a node."""

    word: str
    value: Term
    line: int


@dataclass(frozen=True)
class ShapesGraph:
    """What a shapes file says. Its blank nodes are numbered as they come, so that a file always reads the same."""

    path: Path
    text: str
    said: dict[Term, list[Said]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, text: str) -> ShapesGraph:
        """Read Turtle.

        Raises:
            ShapeError: It is not Turtle, or a prefix is not declared; with its line.
        """
        graph, lines, known = cls(path, text), _Lines(text), {}
        try:
            for quad in ox.parse(
                cast("IO[bytes]", lines),
                format=ox.RdfFormat.TURTLE,
                base_iri="urn:ldt-graph:shapes",
            ):
                subject, value = (_numbered(t, known) for t in (quad.subject, quad.object))
                said = Said(quad.predicate.value, value, lines.number)
                held = graph.said.setdefault(subject, [])
                if (said.word, said.value) not in ((s.word, s.value) for s in held):
                    held.append(said)
        except SyntaxError as error:
            raise ShapeError(
                f"Not valid Turtle: {error.msg}.", place=Place(path.name, error.lineno)
            ) from None
        return graph

    def values(self, node: Term, word: str) -> list[Term]:
        """Return what a word says of a node."""
        return [s.value for s in self.said.get(node, ()) if s.word == word]

    def value(self, node: Term, word: str) -> Term | None:
        """Return the first that a word says of a node."""
        return next(iter(self.values(node, word)), None)

    def words_of(self, node: Term) -> set[str]:
        """Return the words that are said of a node."""
        return {s.word for s in self.said.get(node, ())}

    def is_a(self, node: Term, cls: str) -> bool:
        """Tell whether a node is stated to be of a class."""
        return ox.NamedNode(cls) in self.values(node, RDF_TYPE)

    def items(self, node: Term | None) -> list[Term] | None:
        """Return the members of an RDF list; None where it is none (SHACL, section 2: well-formed lists)."""
        found, seen = [], set()
        while node != ox.NamedNode(RDF.nil):
            first, rest = (self.values(node, w) if node else [] for w in (RDF.first, RDF.rest))
            if node in seen or len(first) != 1 or len(rest) != 1:
                return None
            seen.add(node)
            found += first
            node = rest[0]
        return found

    def parts(self, node: Term) -> list[tuple[str, Term]]:
        """Return the shapes that a shape refers to, each with the word that does."""
        found = [(s.word, s.value) for s in self.said.get(node, ()) if s.word in SHAPE_WORDS]
        for said in self.said.get(node, ()):
            if said.word in SHAPE_LISTS:
                found += [(said.word, item) for item in self.items(said.value) or ()]
        return found

    @cached_property
    def shapes(self) -> list[Term]:
        """Every shape, in the order of the file (SHACL, section 2.1): typed, targeted, with a parameter, or referred to."""
        referred = {part for node in self.said for _, part in self.parts(node)}
        return [
            *(n for n in self.said if n in referred or self._is_shape(n)),
            *(p for p in referred if p not in self.said),
        ]

    def _is_shape(self, node: Term) -> bool:
        if self.is_a(node, SH.NodeShape) or self.is_a(node, SH.PropertyShape):
            return True
        return bool(self.words_of(node) & PARAMETERS.union(TARGETS))

    @cached_property
    def holders(self) -> dict[Term, Term]:
        """Shape → the first shape that refers to it."""
        found: dict[Term, Term] = {}
        for node in self.said:
            for _, part in self.parts(node):
                found.setdefault(part, node)
        return found

    def named(self, node: Term) -> ox.NamedNode | None:
        """Return a shape if it has a name, else the nearest above it that has."""
        seen: set[Term] = set()
        above: Term | None = node
        while above is not None and above not in seen:
            if isinstance(above, ox.NamedNode):
                return above
            seen.add(above)
            above = self.holders.get(above)
        return None

    def name(self, node: Term) -> str:
        """Return what a person calls a shape: its name, else that of the shape around it and its path."""
        above = self.named(node)
        if above is None:
            return "A shape without a name"
        path = self.value(node, SH.path) if above != node else None
        return curie(above.value) + (
            f"-{curie(path.value)}" if isinstance(path, ox.NamedNode) else ""
        )

    def line(self, node: Term, word: str = "", value: Term | None = None) -> int | None:
        """Return the line where a word says a value of a node, else the first that says something of it.

        The parser tells a statement where it knows that its object is whole: that may be the line below.
        """
        held = [s for s in self.said.get(node, ()) if not word or s.word == word]
        if not held:
            return self._mention(node)
        told = next((s for s in held if s.value == value), held[0])
        token = re.compile(rf"[:/#]{re.escape(local_name(told.word))}\b|\sa\s|\sa$")
        lines = self.text.splitlines()
        near = (n for n in range(told.line, max(0, told.line - 3), -1) if token.search(lines[n - 1]))  # fmt: skip
        return next(near, told.line)

    def _mention(self, node: Term) -> int | None:
        """Return the line that first names a node of which nothing is said."""
        return next(
            (s.line for held in self.said.values() for s in held if s.value == node), None
        ) or next(
            (s.line for n in self.said for s in self.said[n] if node in self._items_of(s)), None
        )

    def _items_of(self, said: Said) -> list[Term]:
        return (self.items(said.value) or []) if said.word in SHAPE_LISTS else []

    def refuse(
        self,
        node: Term,
        message: str,
        word: str = "",
        value: Term | None = None,
        *,
        at: Term | None = None,
        hint: str | None = None,
    ) -> NoReturn:
        """Raise what is wrong with a shape, with its name and line.

        Args:
            node: The shape.
            message: What is wrong.
            word: The word that is, if one is.
            value: What it says.
            at: The node of which it says so, if not the shape.
            hint: The next step.
        """
        line = self.line(node if at is None else at, word, value)
        raise ShapeError(
            f"{self.name(node)}: {message}", place=Place(self.path.name, line), hint=hint
        )

    def triples(self) -> Iterator[tuple[Term, Said]]:
        """Return everything, in the order of the file by subject."""
        for node, held in self.said.items():
            for said in held:
                yield node, said


class _Lines:
    """A text that is handed over line by line, and knows which."""

    def __init__(self, text: str) -> None:
        self._lines = text.encode().splitlines(keepends=True)
        self._rest = b""
        self.number = 0

    def read(self, size: int = -1) -> bytes:
        """Return what is left of a line, at most so many bytes: more would run over the reader's buffer."""
        if not self._rest and self.number < len(self._lines):
            self._rest = self._lines[self.number]
            self.number += 1
        end = len(self._rest) if size < 0 else size
        part, self._rest = self._rest[:end], self._rest[end:]
        return part


def _numbered(term: Term, known: dict[str, ox.BlankNode]) -> Term:
    if isinstance(term, ox.BlankNode):
        return known.setdefault(term.value, ox.BlankNode(f"b{len(known)}"))
    return term
