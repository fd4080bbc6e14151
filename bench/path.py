"""The whole path at three sizes of the invented city: seconds and peak memory by stage, each in a process of its own.

python bench/path.py [--populations 20000 100000 1000000]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def peak() -> int:
    """Peak memory of this process in bytes (Linux reports kilobytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(population: int) -> dict:
    """Make, build, open and ask one city."""
    from ldt_graph.city import QUESTION, make_city
    from ldt_graph.graph.embedded import EmbeddedGraph
    from ldt_graph.impact import impact, network_of
    from ldt_graph.pipeline import build
    from ldt_graph.record import Record
    from ldt_graph.twin import load_twin

    seconds: dict[str, float] = {}
    memory: dict[str, int] = {}

    def timed(name, call):
        start = time.perf_counter()
        value = call()
        seconds[name], memory[name] = time.perf_counter() - start, peak()
        return value

    with tempfile.TemporaryDirectory() as folder:
        city = Path(folder) / "city"
        timed("city", lambda: make_city(city, population=population))
        twin = load_twin(city)
        report = build(twin)
        seconds |= report.seconds
        memory |= report.peak_memory
        graph = timed("graph", lambda: EmbeddedGraph.open(Record(twin.record)))
        timed("network", lambda: network_of(graph))
        timed("first question", lambda: impact(graph, [QUESTION]).summary())
        answer = timed("question", lambda: impact(graph, [QUESTION]))
        station = timed("small question", lambda: impact(graph, ["power:ST-0001"]))
        return {
            "population": population,
            "entities": sum(d.entities for d in report.datasets),
            "statements": graph.version.statements,
            "setAside": report.set_aside,
            "hits": len(answer),
            "smallHits": len(station),
            "seconds": seconds,
            "peak": memory,
        }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--populations", type=int, nargs="+", default=[20_000, 100_000, 1_000_000])
    parser.add_argument("--one", type=int)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)))
        return
    found = []
    for population in options.populations:
        out = subprocess.run(
            [sys.executable, __file__, "--one", str(population)],
            check=True,
            capture_output=True,
            text=True,
        )
        found.append(json.loads(out.stdout.splitlines()[-1]))
    print(f"{'people':>16}" + "".join(f"{f['population']:>22,}" for f in found))
    for key in ("entities", "statements", "setAside", "hits", "smallHits"):
        print(f"{key:>16}" + "".join(f"{f[key]:>22,}" for f in found))
    for stage in found[0]["seconds"]:
        cells = (f"{f['seconds'][stage]:>11.3f} s{f['peak'][stage] / 1e9:>6.2f} GB" for f in found)
        print(f"{stage:>16}" + "".join(f"{c:>22}" for c in cells))
    total = (
        sum(s for n, s in f["seconds"].items() if n not in ("city", "graph", "network"))
        for f in found
    )
    print(f"{'build':>16}" + "".join(f"{t:>20.1f} s" for t in total))


if __name__ == "__main__":
    main()
