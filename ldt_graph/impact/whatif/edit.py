"""A version's network with changes: new columns where something changes, the old ones where not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.errors import QueryError, UnknownEntity
from ldt_graph.graph.columns import UNSTATED
from ldt_graph.impact.structure.conducting import joints
from ldt_graph.impact.structure.extend import extended
from ldt_graph.impact.structure.gating import Gating, feeding, relation_called
from ldt_graph.impact.structure.longer import Longer, stating
from ldt_graph.impact.structure.units import measure
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ldt_graph.graph.columns import NetworkColumns
    from ldt_graph.impact.structure.changes import Change, Do
    from ldt_graph.impact.structure.network import Network

_ORDER: dict[Do, int] = {
    "add": 0,
    "autonomy": 1,
    "tank": 1,
    "share": 1,
    "group": 1,
    "feed": 1,
    "close": 2,
    "open": 2,
    "remove": 3,
}
"""What is done first; what is done at once does not depend on its order, but for switches: the last day wins."""
_GATED: tuple[Do, ...] = ("share", "group", "feed")


class Edit:
    """Applies changes to a network; what is applied first does not depend on their order, but on what they do.

    Args:
        network: As it is; it stays so.
        version: Its version's number, for complaints.
        source: What the evidence of new statements names.
    """

    def __init__(self, network: Network, version: int, source: str) -> None:
        self._base = network
        self._columns: NetworkColumns = network.columns
        self._ontology = network.ontology
        self._version = version
        self._source = source
        self._added: dict[str, int] = {}
        self._iris: list[str] = []
        self._types: list[str] = []
        self._new: list[tuple[int, str, int]] = []
        self._off = network.columns.off.copy()
        self._started = set[int]()
        self._buffers = list(network.columns.buffers)
        self._sources = list(network.columns.sources)
        self._degraded = list(network.columns.degraded)
        self._holds = list(network.columns.holds)
        self.touched = set[int]()
        self.notes: list[str] = []

    def apply(self, changes: Iterable[Change]) -> Network:
        """Return the network with these changes.

        Raises:
            QueryError: A change does not fit what it changes.
            UnknownEntity: Something is named that is not there; the nearest names are told.
        """
        ordered = sorted(changes, key=lambda c: (_ORDER[c.do], c.on or date.min))
        for change in [c for c in ordered if c.do == "add"]:
            self._name(change)
        gone = {self.vertex(c.asset, c): c for c in ordered if c.do == "remove"}
        regated = []
        for change in ordered:
            self._check_there(change, gone)
            if change.do in ("group", "share"):
                regated.append((change, ""))
            elif change.do == "feed":
                relation = feeding(change, self._base, self.vertex(change.asset, change))
                if relation in joints(self._ontology):
                    self._joint(change, relation)
                else:
                    regated.append((change, relation))
            else:
                getattr(self, f"_{change.do}")(change)
        return self._regated(self._network(), regated)

    def _regated(self, network: Network, changes: list[tuple[Change, str]]) -> Network:
        """Return the network with other gates, which its statements and joints don't tell of."""
        if not changes:
            return network
        gating = Gating(network, f"scenario {self._source}")
        for change, relation in sorted(changes, key=lambda c: _GATED.index(c[0].do)):
            vertex = self.vertex(change.asset, change)
            by = self.vertex(change.by, change) if change.by else -1
            if change.do == "share":
                gating.share(change, vertex, by)
            elif change.do == "group":
                gating.require(change, vertex)
            else:
                gating.feed(change, vertex, by, relation)
        return gating.network()

    def _check_there(self, change: Change, gone: dict[int, Change]) -> None:
        named = [n for n in (change.asset, change.by, *(o for _, o in change.relations)) if n]
        for name in named if change.do != "add" else named[1:]:
            removal = gone.get(self.vertex(name, change))
            if removal is not None and removal is not change:
                raise QueryError(
                    f"{change}: the scenario removes {name}.",
                    hint="Leave one of the two changes out.",
                )

    def vertex(self, name: str, change: Change) -> int:
        """Return the vertex that a name means, of what is there and what is added."""
        if name in self._added:
            return self._added[name]
        directory = self._base.directory
        try:
            return directory.index[directory.resolve(name, self._version)]
        except UnknownEntity as error:
            said = f"{change}: no entity {name!r} in version {self._version}."
            raise UnknownEntity(said, hint=error.hint, near=error.near) from None

    # ── what can be done ─────────────────────────────────────────────────────────────────────────

    def _name(self, change: Change) -> None:
        if change.asset in self._added or self._known(change.asset):
            raise QueryError(f"{change}: there is something of that name already.")
        cls = self._ontology.class_of(self._ontology.class_called(change.type or ""))
        if cls is None:
            raise QueryError(f"{change}: the ontology has no class {change.type!r}.")
        self._iris.append(change.asset)
        self._types.append(self._ontology.name_of(cls))
        vertex = self._base.size + len(self._iris) - 1
        self._added[change.asset] = vertex
        self._off = np.append(self._off, False)
        self.touched.add(vertex)
        if LDT.Source in self._ontology.superclasses(cls):
            self._sources.append((vertex, self._ontology.supplies(cls) or UNSTATED))
        self._degraded += [(vertex, r) for c, r in self._ontology.degradations() if c == cls]

    def _add(self, change: Change) -> None:
        for relation, other in change.relations:
            found = relation_called(relation, self._ontology, change)
            self._state(self._added[change.asset], found, self.vertex(other, change))

    def _known(self, name: str) -> bool:
        try:
            self._base.directory.resolve(name, self._version)
        except UnknownEntity:
            return False
        return True

    def _remove(self, change: Change) -> None:
        vertex = self.vertex(change.asset, change)
        self._switch(vertex, off=True)

    def _close(self, change: Change) -> None:
        self._switched(change, off=False)

    def _open(self, change: Change) -> None:
        self._switched(change, off=True)

    def _switched(self, change: Change, *, off: bool) -> None:
        vertex = self.vertex(change.asset, change)
        idle = vertex in self._idle and vertex not in self._started
        if bool(self._off[vertex]) == off and not idle:
            state = "open, or out of service," if off else "closed, or in service,"
            self.notes.append(f"{change}: it is {state} already; this changes nothing.")
        self._switch(vertex, off=off)

    def _switch(self, vertex: int, *, off: bool) -> None:
        self._off[vertex] = off
        self._started.add(vertex)
        self.touched.add(vertex)

    @property
    def _idle(self) -> set[int]:
        return {v for v, _ in self._columns.standby}

    def _autonomy(self, change: Change) -> None:
        vertex = self.vertex(change.asset, change)
        self._buffers.append((vertex, LDT.autonomyHours, change.hours or 0.0))

    def _tank(self, change: Change) -> None:
        vertex, attribute = self.vertex(change.asset, change), LDT.storedVolume
        commodity = self._ontology.commodity_of(attribute)
        self._check_member(vertex, commodity, change.asset, change)
        held = sum(self._held(vertex, attribute))
        self._holds.append((vertex, attribute, held + (change.volume or 0.0)))

    def _held(self, vertex: int, attribute: str) -> Iterable[float]:
        """Yield what the networks of a vertex count as its content, in the attribute's unit."""
        yield max((x for v, a, x in self._holds if (v, a) == (vertex, attribute)), default=0.0)
        said = {a for v, a, _ in self._columns.holds if v == vertex}
        own = measure(self._ontology.unit(attribute))
        for net in self._base.conductions if said - {attribute} else ():
            unit = measure(net.stores.unit) if net.stores else None
            if net.stores and own and unit and own.dimensions == unit.dimensions:
                found = net.stores.held[net.stores.vertex == vertex].tolist()
                yield sum(found) * unit.factor / own.factor

    def _check_member(self, vertex: int, commodity: str | None, name: str, change: Change) -> None:
        """Refuse what would make an asset part of a network, so that it needed what it did not need before."""
        if vertex in self._added.values():
            return
        nets = [
            c for c in self._base.conductions if c.commodity in (commodity or UNSTATED, UNSTATED)
        ]
        if not any(c.member[vertex] for c in nets):
            kind = self._ontology.local_name(commodity).lower() if commodity else "that"
            raise QueryError(f"{change}: {name} is no part of the {kind} network.")

    def _joint(self, change: Change, relation: str) -> None:
        """Join two parts of one network."""
        vertex, by = self.vertex(change.asset, change), self.vertex(change.by or "", change)
        if vertex == by:
            raise QueryError(f"{change}: nothing feeds itself.")
        for one, name in ((vertex, change.asset), (by, change.by or "")):
            self._check_member(one, self._ontology.commodity_of(relation), name, change)
        self._state(by, relation, vertex)

    # ── the network ──────────────────────────────────────────────────────────────────────────────

    def _state(self, subject: int, relation: str, object_: int) -> None:
        self._new.append((subject, relation, object_))

    def _network(self) -> Network:
        columns = self._grown() if self._iris else self._columns
        storage = columns.storage
        if more := self._holds[len(columns.holds) :]:
            storage = storage.copy()
            storage[[v for v, _, _ in more]] = True
        columns = replace(
            columns,
            off=self._off,
            standby=[s for s in columns.standby if s[0] not in self._started],
            storage=storage,
            buffers=self._buffers,
            sources=self._sources,
            degraded=self._degraded,
            holds=self._holds,
        )
        return extended(self._base, stating(columns, self._new, f"scenario {self._source}"))

    def _grown(self) -> NetworkColumns:
        """Return the columns with what is new at their end."""
        c, more = self._columns, len(self._iris)
        classes = [self._ontology.class_of(t) for t in self._types]
        domains = [self._ontology.domain_of(k) if k else None for k in classes]
        return replace(
            c,
            iris=Longer(c.iris, self._iris),
            identifiers=Longer(c.identifiers, self._iris),
            names=Longer(c.names, [None] * more),
            types=Longer(c.types, self._types),
            datasets=Longer(c.datasets, ["scenario"] * more),
            domains=Longer(c.domains, domains),
            population=np.append(c.population, np.zeros(more)),
            critical=np.append(c.critical, np.zeros(more, dtype=bool)),
            storage=np.append(c.storage, np.zeros(more, dtype=bool)),
        )
