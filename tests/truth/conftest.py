"""What the tests against simulators share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.truth.water import Zoned

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cities import Cities


@pytest.fixture(scope="session")
def engines(shared: Path, cities: Cities) -> Zoned:
    """Return network → its file, record and engine, each made once."""
    return Zoned(shared, cities)
