"""Units: the codes of UN/CEFACT Recommendation 20 that NGSI-LD writes, and the UCUM codes of the ontology."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Context, Decimal, InvalidOperation
from functools import cache
from typing import NamedTuple

# fmt: off
CODES: dict[str, str] = {
    # counts, ratios, angles
    "C62": "1", "H87": "1", "EA": "1", "P1": "%", "59": "10*-6", "DD": "deg", "C81": "rad",
    # lengths, areas, volumes
    "MTR": "m", "KMT": "km", "DMT": "dm", "CMT": "cm", "MMT": "mm", "4H": "um", "C45": "nm",
    "INH": "[in_i]", "FOT": "[ft_i]", "YRD": "[yd_i]", "SMI": "[mi_i]", "NMI": "[nmi_i]",
    "MTK": "m2", "KMK": "km2", "DMK": "dm2", "CMK": "cm2", "MMK": "mm2", "HAR": "har", "ARE": "ar", "FTK": "[ft_i]2", "MIK": "[mi_i]2",
    "MTQ": "m3", "DMQ": "dm3", "CMQ": "cm3", "MMQ": "mm3", "LTR": "L", "HLT": "hL", "DLT": "dL", "CLT": "cL", "MLT": "mL", "K6": "kL",
    "FTQ": "[ft_i]3", "GLL": "[gal_us]", "GLI": "[gal_br]",
    # times, speeds, flows
    "SEC": "s", "C26": "ms", "B98": "us", "MIN": "min", "HUR": "h", "DAY": "d", "WEE": "wk", "ANN": "a", "MON": "mo", "E91": "1/d",
    "MTS": "m/s", "KMH": "km/h", "KNT": "[kn_i]", "HM": "[mi_i]/h", "2M": "cm/s", "2X": "m/min", "MSK": "m/s2", "S4": "m2/s",
    "MQS": "m3/s", "MQH": "m3/h", "G52": "m3/d", "L2": "L/min", "G51": "L/s", "E32": "L/h", "LD": "L/d", "G2": "[gal_us]/min",
    "HTZ": "Hz", "KHZ": "kHz", "MHZ": "MHz", "A86": "GHz", "RPM": "1/min", "RPS": "1/s",
    # masses, densities
    "KGM": "kg", "GRM": "g", "MGM": "mg", "MC": "ug", "TNE": "t", "LBR": "[lb_av]", "ONZ": "[oz_av]",
    "KMQ": "kg/m3", "A93": "g/m3", "GP": "mg/m3", "GQ": "ug/m3", "GL": "g/L", "M1": "mg/L", "KGS": "kg/s", "E93": "kg/h",
    # power, energy, electricity, light
    "WTT": "W", "KWT": "kW", "MAW": "MW", "A90": "GW", "C31": "mW", "D54": "W/m2",
    "WHR": "W.h", "KWH": "kW.h", "MWH": "MW.h", "GWH": "GW.h", "JOU": "J", "KJO": "kJ", "3B": "MJ", "GV": "GJ",
    "D46": "VA", "KVA": "kVA", "MVA": "MVA", "D44": "var", "KVR": "kvar", "MAR": "Mvar", "K3": "kvar.h",
    "VLT": "V", "2Z": "mV", "KVT": "kV", "B78": "MV", "AMP": "A", "4K": "mA", "B22": "kA", "AMH": "A.h", "OHM": "Ohm", "B49": "kOhm",
    "FAR": "F", "COU": "C", "D10": "S/m", "LUX": "lx", "LUM": "lm", "CDL": "cd", "2N": "dB",
    # pressures, forces, temperatures, data
    "PAL": "Pa", "KPA": "kPa", "MPA": "MPa", "A97": "hPa", "BAR": "bar", "MBR": "mbar", "PS": "[psi]", "ATM": "atm",
    "NEW": "N", "B47": "kN", "NU": "N.m", "CEL": "Cel", "FAH": "[degF]", "KEL": "K", "Q30": "[pH]",
    "AD": "By", "2P": "kBy", "4L": "MBy", "E34": "GBy", "A99": "bit", "D36": "Mbit", "E20": "Mbit/s",
}
"""UN/CEFACT common code → UCUM, of what cities measure."""

_PREFIXES = {"G": 9, "M": 6, "k": 3, "h": 2, "da": 1, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9}
# UCUM atom → its size, and the atoms that it is made of. What stands alone is a dimension: apparent and reactive
# power are quantities of their own, and are never taken for active power.
_ATOMS: dict[str, tuple[str, str]] = {
    "deg": ("0.0174532925199432957692", "rad"), "%": ("0.01", ""), "10*-6": ("1e-6", ""),
    "[in_i]": ("0.0254", "m"), "[ft_i]": ("0.3048", "m"), "[yd_i]": ("0.9144", "m"), "[mi_i]": ("1609.344", "m"), "[nmi_i]": ("1852", "m"),
    "ar": ("100", "m m"), "har": ("10000", "m m"), "L": ("0.001", "m m m"), "l": ("0.001", "m m m"),
    "[gal_us]": ("0.003785411784", "m m m"), "[gal_br]": ("0.00454609", "m m m"),
    "min": ("60", "s"), "h": ("3600", "s"), "d": ("86400", "s"), "wk": ("604800", "s"), "a": ("31557600", "s"), "mo": ("2629800", "s"),
    "[kn_i]": ("0.514444444444444444444444", "m /s"), "Hz": ("1", "/s"),
    "t": ("1e6", "g"), "[lb_av]": ("453.59237", "g"), "[oz_av]": ("28.349523125", "g"),
    "N": ("1000", "g m /s /s"), "J": ("1000", "g m m /s /s"), "W": ("1000", "g m m /s /s /s"), "Pa": ("1000", "g /m /s /s"),
    "bar": ("1e8", "g /m /s /s"), "atm": ("101325000", "g /m /s /s"), "[psi]": ("6894757.293168361", "g /m /s /s"),
    "V": ("1000", "g m m /s /s /s /A"), "Ohm": ("1000", "g m m /s /s /s /A /A"), "S": ("0.001", "A A s s s /g /m /m"),
    "C": ("1", "A s"), "F": ("0.001", "A A s s s s /g /m /m"), "By": ("8", "bit"),
}  # fmt: skip
_BASES = ("m", "s", "g", "A", "K", "cd", "rad", "bit", "VA", "var", "lx", "lm", "B", "[pH]")
_OFFSETS = {"Cel": (Decimal(1), Decimal("273.15")), "[degF]": (Decimal(5) / 9, Decimal("459.67") * 5 / 9)}
# fmt: on
_EXACT = Context(prec=40)
_DIGITS = Context(prec=15)


class Unit(NamedTuple):
    """A unit as its size in base units, what it is a unit of, and where its zero lies."""

    size: Decimal
    dimension: frozenset[tuple[str, int]]
    zero: Decimal = Decimal(0)


@cache
def unit(ucum: str) -> Unit | None:
    """Read a UCUM code, such as `m3/h`; None where it is not known."""
    if ucum in _OFFSETS:
        size, zero = _OFFSETS[ucum]
        return Unit(size, frozenset({("K", 1)}), zero)
    size, powers = Decimal(1), Counter[str]()
    for sign, text in re.findall(r"(^|[./])([^./]+)", ucum):
        part = _part(text)
        if part is None:
            return None
        way = -1 if sign == "/" else 1
        size = _EXACT.multiply(size, _EXACT.power(part.size, way))
        powers.update({b: way * p for b, p in part.dimension})
    return Unit(size, frozenset((b, p) for b, p in powers.items() if p)) if ucum else None


def _part(text: str) -> Unit | None:
    """Read an atom with its prefix and exponent: `km2`."""
    if text == "1":
        return Unit(Decimal(1), frozenset())
    match = re.fullmatch(r"(10\*-6|.*?[^\d-]|)(-?\d+)?", text)
    name, exponent = (match[1], int(match[2] or 1)) if match else ("", 1)
    scale = Decimal(1)
    if name not in _ATOMS and name not in _BASES:
        prefix = next((p for p in _PREFIXES if name.startswith(p) and _is_atom(name[len(p) :])), "")
        if not prefix:
            return None
        name, scale = name[len(prefix) :], Decimal(10) ** _PREFIXES[prefix]
    size, made = _ATOMS.get(name, ("1", name))
    powers = Counter[str]()
    for base in made.split():
        powers[base.removeprefix("/")] += -1 if base.startswith("/") else 1
    return Unit(
        _EXACT.power(_EXACT.multiply(scale, Decimal(size)), exponent),
        frozenset((b, p * exponent) for b, p in powers.items()),
    )


def _is_atom(name: str) -> bool:
    return name in _ATOMS or name in _BASES


def converted(text: str, code: str, ucum: str) -> str | None:
    """Return a number in another unit, to 15 digits; None where one is not known or they measure different things.

    Args:
        text: The number, as it was written; as it is where both units are one.
        code: Its unit as a UN/CEFACT code.
        ucum: The unit that is wanted.
    """
    given, wanted = unit(CODES.get(code, "")), unit(ucum)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if (
        given is None
        or wanted is None
        or given.dimension != wanted.dimension
        or not number.is_finite()
    ):
        return None
    if given == wanted:
        return text
    base = _EXACT.add(_EXACT.multiply(number, given.size), given.zero)
    made = _EXACT.divide(_EXACT.subtract(base, wanted.zero), wanted.size)
    short = f"{_DIGITS.plus(made):f}"
    return short.rstrip("0").rstrip(".") if "." in short else short
