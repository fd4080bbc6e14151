"""The whole path: real cities, bad input, killed builds, a domain by files alone."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ldt_graph.cli import main
from ldt_graph.errors import BuildInProgress, ExitCode, InvalidData, LdtError, SettingsError
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import impact
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.twin import load_twin
from tests.examples import share


@pytest.fixture(scope="module")
def demo(cities, tmp_path_factory) -> Path:
    """A small invented city, built."""
    return cities.copy(cities.demo(4_000), tmp_path_factory.mktemp("demo") / "city")


def graph_of(folder: Path) -> EmbeddedGraph:
    return EmbeddedGraph.open(Record(load_twin(folder).record))


def run_ldt(*arguments: object, **more) -> subprocess.Popen:
    code = "import sys; from ldt_graph.cli import main; sys.exit(main())"
    root = Path(__file__).parent.parent
    env = os.environ | {"PYTHONPATH": f"{root}:{root / 'api'}"}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], env=env, **more)


# ── real cities ──────────────────────────────────────────────────────────────────────────────────


def test_micropolis_builds_with_the_counts_that_its_readme_states(
    root: Path, shared: Path, tmp_path: Path, capsys
):
    record = tmp_path / "record"
    data = shared / "data" / "infrarisk-micropolis"
    arguments = [str(root / "examples" / "micropolis"), "--record", str(record)]
    assert main(["build", *arguments, "--data", str(data), "--json"]) == ExitCode.OK
    report = json.loads(capsys.readouterr().out)
    assert report["setAside"] == 0
    main(["count", *arguments, "--json"])
    counts = json.loads(capsys.readouterr().out)
    expected = {
        "ElectricBus": 1225,
        "PowerLine": 378,
        "Transformer": 789,
        "Load": 788,
        "Motor": 3,
        "ElectricSwitch": 61,
        "GridConnection": 1,
    }
    expected |= {
        "WaterJunction": 1574,
        "WaterTank": 1,
        "Reservoir": 2,
        "WaterMain": 1611,
        "Pump": 8,
    }
    expected |= {"RoadNode": 68, "RoadLink": 210, "Building": 868}
    assert {k: counts.get(k) for k in expected} == expected

    graph = EmbeddedGraph.open(Record(record))
    pump = graph.relations([graph.resolve("W_WP1")])[graph.resolve("W_WP1")]
    assert "poweredBy" in {r.name for r in pump}


def test_ulm_builds_and_keeps_its_identifiers(root: Path, shared: Path, tmp_path: Path, capsys):
    arguments = [str(root / "examples" / "ulm"), "--record", str(tmp_path / "record")]
    assert (
        main(["build", *arguments, "--data", str(shared / "data" / "ulm-swu-gtfs"), "--json"])
        == ExitCode.OK
    )
    capsys.readouterr()
    main(["count", *arguments, "--json"])
    assert json.loads(capsys.readouterr().out) == {
        "BusLine": 17,
        "TramLine": 2,
        "TransitAgency": 1,
        "TransitStop": 517,
    }


# ── same in, same out ────────────────────────────────────────────────────────────────────────────


def test_the_same_twin_built_twice_gives_the_same_bytes_and_answers(demo: Path, tmp_path: Path):
    twin = tmp_path / "again"
    shutil.copytree(demo, twin, ignore=shutil.ignore_patterns(".ldt"))
    build(load_twin(twin))
    files = [
        {
            p.relative_to(f): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in (f / ".ldt/record").rglob("*.parquet")
        }
        for f in (demo, twin)
    ]
    assert files[0] == files[1]
    assert len(files[0]) > 5
    first, second = (impact(graph_of(f), ["power:HV-01"]).document() for f in (demo, twin))
    assert first == second


def test_a_build_that_changes_nothing_makes_no_version(demo: Path):
    before = Record(load_twin(demo).record).versions()
    assert not build(load_twin(demo)).changed
    assert Record(load_twin(demo).record).versions() == before


# ── killed and crossing builds ───────────────────────────────────────────────────────────────────


def test_killed_at_random_moments_the_last_version_always_reads(demo: Path, tmp_path: Path):
    twin = tmp_path / "killed"
    shutil.copytree(demo, twin)
    chance = random.Random(7)
    start = time.monotonic()
    assert (
        run_ldt("build", twin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait()
        == ExitCode.OK
    )
    whole = time.monotonic() - start
    for _ in range(share(20)):
        stops = twin / "data" / "gtfs" / "agency.txt"
        stops.write_text(
            stops.read_text().replace(
                "Invented Transit", f"Invented Transit {chance.randint(0, 9**9)}"
            )
        )
        process = run_ldt("build", twin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.1, 1.1) * whole)
        process.send_signal(signal.SIGKILL)
        process.wait()
        graph = graph_of(twin)
        assert len(impact(graph, ["power:HV-01"])) > 100
    build(load_twin(twin))
    assert Record(load_twin(twin).record).newest() >= 1


def test_a_second_build_meanwhile_gets_a_clear_answer(demo: Path):
    record = Record(load_twin(demo).record)
    with record.building(), pytest.raises(BuildInProgress, match="Another build holds the record"):
        build(load_twin(demo))
    assert main(["build", str(demo)]) == ExitCode.OK


# ── a domain by files alone ──────────────────────────────────────────────────────────────────────


HEAT_ONTOLOGY = """
@prefix ldt: <https://w3id.org/ldt-graph#> . @prefix heat: <https://example.org/heat#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
heat:HeatAsset a owl:Class ; rdfs:subClassOf ldt:Asset ; ldt:domain "heat" .
heat:HeatPlant a owl:Class ; rdfs:subClassOf heat:HeatAsset , ldt:Source ; ldt:suppliesCommodity ldt:Heat .
heat:HeatPipe a owl:Class ; rdfs:subClassOf heat:HeatAsset .
heat:HeatCustomer a owl:Class ; rdfs:subClassOf heat:HeatAsset .
heat:pipedTo a owl:ObjectProperty ; rdfs:subPropertyOf ldt:connectedTo ; ldt:carries ldt:Heat .
"""
HEAT_MAPPING = """
@prefix rml: <http://w3id.org/rml/> . @prefix ldt: <https://w3id.org/ldt-graph#> .
@prefix heat: <https://example.org/heat#> . @prefix dcterms: <http://purl.org/dc/terms/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
<#HeatMap> a rml:TriplesMap ;
    rml:logicalSource [ rml:source "heat" ; rml:referenceFormulation rml:CSV ] ;
    rml:subjectMap [ rml:template "{id}" ] ;
    rml:predicateObjectMap [ rml:predicate rdf:type ; rml:objectMap [ rml:template "https://example.org/heat#{class}" ] ] ;
    rml:predicateObjectMap [ rml:predicate dcterms:identifier ; rml:objectMap [ rml:reference "id" ] ] ;
    rml:predicateObjectMap [ rml:predicate heat:pipedTo ; rml:objectMap [ rml:template "{from}" ] ] ;
    rml:predicateObjectMap [ rml:predicate ldt:poweredBy ; rml:objectMap [ rml:reference "station.iri" ; rml:termType rml:IRI ] ] .
"""


def test_district_heating_is_added_by_files_and_a_substation_reaches_its_customers(
    demo: Path, tmp_path: Path
):
    twin = tmp_path / "heated"
    shutil.copytree(demo, twin, ignore=shutil.ignore_patterns(".ldt"))
    (twin / "ontology").mkdir()
    (twin / "ontology" / "heat.ttl").write_text(HEAT_ONTOLOGY)
    (twin / "mappings" / "heat.ttl").write_text(HEAT_MAPPING)
    (twin / "data" / "heat.csv").write_text(
        "id,class,from,station\nHP-1,HeatPlant,,ST-0001\nPIPE-1,HeatPipe,HP-1,\nHC-1,HeatCustomer,PIPE-1,\n"
    )
    toml = (
        (twin / "twin.toml")
        .read_text()
        .replace("\n[[dataset]]", '\nontology = ["ontology/*.ttl"]\n\n[[dataset]]', 1)
    )
    (twin / "twin.toml").write_text(
        toml
        + '\n[[dataset]]\nname = "heat"\nsource = "heat.csv"\nmapping = "mappings/heat.ttl"\nreferences = { station = "power" }\n'
    )
    assert build(load_twin(twin)).set_aside == 0
    hits = {h["identifier"]: h for h in impact(graph_of(twin), ["power:HV-01"]).hits()}
    assert hits["HC-1"]["status"] == "failed"
    assert hits["HC-1"]["domain"] == "heat"
    assert hits["HC-1"]["because"][-1]["asset"].endswith("power/substation/HV-01")


# ── bad input ────────────────────────────────────────────────────────────────────────────────────


TWIN = """name = "Bad"
base = "https://example.org/bad/"

[[dataset]]
name = "stations"
source = "{source}"
mapping = "mapping.ttl"
x = "lon"
y = "lat"
{more}
"""
MAPPING = """
@prefix rml: <http://w3id.org/rml/> . @prefix ldt: <https://w3id.org/ldt-graph#> .
@prefix dcterms: <http://purl.org/dc/terms/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<#StationMap> a rml:TriplesMap ;
    rml:logicalSource [ rml:source "stations" ; rml:referenceFormulation rml:CSV ] ;
    rml:subjectMap [ rml:template "station/{id}" ; rml:class ldt:DistributionStation ] ;
    rml:predicateObjectMap [ rml:predicate dcterms:identifier ; rml:objectMap [ rml:reference "id" ] ] ;
    rml:predicateObjectMap [ rml:predicate rdfs:label ; rml:objectMap [ rml:reference "name" ] ] ;
    rml:predicateObjectMap [ rml:predicate ldt:population ; rml:objectMap [ rml:reference "people" ; rml:datatype xsd:integer ] ] ;
    rml:predicateObjectMap [ rml:predicate ldt:poweredBy ; rml:objectMap [ rml:reference "feeder" ; rml:termType rml:IRI ] ] ;
    rml:predicateObjectMap [ rml:predicate geo:asWKT ; rml:objectMap [ rml:reference "geometry" ; rml:datatype geo:wktLiteral ] ] .
"""
HEAD = "id,name,people,feeder,lon,lat\n"
GOOD = "A,Alpha,10,,9.9,48.4\n"


def bad_twin(
    folder: Path, text: str | bytes | None, source: str = "stations.csv", more: str = ""
) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / "twin.toml").write_text(TWIN.format(source=source, more=more))
    (folder / "mapping.ttl").write_text(MAPPING)
    if text is not None:
        (folder / "data" / source).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


@pytest.mark.parametrize(
    ("text", "source", "message"),
    [
        (None, "stations.csv", "has no file 'stations.csv'"),
        ("", "stations.csv", "stations.csv: The file is empty"),
        (
            "id\tname|people\n1\t2|3\n",
            "stations.csv",
            "columns 'lon' and 'lat' that twin.toml names",
        ),
        ('[{"id": 1}, {"id"', "stations.json", "stations.json:1: Not valid JSON"),
        (
            HEAD.replace("people", "persons") + GOOD,
            "stations.csv",
            r"mapping.ttl:\d+: The mapping reads column 'people'",
        ),
        (b"PAR1nonsense", "stations.parquet", "Not a Parquet file"),
        ('{"type": "nothing"}', "stations.geojson", "Not a GeoJSON FeatureCollection"),
        ("hello", "stations.inp", "Not an EPANET file"),
        ("{}", "stations.xyz", "No format is known"),
        (b"PK\x03\x04broken", "stations.zip", "No format is known"),
    ],
)
def test_a_source_that_cannot_be_read_ends_in_one_clear_error(
    tmp_path: Path, capsys, text, source, message
):
    folder = bad_twin(tmp_path / "twin", text, source)
    with pytest.raises(LdtError, match=message):
        build(load_twin(folder))
    assert main(["build", str(folder)]) != ExitCode.OK
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "place", "rule"),
    [
        ("B,Beta,n/a,,9.9,48.4\n", (3, "people", "n/a"), "lift:datatype"),
        ("B,Beta,5\n", (3, "feeder", "B,Beta,5"), "source:row-too-short"),
        ("B,Beta,5,,9.9,48.4,7\n", (3, None, "B,Beta,5,,9.9,48.4,7"), "source:row-too-long"),
        ("B,Beta,5,http://a b,9.9,48.4\n", (3, "feeder", "http://a b"), "lift:bad-iri"),
        (
            "A,Again,5,,9.9,48.4\n",
            (3, "id", "https://example.org/bad/stations/station/A"),
            "lift:duplicate-id",
        ),
        (",Nameless,5,,9.9,48.4\n", (3, "id", None), "lift:no-subject"),
        ("B,Beta,-5,,9.9,48.4\n", (3, "people", "-5"), "ldt:AssetShape-population"),
        (
            "B,Beta,5,nowhere,9.9,48.4\n",
            (3, "feeder", "https://example.org/bad/stations/nowhere"),
            "reference:dangling",
        ),
        ("B,Beta,5,,3500000,5500000\n", (3, "lon", "3500000 5500000"), "source:crs"),
        ("B,Beta,5,,9.9,480.4\n", (3, "lat", "480.4"), "source:crs"),
        ("B,Beta,5,,,48.4\n", (3, "lon", None), "source:coordinate"),
        ("B,Beta,5,,east,48.4\n", (3, "lon", "east"), "source:coordinate"),
    ],
)
def test_a_bad_cell_is_named_by_file_row_and_column_and_the_rest_goes_on(
    tmp_path: Path, capsys, line, place, rule
):
    folder = bad_twin(tmp_path / "twin", HEAD + GOOD + line)
    build(load_twin(folder))
    record = Record(load_twin(folder).record)
    [found] = [v for v in record.violations(record.version()) if v.severity == "violation"]
    assert (found.rule, found.source) == (rule, "stations.csv")
    assert (found.row, found.column, found.value) == place
    assert graph_of(folder).describe("https://example.org/bad/stations/station/A").name == "Alpha"
    assert main(["build", str(folder)]) == ExitCode.SET_ASIDE
    assert main(["violations", str(folder), "--json"]) == ExitCode.OK
    assert (
        json.loads(capsys.readouterr().out.split("Version")[-1].split("\n", 2)[-1])[0]["rule"]
        == rule
    )
    with pytest.raises(InvalidData, match=r"stations\.csv:3"):
        build(load_twin(folder), strict=True)


def test_a_reference_to_a_column_that_no_table_has_is_told_with_its_line(tmp_path: Path):
    folder = bad_twin(tmp_path / "twin", HEAD + GOOD, more='references = { feedr = "*" }')
    with pytest.raises(
        SettingsError, match=r"twin\.toml:4: .* no column 'feedr' .* Columns: feeder"
    ):
        build(load_twin(folder))


def test_a_row_that_moved_is_no_difference_unless_places_are_asked_for(tmp_path: Path, capsys):
    folder = bad_twin(tmp_path / "twin", HEAD + GOOD)
    build(load_twin(folder))
    (folder / "data" / "stations.csv").write_text(HEAD + "\n" + GOOD)
    build(load_twin(folder))
    assert main(["diff", "0", "1", str(folder), "--json"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["added"] == 0
    assert main(["diff", "0", "1", str(folder), "--places", "--json"]) == ExitCode.OK
    told = json.loads(capsys.readouterr().out)
    assert told["added"] == told["removed"] > 0
    assert {s["row"] for s in told["statements"] if s["sign"] == "+" and s["source"]} == {3}


def test_latin_1_bytes_are_read_with_a_warning_that_names_the_row(tmp_path: Path):
    folder = bad_twin(
        tmp_path / "twin",
        HEAD.encode() + GOOD.encode() + "B,Zürich,5,,9.9,48.4\n".encode("latin-1"),
    )
    build(load_twin(folder))
    record = Record(load_twin(folder).record)
    [warning] = record.violations(record.version())
    assert (warning.rule, warning.severity, warning.row) == ("source:encoding", "warning", 3)
    assert graph_of(folder).describe("https://example.org/bad/stations/station/B").name == "Zürich"


def test_a_dangling_reference_to_another_dataset_sets_its_row_aside(tmp_path: Path):
    folder = bad_twin(tmp_path / "twin", HEAD + GOOD)
    (folder / "data" / "needs.csv").write_text("who,whom\nA,A\nA,Z\n")
    (folder / "needs.ttl").write_text(
        "@prefix rml: <http://w3id.org/rml/> . @prefix ldt: <https://w3id.org/ldt-graph#> .\n"
        '<#M> rml:logicalSource [ rml:source "needs" ] ; rml:subjectMap [ rml:reference "who.iri" ] ;\n'
        '  rml:predicateObjectMap [ rml:predicate ldt:supports ; rml:objectMap [ rml:reference "whom.iri" ; rml:termType rml:IRI ] ] .\n'
    )
    with (folder / "twin.toml").open("a") as file:
        file.write(
            '[[dataset]]\nname = "needs"\nsource = "needs.csv"\nmapping = "needs.ttl"\nreferences = { who = "stations", whom = "*" }\n'
        )
    build(load_twin(folder))
    record = Record(load_twin(folder).record)
    own, found = record.violations(record.version())
    assert own.rule == "axiom:irreflexive"  # A supports itself
    assert (found.rule, found.source, found.row, found.column, found.value) == (
        "reference:dangling",
        "needs.csv",
        3,
        "whom",
        "Z",
    )


def test_a_failed_build_leaves_the_last_version_in_place(tmp_path: Path):
    folder = bad_twin(tmp_path / "twin", HEAD + GOOD)
    build(load_twin(folder))
    (folder / "data" / "stations.csv").write_text("")
    with pytest.raises(LdtError, match="empty"):
        build(load_twin(folder))
    assert graph_of(folder).describe("https://example.org/bad/stations/station/A").name == "Alpha"
