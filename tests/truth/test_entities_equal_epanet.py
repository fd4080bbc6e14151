"""A water network of the Smart Data Models answers as the EPANET file that it was made from does."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from ldt_graph.city import make_city
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import Scenario, engine_of
from ldt_graph.pipeline import build
from ldt_graph.twin import load_twin
from tests.truth.sdm import both, entities, iri, lifted, said_of
from tests.truth.water import LIBRARY, link, network, twin_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ldt_graph.impact import ImpactEngine
    from ldt_graph.record import Record
    from tests.truth.sdm import Form
    from tests.validate.written import Written

# Pipes of each status, valves of both ways and of one, a pump beside one that a control starts, a tank. Invented.
EVERY = """
[JUNCTIONS]
a 10 0
b 12 6
c 12 6
d 12 6
e 12 6
f 12 6
g 12 6
h 12 6
[RESERVOIRS]
r 50
s 60
[TANKS]
t 30 3 1 5 10 0
[PIPES]
p1 r a 100 300 110 0 Open
p2 t b 100 300 110 0 Open
cv1 b c 100 300 110 0 CV
p3 c d 100 300 110 0 Closed
cv2 g f 100 300 110 0 CV
p4 s h 100 300 110 0 Open
[PUMPS]
u1 a b POWER 5
u2 a b POWER 5
[VALVES]
prv b e 200 PRV 30 0
psv h g 200 PSV 30 0
tcv d e 200 TCV 1 0
fcv g c 200 FCV 10 0
[STATUS]
u2 Closed
[CONTROLS]
LINK u2 OPEN IF NODE t BELOW 2
[OPTIONS]
UNITS CMH
[END]
"""


KNOWN = {"ldt:PumpPowerOverlay-power"}
"""What is told of a network without its power."""
NODES = ("Junction", "Tank", "Reservoir")


def hits(engine: ImpactEngine, seeds: Iterable[str]) -> set[tuple[bool, str, str, float | None]]:
    """Return who is hit, how, and from which hour; whether it is a node, and its name."""
    found = set()
    for hit in engine.ask(list(seeds), horizon=48).hits("none"):
        name = unquote(hit["iri"].rpartition(":" if "urn:" in hit["iri"] else "/")[2])
        hour = hit["hour"] and round(hit["hour"], 6)
        found.add((hit["type"].endswith(NODES), name, hit["status"], hour))
    return found


def same(file: Path, ours: ImpactEngine, theirs: ImpactEngine, every: int = 1) -> int:
    """Compare the answers for each link, each node, all pumps, and all links of each reservoir; return how many hit someone.

    Args:
        file: The network.
        ours: Of its entities.
        theirs: Of the file.
        every: Of the links and nodes only each of so many.
    """
    model, hit = network(file), 0
    links = {n: iri(one.link_type, n) for n, one in model.links()}
    nodes = {n: iri(one.node_type, n) for n, one in model.nodes()}
    groups = [list(model.pump_name_list)]
    groups += [list(model.get_links_for_node(r)) for r in model.reservoir_name_list]
    asked = [([links[n]], [link(n)]) for n in list(links)[::every]]
    asked += [([nodes[n]], [link(n).replace("/link/", "/node/")]) for n in list(nodes)[::every]]
    asked += [([links[n] for n in out], [link(n) for n in out]) for out in groups if out]
    for mine, other in asked:
        expected = hits(theirs, other)
        assert hits(ours, mine) == expected, other
        hit += bool(expected)
    return hit


def engines(record: Record, written: Written) -> tuple[ImpactEngine, ImpactEngine]:
    told = [v for v in written.told("source", "lift", "validate") if v.rule not in KNOWN]
    assert told == []
    return engine_of(written.graph), engine_of(EmbeddedGraph.open(record))


@pytest.mark.parametrize(
    ("name", "form"),
    [("every", "normalized"), ("every", "simplified"), ("Net1", "concise"), ("Net3", "normalized")],
)
def test_each_link_and_node_and_all_pumps_hit_the_same(
    tmp_path: Path, name: str, form: Form
) -> None:
    file = LIBRARY / f"{name}.inp"
    if name == "every":
        file = tmp_path / "every.inp"
        file.write_text(EVERY, encoding="utf-8")
    assert same(file, *engines(*both(file, tmp_path, form))) > 5


def test_the_water_of_an_invented_city_answers_the_same(tmp_path: Path) -> None:
    make_city(tmp_path / "city", population=4_000)
    file = tmp_path / "city" / "data" / "water.inp"
    assert same(file, *engines(*both(file, tmp_path, "normalized")), every=5) > 5


@pytest.fixture(scope="module")
def network_of_every(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("every")
    file = folder / "every.inp"
    file.write_text(EVERY, encoding="utf-8")
    return entities(file, said_of(twin_of(file, folder / "twin")), "simplified")


def changed(things: list[dict[str, Any]], name: str, **more: Any) -> list[dict[str, Any]]:
    return [t | more if t["id"].endswith(f":{name}") else t for t in things]


def engine(folder: Path, things: list[dict[str, Any]]) -> ImpactEngine:
    written = lifted(folder, things)
    build(load_twin(written.folder))
    return engine_of(written.graph)


def of(turtle: ImpactEngine, name: str) -> set[tuple[bool, str, str, float | None]]:
    return hits(turtle, [iri("Reservoir", name)])


@pytest.fixture(scope="module")
def base(
    network_of_every: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> ImpactEngine:
    return engine(tmp_path_factory.mktemp("base") / "base", network_of_every)


@pytest.mark.parametrize(
    ("name", "kind", "said", "do"),
    [
        ("p3", "Pipe", {"status": "OPEN"}, "close"),
        ("p3", "Pipe", {"initialStatus": "OPEN"}, "close"),
        ("p4", "Pipe", {"status": "closed"}, "open"),
        ("tcv", "Valve", {"openStatus": 0.0}, "open"),
        ("cv1", "Pipe", {"status": "CLOSED"}, "open"),
        ("u1", "Pump", {"initialStatus": "CLOSED"}, "open"),
    ],
)
def test_a_scenario_opens_and_closes_what_a_status_does(
    tmp_path: Path,
    network_of_every: list[dict[str, Any]],
    base: ImpactEngine,
    name: str,
    kind: str,
    said: dict[str, Any],
    do: str,
) -> None:
    stated = engine(tmp_path / "stated", changed(network_of_every, name, **said))
    change = {"do": do, "asset": iri(kind, name)}
    done = Scenario.of([change], "test").open(base, 1, date(2027, 3, 1)).engine
    assert [of(done, r) for r in "rs"] == [of(stated, r) for r in "rs"]
    assert [of(base, r) for r in "rs"] != [of(stated, r) for r in "rs"]


@pytest.mark.parametrize(
    ("name", "said", "rules"),
    [
        ("p1", {"initialStatus": None}, {"PipeStatusOverlay-initialStatus"}),
        ("p1", {"initialStatus": "open"}, {"PipeStatusOverlay-initialStatus"}),
        ("p1", {"status": "CV"}, {"PipeCheckOverlay-status"}),
        ("fcv", {"valveType": None}, {"ValveTypeOverlay-valveKind"}),
        ("u1", {"endsAt": None}, {"LinkEndsOverlay-toNode", "PumpOverlay-joins"}),
        ("t", {"storedVolume": None}, {"TankContentOverlay-storedVolume", "WaterTankOverlay-volume"}),
        ("b", {"demandCategory": {"value": 2}}, {"JunctionDemandOverlay-demandCategory"}),
    ],
)  # fmt: skip
def test_what_no_rule_can_tell_is_told_to_the_steward(
    tmp_path: Path,
    network_of_every: list[dict[str, Any]],
    name: str,
    said: dict[str, Any],
    rules: set[str],
) -> None:
    things = changed(network_of_every, name, **said)
    things = [{k: v for k, v in t.items() if v is not None} for t in things]
    told = [v for v in lifted(tmp_path, things).told("validate") if v.rule not in KNOWN]
    assert {v.rule.removeprefix("ldt:") for v in told} == rules
    assert {(v.severity, unquote(v.subject or "").rpartition(":")[2]) for v in told} == {("warning", name)}  # fmt: skip


def test_a_node_that_is_named_by_a_text_is_told_as_one(
    tmp_path: Path, network_of_every: list[dict[str, Any]]
) -> None:
    things = changed(network_of_every, "u1", startsAt="a")
    [told] = [v for v in lifted(tmp_path, things).told("validate", "term") if v.rule not in KNOWN]
    assert (told.rule, told.column) == ("term:kind", "startsAt")
    assert "as a Relationship; a text names nothing" in told.message


@pytest.mark.parametrize(("name", "said"), [("p4", "initialStatus"), ("fcv", "valveType")])
def test_a_link_that_leaves_open_whether_it_conducts_back_does_not(
    tmp_path: Path, network_of_every: list[dict[str, Any]], name: str, said: str
) -> None:
    turned = [
        t | {"startsAt": t["endsAt"], "endsAt": t["startsAt"]} if t["id"].endswith(f":{name}") else t
        for t in network_of_every
    ]  # fmt: skip
    base = engine(tmp_path / "base", turned)
    less = [{k: v for k, v in t.items() if (t["id"].rpartition(":")[2], k) != (name, said)} for t in turned]  # fmt: skip
    assert len(of(engine(tmp_path / "less", less), "s")) < len(of(base, "s"))
