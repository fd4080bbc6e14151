"""How people write numbers, dates and truth values, and how a datatype wants them: candidates, each with its confidence.

A confidence is the share of such cells that the writer meant so, as careful readers would bet: 0.9 and more where the
spelling has one reading only, 0.5 where it has two.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from ldt_graph.namespaces import XSD

if TYPE_CHECKING:
    from collections.abc import Iterator

    Candidate = tuple[str, float]

_WHOLE = frozenset(
    XSD[n]
    for n in [
        "integer",
        "int",
        "long",
        "short",
        "byte",
        "nonNegativeInteger",
        "positiveInteger",
        "unsignedInt",
        "unsignedLong",
    ]
)
_REAL = frozenset((XSD.decimal, XSD.double, XSD.float))
_TRUE = dict.fromkeys(
    ["yes", "ja", "oui", "si", "sí", "wahr", "vrai", "on", "an"], 0.9
) | dict.fromkeys(["y", "j", "x"], 0.8)
_FALSE = dict.fromkeys(["no", "nein", "non", "falsch", "faux", "off", "aus"], 0.9) | {"n": 0.8}
_LOOKALIKE = str.maketrans("OoIlS", "00115")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_SUFFIXED = re.compile(r"([+-]?[\d.,' \u00a0\u202f]*\d)\s*([^\d\s.,]{1,8}[²³]?)")
_BLANKS = re.compile(r"[\s\u00a0\u2007\u202f\ufeff]+")


def reads_as(text: str, datatype: str) -> bool:
    """Whether a text is of a datatype (XML Schema 1.1); of one that is not known here, it is."""
    if datatype in _WHOLE:
        found = re.fullmatch(r"[+-]?\d+", text) is not None
        low = {XSD.positiveInteger: 1}.get(
            datatype, 0 if "onNeg" in datatype or "unsigned" in datatype else None
        )
        return found and (low is None or int(text) >= low)
    if datatype == XSD.decimal:
        return _NUMBER.fullmatch(text) is not None
    if datatype in _REAL:
        return re.fullmatch(rf"{_NUMBER.pattern}([eE][+-]?\d+)?", text) is not None
    if datatype == XSD.boolean:
        return text in ("true", "false", "0", "1")
    if datatype == XSD.gYear:
        return re.fullmatch(r"\d{4}", text) is not None
    return _day_reads_as(text, datatype)


def _day_reads_as(text: str, datatype: str) -> bool:
    form = {
        XSD.date: r"\d{4}-\d\d-\d\d",
        XSD.dateTime: r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?",
        XSD.time: r"\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?",
    }.get(datatype)
    if form is None:
        return True
    if not re.fullmatch(form, text):
        return False
    try:
        datetime.fromisoformat(text if datatype != XSD.time else f"2000-01-01T{text}")
    except ValueError:
        return False
    return True


def candidates(text: str, datatype: str | None) -> Iterator[Candidate]:
    """Yield what a text may have been meant to say, for a datatype; unchecked, and perhaps twice."""
    bare = _BLANKS.sub(" ", text).strip()
    if bare != text:
        yield bare, 0.97
    if datatype in _WHOLE or datatype in _REAL:
        yield from numbers(bare, whole=datatype in _WHOLE)
    elif datatype == XSD.boolean:
        yield from _booleans(bare)
    elif datatype in (XSD.date, XSD.dateTime):
        yield from _days(bare, with_time=datatype == XSD.dateTime)
    elif datatype == XSD.gYear and re.fullmatch(r"\d{4}[-/.].*", bare):
        yield bare[:4], 0.9


def numbers(text: str, *, whole: bool = False) -> Iterator[Candidate]:
    """Yield the numbers that a text may mean."""
    plain = re.sub("[\u2212\u2013\ufe63\uff0d]", "-", text)
    if plain != text:
        yield plain, 0.96
    yield from _separated(plain)
    if found := _SUFFIXED.fullmatch(plain):
        number = found[1].strip()
        readings = [(number, 1.0), *_separated(number)]
        for reading, sure in readings:
            yield reading, 0.5 * sure if found[2] == "%" else 0.6 * sure
            if found[2] == "%" and _NUMBER.fullmatch(reading):
                yield plainly(Decimal(reading) / 100), 0.55 * sure
    if whole and (found := re.fullmatch(r"([+-]?\d+)[.,]0+", plain)):
        yield found[1], 0.95 if "." in plain or len(plain.partition(",")[2]) != 3 else 0.5
    if re.fullmatch(rf"{_NUMBER.pattern}[eE][+-]?\d{{1,2}}", plain):
        yield plainly(Decimal(plain)), 0.9
    likely = plain.translate(_LOOKALIKE)
    if likely != plain and _NUMBER.fullmatch(likely) and re.search(r"\d", plain):
        yield likely, 0.6


def _separated(text: str) -> Iterator[Candidate]:
    """Yield the readings of decimal commas and of marks between thousands."""
    sign = text[:1] if text[:1] in ("+", "-") else ""
    rest = text.removeprefix(sign)
    for mark, decimal in (
        (",", "."),
        (".", ","),
        (" ", ","),
        (" ", "."),
        ("'", "."),
        ("\u2019", "."),
    ):
        m, d = re.escape(mark), re.escape(decimal)
        if found := re.fullmatch(rf"(\d{{1,3}}(?:{m}\d{{3}})+)(?:{d}(\d+))?", rest):
            several = rest.count(mark) > 1 or found[2] is not None or mark not in ".,"
            whole = found[1].replace(mark, "")
            yield f"{sign}{whole}" + (f".{found[2]}" if found[2] else ""), 0.95 if several else 0.5
    if found := re.fullmatch(r"(\d*),(\d+)", rest):
        ambiguous = len(found[2]) == 3 and 1 <= len(found[1]) <= 3 and found[1] != "0"
        yield f"{sign}{found[1] or 0}.{found[2]}", 0.5 if ambiguous else 0.95


def plainly(value: Decimal) -> str:
    """Write a number without an exponent and without zeros at its end."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _booleans(text: str) -> Iterator[Candidate]:
    word = text.casefold()
    if word in ("true", "false"):
        yield word, 0.98
    if word in _TRUE:
        yield "true", _TRUE[word]
    if word in _FALSE:
        yield "false", _FALSE[word]
    if re.fullmatch(r"[01]\.0+", word):
        yield word[0], 0.9


def _days(text: str, *, with_time: bool) -> Iterator[Candidate]:
    found = re.fullmatch(r"(.*?\d)(?:[T ]+(\d{1,2}):(\d\d)(?::(\d\d))?(.*))?", text)
    if found is None:
        return
    for day, sure in _dates(found[1]):
        if not with_time:
            yield day, sure if found[2] is None else sure * 0.8
        elif found[2] is not None:
            zone = found[5].strip().replace("UTC", "Z")
            yield f"{day}T{int(found[2]):02}:{found[3]}:{found[4] or '00'}{zone}", sure


def _dates(text: str) -> Iterator[Candidate]:
    """Yield the days that a text may mean: points mean day before month, slashes either."""
    if found := re.fullmatch(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})", text):
        yield from _day(found[1], found[2], found[3], 0.95)
    if found := re.fullmatch(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})", text):
        first, mark, second, year = found.groups()
        century = 1.0 if len(year) == 4 else 0.6
        year = year if len(year) == 4 else f"20{year}"
        if mark == "." or first == second:
            yield from _day(year, second, first, 0.95 * century)
            return
        either = int(first) <= 12 and int(second) <= 12
        yield from _day(year, second, first, (0.5 if either else 0.95) * century)
        yield from _day(year, first, second, (0.4 if either else 0.95) * century)


def _day(year: str, month: str, day: str, sure: float) -> Iterator[Candidate]:
    try:
        yield date(int(year), int(month), int(day)).isoformat(), sure
    except (ValueError, InvalidOperation):
        return
