"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ldt", deadline=None, print_blob=True)
settings.load_profile("ldt")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the real data and the public suites beside the checkout; skip without them, except in CI."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        message = (
            "The real cities and public test suites (../shared, beside the checkout) are not here."
        )
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder
