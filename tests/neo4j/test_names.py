"""Names in Neo4j: labels and types by the names of classes and relations, and back again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ldt_graph import assets
from ldt_graph.graph.neo4j.names import (
    attribute_name,
    class_name,
    label,
    property_key,
    relation_name,
    relationship_type,
)
from ldt_graph.namespaces import LDT
from ldt_graph.ontology import Ontology

NAMES = st.one_of(
    st.text(min_size=1),
    st.from_regex(r"=?([a-zA-Z][a-z0-9-]{0,3}[:_])?_?[A-Za-z_=:]{1,8}_?", fullmatch=True),
    st.sampled_from(["Twin", "Twin_", "_Ldt", "_Next", "Entity", "ldt:Twin", "ldt:_Next", "ldt_Pump", "ldt:Pump", "=ldt:Pump"]),
)  # fmt: skip
OTHER = "https://example.org/other#"


@pytest.mark.parametrize(
    ("name", "made"),
    [("Pump", "Pump"), ("ldt:Pump", "ldt_Pump"), ("other-1a2b:Pump", "other-1a2b_Pump"), ("Water_Main", "Water_Main"),
     ("water_main", "=water_main"), ("Twin", "Twin_"), ("ldt:Twin", "ldt_Twin")],
)  # fmt: skip
def test_a_label_is_the_class_name_with_its_prefix_where_it_has_one(name, made):
    assert label(name) == made


@pytest.mark.parametrize(
    ("name", "made"),
    [("poweredBy", "POWERED_BY"), ("ldt:poweredBy", "ldt_POWERED_BY"), ("PoweredBy", "_POWERED_BY"), ("POWERED_BY", "=POWERED_BY"),
     ("ldt_POWERED_BY", "=ldt_POWERED_BY"), ("x:POWERED_BY", "x:POWERED_BY"), ("hasEVCharger", "HAS_E_V_CHARGER")],
)  # fmt: skip
def test_a_type_is_the_relation_name_in_capitals_with_its_prefix_where_it_has_one(name, made):
    assert relationship_type(name) == made


@given(NAMES)
@example("ldt_")
@example("a:b:C")
@example("https://example.org/")
def test_every_label_type_and_property_leads_back_to_its_name(name):
    assert class_name(label(name)) == name
    assert relation_name(relationship_type(name)) == name
    assert attribute_name(property_key(name)) == name


def test_two_classes_of_one_local_name_are_two_labels_that_lead_back_to_their_iris(tmp_path):
    path = tmp_path / "other.ttl"
    path.write_text(
        "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        f"<{OTHER}Pump> a owl:Class . <{OTHER}poweredBy> a owl:ObjectProperty .",
        encoding="utf-8",
    )
    ontology = Ontology.parse([*assets.ontology_files(), path])
    for cls, made in ((LDT.Pump, "ldt_Pump"), (OTHER + "Pump", "other_Pump")):
        assert label(ontology.name_of(cls)) == made
        assert ontology.class_of(class_name(made)) == cls
    types = {relationship_type(ontology.name_of(p)) for p in (LDT.poweredBy, OTHER + "poweredBy")}
    assert types == {"ldt_POWERED_BY", "other_POWERED_BY"}
    assert label(ontology.name_of(LDT.Valve)) == "Valve"
