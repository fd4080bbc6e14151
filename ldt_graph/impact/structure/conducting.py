"""The joints of a network, by commodity."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.graph.columns import UNSTATED
from ldt_graph.impact.structure.degrading import soften_supply
from ldt_graph.impact.structure.longer import chosen
from ldt_graph.impact.structure.network import Conduction, select
from ldt_graph.impact.structure.rows import rows
from ldt_graph.impact.structure.specific import buffer_hours, most_specific
from ldt_graph.impact.structure.stores import stores_of
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Floats, Ints, NetworkColumns
    from ldt_graph.impact.structure.stores import Stores
    from ldt_graph.ontology import Ontology


def conductions(columns: NetworkColumns, ontology: Ontology) -> tuple[Conduction, ...]:
    """Collect the joints by commodity."""
    all_edges = most_specific(columns, select(columns, joints(ontology)), ontology)
    found = []
    for commodity in sorted(carriers(columns, ontology)):
        edges = all_edges[
            carries(columns, ontology, commodity)[columns.edges["predicate"][all_edges]]
        ]
        if len(edges):
            hours = bridging(columns, ontology, commodity)
            made = joined(columns, commodity, edges, one_way(columns, ontology), hours)
            found.append(finished(made, columns, ontology))
    return tuple(found)


def joints(ontology: Ontology) -> frozenset[str]:
    """Return the relations that conduct."""
    return ontology.subproperties(LDT.connectedTo) | ontology.subproperties(LDT.conductsTo)


def one_way(columns: NetworkColumns, ontology: Ontology) -> Bools:
    """Return by predicate whether its joints conduct from the subject to the object alone."""
    below = ontology.subproperties(LDT.conductsTo)
    return np.array([p in below for p in columns.predicates], dtype=bool)


def carriers(columns: NetworkColumns, ontology: Ontology) -> dict[str, set[str]]:
    """Return the predicates that conduct, by commodity."""
    found: dict[str, set[str]] = {}
    conducting = joints(ontology)
    for predicate in columns.predicates:
        if predicate in conducting:
            found.setdefault(ontology.commodity_of(predicate) or UNSTATED, set()).add(predicate)
    return found


def carries(columns: NetworkColumns, ontology: Ontology, commodity: str) -> Bools:
    """Return by predicate whether it conducts a commodity."""
    own = carriers(columns, ontology).get(commodity, set())
    return np.array([p in own for p in columns.predicates], dtype=bool)


def bridging(columns: NetworkColumns, ontology: Ontology, commodity: str) -> Floats:
    """Return for how many hours each vertex bridges the loss of a commodity's supply."""
    return buffer_hours(columns, bridging_by(columns, ontology, commodity))


def bridging_by(columns: NetworkColumns, ontology: Ontology, commodity: str) -> set[str]:
    """Return the attributes that bridge the loss of a commodity's supply."""
    predicates = carriers(columns, ontology).get(commodity, set())
    return {a for a, ps in ontology.bridges().items() if ps & predicates}


def finished(
    made: Conduction, columns: NetworkColumns, ontology: Ontology, known: Stores | None = None
) -> Conduction:
    """Return joints with their storages, and with what their loss only degrades. See `stores_of` for `known`."""
    stores, faults = stores_of(columns, ontology, made.commodity, made.member, known)
    made = replace(made, stores=stores, notes=tuple(faults), soft=None)
    return soften_supply(made, columns, ontology)


def sources_of(columns: NetworkColumns, commodity: str) -> list[int]:
    """Return what is stated to be a source of a commodity, or of one that is not said."""
    return [v for v, c in columns.sources if commodity == UNSTATED or c in (commodity, UNSTATED)]


def ways(columns: NetworkColumns, edges: Ints, directed: Bools) -> tuple[Ints, Ints, Ints]:
    """Return (tail, head, statement) of the joints that statements make: those that are not directed conduct back, too."""
    said = chosen(columns, edges, ("subject", "object", "predicate"))
    subject, object_ = said["subject"], said["object"]
    back = ~directed[said["predicate"]]
    return (
        np.concatenate([subject, object_[back]]),
        np.concatenate([object_, subject[back]]),
        np.concatenate([edges, edges[back]]),
    )


def joined(
    columns: NetworkColumns, commodity: str, edges: Ints, directed: Bools, bridge: Floats
) -> Conduction:
    """Return the joints that statements make of a commodity's network, its storages left open."""
    n = len(columns.iris)
    tail, head, edge = ways(columns, edges, directed)
    member = np.zeros(n, dtype=bool)
    member[tail] = member[head] = True
    source = np.zeros(n, dtype=bool)
    source[sources_of(columns, commodity)] = True
    out_start, out_order = rows(tail, n)
    into_start, into_order = rows(head, n)
    return Conduction(
        commodity=commodity,
        member=member,
        source=source & member,
        into_start=into_start,
        into=tail[into_order],
        into_edge=edge[into_order],
        out_start=out_start,
        out=head[out_order],
        out_edge=edge[out_order],
        bridge=bridge,
    )
