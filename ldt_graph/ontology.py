"""What the ontology says, as plain look-ups: hierarchies, commodities, bridges, chains.

An `Ontology` is read from Turtle files, or from the triples that a version of the record keeps of it,
so that an old version is explained by the ontology of its day.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from ldt_graph.namespaces import LDT, OWL, RDF, RDF_TYPE, RDFS
from ldt_graph.naming import Names, Terms, split
from ldt_graph.triples import Triple, read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


NETWORK = (
    *(LDT.joins, LDT.directlyDependsOn, LDT.hasRequirement, LDT.hasMember),
    *(LDT.hasMembership, LDT.ofMember),
    *(LDT.locatedIn, LDT.partOf, LDT.fromNode, LDT.toNode, LDT.accessNode),
)
"""The relations that the impact network reads, with all below them."""


class Ontology:
    """An immutable set of axioms with the look-ups that the stages need. Unknown IRIs are their own hierarchy."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.triples = tuple(sorted(set(triples), key=lambda t: tuple(x or "" for x in t)))
        self._by_predicate: dict[str, list[Triple]] = defaultdict(list)
        for triple in self.triples:
            self._by_predicate[triple.predicate].append(triple)
        self._said: dict[str, dict[str, str]] = {}

    @classmethod
    def parse(cls, paths: Iterable[Path]) -> Ontology:
        """Read Turtle files.

        Raises:
            OntologyError: A file is missing or not Turtle (the message names its line), or states an axiom
                that is refused by name.
        """
        return cls(t for number, path in enumerate(paths) for t in read_file(path, number))

    @classmethod
    def from_triples(
        cls, triples: Iterable[tuple[str, str, str, str, str | None, str | None]]
    ) -> Ontology:
        """Read triples as the record keeps them."""
        return cls(Triple(*t) for t in triples)

    def with_triples(
        self, triples: Iterable[tuple[str, str, str, str, str | None, str | None]]
    ) -> Ontology:
        """Return the ontology with more triples."""
        return Ontology((*self.triples, *(Triple(*t) for t in triples)))

    # ── hierarchies: transitive, and each IRI belongs to its own ─────────────────────────────────

    def superclasses(self, iri: str) -> frozenset[str]:
        """Return the class and all above it."""
        return self._class_up.get(iri, frozenset((iri,)))

    def subclasses(self, iri: str) -> frozenset[str]:
        """Return the class and all below it."""
        return self._class_down.get(iri, frozenset((iri,)))

    def superproperties(self, iri: str) -> frozenset[str]:
        """Return the property and all above it."""
        return self._property_up.get(iri, frozenset((iri,)))

    def subproperties(self, iri: str) -> frozenset[str]:
        """Return the property and all below it."""
        return self._property_down.get(iri, frozenset((iri,)))

    @cached_property
    def subclass_axioms(self) -> tuple[tuple[str, str], ...]:
        """(class, class right above it), as stated; equivalence reads both ways."""
        return self._pairs(RDFS.subClassOf, OWL.equivalentClass)

    @cached_property
    def subproperty_axioms(self) -> tuple[tuple[str, str], ...]:
        """(property, property right above it), as stated; equivalence reads both ways."""
        return self._pairs(RDFS.subPropertyOf, OWL.equivalentProperty)

    # ── names ──────────────────────────────────────────────────────────────────────────────────

    def comment(self, iri: str) -> str | None:
        """Return the first comment."""
        return self._first(RDFS.comment).get(iri)

    def label(self, iri: str) -> str:
        """Return how people call a class or relation: its label (English, or in no language), or its local name."""
        return self._labels.get(iri) or self.local_name(iri)

    def local_name(self, iri: str) -> str:
        """Return what follows the last `#`, `/` or `:` of an IRI, or the IRI if nothing does."""
        return split(iri)[1]

    def name_of(self, iri: str) -> str:
        """Return the name of a class or relation; no two classes and no two relations share one.

        The local name where no other declared class (resp. relation) has it; of one that is aligned but not
        declared, where none at all has it. Else `prefix:Local`, with the known prefix, or one made of the
        namespace: its last word, with a hash after it where the ontology does not tell it from others.
        """
        return self._names.name_of(iri)

    def class_of(self, name: str) -> str | None:
        """Return the class that `name_of` calls so, if the ontology knows it."""
        return self._names.class_of(name)

    def class_called(self, text: str, present: Iterable[str] = ()) -> str:
        """Return the name of the class that a text means: a name, an IRI, a CURIE, or a local name.

        Args:
            text: What a user wrote.
            present: Names of the classes that data holds; looked through for those that the ontology does not know.

        Raises:
            QueryError: Several classes have that local name, and none has it as its name.
        """
        return self._names.class_called(text, present)

    def names_below(self, name: str) -> frozenset[str]:
        """Return the names of the class of that name and of all below it; at least the name."""
        cls = self.class_of(name)
        return frozenset((name, *(map(self.name_of, self.subclasses(cls)) if cls else ())))

    # ── what the twin reads of a class or relation ───────────────────────────────────────────────

    def domain_of(self, cls: str) -> str | None:
        """Return the domain (energy, water, ...) of a class, inherited; the first by name of several."""
        return self._nearest(cls, self._class_up, LDT.domain)

    def commodity_of(self, relation: str) -> str | None:
        """Return the commodity that a relation conducts or supplies, inherited from those above it."""
        return self._nearest(relation, self._property_up, LDT.carries)

    def supplies(self, cls: str) -> str | None:
        """Return the commodity that a class of sources supplies, inherited."""
        return self._nearest(cls, self._class_up, LDT.suppliesCommodity)

    def fails_at(self, cls: str) -> float | None:
        """Return the depth of water in metres at which things of a class fail, inherited."""
        stated = self._nearest(cls, self._class_up, LDT.failsAtDepth)
        try:
            return None if stated is None else float(stated)
        except ValueError:
            return None

    def sufficing(self, relation: str) -> tuple[str, int] | None:
        """Return how many objects of a dependency suffice, and which relation, it or one above it, says so; None for all."""
        holder = self._holder(relation, self._property_up, LDT.suffices)
        stated = self._first(LDT.suffices)[holder] if holder else ""
        return (holder, int(stated)) if holder and is_count(stated) else None

    def unit(self, attribute: str) -> str | None:
        """Return the unit of an attribute as a UCUM code, inherited."""
        return self._nearest(attribute, self._property_up, LDT.unit)

    @cached_property
    def units(self) -> Mapping[str, str | None]:
        """Every declared attribute and all below it → its unit as a UCUM code, if it has one."""
        known = sorted(self.attributes)
        return {a: self.unit(a) for d in known for a in sorted(self.subproperties(d))}

    def amounts(self, word: str) -> list[tuple[str, str]]:
        """Return (class, attribute) of every class that `holds`, `draws`, … (the word's IRI) something, sorted."""
        return sorted((t.subject, t.object) for t in self._by_predicate[word] if t.kind == "iri")

    def degradations(self) -> list[tuple[str, str]]:
        """Return (class, relation) of every class that is degraded without a relation, itself or by one above it, sorted."""
        stated = self.amounts(LDT.degradedWithout)
        return sorted({(c, r) for above, r in stated for c in self.subclasses(above)})

    def bridges(self) -> Mapping[str, frozenset[str]]:
        """Return attribute → the relations whose loss it bridges, with all below them."""
        return self._bridges

    def materialised(self, relation: str) -> bool:
        """Return whether inference may write statements of this relation."""
        return relation not in self._never

    @cached_property
    def classes(self) -> frozenset[str]:
        """Every declared class."""
        return self._instances(OWL.Class) | self._instances(RDFS.Class)

    @cached_property
    def object_properties(self) -> frozenset[str]:
        """Every declared relation."""
        return self._instances(OWL.ObjectProperty)

    @cached_property
    def attributes(self) -> frozenset[str]:
        """Every declared attribute."""
        return self._instances(OWL.DatatypeProperty)

    @cached_property
    def annotations(self) -> frozenset[str]:
        """Every declared annotation."""
        return self._instances(OWL.AnnotationProperty)

    def objects(self, subject: str, predicate: str) -> list[str]:
        """Return what is said of a term by a predicate, sorted."""
        return [t.object for t in self._by_predicate[predicate] if t.subject == subject]

    @cached_property
    def properties(self) -> frozenset[str]:
        """Every declared relation, attribute or annotation."""
        return (
            self.object_properties
            | self.attributes
            | self.annotations
            | self._instances(RDF.Property)
        )

    @property
    def aligned_classes(self) -> frozenset[str]:
        """Every class that stands in the hierarchy, declared or not."""
        return frozenset(self._class_up)

    @property
    def aligned_properties(self) -> frozenset[str]:
        """Every relation or attribute that stands in the hierarchy, declared or not."""
        return frozenset(self._property_up)

    @cached_property
    def symmetric(self) -> frozenset[str]:
        """Relations that hold both ways."""
        return self._instances(OWL.SymmetricProperty)

    @cached_property
    def transitive(self) -> frozenset[str]:
        """Relations declared transitive."""
        return self._instances(OWL.TransitiveProperty)

    @cached_property
    def inverse_axioms(self) -> tuple[tuple[str, str], ...]:
        """(relation declared as an inverse, relation that it inverts), as stated, sorted."""
        stated = (t for t in self._by_predicate[OWL.inverseOf] if t.kind == "iri")
        return tuple((t.subject, t.object) for t in stated if not t.subject.startswith("_:"))

    def inverses_of(self, relation: str) -> frozenset[str]:
        """Return every named inverse of a relation, whichever side declares it."""
        return self._inverses.get(relation, frozenset())

    @cached_property
    def anonymous_inverses(self) -> Mapping[str, str]:
        """Blank node `[ owl:inverseOf p ]` → p."""
        stated = self._by_predicate[OWL.inverseOf]
        return {t.subject: t.object for t in stated if t.subject.startswith("_:")}

    @cached_property
    def anonymous_axioms(self) -> tuple[tuple[str, str, str], ...]:
        """(below, the axiom's word, above) where one side is an inverse without a name; equivalence reads both ways."""
        found, nodes = [], self.anonymous_inverses
        for word in (RDFS.subPropertyOf, OWL.equivalentProperty):
            for t in self._by_predicate[word]:
                if t.subject in nodes or t.object in nodes:
                    found.append((t.subject, word, t.object))
                    if word == OWL.equivalentProperty:
                        found.append((t.object, word, t.subject))
        return tuple(found)

    @cached_property
    def network(self) -> frozenset[str]:
        """Every relation that the impact network reads."""
        return frozenset().union(*map(self.subproperties, NETWORK))

    @cached_property
    def chains(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """(relation, the chain of relations that implies it), sorted."""
        stated = self._by_predicate[OWL.propertyChainAxiom]
        return tuple(sorted((t.subject, tuple(self._items(t.object))) for t in stated))

    # ── inside ─────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _inverses(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for a, b in self.inverse_axioms:
            found[a].add(b)
            found[b].add(a)
        return {relation: frozenset(others) for relation, others in found.items()}

    @cached_property
    def _class_up(self) -> dict[str, frozenset[str]]:
        return _closure(self.subclass_axioms)

    @cached_property
    def _class_down(self) -> dict[str, frozenset[str]]:
        return _closure((b, a) for a, b in self.subclass_axioms)

    @cached_property
    def _property_up(self) -> dict[str, frozenset[str]]:
        return _closure(self.subproperty_axioms)

    @cached_property
    def _property_down(self) -> dict[str, frozenset[str]]:
        return _closure((b, a) for a, b in self.subproperty_axioms)

    @cached_property
    def _labels(self) -> dict[str, str]:
        stated = (t for t in reversed(self._by_predicate[RDFS.label]) if t.lang in (None, "en"))
        return {t.subject: t.object for t in stated}

    @cached_property
    def _names(self) -> Names:
        relations = self.object_properties
        return Names(
            Terms(self.classes, self.classes | self._class_up.keys()),
            Terms(relations, relations | self._property_up.keys()),
        )

    @cached_property
    def _never(self) -> frozenset[str]:
        return frozenset(
            t.subject for t in self._by_predicate[LDT.materialised] if t.object == "false"
        )

    @cached_property
    def _bridges(self) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = defaultdict(frozenset)
        for t in self._by_predicate[LDT.bridges]:
            found[t.subject] |= self.subproperties(t.object)
        return dict(found)

    def _pairs(self, below: str, equal: str) -> tuple[tuple[str, str], ...]:
        pairs = {(t.subject, t.object) for t in self._by_predicate[below] if t.kind == "iri"}
        if below == RDFS.subClassOf:
            pairs |= {
                (m, t.subject)
                for t in self._by_predicate[OWL.disjointUnionOf]
                for m in self._items(t.object)
            }
        for t in self._by_predicate[equal]:
            if t.kind == "iri":
                pairs |= {(t.subject, t.object), (t.object, t.subject)}
        return tuple(sorted((a, b) for a, b in pairs if a != b and not a.startswith("_:")))

    def _items(self, node: str) -> Iterable[str]:
        first, rest = self._first(RDF.first), self._first(RDF.rest)
        while node in first:
            yield first[node]
            node = rest[node]

    def _instances(self, cls: str) -> frozenset[str]:
        return frozenset(t.subject for t in self._by_predicate[RDF_TYPE] if t.object == cls)

    def _first(self, predicate: str) -> dict[str, str]:
        if predicate not in self._said:
            stated = reversed(self._by_predicate[predicate])
            self._said[predicate] = {t.subject: t.object for t in stated}
        return self._said[predicate]

    def _nearest(self, iri: str, up: dict[str, frozenset[str]], predicate: str) -> str | None:
        """Return what the IRI says of itself, or the most specific of those above it; first by name."""
        holder = self._holder(iri, up, predicate)
        return self._first(predicate)[holder] if holder else None

    def _holder(self, iri: str, up: dict[str, frozenset[str]], predicate: str) -> str | None:
        said = self._first(predicate)
        holders = [i for i in up.get(iri, frozenset((iri,))) if i in said]
        return min(holders, key=lambda i: (-len(up.get(i, (i,))), i), default=None)


def is_count(text: str) -> bool:
    """Whether a text is a whole number from 1, as `ldt:suffices` wants it."""
    return text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0


def _closure(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Return for every IRI all that it reaches, itself included; cycles end."""
    above: dict[str, set[str]] = defaultdict(set)
    for a, b in pairs:
        above[a].add(b)
        above[b] |= set()
    return {iri: frozenset(_reach(iri, above)) for iri in above}


def _reach(iri: str, above: dict[str, set[str]]) -> set[str]:
    seen, todo = {iri}, [iri]
    while todo:
        for b in above[todo.pop()] - seen:
            seen.add(b)
            todo.append(b)
    return seen
