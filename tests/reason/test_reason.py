"""What follows from what, with the axiom and the level."""

from __future__ import annotations

import duckdb
import pytest

from ldt_graph import assets
from ldt_graph.errors import OntologyError
from ldt_graph.model import create_tables
from ldt_graph.namespaces import LDT
from ldt_graph.ontology import Ontology
from ldt_graph.reason import reason
from ldt_graph.testing import insert

ONTOLOGY = Ontology.parse(assets.ontology_files())


def inferred(
    turtle: str, ontology: Ontology = ONTOLOGY
) -> dict[tuple[str, str, str], tuple[str, int]]:
    con = duckdb.connect()
    create_tables(con)
    insert(con, turtle, "test")
    reason(con, ontology)
    rows = con.execute(
        "SELECT subject, predicate, object, rule, level FROM statements WHERE origin = 'inferred'"
    ).fetchall()
    short = lambda iri: iri.rsplit("/", 1)[-1].rsplit("#", 1)[-1]  # noqa: E731
    return {(short(s), short(p), short(o)): (rule, level) for s, p, o, rule, level in rows}


def test_relations_are_lifted_up_the_hierarchy_with_their_axiom_and_level():
    found = inferred("<a> ldt:poweredBy <b> .")
    assert found["a", "suppliedBy", "b"] == ("ldt:poweredBy rdfs:subPropertyOf ldt:suppliedBy", 1)
    assert found["a", "directlyDependsOn", "b"] == (
        "ldt:physicallyDependsOn rdfs:subPropertyOf ldt:directlyDependsOn",
        3,
    )
    assert ("a", "dependsOn", "b") not in found


def test_classes_are_lifted_up_the_hierarchy():
    found = inferred("<a> a ldt:Pump .")
    assert {o for _, _, o in found} == {"WaterAsset", "Asset", "Entity"}


def test_an_inverse_is_turned_round_and_lifted_on():
    found = inferred("<a> ldt:powers <b> .")
    assert found["b", "poweredBy", "a"] == ("ldt:powers owl:inverseOf ldt:poweredBy", 1)
    assert ("b", "directlyDependsOn", "a") in found


def test_places_nest_transitively_and_a_cycle_ends():
    found = inferred("<a> ldt:locatedIn <b> . <b> ldt:locatedIn <c> . <c> ldt:locatedIn <d> .")
    assert found["a", "locatedIn", "d"][0] == "ldt:locatedIn a owl:TransitiveProperty"
    inferred("<a> ldt:partOf <b> . <b> ldt:partOf <a> .")


def test_chains_read_inverses_backwards():
    found = inferred(
        "<line> ldt:poweredBy <ts> . <line> ldt:serves <stop> . <stop> ldt:locatedIn <north> ."
    )
    assert found["line", "servesArea", "north"][0] == "ldt:serves ∘ ldt:locatedIn ⊑ ldt:servesArea"
    assert ("ts", "mayAffect", "stop") in found


def test_what_is_stated_is_never_inferred_and_a_second_run_adds_nothing():
    con = duckdb.connect()
    create_tables(con)
    insert(con, "<a> ldt:poweredBy <b> ; ldt:suppliedBy <b> .", "test")
    first = reason(con, ONTOLOGY)
    assert first.by_rule.get("ldt:poweredBy rdfs:subPropertyOf ldt:suppliedBy") is None
    assert reason(con, ONTOLOGY).inferred == first.inferred


def test_the_order_of_the_input_does_not_matter():
    lines = ["<a> ldt:poweredBy <b> .", "<a> ldt:fedBy <b> .", "<b> a ldt:Pump ."]
    assert inferred(" ".join(lines)).keys() == inferred(" ".join(reversed(lines))).keys()


def test_an_ontology_reads_back_from_its_triples_and_names_bad_lines(tmp_path):
    assert Ontology.from_triples(ONTOLOGY.triples).bridges() == ONTOLOGY.bridges()
    assert ONTOLOGY.commodity_of(LDT.pumpsTo) == LDT.Water
    bad = tmp_path / "bad.ttl"
    bad.write_text("@prefix a: <http://a/> .\na:b a:c")
    with pytest.raises(OntologyError, match=r"bad\.ttl:2"):
        Ontology.parse([bad])
    bad.write_text("<http://a> <http://www.w3.org/2002/07/owl#sameAs> <http://b> .")
    with pytest.raises(OntologyError, match="sameAs"):
        Ontology.parse([bad])
    with pytest.raises(OntologyError, match="can't be read"):
        Ontology.parse([tmp_path / "none.ttl"])
