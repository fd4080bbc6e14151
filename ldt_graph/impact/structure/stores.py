"""What storages hold and what is drawn from them, by commodity, in one unit."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.graph.columns import UNSTATED
from ldt_graph.impact.structure.units import measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ldt_graph.graph.columns import Bools, Floats, Ints, NetworkColumns
    from ldt_graph.ontology import Ontology

    Stated = tuple[int, str, float]

_LONGEST = 24 * 366
"""Hours after which demand profiles of odd lengths are cut to repeat together."""


@dataclass(frozen=True, slots=True, eq=False)
class Stores:
    """The storages of one commodity's network, and the demand of its members.

    Attributes:
        unit: UCUM code of all amounts; None where the attributes state none.
        vertex: Storages that hold something, sorted.
        held: What each holds now above its least.
        demand: What a vertex takes an hour where its factor is one.
        profile: The row of `factors` that a vertex follows.
        factors: By profile and hour from midnight, as long as they take to repeat; row 0 is one.
    """

    unit: str | None
    vertex: Ints
    held: Floats
    demand: Floats
    profile: Ints
    factors: Floats

    def rates(self, vertices: Ints, share: Floats | float, *, by_hour: bool) -> Floats:
        """Return what vertices take together in each hour from midnight; at all hours the mean, unless `by_hour`."""
        by_profile = np.bincount(
            self.profile[vertices], self.demand[vertices] * share, len(self.factors)
        )
        rates = by_profile @ self.factors
        return rates if by_hour else rates.mean(keepdims=True)


def stores_of(
    columns: NetworkColumns,
    ontology: Ontology,
    commodity: str,
    member: Bools,
    known: Stores | None = None,
) -> tuple[Stores | None, list[str]]:
    """Return the storages of a commodity's network, if any states what it holds, and what of them does not count.

    An attribute without a commodity is of every network that its thing is a member of.

    Args:
        columns: Of the network.
        ontology: What its attributes mean.
        commodity: Which.
        member: What its joints join.
        known: Storages that held other amounts, of the same members, which draw the same.
    """
    held = [s for s in _of(columns.holds, ontology, commodity, member) if columns.storage[s[0]]]
    if not held:
        return None, []
    drawn = _of(columns.draws, ontology, commodity, member)
    unit = _unit(held, drawn, ontology)
    content, left_out = amounts_in(held, ontology, unit, rate=False)
    scales = _scales({a for _, a, _ in drawn}, ontology, unit, rate=True)
    left_out |= {a for a, f in scales.items() if f is None}
    notes = _left_out(left_out, ontology, commodity, unit)
    if all(f is None for f in scales.values()):
        return None, [*notes, _bridging_nothing(ontology, commodity)]
    profile, by_hour, faults = profiles(columns)
    notes += faults
    vertex = np.array(sorted(content), dtype=np.int64)
    amounts = np.array([content[v] for v in vertex.tolist()])
    if known is not None and known.unit == unit:
        return replace(known, vertex=vertex, held=amounts), notes
    demand, _ = amounts_in(drawn, ontology, unit, rate=True)
    total = np.zeros(len(columns.iris))
    total[list(demand)] = list(demand.values())
    return Stores(unit, vertex, amounts, total, profile, by_hour), notes


def _called(ontology: Ontology, commodity: str) -> str:
    return ontology.local_name(commodity).lower() if commodity else "what the joints conduct"


def _left_out(
    attributes: set[str], ontology: Ontology, commodity: str, unit: str | None
) -> list[str]:
    return [
        f"{ontology.local_name(a)} can't be counted in {unit or 'the unit of the storages, which state none'}: "
        f"it is left out of the balance of {_called(ontology, commodity)}."
        for a in sorted(attributes)
    ]


def _bridging_nothing(ontology: Ontology, commodity: str) -> str:
    name = _called(ontology, commodity)
    return f"No asset of the network states what {name} it takes: its storages bridge nothing."


def _of(
    stated: Sequence[Stated], ontology: Ontology, commodity: str, member: Bools
) -> list[Stated]:
    carried = {a: ontology.commodity_of(a) for a in {a for _, a, _ in stated}}
    fitting = {a for a, c in carried.items() if commodity == UNSTATED or c in (None, commodity)}
    return [s for s in stated if s[1] in fitting and member[s[0]]]


def _unit(held: Sequence[Stated], drawn: Sequence[Stated], ontology: Ontology) -> str | None:
    """Return the unit of the first storage that what is drawn can be counted in, else of the first."""
    units = [ontology.unit(a) for a in dict.fromkeys(a for _, a, _ in held)]
    rates = [measure(ontology.unit(a)) for a in {a for _, a, _ in drawn}]
    for unit in units:
        own = measure(unit)
        wanted = own and own.an_hour.dimensions
        if any((r and r.dimensions) == wanted for r in rates):
            return unit
    return units[0]


def amounts_in(
    stated: Sequence[Stated], ontology: Ontology, unit: str | None, *, rate: bool
) -> tuple[dict[int, float], set[str]]:
    """Return vertex → its amount in a unit (an hour, if a rate), the largest of several; and the attributes that don't fit."""
    factors = _scales({a for _, a, _ in stated}, ontology, unit, rate=rate)
    found: dict[int, float] = {}
    for vertex, attribute, amount in stated:
        scale = factors[attribute]
        if scale is not None:
            found[vertex] = max(found.get(vertex, 0.0), amount * scale)
    return found, {a for a, f in factors.items() if f is None}


def _scales(
    attributes: Iterable[str], ontology: Ontology, unit: str | None, *, rate: bool
) -> dict[str, float | None]:
    """Return what amounts of attributes are times to be in a unit (an hour, if a rate); None for what does not fit."""
    wanted = measure(unit)
    if wanted is not None and rate:
        wanted = wanted.an_hour
    found: dict[str, float | None] = {}
    for attribute in attributes:
        own = measure(ontology.unit(attribute))
        if wanted is None or own is None:
            found[attribute] = 1.0 if wanted is own else None
        else:
            fits = own.dimensions == wanted.dimensions
            found[attribute] = own.factor / wanted.factor if fits else None
    return found


def profiles(columns: NetworkColumns) -> tuple[Ints, Floats, list[str]]:
    """Return the profile that each vertex follows, the factors of all by hour, and what of them can't be read."""
    rows: dict[str, int] = {}
    series: list[list[float]] = [[1.0]]
    profile = np.zeros(len(columns.iris), dtype=np.int64)
    faults: list[str] = []
    for vertex, text in columns.profiles:
        if text not in rows:
            rows[text] = len(series)
            read = _factors(text)
            series.append(read or [1.0])
            if read is None:
                told = f"The demand profile {text[:60]!r} is no list of numbers of 0 and more: it counts as 1."
                faults.append(told)
        profile[vertex] = rows[text]
    length = min(math.lcm(*map(len, series)), _LONGEST)
    return profile, np.array([np.resize(s, length) for s in series]), faults


def _factors(text: str) -> list[float] | None:
    try:
        values = [float(word) for word in text.split()]
    except ValueError:
        return None
    return values if values and all(0 <= v < math.inf for v in values) else None
