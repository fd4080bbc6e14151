"""What shapes ask of a value, by the name under which reports cite them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.namespaces import RDF, SH, XSD, curie, local_name
from ldt_graph.repair.texts import reads_as

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    Node = ox.NamedNode | ox.BlankNode
    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
    Words = Mapping[str, list[Term]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one property shape asks of each value.

    Attributes:
        path: IRI of the attribute or relation; None where it is a path of several.
        allowed: The values of `sh:in`.
        low: At least this; `above`: more than it.
        high: At most this; `below`: less than it.
        pattern: As `re` takes it; None where it can't.
        datatype: IRI.
        least: `sh:minCount`.
        classes: Of `sh:class`.
    """

    path: str | None = None
    allowed: tuple[str, ...] = ()
    low: Decimal | None = None
    above: bool = False
    high: Decimal | None = None
    below: bool = False
    pattern: re.Pattern[str] | None = None
    datatype: str | None = None
    least: int = 0
    classes: tuple[str, ...] = ()

    @property
    def bounded(self) -> bool:
        """Whether it asks for a number in a range."""
        return self.low is not None or self.high is not None

    def fits(self, text: str) -> bool:
        """Whether a value's text is as asked."""
        if self.allowed and text not in self.allowed:
            return False
        if self.pattern is not None and not self.pattern.search(text):
            return False
        if self.datatype is not None and not reads_as(text, self.datatype):
            return False
        return not self.bounded or self._in_range(text)

    def _in_range(self, text: str) -> bool:
        try:
            value = Decimal(text)
        except InvalidOperation:
            return False
        low = self.low is None or value > self.low or (value == self.low and not self.above)
        high = self.high is None or value < self.high or (value == self.high and not self.below)
        return low and high

    @property
    def words(self) -> str | None:
        """What it asks, in its own words: `>= 0`, `open | closed`; None where a value can't be wrong."""
        parts = []
        if self.allowed:
            parts.append(" | ".join(self.allowed))
        if self.low is not None:
            parts.append(f"{'>' if self.above else '>='} {self.low}")
        if self.high is not None:
            parts.append(f"{'<' if self.below else '<='} {self.high}")
        if self.datatype and not (self.allowed or self.bounded):
            parts.append(curie(self.datatype))
        if self.pattern:
            parts.append(f"/{self.pattern.pattern}/")
        parts += [local_name(c) for c in self.classes]
        return " and ".join(parts) or (f"at least {self.least}" if self.least else None)


def read_asked(paths: Iterable[Path]) -> dict[str, Asked]:
    """Return what the shapes of some files ask, by name: `ldt:PumpShape-power`. Files have been read as shapes before."""
    found: dict[str, Asked] = {}
    for path in dict.fromkeys(paths):
        quads = list(
            ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE, base_iri="urn:ldt-graph:shapes")
        )
        found |= _of(quads)
    return found


def _of(quads: list[ox.Quad]) -> dict[str, Asked]:
    said: dict[object, dict[str, list[Term]]] = {}
    for quad in quads:
        said.setdefault(quad.subject, {}).setdefault(quad.predicate.value, []).append(quad.object)
    names: dict[Node, str] = {
        node: _name(node, None) for node in said if isinstance(node, ox.NamedNode)
    }
    for (
        node,
        words,
    ) in said.items():  # a shape without a name is cited by its node shape and its path
        for part in words.get(SH.property, ()):
            if isinstance(part, ox.BlankNode) and isinstance(node, ox.NamedNode):
                names[part] = _name(node, _value(said.get(part, {}), SH.path))
    return {
        name: _asked(said[node], said)
        for node, name in names.items()
        if node in said and SH.path in said[node]
    }


def _name(node: ox.NamedNode, path: str | None) -> str:
    name = curie(node.value).strip("<>")
    return f"{name}-{curie(path).strip('<>')}" if path else name


def _asked(words: Words, said: Mapping[object, Words]) -> Asked:
    low, high = _number(words, SH.minInclusive), _number(words, SH.maxInclusive)
    above, below = _number(words, SH.minExclusive), _number(words, SH.maxExclusive)
    [path] = words[SH.path][:1]
    return Asked(
        path=path.value if isinstance(path, ox.NamedNode) else None,
        allowed=tuple(_list(words.get(SH["in"], [None])[0], said)),
        low=low if above is None else above,
        above=above is not None,
        high=high if below is None else below,
        below=below is not None,
        pattern=_pattern(words),
        datatype=_value(words, SH.datatype),
        least=int(_number(words, SH.minCount) or 0),
        classes=tuple(t.value for t in words.get(SH["class"], ()) if isinstance(t, ox.NamedNode)),
    )


def _list(node: object, said: Mapping[object, Words]) -> Iterable[str]:
    """Yield the values of an RDF list."""
    while isinstance(node, ox.BlankNode) and RDF.first in said.get(node, {}):
        [first] = said[node][RDF.first][:1]
        if isinstance(first, (ox.NamedNode, ox.Literal)):
            yield first.value
        node = said[node].get(RDF.rest, [None])[0]


def _value(words: Words, word: str) -> str | None:
    for term in words.get(word, ()):
        if isinstance(term, (ox.NamedNode, ox.Literal)):
            return term.value
    return None


def _number(words: Words, word: str) -> Decimal | None:
    try:
        return Decimal(_value(words, word) or "x")
    except InvalidOperation:
        return None


def _pattern(words: Words) -> re.Pattern[str] | None:
    text, flags = _value(words, SH.pattern), _value(words, SH.flags) or ""
    if text is None:
        return None
    try:
        return re.compile(text, re.IGNORECASE if "i" in flags else 0)
    except re.error:
        return None


XSD_NAMES = {local_name(iri): iri for iri in (XSD[n] for n in (
    "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "decimal", "double", "float",
    "boolean", "date", "dateTime", "time", "gYear"))}  # fmt: skip
"""Datatypes by the name that a sentence calls them."""
