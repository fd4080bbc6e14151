"""Other gates for a scenario: a second feed stands in for a member, and a group requires another number."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.structure.longer import about, chosen, shifted, statements, stating
from ldt_graph.impact.structure.network import sole
from ldt_graph.impact.structure.shares import WHOLE, counted, millionths, say_share, shares_of
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.graph.columns import Ints
    from ldt_graph.impact.structure.changes import Change
    from ldt_graph.impact.structure.network import Gates, Network
    from ldt_graph.ontology import Ontology


class Gating:
    """Changes the gates of a network.

    Args:
        network: As it is; it stays so.
        source: What the evidence of new members names.
    """

    def __init__(self, network: Network, source: str) -> None:
        self._network = network
        self._source = source
        self._requires: dict[int, int] = {}
        self._counts: dict[int, list[int]] = {}
        self._by_shares: dict[int, bool] = {}
        self._brings: dict[int, Change] = {}
        self._more: set[tuple[int, int, int, str]] = set()

    @cached_property
    def _shares(self) -> dict[tuple[int, int], float]:
        return shares_of(self._network.columns, self._network.ontology)

    def share(self, change: Change, group: int, member: int) -> None:
        """Let a member bring another share of the whole; the others bring what they did.

        Raises:
            QueryError: It is no group, or not its member.
        """
        for gate in self._of_group(change, group):
            if member not in self._members(gate):
                raise QueryError(f"{change}: {change.by} is no member of the group.")
            self._brings[group] = change
            self._shares[group, member] = change.share or 0.0
            if self._counts_shares(gate):
                self._counts[gate] = self._by_share(gate)

    def require(self, change: Change, group: int) -> None:
        """Let a group require so many of its members, or such a share of the whole, whatever it required.

        Raises:
            QueryError: It is no group, or has fewer members, or their shares come to less.
        """
        for gate in self._of_group(change, group):
            if change.share is None:
                counts = [1] * len(self._network.gates.members(gate))
                required, has = change.required or 0, f"{len(counts)} members"
            else:
                counts, required = self._by_share(gate), millionths(change.share)
                has = f"members whose shares come to {say_share(sum(counts) / WHOLE)}"
            if required > sum(counts):
                raise QueryError(f"{change}: the group has {has}.", hint="It can't require more.")
            self._requires[gate], self._by_shares[gate] = required, change.share is not None
            self._counts[gate] = counts

    def _counts_shares(self, gate: int) -> bool:
        return self._by_shares.get(gate, bool(self._network.gates.shared[gate]))

    def _of_group(self, change: Change, group: int) -> list[int]:
        found = np.nonzero(self._network.gates.group == group)[0].tolist()
        if not found:
            raise QueryError(f"{change}: {change.asset} is no group that an asset requires.")
        return found

    def _by_share(self, gate: int) -> list[int]:
        """Return what the members of a gate count by their shares."""
        gates = self._network.gates
        return counted(int(gates.group[gate]), gates.members(gate).tolist(), self._shares)

    def feed(self, change: Change, owner: int, by: int, relation: str) -> None:
        """Let an asset stand in for any member of the gates that another has by a relation.

        Raises:
            QueryError: It has none.
        """
        ontology = self._network.ontology
        near = ontology.subproperties(relation) | ontology.superproperties(relation)
        by_gate = relations(self._network, owner)
        fitting = [g for g, r in by_gate.items() if r & near] or [
            g for g, r in by_gate.items() if not r
        ]
        if owner == by or not fitting:
            name = ontology.name_of(relation)
            raise QueryError(
                f"{change}: {change.asset} needs nothing by {name} that {change.by} could stand in for."
            )
        self._more |= {(g, by, owner, relation) for g in fitting if by not in self._members(g)}

    def _members(self, gate: int) -> set[int]:
        return set(self._network.gates.members(gate).tolist())

    def network(self) -> Network:
        """Return the network with its gates changed.

        Raises:
            QueryError: A member's share was changed of a group that requires none.
        """
        gates = self._network.gates
        for group, change in self._brings.items():
            of_group = np.nonzero(gates.group == group)[0].tolist()
            if not any(map(self._counts_shares, of_group)):
                raise QueryError(
                    f"{change}: the group counts its members, whatever share they have.",
                    hint="Let it require a `share`, too.",
                )
        more = sorted(self._more)
        altered = sorted({*self._requires, *self._counts, *(g for g, *_ in more)})
        if not altered:
            return self._network
        first, new = statements(self._network.columns), [(o, r, m) for _, m, o, r in more]
        made = self._with_members(self._weighed(), more, first)
        made = replace(made, altered=np.array(altered, dtype=np.int64))
        columns = stating(self._network.columns, new, self._source)
        return replace(self._network, columns=columns, gates=_alone(made))

    def _weighed(self) -> Gates:
        """Return the gates with other requirements; their members are the same."""
        old = self._network.gates
        required, shared = old.required.copy(), old.shared.copy()
        required[[*self._requires]] = [*self._requires.values()]
        shared[[*self._by_shares]] = [*self._by_shares.values()]
        weight = None
        if shared.any():
            weight = old.weighs(np.arange(len(old.member))).copy()
            for gate, counts in self._counts.items():
                weight[old.member_start[gate] : old.member_start[gate + 1]] = counts
        return replace(old, required=required, shared=shared, weight=weight)

    def _with_members(self, old: Gates, more: list[tuple[int, int, int, str]], first: int) -> Gates:
        """Return gates with more members, whose statements are numbered from `first`; each counts as much as the one that counts most."""
        if not more:
            return old
        gate, by = (np.array([m[k] for m in more], dtype=np.int64) for k in (0, 1))
        at, weight = old.member_start[gate + 1], old.weight
        if weight is not None:
            weight = np.insert(weight, at, [int(old.weights(g).max()) for g in gate.tolist()])
        start = shifted(old.member_start, *np.unique(gate, return_counts=True))
        of_start = shifted(old.of_start, *np.unique(by, return_counts=True))
        order = np.lexsort((gate, by))
        return replace(
            old,
            member_start=start,
            member=np.insert(old.member, at, by),
            member_edge=np.insert(old.member_edge, at, np.arange(first, first + len(more))),
            of_start=of_start,
            of=_in_order(old, gate[order], by[order]),
            weight=weight,
        )


def _in_order(old: Gates, gate: Ints, by: Ints) -> Ints:
    """Return which gates each vertex is a member of, with some more, those of a vertex sorted."""
    places = [
        low + int(np.searchsorted(old.of[low:high], g))
        for g, low, high in zip(
            gate.tolist(), old.of_start[by].tolist(), old.of_start[by + 1].tolist(), strict=True
        )
    ]
    return np.insert(old.of, places, gate)


def _alone(gates: Gates) -> Gates:
    """Return gates with those marked again that stand and fall with one member."""
    return replace(gates, sole=sole(gates.required, gates.member_start, gates.weight))


def relations(network: Network, owner: int) -> dict[int, set[str]]:
    """Return by gate of an owner the relations that its members are named by; none where its group alone names them.

    A member that several name stands for all of them where a group or an axiom makes the gate; else each statement is
    a gate of its own.
    """
    gates, named = network.gates, _named_by(network, owner)
    found: dict[int, set[str]] = {}
    for gate in np.nonzero(gates.owner == owner)[0].tolist():
        if gates.group[gate] < 0 and gates.axiom[gate] < 0:
            found[gate] = {network.relation(int(gates.member_edge[gates.member_start[gate]]))}
        else:
            every = set[str]().union(*(named.get(m, ()) for m in gates.members(gate).tolist()))
            found[gate] = {r for r in every if _stands(network, r, gate)}
    return found


def _named_by(network: Network, owner: int) -> dict[int, set[str]]:
    """Return what an owner directly depends on, and by which relations; what the hierarchy repeats is left out."""
    ontology, columns = network.ontology, network.columns
    needs = ontology.subproperties(LDT.directlyDependsOn)
    said = chosen(columns, about(columns, owner))
    found: dict[int, set[str]] = {}
    for predicate, object_ in zip(said["predicate"].tolist(), said["object"].tolist(), strict=True):
        if (relation := columns.predicates[predicate]) in needs:
            found.setdefault(object_, set()).add(relation)
    below, above = ontology.subproperties, ontology.superproperties
    return {m: {r for r in rs if not rs & (below(r) - above(r))} for m, rs in found.items()}


def _stands(network: Network, relation: str, gate: int) -> bool:
    """Whether what a relation names stands in a gate that a group makes, or an axiom of it or one above it."""
    axiom = int(network.gates.axiom[gate])
    own = network.ontology.sufficing(relation) or (relation, 1)
    return axiom < 0 or network.gates.axioms[axiom] == own[0]


def bridged(network: Network, buffers: Sequence[tuple[int, str, float]]) -> Network:
    """Return a network in which more buffers bridge the loss of gates: (vertex, attribute, hours) of an asset or a group."""
    if not buffers:
        return network
    gates, bridge = network.gates, network.gates.bridge.copy()
    for vertex, attribute, hours in buffers:
        bridging = network.ontology.bridges()[attribute]
        bridged_ = [g for g, named in relations(network, vertex).items() if named & bridging]
        bridged_ += np.nonzero(gates.group == vertex)[0].tolist()
        bridge[bridged_] = np.maximum(bridge[bridged_], hours)
    return replace(network, gates=replace(gates, bridge=bridge))


def feeding(change: Change, network: Network, owner: int) -> str:
    """Return the relation that a second feed comes over: the one named, or the only one that there is.

    Raises:
        QueryError: It is unknown, or there are none or several.
    """
    ontology = network.ontology
    if change.relation:
        return relation_called(change.relation, ontology, change)
    found = sorted(set[str]().union(*relations(network, owner).values()))
    if len(found) != 1:
        names = ", ".join(map(ontology.name_of, found))
        hint = f"It has {names}." if found else "Name a joint, as electricallyConnectedTo."
        raise QueryError(f"{change}: which `relation` is meant?", hint=hint)
    return found[0]


def relation_called(name: str, ontology: Ontology, change: Change) -> str:
    """Return the relation of a name, of those that impact reads.

    Raises:
        QueryError: There is none.
    """
    known = {ontology.name_of(r): r for r in ontology.network}
    found = known.get(name) or (name if name in ontology.network else None)
    if found is None:
        near = get_close_matches(name, known, 3) or sorted(known)[:8]
        raise QueryError(
            f"{change}: impact reads no relation {name!r}.", hint=f"There is {', '.join(near)}."
        )
    return found
