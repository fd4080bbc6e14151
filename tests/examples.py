"""How often what is tried again and again is tried."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings

# Of the full count a seventh, in CI the same ones each time.
SHARE = float(os.environ.get("TWIN_TEST_SHARE", "0.15"))


def share(full: int, least: int = 5) -> int:
    """Return how often to do what is done so often in full, with `TWIN_TEST_SHARE=1`."""
    return max(min(least, full), round(full * SHARE))


def examples(full: int, **more: Any) -> settings:
    """Return the settings of a law that is tried with so many examples in full."""
    return settings(max_examples=share(full), **more)
