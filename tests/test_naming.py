"""Names of classes and relations: one for each IRI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph import assets
from ldt_graph.errors import QueryError
from ldt_graph.namespaces import LDT, NGSI_LD_DEFAULT
from ldt_graph.naming import Names, Terms
from ldt_graph.ontology import Ontology

if TYPE_CHECKING:
    from pathlib import Path

OTHER, THIRD = "https://example.org/other#", "https://example.org/third/"
CLASH = f"""
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix ldt: <{LDT}> .
<{OTHER}Pump> a owl:Class ; rdfs:subClassOf ldt:EnergyAsset .
<{OTHER}Kettle> a owl:Class ; rdfs:label "Wasserkocher"@de , "water kettle"@en .
<{OTHER}poweredBy> a owl:ObjectProperty .
"""


@pytest.fixture
def clash(tmp_path: Path) -> Ontology:
    """The shipped ontology and one that has a Pump and a poweredBy of its own."""
    path = tmp_path / "other.ttl"
    path.write_text(CLASH, encoding="utf-8")
    return Ontology.parse([*assets.ontology_files(), path])


SHIPPED = Ontology.parse(assets.ontology_files())


def test_a_class_is_called_by_its_local_name_where_no_other_declared_class_has_it(clash):
    assert SHIPPED.name_of(LDT.Pump) == "Pump"
    assert clash.name_of(OTHER + "Kettle") == "Kettle"


def test_two_declared_classes_of_one_local_name_are_told_apart_by_their_prefix(clash):
    assert {clash.name_of(LDT.Pump), clash.name_of(OTHER + "Pump")} == {"ldt:Pump", "other:Pump"}
    assert clash.name_of(LDT.poweredBy) == "ldt:poweredBy"
    assert clash.name_of(OTHER + "poweredBy") == "other:poweredBy"


def test_an_aligned_class_leaves_the_bare_name_to_the_declared_one():
    assert SHIPPED.name_of(NGSI_LD_DEFAULT + "Pump") == "ngsi:Pump"
    assert SHIPPED.name_of(NGSI_LD_DEFAULT + "TrafficLight") == "TrafficLight"


def test_aligned_classes_of_one_local_name_all_have_their_prefix():
    assert SHIPPED.name_of(NGSI_LD_DEFAULT + "EVChargingStation") == "ngsi:EVChargingStation"


def test_what_the_ontology_does_not_know_always_has_a_prefix_of_its_own():
    name = SHIPPED.name_of(OTHER + "Ghost")
    assert name.startswith("other-")
    assert name.endswith(":Ghost")
    assert SHIPPED.name_of("https://example.com/other#Ghost") != name
    assert SHIPPED.name_of("nothing") == "nothing"


def test_a_class_is_found_by_name_curie_iri_and_a_local_name_that_it_alone_has(clash):
    for text in ("other:Pump", OTHER + "Pump"):
        assert clash.class_called(text) == "other:Pump"
    assert clash.class_called("ldt:Valve") == clash.class_called(LDT.Valve) == "Valve"
    assert clash.class_called("ngsi:Valve") == "ngsi:Valve"
    assert clash.class_called("Nothing") == "Nothing"
    ghost = clash.name_of(THIRD + "Ghost")
    assert clash.class_called("Ghost", [ghost]) == clash.class_called(THIRD + "Ghost") == ghost


def test_a_local_name_of_several_classes_is_an_error_that_lists_them(clash):
    with pytest.raises(QueryError, match=r"Say which: .*ldt:Pump, ngsi:Pump, other:Pump"):
        clash.class_called("Pump")
    with pytest.raises(QueryError, match="2 classes"):
        clash.class_called("Ghost", ["a-1:Ghost", "b-2:Ghost"])


def test_a_label_is_english_or_of_no_language(clash):
    assert clash.label(OTHER + "Kettle") == "water kettle"
    assert clash.label(OTHER + "Pump") == "Pump"


NAMESPACES = st.sampled_from([LDT, OTHER, THIRD, "https://example.com/other#", "urn:x:", "ldt:"])
IRIS = st.builds(
    lambda n, local: f"{n}{local}", NAMESPACES, st.sampled_from(["Pump", "pump", "a-b", "x", "é"])
)


@given(st.frozensets(IRIS), st.frozensets(IRIS), st.frozensets(IRIS))
def test_no_two_classes_share_a_name_whatever_is_declared(declared, aligned, unknown):
    names = Names(Terms(declared, declared | aligned), Terms(frozenset(), frozenset()))
    every = declared | aligned | unknown
    assert len({names.name_of(iri) for iri in every}) == len(every)
