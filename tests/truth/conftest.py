"""What the tests against simulators share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.truth.water import Zoned

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def engines(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Zoned:
    """Return network → its file, record and engine, each made once."""
    return Zoned(shared, tmp_path_factory.mktemp("water"))
