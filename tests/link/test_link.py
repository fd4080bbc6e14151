"""Datasets that refer to each other: in any order, both ways, and as soon as the other side is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb
import pytest

from ldt_graph.errors import LdtError
from ldt_graph.patch import make_patch
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.sources.cells import Files
from ldt_graph.twin import load_twin

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """@prefix rml: <http://w3id.org/rml/> . @prefix ldt: <https://w3id.org/ldt-graph#> .
@prefix dcterms: <http://purl.org/dc/terms/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
MAP = """<#{name}Map> rml:logicalSource [ rml:source "{table}" ; rml:referenceFormulation rml:CSV ] ;
    rml:subjectMap [ rml:template "{kind}/{{id}}" ; rml:class ldt:{kind} ] ;
    rml:predicateObjectMap [ rml:predicate dcterms:identifier ; rml:objectMap [ rml:reference "id" ] ] ;
    rml:predicateObjectMap [ rml:predicate rdfs:label ; rml:objectMap [ rml:reference "name" ] ] ;
    rml:predicateObjectMap [ rml:predicate ldt:{relation} ; rml:objectMap [ rml:reference "other.iri" ; rml:termType rml:IRI ] ] .
"""
BASE = "https://example.org/two/"


def two(folder: Path, pumps: str, stations: str, refers: str, more: str = "") -> Path:
    """Write a twin of pumps that name stations, and stations that name pumps; the pumps come first."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data" / "pumps.csv").write_text("id,name,other,net\n" + pumps)
    (folder / "data" / "stations.csv").write_text("id,name,other\n" + stations)
    pump = MAP.format(name="Pump", table="pumps", kind="Pump", relation="poweredBy")
    station = MAP.format(name="Station", table="stations", kind="Substation", relation="controlledBy")  # fmt: skip
    (folder / "pumps.ttl").write_text(HEAD + pump)
    (folder / "stations.ttl").write_text(HEAD + station + more)
    (folder / "twin.toml").write_text(
        f'name = "Two"\nbase = "{BASE}"\n'
        f'[[dataset]]\nname = "water"\nsource = "pumps.csv"\nmapping = "pumps.ttl"\nreferences = {{ other = "{refers}" }}\n'
        '[[dataset]]\nname = "power"\nsource = "stations.csv"\nmapping = "stations.ttl"\nreferences = { other = "water" }\n'
    )
    return folder


def relations(folder: Path) -> set[tuple[str, str, str]]:
    """Build; return the relations, each IRI without the base."""
    build(load_twin(folder))
    record, con = Record(load_twin(folder).record), duckdb.connect()
    record.load(con, record.version())
    found = con.execute(
        "SELECT subject, predicate, object FROM statements WHERE origin = 'observed' AND kind = 'iri' "
        "AND starts_with(object, ?)",
        [BASE],
    ).fetchall()
    return {(s.removeprefix(BASE), p.rsplit("#", 1)[1], o.removeprefix(BASE)) for s, p, o in found}


def told(folder: Path) -> list[tuple]:
    record = Record(load_twin(folder).record)
    return [
        (v.rule, v.source, v.row, v.column, v.value) for v in record.violations(record.version())
    ]


PUMP_1 = ("water/Pump/1", "poweredBy", "power/Substation/A")
STATION_A = ("power/Substation/A", "controlledBy", "water/Pump/1")


def test_two_datasets_may_refer_to_each_other(tmp_path: Path) -> None:
    twin = two(tmp_path, "1,P,A,\n", "A,S,1\n", "power")
    assert relations(twin) == {PUMP_1, STATION_A}
    assert told(twin) == []


@pytest.mark.parametrize("name", ["A", "power:A", f"{BASE}power/Substation/A"])
def test_an_identifier_a_curie_and_an_iri_name_one_entity(tmp_path: Path, name: str) -> None:
    assert PUMP_1 in relations(two(tmp_path, f"1,P,{name},\n", "A,S,\n", "*"))


def test_what_names_nothing_costs_its_statement_and_comes_when_the_other_side_does(
    tmp_path: Path,
) -> None:
    twin = two(tmp_path, "1,P,A,\n2,Q,B,\n", "A,S,\n", "power")
    assert relations(twin) == {PUMP_1}
    assert told(twin) == [("reference:dangling", "pumps.csv", 3, "other", "B")]
    record, con = Record(load_twin(twin).record), duckdb.connect()
    record.load(con, record.version())
    label = "SELECT object FROM statements WHERE subject = ? AND contains(predicate, 'label')"
    assert con.execute(label, [f"{BASE}water/Pump/2"]).fetchall() == [("Q",)]
    record.set_aside(con, record.version())
    assert con.execute("SELECT subject, object, stage FROM set_aside").fetchall() == [
        (f"{BASE}water/Pump/2", "B", "link")
    ]
    (twin / "data" / "stations.csv").write_text("id,name,other\nB,T,\nA,S,\n")
    assert relations(twin) == {PUMP_1, ("water/Pump/2", "poweredBy", "power/Substation/B")}
    assert told(twin) == []
    (twin / "data" / "stations.csv").write_text("id,name,other\nB,T,\n")
    assert relations(twin) == {("water/Pump/2", "poweredBy", "power/Substation/B")}
    assert told(twin) == [("reference:dangling", "pumps.csv", 2, "other", "A")]


def test_a_dataset_that_joins_later_is_linked_and_says_nothing_twice(tmp_path: Path) -> None:
    twin = two(tmp_path, "1,P,A,\n", "A,S,1\n", "power")
    assert relations(twin) == {PUMP_1, STATION_A}
    text = (twin / "twin.toml").read_text()
    more = '[[dataset]]\nname = "again"\nsource = "pumps.csv"\nmapping = "pumps.ttl"\nreferences = { other = "power" }\n'
    (twin / "twin.toml").write_text(text + more)
    assert ("again/Pump/1", *PUMP_1[1:]) in relations(twin)
    record, con = Record(load_twin(twin).record), duckdb.connect()
    record.load(con, record.version())
    twice = "SELECT count(*) - count(DISTINCT (dataset, subject, predicate, object, kind)) FROM statements"
    assert con.execute(twice).fetchone() == (0,)


FEEDER = """<#FeederMap> rml:logicalSource [ rml:source "stations" ; rml:referenceFormulation rml:CSV ] ;
    rml:subjectMap [ rml:template "Feeder/{id}" ; rml:class ldt:PowerLine ] ;
    rml:predicateObjectMap [ rml:predicate dcterms:identifier ; rml:objectMap [ rml:reference "id" ] ] .
"""


@pytest.mark.parametrize(
    ("refers", "found"),
    [
        ("power#StationMap", "power/Substation/A"),
        ("power#FeederMap", "power/Feeder/A"),
        ("power#Substation", "power/Substation/A"),
        ("power#ldt:PowerLine", "power/Feeder/A"),
        ("*#FeederMap", "power/Feeder/A"),
        ("{net}#StationMap", "power/Substation/A"),
    ],
)
def test_of_two_things_of_one_name_the_reference_says_which(
    tmp_path: Path, refers: str, found: str
) -> None:
    twin = two(tmp_path, "1,P,A,power\n", "A,S,\n", refers, FEEDER)
    assert relations(twin) == {("water/Pump/1", "poweredBy", found)}
    assert told(twin) == []


def test_a_name_of_several_things_is_ambiguous_until_the_reference_says_more(
    tmp_path: Path,
) -> None:
    twin = two(tmp_path, "1,P,A,\n", "A,S,\n", "power", FEEDER)
    assert relations(twin) == set()
    assert told(twin) == [("reference:ambiguous", "pumps.csv", 2, "other", "A")]


@pytest.mark.parametrize("net", ["", "nowhere", "water"])
def test_a_row_that_names_another_dataset_or_none_is_told_by_its_cell(
    tmp_path: Path, net: str
) -> None:
    twin = two(tmp_path, f"1,P,A,{net}\n", "A,S,\n", "{net}")
    assert relations(twin) == set()
    assert told(twin) == [("reference:dangling", "pumps.csv", 2, "other", "A")]


@pytest.mark.parametrize(
    ("refers", "words"),
    [
        ("powr", "no dataset"),
        ("power#PumpMapp", "'PumpMapp' is no map, table or class"),
        ("{nte}", "nte"),
    ],
)
def test_a_reference_to_what_is_not_there_is_refused_by_name(
    tmp_path: Path, refers: str, words: str
) -> None:
    with pytest.raises(LdtError, match=words):
        build(load_twin(two(tmp_path, "1,P,A,\n", "A,S,\n", refers)))


def listed(folder: Path, pumps: str, separator: str = "|") -> Path:
    two(folder, pumps, "S1,North,\nS2,South,\nS3,East,\n", "power")
    toml = folder / "twin.toml"
    refers = f'other = {{ to = "power", separator = "{separator}" }}'
    toml.write_text(toml.read_text().replace('other = "power"', refers))
    return folder


def test_a_cell_that_lists_several_names_links_each_and_tells_each(tmp_path: Path) -> None:
    pumps = "P1,One,S2 | S1|S2,\nP2,Two,S3|S9| ,\nP3,Three,,\n"
    folder = listed(tmp_path, pumps)
    linked = {
        ("water/Pump/P1", "poweredBy", "power/Substation/S1"),
        ("water/Pump/P1", "poweredBy", "power/Substation/S2"),
        ("water/Pump/P2", "poweredBy", "power/Substation/S3"),
    }
    assert relations(folder) == linked
    assert told(folder) == [("reference:dangling", "pumps.csv", 3, "other", "S9")]
    files = Files(load_twin(folder).datasets, folder / "data")
    record = Record(load_twin(folder).record)
    [bad] = [v for v in record.violations(record.version()) if v.stage == "reference"]
    lines, _ = make_patch(files, [replace(bad, fix="S1", confidence=0.9)])
    assert [(x.old, x.new) for x in lines] == [("S3|S9| ", "S3|S1| ")]
    (folder / "data" / "pumps.csv").write_text("id,name,other,net\n" + pumps.replace("S9", "S1"))
    assert relations(folder) == linked | {("water/Pump/P2", "poweredBy", "power/Substation/S1")}
    assert told(folder) == []


@pytest.mark.parametrize(("cell", "mark"), [("S1;S2", ";"), ("S1 / S3", "/"), ("S2 S1", " ")])
def test_a_cell_whose_parts_each_name_something_says_how_to_list_them(
    tmp_path: Path, cell: str, mark: str
) -> None:
    twin = load_twin(two(tmp_path, f"P1,One,{cell},\n", "S1,N,\nS2,S,\nS3,E,\n", "power"))
    build(twin)
    record = Record(twin.record)
    [found] = [v for v in record.violations(record.version()) if v.stage == "reference"]
    said = f'references = {{ "other" = {{ to = "power", separator = "{mark}" }} }}'
    assert said in found.message
    assert relations(listed(tmp_path, f"P1,One,{cell},\n", mark))


def test_an_iri_that_is_yet_to_be_found_stands_alone(tmp_path: Path) -> None:
    twin = two(tmp_path, "1,P,A,\n", "A,S,\n", "power")
    text = (twin / "pumps.ttl").read_text()
    (twin / "pumps.ttl").write_text(text.replace('rml:reference "other.iri"', 'rml:template "x/{other.iri}"'))  # fmt: skip
    with pytest.raises(LdtError, match=r"other\.iri .* stands alone"):
        build(load_twin(twin))


def test_a_record_whose_file_is_damaged_is_made_anew_by_a_build(tmp_path: Path) -> None:
    twin = two(tmp_path, "1,P,A,\n", "A,S,1\n", "power")
    before = relations(twin)
    file = next((twin / ".ldt" / "record" / "statements").rglob("dataset=water/*.parquet"))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    report = build(load_twin(twin))
    assert any("water" in sentence for sentence in report.mended)
    assert relations(twin) == before
    assert Record(load_twin(twin).record).verify(newest=True) == []
