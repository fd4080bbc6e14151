"""Data in the words of a model's own context meet the shapes of the twin and reach impact."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ldt_graph.impact import impact
from ldt_graph.namespaces import LDT
from ldt_graph.pipeline import build
from ldt_graph.twin import load_twin
from tests.validate.written import Written

if TYPE_CHECKING:
    from pathlib import Path


def context(repository: str) -> str:
    return f"https://raw.githubusercontent.com/smart-data-models/dataModel.{repository}/master/context.jsonld"


def entity(repository: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:{kind}:{name}", "type": kind, "@context": [context(repository)], **more}  # fmt: skip


def value(stated: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": stated, **more}


def related(name: str) -> dict[str, Any]:
    return {"type": "Relationship", "object": name}


def written(folder: Path, *entities: dict[str, Any], top: str = "") -> Written:
    text = json.dumps(entities)
    shapes = 'shapes = ["water", "mobility", "energy"]'
    return Written(folder, top=top).dataset("things.jsonld", text, "ngsi-ld", shapes)


def test_a_bad_value_is_told_by_the_twins_own_shape_at_its_cell(tmp_path: Path) -> None:
    water = "WaterDistributionManagementEPANET"
    twin = written(
        tmp_path,
        entity("Transportation", "EVChargingStation", "1", capacity=value(4)),
        entity("Transportation", "EVChargingStation", "2", capacity=value(-4)),
        entity(water, "Pipe", "3", diameter=value(-300), length=value(10)),
        entity(water, "Pump", "4", power=value(-5)),
        entity(water, "Junction", "5", elevation=value(20, unitCode="KMT")),
    )
    told = [v for v in twin.told("validate") if v.severity == "violation"]
    assert [(v.rule, v.source, v.row, v.value) for v in told] == [
        ("ldt:ChargingStationShape-capacity", "things.jsonld", 2, "-4"),
        ("ldt:WaterMainShape-diameter", "things.jsonld", 3, "-300"),
        ("ldt:PumpShape-pumpPower", "things.jsonld", 4, "-5"),
        ("ldt:WaterJunctionShape-elevation", "things.jsonld", 5, "20000"),
    ]


def test_a_relation_of_a_model_is_followed_by_impact(tmp_path: Path) -> None:
    cabinet, feeder = "urn:ngsi-ld:StreetlightControlCabinet:1", "urn:ngsi-ld:StreetlightFeeder:1"
    twin = written(
        tmp_path,
        entity("Streetlighting", "StreetlightControlCabinet", "1"),
        entity("Streetlighting", "StreetlightFeeder", "1"),
        entity("Streetlighting", "Streetlight", "1", refStreetlightControlCabinet=related(cabinet)),
        entity("Streetlighting", "Streetlight", "2", feederID=related(feeder)),
    )
    assert [
        v.severity for v in twin.told("validate", "reference") if v.severity == "violation"
    ] == []
    graph = twin.graph
    for of, lamp in ((cabinet, "1"), (feeder, "2")):
        hits = list(impact(graph, [of]).hits("none"))
        assert [(h["iri"], h["status"]) for h in hits] == [
            (f"urn:ngsi-ld:Streetlight:{lamp}", "failed")
        ]


def test_a_context_of_the_twin_that_changed_is_read_anew(tmp_path: Path) -> None:
    mine = "https://x.org/c.jsonld"
    twin = written(tmp_path, {"id": "urn:x:1", "type": "Pump", "@context": mine, "p": value(-5)}, top=f'contexts = {{ "{mine}" = "c.jsonld" }}\n')  # fmt: skip
    twin.write("c.jsonld", json.dumps({"@context": {"p": "https://x.org/p"}}))
    assert [v.rule for v in twin.told("validate") if v.severity == "violation"] == []
    twin.write("c.jsonld", json.dumps({"@context": {"p": LDT.pumpPower, "Pump": LDT.Pump}}))
    assert [v.rule for v in twin.told("validate") if v.severity == "violation"] == ["ldt:PumpShape-pumpPower"]  # fmt: skip
    assert not build(load_twin(tmp_path)).changed
