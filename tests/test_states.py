"""What puts a thing out of conduction is said in ontology files, and read alike by impact and by exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ldt_graph import assets
from ldt_graph.namespaces import LDT
from ldt_graph.ontology import Ontology
from ldt_graph.states import States
from ldt_graph.testing import BASE, graph_of

if TYPE_CHECKING:
    from pathlib import Path

MY = """@prefix ldt: <https://w3id.org/ldt-graph#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix my: <https://example.org/my#> .
my:Gate a owl:Class ; rdfs:subClassOf ldt:Asset ; ldt:offBy my:position , my:opening .
my:Sluice a owl:Class ; rdfs:subClassOf my:Gate .
my:Lamp a owl:Class ; rdfs:subClassOf ldt:Asset .
my:position a owl:DatatypeProperty ; ldt:offAt "Shut" , "locked" ; ldt:yieldsTo my:live .
my:live a owl:DatatypeProperty .
my:seen a owl:DatatypeProperty ; rdfs:subPropertyOf my:live .
my:opening a owl:DatatypeProperty ; ldt:offAt "0" .
my:first a owl:DatatypeProperty ; rdfs:subPropertyOf my:position .
my:serves a owl:DatatypeProperty ; rdfs:subPropertyOf ldt:inService .
"""
CASES = {
    'a my:Gate ; my:position "shut"': True,
    'a my:Gate ; my:position " LOCKED "': True,
    'a my:Gate ; my:position "ajar"': False,
    'a my:Sluice ; my:first "Shut"': True,
    'a my:Lamp ; my:position "shut"': False,
    'a my:Lamp , my:Gate ; my:position "shut"': True,
    'a my:Gate ; my:position "shut" ; my:live "ajar"': False,
    'a my:Gate ; my:position "shut" ; my:seen "ajar"': False,
    'a my:Gate ; my:position "shut" ; my:live "ajar" ; my:opening 0.00': True,
    "a my:Gate ; my:opening 0": True,
    "a my:Gate ; my:opening 0.0e0": True,
    "a my:Gate ; my:opening 0.3": False,
    'a my:Gate ; my:opening "zero"': False,
    "a my:Lamp ; ldt:inService false": True,
    "a my:Lamp ; my:serves 0": True,
    "a my:Lamp ; ldt:inService true": False,
    'a my:Lamp ; ldt:switchState "Open"': True,
    'a my:Lamp ; ldt:switchState "closed"': False,
}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "my.ttl"
    path.write_text(MY, encoding="utf-8")
    return path


def test_an_ontology_file_says_what_is_off(own: Path) -> None:
    things = "\n".join(f"<t{n}> {says} ." for n, says in enumerate(CASES))
    columns = graph_of(
        "@prefix my: <https://example.org/my#> .\n" + things, ontology=[own]
    ).columns()
    off = dict(zip(columns.iris, columns.off.tolist(), strict=True))
    assert {says: off[f"{BASE}test/t{n}"] for n, says in enumerate(CASES)} == CASES


def test_what_a_thing_says_is_judged_as_columns_are(own: Path) -> None:
    ontology = Ontology.parse([*assets.ontology_files(), own])
    states, my = States(ontology), "https://example.org/my#"
    gate = ontology.superclasses(f"{my}Gate")
    assert states.off(gate, {f"{my}position": ["ajar", "shut"]})
    assert not states.off(ontology.superclasses(f"{my}Lamp"), {f"{my}position": ["shut"]})
    assert not states.off(gate, {f"{my}position": ["shut"], f"{my}seen": ["ajar"]})
    assert states.off(gate, {f"{my}position": ["shut"], f"{my}seen": []})
    assert states.attributes >= {f"{my}seen", f"{my}live", f"{my}first", LDT.inService}


def test_an_ontology_of_an_earlier_version_without_the_words_reads_what_it_read() -> None:
    states = States(Ontology(()))
    assert states.off((), {LDT.inService: ["false"]})
    assert states.off((), {LDT.switchState: ["open"]})
    assert states.attributes == {LDT.inService, LDT.switchState}
