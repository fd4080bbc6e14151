"""What the junctions of an EPANET file take: base demands, and how they change by the hour (EPANET 2.2 user manual, appendix C.2)."""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ldt_graph.sources.formats.epanet.text import written

if TYPE_CHECKING:
    from collections.abc import Container

    from ldt_graph.sources.formats.epanet.series import Series
    from ldt_graph.sources.formats.epanet.text import Input, Line
    from ldt_graph.sources.reading import Cell

_DAY, _WEEK = 24, 168


class _Demand(NamedTuple):
    """One demand of a junction in m³/h; its pattern, or None for the file's default."""

    base: float
    pattern: Cell


class Demands:
    """The demands of a file, by junction.

    Attributes:
        patterns: The patterns that something follows.
    """

    def __init__(self, file: Input, series: Series, junctions: Container[str]) -> None:
        self._file = file
        self._series = series
        self._factor = file.units.flow * file.multiplier
        self.patterns: set[Cell] = set()
        self._stated: dict[str, list[_Demand]] = {}
        self._hours = lru_cache(maxsize=None)(self._by_hour)
        for line in file.lines("DEMANDS", 2, 4):
            if line.says(0, "MULT") or not file.names(line, 0, "junction", junctions):
                continue
            pattern = series.pattern(line, 2)
            value = file.number(line, 1, "demand", self._factor)
            if value is not None:
                self._stated.setdefault(line.words[0], []).append(_Demand(float(value), pattern))

    def cells(self, line: Line) -> dict[str, Cell]:
        """Return a junction's demand, pattern and profile; what [DEMANDS] says replaces what its line says."""
        own = self._file.number(line, 2, "demand", self._factor)
        pattern = self._series.pattern(line, 3)
        stated = self._stated.get(line.words[0])
        if stated is None:
            parts = [] if own is None else [_Demand(float(own), pattern)]
            return {"demand": own, "pattern": pattern, "profile": self._profile(parts)}
        if line.word(2) is not None:
            why = "[DEMANDS] replaces it"
            self._file.reading.unused("word", "[JUNCTIONS] demand", why, row=line.number)
        total = written(sum(d.base for d in stated))
        return {"demand": total, "pattern": pattern, "profile": self._profile(stated)}

    def factors(self, pattern: Cell) -> Cell:
        """Return the hourly factors of a pattern, from midnight; None without one, or where they are one at all hours."""
        return None if pattern is None else self._profile([_Demand(1.0, pattern)])

    def _profile(self, parts: list[_Demand]) -> Cell:
        """Return the hourly factors of all demands together, from midnight; None where they are one at all hours."""
        total = sum(d.base for d in parts)
        series = [(d.base, self._hours(d.pattern or self._default)) for d in parts if d.base]
        if not total or not series or any(s is None for _, s in series):
            return None
        length = math.lcm(*(len(s) for _, s in series if s is not None))
        mixed = sum(b / total * np.resize(s, length) for b, s in series if s is not None)
        factors = [f"{f:.6g}" for f in np.asarray(mixed).tolist()]
        return None if set(factors) == {"1"} else " ".join(factors)

    @cached_property
    def _default(self) -> Cell:
        """The pattern of demands that name none: the option's, else that called 1, if the file has it."""
        line = self._file.last("OPTIONS", "PATT")
        name = (line.word(1) if line else None) or "1"
        return name if name in self._series.patterns else None

    def _by_hour(self, name: Cell) -> np.ndarray | None:
        """Return the mean factor of each hour from midnight, a day or as many as the pattern takes, a week at most."""
        if name is None:
            return np.ones(1)
        self.patterns.add(name)
        factors = np.array(self._series.patterns[name].factors)
        if not np.isfinite(factors).all():
            return None
        step = self._file.time("PATT TIME", 1.0)
        if len(set(factors.tolist())) == 1 or not step:
            return factors[:1]
        start = self._file.time("PATT START", 0.0) - self._file.time("START CLOCKTIME", 0.0) % 24
        period = len(factors) * step
        turns = _DAY / period
        days = 1 if math.isclose(turns, round(turns)) else math.ceil(period / _DAY)
        edges = np.arange(min(days * _DAY, _WEEK) + 1) + start
        whole = np.concatenate([[0.0], np.cumsum(factors) * step])
        turn, rest = np.divmod(edges, period)
        return np.diff(turn * whole[-1] + np.interp(rest, np.arange(len(whole)) * step, whole))
