"""What a scenario changes, and that it says the same as data that had been so from the start."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ldt_graph.errors import LdtError, QueryError, SettingsError, UnknownEntity
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import ImpactEngine, Scenario, compare, impact
from ldt_graph.impact import engine_of as engine_of_graph
from ldt_graph.impact.whatif.scenario import refilled
from ldt_graph.namespaces import LDT
from ldt_graph.testing import BASE, graph_of
from tests.cities import record_of
from tests.examples import examples
from tests.impact.oracle import BUFFERS, COMMODITIES, DEPENDENCIES, HOLDS, JOINTS, City, Oracle
from tests.impact.oracle import cities as small_cities
from tests.impact.test_impact_oracle import ONTOLOGY, asked, engine_of, named, outages_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cities import Cities

Said = dict[str, Any]
DAY = date(2027, 3, 1)


def opened(engine: ImpactEngine, *changes: Said, day: date = DAY) -> ImpactEngine:
    return Scenario.of(list(changes), "test").open(engine, 1, day).engine


def members(city: City, commodity: str) -> list[int]:
    stated = [s for s in city.statements if JOINTS.get(s[1], ("",))[0] == commodity]
    return sorted({v for s, _, o in stated for v in (s, o)})


def easing(city: City) -> list[Said]:
    """All that a scenario can do to a city of the oracle that should only help."""
    every = [named(v) for v in range(city.n)]
    found: list[Said] = [{"do": "close", "asset": v} for v in every]
    found += [{"do": "autonomy", "asset": v, "hours": 2.5} for v in every]
    required = {o for _, p, o in city.statements if p == LDT.hasRequirement}
    sized = [g for g in sorted(required) if city.groups.get(g)]
    for group in sized:
        size = len(city.members(group))
        fewer = min(city.groups[group] - 1, size)
        found.append({"do": "group", "asset": named(group), "required": fewer})
    for group in sorted(required & city.required_shares.keys() - city.groups.keys()):
        parts = city.members(group)
        less = max(0, min(city.required_shares[group] - 15, sum(parts.values())))
        found.append({"do": "group", "asset": named(group), "share": less / 100})
        found += [
            {"do": "share", "asset": named(group), "by": named(m), "share": (x + 20) / 100}
            for m, x in parts.items()
            if x <= 80
        ]
    for relation, (commodity, _) in JOINTS.items():
        inside = [named(v) for v in members(city, commodity)]
        name = ONTOLOGY.name_of(relation)
        found += [
            {"do": "feed", "asset": a, "by": b, "relation": name}
            for a in inside
            for b in inside
            if a != b
        ]
    needing = sorted({(s, p) for s, p, _ in city.statements if p in DEPENDENCIES})
    for owner, relation in needing:
        name = ONTOLOGY.name_of(relation)
        found += [
            {"do": "feed", "asset": named(owner), "by": b, "relation": name}
            for b in every
            if b != named(owner)
        ]
    return found


@given(small_cities(stored=False), st.data())
@examples(200)
def test_a_measure_never_hurts(city: City, data: st.DataObject):
    engine, outages = engine_of(city), data.draw(outages_in(city))
    chosen = data.draw(st.lists(st.sampled_from(easing(city)), min_size=1, max_size=3))
    better = opened(engine, *chosen)
    was, is_ = asked(engine, outages).down, asked(better, outages).down
    assert (is_ >= was).all()


@given(small_cities(), st.data())
@examples(60)
def test_an_empty_scenario_and_one_of_another_day_change_nothing(city: City, data: st.DataObject):
    engine, outages = engine_of(city), data.draw(outages_in(city))
    change = data.draw(st.sampled_from(easing(city)))
    late, over = {**change, "on": "2027-03-02"}, {**change, "until": "2027-02-28"}
    for changes in ([], [late], [over]):
        again = asked(opened(engine, *changes), outages)
        assert np.array_equal(again.down, asked(engine, outages).down)
        assert list(again.hits()) == list(asked(engine, outages).hits())
    same = {**change, "on": "2027-03-01", "until": "2027-03-01"}
    then, undated = opened(engine, same), opened(engine, change)
    assert np.array_equal(asked(then, outages).down, asked(undated, outages).down)


def test_a_second_feed_names_any_of_the_relations_by_which_a_member_is_needed():
    needs = [(0, LDT.controlledBy, 2), (0, LDT.poweredBy, 2)]
    city = City(4, [(0, LDT.hasRequirement, 1), (1, LDT.hasMember, 2), *needs], groups={1: 1})
    feed = {"do": "feed", "asset": named(0), "by": named(3)}
    for relation in ("controlledBy", "poweredBy"):
        made = opened(engine_of(city), {**feed, "relation": relation})
        assert not len(asked(made, {2: 0.0}).failed)
        assert asked(made, {2: 0.0, 3: 0.0}).failed.tolist() == [0]
    with pytest.raises(QueryError, match="stand in for"):
        opened(engine_of(city), {**feed, "relation": "waterSuppliedBy"})
    with pytest.raises(QueryError, match="which `relation`"):
        opened(engine_of(city), feed)


def test_a_storage_that_was_off_before_a_scenario_is_not_one_that_it_cut_off():
    joint = (0, LDT.hydraulicallyConnectedTo, 1)
    city = City(3, [joint, (0, LDT.poweredBy, 2)], off={2})
    city.holds, city.draws = {(0, LDT.Water): 5.0}, {(1, LDT.Water): 1.0}
    made = opened(engine_of(city), {"do": "close", "asset": named(2)})
    assert made.before.on.all()
    led_to = replace(city, sources={1: LDT.Water})
    changes = [{"do": do, "asset": named(v)} for do, v in (("close", 2), ("remove", 1))]
    assert opened(engine_of(led_to), *changes).before.on.tolist() == [False, False, True]


@given(small_cities(), st.data())
@examples(100)
def test_the_order_of_changes_does_not_matter(city: City, data: st.DataObject):
    engine, outages = engine_of(city), data.draw(outages_in(city))
    changes = data.draw(st.lists(st.sampled_from(easing(city)), min_size=2, max_size=4))
    turned = data.draw(st.permutations(changes))
    one, other = (asked(opened(engine, *c), outages) for c in (changes, turned))
    assert np.array_equal(one.down, other.down)
    assert one.summary() == other.summary()


class Fed(Oracle):
    """A city in which `by` stands in for the members that an asset has by a relation.

    A storage that nothing refills any more, or that nothing did while it was off, is empty.
    """

    def __init__(self, city: City, owner: int, by: int, relation: str) -> None:
        self._extra = owner, by, relation
        known, empty = Oracle(city).refilled, frozenset()
        super().__init__(city)
        while fresh := self.refilled - known:
            empty |= fresh
            super().__init__(city, empty=empty)

    def _requirements(self):
        owner, by, relation = self._extra
        for number, (own, least, inside, bridge) in enumerate(super()._requirements()):
            fits = own == owner and relation in self.named[number]
            more = [by] if fits and by not in inside else []
            most = max(inside.values(), default=0)
            yield own, least, inside | dict.fromkeys(more, most), bridge


@given(small_cities(), st.data())
@examples(150)
def test_a_second_feed_stands_in_for_what_an_asset_needs(city: City, data: st.DataObject):
    needing = sorted({(s, p) for s, p, _ in city.statements if p in DEPENDENCIES})
    assume(needing)
    owner, relation = data.draw(st.sampled_from(needing))
    by = data.draw(st.integers(0, city.n - 1).filter(lambda v: v != owner))
    outages, name = data.draw(outages_in(city)), ONTOLOGY.name_of(relation)
    change = {"do": "feed", "asset": named(owner), "by": named(by), "relation": name}
    oracle = Fed(city, owner, by, relation)
    made = opened(engine_of(city), change)
    assert set(np.nonzero(made.before.on)[0].tolist()) == oracle.on
    slow = oracle.failures(outages, 1.0)[0]
    found = asked(made, outages, horizon=1.0)
    hits = {v for v, hour in enumerate(found.down.tolist()) if hour <= 0 and made.before.on[v]}
    assert hits == {v for v, hour in slow.items() if hour == 0}


@given(small_cities(), st.data())
@examples(150)
def test_a_scenario_says_what_data_would_that_had_been_so(city: City, data: st.DataObject):
    engine, outages = engine_of(city), data.draw(outages_in(city))
    v, w = data.draw(st.integers(0, city.n - 1)), data.draw(st.integers(0, city.n - 1))
    other = replace(
        city, buffers=[*city.buffers, (v, BUFFERS[0], 1.5)], off=(city.off - {v}) | {w} - {v}
    )
    other.standby = city.standby - {v, w}
    changes: list[Said] = [
        {"do": "autonomy", "asset": named(v), "hours": 1.5},
        {"do": "close", "asset": named(v)},
        *([{"do": "open", "asset": named(w)}] if w != v else []),
    ]
    water = COMMODITIES[1]
    assert HOLDS[water] == LDT.storedVolume
    if v in members(city, water):
        changes.append({"do": "tank", "asset": named(v), "volume": 0.71})
        held = city.holds.get((v, water), 0.0)
        other.holds = {**city.holds, (v, water): held + 0.71}
    changes.append(
        {
            "do": "add",
            "asset": named(city.n),
            "type": "GridConnection",
            "relations": {"electricallyConnectedTo": named(v)},
        }
    )
    other.n += 1
    other.statements = [*city.statements, (city.n, LDT.electricallyConnectedTo, v)]
    other.sources = {**city.sources, city.n: LDT.Electricity}
    made, by_hand = opened(engine, *changes), engine_of(other)
    assume(refilled(by_hand) <= refilled(engine))
    assert np.array_equal(made.before.on, by_hand.before.on)
    assert np.array_equal(asked(made, outages).down, asked(by_hand, outages).down)


# ── the demo city ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def small(cities: Cities) -> EmbeddedGraph:
    return EmbeddedGraph.open(record_of(cities.demo(3_000)))


def test_closing_a_tie_saves_what_it_feeds_and_the_sums_add_up(small: EmbeddedGraph):
    line = "L-00001"
    found = compare(small, Scenario.of([{"do": "close", "asset": "TIE-01-01"}]), [line])
    document = found.document(small.version)
    difference = document["difference"]
    assert difference["saved"]["assets"] == len(difference["lists"]["saved"])
    before, after = (document[k]["byStatus"]["failed"] for k in ("before", "after"))
    assert after == before - difference["saved"]["assets"] + difference["newlyHit"]["assets"]
    hours = difference["personHours"]
    assert hours["saved"] == pytest.approx(hours["before"] - hours["after"])
    people = document["before"]["people"]["failed"] - document["after"]["people"]["failed"]
    assert difference["saved"]["people"] == people
    saved = difference["lists"]["saved"]
    people_of = small.columns().population
    lost = [(24 - h["before"]) * people_of[small.columns().iris.index(h["iri"])] for h in saved]
    assert hours["saved"] == pytest.approx(sum(lost), abs=0.01)
    assert people


def test_a_removed_asset_and_what_hangs_on_it_is_newly_hit_not_saved(small: EmbeddedGraph):
    found = compare(small, Scenario.of([{"do": "remove", "asset": "L-00001"}]), ["HOSP-01"])
    assert found.list_of("saved") == []
    hit = impact(small, ["L-00001"]).failed
    assert len(found.list_of("newlyHit")) == len(
        [v for v in hit.tolist() if v not in found.before.seeds]
    )


def test_the_last_day_wins_between_switchings(small: EmbeddedGraph):
    planned = Scenario.of(
        [
            {"do": "close", "asset": "TIE-01-01", "on": "2027-06-01"},
            {"do": "open", "asset": "TIE-01-01", "on": "2027-09-01"},
        ]
    )
    none, saved = (
        compare(small, planned, ["L-00001"], day=date(2027, month, 1)).sums["saved"]["assets"]
        for month in (9, 7)
    )
    assert none == 0
    assert (
        saved
        == compare(small, Scenario.of([{"do": "close", "asset": "TIE-01-01"}]), ["L-00001"]).sums[
            "saved"
        ]["assets"]
    )


def test_a_tank_that_a_scenario_cuts_off_does_not_refill_itself():
    graph = graph_of(
        """
    <well> a ldt:Well ; dcterms:identifier "well" ; ldt:hydraulicallyConnectedTo <main> .
    <main> a ldt:WaterMain ; dcterms:identifier "main" ; ldt:hydraulicallyConnectedTo <tank> .
    <tank> a ldt:WaterTank ; dcterms:identifier "tank" ; ldt:storedVolume 6 ; ldt:hydraulicallyConnectedTo <tap> .
    <tap> a ldt:WaterJunction ; dcterms:identifier "tap" ; ldt:baseDemand 1 .
    """
    )
    found = compare(graph, Scenario.of([{"do": "remove", "asset": "main"}]), ["well"])
    assert {h["identifier"] for h in found.list_of("sooner")} == {"tank", "tap"}
    assert "empty: tank" in found.opened.notes[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"do": "close", "asset": "TIE-01-0"}, "no entity 'TIE-01-0'"),
        ({"do": "clos", "asset": "TIE-01-01"}, "`do` is 'clos'"),
        ({"do": "close"}, "needs asset"),
        ({"do": "close", "asset": "TIE-01-01", "hours": 3}, "no 'hours'"),
        ({"do": "autonomy", "asset": "HOSP-01", "hours": -1}, "0 or more"),
        ({"do": "autonomy", "asset": "HOSP-01", "hours": "many"}, "can't be 'many'"),
        ({"do": "autonomy", "asset": "HOSP-01", "hours": float("nan")}, "0 or more"),
        ({"do": "tank", "asset": "HOSP-01", "volume": 5}, "no part of the water network"),
        ({"do": "group", "asset": "HOSP-01", "required": 1}, "is no group"),
        ({"do": "feed", "asset": "HOSP-01", "by": "HV-01"}, "which `relation`"),
        ({"do": "feed", "asset": "HOSP-01", "by": "HV-01", "relation": "likes"}, "no relation 'likes'"),
        ({"do": "feed", "asset": "HOSP-01", "by": "HOSP-01", "relation": "poweredBy"}, "stand in for"),
        ({"do": "add", "asset": "HOSP-01", "type": "Hospital"}, "that name already"),
        ({"do": "add", "asset": "new", "type": "Unicorn"}, "no class 'Unicorn'"),
        ({"do": "close", "asset": "TIE-01-01", "on": "soon"}, "can't be 'soon'"),
        ({"do": "close", "asset": "TIE-01-01", "on": datetime(2027, 3, 1)}, "can't be"),
        ({"do": "close", "asset": ["TIE-01-01"]}, "can't be"),
        ({"do": "autonomy", "asset": "HOSP-01", "hours": 10**400}, "0 or more"),
        ({"do": "autonomy", "asset": "HOSP-01", "hours": True}, "can't be"),
        ({"do": "add", "asset": "new", "type": "Pump", "relations": {"poweredBy": [3]}}, "can't be"),
        ({"do": "add", "asset": "new", "type": "Pump", "relations": [["poweredBy"]]}, "can't be"),
        ({"do": "add", "asset": "new", "type": "Pump", "relations": 3}, "can't be"),
        ({"do": "close", "asset": ""}, "needs a name"),
    ],
)  # fmt: skip
def test_a_change_that_does_not_fit_is_refused_with_its_place(
    small: EmbeddedGraph, change: Said, said: str
):
    with pytest.raises(LdtError) as refused:
        compare(small, Scenario.of([change]), ["L-00001"])
    assert said in str(refused.value)


def test_a_wrong_name_gets_the_nearest_and_a_removed_asset_can_not_be_changed(small: EmbeddedGraph):
    with pytest.raises(UnknownEntity) as unknown:
        compare(small, Scenario.of([{"do": "close", "asset": "power:TIE-01-0"}]), ["L-00001"])
    assert "TIE-01-01" in (unknown.value.hint or "")
    gone = [
        {"do": "remove", "asset": "HOSP-01"},
        {"do": "autonomy", "asset": "HOSP-01", "hours": 2},
    ]
    with pytest.raises(QueryError, match="removes HOSP-01"):
        compare(small, Scenario.of(gone), ["L-00001"])
    with pytest.raises(QueryError, match="both"):
        Scenario.of([{"do": d, "asset": "TIE-01-01"} for d in ("open", "close")])
    group = next(
        i
        for t, i in zip(small.columns().types, small.columns().identifiers, strict=True)
        if t == "SupplyGroup"
    )
    with pytest.raises(QueryError, match="the group has"):
        compare(small, Scenario.of([{"do": "group", "asset": group, "required": 99}]), ["L-00001"])


def test_a_file_is_read_strictly(tmp_path: Path):
    good = tmp_path / "tie.toml"
    good.write_text('name = "Tie"\n[[change]]\ndo = "close"\nasset = "T"\non = 2027-03-01\n')
    as_json = tmp_path / "tie.json"
    as_json.write_text(
        '{"name": "Tie", "change": [{"do": "close", "asset": "T", "on": "2027-03-01"}]}'
    )
    assert Scenario.read(good) == Scenario.read(as_json)
    assert Scenario.read(good).changes[0].on == DAY
    for text, error in (
        ("nmae = 'x'", QueryError),
        ("change = 3", QueryError),
        ("name = 3", QueryError),
        ("= x", SettingsError),
    ):
        (tmp_path / "bad.toml").write_text(text)
        with pytest.raises(error):
            Scenario.read(tmp_path / "bad.toml")
    with pytest.raises(SettingsError):
        Scenario.read(tmp_path / "none.toml")


def test_what_is_added_may_have_autonomy_of_its_own():
    graph = graph_of(
        "<grid> a ldt:GridConnection ; ldt:electricallyConnectedTo <line> . <line> a ldt:PowerLine ."
    )
    line = BASE + "test/line"
    added = {"do": "add", "asset": "urn:new", "type": "Pump", "relations": {"electricallyConnectedTo": [line]}}  # fmt: skip
    for more, hour in (([], 0.0), ([{"do": "autonomy", "asset": "urn:new", "hours": 3}], 3.0)):
        answer = compare(graph, Scenario.of([added, *more]), [line]).after
        assert [h["hour"] for h in answer.hits("none") if h["iri"] == "urn:new"] == [hour]


def test_what_can_do_without_the_water_that_it_no_longer_gets_still_has_its_battery(tmp_path: Path):
    own = """@prefix ldt: <https://w3id.org/ldt-graph#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
    ldt:Tower a owl:Class ; <http://www.w3.org/2000/01/rdf-schema#subClassOf> ldt:WaterTank , ldt:ElectricStorage ;
        ldt:degradedWithout ldt:hydraulicallyConnectedTo ."""
    (tmp_path / "own.ttl").write_text(own)
    city = """
    <grid> a ldt:GridConnection ; ldt:electricallyConnectedTo <tower> .
    <lake> a ldt:Reservoir ; ldt:hydraulicallyConnectedTo <main> .
    <main> a ldt:WaterMain ; dcterms:identifier "main" ; ldt:hydraulicallyConnectedTo <tower> .
    <tower> a ldt:Tower ; ldt:storedVolume 9 ; ldt:storedEnergy 4 ; ldt:hydraulicallyConnectedTo <j> ; ldt:electricallyConnectedTo <load> .
    <j> a ldt:WaterJunction ; ldt:baseDemand 3 .
    <load> a ldt:Load ; ldt:activePower 2 .
    """
    graph = graph_of(city, ontology=[tmp_path / "own.ttl"])
    cut = Scenario.of([{"do": "open", "asset": "main"}]).open(engine_of_graph(graph), 1)
    assert any(BASE + "test/tower" in note for note in cut.notes), cut.notes
    down = cut.engine.ask([BASE + "test/grid"], horizon=24).down
    assert float(down[cut.engine.network.vertex(BASE + "test/load")]) == 2.0
