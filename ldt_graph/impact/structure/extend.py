"""A network that goes on where another ends: what is new is compiled alone, and what it does not touch is shared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.impact.structure.compile import gates_of
from ldt_graph.impact.structure.degrading import soften
from ldt_graph.impact.structure.gating import bridged
from ldt_graph.impact.structure.joining import conductions_on
from ldt_graph.impact.structure.longer import about, chosen, shifted, statements
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Ints, NetworkColumns
    from ldt_graph.impact.structure.network import Gates, Network


def extended(network: Network, columns: NetworkColumns) -> Network:
    """Return the network of columns that go on where those of a network end: as if all were compiled, but for the order of gates.

    Costs what is new, and a copy of the columns of the gates or of a commodity's joints where there are more of them.

    Args:
        network: As it is; it stays so.
        columns: Its own, with statements, vertices, buffers, sources and contents more at their end, other services and
            stand-by. Whatever states a requirement is new itself, and so is a member of a new membership's group.
    """
    idle = np.zeros(len(columns.iris), dtype=bool)
    idle[[vertex for vertex, _ in columns.standby]] = True
    made = replace(
        network,
        columns=columns,
        conductions=conductions_on(network, columns),
        gates=_gates_on(network, columns),
        idle=idle,
        base=network,
    )
    size, known = network.size, len(network.columns.buffers)
    return bridged(made, [b for b in columns.buffers[known:] if b[0] < size])


def _gates_on(network: Network, columns: NetworkColumns) -> Gates:
    """Return the gates, and behind them those of what is new."""
    old, size = network.gates, len(columns.iris)
    new = np.arange(statements(network.columns), statements(columns))
    start = np.append(old.of_start, np.full(size - network.size, len(old.of)))
    if not len(new):
        return old if size == network.size else replace(old, of_start=start)
    ids = np.concatenate([_groups(network, columns, new), new])
    part = replace(columns, edges=chosen(columns, ids))
    more = soften(gates_of(part, network.ontology, network.reading), part, network.ontology)
    more = replace(more, member_edge=ids[more.member_edge])
    return (
        _both(replace(old, of_start=start), more)
        if len(more.owner)
        else replace(old, of_start=start)
    )


def _groups(network: Network, columns: NetworkColumns, new: Ints) -> Ints:
    """Return the statements that say of groups and memberships, which new statements name, who is in them."""
    below, found, seen = network.ontology.subproperties, [new[:0]], set[int]()
    leads = below(LDT.hasRequirement) | below(LDT.hasMembership)
    tells = below(LDT.hasMember) | below(LDT.hasMembership) | below(LDT.ofMember)
    while len(new):
        named = set(chosen(columns, _by(columns, new, leads))["object"].tolist())
        fresh = sorted(v for v in named - seen if v < network.size)
        seen.update(fresh)
        said = np.concatenate([new[:0], *(about(network.columns, v) for v in fresh)])
        new = _by(columns, said, tells)
        found.append(new)
    return np.unique(np.concatenate(found))


def _by(columns: NetworkColumns, edges: Ints, relations: frozenset[str]) -> Ints:
    """Return those of some statements that are of these relations."""
    wanted = np.array([p in relations for p in columns.predicates], dtype=bool)
    return edges[wanted[chosen(columns, edges)["predicate"]]]


def _both(old: Gates, more: Gates) -> Gates:
    """Return the gates of one network, and behind them others of the same vertices."""
    axioms = tuple(sorted({*old.axioms, *more.axioms}))
    weight = None
    if old.weight is not None or more.weight is not None:
        weight = np.concatenate([g.weighs(np.arange(len(g.member))) for g in (old, more)])
    soft = None
    if old.soft is not None or more.soft is not None:
        soft = np.concatenate(
            [np.zeros(len(g.owner), bool) if g.soft is None else g.soft for g in (old, more)]
        )
    joined = {
        name: np.concatenate([getattr(old, name), getattr(more, name)])
        for name in (
            "owner",
            "required",
            "group",
            "bridge",
            "member",
            "member_edge",
            "sole",
            "shared",
        )
    }
    return replace(
        old,
        **joined,
        axiom=np.concatenate([_numbered(g, axioms) for g in (old, more)]),
        axioms=axioms,
        member_start=np.append(old.member_start, more.member_start[1:] + len(old.member)),
        **_of_more(old, more),
        weight=weight,
        soft=soft,
    )


def _numbered(gates: Gates, axioms: tuple[str, ...]) -> Ints:
    """Return the axioms of gates as positions in a longer list."""
    if axioms == gates.axioms:
        return gates.axiom
    place = np.array([*(axioms.index(a) for a in gates.axioms), -1], dtype=np.int64)
    return place[gates.axiom]


def _of_more(old: Gates, more: Gates) -> dict[str, Ints]:
    """Return the rows of the gates that a vertex is a member of, with more gates at the end of each."""
    gate = np.repeat(np.arange(len(more.owner)), np.diff(more.member_start)) + len(old.owner)
    order = np.argsort(more.member, kind="stable")
    at = old.of_start[more.member[order] + 1]
    start = shifted(old.of_start, *np.unique(more.member, return_counts=True))
    return {"of_start": start, "of": np.insert(old.of, at, gate[order])}
