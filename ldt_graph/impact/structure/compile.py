"""From a store's columns to the network: conduction by commodity, gates, and what bridges their loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ldt_graph.impact.structure.conducting import conductions
from ldt_graph.impact.structure.degrading import soften
from ldt_graph.impact.structure.kept import once
from ldt_graph.impact.structure.network import Gates, Network, select, sole
from ldt_graph.impact.structure.rows import rows
from ldt_graph.impact.structure.shares import counted, millionths, shares_of
from ldt_graph.impact.structure.specific import buffer_hours, most_specific
from ldt_graph.impact.structure.sufficing import ungrouped
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ldt_graph.graph import Graph
    from ldt_graph.graph.columns import Floats, Ints, NetworkColumns
    from ldt_graph.impact.structure.network import Reading
    from ldt_graph.ontology import Ontology


def network_of(graph: Graph) -> Network:
    """Return a graph's network: compiled at the first call, then kept with the graph."""
    return once(graph, _network)


def _network(graph: Graph) -> Network:
    return compile_network(graph.columns(), graph.ontology)


def compile_network(
    columns: NetworkColumns,
    ontology: Ontology,
    reading: Reading = "any",
) -> Network:
    """Turn a store's columns into the network: conduction by commodity, gates, and bridges.

    Args:
        columns: Of one version.
        ontology: What its relations and attributes mean.
        reading: How dependencies are read that no group and no axiom covers.
    """
    idle = np.zeros(len(columns.iris), dtype=bool)
    idle[[vertex for vertex, _ in columns.standby]] = True
    return Network(
        columns=columns,
        conductions=conductions(columns, ontology),
        gates=soften(gates_of(columns, ontology, reading), columns, ontology),
        ontology=ontology,
        idle=idle,
        reading=reading,
    )


def gates_of(columns: NetworkColumns, ontology: Ontology, reading: Reading) -> Gates:
    """Collect the stated groups, then the gates of what no group covers: by axiom, or one for every dependency."""
    edges = columns.edges
    depends = most_specific(
        columns, select(columns, ontology.subproperties(LDT.directlyDependsOn)), ontology
    )
    hours = {a: buffer_hours(columns, {a}) for a in ontology.bridges()}
    stated = _stated(columns, ontology, depends, hours)
    own = ungrouped(columns, ontology, depends[~np.isin(depends, stated.covered)], reading)
    first = own.edge[own.first]
    bridge = np.zeros(len(first))
    for attribute, relations in ontology.bridges().items():
        hit = np.array([p in relations for p in columns.predicates], dtype=bool)
        applies = hit[edges["predicate"][own.edge]] if len(own.edge) else hit[:0]
        hit_gates = np.logical_or.reduceat(applies, own.first) if len(first) else applies
        bridge = np.maximum(
            bridge, np.where(hit_gates, hours[attribute][edges["subject"][first]], 0.0)
        )
    none = -np.ones(len(stated.owner), dtype=np.int64)
    counts = np.concatenate([_ints(map(len, stated.members)), own.counts])
    required = np.concatenate([_ints(stated.required), own.required])
    flat = [pair for members in stated.members for pair in members]
    member = np.concatenate([_ints(m for m, _ in flat), edges["object"][own.edge]])
    start = np.concatenate([_ints([0]), np.cumsum(counts)])
    shared = np.concatenate([np.array(stated.shared, dtype=bool), np.zeros(len(first), dtype=bool)])
    weight = None
    if shared.any():
        ones = np.ones(len(own.edge), dtype=np.int64)
        weight = np.concatenate([_ints(w for each in stated.weights for w in each), ones])
    of_start, of_order = rows(member, len(columns.iris))
    return Gates(
        owner=np.concatenate([_ints(stated.owner), edges["subject"][first]]),
        required=required,
        group=np.concatenate([_ints(stated.group), np.full(len(first), -1)]),
        axiom=np.concatenate([none, own.axiom]),
        axioms=own.axioms,
        bridge=np.concatenate([np.array(stated.bridge, dtype=float), bridge]),
        member_start=start,
        member=member,
        member_edge=np.concatenate([_ints(e for _, e in flat), own.edge]),
        of_start=of_start,
        of=np.repeat(np.arange(len(counts)), counts)[of_order],
        sole=sole(required, start, weight),
        shared=shared,
        weight=weight,
    )


class _Stated(NamedTuple):
    """The gates of stated groups, position by position; and the statements (`covered`) that need no gate of their own."""

    owner: list[int]
    required: list[int]
    group: list[int]
    bridge: list[float]
    members: list[list[tuple[int, int]]]
    shared: list[bool]
    weights: list[list[int]]
    covered: Ints


def _stated(
    columns: NetworkColumns, ontology: Ontology, depends: Ints, hours: dict[str, Floats]
) -> _Stated:
    """Collect the gates of the stated groups.

    Args:
        columns: Of the network.
        ontology: What its predicates mean.
        depends: The statements of direct dependency.
        hours: Buffer attribute → hours by vertex.
    """
    edges = columns.edges
    has_requirement, has_member = (
        most_specific(columns, select(columns, ontology.subproperties(relation)), ontology)
        for relation in (LDT.hasRequirement, LDT.hasMember)
    )
    members: dict[int, list[tuple[int, int]]] = {}
    for e in has_member.tolist():
        members.setdefault(int(edges["subject"][e]), []).append((int(edges["object"][e]), e))
    edges_of: dict[tuple[int, int], list[int]] = {}
    owned = np.isin(edges["subject"][depends], edges["subject"][has_requirement])
    for e in depends[owned].tolist():
        edges_of.setdefault((int(edges["subject"][e]), int(edges["object"][e])), []).append(e)
    bridges, shares = ontology.bridges(), shares_of(columns, ontology)
    found, covered = _Stated([], [], [], [], [], [], [], depends[:0]), set[int]()
    for e in has_requirement.tolist():
        asset, group = int(edges["subject"][e]), int(edges["object"][e])
        listed = members.get(group, [])
        own = {e for m, _ in listed for e in edges_of.get((asset, m), [])}
        covered |= own
        relations = {columns.predicates[int(edges["predicate"][x])] for x in own}
        applying = [float(hours[a][asset]) for a, ps in bridges.items() if ps & relations]
        bridge = max([0.0, *applying, *(float(h[group]) for h in hours.values())])
        own_edges = [(m, edges_of.get((asset, m), [me])[0]) for m, me in listed]
        for shared, required, counts in _required(columns, shares, group, listed):
            found.owner.append(asset)
            found.required.append(required)
            found.group.append(group)
            found.bridge.append(bridge)
            found.members.append(own_edges)
            found.shared.append(shared)
            found.weights.append(counts)
    return found._replace(covered=_ints(covered))


def _required(
    columns: NetworkColumns,
    shares: Mapping[tuple[int, int], float],
    group: int,
    listed: list[tuple[int, int]],
) -> Iterator[tuple[bool, int, list[int]]]:
    """Yield what a group requires: (whether by shares, how much, what each member counts); of one that states both, both."""
    share = columns.required_shares.get(group)
    if share is not None:
        yield True, millionths(share), counted(group, [m for m, _ in listed], shares)
    if share is None or group in columns.required:
        yield False, columns.required.get(group, len(listed)), [1] * len(listed)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)
