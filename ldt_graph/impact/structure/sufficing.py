"""Gates that no group states: one for each dependency, or one for all of which so many suffice, by an axiom or as read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Ints, NetworkColumns
    from ldt_graph.impact.structure.network import Reading
    from ldt_graph.ontology import Ontology


class Ungrouped(NamedTuple):
    """Gates of statements that no group covers.

    Attributes:
        edge: The statements, those of a gate together.
        counts: How many each gate has.
        required: How many of them must hold.
        axiom: By gate: the position in `axioms` of the relation whose objects stand in for each other, or -1 for a gate of one.
        axioms: IRIs, sorted.
    """

    edge: Ints
    counts: Ints
    required: Ints
    axiom: Ints
    axioms: tuple[str, ...]

    @property
    def first(self) -> Ints:
        """Position of the first statement of each gate."""
        return np.cumsum(self.counts) - self.counts


def ungrouped(
    columns: NetworkColumns, ontology: Ontology, depends: Ints, reading: Reading = "any"
) -> Ungrouped:
    """Make a gate of each statement; of a subject's statements below one `ldt:suffices` a common one.

    Args:
        columns: Of the network.
        ontology: What its relations mean.
        depends: Statements of dependency that no group covers, in order.
        reading: With `all`, statements of one relation that nothing is said of are a common gate of which one suffices.
    """
    stated = [ontology.sufficing(p) for p in columns.predicates]
    if reading == "all":
        stated = [s or (p, 1) for s, p in zip(stated, columns.predicates, strict=True)]
    enough = dict(sorted(s for s in stated if s))
    axioms = tuple(enough)
    code = np.array([axioms.index(s[0]) if s else -1 for s in stated], dtype=np.int64)
    of = code[columns.edges["predicate"][depends]] if len(depends) else depends
    alone, shared = depends[of < 0], depends[of >= 0]
    key = of[of >= 0] * len(columns.iris) + columns.edges["subject"][shared]
    _, each = np.unique(
        key * len(columns.iris) + columns.edges["object"][shared], return_index=True
    )
    edge, gate = shared[each], key[each]  # sorted by gate, a member of one once
    known, counts = np.unique(gate, return_counts=True)
    axiom = known // max(len(columns.iris), 1)
    required = np.minimum(np.array([*enough.values()], dtype=np.int64)[axiom], counts)
    ones = np.ones(len(alone), dtype=np.int64)
    return Ungrouped(
        np.concatenate([edge, alone]),
        np.concatenate([counts, ones]),
        np.concatenate([required, ones]),
        np.concatenate([axiom, -ones]),
        axioms,
    )
