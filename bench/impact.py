"""What questions cost, side by side with a bare walk over the same reach.

A city: single stations and pumps, sets, all pumps (tanks feed the city), reasons, criticality, the worst places, a
scenario. A mesh of a million nodes that each need four others (invented): the same outages by rustworkx and networkx.

python bench/impact.py [--populations 20000 100000 1000000] [--mesh 1000] [--places]

CPU milliseconds of one process; the median and the 95th percentile of up to 100 questions. The walk is a breadth-first
search in numpy from the seeds over nothing but what fails, whose rows it is given.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from importlib import import_module
from pathlib import Path
from random import Random

import numpy as np

from ldt_graph.assets import ontology_files
from ldt_graph.city import make_city
from ldt_graph.graph.columns import NetworkColumns
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import Scenario, compile_network, criticality_of, engine_of
from ldt_graph.impact.engine import ImpactEngine
from ldt_graph.impact.spatial.places import worst_corridors, worst_places
from ldt_graph.impact.structure.changes import change_of
from ldt_graph.impact.structure.rows import entries
from ldt_graph.namespaces import LDT
from ldt_graph.ontology import Ontology
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.twin import load_twin


def costs(call, cases: list, repeat: int = 3) -> dict[str, float]:
    """Return the median and the 95th percentile of a call's CPU milliseconds over the cases, and their mean."""
    found = []
    for case in cases:
        start = time.process_time()
        for _ in range(repeat):
            call(case)
        found.append((time.process_time() - start) / repeat * 1000)
    found.sort()
    p50, p95 = found[len(found) // 2], found[int(len(found) * 0.95)]
    return {"p50": round(p50, 3), "p95": round(p95, 3), "mean": round(sum(found) / len(found), 3)}


def once(call) -> float:
    """Return the CPU seconds of a call."""
    start = time.process_time()
    call()
    return round(time.process_time() - start, 3)


class Walk:
    """A bare breadth-first search over rows of numpy, among some vertices only."""

    def __init__(self, start: np.ndarray, to: np.ndarray) -> None:
        self.start, self.to = start, to
        self.seen = np.zeros(len(start) - 1, dtype=np.int64)
        self.round = 1

    def among(self, vertices: np.ndarray) -> None:
        """Let the next walks see nothing else."""
        self.seen[:] = np.iinfo(np.int64).max
        self.seen[vertices] = 0
        self.round = 1

    def __call__(self, seeds: np.ndarray) -> int:
        """Return how many are reached."""
        self.round += 1
        seen, now = self.seen, self.round
        seen[seeds] = now
        found = 0
        while len(seeds):
            found += len(seeds)
            near = self.to[entries(self.start, seeds)]
            near = near[seen[near] < now]
            seen[near] = now
            seeds = np.unique(near)
        return found


def reach_of(engine: ImpactEngine) -> Walk:
    """Return the walk over all that one asset hands on to others: requirements, and joints."""
    network, n = engine.network, engine.network.size
    gates = network.gates
    owner = np.repeat(gates.owner, np.diff(gates.member_start))
    pairs = [(gates.member, owner)]
    for forest in engine.before.forests:
        fed = np.nonzero(forest.parent >= 0)[0]
        pairs.append((forest.parent[fed], fed))
    sources, targets = (np.concatenate(side) for side in zip(*pairs, strict=True))
    order = np.argsort(sources, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(sources, minlength=n))])
    return Walk(start, targets[order])


def beside_walk(engine: ImpactEngine, walk: Walk, questions: list[list[str]]) -> dict:
    """Return what questions cost, what the walks over their reach do, and the ratio of the sums."""
    index = engine.network.directory.index
    asked = costs(engine.ask, questions)
    walked = []
    for question in questions:
        seeds = np.array([index[i] for i in question])
        walk.among(np.concatenate([engine.ask(question).failed, seeds]))
        walked.append(costs(walk, [seeds])["mean"])
    walked.sort()
    mean = sum(walked) / len(walked)
    return {
        "ask": asked,
        "walk": {"p50": walked[len(walked) // 2], "p95": walked[int(len(walked) * 0.95)]},
        "ratio": round(asked["mean"] / mean, 2),
    }


def city(population: int, *, places: bool) -> dict:
    """Build a city and ask it."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "city"
        make_city(made, population=population)
        build(twin := load_twin(made))
        graph = EmbeddedGraph.open(Record(twin.record))
        found: dict = {"opening": once(lambda: engine_of(graph))}
    engine = engine_of(graph)
    iris, chance = engine.network.columns.iris, Random(1)
    stations = [i for i in iris if "/station/" in i]
    pumps = [i for i in iris if "/link/P-" in i]
    some = [[i] for i in chance.sample(stations, min(100, len(stations)))]
    sets = [chance.sample(stations, 10) for _ in range(50)]
    walk = reach_of(engine)
    every = engine.ask(pumps)
    reasoned = [iris[v] for v in chance.sample(every.failed.tolist(), 20)]
    change = Scenario("bench", (change_of({"do": "autonomy", "asset": stations[0], "hours": 4}),))
    found = found | {
        "population": population,
        "assets": len(iris),
        "station": beside_walk(engine, walk, some),
        "ten stations": beside_walk(engine, walk, sets),
        "station, summed": costs(lambda iri: engine.ask(iri).summary(), some),
        "pump": costs(lambda iri: engine.ask([iri]), pumps[:100]),
        "all pumps": beside_walk(engine, walk, [pumps]),
        "hits of all pumps": len(every),
        "why one of these fails": costs(every.why, reasoned, repeat=1),
        "opening a scenario": costs(lambda s: s.open(engine, graph.version.number), [change]),
        "criticality, s": once(lambda: criticality_of(graph)),
    }
    if places:
        found["worst places of 50 m, s"] = once(lambda: worst_places(graph, 50))
        found["worst corridors of 5 m, s"] = once(lambda: worst_corridors(graph, 5))
    return found


def mesh_edges(clusters: int, size: int = 1_000, needs: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Return who needs whom: each of a cluster four that come before it (invented, seeded)."""
    chance = np.random.default_rng(1)
    rank = np.tile(np.arange(size), clusters)
    own = np.nonzero(rank >= needs)[0]
    subject = np.repeat(own, needs)
    back = (chance.random(len(subject)) * rank[subject]).astype(np.int64) + 1
    return subject, subject - np.minimum(back, rank[subject])


def mesh(clusters: int) -> dict:
    """Ask a mesh of needs, and walk it with others' parts."""
    subject, object_ = mesh_edges(clusters)
    n = clusters * 1_000
    iris = [f"https://example.org/mesh/{v:09}" for v in range(n)]
    zero = np.zeros(len(subject), dtype=np.int64)
    edges = {"subject": subject, "object": object_, "predicate": zero, "inferred": zero}
    edges |= {"row": zero - 1, "source": zero - 1, "rule": zero - 1, "dataset": zero}
    none = np.zeros(n, dtype=bool)
    columns = NetworkColumns(
        iris=iris, edges=edges, predicates=[LDT.poweredBy], texts=["mesh"],
        identifiers=[None] * n, names=[None] * n, types=["Asset"] * n, datasets=["mesh"] * n, domains=[None] * n,
        off=none, buffers=[], required={}, sources=[], population=np.zeros(n), critical=none, storage=none,
    )  # fmt: skip
    engine = ImpactEngine(compile_network(columns, Ontology.parse(ontology_files())))
    chance = Random(1)
    questions = [[iris[chance.randrange(n)]] for _ in range(100)]
    sets = [chance.sample(iris, 10) for _ in range(50)]
    walk = reach_of(engine)
    found = {
        "mesh": {"nodes": n, "edges": len(subject)},
        "one": beside_walk(engine, walk, questions),
        "ten": beside_walk(engine, walk, sets),
    }
    return found | {"peers, one": peers(n, subject, object_, engine, questions)}


def peers(n, subject, object_, engine, questions) -> dict:
    """Return what others' walks over the same graph cost; each must find what fails."""
    nx, rx = import_module("networkx"), import_module("rustworkx")
    index = engine.network.directory.index
    cases = [index[q[0]] for q in questions]
    failed = [len(engine.ask(q).failed) for q in questions]
    pairs = list(zip(object_.tolist(), subject.tolist(), strict=True))
    rust = rx.PyDiGraph()
    rust.add_nodes_from(range(n))
    rust.add_edges_from_no_data(pairs)
    assert [len(rx.descendants(rust, v)) for v in cases] == failed
    plain = nx.DiGraph(pairs)
    assert [len(nx.descendants(plain, v)) if v in plain else 0 for v in cases] == failed
    return {
        "fail": {"p50": sorted(failed)[50], "most": max(failed)},
        "rustworkx": costs(lambda v: rx.descendants(rust, v), cases),
        "networkx": costs(lambda v: v in plain and nx.descendants(plain, v), cases),
    }


def main() -> None:
    """Print a line for each city, and one for the mesh."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--populations", type=int, nargs="*", default=[20_000, 100_000])
    parser.add_argument("--mesh", type=int, default=0, help="clusters of 1,000 nodes")
    parser.add_argument("--places", action="store_true", help="the worst places too")
    options = parser.parse_args()
    for population in options.populations:
        print(json.dumps(city(population, places=options.places)), flush=True)
    if options.mesh:
        print(json.dumps(mesh(options.mesh)), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"peak MB": peak}))


if __name__ == "__main__":
    main()
