"""The tanks of an EPANET file: what they hold between their levels (EPANET 2.2 user manual, appendix C.2, [TANKS])."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.sources.formats.epanet.text import written

if TYPE_CHECKING:
    from collections.abc import Callable

    from ldt_graph.sources.formats.epanet.series import Curve, Series
    from ldt_graph.sources.formats.epanet.text import Input, Line
    from ldt_graph.sources.reading import Cell

_LEVELS = ("initial_level", "minimum_level", "maximum_level", "diameter")


def reservoir(file: Input, series: Series, line: Line) -> dict[str, Cell]:
    """Return a reservoir's cells: its head, and the pattern that the head follows."""
    head = file.number(line, 1, "head", file.units.length)
    return {"head": head, "pattern": series.pattern(line, 2)}


def tank(file: Input, series: Series, line: Line) -> dict[str, Cell]:
    """Return a tank's cells, or a reservoir's where it has neither diameter nor volume curve.

    `volume` is what it holds between its lowest and its highest level, `stored` what it holds above the lowest
    at the initial one, in m³: by its volume curve, else as a cylinder. The minimum volume lies below both.
    """
    length = file.units.length
    cells: dict[str, Cell] = {"elevation": file.number(line, 1, "elevation", length)}
    for at, name in enumerate(_LEVELS, start=2):
        cells[name] = file.number(line, at, name, length, "zero")
    cells["minimum_volume"] = file.number(line, 6, "minimum_volume", length**3, "zero")
    by_curve = line.word(7) not in (None, "*")
    cells["volume_curve"] = series.curve(line, 7, "volume_curve") if by_curve else None
    cells["points"] = series.points(cells["volume_curve"], length, length**3)
    cells["overflow"] = _overflow(file, line)
    initial, low, high, diameter = (_float(cells[name]) for name in _LEVELS)
    if diameter == 0 and not by_curve:
        base = _float(cells["elevation"])
        known = base is not None and initial is not None
        return {"head": written(base + initial) if known else None}
    if by_curve:
        curve = series.curves.get(cells["volume_curve"] or "")
        held = _by_curve(file, line, curve, low, high) if curve else None
    else:
        held = _by_diameter(diameter)
    return cells | _volumes(file, line, held, (low, initial, high))


def _volumes(
    file: Input,
    line: Line,
    held: Callable[[float], float] | None,
    levels: tuple[float | None, float | None, float | None],
) -> dict[str, Cell]:
    """Return what is held between the levels, as far as they are known and in order."""
    low, initial, high = levels
    if low is None or initial is None or high is None:
        return {}
    if not low <= initial <= high:
        message = (
            f"The level {line.words[2]} lies outside the tank's {line.words[3]} to {line.words[4]}."
        )
        value = line.words[2]
        file.report(line, "source:out-of-range", message, column="initial_level", value=value)
    if held is None or low > high:
        return {}
    stored = written(held(initial) - held(low)) if low <= initial <= high else None
    return {"volume": written(held(high) - held(low)), "stored": stored}


def _float(text: Cell) -> float | None:
    return None if text is None else float(text)


def _overflow(file: Input, line: Line) -> Cell:
    if len(line.words) < 9:
        return None
    for word, said in (("YES", "true"), ("NO", "false")):
        if line.says(8, word):
            return said
    file.unknown(line, 8, "overflow", "word for overflow", ("YES", "NO"))
    return None


def _by_diameter(diameter: float | None) -> Callable[[float], float] | None:
    if diameter is None:
        return None
    area = math.pi * diameter**2 / 4
    return lambda level: area * level


def _by_curve(
    file: Input, line: Line, curve: Curve, low: float | None, high: float | None
) -> Callable[[float], float] | None:
    """Return level → what the tank holds up to it, in m and m³; None where the curve does not say."""
    length = file.units.length
    x, y = np.array(curve.x) * length, np.array(curve.y) * length**3
    fault = None
    if len(x) < 2 or (np.diff(y) < 0).any():
        fault = "does not rise from point to point"
    elif low is not None and high is not None and not x[0] <= low <= high <= x[-1]:
        fault = f"does not reach from {line.words[3]} to {line.words[4]}"
    if fault is None:
        return lambda level: float(np.interp(level, x, y))
    name = curve.line.words[0]
    message = f"The curve {name!r} {fault}; what the tank holds is not known."
    file.report(line, "source:bad-curve", message, column="volume_curve", value=name)
    return None
