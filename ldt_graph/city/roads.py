"""The invented city's main roads: every third street, as a road table of transport research."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.city.plan import Ints, Plan

APART = 3
"""Streets between main roads: 2 / 0.33 km = 6 km of main road a km², a third of all streets."""
SPEED = 30.0
"""Kilometres an hour; invented: what is left of 50 where a main road has crossings."""
_LINK = ("init_node", "term_node", "capacity", "length", "free_flow_time", "b", "power", "speed", "toll", "link_type")  # fmt: skip
_LANE = 900  # cars an hour


def write_roads(folder: Path, plan: Plan) -> None:
    """Write `roads_node.tntp` and `roads_net.tntp`: crossings in degrees, links both ways with their minutes."""
    at = np.nonzero((plan.cell % APART == 0).all(axis=1))[0]
    links = _links(plan, at)
    folder.mkdir(parents=True, exist_ok=True)
    lonlat = plan.lonlat(plan.xy[at]).tolist()
    nodes = [f"{n + 1}\t{lon}\t{lat}\t;" for n, (lon, lat) in enumerate(lonlat)]
    _write(folder / "roads_node.tntp", ["Node\tX\tY\t;", *nodes])
    km = np.hypot(*(plan.xy[at[links[:, 0]]] - plan.xy[at[links[:, 1]]]).T) / 1000
    rows = [
        f"{a + 1}\t{b + 1}\t{_LANE}\t{length:.3f}\t{60 * length / SPEED:.2f}\t0.15\t4\t{SPEED:g}\t0\t1\t;"
        for (a, b), length in zip(links.tolist(), km.tolist(), strict=True)
    ]
    head = [
        f"<NUMBER OF NODES> {len(at)}",
        f"<NUMBER OF LINKS> {len(rows)}",
        "<END OF METADATA>",
        "~ " + "\t".join((*_LINK, ";")),
    ]
    _write(folder / "roads_net.tntp", [*head, *rows])


def _links(plan: Plan, at: Ints) -> Ints:
    """Return pairs of neighbouring crossings, both ways, as positions in `at`, sorted."""
    place = {tuple(c): n for n, c in enumerate(plan.cell[at].tolist())}
    pairs = [
        (n, place[other])
        for (i, j), n in place.items()
        for other in ((i + APART, j), (i, j + APART))
        if other in place
    ]
    return np.array(sorted([*pairs, *((b, a) for a, b in pairs)]), dtype=np.int64).reshape(-1, 2)


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
