"""One build at a time on a local disk: a lock that ends with its process, however it ends."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ldt_graph.errors import BuildInProgress, RecordError
from ldt_graph.record.errors import failing

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path
    from typing import TextIO


@contextmanager
def hold(folder: Path, staging: Path) -> Generator[None]:
    """Hold a record's folder. What a killed build left in the making goes.

    Raises:
        BuildInProgress: Another process, or another hold of this one, has it.
        RecordError: The folder can't be written.
    """
    with failing(f"The record at {folder} can't be held for a build"):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+", encoding="utf-8")
    with lock:
        with failing(f"The record at {folder} can't be held for a build"):
            _lock(lock, folder)
            shutil.rmtree(staging, ignore_errors=True)
        try:
            yield
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _lock(lock: TextIO, folder: Path) -> None:
    try:
        import fcntl
    except ImportError:
        raise RecordError(
            "This system has no file locks of the kind that keep two builds apart.",
            hint="Build on Linux or macOS; reading a record works here.",
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise BuildInProgress(
            f"Another build holds the record {folder} ({lock.read().strip() or 'just started'}).",
            hint="Its last complete version still answers; try again when the build is done.",
        ) from None
    since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    lock.truncate(0)
    lock.write(f"process {os.getpid()}, since {since}")
    lock.flush()
