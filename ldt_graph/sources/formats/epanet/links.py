"""The links of an EPANET file: the state that a line of [PIPES], [PUMPS] or [VALVES] gives one, and its cells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ldt_graph.sources.formats.epanet.text import number

if TYPE_CHECKING:
    from ldt_graph.sources.formats.epanet.series import Series
    from ldt_graph.sources.formats.epanet.text import Input, Line
    from ldt_graph.sources.reading import Cell

VALVES = ("PRV", "PSV", "PBV", "FCV", "TCV", "GPV", "PCV")
ONE_WAY = ("PRV", "PSV")
"""Valves that keep a pressure let nothing flow back (EPANET 2.2 manual, section 3.1)."""
Value = str | float
"""What a link is set to: OPEN, CLOSED, ACTIVE, or a number."""
Made = tuple["Link", dict[str, "Cell"]]


@dataclass(frozen=True, slots=True)
class Link:
    """A link and its state.

    Attributes:
        kind: `pipe`, `check valve`, `pump`, or the type of a valve; `valve` where the file's word for it is none.
        status: `OPEN`, `CLOSED`, `ACTIVE`; None where the file's word for it is none.
        setting: A pump's speed, a valve's setting.
        pattern: Of a pump's speed.
    """

    kind: str
    status: Cell = "OPEN"
    setting: float | None = None
    pattern: Cell = None

    @property
    def on(self) -> bool | None:
        """Whether it lets water through; a pump at no speed and a valve that lets no flow pass do not."""
        if self.status is None:
            return None
        stopped = self.kind in ("pump", "FCV", "PCV") and self.setting == 0
        return self.status != "CLOSED" and not stopped

    def set(self, value: Value) -> Link:
        """Return the link as a status or a setting leaves it."""
        if self.kind == "check valve":
            return self
        if isinstance(value, float) and self.kind in ("pump", "pipe"):
            return replace(self, status="OPEN" if value else "CLOSED", setting=value)
        if isinstance(value, float):
            return replace(self, status="ACTIVE", setting=value)
        return replace(self, status=value, setting=1.0 if self.kind == "pump" else None)


# ── pipes ────────────────────────────────────────────────────────────────────────────────────────


def pipe(file: Input, _: Series, line: Line) -> Made:
    """Read a line of [PIPES]."""
    status, loss = _pipe_status(file, line)
    link = Link("check valve") if status == "CV" else Link("pipe", status)
    return link, {
        "length": file.number(line, 3, "length", file.units.length, "above zero"),
        "diameter": file.number(line, 4, "diameter", file.units.diameter, "above zero"),
        "roughness": file.number(line, 5, "roughness", 1.0, "above zero"),
        "minor_loss": file.number(line, 6, "minor_loss", 1.0, "zero") if loss else None,
    }


def _pipe_status(file: Input, line: Line) -> tuple[Cell, bool]:
    """Return the status, and whether a minor loss stands before it or alone; both may be left out."""
    at = min(len(line.words), 8) - 1
    if at < 6:
        return "OPEN", False
    for word in ("CV", "CLOSED", "OPEN"):
        if line.says(at, word):
            return word, at == 7
    if at == 6 and number(line.words[6]) is not None:
        return "OPEN", True
    file.unknown(line, at, "status", "status of a pipe", ("OPEN", "CLOSED", "CV"))
    return None, at == 7


# ── pumps ────────────────────────────────────────────────────────────────────────────────────────


def pump(file: Input, series: Series, line: Line) -> Made:
    """Read a line of [PUMPS]: keywords and values, or numbers alone as EPANET 1 wrote them."""
    cells: dict[str, Cell] = {}
    keys = range(3, len(line.words))
    if len(line.words) > 3 and number(line.words[3]) is not None:
        _old_pump(file, line, cells)
    else:
        for key in keys[::2]:
            _pump_word(file, series, line, key, cells)
    if not {"head_curve", "power", "old"} & cells.keys():
        message = f"The pump {line.words[0]!r} has neither HEAD nor POWER."
        file.report(line, "source:no-pump-curve", message, value=line.text, warning=True)
    speed = cells.get("speed")
    cells["points"] = series.points(cells.get("head_curve"), file.units.flow, file.units.length)
    return Link("pump", "OPEN", 1.0 if speed is None else float(speed), cells.get("pattern")), cells


def _old_pump(file: Input, line: Line, cells: dict[str, Cell]) -> None:
    if len(line.words) == 4:
        cells["power"] = file.number(line, 3, "power", file.units.power, "above zero")
        return
    for at in range(3, len(line.words)):
        cells["old"] = file.number(line, at, "points")
    why = "points of a curve of head and flow"
    count = len(line.words) - 3
    file.reading.unused("word", "[PUMPS] numbers", why, row=line.number, count=count)


def _pump_word(file: Input, series: Series, line: Line, key: int, cells: dict[str, Cell]) -> None:
    at = key + 1
    if line.word(at) is None:
        why = "no value follows it"
        file.reading.unused("word", "[PUMPS] last keyword", why, row=line.number)
    elif line.says(key, "HEAD"):
        cells["head_curve"] = series.curve(line, at, "head_curve")
    elif line.says(key, "POWE"):
        cells["power"] = file.number(line, at, "power", file.units.power, "above zero")
    elif line.says(key, "SPEE"):
        cells["speed"] = file.number(line, at, "speed", 1.0, "zero")
    elif line.says(key, "PATT"):
        cells["pattern"] = series.pattern(line, at)
    else:
        known = ("HEAD", "POWER", "SPEED", "PATTERN")
        file.unknown(line, key, "parameters", "keyword of a pump", known)


# ── valves ───────────────────────────────────────────────────────────────────────────────────────


def valve(file: Input, series: Series, line: Line) -> Made:
    """Read a line of [VALVES]; a setting keeps the file's unit."""
    kind = next((v for v in VALVES if line.says(4, v)), None)
    if kind is None:
        file.unknown(line, 4, "type", "type of a valve", VALVES)
    file.rest("VALVES", line, 8 if kind == "PCV" else 7)
    by_curve = kind == "GPV"
    setting = series.curve(line, 5, "setting") if by_curve else file.number(line, 5, "setting")
    status = None if setting is None else "OPEN" if by_curve else "ACTIVE"
    value = None if setting is None or by_curve else float(setting)
    curve = series.curve(line, 7, "curve") if kind == "PCV" else setting if by_curve else None
    units = (file.units.flow, file.units.length) if by_curve else (1.0, 1.0)
    return Link(kind or "valve", status, value), {
        "diameter": file.number(line, 3, "diameter", file.units.diameter, "above zero"),
        "type": kind,
        "setting": None if by_curve else setting,
        "minor_loss": file.number(line, 6, "minor_loss", 1.0, "zero"),
        "curve": curve,
        "points": series.points(curve, *units),
    }
