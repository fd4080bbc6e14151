"""An RML mapping as frozen values: what the document says, before any SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ldt_graph.errors import Place

TermType = Literal["iri", "bnode", "literal"]


@dataclass(frozen=True, slots=True)
class Template:
    """`line/{id}` as parts: literal texts at even positions, references at odd ones."""

    parts: tuple[str, ...]

    @property
    def references(self) -> tuple[str, ...]:
        """The names in braces."""
        return self.parts[1::2]


@dataclass(frozen=True, slots=True)
class Reference:
    """The value of a column, or of a JSONPath."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A term that does not depend on the row."""

    value: str
    kind: TermType
    datatype: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class TermMap:
    """How a term is made of a row (RML Core, Expression Map and Term Map)."""

    expression: Template | Reference | Constant
    term_type: TermType
    place: Place
    datatype: TermMap | None = None
    language: TermMap | None = None

    @property
    def references(self) -> tuple[str, ...]:
        """Every reference that this term needs of a row."""
        own: tuple[str, ...] = ()
        if isinstance(self.expression, Reference):
            own = (self.expression.name,)
        elif isinstance(self.expression, Template):
            own = self.expression.references
        others = [m.references for m in (self.datatype, self.language) if m]
        return own + tuple(r for references in others for r in references)


@dataclass(frozen=True, slots=True)
class Join:
    """A parent's row joins a child's where `parent` of the one equals `child` of the other."""

    child: str
    parent: str


@dataclass(frozen=True, slots=True)
class ParentMap:
    """An object that is the subject of another triples map (RML Core, Referencing Object Map)."""

    parent: str
    joins: tuple[Join, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class LogicalSource:
    """The rows of a triples map: a named table, or the items that `iterator` finds in a JSON one.

    `natural`: JSON numbers and booleans become typed literals, as the 2023 vocabulary says; the
    legacy one makes plain strings of them. `many_rows`: several rows may describe one entity; without
    it, a second row with the same subject is a duplicate. `key`: what identifies a row, where it is not
    what the subject reads.
    """

    table: str
    formulation: Literal["csv", "json"]
    iterator: str | None
    place: Place
    natural: bool = False
    optional: bool = False
    many_rows: bool = False
    optional_references: frozenset[str] = frozenset()
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PredicateObjectMap:
    """Every predicate with every object."""

    predicates: tuple[TermMap, ...]
    objects: tuple[TermMap | ParentMap, ...]


@dataclass(frozen=True, slots=True)
class TriplesMap:
    """A triples map. `name` is its own in the document; the IRIs of the rules that its branches are hold it."""

    name: str
    source: LogicalSource
    subject: TermMap
    classes: tuple[str, ...]
    predicate_objects: tuple[PredicateObjectMap, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping file."""

    path: Path
    triples_maps: tuple[TriplesMap, ...]

    def reads(self) -> Iterator[tuple[LogicalSource, str, bool]]:
        """Yield every reference with the logical source that it is read of, and whether a join reads it."""
        maps = {m.name: m for m in self.triples_maps}
        for each in self.triples_maps:
            source = each.source
            yield from ((source, name, False) for name in (*each.subject.references, *source.key))
            for pair in each.predicate_objects:
                for made in (*pair.predicates, *pair.objects):
                    if isinstance(made, TermMap):
                        yield from ((source, name, False) for name in made.references)
                        continue
                    parent = maps[made.parent].source if made.parent in maps else source
                    for join in made.joins:
                        yield source, join.child, True
                        yield parent, join.parent, True
