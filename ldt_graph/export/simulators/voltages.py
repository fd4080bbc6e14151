"""The nominal voltage of every bus: stated, or that of what it is joined to without a transformer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ldt_graph.export.simulators.grid import Grid

DEFAULT = 20.0
"""kV of a grid that states no voltage anywhere: a usual medium voltage in Europe."""


def voltages(grid: Grid) -> tuple[list[float], Mapping[int, str]]:
    """Return the voltage of each bus in kV, and of those that do not state theirs where it is from."""
    stated = [bus.thing.number(LDT.nominalVoltage) if bus.thing else None for bus in grid.buses]
    found: list[float | None] = [v if v and v > 0 else None for v in stated]
    assumed: dict[int, str] = {}
    beside = _beside(grid)
    edge = [bus for bus, voltage in enumerate(found) if voltage is not None]
    while edge:
        edge = _spread(edge, beside, found, assumed)
    for bus, voltage in enumerate(found):
        if voltage is None:
            assumed[bus] = "nothing states it"
    return [DEFAULT if v is None else v for v in found], assumed


def _spread(
    edge: list[int], beside: list[list[int]], found: list[float | None], assumed: dict[int, str]
) -> list[int]:
    """Give the buses beside these their voltage; return those that got one."""
    reached = []
    for bus in edge:
        for other in beside[bus]:
            if found[other] is None:
                found[other] = found[bus]
                assumed[other] = "as the bus that it is joined to"
                reached.append(other)
    return reached


def _beside(grid: Grid) -> list[list[int]]:
    beside: list[list[int]] = [[] for _ in grid.buses]
    pairs = [tuple(p.buses) for p in grid.parts.values() if p.table in ("line", "impedance")]
    pairs += [(s.bus, s.of) for s in grid.switches if isinstance(s.of, int)]
    for a, b in sorted(pairs):
        beside[a].append(b)
        beside[b].append(a)
    return beside
