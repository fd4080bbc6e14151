"""How often what is tried again and again is tried."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")
CI = bool(os.environ.get("CI"))
# Of the full count a seventh in CI, the same ones each time; elsewhere a twentieth, others each time.
SHARE = float(os.environ.get("TWIN_TEST_SHARE", "0.15" if CI else "0.05"))


LEAST = 5 if CI else 3


def share(full: int, least: int = LEAST) -> int:
    """Return how often to do what is done so often in full, with `TWIN_TEST_SHARE=1`."""
    return max(min(least, full), round(full * SHARE))


def examples(full: int, **more: Any) -> settings:
    """Return the settings of a law that is tried with so many examples in full."""
    return settings(max_examples=share(full), **more)


def some(cases: Iterable[T], of: int = 4) -> list[T]:
    """Return all cases in CI or in full, elsewhere one of so many, others each time, in their order."""
    every = list(cases)
    if CI or SHARE >= 1:
        return every
    taken = random.sample(range(len(every)), -(-len(every) // of))
    return [every[n] for n in sorted(taken)]
