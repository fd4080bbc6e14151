"""Numbers of more digits than the fast engine compares: shorter ones stand for them, in the same order.

The engine takes a decimal of more than 18 digits behind the point, and a whole number beyond 64 bits, for no number at
all. What stands for one lies between the same numbers of 17 digits, so that it is above and below the same bounds.
How it is written is another: a pattern or a length asked of such a number is asked of the shorter one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import ROUND_FLOOR, Context, Decimal, localcontext
from typing import TYPE_CHECKING

from ldt_graph.namespaces import XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PLACES = 17
"""Digits behind the point up to which two numbers are told apart for sure."""
_STEP = Decimal(1).scaleb(-PLACES)
_MOST = {"decimal": 17 * 10**19, "integer": 2**63 - 1}
_UNBOUND = ("integer", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger")  # fmt: skip
_MANY, _SIX = re.compile(r"[0-9]{18}"), re.compile(r"[0-9]{6}")
_LONG = re.compile(rf'"([+-]?[0-9]*(?:\.[0-9]*)?)"\^\^<{re.escape(XSD)}(decimal|unsignedLong|{"|".join(_UNBOUND)})>')  # fmt: skip
_CONTEXT = Context(prec=100_000)


def shorten(data: str) -> tuple[str, Mapping[str, str]]:
    """Return N-Triples without numbers of too many digits, and of each literal that stands for one the original.

    Cost: one look for long runs of digits; where there is none, nothing else.
    """
    found = set(too_long(data))
    if not found:
        return data, {}
    short: dict[str, str] = {}
    with localcontext(_CONTEXT):
        for datatype in sorted({d for _, d in found}):
            values: dict[Decimal, list[str]] = defaultdict(list)
            for text in sorted(t for t, d in found if d == datatype):
                values[Decimal(text)].append(text)
            for value, stands in _standing(sorted(values), datatype).items():
                short |= {_term(t, datatype): _term(f"{stands:f}", datatype) for t in values[value]}
    text = _LONG.sub(lambda m: short.get(m[0], m[0]), data)
    return text, {new: old for old, new in short.items()}


def too_long(text: str) -> Iterable[tuple[str, str]]:
    """Yield the numbers in N-Triples that have too many digits, with the local names of their datatypes."""
    # Of eighteen digits in a row every third is one too: a third of the text tells whether to look.
    if _SIX.search(text[::3]) and _MANY.search(text):
        for number, datatype in _LONG.findall(text):
            digits = number.strip("+-")
            if _MANY.search(digits) and digits != "." and _is_too_long(digits, datatype, number):
                yield number, datatype


def _is_too_long(digits: str, datatype: str, number: str) -> bool:
    whole, _, fraction = digits.partition(".")
    if datatype == "decimal":
        return len(fraction) > PLACES + 1 or int(whole or 0) >= _MOST["decimal"]
    if "." in number or int(digits) <= _MOST["integer"]:
        return False
    return datatype in _UNBOUND or int(number) < 2**64


def _standing(values: Iterable[Decimal], datatype: str) -> dict[Decimal, Decimal]:
    """Return for numbers, in their order, what stands for each, in that order too."""
    most = Decimal(_MOST["decimal" if datatype == "decimal" else "integer"])
    high = [v for v in values if v >= most or (datatype != "decimal" and v > 0)]
    low = [v for v in values if v <= -most]
    found = {v: most - len(high) + n + 1 for n, v in enumerate(high)}
    found |= {v: -most + n for n, v in enumerate(low)}
    below: dict[Decimal, list[Decimal]] = defaultdict(list)
    for value in values:
        if value not in found:
            below[value.quantize(_STEP, ROUND_FLOOR)].append(value)
    for floor, near in below.items():
        exact = [v for v in near if v == floor]
        found |= dict.fromkeys(exact, floor)
        for n, value in enumerate(v for v in near if v != floor):
            found[value] = floor + _STEP * min(9, n + 1) / 10
    return found


def _term(text: str, datatype: str) -> str:
    return f'"{text}"^^<{XSD}{datatype}>'
