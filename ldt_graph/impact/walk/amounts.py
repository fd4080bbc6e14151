"""What is stated to be drawn and given, and how much is not supplied: sums, no flows."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ldt_graph.graph.columns import UNSTATED
from ldt_graph.impact.structure.stores import amounts_in, profiles
from ldt_graph.impact.walk.balance import Balance, Demand, balance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ldt_graph.graph.columns import Ints
    from ldt_graph.impact.structure.forest import Forest
    from ldt_graph.impact.structure.network import Conduction, Network
    from ldt_graph.impact.walk.cascade import Cascade


_MOST = 3
LEFT_OUT = (
    "Amounts are sums of what is stated: the flows within an island, what its lines, pipes and pumps can carry, and "
    "what storages give beside live sources are left out."
)


class Amounts:
    """The stated demands and capacities of a network; immutable, shared between questions.

    Args:
        network: The network of one version.
        judged: Its conductions that have sources.
        forests: How each commodity is supplied in the undisturbed city.
    """

    def __init__(
        self, network: Network, judged: Sequence[Conduction], forests: Sequence[Forest]
    ) -> None:
        self._network = network
        self._judged = judged
        self._forests = forests

    @cached_property
    def balances(self) -> tuple[Balance | None, ...]:
        """By judged conduction; None where no island can be short."""
        each = zip(self._judged, self._forests, self.demands, strict=True)
        return tuple(balance(*of) for of in each)

    @cached_property
    def demands(self) -> tuple[Demand | None, ...]:
        """By judged conduction; None where no demand is stated."""
        return tuple(self._demand(j.commodity) for j in self._judged)

    @cached_property
    def notes(self) -> list[str]:
        """What hangs on too little before any outage, in sentences."""
        iris, notes = self._network.columns.identifiers, []
        for known in filter(None, self.balances):
            for root, given, asked in known.short[:_MOST]:
                unit = f" {known.demand.unit}" if known.demand.unit else ""
                notes.append(
                    f"Short of {known.demand.commodity.lower()} before any outage: the island of {iris[root]}, "
                    f"with {given:g} of {asked:g}{unit}. It is a hit only where an outage leaves it with less."
                )
            if (more := len(known.short) - _MOST) > 0:
                notes.append(f"So it is with {more} islands more.")
        return notes

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
