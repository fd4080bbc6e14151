"""Other gates for a scenario: a second feed stands in for a member, and a group requires another number."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.network import Gates, rows
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Ints
    from ldt_graph.impact.changes import Change
    from ldt_graph.impact.network import Network
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
        self._required = network.gates.required.copy()
        self._more: set[tuple[int, int, int, str]] = set()

    def require(self, change: Change, group: int) -> None:
        """Let a group require so many of its members.

        Raises:
            QueryError: It is no group, or has fewer members.
        """
        gates, required = self._network.gates, change.required or 0
        found = np.nonzero(gates.group == group)[0]
        if not len(found):
            raise QueryError(f"{change}: {change.asset} is no group that an asset requires.")
        size = int((gates.member_start[found + 1] - gates.member_start[found]).min())
        if required > size:
            raise QueryError(
                f"{change}: the group has {size} members.", hint="It can't require more."
            )
        self._required[found] = required

    def feed(self, change: Change, owner: int, by: int, relation: str) -> None:
        """Let an asset stand in for any member of the gates that another has by a relation.

        Raises:
            QueryError: It has none.
        """
        ontology = self._network.ontology
        near = ontology.subproperties(relation) | ontology.superproperties(relation)
        gates = np.nonzero(self._network.gates.owner == owner)[0].tolist()
        by_gate = {g: relations(self._network, g) for g in gates}
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
        gates = self._network.gates
        return set(gates.member[gates.member_start[gate] : gates.member_start[gate + 1]].tolist())

    def network(self) -> Network:
        """Return the network with its gates changed."""
        network, old = self._network, self._network.gates
        if not self._more:
            return replace(
                network,
                gates=_made(old, self._required, old.member_start, old.member, old.member_edge),
            )
        more = sorted(self._more)
        gate = np.array([g for g, *_ in more], dtype=np.int64)
        first = len(network.columns.edges["subject"])
        at = old.member_start[gate + 1]
        member = np.insert(old.member, at, [m for _, m, *_ in more])
        edge = np.insert(old.member_edge, at, np.arange(first, first + len(more)))
        counts = np.diff(old.member_start) + np.bincount(gate, minlength=len(old.owner))
        start = np.concatenate([[0], np.cumsum(counts)])
        stated = with_statements(network, [(o, r, m) for _, m, o, r in more], self._source)
        return replace(stated, gates=_made(old, self._required, start, member, edge))


def _made(old: Gates, required: Ints, start: Ints, member: Ints, edge: Ints) -> Gates:
    counts = np.diff(start)
    of_start, of_order = rows(member, len(old.of_start) - 1)
    return replace(
        old,
        required=required,
        member_start=start,
        member=member,
        member_edge=edge,
        of_start=of_start,
        of=np.repeat(np.arange(len(counts)), counts)[of_order],
        sole=(counts == 1) & (required == 1),
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


def relations(network: Network, gate: int) -> set[str]:
    """Return the relations that a gate's members are named by; none where its group alone names them."""
    gates = network.gates
    edges = gates.member_edge[gates.member_start[gate] : gates.member_start[gate + 1]]
    found = {network.relation(e) for e in edges.tolist()}
    return found - network.ontology.subproperties(LDT.hasMember)


def feeding(change: Change, network: Network, owner: int) -> str:
    """Return the relation that a second feed comes over: the one named, or the only one that there is.

    Raises:
        QueryError: It is unknown, or there are none or several.
    """
    ontology = network.ontology
    if change.relation:
        return relation_called(change.relation, ontology, change)
    gates = np.nonzero(network.gates.owner == owner)[0].tolist()
    found = sorted({r for g in gates for r in relations(network, g)})
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
