"""What works before any outage, and how each commodity reaches it."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from ldt_graph.impact.structure.network import working
from ldt_graph.impact.structure.rows import gather
from ldt_graph.impact.structure.supplied import Supplied
from ldt_graph.impact.walk.amounts import Amounts
from ldt_graph.impact.walk.doubts import Doubts, some
from ldt_graph.impact.walk.settle import settle
from ldt_graph.impact.walk.steps import Step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ldt_graph.graph.columns import Bools, Ints
    from ldt_graph.impact.structure.forest import Forest
    from ldt_graph.impact.structure.network import Conduction, Network

_KEPT = 65_536
_NOBODY = np.zeros(0, dtype=np.int64)


class Undisturbed:
    """What works before any outage, and how each commodity reaches it; immutable, shared between questions.

    Args:
        network: The network of one version.
        known: Of the city that the network was made of: what it shares with that is not found again.
    """

    def __init__(self, network: Network, known: Undisturbed | None = None) -> None:
        self.network = network
        # Questions of a small city touch the same assets and statements again and again.
        self.evidence = lru_cache(maxsize=_KEPT)(network.provenance)
        self.who = lru_cache(maxsize=_KEPT)(self._who)
        self.supply_step = lru_cache(maxsize=_KEPT)(self._supply_step)
        fed = [c.source.any() or c.stores is not None for c in network.conductions]
        each = list(zip(network.conductions, fed, strict=True))
        self.judged = tuple(c for c, is_fed in each if is_fed)
        self.unjudged = tuple(c.commodity for c, is_fed in each if not is_fed)
        self.softens = network.gates.soft is not None or any(
            c.soft is not None for c in self.judged
        )
        self.settled = settle(network, self.judged, known.settled if known else None)
        self.on, self.forests = self.settled.on, self.settled.forests
        self.lost_gates = self._lost_gates()
        self.unfed = tuple(
            np.nonzero(self.on & c.member & ~f.supplied)[0] if c.soft is not None else _NOBODY
            for c, f in zip(self.judged, self.forests, strict=True)
        )
        self.nothing = np.zeros(network.size, dtype=bool)
        self.nothing.flags.writeable = False
        self.already_off = int((~self.on).sum())

    @property
    def notes(self) -> list[str]:
        """What the answers leave out, in sentences."""
        name = self.network.ontology.local_name
        notes = [
            f"The twin holds no source of {name(c).lower() if c else 'what its joints conduct'}: "
            "its conduction is not judged."
            for c in self.unjudged
        ]
        if len(self.degraded):
            notes.append(f"Degraded before any outage: {self.some(self.degraded.tolist())}.")
        if self.network.storages:
            notes.append(
                "Storage that states neither what it holds nor autonomy bridges nothing: "
                f"{self.network.storages} of the twin."
            )
        if len(self.started):
            notes.append(
                f"On stand-by, and needed before any outage: {self.some(self.started.tolist())}. That they start is taken for granted."
            )
        more = (*self.network.notes, *self._balance, *self.amounts.notes, *self.doubts.notes)
        return [*notes, *more]

    @cached_property
    def _balance(self) -> list[str]:
        """What the balance of storages leaves out, where there are any."""
        stores = [(c, f) for c, f in zip(self.judged, self.forests, strict=True) if c.stores]
        if not stores:
            return []
        notes = [
            "Storages are a balance of what they hold against the demand of what only they feed: pressure, "
            "elevation and the capacity of what conducts are left out, and so is what they lose or gain before an island forms."
        ]
        refilled = sum(
            int((f.supplied[c.stores.vertex] & self._rooted(c, f)).sum())
            for c, f in stores
            if c.stores
        )
        if refilled:
            notes.append(
                f"Storages that no source reaches in the undisturbed city: {refilled}. What refills them is not in "
                "the twin; they count as sources."
            )
        return notes

    @cached_property
    def started(self) -> Ints:
        """What is on stand-by and must start in any case: something that is none has no other supply or gate."""
        idle = np.nonzero(self.network.idle & self.on)[0]
        needed = [v for v in idle.tolist() if any(self._leads(f, v) for f in self.forests)]
        gates = self.network.gates
        if len(idle):
            runs = self.on & ~self.network.idle
            every = np.arange(len(gates.owner))
            short = self.on[gates.owner] & (working(self.network, every, runs) < gates.required)
            entry, _ = gather(gates.member_start, every[short])
            members = gates.member[entry]
            needed += members[self.network.idle[members] & self.on[members]].tolist()
        return np.unique(np.array(needed, dtype=np.int64))

    def _leads(self, forest: Forest, vertex: int) -> bool:
        """Whether anything that is not on stand-by hangs below a vertex."""
        below = forest.order[forest.begin[vertex] : forest.end[vertex]]
        return not bool(self.network.idle[below].all())

    @staticmethod
    def _rooted(joints: Conduction, forest: Forest) -> Bools:
        """Which storages stand where a source would."""
        vertex = joints.stores.vertex if joints.stores else np.zeros(0, dtype=np.int64)
        return (forest.parent[vertex] < 0) & ~joints.source[vertex]

    @cached_property
    def supplied(self) -> Supplied:
        """Who lives where, and what supplies them."""
        return Supplied(self.network, self.judged)

    @cached_property
    def amounts(self) -> Amounts:
        """What is stated to be drawn and given."""
        return Amounts(self.network, self.judged, self.forests)

    @cached_property
    def doubts(self) -> Doubts:
        """What the build could not use."""
        return Doubts(self)

    def some(self, vertices: Iterable[int]) -> str:
        """Name the first few of some assets."""
        called = map(self.who, vertices)
        return some([who["identifier"] or who["iri"] or "" for who in called], 3)

    def _who(self, vertex: int) -> dict[str, str | None]:
        """Return how an answer calls an asset; shared, so not to be changed."""
        c = self.network.columns
        return {
            "iri": c.iris[vertex],
            "identifier": c.identifiers[vertex],
            "name": c.names[vertex],
            "type": c.types[vertex],
            "domain": c.domains[vertex],
        }

    def _supply_step(self, number: int, vertex: int) -> tuple[Step, int]:
        """Return the step up a commodity's supply path, its hour left open, and the vertex that feeds; not to be changed."""
        feeder, edge = (
            int(c[vertex]) for c in (self.forests[number].parent, self.forests[number].edge)
        )
        return self.joint_step(number, vertex, feeder, edge), feeder

    def joint_step(self, number: int, vertex: int, feeder: int, edge: int) -> Step:
        """Return the step over a joint of a commodity, its hour left open."""
        iris = self.network.columns.iris
        return Step(
            asset=iris[vertex],
            hour=None,
            reason="supply",
            relation=self.network.relation_name(edge),
            cause=iris[feeder],
            commodity=self.network.ontology.local_name(self.judged[number].commodity) or None,
            evidence=self.evidence(edge),
        )

    def soft(self, gate: bool, index: Ints, vertex: Ints) -> Bools | None:
        """Return which losses degrade and do not fail: of gates by `index`, or of the supply that it numbers; None for no one."""
        if gate:
            return None if self.network.gates.soft is None else self.network.gates.soft[index]
        soft = self.judged[int(index[0])].soft if len(index) else None
        return None if soft is None else soft[vertex]

    def _lost_gates(self) -> Bools | None:
        """Mark the gates that do not hold, of owners that work without; None where there are none."""
        gates = self.network.gates
        if gates.soft is None:
            return None
        lost = working(self.network, np.arange(len(gates.owner)), self.on) < gates.required
        lost &= gates.soft & self.on[gates.owner]
        return lost if lost.any() else None

    @property
    def degraded(self) -> Ints:
        """What is degraded before any outage, sorted."""
        gates = self.network.gates
        owners = _NOBODY if self.lost_gates is None else gates.owner[self.lost_gates]
        return np.unique(np.concatenate([owners, *self.unfed]))

    @cached_property
    def weak(self) -> dict[int, Literal["short", "degraded"]]:
        """What is short or degraded before any outage, by vertex."""
        found: dict[int, Literal["short", "degraded"]] = {}
        found |= dict.fromkeys(self.degraded.tolist(), "degraded")
        for balance in filter(None, self.amounts.balances):
            found |= dict.fromkeys(balance.short_vertices.tolist(), "short")
        return found
