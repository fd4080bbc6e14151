"""How many examples a law is tried with."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings


def examples(count: int, **more: Any) -> settings:
    """Return the settings of a law: all examples in CI, a quarter on a machine where someone waits."""
    return settings(max_examples=count if os.environ.get("CI") else max(5, count // 4), **more)
