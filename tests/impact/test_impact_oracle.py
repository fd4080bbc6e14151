"""The engine against a brute-force simulation of DESIGN §5, on random small networks (invented)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph import assets
from ldt_graph.graph.columns import NetworkColumns
from ldt_graph.impact import ImpactEngine, Outage, compile_network
from ldt_graph.namespaces import LDT
from ldt_graph.ontology import Ontology
from tests.examples import examples

ONTOLOGY = Ontology.parse(assets.ontology_files())
JOINTS = {
    LDT.electricallyConnectedTo: (LDT.Electricity, False),
    LDT.hydraulicallyConnectedTo: (LDT.Water, False),
    LDT.pumpsTo: (LDT.Water, True),
}
DEPENDENCIES = (LDT.poweredBy, LDT.waterSuppliedBy, LDT.controlledBy)
BUFFERS = (LDT.autonomyHours, LDT.waterAutonomyHours)


@dataclass
class City:
    """`n` vertices; statements (subject, relation, object); groups (vertex, k)."""

    n: int
    statements: list[tuple[int, str, int]]
    groups: dict[int, int] = field(default_factory=dict)
    off: set[int] = field(default_factory=set)
    sources: dict[int, str] = field(default_factory=dict)
    buffers: list[tuple[int, str, float]] = field(default_factory=list)

    def columns(self) -> NetworkColumns:
        statements = sorted(set(self.statements))
        predicates = sorted({p for _, p, _ in statements})
        column = lambda values: np.array(list(values), dtype=np.int64)  # noqa: E731
        none = column([-1] * len(statements))
        off = np.zeros(self.n, dtype=bool)
        off[list(self.off)] = True
        nothing = np.zeros(self.n, dtype=bool)
        return NetworkColumns(
            iris=[f"v{i:03d}" for i in range(self.n)],
            off=off,
            edges={
                "subject": column(s for s, _, _ in statements),
                "object": column(o for _, _, o in statements),
                "predicate": column(predicates.index(p) for _, p, _ in statements),
                "inferred": column([0] * len(statements)),
                "row": column(range(len(statements))),
                "source": none,
                "rule": none,
                "dataset": none,
            },
            predicates=predicates,
            texts=[],
            buffers=sorted(set(self.buffers)),
            required=self.groups,
            sources=sorted(self.sources.items()),
            identifiers=[None] * self.n,
            names=[None] * self.n,
            types=["Asset"] * self.n,
            datasets=["test"] * self.n,
            domains=[None] * self.n,
            population=np.zeros(self.n),
            critical=nothing,
            storage=nothing,
        )


def vertices(n: int) -> st.SearchStrategy[int]:
    return st.integers(0, n - 1)


@st.composite
def cities(draw: st.DrawFn) -> City:
    n = draw(st.integers(2, 14))
    relation = st.sampled_from([*JOINTS, *DEPENDENCIES])
    statement = st.tuples(vertices(n), relation, vertices(n)).filter(lambda s: s[0] != s[2])
    groups = draw(st.dictionaries(vertices(n), st.integers(0, 3), max_size=3))
    stated = draw(st.lists(statement, max_size=24))
    if groups:
        group = st.sampled_from(sorted(groups))
        stated += draw(st.lists(st.tuples(group, st.just(LDT.hasMember), vertices(n)), max_size=6))
        stated += draw(
            st.lists(st.tuples(vertices(n), st.just(LDT.hasRequirement), group), max_size=4)
        )
    return City(
        n,
        [s for s in stated if s[0] != s[2]],
        groups,
        off=draw(st.sets(vertices(n), max_size=2)),
        sources=draw(
            st.dictionaries(vertices(n), st.sampled_from([LDT.Electricity, LDT.Water]), max_size=4)
        ),
        buffers=draw(
            st.lists(
                st.tuples(
                    vertices(n), st.sampled_from(BUFFERS), st.sampled_from([0.5, 1.0, 2.0, 9.0])
                ),
                max_size=4,
            )
        ),
    )


class Oracle:
    """A slow reading of the meaning: at every event, everything is looked at until nothing changes."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.flow = {LDT.Electricity: nx.DiGraph(), LDT.Water: nx.DiGraph()}
        for s, p, o in city.statements:
            if p in JOINTS:
                commodity, one_way = JOINTS[p]
                self.flow[commodity].add_edge(s, o)
                if not one_way:
                    self.flow[commodity].add_edge(o, s)
        self.judged = [
            c
            for c, g in self.flow.items()
            if any(v in g for v, own in city.sources.items() if own == c)
        ]
        self.requirements = list(self._requirements())
        self.on = self._baseline()

    def _requirements(self):
        """(owner, required, members, bridge hours)."""
        city = self.city
        depends = {(s, p, o) for s, p, o in city.statements if p in DEPENDENCIES}
        hours = {}
        for v, attribute, h in city.buffers:
            hours[v, attribute] = max(h, hours.get((v, attribute), 0.0))
        bridged = {LDT.poweredBy: LDT.autonomyHours, LDT.waterSuppliedBy: LDT.waterAutonomyHours}
        covered = set()
        for owner, group in sorted(
            {(s, o) for s, p, o in city.statements if p == LDT.hasRequirement}
        ):
            members = sorted(
                {o for s, p, o in city.statements if p == LDT.hasMember and s == group}
            )
            own = {(s, p, o) for s, p, o in depends if s == owner and o in members}
            covered |= own
            of_owner = [hours.get((owner, bridged.get(p)), 0.0) for _, p, _ in own]
            of_group = [hours.get((group, a), 0.0) for a in BUFFERS]
            yield (
                owner,
                city.groups.get(group, len(members)),
                members,
                max([0.0, *of_owner, *of_group]),
            )
        for owner, relation, supplier in sorted(depends - covered):
            yield owner, 1, [supplier], hours.get((owner, bridged.get(relation)), 0.0)

    def _bridge(self, vertex: int, commodity: str) -> float:
        attribute = {LDT.Electricity: LDT.autonomyHours, LDT.Water: LDT.waterAutonomyHours}[
            commodity
        ]
        return max([0.0, *(h for v, a, h in self.city.buffers if v == vertex and a == attribute)])

    def lost(self, works: set[int]):
        """Yield (vertex, requirement key, bridge) of everything that works but lacks something."""
        for number, (owner, required, members, bridge) in enumerate(self.requirements):
            if owner in works and sum(m in works for m in members) < required:
                yield owner, ("gate", number), bridge
        for commodity in self.judged:
            graph = self.flow[commodity].subgraph(works)
            live = [v for v, c in self.city.sources.items() if c == commodity and v in graph]
            supplied = set(live).union(*(nx.descendants(graph, v) for v in live))
            for v in sorted(set(graph) - supplied):
                yield v, ("supply", commodity), self._bridge(v, commodity)

    def _baseline(self) -> set[int]:
        works = set(range(self.city.n)) - self.city.off
        while lost := {v for v, _, _ in self.lost(works)}:
            works -= lost
        return works

    def failures(
        self, outages: dict[int, float], horizon: float
    ) -> tuple[dict[int, float], set[int]]:
        """Return failure hours, and what a running buffer still holds at the horizon."""
        works, failed, pending = set(self.on), {}, {}
        times = sorted(set(outages.values()))
        while times and times[0] <= horizon:
            now = times.pop(0)
            dying = {v for v, h in outages.items() if h == now} | {
                v for (v, _), h in pending.items() if h == now
            }
            while dying & works:
                failed |= dict.fromkeys(dying & works, now)
                works -= dying
                dying = set()
                for v, key, bridge in self.lost(works):
                    due = pending.setdefault((v, key), now + bridge)
                    if due <= now:
                        dying.add(v)
                    elif due not in times:
                        times = sorted([*times, due])
        return failed, {v for v, _ in pending if v in works}


@given(cities(), st.data())
@examples(400)
def test_failures_and_their_hours_equal_a_brute_force_simulation(city: City, data: st.DataObject):
    outages = data.draw(
        st.dictionaries(vertices(city.n), st.sampled_from([0.0, 1.0, 3.0]), min_size=1, max_size=3)
    )
    horizon = data.draw(st.sampled_from([0.0, 1.0, 4.0, 24.0]))
    engine = ImpactEngine(compile_network(city.columns(), ONTOLOGY))
    oracle = Oracle(city)
    assert set(np.nonzero(engine.before.on)[0].tolist()) == oracle.on

    answer = engine.ask([Outage(f"v{v:03d}", h) for v, h in outages.items()], horizon=horizon)
    expected, buffered = oracle.failures(outages, horizon)
    hits = list(answer.hits())
    found = {int(h["iri"][1:]): h["hour"] for h in hits if h["status"] == "failed"}
    assert found == {v: h for v, h in expected.items() if v not in outages}
    held = {int(h["iri"][1:]) for h in hits if h["status"] == "exposed"}
    assert held >= buffered - set(outages)
    assert not held & set(expected)


@given(cities(), st.data())
@examples(200)
def test_every_reason_leads_back_to_a_seed_over_statements_of_the_twin(
    city: City, data: st.DataObject
):
    seeds = data.draw(st.sets(vertices(city.n), min_size=1, max_size=3))
    answer = ImpactEngine(compile_network(city.columns(), ONTOLOGY)).ask(
        [f"v{v:03d}" for v in seeds]
    )
    stated = {(s, ONTOLOGY.local_name(p), o) for s, p, o in city.statements}
    for hit in answer.hits():
        chain = hit["because"]
        assert chain[0]["asset"] == hit["iri"]
        assert chain[-1]["reason"] == "outage"
        assert int(chain[-1]["asset"][1:]) in seeds
        for step, following in itertools.pairwise(chain):
            a, b = int(step["asset"][1:]), int(step["from"][1:])
            assert following["asset"] == step["from"]
            relation = step["relation"]
            owners = {g for s, p, g in city.statements if s == a and p == LDT.hasRequirement}
            through_group = relation == "hasMember" and any(
                (g, relation, b) in stated for g in owners
            )
            assert through_group or {(a, relation, b), (b, relation, a)} & stated
            assert step["evidence"]["row"] is not None


@given(cities(), st.data())
@examples(200)
def test_more_outages_never_mean_fewer_failures(city: City, data: st.DataObject):
    engine = ImpactEngine(compile_network(city.columns(), ONTOLOGY))
    few = data.draw(st.sets(vertices(city.n), min_size=1, max_size=2))
    more = few | data.draw(st.sets(vertices(city.n), max_size=2))

    def gone(seeds: set[int]) -> dict[str, float]:
        answer = engine.ask([f"v{v:03d}" for v in seeds])
        hits = {h["iri"]: h["hour"] for h in answer.hits("none") if h["status"] == "failed"}
        return hits | {f"v{v:03d}": 0.0 for v in seeds if engine.before.on[v]}

    before, after = gone(few), gone(more)
    assert before.keys() <= after.keys()
    assert all(after[v] <= hour for v, hour in before.items())


@given(cities())
@examples(100)
def test_what_was_already_off_changes_nothing(city: City):
    engine = ImpactEngine(compile_network(city.columns(), ONTOLOGY))
    off = np.nonzero(~engine.before.on)[0].tolist()
    if off:
        answer = engine.ask([f"v{v:03d}" for v in off])
        assert len(answer) == 0
        assert all(s["alreadyOff"] for s in answer.seed_list())
