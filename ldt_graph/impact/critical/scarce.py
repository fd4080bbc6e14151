"""Which single failures could leave an island with less than it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.graph.columns import Ints
    from ldt_graph.impact.critical.follows import Follows
    from ldt_graph.impact.walk.undisturbed import Undisturbed


def scarce(before: Undisturbed, follows: Follows, passing: Sequence[Ints]) -> Ints:
    """Return what tears each web of some island (`webs`) if it alone fails: more than leave one short, and never fewer.

    Args:
        before: The undisturbed city.
        follows: What follows from each single failure.
        passing: By judged conduction and vertex: the node that stands for what it no longer passes on.
    """
    found = np.zeros(before.network.size, dtype=bool)
    for balance, node in zip(before.amounts.balances, passing, strict=True):
        if balance is not None and balance.matters.any():
            nodes = np.zeros((len(follows.part), len(balance.webs)))
            for number, web in enumerate(balance.webs):
                nodes[node[web], number] = 1.0
            torn = follows.sums(nodes)[follows.part[: before.network.size]] > 0.5
            found |= torn.all(axis=1)
    return np.nonzero(found & before.on)[0]
