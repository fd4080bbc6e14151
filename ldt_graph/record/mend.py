"""What a build sets aside before it begins: tables of an earlier release, and a newest commit that is damaged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.errors import DamagedRecord, EarlierRecord
from ldt_graph.record.errors import failing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.record.table import Table


def mend(folder: Path, tables: Sequence[Table]) -> list[str]:
    """Set aside what keeps a build from going on, below the record's folder; nothing is deleted.

    Args:
        folder: The record's.
        tables: All its tables, `statements` first.

    Returns:
        What was set aside, in sentences.
    """
    said: list[str] = []
    with failing(f"The record at {folder} can't be mended"):
        for table in tables:
            try:
                said += _newest_commits(folder, table)
            except EarlierRecord:
                return [*said, _everything(folder, tables)]
    return said


def _newest_commits(folder: Path, table: Table) -> list[str]:
    said = []
    while True:
        try:
            table.log.newest()
        except DamagedRecord as error:
            if error.commit is None or error.commit != table.log.tip:
                raise
            aside = _aside(folder, "damaged") / error.path.rsplit("/", 1)[-1]
            Path(error.path).rename(aside)
            table.log.forget()
            said.append(
                f"Commit {error.commit} of {table.uri} was damaged: it lies in {aside} now."
            )
        else:
            return said


def _everything(folder: Path, tables: Sequence[Table]) -> str:
    aside = _aside(folder, "earlier")
    for table in tables:
        lies = folder / table.storage.uri.rsplit("/", 1)[-1]
        if lies.exists():
            lies.rename(aside / lies.name)
        table.log.forget()
    return f"The record was made by an earlier release: its tables lie in {aside} now, and are made anew."


def _aside(folder: Path, what: str) -> Path:
    aside = folder / f"{what}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    aside.mkdir()
    return aside
