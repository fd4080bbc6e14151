"""What members of a group count by their share: whole millionths, so that 0.6 and 0.4 make exactly 1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ldt_graph.impact.structure.network import select
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ldt_graph.graph.columns import NetworkColumns
    from ldt_graph.ontology import Ontology

WHOLE = 1_000_000
_NEARLY = WHOLE - WHOLE // 1000
"""Shares that come to within a thousandth of the whole were rounded: they are read as parts of it."""


def millionths(share: float) -> int:
    """Return a share of 0..1 in millionths."""
    return round(share * WHOLE)


def say_share(share: float) -> str:
    """Return a share in words: `62.5 %`."""
    return f"{round(share * 100, 4):g} %"


def counted(
    group: int, members: Sequence[int], shares: Mapping[tuple[int, int], float]
) -> list[int]:
    """Return what the members of a group count, one that is named twice once. Three of 0.333 make the whole.

    Args:
        group: Which.
        members: In their order.
        shares: (group, member) → share; who has none counts nothing.
    """
    stated = {m: millionths(shares.get((group, m), 0.0)) for m in members}
    counts = [stated.pop(m, 0) for m in members]
    whole = sum(counts)
    if _NEARLY <= whole < WHOLE:
        return [math.ceil(c * WHOLE / whole) for c in counts]
    return counts


def shares_of(columns: NetworkColumns, ontology: Ontology) -> dict[tuple[int, int], float]:
    """Return (group, member) → the share that the member's membership states."""
    if not columns.shares:
        return {}
    groups: dict[int, list[int]] = {}
    for group, membership in _pairs(columns, ontology, LDT.hasMembership):
        groups.setdefault(membership, []).append(group)
    found: dict[tuple[int, int], float] = {}
    for membership, member in _pairs(columns, ontology, LDT.ofMember):
        for group in groups.get(membership, ()) if membership in columns.shares else ():
            found[group, member] = found.get((group, member), 0.0) + columns.shares[membership]
    return found


def _pairs(columns: NetworkColumns, ontology: Ontology, relation: str) -> Iterable[tuple[int, int]]:
    edges = select(columns, ontology.subproperties(relation))
    subject, object_ = (columns.edges[c][edges].tolist() for c in ("subject", "object"))
    return sorted(set(zip(subject, object_, strict=True)))
