"""What the buffers say is what pyarrow says."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.graph.arrow import numbers, positions, scalar, true

START = st.integers(0, 12)


@given(st.lists(st.none() | st.integers(-(2**31), 2**31 - 1)), START)
def test_numbers_are_pyarrows_from_any_row_on(values: list[int | None], start: int) -> None:
    for kind in (pa.int32(), pa.int64()):
        column = pa.array(values, kind)[start:]
        assert numbers(column, missing=-7).tolist() == [-7 if v is None else v for v in values[start:]]  # fmt: skip


@given(st.lists(st.none() | st.booleans()), START)
def test_true_is_what_says_so_from_any_row_on(values: list[bool | None], start: int) -> None:
    found = true(pa.array(values, pa.bool_())[start:])
    assert found.dtype == bool
    assert found.tolist() == [bool(v) for v in values[start:]]


@given(st.text())
def test_a_word_is_pyarrows(text: str) -> None:
    assert scalar(text) == pa.scalar(text)


def test_half_a_character_is_no_word() -> None:
    with pytest.raises(UnicodeEncodeError):
        scalar("\ud800")


@given(st.lists(st.integers(0, 9)), st.integers(1, 3))
def test_positions_are_taken_whatever_their_steps(ids: list[int], step: int) -> None:
    taken = pa.array(range(10)).take(positions(np.array(ids, dtype=np.int64)[::step]))
    assert taken.to_pylist() == ids[::step]


def test_a_table_is_asked_without_pandas(cities) -> None:
    asked = f"""import sys
from ldt_graph.cli import main
for verb, *words in (["find", "hosp"], ["show", "HOSP-01"], ["impact", "--of", "power:HV-01"]):
    folder = {str(cities.demo(4_000))!r}
    assert main([verb, folder, *words] if verb == "impact" else [verb, *words, folder]) == 0
assert "pandas" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
