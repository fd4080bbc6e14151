"""How much is not supplied, and what is supplied with less than it asks for: sums of what the twin states, no flows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ldt_graph.graph.columns import UNSTATED
from ldt_graph.impact.forest import distinct, entries
from ldt_graph.impact.stores import amounts_in, profiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.cascade import Cascade
    from ldt_graph.impact.network import Conduction, Network


LEFT_OUT = (
    "Amounts are sums of what is stated: the flows within an island, and what its lines, pipes and pumps can carry, "
    "are left out."
)


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """What is drawn of one commodity, and what its sources can give, in one unit.

    Attributes:
        commodity: Local name.
        unit: UCUM code of all rates.
        rate: Mean demand by vertex.
        capacity: By vertex; not a number for what states none.
    """

    commodity: str
    unit: str | None
    rate: Floats
    capacity: Floats


class Amounts:
    """The stated demands and capacities of a network; immutable, shared between questions.

    Args:
        network: The network of one version.
        judged: Its conductions that have sources.
    """

    def __init__(self, network: Network, judged: Sequence[Conduction]) -> None:
        self._network = network
        self._judged = judged

    @cached_property
    def demands(self) -> tuple[Demand | None, ...]:
        """By judged conduction; None where no demand is stated."""
        return tuple(self._demand(j.commodity) for j in self._judged)

    def _demand(self, commodity: str) -> Demand | None:
        columns, ontology = self._network.columns, self._network.ontology
        drawn, given = (
            [s for s in stated if ontology.commodity_of(s[1]) in (commodity or None, None)]
            for stated in (columns.draws, columns.provides)
        )
        if not drawn or commodity == UNSTATED:
            return None
        unit = ontology.unit(drawn[0][1])
        profile, factors, _ = profiles(columns)
        rate = np.zeros(self._network.size)
        found, _ = amounts_in(drawn, ontology, unit, rate=False)
        rate[list(found)] = list(found.values())
        capacity = np.full(self._network.size, np.nan)
        able, _ = amounts_in(given, ontology, unit, rate=False)
        capacity[list(able)] = list(able.values())
        mean = factors.mean(axis=1)[profile]
        return Demand(ontology.local_name(commodity), unit, rate * mean, capacity)


def not_supplied(cascade: Cascade, failed: Ints) -> Iterator[dict[str, Any]]:
    """Yield by commodity what the stated demand of what failed or went out comes to until the horizon."""
    lasting = cascade.horizon - cascade.hours[failed]
    for demand in cascade.before.amounts.demands:
        if demand is not None and demand.rate[failed].any():
            amount = float((demand.rate[failed] * lasting).sum())
            unit = f"{demand.unit}.h" if demand.unit else None
            yield {"commodity": demand.commodity, "amount": round(amount, 6), "unit": unit}


def short(cascade: Cascade) -> Iterator[dict[str, Any]]:
    """Yield what at the horizon hangs on live sources that can give less than it asks for.

    An island is what joints hold together of what a source still reaches. It is judged where each of its sources
    states what it can give. Cost: the islands of the commodities for which any does.
    """
    for number, (joints, demand) in enumerate(
        zip(cascade.before.judged, cascade.before.amounts.demands, strict=True)
    ):
        if demand is None or np.isnan(demand.capacity[joints.source]).all():
            continue
        works = cascade.works & ~cascade.without(number) & joints.member
        for island in _islands(joints, works):
            sources = island[joints.source[island]]
            capacity = float(demand.capacity[sources].sum())  # not a number if one states none
            wanted = float(demand.rate[island].sum())
            if wanted > capacity:
                yield {
                    "commodity": demand.commodity,
                    "sources": [cascade.network.columns.iris[v] for v in sources.tolist()],
                    "assets": len(island),
                    "capacity": round(capacity, 6),
                    "demand": round(wanted, 6),
                    "short": round(wanted - capacity, 6),
                    "unit": demand.unit,
                }


def _islands(joints: Conduction, works: Bools) -> Iterator[Ints]:
    """Yield what hangs together with each live source, whichever way its joints conduct; each island once."""
    todo = works.copy()
    for source in np.nonzero(joints.source & works)[0].tolist():
        layer, found = np.array([source]), []
        while len(layer := layer[todo[layer]]):
            todo[layer] = False
            found.append(layer)
            out = joints.out[entries(joints.out_start, layer)]
            into = joints.into[entries(joints.into_start, layer)]
            layer = distinct(np.concatenate([out, into]), len(todo))
        if found:
            yield np.sort(np.concatenate(found))
