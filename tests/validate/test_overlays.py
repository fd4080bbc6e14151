"""What impact needs to be right is asked for: each overlay tells what lacks it, in whichever direction it is stated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import pyoxigraph as ox
import pytest

from ldt_graph import assets
from ldt_graph.errors import SettingsError
from ldt_graph.extent import Asked
from ldt_graph.model import create_tables
from ldt_graph.namespaces import LDT, RDF_TYPE, RDFS, SH
from ldt_graph.ontology import Ontology
from ldt_graph.testing import insert
from ldt_graph.twin import load_twin
from ldt_graph.validate import validate
from tests.validate.written import Written

if TYPE_CHECKING:
    from pathlib import Path

FILES = [p for p in assets.names("shapes").values() if p.parent.name != "smart-data-models"]
AREA = 'ldt:locatedIn <d> . <d> a ldt:District ; dcterms:identifier "d"'

WORDS = """@prefix epanet: <https://smartdatamodels.org/dataModel.WaterDistributionManagementEPANET/> .
@prefix ngsi: <https://uri.etsi.org/ngsi-ld/default-context/> . @prefix ngsi-ld: <https://uri.etsi.org/ngsi-ld/> .
"""

# Overlay → what it tells of (<x>), and the same with what it asks for.
CASES = {
    "SwitchOverlay-switchState": ("a ldt:ElectricSwitch ; ldt:electricallyConnectedTo <a> , <b>", 'ldt:switchState "open"'),
    "SwitchJointOverlay-joins": ('a ldt:Valve ; ldt:switchState "open" ; ldt:hydraulicallyConnectedTo <a>', "ldt:flowsTo <b>"),
    "StorageOverlay-joins": ("a ldt:ElectricStorage", "ldt:electricallyConnectedTo <a>"),
    "SourceOverlay-joins": ("a ldt:GridConnection", "ldt:powers <a> . <a> ldt:poweredBy <x>"),
    "EntityShape-extent": ('a ldt:RoadNode ; geo:asWKT "POINT(9.9 8.4)"^^geo:wktLiteral', None),
    "EntityShape-nullIsland": ('a ldt:RoadNode ; geo:asWKT "POINT(0 0)"^^geo:wktLiteral', None),
    "FacilityPlaceOverlay-place": ("a ldt:Building", AREA),
    "FacilityPowerOverlay-power": (f"a ldt:Hospital ; {AREA}", ". <x> ldt:hasRequirement <g>"),
    "PowerLineOverlay-joins": ("a ldt:PowerLine ; ldt:electricallyConnectedTo <a>", ". <b> ldt:electricallyConnectedTo <x>"),
    "TransformerOverlay-joins": ("a ldt:Transformer ; ldt:electricallyConnectedTo <a>", "ldt:electricallyConnectedTo <b>"),
    "LoadOverlay-joins": ("a ldt:Load", "ldt:electricallyConnectedTo <a>"),
    "LoadShape-demand": ("a ldt:Load ; ldt:electricallyConnectedTo <a> ; ldt:activePower -0.4", None),
    "GeneratorOverlay-joins": ("a ldt:Generator", "ldt:electricallyConnectedTo <a>"),
    "StationSupplyOverlay-supply": (f"a ldt:Substation ; {AREA}", ". <x> ldt:poweredBy <a>"),
    "BusOverlay-nominalVoltage": ("a ldt:ElectricBus", "ldt:nominalVoltage 20"),
    "StationPlaceOverlay-place": ("a ldt:DistributionStation ; ldt:poweredBy <a>", AREA),
    "WaterMainOverlay-joins": ("a ldt:WaterPipe ; ldt:hydraulicallyConnectedTo <a>", ". <b> ldt:flowsTo <x>"),
    "PumpOverlay-joins": ("a ldt:Pump ; ldt:poweredBy <s> ; ldt:pumpsTo <a>", ". <b> ldt:flowsTo <x>"),
    "PumpPowerOverlay-power": ("a ldt:Pump ; ldt:pumpsTo <a> . <b> ldt:flowsTo <x>", ". <s> ldt:powers <x>"),
    "WaterTankOverlay-volume": ("a ldt:WaterTank ; ldt:hydraulicallyConnectedTo <a>", "ldt:storedVolume 9"),
    "WaterJunctionShape-demand": ("a ldt:WaterJunction ; ldt:baseDemand -2.0 ; ldt:hydraulicallyConnectedTo <a>", None),
    "WaterJunctionOverlay-joins": ("a ldt:WaterJunction", ". <a> ldt:hydraulicallyConnectedTo <x>"),
    "ReservoirOverlay-hydraulicHead": ("a ldt:Reservoir ; ldt:flowsTo <a>", "ldt:hydraulicHead 400"),
    "PipeStatusOverlay-initialStatus": ("a epanet:Pipe ; epanet:startsAt <a> ; epanet:endsAt <b>", 'epanet:initialStatus "CV"'),
    "PipeCheckOverlay-status": ('a epanet:Pipe ; epanet:startsAt <a> ; epanet:endsAt <b> ; epanet:initialStatus "OPEN" ; ngsi-ld:status "CV"', None),
    "ValveTypeOverlay-valveKind": ('a epanet:Valve ; epanet:startsAt <a> ; epanet:endsAt <b> ; ldt:switchState "closed"', 'epanet:valveType "PRV"'),
    "LinkEndsOverlay-fromNode": ("a epanet:Pump ; epanet:startsAt 'a' ; epanet:endsAt <b> ; ldt:poweredBy <s> . <a> ldt:flowsTo <x>", None),
    "LinkEndsOverlay-toNode": ("a epanet:Pump ; epanet:startsAt <a> ; ldt:poweredBy <s> ; ldt:pumpsTo <b>", "epanet:endsAt <b>"),
    "TankContentOverlay-storedVolume": ("a epanet:Tank ; ldt:tankVolume 9 ; ldt:hydraulicallyConnectedTo <a>", "ngsi:storedVolume 9"),
    "JunctionDemandOverlay-demandCategory": ("a epanet:Junction ; epanet:demandCategory '{}' ; ldt:hydraulicallyConnectedTo <a>", None),
    "ScenarioControlOverlay-operationalControl": ("a epanet:SimulationScenario ; epanet:operationalControl '{}'", None),
    "TractionSubstationOverlay-power": ("a ldt:TractionSubstation", "ldt:electricallyConnectedTo <a>"),
    "TramLineOverlay-supply": ("a ldt:TramLine ; ldt:servesStop <a>", "ldt:poweredBy <s>"),
    "TransitLineOverlay-servesStop": ("a ldt:BusLine", "ldt:servesStop <a>"),
    "ChargingStationOverlay-power": (f"a ldt:ChargingStation ; {AREA}", ". <x> ldt:poweredBy <s>"),
    "TrafficSignalOverlay-power": ("a ldt:TrafficSignal", "ldt:hasRequirement <g>"),
    "DepotOverlay-power": ("a ldt:Depot", "ldt:poweredBy <s>"),
    "ChargingStationPlaceOverlay-place": ("a ldt:ChargingStation ; ldt:poweredBy <s>", AREA),
}  # fmt: skip


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return Ontology.parse(assets.ontology_files())


def told(turtle: str, ontology: Ontology, *, strict: bool = False) -> list[tuple[str, str, str]]:
    """Return what overlays say: rule, severity, and the last part of the subject."""
    with duckdb.connect() as con:
        create_tables(con)
        insert(con, WORDS + turtle, "test")
        validate(con, {"test": FILES}, ontology, extent=Asked((-1, -1, 1, 1)), strict=strict)
        found = con.execute(
            "SELECT rule, severity, subject FROM violations WHERE rule IN (SELECT unnest(?)) ORDER BY ALL",
            [[f"ldt:{name}" for name in CASES]],
        ).fetchall()
    return [(r.removeprefix("ldt:"), s, x.rsplit("/", 1)[-1]) for r, s, x in found]


def all_of(more: dict[str, str]) -> str:
    """Write every case into one text, each with things of its own."""
    lines = []
    for number, (name, texts) in enumerate(CASES.items()):
        text = f"<x> {texts[0]}" + more.get(name, "")
        for thing in "abdgsx":
            text = text.replace(f"<{thing}>", f"<{thing}{number}>")
        lines.append(text + " .")
    return "\n".join(lines)


def test_each_overlay_tells_what_lacks_it_and_nothing_else_does(ontology: Ontology) -> None:
    found = told(all_of({}), ontology)
    expected = [(name, "warning", f"x{n}") for n, name in enumerate(CASES)]
    assert found == sorted(expected)


def test_what_has_it_is_not_told_of_in_whichever_direction_it_is_stated(ontology: Ontology) -> None:
    more = {
        name: f" {given}" if given.startswith(".") else f" ; {given}" if " . " not in texts[0] else f" . <x> {given}"
        for name, texts in CASES.items()
        if (given := texts[1])
    }  # fmt: skip
    left = {name for name, _, _ in told(all_of(more), ontology)}
    assert left == {name for name, texts in CASES.items() if texts[1] is None}


def test_under_strict_an_overlay_is_a_violation(ontology: Ontology) -> None:
    assert {s for _, s, _ in told(all_of({}), ontology, strict=True)} == {"violation"}


def test_every_overlay_has_a_case_a_reason_a_message_and_its_severities() -> None:
    said: dict[str, dict[str, str]] = {}
    for path in FILES:
        for q in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE):
            said.setdefault(str(q.subject), {})[q.predicate.value] = getattr(q.object, "value", "")
    shapes = {
        s: words
        for s, words in said.items()
        if words.get(RDF_TYPE) == SH.PropertyShape and LDT.strictSeverity in words
    }
    assert {s.strip("<>").removeprefix(LDT) for s in shapes} == set(CASES)
    for words in shapes.values():
        assert words[RDFS.comment]
        assert words[SH.message]
        assert (words[SH.severity], words[LDT.strictSeverity]) == (SH.Warning, SH.Violation)


def test_what_has_its_ends_is_told_by_columns_as_the_engine_tells_it(
    ontology: Ontology, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = told(all_of({}), ontology)
    monkeypatch.setattr("ldt_graph.validate.judge.screen", lambda *_: None)
    assert told(all_of({}), ontology) == counted


def pumps(folder: Path, top: str = "") -> Written:
    entities = [{"id": "urn:ngsi-ld:Pump:1", "type": "Pump"}]
    return Written(folder, top=top).dataset("things.jsonld", json.dumps(entities), "ngsi-ld", 'shapes = ["water"]')  # fmt: skip


def test_the_profile_of_a_twin_says_whether_it_is_set_aside(tmp_path: Path) -> None:
    lenient = pumps(tmp_path)
    rules = {"ldt:PumpOverlay-joins", "ldt:PumpPowerOverlay-power"}
    assert {(v.rule, v.severity) for v in lenient.told("validate")} == {(r, "warning") for r in rules}  # fmt: skip
    assert {v.row for v in lenient.told("validate")} == {1}
    text = (tmp_path / "twin.toml").read_text(encoding="utf-8")
    lenient.write("twin.toml", text.replace("[[dataset]]", 'profile = "strict"\n[[dataset]]'))
    assert {(v.rule, v.severity) for v in lenient.told("validate")} == {(r, "violation") for r in rules}  # fmt: skip


def test_a_profile_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"twin\.toml:3: profile is 'harsh'.*lenient, strict"):
        load_twin(pumps(tmp_path, 'profile = "harsh"\n').folder)


def test_a_shape_of_the_twins_own_may_state_its_strict_severity(tmp_path: Path) -> None:
    mine = (
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ldt: <https://w3id.org/ldt-graph#> .\n"
        "ldt:Mine a sh:NodeShape ; sh:targetClass ldt:Pump ; sh:property ldt:Mine-power .\n"
        "ldt:Mine-power a sh:PropertyShape ; sh:path ldt:pumpPower ; sh:minCount 1 ;\n"
        "    sh:severity sh:Violation ; ldt:strictSeverity sh:Warning .\n"
    )
    for top, severity in (("", "violation"), ('profile = "strict"\n', "warning")):
        twin = Written(tmp_path / severity, top=top).write("mine.ttl", mine)
        twin.dataset("t.jsonld", '[{"id": "urn:x:1", "type": "Pump"}]', "ngsi-ld", 'shapes = ["mine.ttl"]')  # fmt: skip
        assert [(v.rule, v.severity) for v in twin.told("validate")] == [("ldt:Mine-power", severity)]  # fmt: skip
