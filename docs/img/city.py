"""Draw docs/img/city.png: the demo city, and what one outage in it brings about.

ldt demo --dir demo-city --no-serve && python docs/img/city.py demo-city docs/img/city.png
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.collections import LineCollection

from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import impact
from ldt_graph.model import EntityFilter
from ldt_graph.record import Record
from ldt_graph.twin import load_twin

SEEDS = ["power:ST-0041", "power:ST-0049"]
LAYERS = {
    "WaterMain": ("#4aa3df", 0.7),
    "PowerLine": ("#e8963a", 1.3),
    "TramLine": ("#b03a6f", 2.2),
}
POINTS = {
    "Building": ("#9aa5b1", 0.6),
    "DistributionStation": ("#e8963a", 14),
    "Substation": ("#c0392b", 70),
    "PumpStation": ("#1f77b4", 70),
    "Hospital": ("#2e8b57", 70),
    "EVChargingStation": ("#7d5ba6", 12),
}


def places(graph: EmbeddedGraph) -> dict[str, list[tuple[str, list[tuple[float, float]]]]]:
    """Return type → (IRI, coordinates) of everything drawn."""
    found = defaultdict(list)
    for type_ in (*LAYERS, *POINTS):
        for entity in graph.find(EntityFilter(type=type_), first=100_000).entities:
            numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", entity.geometry or "")]
            if numbers:
                found[type_].append(
                    (entity.iri, list(zip(numbers[::2], numbers[1::2], strict=True)))
                )
    return found


def draw(axes, found, failed: set[str] | None, title: str) -> None:
    for type_, (colour, width) in LAYERS.items():
        own = [(("#d62728" if failed and i in failed else colour), c) for i, c in found[type_]]
        axes.add_collection(
            LineCollection([c for _, c in own], colors=[k for k, _ in own], linewidths=width)
        )
    for type_, (colour, size) in POINTS.items():
        own = found[type_]
        colours = ["#d62728" if failed and i in failed else colour for i, _ in own]
        axes.scatter(
            [c[0][0] for _, c in own],
            [c[0][1] for _, c in own],
            s=size,
            c=colours,
            label=re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type_),
            zorder=3 if size > 1 else 1,
            linewidths=0,
        )
    axes.set_title(title, fontsize=10)
    axes.set_aspect("equal")
    axes.autoscale()
    axes.set_axis_off()


def main(twin: str, target: str) -> None:
    graph = EmbeddedGraph.open(Record(load_twin(Path(twin)).record))
    found = places(graph)
    answer = impact(graph, SEEDS)
    failed = {h["iri"] for h in answer.hits("none") if h["status"] == "failed"}
    mpl.rcParams["font.family"] = "DejaVu Sans"
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5), dpi=75)
    draw(left, found, None, "An invented city of 20,000: water mains, stations, buildings")
    draw(right, found, failed, f"Two stations out: {len(failed):,} assets fail (red)")
    left.legend(loc="lower left", fontsize=7, frameon=False, markerscale=0.8)
    figure.tight_layout()
    figure.savefig(target, metadata={"Software": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
