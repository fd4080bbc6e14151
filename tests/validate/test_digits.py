"""Numbers of many digits are judged as exact arithmetic judges them, and told as they are written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.namespaces import SH, XSD
from ldt_graph.validate import engine_shacl
from ldt_graph.validate.digits import shorten
from ldt_graph.validate.engine import Unrunnable
from tests.examples import examples

BOUNDS = ["0", "0.1", "-0.1", "1.23456789012345678", "100000000000000000", "-5"]
P = "<urn:p>"


def shapes(datatype: str, *bounds: str) -> str:
    """One shape for the datatype, and one for each bound and comparison."""
    words = [("datatype", f"<{XSD}{datatype}>")] + [
        (f"{w}{e}clusive", f'"{b}"^^<{XSD}decimal>')
        for b in bounds
        for w in ("min", "max")
        for e in ("In", "Ex")
    ]
    lines = []
    for n, (word, value) in enumerate(words):
        lines.append(f"<urn:s{n}> <{SH}targetSubjectsOf> {P} .\n<urn:s{n}> <{SH}path> {P} .\n")
        lines.append(f"<urn:s{n}> <{SH}{word}> {value} .\n")
    return "".join(lines)


def judged(number: str, datatype: str, compiled) -> set[str]:
    """Return which shapes a number breaks, each told of the number as it is written."""
    term = f'"{number}"^^<{XSD}{datatype}>'
    found = compiled.judge(f"<urn:a> {P} {term} .\n")
    assert {r.value for r in found} <= {term}
    return {r.shape for r in found}


def broken(number: Decimal) -> set[str]:
    tests = (lambda v, b: v >= b, lambda v, b: v > b, lambda v, b: v <= b, lambda v, b: v < b)
    asked = [t(number, Decimal(b)) for b in BOUNDS for t in tests]
    return {f"<urn:s{n}>" for n, holds in enumerate(asked, 1) if not holds}


DECIMALS = engine_shacl.compile(shapes("decimal", *BOUNDS))
WHOLE = engine_shacl.compile(shapes("integer", *BOUNDS))
DIGITS = st.text("0123456789", min_size=0, max_size=30)


@given(st.sampled_from(["", "-", "+"]), DIGITS, DIGITS, st.sampled_from([*BOUNDS, None]))
@examples(300)
def test_a_decimal_of_many_digits_meets_its_bounds_as_it_should(
    sign: str, whole: str, fraction: str, near: str | None
):
    if near:  # a bound, and something far behind its point
        whole, _, begun = near.strip("-").partition(".")
        sign, fraction = near[: near.startswith("-")], begun.ljust(17, "0") + fraction
    number = f"{sign}{whole or 0}.{fraction or 0}"
    assert judged(number, "decimal", DECIMALS) == broken(Decimal(number))


@given(st.integers(-(10**40), 10**40))
@examples(100)
def test_a_whole_number_of_many_digits_does_too(number: int):
    assert judged(str(number), "integer", WHOLE) == broken(Decimal(number))


@pytest.mark.parametrize(("number", "datatype", "fits"), [
    (2**63 - 1, "long", True), (2**63, "long", False), (2**64 - 1, "unsignedLong", True), (2**64, "unsignedLong", False),
    (2**70, "nonNegativeInteger", True), (-(2**70), "nonNegativeInteger", False), (2**70, "int", False),
    ("1.0", "integer", False), ("." , "decimal", False), ("1234567890123456789.", "integer", False),
])  # fmt: skip
def test_what_is_no_value_of_its_datatype_stays_none(number: object, datatype: str, fits: bool):
    found = judged(str(number), datatype, engine_shacl.compile(shapes(datatype)))
    assert bool(found) is not fits


def test_numbers_keep_their_order_among_each_other():
    numbers = [
        "0.1",
        *(f"0.1000000000000000000{n}" for n in range(6)),
        "0.2",
        *("9" * n + ".5" for n in range(20, 26)),
    ]
    compiled = engine_shacl.compile(
        f"<urn:s> <{SH}targetSubjectsOf> <urn:q> .\n<urn:s> <{SH}path> {P} .\n<urn:s> <{SH}lessThan> <urn:q> .\n"
    )
    values = [f'"{n}"^^<{XSD}decimal>' for n in numbers]
    pairs = [(i, j) for i in range(len(values)) for j in range(len(values))]
    data = "".join(
        f"<urn:e{i}-{j}> {P} {values[i]} .\n<urn:e{i}-{j}> <urn:q> {values[j]} .\n"
        for i, j in pairs
    )
    wrong = {r.focus for r in compiled.judge(data)}
    assert wrong == {
        f"<urn:e{i}-{j}>" for i, j in pairs if Decimal(numbers[i]) >= Decimal(numbers[j])
    }


def test_a_bound_of_too_many_digits_is_refused():
    with pytest.raises(Unrunnable, match=r"0\.1234567890123456789 has more digits"):
        engine_shacl.compile(shapes("decimal", "0.1234567890123456789"))


def test_other_texts_stay_as_they_are():
    text = f'<urn:123456789012345678901> <urn:p> "12345678901234567890123" .\n<urn:a> <urn:p> "1.5"^^<{XSD}decimal> .\n'
    assert shorten(text) == (text, {})
