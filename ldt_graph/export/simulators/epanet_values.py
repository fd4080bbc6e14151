"""The numbers of an EPANET file's lines: what the twin states, defaults where it does not, in the model's units."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.export.simulators.epanet_settings import Settings
    from ldt_graph.export.simulators.facts import Thing
    from ldt_graph.export.simulators.hydraulics import Hydraulics, Link, Node
    from ldt_graph.export.simulators.report import Report

_UNSTATED = "the twin does not state it"
_ROUGHNESS = {"H-W": 130.0, "C-M": 0.012, "D-W": 0.1}
"""By head-loss formula, of a main in use; the last in mm (EPANET 2.2 manual, table 3.2)."""
_LENGTH, _DIAMETER = 100.0, 200.0  # m, mm
_SHORT, _WIDE = 1.0, 500.0  # m, mm of a pipe that stands for a joint
_HEIGHT, _VOLUME = 5.0, 100.0  # m, m³ of a tank
_LIFT = 50.0  # m that a reservoir stands above the highest node, and that a pump lifts


class Values:
    """The words of lines, and `assumed`: thing → what of it is a default."""

    def __init__(self, water: Hydraulics, settings: Settings, report: Report) -> None:
        self.water = water
        self.settings = settings
        self.units = settings.units
        self.report = report
        self.assumed: dict[str, list[str]] = {}
        self.curves: dict[tuple[str, ...], str] = {}
        self.patterns: dict[str, str] = {}
        self.heights = self._heights()

    def assume(self, what: str, near: str, value: float | str, why: str = _UNSTATED) -> None:
        """Tell of a default."""
        shown = value if isinstance(value, str) else f"{value:g}"
        self.report.add("assumed", what, near, value=shown, why=why)
        self.assumed.setdefault(near, []).append(what.partition(" ")[2])

    def _or(
        self, thing: Thing | None, attribute: str, default: float, what: str, near: str
    ) -> float:
        stated = thing.number(attribute) if thing else None
        if stated is None:
            self.assume(what, near, default)
        return default if stated is None else stated

    # ── nodes ────────────────────────────────────────────────────────────────────────────────────

    def _heights(self) -> dict[str, float]:
        """Return the elevation of each node, that of the nearest by links where it states none."""
        nodes = self.water.nodes
        found: dict[str, float] = {}
        for key, node in nodes.items():
            stated = node.thing.number(LDT.elevation) if node.thing else None
            if stated is not None:
                found[key] = stated
        beside: dict[str, list[str]] = {key: [] for key in nodes}
        for link in self.water.links:
            one, other = link.ends
            beside[one].append(other)
            beside[other].append(one)
        edge = list(found)
        while edge:
            edge = self._climb(edge, beside, found)
        for key in nodes.keys() - found.keys():
            found[key] = 0.0
        return found

    def _climb(
        self, edge: Sequence[str], beside: dict[str, list[str]], found: dict[str, float]
    ) -> list[str]:
        reached = []
        for key in edge:
            for other in beside[key]:
                if other not in found:
                    found[other] = found[key]
                    reached.append(other)
        return reached

    def height(self, key: str, node: Node) -> str:
        """Return a node's elevation."""
        if node.thing is None or node.thing.number(LDT.elevation) is None:
            why = "as the nearest node that states it, or 0"
            self.assume(f"{node.kind} elevation", node.near, self.heights[key], why)
        return self.length(self.heights[key])

    def demand(self, node: Node) -> float:
        """Return what a junction takes, in m³/h."""
        if node.thing is None:
            return 0.0
        return self._or(node.thing, LDT.baseDemand, 0.0, "junction demand", node.near)

    def head(self, node: Node) -> str:
        """Return a reservoir's head."""
        highest = max(self.heights.values(), default=0.0) + _LIFT
        head = self._or(node.thing, LDT.hydraulicHead, highest, "reservoir head", node.near)
        return self.length(head)

    def tank(self, node: Node) -> list[str]:
        """Return a tank's levels, its diameter, least volume, volume curve and whether it overflows."""
        thing, near = node.thing, node.near
        low = self._or(thing, LDT.minimumLevel, 0.0, "tank minimum level", near)
        high = self._or(thing, LDT.maximumLevel, low + _HEIGHT, "tank maximum level", near)
        curve = self.curve(thing, LDT.volumeCurve, self.units.length, self.units.length**3)
        across = thing.number(LDT.tankDiameter) if thing else None
        if across is None:
            across = 0.0 if curve else self._across(node, max(high - low, 0.1))
        start = thing.number(LDT.initialLevel) if thing else None
        if start is None:
            stored = thing.number(LDT.storedVolume) if thing else None
            area = math.pi * across**2 / 4
            full = high if stored is None or not area else low + stored / area
            start = min(high, full)
            self.assume("tank initial level", near, start, "by what it stores, else full")
        least = (thing.number(LDT.minimumVolume) if thing else None) or 0.0
        words = [self.length(v) for v in (start, low, high, across)]
        words.append(_text(least / self.units.length**3))
        over = thing.text(LDT.overflows) if thing else None
        overflow = {"true": "YES", "false": "NO"}.get((over or "").lower())
        return [
            *words,
            *([curve or "*"] if curve or overflow else []),
            *([overflow] if overflow else []),
        ]

    def _across(self, node: Node, depth: float) -> float:
        """Return the diameter of a tank that holds its volume in this depth."""
        thing = node.thing
        volume = thing.number(LDT.tankVolume) or thing.number(LDT.storedVolume) if thing else None
        across = math.sqrt(4 * (volume or _VOLUME) / math.pi / depth)
        why = "a cylinder that holds its volume" if volume else f"a cylinder of {_VOLUME:g} m3"
        self.assume("tank diameter", node.near, across, why)
        return across

    # ── links ────────────────────────────────────────────────────────────────────────────────────

    def pipe(self, link: Link) -> list[str]:
        """Return a pipe's length, diameter, roughness and minor loss."""
        thing, near = link.thing, link.near
        if thing is None:
            length, across = _SHORT, _WIDE
        else:
            km = thing.number(LDT.lengthKm)
            length = thing.number(LDT.lengthM) or (km * 1000 if km else None) or 0.0
            if not length:
                length = _LENGTH
                self.assume("pipe length", near, length)
            across = self._or(thing, LDT.diameter, _DIAMETER, "pipe diameter", near)
        rough = thing.number(LDT.roughness) if thing else None
        if rough is None:
            rough = _ROUGHNESS.get(self.settings.formula, _ROUGHNESS["H-W"])
            if self.settings.formula == "D-W" and self.units.length != 1:
                rough /= self.units.length
            self.assume("pipe roughness", near, rough, f"of {self.settings.formula}")
        minor = (thing.number(LDT.minorLoss) if thing else None) or 0.0
        return [self.length(length), self.across(across), _text(rough), _text(minor)]

    def pump(self, link: Link, flow: float) -> list[str]:
        """Return what a pump does; `flow` in m³/h is taken for one that states nothing."""
        thing = link.thing
        assert thing is not None  # noqa: S101  (every pump is a thing's)
        curve = self.curve(thing, LDT.headCurve, self.units.flow, self.units.length)
        power = thing.number(LDT.pumpPower)
        words = ["HEAD", curve] if curve else ["POWER", _text((power or 0) / self.units.power)]
        if curve is None and not power:
            self.assume("pump head curve", link.near, f"{flow:g} m3/h at {_LIFT:g} m")
            point = (_text(flow / self.units.flow), self.length(_LIFT))
            words = ["HEAD", self._curve(point)]
        speed, profile = thing.number(LDT.relativeSpeed), self.pattern(thing, LDT.speedProfile)
        words += [] if speed is None or speed == 1 else ["SPEED", _text(speed)]
        return words + (["PATTERN", profile] if profile else [])

    def valve(self, link: Link) -> list[str]:
        """Return a valve's diameter, kind, setting, minor loss and curve; one that says too little is a throttle, open."""
        thing, near = link.thing, link.near
        assert thing is not None  # noqa: S101  (every valve is a thing's)
        across = self._or(thing, LDT.diameter, _DIAMETER, "valve diameter", near)
        kind, setting = (thing.text(LDT.valveKind) or "").upper(), thing.number(LDT.valveSetting)
        scale = (self.units.flow, self.units.length) if kind == "GPV" else (1.0, 1.0)
        curve = self.curve(thing, LDT.valveCurve, *scale)
        needs = curve if kind == "GPV" else setting
        if not kind or needs is None:
            kind, setting, curve = "TCV", 0.0, None
            self.assume("valve kind", near, "TCV 0")
        value = curve if kind == "GPV" else _text(setting or 0.0)
        minor = thing.number(LDT.minorLoss) or 0.0
        words = [self.across(across), kind, value or "0", _text(minor)]
        return [*words, curve] if kind == "PCV" and curve else words

    # ── what lines name ──────────────────────────────────────────────────────────────────────────

    def pattern(self, thing: Thing | None, attribute: str) -> str | None:
        """Return the id of the pattern that a thing's hourly factors are; one for all that have the same."""
        text = thing.text(attribute) if thing else None
        return self.patterns.setdefault(text, f"P{len(self.patterns) + 1}") if text else None

    def curve(self, thing: Thing | None, attribute: str, x: float, y: float) -> str | None:
        """Return the id of the curve that a thing's points are, whose units these factors make."""
        words = (thing.text(attribute) or "").split() if thing else []
        if not words or len(words) % 2:
            return None
        scales = (x, y) * (len(words) // 2)
        try:
            points = tuple(_text(float(w) / s) for w, s in zip(words, scales, strict=True))
        except ValueError:
            return None
        return self._curve(points)

    def _curve(self, points: tuple[str, ...]) -> str:
        return self.curves.setdefault(points, f"C{len(self.curves) + 1}")

    def length(self, metres: float) -> str:
        """Return metres in the model's unit of length."""
        return _text(metres / self.units.length)

    def across(self, millimetres: float) -> str:
        """Return millimetres in the model's unit of diameter."""
        return _text(millimetres / self.units.diameter)

    def flow(self, hourly: float) -> str:
        """Return m³/h in the model's unit of flow."""
        return _text(hourly / self.units.flow)


def _text(value: float) -> str:
    return f"{value:.10g}"
