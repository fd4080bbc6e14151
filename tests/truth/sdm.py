"""A water network as entities of the Smart Data Models, made from an EPANET file and what its lift says of it.

Ends, kinds and valves are the file's, as wntr reads them. What EPANET's own rules make of a link at the start, and what the
models have no word for (contents, demands, what can start a pump), is taken from the lift in the twin's words.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import duckdb

from tests.truth.water import BASE, network, twin_of
from tests.validate.written import Written

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.record import Record

Form = Literal["normalized", "concise", "simplified"]
WORDS = "https://raw.githubusercontent.com/smart-data-models/dataModel.WaterDistributionManagementEPANET/master/context.jsonld"
UNITS = {"storedVolume": "MTQ", "baseDemand": "MQH"}
SAID = {
    "node": ("storedVolume", "baseDemand", "demandProfile"),
    "link": ("controlState", "startedByRule"),
}
Said = dict[tuple[str, str], dict[str, list[str]]]


def said_of(record: Record) -> Said:
    """Return what the lift of an EPANET file says of each node and link: (`node` or `link`, name) → attribute → values."""
    con = duckdb.connect()
    found: Any = defaultdict(lambda: defaultdict(list))
    record.load(con, record.version())
    rows = con.execute(
        "SELECT subject, predicate, object FROM statements WHERE kind = 'literal' ORDER BY ALL"
    ).fetchall()
    names = {s: o for s, p, o in rows if p.endswith("/identifier")}
    for subject, predicate, value in rows:
        kind = subject.removeprefix(f"{BASE}water/").partition("/")[0]
        found[kind, names.get(subject, "")][predicate.rpartition("#")[2]].append(value)
    return found


def iri(kind: str, name: str) -> str:
    """Return the entity's IRI."""
    return f"urn:ngsi-ld:{kind}:{quote(name, safe='')}"


def entities(file: Path, said: Said, form: Form = "normalized") -> list[dict[str, Any]]:
    """Return the network's entities."""
    model = network(file)
    kinds = {n: node.node_type for n, node in model.nodes()}
    ends = {n: iri(kind, n) for n, kind in kinds.items()}
    found = []
    for name, kind in kinds.items():
        stated = {a: _number(v[0]) for a in SAID["node"] if (v := said["node", name].get(a))}
        place = {"location": {"type": "Point", "coordinates": [8.5, 48.1]}}
        found.append(_entity(ends[name], kind, form, stated | place, {}))
    for name, link in model.links():
        values: dict[str, Any] = {a: v for a in SAID["link"] if (v := said["link", name].get(a))}
        off = said["link", name].get("inService") == ["false"]
        checked = getattr(link, "check_valve", False)
        values["initialStatus"] = "CV" if checked else "CLOSED" if off else "OPEN"
        if link.link_type == "Valve":
            values["valveType"] = link.valve_type
        between = {"startsAt": ends[link.start_node_name], "endsAt": ends[link.end_node_name]}
        found.append(_entity(iri(link.link_type, name), link.link_type, form, values, between))
    return found


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _entity(
    called: str, kind: str, form: Form, values: dict[str, Any], ends: dict[str, str]
) -> dict[str, Any]:
    entity: dict[str, Any] = {"id": called, "type": kind, "@context": [WORDS]}
    for name, value in values.items():
        place, unit = name == "location", UNITS.get(name)
        if name == "storedVolume" and form != "simplified":
            value, unit = value * 1000, "LTR"
        typed = {"type": "GeoProperty" if place else "Property"} if form == "normalized" else {}
        stated = typed | {"value": value} | ({"unitCode": unit} if unit else {})
        entity[name] = value if form == "simplified" or (place and not typed) else stated
    for name, end in ends.items():
        typed = {"type": "Relationship"} if form == "normalized" else {}
        entity[name] = end if form == "simplified" else typed | {"object": end}
    return entity


def lifted(folder: Path, things: list[dict[str, Any]]) -> Written:
    """Write a twin of entities with the shapes of water."""
    return Written(folder).dataset(
        "things.jsonld", json.dumps(things), "ngsi-ld", 'shapes = ["water"]'
    )


def both(file: Path, folder: Path, form: Form) -> tuple[Record, Written]:
    """Return the twin of an EPANET file, and that of the same network as entities."""
    record = twin_of(file, folder / "epanet")
    return record, lifted(folder / "entities", entities(file, said_of(record), form))
