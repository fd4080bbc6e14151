"""What pandapower's own graph of a network says is without supply, asked again and again.

`pandapower.topology` makes the graph anew for each question, which takes most of its time. Here it is made once, and a
question leaves out edges and nodes; that both say the same is a test of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandapower.topology as topology
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandapower as pp

Row = tuple[str, int]
"""A table of a network, and the index of a row in it."""
AT = {"b": "switch", "l": "line", "t": "trafo", "t3": "trafo3w"}
"""The table of what a switch at a bus opens: itself between two buses."""


class Connectivity:
    """The buses that are without supply when rows of a network go out: branches, switches, buses, slack generators, grids.

    Attributes:
        off: Buses out of service.
        dark: Buses without supply before anything goes out, and those out of service.
    """

    def __init__(self, net: pp.pandapowerNet) -> None:
        graph = topology.create_nxgraph(net)
        self._buses = np.array(graph.nodes, dtype=np.int64)
        self._at = {bus: n for n, bus in enumerate(self._buses.tolist())}
        edges = list(graph.edges(keys=True))
        self._ends = np.array([(self._at[a], self._at[b]) for a, b, _ in edges]).reshape(-1, 2)
        self._edges: dict[Row, list[int]] = {}
        for n, (_, _, (table, index)) in enumerate(edges):
            self._edges.setdefault((table, int(index)), []).append(n)
        switches = zip(net.switch.index, net.switch.et, net.switch.bus, net.switch.element, strict=True)  # fmt: skip
        self._switches = {int(i): (AT[et], int(bus), int(of)) for i, et, bus, of in switches}
        self._sources: dict[Row, int] = {
            (table, int(i)): self._at[int(bus)]
            for table, rows in (
                ("ext_grid", net.ext_grid[net.ext_grid.in_service]),
                ("gen", net.gen[net.gen.in_service & net.gen.slack.astype(bool)]),
            )
            for i, bus in rows.bus.items()
            if bus in self._at
        }
        self.off = {int(b) for b in net.bus.index[~net.bus.in_service.astype(bool)]}
        self.dark = self.unsupplied(()) | self.off

    def unsupplied(self, out: Collection[Row]) -> set[int]:
        """Return the buses without supply while these rows are out, of those in service otherwise."""
        closed, there = np.ones(len(self._ends), dtype=bool), np.ones(len(self._buses), dtype=bool)
        closed[[e for row in out for e in self._opened(row)]] = False
        there[[self._at[i] for t, i in out if t == "bus" and i in self._at]] = False
        ends = self._ends[closed & there[self._ends].all(axis=1)]
        size = (len(self._buses), len(self._buses))
        joined = coo_array((np.ones(len(ends), dtype=np.int8), tuple(ends.T)), shape=size)
        count, part = connected_components(joined, directed=False)
        fed = np.zeros(count, dtype=bool)
        live = [v for row, v in self._sources.items() if row not in out and there[v]]
        fed[part[live]] = True
        return set(self._buses[~fed[part]].tolist())

    def _opened(self, row: Row) -> list[int]:
        """Return the edges that a row leaves open."""
        table, index = row
        of, bus, element = self._switches[index] if table == "switch" else (table, -1, index)
        edges = self._edges.get(row if of == table else (of, element), [])
        if table == "switch" and of == "trafo3w":
            return [e for e in edges if self._at.get(bus) in self._ends[e]]
        return edges
