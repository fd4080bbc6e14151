"""Axioms that a city writes: each of these ways gives what OWL 2 RL says follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ldt_graph import assets
from ldt_graph.impact import impact
from ldt_graph.ontology import Ontology
from ldt_graph.testing import graph_of
from tests.reason.test_reason import inferred

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """@prefix ldt: <https://w3id.org/ldt-graph#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix my: <https://example.org/my#> .
"""
MY = "@prefix my: <https://example.org/my#> .\n"


def found(folder: Path, axioms: str, turtle: str) -> set[str]:
    path = folder / "my.ttl"
    path.write_text(HEAD + axioms)
    ontology = Ontology.parse([*assets.ontology_files(), path])
    return {" ".join(fact) for fact in inferred(MY + turtle, ontology)}


@pytest.mark.parametrize(
    ("axioms", "turtle", "wanted"),
    [
        ("my:p owl:inverseOf my:q .", "<a> my:p <b> .", "b q a"),
        ("my:p owl:inverseOf my:q . my:p rdfs:subPropertyOf my:r .", "<a> my:q <b> .", "b r a"),
        ("my:q owl:inverseOf my:p . my:p rdfs:subPropertyOf my:r .", "<a> my:q <b> .", "b r a"),
        ("my:p owl:inverseOf my:q , my:s .", "<a> my:p <b> .", "b q a, b s a"),
        ("my:q owl:inverseOf my:p . my:s owl:inverseOf my:p .", "<a> my:s <b> .", "b p a"),
        ("my:p rdfs:subPropertyOf [ owl:inverseOf my:q ] .", "<a> my:p <b> .", "b q a"),
        ("[ owl:inverseOf my:p ] rdfs:subPropertyOf my:q .", "<a> my:p <b> .", "b q a"),
        ("my:p owl:equivalentProperty [ owl:inverseOf my:q ] .", "<a> my:q <b> . <c> my:p <d> .", "b p a, d q c"),
        ("my:q owl:propertyChainAxiom ( [ owl:inverseOf my:p ] my:r ) .", "<b> my:p <a> . <b> my:r <c> .", "a q c"),
        ("my:t owl:propertyChainAxiom ( my:p my:r ) . my:p owl:inverseOf my:q .", "<b> my:q <a> . <b> my:r <c> .", "a t c"),
        ("my:t owl:propertyChainAxiom ( my:p my:r ) . my:q owl:inverseOf my:p .", "<b> my:q <a> . <b> my:r <c> .", "a t c"),
        ("my:p a owl:TransitiveProperty . my:p owl:inverseOf my:q .", "<b> my:q <a> . <b> my:p <c> .", "a p c"),
        ("my:p a owl:SymmetricProperty ; rdfs:subPropertyOf my:q .", "<a> my:p <b> .", "a q b, b q a"),
        ("my:p a owl:SymmetricProperty ; rdfs:subPropertyOf my:q . my:q rdfs:subPropertyOf my:r .", "<a> my:p <b> .", "b q a, b r a"),
        ("my:p a owl:TransitiveProperty .", "<a> my:p <b> . <b> my:p <a> .", "a p a, b p b"),
        ("my:q owl:propertyChainAxiom ( my:p my:p ) .", "<a> my:p <a> .", "a q a"),
        ("my:q owl:propertyChainAxiom ( my:p my:r ) .", "<a> my:p _:x . _:x my:r <c> .", "a q c"),
        ("my:Lamp rdfs:subClassOf [ owl:onProperty my:lit ; owl:hasSelf true ] . my:q owl:propertyChainAxiom ( my:lit my:p ) .", "<a> a my:Lamp ; my:p <b> .", "a q b"),
        ("my:Lamp rdfs:subClassOf [ owl:onProperty my:lit ; owl:hasSelf true ] . my:Led rdfs:subClassOf my:Lamp . my:q owl:propertyChainAxiom ( [ owl:inverseOf my:p ] my:lit ) .", "<a> a my:Led ; my:p <b> .", "b q a"),
        ("my:Lamp rdfs:subClassOf [ owl:onProperty my:lit ; owl:hasSelf true ] . my:q owl:propertyChainAxiom ( my:lit my:p ) . [ owl:onProperty my:form ; owl:hasValue \"lamp\" ] rdfs:subClassOf my:Lamp .", '<a> my:form "lamp" ; my:p <b> .', "a q b, a type Lamp"),
        ("my:Lamp owl:equivalentClass [ owl:onProperty my:form ; owl:hasValue my:round ] .", "<a> my:form my:round .", "a type Lamp"),
        ("my:kind rdfs:subPropertyOf rdf:type . my:Lamp rdfs:subClassOf ldt:Asset .", "<a> my:kind my:Lamp .", "a type Lamp, a type Entity"),
    ],
)  # fmt: skip
def test_what_follows_is_inferred(tmp_path: Path, axioms: str, turtle: str, wanted: str) -> None:
    assert set(wanted.split(", ")) <= found(tmp_path, axioms, turtle)


def test_a_chain_of_members_of_a_class_holds_for_no_other(tmp_path: Path) -> None:
    axioms = "my:Lamp rdfs:subClassOf [ owl:onProperty my:lit ; owl:hasSelf true ] . my:q owl:propertyChainAxiom ( my:lit my:p ) ."
    facts = found(
        tmp_path, axioms, "<a> a my:Lamp ; my:p <b> . <c> a my:Pole ; my:p <d> . <e> my:p <a> ."
    )
    assert {f for f in facts if " q " in f or " lit " in f} == {"a q b"}


def test_a_value_makes_of_a_class_what_has_it_and_nothing_else(tmp_path: Path) -> None:
    axioms = '[ owl:onProperty my:form ; owl:hasValue "lamp" ] rdfs:subClassOf my:Lamp .'
    facts = found(
        tmp_path, axioms, '<a> my:form "lamp" . <b> my:form "pole" . <c> my:shape "lamp" .'
    )
    assert {f for f in facts if f.endswith(" Lamp")} == {"a type Lamp"}


def test_views_are_not_stored(tmp_path: Path) -> None:
    facts = found(tmp_path, "", "<a> ldt:poweredBy <b> ; ldt:electricallyConnectedTo <c> .")
    assert (
        not {"b powers a", "b supplies a", "b supports a", "c connectedTo a", "a joins c"} & facts
    )
    assert "a connectedTo c" in facts


@pytest.mark.parametrize(
    "axioms",
    [
        "my:feeds owl:inverseOf ldt:poweredBy .",
        "ldt:poweredBy owl:inverseOf my:feeds .",
        "ldt:poweredBy owl:inverseOf my:feeds . my:feeds owl:inverseOf ldt:poweredBy .",
        "my:fedBy rdfs:subPropertyOf ldt:poweredBy ; owl:inverseOf my:feeds .",
        "my:feeds rdfs:subPropertyOf ldt:powers .",
        "ldt:directlyDependsOn owl:inverseOf my:feeds .",
        "my:feeds rdfs:subPropertyOf [ owl:inverseOf ldt:poweredBy ] .",
        "my:other owl:inverseOf my:feeds . my:feeds owl:inverseOf ldt:poweredBy .",
    ],
)
def test_an_inverse_stops_what_depends_on_it_whoever_declares_it(
    tmp_path: Path, axioms: str
) -> None:
    path = tmp_path / "my.ttl"
    path.write_text(HEAD + "my:feeds a owl:ObjectProperty .\n" + axioms)
    graph = graph_of(MY + "<A> a ldt:Asset ; my:feeds <B> . <B> a ldt:Asset .", ontology=[path])
    answer = impact(graph, ["https://example.org/test/test/A"]).document()
    assert [hit["iri"] for hit in answer["hits"]] == ["https://example.org/test/test/B"]
