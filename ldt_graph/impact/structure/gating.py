"""Other gates for a scenario: a second feed stands in for a member, and a group requires another number."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.structure.network import Gates, rows, sole
from ldt_graph.impact.structure.shares import WHOLE, counted, millionths, say_share, shares_of
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.graph.columns import Bools, Ints
    from ldt_graph.impact.structure.changes import Change
    from ldt_graph.impact.structure.network import Network
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
        gates = network.gates
        self._required, self._shared = gates.required.copy(), gates.shared.copy()
        self._weight = gates.weighs(np.arange(len(gates.member)))
        self._shares = shares_of(network.columns, network.ontology)
        self._brings: dict[int, Change] = {}
        self._more: set[tuple[int, int, int, str]] = set()

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
            if self._shared[gate]:
                self._weigh(gate, self._by_share(gate))

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
            self._required[gate], self._shared[gate] = required, change.share is not None
            self._weigh(gate, counts)

    def _of_group(self, change: Change, group: int) -> list[int]:
        found = np.nonzero(self._network.gates.group == group)[0].tolist()
        if not found:
            raise QueryError(f"{change}: {change.asset} is no group that an asset requires.")
        return found

    def _by_share(self, gate: int) -> list[int]:
        """Return what the members of a gate count by their shares."""
        gates = self._network.gates
        return counted(int(gates.group[gate]), gates.members(gate).tolist(), self._shares)

    def _weigh(self, gate: int, counts: list[int]) -> None:
        start = self._network.gates.member_start
        self._weight[start[gate] : start[gate + 1]] = counts

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
        for group, change in self._brings.items():
            if not self._shared[self._network.gates.group == group].any():
                raise QueryError(
                    f"{change}: the group counts its members, whatever share they have.",
                    hint="Let it require a `share`, too.",
                )
        network, old = self._network, self._network.gates
        if not self._more:
            return replace(network, gates=self._made(old.member_start, old.member, old.member_edge))
        more = sorted(self._more)
        gate = np.array([g for g, *_ in more], dtype=np.int64)
        first = len(network.columns.edges["subject"])
        at = old.member_start[gate + 1]
        member = np.insert(old.member, at, [m for _, m, *_ in more])
        edge = np.insert(old.member_edge, at, np.arange(first, first + len(more)))
        self._weight = np.insert(self._weight, at, [self._most(g) for g in gate.tolist()])
        counts = np.diff(old.member_start) + np.bincount(gate, minlength=len(old.owner))
        start = np.concatenate([[0], np.cumsum(counts)])
        stated = with_statements(network, [(o, r, m) for _, m, o, r in more], self._source)
        return replace(stated, gates=self._made(start, member, edge))

    def _most(self, gate: int) -> int:
        """Return what counts most in a gate: what can stand in for any member counts as much."""
        gates = self._network.gates
        return int(self._weight[gates.member_start[gate] : gates.member_start[gate + 1]].max())

    def _made(self, start: Ints, member: Ints, edge: Ints) -> Gates:
        old, counts = self._network.gates, np.diff(start)
        of_start, of_order = rows(member, len(old.of_start) - 1)
        weight = self._weight if self._shared.any() else None
        return replace(
            old,
            required=self._required,
            member_start=start,
            member=member,
            member_edge=edge,
            of_start=of_start,
            of=np.repeat(np.arange(len(counts)), counts)[of_order],
            sole=sole(self._required, start, weight),
            shared=self._shared,
            weight=weight,
        )


def with_statements(network: Network, new: list[tuple[int, str, int]], source: str) -> Network:
    """Return the network with statements (subject, relation, object) at the end of its columns, its joints and gates as they are."""
    columns = network.columns
    if not new:
        return network
    predicates = list(columns.predicates)
    predicates += sorted({p for _, p, _ in new} - set(predicates))
    number = {p: i for i, p in enumerate(predicates)}
    fresh = {
        "subject": [s for s, _, _ in new],
        "object": [o for _, _, o in new],
        "predicate": [number[p] for _, p, _ in new],
        "inferred": [0] * len(new),
        "source": [len(columns.texts)] * len(new),
    }
    edges = {
        k: np.append(c, np.array(fresh.get(k, [-1] * len(new)), dtype=c.dtype))
        for k, c in columns.edges.items()
    }
    texts = [*columns.texts, source]
    said = replace(columns, edges=edges, predicates=predicates, texts=texts)
    return replace(network, columns=said)


def joints(ontology: Ontology) -> frozenset[str]:
    """Return the relations that conduct."""
    return ontology.subproperties(LDT.connectedTo) | ontology.subproperties(LDT.conductsTo)


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
    ontology, edges = network.ontology, network.columns.edges
    needs = ontology.subproperties(LDT.directlyDependsOn)
    found: dict[int, set[str]] = {}
    for e in np.nonzero(edges["subject"] == owner)[0].tolist():
        if network.relation(e) in needs:
            found.setdefault(int(edges["object"][e]), set()).add(network.relation(e))
    below, above = ontology.subproperties, ontology.superproperties
    return {m: {r for r in rs if not rs & (below(r) - above(r))} for m, rs in found.items()}


def _stands(network: Network, relation: str, gate: int) -> bool:
    """Whether what a relation names stands in a gate that a group makes, or an axiom of it or one above it."""
    axiom = int(network.gates.axiom[gate])
    own = network.ontology.sufficing(relation) or (relation, 1)
    return axiom < 0 or network.gates.axioms[axiom] == own[0]


def bridged(network: Network, buffers: Sequence[tuple[int, str, float]]) -> Network:
    """Return a network in which more buffers bridge losses: (vertex, attribute, hours) of an asset or a group."""
    gates, columns = network.gates, network.columns
    edges, bridge = columns.edges, network.gates.bridge.copy()
    conductions = list(network.conductions)
    for vertex, attribute, hours in buffers:
        relations = network.ontology.bridges()[attribute]
        hit = np.array([p in relations for p in columns.predicates], dtype=bool)
        stated = np.nonzero(edges["subject"] == vertex)[0]
        needed = edges["object"][stated[hit[edges["predicate"][stated]]]]
        own = np.nonzero(gates.owner == vertex)[0].tolist()
        said = hit[edges["predicate"]]
        chosen = [g for g in own if _bridges(gates, g, said, needed)]
        chosen += np.nonzero(gates.group == vertex)[0].tolist()
        bridge[chosen] = np.maximum(bridge[chosen], hours)
        for n, joints_ in enumerate(conductions):
            if hit[np.unique(edges["predicate"][joints_.into_edge])].any():
                longer = joints_.bridge.copy()
                longer[vertex] = max(longer[vertex], hours)
                conductions[n] = replace(joints_, bridge=longer)
    return replace(network, gates=replace(gates, bridge=bridge), conductions=tuple(conductions))


def _bridges(gates: Gates, gate: int, hit: Bools, needed: Ints) -> bool:
    """Whether the loss of a gate is one of those relations: of a group by what its owner needs of it, else by its own."""
    if gates.group[gate] >= 0:
        return bool(np.isin(gates.members(gate), needed).any())
    return bool(
        hit[gates.member_edge[gates.member_start[gate] : gates.member_start[gate + 1]]].any()
    )


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
