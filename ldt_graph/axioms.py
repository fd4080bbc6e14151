"""Axioms of ontology files: which say something of the data that can be checked, and which are not read at all."""

from __future__ import annotations

import difflib
from itertools import combinations
from typing import TYPE_CHECKING, Literal, NamedTuple

from ldt_graph.errors import Place
from ldt_graph.namespaces import ANNOTATING, LDT, OWL, RDF, RDF_TYPE, RDFS, curie
from ldt_graph.naming import split
from ldt_graph.ontology import is_count
from ldt_graph.restrictions import Restrictions
from ldt_graph.triples import Triple, line_of, read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ldt_graph.namespaces import Namespace
    from ldt_graph.ontology import Ontology

Kind = Literal["disjoint", "domain", "range", "irreflexive", "asymmetric", "disjoint-relations"]


class Constraint(NamedTuple):
    """An axiom that data can contradict.

    Attributes:
        kind: What it says.
        term: The class (`disjoint`), or the relation or attribute.
        others: The other class or relation; of a domain or range the classes or datatypes that may stand there.
        axiom: Its words: `ldt:Asset owl:disjointWith ldt:Place`.
    """

    kind: Kind
    term: str
    others: tuple[str, ...]
    axiom: str


class Unread(NamedTuple):
    """An axiom that nothing reads, or that names what nothing declares: `file`, `line`, its word, its subject, and why."""

    file: str
    line: int | None
    axiom: str
    subject: str
    why: str

    @property
    def sentence(self) -> str:
        """Say it in a sentence, with its place."""
        return f"{Place(self.file, self.line)}: {self.axiom} on {self.subject} is not read: {self.why}."


def constraints(ontology: Ontology) -> tuple[Constraint, ...]:
    """Return every axiom of the ontology that the data can contradict, in a fixed order."""
    nodes = _Nodes(ontology)
    found = [c for t in ontology.triples for c in _constraints(t, nodes)]
    return tuple(sorted(set(found)))


def _constraints(t: Triple, nodes: _Nodes) -> Iterator[Constraint]:
    word = t.predicate
    says = f"{curie(t.subject)} {curie(word)} {curie(t.object)}"
    if word in (OWL.members, OWL.disjointUnionOf):
        yield from _disjoint_members(t, nodes)
    elif t.subject.startswith("_:"):
        return
    elif word in (OWL.disjointWith, OWL.complementOf, OWL.propertyDisjointWith) and t.kind == "iri":
        kind = "disjoint-relations" if word == OWL.propertyDisjointWith else "disjoint"
        yield Constraint(kind, t.subject, (t.object,), says)
    elif word in (RDFS.domain, RDFS.range):
        others = nodes.classes(t.object)
        if others and not {OWL.Thing, RDFS.Resource, RDFS.Literal} & set(others):
            named = f"{curie(t.subject)} {curie(word)} {' or '.join(map(curie, others))}"
            yield Constraint("domain" if word == RDFS.domain else "range", t.subject, others, named)
    elif word == RDF_TYPE and t.object in _OF_ITSELF:
        yield Constraint(_OF_ITSELF[t.object], t.subject, (t.subject,), says)
    elif word in (RDFS.subClassOf, OWL.equivalentClass):
        denied = t.subject if t.object == OWL.Nothing else nodes.denied(t.object)
        if denied is not None:
            without = "nothing" if denied == t.subject else f"not {curie(denied)}"
            yield Constraint(
                "disjoint", t.subject, (denied,), f"{curie(t.subject)} {curie(word)} {without}"
            )


_OF_ITSELF: dict[str, Kind] = {
    OWL.IrreflexiveProperty: "irreflexive",
    OWL.AsymmetricProperty: "asymmetric",
}


def _disjoint_members(t: Triple, nodes: _Nodes) -> Iterator[Constraint]:
    relations = nodes.is_a(t.subject, OWL.AllDisjointProperties)
    if (
        t.predicate == OWL.members
        and not relations
        and not nodes.is_a(t.subject, OWL.AllDisjointClasses)
    ):
        return
    for a, b in combinations(nodes.items(t.object) or (), 2):
        axiom = f"{curie(a)} and {curie(b)} in {curie(t.predicate)}"
        yield Constraint("disjoint-relations" if relations else "disjoint", a, (b,), axiom)


class _Nodes:
    """What an ontology says of its blank nodes."""

    def __init__(self, ontology: Ontology) -> None:
        self.ontology = ontology
        self._said: dict[str, dict[str, str]] = {}
        for t in ontology.triples:
            self._said.setdefault(t.subject, {})[t.predicate] = t.object
        self._types = {(t.subject, t.object) for t in ontology.triples if t.predicate == RDF_TYPE}

    def is_a(self, node: str, cls: str) -> bool:
        return (node, cls) in self._types

    def items(self, node: str) -> list[str] | None:
        """Return the members of a list, if it is one and all have names or are inverses without one."""
        found = []
        while node != RDF.nil:
            said = self._said.get(node, {})
            if RDF.first not in said or RDF.rest not in said:
                return None
            found.append(said[RDF.first])
            node = said[RDF.rest]
        inverses = self.ontology.anonymous_inverses
        return found if all(not i.startswith("_:") or i in inverses for i in found) else None

    def classes(self, node: str) -> tuple[str, ...]:
        """Return the class of that name, or those of a union of named ones; nothing for other expressions."""
        if not node.startswith("_:"):
            return (node,)
        said = self._said.get(node, {})
        items = self.items(said[OWL.unionOf]) if OWL.unionOf in said else None
        return tuple(sorted(items or ()))

    def denied(self, node: str) -> str | None:
        """Return the class that `[ owl:complementOf C ]` leaves out."""
        denied = self._said.get(node, {}).get(OWL.complementOf)
        return denied if denied and not denied.startswith("_:") else None

    def word(self, node: str) -> str:
        """Return what kind of expression a blank node is: `owl:someValuesFrom`."""
        known = (RDF_TYPE, OWL.onProperty, OWL.onClass, OWL.onDataRange, OWL.onDatatype)
        words = sorted(p for p in self._said.get(node, {}) if p.startswith(OWL) and p not in known)
        return curie(words[0]) if words else "an expression"


# ── what is not read ─────────────────────────────────────────────────────────────────────────────


def _words(namespace: Namespace, names: str) -> frozenset[str]:
    return frozenset(namespace + name for name in names.split())


_TERMS = (
    _words(
        OWL,
        "Ontology Class ObjectProperty DatatypeProperty AnnotationProperty NamedIndividual DeprecatedClass",
    )
    | _words(
        OWL,
        "DeprecatedProperty OntologyProperty Restriction Axiom Annotation DataRange AllDifferent",
    )
    | _words(RDFS, "Class Datatype")
    | _words(RDF, "Property List")
)
_TRAITS = _words(OWL, "TransitiveProperty SymmetricProperty IrreflexiveProperty AsymmetricProperty")
_ANNOTATIONS = (
    _words(RDFS, "label comment seeAlso isDefinedBy")
    | _words(
        OWL,
        "versionInfo versionIRI priorVersion backwardCompatibleWith incompatibleWith deprecated",
    )
    | _words(OWL, "differentFrom distinctMembers annotatedSource annotatedProperty annotatedTarget")
    | _words(RDF, "first rest")
)
_OF_CLASSES = (RDFS.subClassOf, OWL.equivalentClass, OWL.disjointWith, RDFS.domain, RDFS.range)
_OF_PROPERTIES = (
    *(RDFS.subPropertyOf, OWL.equivalentProperty, OWL.inverseOf, OWL.propertyDisjointWith),
    *(LDT.bridges, LDT.holds, LDT.draws, LDT.passage),
)


def unread(paths: Iterable[Path], ontology: Ontology) -> list[Unread]:
    """Return the axioms of ontology files that nothing reads, and those that name what nothing declares, with their lines.

    Args:
        paths: The files.
        ontology: What they say together.
    """
    judge = _Judge(ontology)
    found: set[Unread] = set()
    for number, path in enumerate(paths):
        text = path.read_text(encoding="utf-8")
        for t in read_file(path, number):
            if (doubt := judge.why(t)) is not None:
                word, why = doubt
                line = line_of(text, t.subject, word, t.object if t.kind == "iri" else "")
                found.add(Unread(path.name, line, word, judge.called(t.subject), why))
    return sorted(found, key=lambda u: (u.file, u.line or 0, u.axiom, u.subject, u.why))


def is_axiom(t: Triple) -> bool:
    """Whether a triple of a named term says more than that the term is there and what it is called."""
    if t.predicate == RDF_TYPE:
        return t.object not in _TERMS
    return t.predicate.startswith((OWL, RDFS)) and t.predicate not in _ANNOTATIONS


class _Judge:
    """Says of each triple of an ontology whether something reads it."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._nodes = _Nodes(ontology)
        self._restrictions = Restrictions(ontology)
        self._chained = {relation for _, path in ontology.chains for relation in path}
        self._declared = ontology.classes | ontology.properties
        self._own = {split(term)[0] for term in self._declared}

    def called(self, subject: str) -> str:
        return "an axiom without a name" if subject.startswith("_:") else curie(subject)

    def why(self, t: Triple) -> tuple[str, str] | None:
        """Return the word that is not read, and why; None where something reads it."""
        if t.predicate in _ANNOTATIONS or t.predicate.startswith(ANNOTATING):
            return None
        if t.predicate == RDF_TYPE:
            return self._type(t)
        if t.predicate in (*_OF_CLASSES, *_OF_PROPERTIES):
            return self._pair(t) or self._unknown(t)
        if t.predicate == OWL.propertyChainAxiom:
            return self._listed(t, "its links are no relations")
        if t.predicate == OWL.disjointUnionOf:
            return self._listed(t, "its members have no names")
        if t.predicate.startswith((OWL, RDFS, RDF)):
            return self._other(t)
        return None if t.subject.startswith("_:") else self._fact(t)

    def _type(self, t: Triple) -> tuple[str, str] | None:
        if t.object in (OWL.AllDisjointClasses, OWL.AllDisjointProperties):
            members = self._ontology.objects(t.subject, OWL.members)
            if members and self._nodes.items(members[0]):
                return None
            return curie(t.object), "its members have no names"
        if t.object in _TERMS | _TRAITS:
            return None
        if t.object.startswith(OWL):
            return curie(t.object), "no rule and no check is made of it"
        if t.subject.startswith("_:") or LDT.Commodity in self._ontology.superclasses(t.object):
            return None
        return "rdf:type", f"{curie(t.object)} is no kind of term; things come from datasets"

    def _pair(self, t: Triple) -> tuple[str, str] | None:
        inverses = self._ontology.anonymous_inverses
        of_relations = t.predicate in (RDFS.subPropertyOf, OWL.equivalentProperty)
        if t.subject.startswith("_:"):
            if t.subject in inverses and (of_relations or t.predicate == OWL.inverseOf):
                return None
            if t.kind == "iri" and self._restrictions.is_value(t.subject):
                return self._unknown(t)
            return curie(
                t.predicate
            ), f"what it is said of has no name but is {self._nodes.word(t.subject)}"
        if t.kind != "bnode":
            return None
        if (of_relations and t.object in inverses) or (
            t.predicate in (RDFS.domain, RDFS.range) and self._nodes.classes(t.object)
        ):
            return None
        if t.predicate in (RDFS.subClassOf, OWL.equivalentClass) and self._nodes.denied(t.object):
            return None
        if t.predicate == RDFS.subClassOf and self._restrictions.is_self(t.object):
            read = self._restrictions.relation(t.object) in self._chained
            return None if read else (curie(OWL.hasSelf), "it is read as a link of chains only")
        if t.predicate == OWL.equivalentClass and self._restrictions.is_value(t.object):
            return curie(OWL.hasValue), "it is read from the value to the class only"
        return self._nodes.word(t.object), f"{curie(t.predicate)} is read where it names a term"

    def _listed(self, t: Triple, why: str) -> tuple[str, str] | None:
        return None if self._nodes.items(t.object) else (curie(t.predicate), why)

    def _other(self, t: Triple) -> tuple[str, str] | None:
        if t.subject.startswith("_:"):
            return None  # a part of an expression, which is told where it is used
        if t.predicate == OWL.complementOf and t.kind == "iri":
            return None
        if t.predicate == OWL.imports:
            known = any(
                (k.subject, k.object) == (t.object, OWL.Ontology) for k in self._ontology.triples
            )
            why = f"{curie(t.object)} is not fetched; list its file under `ontology` in twin.toml"
            return None if known else (curie(t.predicate), why)
        return curie(t.predicate), "no rule and no check is made of it"

    def _unknown(self, t: Triple) -> tuple[str, str] | None:
        """Name a term that an axiom speaks of in a vocabulary of the ontology's own, and that nothing declares."""
        if t.kind != "iri" or t.object in self._declared or split(t.object)[0] not in self._own:
            return None
        near = difflib.get_close_matches(
            split(t.object)[1], [split(d)[1] for d in sorted(self._declared)], 1, 0.7
        )
        hint = f"; did you mean {near[0]}?" if near else ""
        return curie(t.predicate), f"nothing declares {curie(t.object)}, which it names{hint}"

    def _sufficing(self, t: Triple) -> tuple[str, str] | None:
        if LDT.directlyDependsOn not in self._ontology.superproperties(t.subject):
            return curie(t.predicate), "it is said of a relation below ldt:directlyDependsOn"
        known = is_count(t.object)
        return None if known else (curie(t.predicate), "how many suffice is a whole number from 1")

    def _fact(self, t: Triple) -> tuple[str, str] | None:
        if t.predicate == LDT.suffices:
            return self._sufficing(t)
        if t.predicate in self._ontology.annotations:
            return None
        if t.predicate in self._declared:
            return curie(t.predicate), "it says something of a thing; facts come from datasets"
        return curie(t.predicate), "nothing declares it"
