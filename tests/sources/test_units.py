"""Units of UN/CEFACT in those of the ontology: exact where they can be, none where they measure something else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.sources.units import CODES, converted, unit
from tests.sources.told import ATTRIBUTES


@pytest.mark.parametrize(
    ("text", "code", "ucum", "made"),
    [
        ("5", "FOT", "m", "1.524"), ("30", "MIN", "h", "0.5"), ("20", "MIN", "h", "0.333333333333333"), ("1", "L2", "m3/h", "0.06"),
        ("100", "LTR", "m3", "0.1"), ("20", "CEL", "K", "293.15"), ("68", "FAH", "Cel", "20"), ("1500", "WTT", "kW", "1.5"),
        ("1", "MQS", "m3/h", "3600"), ("1", "INH", "mm", "25.4"), ("1", "KNT", "km/h", "1.852"), ("400", "VLT", "kV", "0.4"),
        ("1.50", "KWT", "kW", "1.50"), ("1e3", "KWT", "kW", "1e3"), ("12345678901234567890.123", "HUR", "h", "12345678901234567890.123"),
        ("-5", "KMT", "m", "-5000"), ("0", "DAY", "h", "0"), ("50", "P1", "1", "0.5"), ("2", "GV", "MW.h", "0.555555555555556"),
        ("1", "KVA", "kW", None), ("1", "KVR", "MW", None), ("1", "MTK", "m", None), ("1", "XXX", "m", None), ("x", "MTR", "m", None),
        ("INF", "MTR", "m", None), ("1", "MTR", "furlong", None), ("1", "MTR", "", None),
    ],
)  # fmt: skip
def test_a_number_is_converted_or_refused(text, code, ucum, made):
    assert converted(text, code, ucum) == made


def test_every_code_and_every_unit_of_the_ontology_is_known():
    assert [c for c, ucum in CODES.items() if unit(ucum) is None] == []
    assert [u for u in ATTRIBUTES.values() if u and unit(u) is None] == []


@given(
    st.sampled_from(sorted(CODES)),
    st.sampled_from(sorted(CODES)),
    st.decimals(-(10**6), 10**6, places=3),
)
def test_there_and_back_is_the_same(code, other, number):
    mine, theirs = unit(CODES[code]), unit(CODES[other])
    assert mine is not None
    assert theirs is not None
    there = converted(str(number), code, CODES[other])
    if there is None:
        assert mine.dimension != theirs.dimension
        return
    back = converted(there, other, CODES[code])
    assert back is not None
    size = max(abs(number), Decimal("0.001")) + 1000 * (abs(mine.zero) + abs(theirs.zero))
    assert abs(Decimal(back) - number) <= size * Decimal("1e-9")
