"""Axioms compiled to rules: what may be inferred, with the words that explain it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from ldt_graph.namespaces import OWL, RDFS, curie
from ldt_graph.restrictions import Restrictions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ldt_graph.ontology import Ontology
    from ldt_graph.restrictions import ValueClass


@dataclass(frozen=True, slots=True)
class Hop:
    """Whatever holds of `below` holds of `above`: `hops` axioms away, the last of them in `rule`."""

    below: str
    above: str
    hops: int
    rule: str


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a chain: (relation, whether it is read backwards), for each way in which it is stated.

    Attributes:
        ways: How it is stated.
        selves: Classes each member of which is linked to itself: the link only asks what the thing is.
    """

    ways: tuple[tuple[str, bool], ...]
    selves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """A path of links implies `relation` from its start to its end. Transitivity is a chain of two."""

    relation: str
    links: tuple[Link, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that the ontology lets us infer, in a fixed order."""

    classes: tuple[Hop, ...]
    properties: tuple[Hop, ...]
    chains: tuple[Chain, ...]
    values: tuple[ValueClass, ...]


def compile_rules(ontology: Ontology) -> Rules:
    """Compile the OWL 2 RL axioms that the twin uses: hierarchies, inverses, symmetry, chains, transitivity.

    Inverses and symmetry are views: chains read them backwards. They are turned round only towards what is read
    by name: a statement of a relation that is declared as an inverse to the relation it inverts, and whatever has
    something above it or is one of `NETWORK`.
    Source: OWL 2 Profiles, section 4.3 (prp-spo1, prp-spo2, prp-inv1, prp-inv2, prp-symp, prp-trp, cax-sco, cls-hv2),
    and OWL 2 Structural Specification, section 8.2.4 (`hasSelf`, as a link of chains).
    """
    restrictions = Restrictions(ontology)
    chained = partial(_chains, selves=restrictions.selves)
    chains = (_inverses, _symmetries, _anonymous, _transitives, chained)
    return Rules(
        classes=_hops(ontology.subclass_axioms, RDFS.subClassOf),
        properties=tuple(
            h
            for h in _hops(ontology.subproperty_axioms, RDFS.subPropertyOf)
            if ontology.materialised(h.above)
        ),
        chains=tuple(
            c
            for compiled in chains
            for c in compiled(ontology)
            if ontology.materialised(c.relation)
        ),
        values=restrictions.value_classes,
    )


def _hops(axioms: Iterable[tuple[str, str]], word: str) -> tuple[Hop, ...]:
    """Close the hierarchy: for each pair its shortest distance, and the axiom that ends it."""
    above: dict[str, list[str]] = {}
    for a, b in sorted(axioms):
        above.setdefault(a, []).append(b)
    found = []
    for start in sorted(above):
        seen, layer, hops = {start}, [start], 0
        while layer:
            hops += 1
            reached = [(a, b) for a in layer for b in above.get(a, ()) if b not in seen]
            layer = []
            for a, b in sorted(reached, key=lambda pair: (pair[1], pair[0])):
                if b not in seen:
                    seen.add(b)
                    layer.append(b)
                    found.append(Hop(start, b, hops, f"{curie(a)} {curie(word)} {curie(b)}"))
    return tuple(found)


def _inverses(ontology: Ontology) -> Iterable[Chain]:
    for inverse, relation in ontology.inverse_axioms:
        rule = f"{curie(inverse)} {curie(OWL.inverseOf)} {curie(relation)}"
        yield Chain(relation, (_backwards(inverse),), rule)
        if inverse in ontology.network or _above(inverse, ontology):
            yield Chain(inverse, (_backwards(relation),), rule)


def _symmetries(ontology: Ontology) -> Iterable[Chain]:
    """Read a symmetric relation backwards for what is above it and is not symmetric itself."""
    for relation in sorted(ontology.symmetric):
        rule = f"{curie(relation)} a {curie(OWL.SymmetricProperty)}"
        above = _above(relation, ontology) - ontology.symmetric
        for nearest in sorted(a for a in above if not any(a in _above(b, ontology) for b in above)):
            yield Chain(nearest, (_backwards(relation),), rule)


def _anonymous(ontology: Ontology) -> Iterable[Chain]:
    """Read what is below or above an inverse without a name: `[ owl:inverseOf p ] rdfs:subPropertyOf q`."""
    for below, word, above in ontology.anonymous_axioms:
        rule = f"{_spoken(below, ontology)} {curie(word)} {_spoken(above, ontology)}"
        if above in ontology.anonymous_inverses:
            flipped = tuple((p, not back) for p, back in _link(below, ontology).ways)
            yield Chain(ontology.anonymous_inverses[above], (Link(flipped),), rule)
        else:
            yield Chain(above, (_link(below, ontology),), rule)


def _transitives(ontology: Ontology) -> Iterable[Chain]:
    for relation in sorted(ontology.transitive):
        link = _link(relation, ontology)
        yield Chain(relation, (link, link), f"{curie(relation)} a {curie(OWL.TransitiveProperty)}")


def _chains(ontology: Ontology, selves: Mapping[str, frozenset[str]]) -> Iterable[Chain]:
    for relation, path in ontology.chains:
        rule = f"{' ∘ '.join(_spoken(p, ontology) for p in path)} ⊑ {curie(relation)}"
        links = (replace(_link(p, ontology), selves=tuple(sorted(selves.get(p, ())))) for p in path)
        yield Chain(relation, tuple(links), rule)


def _above(relation: str, ontology: Ontology) -> frozenset[str]:
    strictly = ontology.superproperties(relation) - {relation}
    return frozenset(a for a in strictly if ontology.materialised(a))


def _backwards(relation: str) -> Link:
    return Link(((relation, True),))


def _link(relation: str, ontology: Ontology) -> Link:
    """Return a relation, or an inverse without a name, in every way in which it is stated."""
    named = ontology.anonymous_inverses.get(relation)
    if named is not None:
        return Link(tuple((p, not back) for p, back in _link(named, ontology).ways))
    both = [(relation, True)] if relation in ontology.symmetric else []
    inverses = [(p, True) for p in sorted(ontology.inverses_of(relation))]
    return Link(((relation, False), *both, *inverses))


def _spoken(relation: str, ontology: Ontology) -> str:
    named = ontology.anonymous_inverses.get(relation)
    return f"{curie(named)}⁻" if named else curie(relation)
