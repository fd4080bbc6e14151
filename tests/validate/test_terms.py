"""A term that nothing declares is told with its cell, the nearest names, and what it means for impact."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.validate.written import HEAD, LINKS, THINGS, Written

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "id,class\nP,Pump\nS,Substation\n"
MY = "my:Lamp a owl:Class ; rdfs:subClassOf ldt:Asset . my:lumen a owl:DatatypeProperty .\n"


def links(folder: Path, rows: str, things: str = GOOD, more: str = "") -> Written:
    written = Written(folder).dataset("things.csv", things, THINGS, more)
    return written.dataset(
        "links.csv", "from,relation,to\n" + rows, LINKS, 'references = { from = "*", to = "*" }'
    )


def entities(folder: Path, *found: dict, top: str = "") -> Written:
    text = json.dumps([{"id": f"urn:ngsi-ld:X:{n}"} | e for n, e in enumerate(found)])
    return Written(folder, top=top).dataset("things.jsonld", text, "ngsi-ld")


def test_a_misspelt_relation_is_told_once_with_its_first_cell(tmp_path: Path) -> None:
    [told] = links(tmp_path, "P,poweredBy,S\nP,powerdBy,S\nS,powerdBy,P\n").told("term")
    assert (told.rule, told.severity) == ("term:unknown-relation", "warning")
    assert (told.source, told.row, told.column, told.value) == (
        "links.csv",
        3,
        "relation",
        "powerdBy",
    )
    assert "(2 times): impact does not follow it. Did you mean poweredBy" in told.message


@pytest.mark.parametrize("name", ["PoweredBy", "poweredby", "powered_By", "powerdBy"])
def test_the_nearest_name_is_found_whatever_its_case(tmp_path: Path, name: str) -> None:
    [told] = links(tmp_path, f"P,{name},S\n").told("term")
    assert "Did you mean poweredBy" in told.message


def test_a_misspelt_class_is_told_with_its_cell(tmp_path: Path) -> None:
    [told] = links(tmp_path, "", "id,class\nS,Substation\nP,Pmup\n").told("term")
    assert (told.rule, told.row, told.column, told.value) == (
        "term:unknown-class",
        3,
        "class",
        "Pmup",
    )
    assert "no asset of the twin" in told.message
    assert "Did you mean Pump" in told.message


def test_a_term_that_the_mapping_states_names_its_map(tmp_path: Path) -> None:
    mapping = THINGS.replace("dcterms:identifier", "dcterms:identifer")
    [told] = Written(tmp_path).dataset("things.csv", GOOD, mapping).told("term")
    assert (told.rule, told.row, told.column) == ("term:unknown-attribute", 2, "id")
    assert "The mapping's ThingMap says so." in told.message
    constant = THINGS.replace('{id}" ]', '{id}" ; rml:class ldt:Pmup ]')
    [told] = Written(tmp_path / "2").dataset("things.csv", GOOD, constant).told("term")
    assert (told.rule, told.column) == ("term:unknown-class", None)
    assert "The mapping's ThingMap says so." in told.message


@pytest.mark.parametrize(
    "term", ["rdfs:lable", "geo:asWkt", "dcterms:tittle", "ldt:capasity", "my:lumne"]
)
def test_standards_are_known_by_their_terms_not_by_their_namespace(
    tmp_path: Path, term: str
) -> None:
    mapping = THINGS.replace("dcterms:identifier", term)
    written = Written(tmp_path, top='ontology = ["my.ttl"]\n').write("my.ttl", HEAD + MY)
    [told] = written.dataset("things.csv", GOOD, mapping).told("term")
    assert told.rule == "term:unknown-attribute"


def test_terms_of_entities_are_told_by_name(tmp_path: Path) -> None:
    value = {"type": "Property", "value": 3}
    found = [{"type": "EVChargeStation", "capasity": value, "capacity": value}] * 2
    told = entities(tmp_path, *found, {"type": "EVChargingStation", "poweredby": {"type": "Relationship", "object": "urn:ngsi-ld:X:1"}}).told("term")  # fmt: skip
    assert [(v.rule, v.value, v.row) for v in told] == [
        ("term:unknown-attribute", "capasity", 1),
        ("term:unknown-class", "EVChargeStation", 1),
        ("term:unknown-relation", "poweredby", 3),
    ]


def test_what_the_twin_declares_aligns_or_names_is_known(tmp_path: Path) -> None:
    ngsi = "https://uri.etsi.org/ngsi-ld/default-context/"
    lamp = {"type": "Lamp", "glow": {"type": "Property", "value": 3}}
    assert len(entities(tmp_path / "none", lamp).told("term")) == 2
    named = entities(tmp_path / "named", lamp, top=f'vocabularies = ["{ngsi}"]\n')
    assert named.told("term") == []
    aligned = entities(tmp_path / "aligned", lamp, top='ontology = ["my.ttl"]\n')
    more = f"<{ngsi}Lamp> rdfs:subClassOf my:Lamp . <{ngsi}glow> rdfs:subPropertyOf my:lumen .\n"
    assert aligned.write("my.ttl", HEAD + MY + more).told("term") == []


def test_a_relation_with_a_text_and_an_attribute_with_an_iri_are_told(tmp_path: Path) -> None:
    text = THINGS + THINGS.replace("ThingMap", "TextMap").replace(
        "dcterms:identifier", "ldt:poweredBy"
    )
    [told] = Written(tmp_path).dataset("things.csv", GOOD, text).told("term")
    assert (told.rule, told.column, told.value) == ("term:kind", "id", "poweredBy")
    assert "impact does not follow it" in told.message
    [told] = links(tmp_path / "2", "P,population,S\n").told("term")
    assert (told.rule, told.column, told.value) == ("term:kind", "to", "population")


def test_a_warning_stays_while_its_file_is_not_read_and_goes_with_its_cause(tmp_path: Path) -> None:
    written = links(tmp_path, "P,powerdBy,S\n")
    [first] = written.told("term")
    written.write("data/things.csv", GOOD + "Q,Pump\n")
    assert written.told("term") == [first]
    written.write("data/links.csv", "from,relation,to\nP,poweredBy,S\n")
    assert written.told("term") == []
