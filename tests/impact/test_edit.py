"""A changed network is what its changed statements compile to, and shares with the other what the changes leave alone."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from ldt_graph.errors import QueryError
from ldt_graph.impact import ImpactEngine, Scenario, compile_network
from ldt_graph.impact import engine_of as engine_of_graph
from ldt_graph.impact.structure.longer import Longer, Statements, chosen
from ldt_graph.impact.structure.roomy import ROOM
from ldt_graph.impact.walk.undisturbed import Undisturbed
from ldt_graph.impact.whatif.edit import Edit
from ldt_graph.namespaces import LDT
from ldt_graph.testing import BASE, graph_of
from tests.examples import examples
from tests.impact.oracle import COMMODITIES, DEPENDENCIES, JOINTS, City
from tests.impact.oracle import cities as small_cities
from tests.impact.test_impact_oracle import ONTOLOGY, asked, engine_of, named, outages_in

if TYPE_CHECKING:
    from ldt_graph.impact.structure.network import Network

Said = dict[str, Any]
NEW = ("w001", "w000")
"""Names of what is added, after all others, and not in order."""
KINDS = ("GridConnection", "Pump", "SupplyGroup", "ElectricBus", "WaterTank", "Intersection")


def members(city: City, commodity: str) -> list[int]:
    stated = [s for s in city.statements if JOINTS.get(s[1], ("",))[0] == commodity]
    return sorted({v for s, _, o in stated for v in (s, o)})


@st.composite
def additions(draw: st.DrawFn, city: City) -> list[Said]:
    """Up to two new assets, joined to, needing or requiring what is there, or each other."""
    count = draw(st.integers(0, 2))
    others = st.sampled_from([named(v) for v in range(city.n)] + list(NEW[:count]))
    required = {o for _, p, o in city.statements if p == LDT.hasRequirement} | city.groups.keys()
    groups = st.sampled_from(sorted({named(g) for g in required} | {named(0)}))
    known = (*JOINTS, *DEPENDENCIES, LDT.signalledBy)
    relations = st.sampled_from([ONTOLOGY.name_of(r) for r in known])
    found = []
    for name in NEW[:count]:
        kind = draw(st.sampled_from(KINDS))
        stated = draw(st.lists(st.tuples(relations, others), max_size=4))
        stated += [("hasRequirement", g) for g in draw(st.sets(groups, max_size=2))]
        if kind == "SupplyGroup":
            stated += [("hasMember", m) for m in draw(st.sets(others, max_size=3))]
        found.append({"do": "add", "asset": name, "type": kind, "relations": [list(s) for s in stated if s[1] != name]})  # fmt: skip
    return found


@st.composite
def changes_to(draw: st.DrawFn, city: City) -> list[Said]:
    """Changes of all kinds that do not touch what gates require."""
    added = draw(additions(city))
    everything = [named(v) for v in range(city.n)] + [a["asset"] for a in added]
    vertex, hours = st.sampled_from(everything), st.sampled_from([0.5, 2.5])
    kinds: list[st.SearchStrategy[Said]] = [
        st.fixed_dictionaries(
            {"do": st.sampled_from(["close", "open", "remove"]), "asset": vertex}
        ),
        st.fixed_dictionaries({"do": st.just("autonomy"), "asset": vertex, "hours": hours}),
    ]
    for relation, (commodity, _) in JOINTS.items():
        inside = [named(v) for v in members(city, commodity)]
        if len(inside) > 1:
            one, name = st.sampled_from(inside), st.just(ONTOLOGY.name_of(relation))
            feed = {"do": st.just("feed"), "asset": one, "by": one, "relation": name}
            kinds.append(st.fixed_dictionaries(feed).filter(lambda c: c["asset"] != c["by"]))
            tank = {"do": st.just("tank"), "asset": one, "volume": st.sampled_from([0.5, 3.1])}
            kinds += [st.fixed_dictionaries(tank)] if commodity == COMMODITIES[1] else []
    return [*added, *draw(st.lists(st.one_of(kinds), max_size=4))]


@st.composite
def regating(draw: st.DrawFn, city: City) -> list[Said]:
    """Changes of what gates require, and second feeds of them."""
    kinds: list[Said] = []
    for group in sorted({o for _, p, o in city.statements if p == LDT.hasRequirement}):
        parts = city.members(group)
        kinds += [
            {"do": "group", "asset": named(group), "required": k} for k in range(len(parts) + 1)
        ]
        kinds.append({"do": "group", "asset": named(group), "share": 0.1})
        kinds += [
            {"do": "share", "asset": named(group), "by": named(m), "share": 0.4} for m in parts
        ]
    for owner, relation in sorted({(s, p) for s, p, _ in city.statements if p in DEPENDENCIES}):
        feed = {"do": "feed", "asset": named(owner), "relation": ONTOLOGY.name_of(relation)}
        kinds += [{**feed, "by": named(b)} for b in range(city.n) if b != owner]
    return draw(st.lists(st.sampled_from(kinds), max_size=4)) if kinds else []


def edited(engine: ImpactEngine, changes: list[Said]) -> Network:
    """Apply changes; those that contradict each other are none."""
    try:
        return Edit(engine.network, 1, "test").apply(Scenario.of(changes, "test").changes)
    except QueryError:
        reject()


def plain(value: Any) -> Any:
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    return value.tolist() if isinstance(value, np.ndarray) else value


def stated(network: Network, edges: np.ndarray) -> list[tuple[int, str, int]]:
    said = {k: c.tolist() for k, c in chosen(network.columns, edges).items()}
    names = [network.columns.predicates[p] for p in said["predicate"]]
    return list(zip(said["subject"], names, said["object"], strict=True))


def gates(network: Network) -> list[tuple]:
    """What each gate is, whatever its number."""
    g = network.gates
    found = []
    for n in range(len(g.owner)):
        own = slice(int(g.member_start[n]), int(g.member_start[n + 1]))
        axiom = g.axioms[g.axiom[n]] if g.axiom[n] >= 0 else ""
        numbers = [int(c[n]) for c in (g.owner, g.required, g.group, g.sole, g.shared)]
        soft = g.soft is not None and bool(g.soft[n])
        inside = zip(g.member[own].tolist(), g.weights(n).tolist(), stated(network, g.member_edge[own]), strict=True)  # fmt: skip
        found.append((*numbers, axiom, float(g.bridge[n]), soft, sorted(inside)))
    return sorted(found)


def joints(network: Network) -> list[dict[str, Any]]:
    """All that is known of joints, their order in a row too: it decides between equals."""
    found = []
    for c in network.conductions:
        edges = {e: stated(network, getattr(c, e)) for e in ("into_edge", "out_edge")}
        found.append(plain(c) | edges)
    return found


def check_rows(network: Network) -> None:
    g = network.gates
    gate = np.repeat(np.arange(len(g.owner)), np.diff(g.member_start))
    for vertex in range(network.size):
        assert g.of[g.of_start[vertex] : g.of_start[vertex + 1]].tolist() == gate[g.member == vertex].tolist()  # fmt: skip


@given(small_cities().flatmap(lambda c: st.tuples(st.just(c), changes_to(c))))
@examples(600)
def test_a_changed_network_is_what_its_changed_statements_compile_to(of: tuple[City, list[Said]]):
    city, changes = of
    made = edited(engine_of(city), changes)
    anew = compile_network(made.columns, ONTOLOGY)
    assert joints(made) == joints(anew)
    assert gates(made) == gates(anew)
    assert (made.idle == anew.idle).all()
    assert made.notes == anew.notes
    check_rows(made)


@given(
    small_cities().flatmap(lambda c: st.tuples(st.just(c), changes_to(c), regating(c))), st.data()
)
@examples(600)
def test_what_a_changed_city_shares_with_the_other_makes_no_difference(
    of: tuple[City, list[Said], list[Said]], data: st.DataObject
):
    city, changes, more = of
    engine, outages = engine_of(city), data.draw(outages_in(city))
    made = edited(engine, [*changes, *more])
    check_rows(made)
    shared, anew = Undisturbed(made, engine.before), Undisturbed(made)
    assert (shared.on == anew.on).all()
    assert [plain(f) for f in shared.forests] == [plain(f) for f in anew.forests]
    assert plain(shared.lost_gates) == plain(anew.lost_gates)
    assert [plain(u) for u in shared.unfed] == [plain(u) for u in anew.unfed]
    one, other = (asked(ImpactEngine(made, before), outages) for before in (shared, anew))
    assert list(one.hits()) == list(other.hits())
    assert one.summary() == other.summary()


@given(small_cities().flatmap(lambda c: st.tuples(st.just(c), changes_to(c), regating(c))))
@examples(150)
def test_a_scenario_leaves_the_city_as_it_is(of: tuple[City, list[Said], list[Said]]):
    city, changes, more = of
    engine = engine_of(city)
    before = joints(engine.network), gates(engine.network), plain(engine.before.on)
    edited(engine, [*changes, *more])
    assert (joints(engine.network), gates(engine.network), plain(engine.before.on)) == before


def test_a_new_crossing_is_degraded_without_its_signal_as_old_ones_are():
    engine = engine_of_graph(graph_of("<a> a ldt:TrafficSignal . <b> a ldt:Asset ."))
    signal = f"{BASE}test/a"
    relations = [["signalledBy", signal]]
    changes = [{"do": "add", "asset": "x", "type": "Intersection", "relations": relations}]
    answer = Scenario.of(changes, "crossing").open(engine, 1).engine.ask([signal])
    assert [(h["iri"], h["status"]) for h in answer.hits("none")] == [("x", "degraded")]


def test_columns_that_go_on_are_read_as_whole_ones_are():
    few, more = {"a": np.array([1, 2]), "b": np.array([3, 4])}, {"a": np.array([5]), "b": np.array([6])}  # fmt: skip
    both = Statements(few, more)
    assert {k: both[k].tolist() for k in both} == {"a": [1, 2, 5], "b": [3, 4, 6]}
    longer = Longer(["x", "y"], ["z"])
    assert [*longer] == ["x", "y", "z"] == [longer[i] for i in range(3)]
    assert (longer[-1], longer[1:], len(longer)) == ("z", ["y", "z"], 3)


@pytest.mark.parametrize("count", [1, ROOM, ROOM + 1])
def test_more_vertices_than_there_is_room_for_are_added_all_the_same(count: int):
    city = City(3, [(0, LDT.electricallyConnectedTo, 1), (2, LDT.poweredBy, 1)], sources={0: LDT.Electricity})  # fmt: skip
    relations = [["electricallyConnectedTo", named(1)]]
    new = [f"w{n:03d}" for n in range(count)]
    changes = [{"do": "add", "asset": n, "type": "PowerLine", "relations": relations} for n in new]
    engine = engine_of(city)
    made = edited(engine, changes)
    assert joints(made) == joints(compile_network(made.columns, ONTOLOGY))
    answer = ImpactEngine(made, Undisturbed(made, engine.before)).ask([named(0)])
    assert len(answer.failed) == count + 2
