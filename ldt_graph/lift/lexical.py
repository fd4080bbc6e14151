"""Lexical spaces of datatypes, as SQL that says whether a text is in one (XML Schema 1.1 part 2)."""

from __future__ import annotations

from dataclasses import dataclass

from ldt_graph.namespaces import XSD


@dataclass(frozen=True, slots=True)
class Space:
    """A pattern that the whole text has to match, and the bounds of the integer that it is."""

    pattern: str
    low: int | None = None
    high: int | None = None

    def holds(self, text: str) -> str:
        """Return SQL that is true of a text (itself SQL) of this space, and false of every other."""
        matches = f"regexp_full_match({text}, '{self.pattern}')"
        if self.low is None:
            return matches
        # Past 127 bits there is no number to compare: then it is out of every range.
        number = f"TRY_CAST({text} AS HUGEINT)"
        return f"({matches} AND coalesce({number} BETWEEN {self.low} AND {self.high}, false))"


def _range(bits: int, *, signed: bool = True) -> Space:
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return Space(_INTEGER, low, high)


_INTEGER = "[+-]?[0-9]+"
_DECIMAL = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"
_DOUBLE = rf"({_DECIMAL}([eE][+-]?[0-9]+)?|[+-]?INF|NaN)"
# Section 3.3.7 and appendix G: +14:00 is the farthest zone, 24 is an hour of midnight alone.
_ZONE_GIVEN = "(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_ZONE = f"{_ZONE_GIVEN}?"
_YEAR = "-?([1-9][0-9]{3,}|0[0-9]{3})"
_MONTH = "(0[1-9]|1[0-2])"
_DAYS = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
_LEAP = "-?([1-9][0-9]*)?([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
_DATE = f"({_YEAR}-({_DAYS})|{_LEAP}-02-29)"
_TIME = r"(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)"
_SECONDS = r"[0-9]+(\.[0-9]+)?S"
_HOURS = f"T([0-9]+H([0-9]+M)?({_SECONDS})?|[0-9]+M({_SECONDS})?|{_SECONDS})"
_MONTHS = "([0-9]+Y([0-9]+M)?|[0-9]+M)"
_BASE64 = "[A-Za-z0-9+/]"

LEXICAL: dict[str, Space] = {
    XSD.integer: Space(_INTEGER),
    XSD.nonNegativeInteger: Space(r"\+?[0-9]+|-0+"),
    XSD.positiveInteger: Space(r"\+?0*[1-9][0-9]*"),
    XSD.nonPositiveInteger: Space(r"-[0-9]+|\+?0+"),
    XSD.negativeInteger: Space("-0*[1-9][0-9]*"),
    XSD.long: _range(64),
    XSD.int: _range(32),
    XSD.short: _range(16),
    XSD.byte: _range(8),
    XSD.unsignedLong: _range(64, signed=False),
    XSD.unsignedInt: _range(32, signed=False),
    XSD.unsignedShort: _range(16, signed=False),
    XSD.unsignedByte: _range(8, signed=False),
    XSD.decimal: Space(_DECIMAL),
    **dict.fromkeys((XSD.double, XSD.float), Space(_DOUBLE)),
    XSD.boolean: Space("true|false|1|0"),
    XSD.date: Space(_DATE + _ZONE),
    XSD.dateTime: Space(f"{_DATE}T{_TIME}{_ZONE}"),
    XSD.dateTimeStamp: Space(f"{_DATE}T{_TIME}{_ZONE_GIVEN}"),
    XSD.time: Space(_TIME + _ZONE),
    XSD.gYear: Space(_YEAR + _ZONE),
    XSD.gYearMonth: Space(f"{_YEAR}-{_MONTH}{_ZONE}"),
    XSD.gMonth: Space(f"--{_MONTH}{_ZONE}"),
    XSD.gMonthDay: Space(f"--({_DAYS}|02-29){_ZONE}"),
    XSD.gDay: Space(f"---(0[1-9]|[12][0-9]|3[01]){_ZONE}"),
    XSD.duration: Space(
        f"-?P(({_MONTHS}([0-9]+D)?|[0-9]+D)({_HOURS})?|{_HOURS})",
    ),
    XSD.yearMonthDuration: Space(f"-?P{_MONTHS}"),
    XSD.dayTimeDuration: Space(f"-?P([0-9]+D({_HOURS})?|{_HOURS})"),
    XSD.hexBinary: Space("([0-9a-fA-F]{2})*"),
    XSD.base64Binary: Space(
        f"(({_BASE64} ?){{4}})*(({_BASE64} ?){{3}}{_BASE64}|({_BASE64} ?){{2}}[AEIMQUYcgkosw048] ?=|{_BASE64} ?[AQgw] ?= ?=)?"
    ),
    XSD.language: Space("[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*"),
}
"""The datatypes that are checked; a text of any other passes."""
