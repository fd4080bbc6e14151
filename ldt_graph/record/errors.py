"""What the record's libraries and the operating system complain of, in our words."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ldt_graph.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Generator

_LIBRARIES = (
    ("duckdb", "Error"),
    ("deltalake.exceptions", "DeltaError"),
    ("pyarrow.lib", "ArrowException"),
)


@contextmanager
def failing(what: str, hint: str | None = None) -> Generator[None]:
    """Turn what a library or the operating system raises into `what`, with their reason.

    Raises:
        RecordError: In place of an error of DuckDB, Arrow, delta-rs or the operating system.
    """
    try:
        yield
    except _theirs() as error:
        raise RecordError(f"{what}: {reason(error)}.", hint=hint) from error


def reason(error: BaseException) -> str:
    """Return the first line of what an error says, without a closing dot."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return said.strip().splitlines()[0].rstrip(".") if said.strip() else type(error).__name__


def _theirs() -> tuple[type[BaseException], ...]:
    """Return the errors of those libraries that are loaded: one that isn't can't have raised."""
    loaded = ((sys.modules.get(module), name) for module, name in _LIBRARIES)
    return (OSError, *(getattr(m, name) for m, name in loaded if m is not None))
