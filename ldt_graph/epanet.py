"""What EPANET's own words mean, for who reads its files and who writes them: numbers, times, units."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

# Flow units → (cubic metres an hour, whether lengths are in feet). EPANET 2.2 manual, table C.1; SI and CMS
# are words of its programs (2.0 and 2.3).
FLOW = {
    "CFS": (101.940648, True),
    "GPM": (0.2271247, True),
    "MGD": (157.725491, True),
    "IMGD": (189.420, True),
    "AFD": (51.3951, True),
    "LPS": (3.6, False),
    "LPM": (0.06, False),
    "MLD": (41.6666667, False),
    "CMH": (1.0, False),
    "CMD": (1 / 24, False),
    "CMS": (3600.0, False),
    "SI": (3.6, False),
}
_FOOT, _INCH, _HORSEPOWER = 0.3048, 25.4, 0.7457
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Units:
    """Factors to m³/h, m, mm and kW."""

    flow: float
    length: float
    diameter: float
    power: float


def flow_unit(word: str) -> str | None:
    """Return the flow units that a word names: it may go on behind them."""
    return next((unit for unit in FLOW if word.upper().startswith(unit)), None)


def units_of(unit: str) -> Units:
    """Return the factors of a model in these flow units."""
    flow, feet = FLOW[unit]
    return Units(flow, _FOOT, _INCH, _HORSEPOWER) if feet else Units(flow, 1.0, 1.0, 1.0)


def number(text: str) -> float | None:
    """Return the value of a number as EPANET writes it, or None: no `inf`, no `1_000`, nothing past a double."""
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    return value if math.isfinite(value) else None


def hours(value: str, unit: str = "") -> float | None:
    """Return a time of EPANET in hours: decimal with a unit, `h:mm:ss`, or a clock's with AM or PM; None if it is none."""
    parts = [number(p) for p in value.split(":")]
    if None in parts or len(parts) > 3:
        return None
    time = sum(float(p or 0) / 60**i for i, p in enumerate(parts))
    word = unit.upper()
    scale = {"SEC": 1 / 3600, "MIN": 1 / 60, "HOU": 1.0, "DAY": 24.0}.get(word[:3])
    if not word:
        return time
    if word[:2] in ("AM", "PM"):
        late = 12 if word[:2] == "PM" else 0
        return time % 12 + late if time < 13 else None
    return time * scale if scale and len(parts) == 1 else None
