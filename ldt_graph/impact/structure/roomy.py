"""Columns by vertex with room at their end, so that a few vertices more cost no copy of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")
ROOM = 256
"""Vertices that there is room for."""


def widened(part: T, ends: Mapping[str, int], more: int) -> T:
    """Return a dataclass with more entries at the end of some of its columns: column → what they are. One that is None stays so."""
    made = {n: _longer(getattr(part, n), more, end) for n, end in ends.items()}
    return replace(part, **made)  # ty: ignore[invalid-argument-type]


def narrowed(part: T, sizes: Mapping[str, int]) -> T:
    """Return a dataclass with the first entries of some of its columns, as views: column → how many."""
    columns = {n: getattr(part, n) for n in sizes}
    made = {n: c[: sizes[n]] for n, c in columns.items() if c is not None}
    return replace(part, **made)  # ty: ignore[invalid-argument-type]


def _longer(column: Any, more: int, value: int) -> Any:  # noqa: ANN401  (a column of any type, or none)
    if column is None:
        return None
    return np.append(column, np.full(more, value, dtype=column.dtype))
