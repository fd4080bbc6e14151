"""Arrow's arrays and numpy's, each as the other has them, by their buffers.

pyarrow's own ways (`pa.array`, `pa.scalar`, `to_numpy`) import pandas where that is installed, which takes a
command as long again as its answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from ldt_graph.graph.columns import Bools, Ints


def positions(ids: Ints) -> pa.Array:
    """Return whole numbers as an array that Arrow takes rows by."""
    held = np.ascontiguousarray(ids, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), len(held), [None, pa.py_buffer(held)])


def scalar(text: str) -> pa.Scalar:
    """Return a text that Arrow compares with.

    Raises:
        UnicodeEncodeError: It holds a surrogate without its other half.
    """
    data = text.encode()
    ends = np.array([0, len(data)], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(ends), pa.py_buffer(data)])[0]


def numbers(column: pa.Array, missing: int = 0) -> np.ndarray:
    """Return whole numbers, with one in place of those that are not there."""
    kind = np.dtype(str(column.type))
    valid, data = column.buffers()
    held = np.frombuffer(data or b"", dtype=kind)[column.offset : column.offset + len(column)]
    return held if valid is None else np.where(_bits(valid, column), held, kind.type(missing))


def true(column: pa.BooleanArray) -> Bools:
    """Return which rows say true; one that says nothing does not."""
    said = [_bits(b, column) for b in column.buffers() if b is not None]
    return np.logical_and.reduce(said) if said else np.zeros(len(column), dtype=bool)


def _bits(buffer: pa.Buffer, column: pa.Array) -> Bools:
    bits = np.unpackbits(np.frombuffer(buffer, dtype=np.uint8), bitorder="little")
    return bits[column.offset : column.offset + len(column)].astype(bool)
