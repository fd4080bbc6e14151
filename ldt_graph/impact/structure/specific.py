"""What of the statements counts: the most specific of each pair; and what bridges losses, by vertex."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Floats, Ints, NetworkColumns
    from ldt_graph.ontology import Ontology


def most_specific(columns: NetworkColumns, keep: Ints, ontology: Ontology) -> Ints:
    """Leave out what the hierarchy repeats: a relation between a pair that a relation below it joins too.

    So an explanation names what the source said, not what was inferred from it. Of equal statements
    the observed one stays.
    """
    edges = columns.edges
    order = np.lexsort(
        (
            edges["inferred"][keep],
            edges["predicate"][keep],
            edges["object"][keep],
            edges["subject"][keep],
        )
    )
    keep = keep[order]
    pair = edges["subject"][keep] * len(columns.iris) + edges["object"][keep]
    predicate = edges["predicate"][keep]
    stays = np.ones(len(keep), dtype=bool)
    stays[1:] = (pair[1:] != pair[:-1]) | (predicate[1:] != predicate[:-1])
    for number, relation in enumerate(columns.predicates):
        strictly_below = ontology.subproperties(relation) - ontology.superproperties(relation)
        below = np.array([p in strictly_below for p in columns.predicates], dtype=bool)
        if below.any():
            own = np.nonzero(predicate == number)[0]
            stays[own[np.isin(pair[own], pair[below[predicate]])]] = False
    return keep[stays]


def buffer_hours(columns: NetworkColumns, attributes: set[str]) -> Floats:
    """Return the most hours that attributes state, by vertex."""
    hours = np.zeros(len(columns.iris))
    for vertex, attribute, value in columns.buffers:
        if attribute in attributes:
            hours[vertex] = max(hours[vertex], value)
    return hours
