"""Restrictions that rules read: what has a relation to itself by its class, and what is of a class by a value that it has.

The first is how OWL 2 lets a chain hold for members of one class only: `ldt:Pump ⊑ [ onProperty p ; hasSelf true ]`,
and a chain `( p epanet:endsAt )` begins at pumps alone.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from ldt_graph.namespaces import OWL, RDFS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ldt_graph.ontology import Ontology

_BELOW = (RDFS.subClassOf, OWL.equivalentClass)


class ValueClass(NamedTuple):
    """What has `value` by `predicate` is a `cls` (OWL 2 Profiles, table 6, cls-hv2)."""

    predicate: str
    value: str
    cls: str


class Restrictions:
    """The restrictions of an ontology by their blank nodes."""

    def __init__(self, ontology: Ontology) -> None:
        self._on: dict[str, str] = {}
        self._self: set[str] = set()
        self._value: dict[str, str] = {}
        self._axioms: list[tuple[str, str, str]] = []
        for t in ontology.triples:
            if t.predicate == OWL.onProperty and t.kind == "iri":
                self._on[t.subject] = t.object
            elif t.predicate == OWL.hasSelf and t.object in ("true", "1"):
                self._self.add(t.subject)
            elif t.predicate == OWL.hasValue and t.kind != "bnode":
                self._value[t.subject] = t.object
            elif t.predicate in _BELOW:
                self._axioms.append((t.subject, t.predicate, t.object))

    @property
    def selves(self) -> Mapping[str, frozenset[str]]:
        """Relation → the classes each member of which has it to itself."""
        found: dict[str, set[str]] = defaultdict(set)
        for cls, word, node in self._axioms:
            if word == RDFS.subClassOf and not cls.startswith("_:") and self.is_self(node):
                found[self._on[node]].add(cls)
        return {relation: frozenset(classes) for relation, classes in found.items()}

    @property
    def value_classes(self) -> tuple[ValueClass, ...]:
        """What is of a class by a value that it has, sorted."""
        return tuple(sorted(set(self._by_value())))

    def is_self(self, node: str) -> bool:
        """Whether a node is `[ onProperty p ; hasSelf true ]`."""
        return node in self._self and node in self._on

    def relation(self, node: str) -> str:
        """Return the relation or attribute that a restriction is on."""
        return self._on[node]

    def is_value(self, node: str) -> bool:
        """Whether a node is `[ onProperty p ; hasValue v ]`."""
        return node in self._value and node in self._on

    def _by_value(self) -> Iterator[ValueClass]:
        for below, word, above in self._axioms:
            if self.is_value(below) and not above.startswith("_:"):
                yield ValueClass(self._on[below], self._value[below], above)
            if word == OWL.equivalentClass and self.is_value(above) and not below.startswith("_:"):
                yield ValueClass(self._on[above], self._value[above], below)
