"""What supplies people where they live: their home itself, or else the nearest thing around it that is supplied."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ldt_graph.impact.structure.homes import Homes
from ldt_graph.impact.structure.rows import gather, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.graph.columns import Bools, Ints
    from ldt_graph.impact.structure.network import Conduction, Network


class Carriers(NamedTuple):
    """Pairs of a home that is not supplied with a commodity itself, and what around it is."""

    home: Ints
    carrier: Ints


class Supplied:
    """The homes of a network with the commodities that reach them; immutable, shared between questions.

    Args:
        network: The network of one version.
        judged: Its conductions that have sources.

    Attributes:
        commodities: Local names, sorted.
        of_gate: Position in `commodities` of what each gate passes on, or -1.
        of_conduction: The same of each judged conduction.
        owned: Rows of the gates of each vertex.
        carriers: By commodity.
        matters: What is a home, carries something for one, or has one in it: what a question looks at.
    """

    def __init__(self, network: Network, judged: Sequence[Conduction]) -> None:
        self.homes = Homes(network)
        gates, local_name = network.gates, network.ontology.local_name
        first = gates.member_start[:-1]
        has = np.diff(gates.member_start) > 0
        said: list[str | None] = [None] * len(gates.owner)
        for gate in np.nonzero(has)[0].tolist():
            said[gate] = network.commodity_name(int(gates.member_edge[first[gate]]))
        joined = [local_name(c.commodity) if c.commodity else None for c in judged]
        self.commodities = sorted({c for c in (*said, *joined) if c})
        code = {c: n for n, c in enumerate(self.commodities)}
        self.of_gate = np.array([code.get(c or "", -1) for c in said], dtype=np.int64)
        self.of_conduction = [code.get(c or "", -1) for c in joined]
        self.owned = rows(gates.owner, network.size)
        stated = [self._stated(network, judged, c) for c in range(len(self.commodities))]
        self.carriers = [self._carriers(s) for s in stated]
        self.inside = self._inside()
        self.matters = self.homes.homes.copy()
        self.matters[self.inside[1]] = True
        for pairs in self.carriers:
            self.matters[pairs.carrier] = True
        fed = np.any(stated, axis=0) if stated else np.zeros(network.size, dtype=bool)
        for pairs in self.carriers:
            fed[pairs.home] = True
        self._unfed = int(self.homes.own[self.homes.homes & ~fed].sum())

    @property
    def notes(self) -> list[str]:
        """Whom the sums of people leave out, in sentences."""
        if not self._unfed:
            return []
        return [
            f"Of {self._unfed:,} people the twin does not say what supplies them where they live: "
            "they count as hit only where their home goes out itself."
        ]

    def _stated(self, network: Network, judged: Sequence[Conduction], commodity: int) -> Bools:
        stated = np.zeros(network.size, dtype=bool)
        stated[network.gates.owner[self.of_gate == commodity]] = True
        for joints, carried in zip(judged, self.of_conduction, strict=True):
            if carried == commodity:
                stated |= joints.member
        return stated

    def _carriers(self, stated: Bools) -> Carriers:
        """Return what carries a commodity to homes that do not state it: the nearest around them that does."""
        n, (start, outer) = len(stated), self.homes.around
        homes = np.nonzero(self.homes.homes & ~stated)[0]
        entry, which = gather(start, homes)
        kept = stated[outer[entry]]
        home, carrier = homes[which[kept]], outer[entry[kept]]
        entry, which = gather(start, carrier)
        far = np.unique(home[which] * n + outer[entry])
        near = ~np.isin(home * n + carrier, far)
        return Carriers(home[near], carrier[near])

    def _inside(self) -> tuple[Ints, Ints]:
        """Pairs (home, an asset that it is in or part of)."""
        start, outer = self.homes.around
        homes = np.nonzero(self.homes.homes)[0]
        entry, which = gather(start, homes)
        asset = ~self.homes.place[outer[entry]]
        return homes[which[asset]], outer[entry[asset]]
