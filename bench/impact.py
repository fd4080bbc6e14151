"""What a question costs in the invented city: single stations, single pumps, all pumps (tanks feed the city), and their reasons.

python bench/impact.py [--populations 20000 100000]

CPU milliseconds of one process; the median and the 95th percentile of up to 100 questions.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from random import Random

from ldt_graph.city import make_city
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import engine_of
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.twin import load_twin


def costs(call, cases: list, repeat: int = 3) -> dict[str, float]:
    """Return the median and the 95th percentile of a call's CPU milliseconds over the cases."""
    found = []
    for case in cases:
        start = time.process_time()
        for _ in range(repeat):
            call(case)
        found.append((time.process_time() - start) / repeat * 1000)
    found.sort()
    return {"p50": round(found[len(found) // 2], 3), "p95": round(found[int(len(found) * 0.95)], 3)}


def measure(population: int) -> dict:
    """Build a city and ask it."""
    with tempfile.TemporaryDirectory() as folder:
        city = Path(folder) / "city"
        make_city(city, population=population)
        build(twin := load_twin(city))
        engine = engine_of(EmbeddedGraph.open(Record(twin.record)))
    iris, chance = engine.network.columns.iris, Random(1)
    stations = [i for i in iris if "/station/" in i]
    pumps = [i for i in iris if "/link/P-" in i]
    some = chance.sample(stations, min(100, len(stations)))
    every = engine.ask(pumps)
    reasoned = [iris[v] for v in chance.sample(every.failed.tolist(), 20)]
    return {
        "population": population,
        "assets": len(iris),
        "station": costs(lambda iri: engine.ask([iri]), some),
        "station, summed": costs(lambda iri: engine.ask([iri]).summary(), some),
        "pump": costs(lambda iri: engine.ask([iri]), pumps[:100]),
        "all pumps": costs(lambda all_: engine.ask(all_), [pumps]),
        "hits of all pumps": len(every),
        "why one of these fails": costs(every.why, reasoned, repeat=1),
    }


def main() -> None:
    """Print a line for each city."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--populations", type=int, nargs="+", default=[20_000, 100_000])
    for population in parser.parse_args().populations:
        print(json.dumps(measure(population)), flush=True)


if __name__ == "__main__":
    main()
