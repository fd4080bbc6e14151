"""Axioms compiled to rules: what may be inferred, with the words that explain it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.namespaces import OWL, RDFS
from ldt_graph.ontology import curie

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ldt_graph.ontology import Ontology


@dataclass(frozen=True, slots=True)
class Hop:
    """Whatever holds of `below` holds of `above`: `hops` axioms away, the last of them in `rule`."""

    below: str
    above: str
    hops: int
    rule: str


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a chain: a relation, read forwards, backwards or (symmetric) both ways."""

    relation: str
    forwards: bool = True
    backwards: bool = False


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


def compile_rules(ontology: Ontology) -> Rules:
    """Compile the OWL 2 RL axioms that the twin uses: hierarchies, inverses, chains, transitivity.

    Inverses and symmetry are views: they are read backwards where a chain asks for them. A statement
    of a relation that is declared as an inverse is turned round once, to the relation it inverts.
    Source: OWL 2 Profiles, section 4.3 (prp-spo1, prp-spo2, prp-inv, prp-trp, cax-sco).
    """
    return Rules(
        classes=_hops(ontology.subclass_axioms, RDFS.subClassOf),
        properties=tuple(
            h
            for h in _hops(ontology.subproperty_axioms, RDFS.subPropertyOf)
            if ontology.materialised(h.above)
        ),
        chains=(*_inverses(ontology), *_transitives(ontology), *_chains(ontology)),
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
    for inverse, relation in sorted(ontology.inverse_of.items()):
        if ontology.materialised(relation):
            link = Link(inverse, forwards=False, backwards=True)
            yield Chain(
                relation, (link,), f"{curie(inverse)} {curie(OWL.inverseOf)} {curie(relation)}"
            )


def _transitives(ontology: Ontology) -> Iterable[Chain]:
    for relation in sorted(ontology.transitive):
        if ontology.materialised(relation):
            link = _link(relation, ontology)
            yield Chain(
                relation, (link, link), f"{curie(relation)} a {curie(OWL.TransitiveProperty)}"
            )


def _chains(ontology: Ontology) -> Iterable[Chain]:
    for relation, path in ontology.chains:
        if ontology.materialised(relation):
            rule = f"{' ∘ '.join(curie(p) for p in path)} ⊑ {curie(relation)}"
            yield Chain(relation, tuple(_link(p, ontology) for p in path), rule)


def _link(relation: str, ontology: Ontology) -> Link:
    if relation in ontology.inverse_of:
        return Link(ontology.inverse_of[relation], forwards=False, backwards=True)
    return Link(relation, backwards=relation in ontology.symmetric)
