"""The account of a source: what it holds and nothing uses is named once, with a count and its first place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient
from ldt_api.app import create_app

from ldt_graph.cli import main
from ldt_graph.errors import ExitCode, InvalidData, SettingsError
from ldt_graph.graph.store import open_store
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.settings import Settings
from ldt_graph.twin import load_twin

if TYPE_CHECKING:
    from pathlib import Path

TWIN = """
name = "Invented"
base = "https://example.org/invented/"
[[dataset]]
name = "stations"
source = "{source}"
mapping = "stations.ttl"
{more}
[[dataset]]
name = "others"
source = "others.csv"
mapping = "others.ttl"
"""
MAPPING = """
@prefix rml: <http://w3id.org/rml/> .
@prefix ldt: <https://w3id.org/ldt-graph#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<#{map}> a rml:TriplesMap ;
  rml:logicalSource [ rml:source "{table}" ; rml:referenceFormulation rml:{form} {iterator} ] ;
  rml:subjectMap [ rml:template "station/{{id}}" ; rml:class ldt:Asset ] ;
  rml:predicateObjectMap [ rml:predicate <http://purl.org/dc/terms/identifier> ; rml:objectMap [ rml:reference "{id}" ] ] ;
  rml:predicateObjectMap [ rml:predicate rdfs:label ; rml:objectMap [ rml:reference "{name}" ] ] .
"""


def twin(folder: Path, files: dict[str, str], source: str, more: str = "", **mapping: str) -> Path:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "twin.toml").write_text(TWIN.format(source=source, more=more))
    said = {
        "map": "S",
        "table": "stations",
        "form": "CSV",
        "iterator": "",
        "name": "name",
        "id": "id",
    }
    (folder / "stations.ttl").write_text(MAPPING.format(**said | mapping))
    (folder / "others.ttl").write_text(MAPPING.format(**said | {"table": "others"}))
    for name, text in ({"others.csv": "id,name\no,Other\n"} | files).items():
        (folder / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "data" / name).write_text(text)
    return folder


def account(folder: Path, **options) -> list[tuple]:
    report = build(load_twin(folder), **options).datasets[0]
    return [(c.kind, c.name, c.count, c.source, c.row) for c in report.unused]


JSON = {"form": "JSONPath", "name": "$.name", "id": "$.id"}


@pytest.mark.parametrize(
    ("files", "source", "mapping", "found"),
    [
        (
            {"stations.csv": "id,name,extra\n1,A,\n2,B,x\n3,C,y\n"},
            "stations.csv",
            {},
            [("column", "stations.extra", 2, "stations.csv", 2)],
        ),
        ({"stations.csv": "id,name,extra\n1,A,\n"}, "stations.csv", {}, []),
        (
            {"s/stations.csv": "id,name\n1,A\n", "s/more.csv": "a,b\n1,2\n3,4\n", "s/x.doc": "?"},
            "s",
            {},
            [("file", "x.doc", 1, "x.doc", None), ("table", "more", 2, "s/more.csv", 2)],
        ),
        (
            {
                "stations.json": '[{"id":1,"name":"A"},{"id":2,"name":"B","in":{"x":[1,2],"y":null}}]'
            },
            "stations.json",
            JSON,
            [("member", "stations.in.x", 2, "stations.json", 1)],
        ),
        (
            {"stations.json": '{"all":[{"id":1,"name":"A","k":"v"}],"made":"2026"}'},
            "stations.json",
            JSON | {"iterator": '; rml:iterator "$.all[*]"'},
            [
                ("member", "stations.all.k", 1, "stations.json", 1),
                ("member", "stations.made", 1, "stations.json", 1),
            ],
        ),
        (
            {
                "stations.geojson": '{"type":"FeatureCollection","features":[{"type":"Feature","id":"1","properties":{"name":"A","lanes":2},"geometry":null}]}'
            },
            "stations.geojson",
            {},
            [("column", "stations.lanes", 1, "stations.geojson", 1)],
        ),
    ],
)
def test_what_nothing_reads_is_in_the_account(tmp_path: Path, files, source, mapping, found):
    assert account(twin(tmp_path, files, source, **mapping)) == found


EXTRA = {"stations.csv": "id,name,extra,lon,lat\n1,A,x,9.9,48.4\n"}
PLACED = 'x = "lon"\ny = "lat"\n'


def test_coordinates_are_used_by_the_geometry_that_they_make(tmp_path: Path):
    found = account(twin(tmp_path, EXTRA, "stations.csv", PLACED))
    assert [name for _, name, *_ in found] == ["stations.extra", "stations.geometry"]


def test_a_join_a_key_and_a_reference_use_their_columns(tmp_path: Path):
    folder = twin(
        tmp_path,
        {"stations.csv": "id,name,ward,net,to\n1,A,w,others,o\n"},
        "stations.csv",
        'keys = { stations = ["ward"] }\nreferences = { to = "{net}" }',
    )
    with (folder / "stations.ttl").open("a") as file:
        file.write(
            "<#S> rml:predicateObjectMap [ rml:predicate ldt:poweredBy ; rml:objectMap [ rml:reference 'to.iri' ; rml:termType rml:IRI ] ] ."
        )
    assert account(folder) == []


def test_it_is_told_by_build_by_coverage_and_by_graphql(tmp_path: Path, capsys):
    folder = twin(tmp_path, EXTRA, "stations.csv")
    assert main(["build", str(folder)]) == ExitCode.OK
    assert (
        "stations: not used are 3 of 5 columns (stations.extra, stations.lat"
        in capsys.readouterr().out
    )
    assert main(["coverage", str(folder), "--json"]) == ExitCode.OK
    told = json.loads(capsys.readouterr().out)
    assert told[0] == {
        "dataset": "stations", "kind": "column", "name": "stations.extra", "state": "unused",
        "count": 1, "source": "stations.csv", "row": 2, "why": None,
    }  # fmt: skip
    assert main(["coverage", str(folder), "--all", "--dataset", "others", "--json"]) == ExitCode.OK
    assert {c["name"] for c in json.loads(capsys.readouterr().out)} == {"others.id", "others.name"}
    assert main(["coverage", str(folder), "--dataset", "nope"]) == ExitCode.USAGE
    asked = "{ datasets { name coverage { name state } all: coverage(unused: false) { name } } }"
    store = open_store("embedded", load_twin(folder).record, Settings())
    with TestClient(create_app(store)) as client:
        answer = client.post("/graphql", json={"query": asked}).json()["data"]["datasets"][0]
    assert answer["coverage"][0] == {"name": "stations.extra", "state": "unused"}
    assert len(answer["all"]) == 5


def test_an_account_stays_with_what_is_not_read_again(tmp_path: Path):
    folder = twin(tmp_path, EXTRA, "stations.csv")
    first = account(folder)
    assert account(folder) == first
    (folder / "data" / "others.csv").write_text("id,name\no,Another\n")
    assert account(folder) == first
    (folder / "data" / "stations.csv").write_text("id,name\n1,A\n")
    assert account(folder) == []
    record = Record(load_twin(folder).record)
    kept = [record.metadata(v)["datasets"][0]["coverage"] for v in record.versions()]
    assert [sum(c["state"] == "unused" for c in lines) for lines in kept] == [3, 3, 0]


def test_strict_coverage_refuses_what_twin_toml_does_not_leave_out(tmp_path: Path):
    folder = twin(tmp_path, EXTRA, "stations.csv")
    with pytest.raises(
        InvalidData, match=r"stations\.csv:2: Dataset stations: the column stations\.extra"
    ):
        build(load_twin(folder), strict_coverage=True)
    assert not Record(load_twin(folder).record).exists
    build(load_twin(folder))
    with pytest.raises(
        InvalidData, match=r"stations\.extra"
    ):  # nothing changed, and it is refused all the same
        build(load_twin(folder), strict_coverage=True)
    twin(folder, EXTRA, "stations.csv", 'unused = ["stations.extra", "stations.l*"]')
    report = build(load_twin(folder), strict_coverage=True)
    assert [c.state for c in report.datasets[0].coverage[:3]] == ["left out"] * 3
    assert (report.datasets[0].warnings, report.datasets[0].unused) == (0, [])


@pytest.mark.parametrize("pattern", ["stations.exta", "stations.name"])
def test_what_is_left_out_must_be_there_and_not_used(tmp_path: Path, pattern: str):
    folder = twin(tmp_path, EXTRA, "stations.csv", f'unused = ["{pattern}"]')
    build(load_twin(folder))
    record = Record(load_twin(folder).record)
    [warning] = record.violations(record.version())
    assert (warning.rule, warning.value, warning.source) == (
        "source:nothing-left-out",
        pattern,
        "twin.toml",
    )


def test_unused_is_a_list_of_texts(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"twin\.toml:8: unused is a list of texts"):
        load_twin(twin(tmp_path, EXTRA, "stations.csv", "unused = [1]"))


def test_what_an_account_has_no_room_for_is_counted(tmp_path: Path):
    names = [f"c{n:04}" for n in range(1_100)]
    table = f"id,name,{','.join(names)}\n1,A,{','.join('x' * 1_100)}\n"
    found = account(twin(tmp_path, {"stations.csv": table}, "stations.csv"))
    assert len(found) == 1_000
    assert found[-1] == ("entry", "…", 103, None, None)
