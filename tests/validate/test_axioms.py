"""What the data say against an axiom is told: one line for an axiom, with the first cell and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.validate.test_terms import links
from tests.validate.written import HEAD, THINGS, Written

if TYPE_CHECKING:
    from pathlib import Path

THING = "id,class\nP,Pump\nV,Valve\nS,Substation\nD,District\n"
MY = """ldt:a a owl:ObjectProperty ; rdfs:subPropertyOf ldt:b . ldt:b a owl:ObjectProperty . ldt:c a owl:ObjectProperty . ldt:n a owl:ObjectProperty .
"""


def told(folder: Path, axioms: str, rows: str, things: str = THING) -> list[tuple]:
    written = links(folder, rows, things)
    written.write("twin.toml", 'ontology = ["my.ttl"]\n' + (folder / "twin.toml").read_text())
    written.write("my.ttl", HEAD + MY + axioms)
    return [
        (v.rule, v.source, v.row, v.column, (v.value or "").rsplit("/", 1)[-1])
        for v in written.told("axiom")
    ]


@pytest.mark.parametrize(
    ("axioms", "rows", "wanted"),
    [
        ("ldt:a rdfs:domain ldt:Pump .", "P,a,S\nV,a,S\n", ("domain", 3, "from", "V")),
        ("ldt:b rdfs:domain ldt:WaterAsset .", "P,a,S\nS,a,P\n", ("domain", 3, "from", "S")),
        ("ldt:a rdfs:range ldt:Substation .", "P,a,S\nP,a,V\n", ("range", 3, "to", "V")),
        ("ldt:a rdfs:range [ owl:unionOf ( ldt:Substation ldt:Valve ) ] .", "P,a,S\nP,a,V\nS,a,P\n", ("range", 4, "to", "P")),
        ("ldt:a a owl:IrreflexiveProperty .", "P,a,S\nP,a,P\n", ("irreflexive", 3, "to", "P")),
        ("ldt:b a owl:IrreflexiveProperty .", "P,a,S\nP,a,P\n", ("irreflexive", 3, "to", "P")),
        ("", "P,poweredBy,S\nP,poweredBy,P\n", ("irreflexive", 3, "to", "P")),
        ("ldt:a a owl:AsymmetricProperty .", "P,a,S\nV,a,S\nS,a,V\n", ("asymmetric", 4, "to", "V")),
        ("ldt:a owl:propertyDisjointWith ldt:c .", "P,a,S\nV,a,S\nV,c,S\n", ("disjoint-relations", 3, "to", "S")),
        ("[] a owl:AllDisjointProperties ; owl:members ( ldt:b ldt:c ) .", "V,a,S\nV,c,S\n", ("disjoint-relations", 2, "to", "S")),
        ("", "P,locatedIn,D\nP,locatedIn,S\n", ("range", 3, "to", "S")),
        ("ldt:n owl:inverseOf ldt:a . ldt:a rdfs:domain ldt:Pump .", "S,n,P\nS,n,V\n", ("domain", 3, "to", "V")),
    ],
)  # fmt: skip
def test_a_relation_that_contradicts_an_axiom_is_told_at_its_cell(
    tmp_path: Path, axioms: str, rows: str, wanted: tuple
) -> None:
    kind, *cell = wanted
    assert told(tmp_path, axioms, rows) == [(f"axiom:{kind}", "links.csv", *cell)]


@pytest.mark.parametrize(
    "axioms",
    [
        "",
        "ldt:Pump owl:disjointWith ldt:Substation .",
        "[] a owl:AllDisjointClasses ; owl:members ( ldt:Valve ldt:Substation ldt:Pump ) .",
        "ldt:Asset owl:disjointUnionOf ( ldt:Pump ldt:Substation ) .",
        "ldt:Pump rdfs:subClassOf [ owl:complementOf ldt:Substation ] .",
        "ldt:WaterAsset owl:complementOf ldt:EnergyAsset .",
    ],
)
def test_a_thing_of_two_classes_that_exclude_each_other_is_told(
    tmp_path: Path, axioms: str
) -> None:
    written = Written(tmp_path, top='ontology = ["my.ttl"]\n').write("my.ttl", HEAD + axioms)
    written.dataset("things.csv", "id,class\nP,Pump\nS,Substation\nT,Pump\n", THINGS)
    more = (
        THINGS.split("    rml:predicateObjectMap [ rml:predicate dcterms")[0].strip().rstrip(";")
        + ".\n"
    )
    other = "District" if not axioms else "Substation"
    written.dataset(
        "more.csv",
        f"id,class\nT,{other}\n",
        more.replace('"things"', '"more"').replace('"{id}"', '"https://example.org/t/things/{id}"'),
    )
    lines = written.told("axiom")
    assert {(v.rule, v.subject, v.source, v.row, v.column) for v in lines} == {
        ("axiom:disjoint", "https://example.org/t/things/T", "things.csv", 4, "class"),
        ("axiom:disjoint", "https://example.org/t/things/T", "more.csv", 2, "class"),
    }


@pytest.mark.parametrize(
    ("range_", "good", "bad"),
    [("integer", "4", "2.5"), ("decimal", "2.5", "four"), ("boolean", "true", "yes"), ("date", "2026-01-31", "2026-02-30"), ("double", "1e3", "x")],
)  # fmt: skip
def test_a_value_that_does_not_read_as_its_range_is_told(
    tmp_path: Path, range_: str, good: str, bad: str
) -> None:
    axioms = f"my:v a owl:DatatypeProperty ; rdfs:range xsd:{range_} .\n"
    written = Written(tmp_path, top='ontology = ["my.ttl"]\n').write("my.ttl", HEAD + axioms)
    mapping = (
        THINGS
        + '<#V> rml:logicalSource [ rml:source "things" ] ; rml:subjectMap [ rml:template "{id}" ] ;\n rml:predicateObjectMap [ rml:predicate my:v ; rml:objectMap [ rml:reference "v" ] ] .\n'
    )
    [line] = written.dataset(
        "things.csv", f"id,class,v\nA,Pump,{good}\nB,Pump,{bad}\nC,Pump,{bad}\n", mapping
    ).told("axiom")
    assert (line.rule, line.row, line.column, line.value) == ("axiom:range", 3, "v", bad)
    assert line.message.endswith("so it is 2 times.")


def test_many_contradictions_of_one_axiom_are_one_line(tmp_path: Path) -> None:
    rows = "".join(f"P,locatedIn,{x}\n" for x in "SVP")
    assert told(tmp_path, "", rows) == [("axiom:range", "links.csv", 2, "to", "S")]
