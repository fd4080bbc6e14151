"""What a build sets aside before it begins: tables of an earlier release, and a newest commit that is damaged."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.errors import DamagedRecord, EarlierRecord
from ldt_graph.record.errors import failing

if TYPE_CHECKING:
    from ldt_graph.record.table import Table
    from ldt_graph.record.tables import Tables


def mend(folder: Path, tables: Tables) -> list[str]:
    """Set aside what keeps a build from going on, below the record's folder; nothing is deleted.

    Returns:
        What was set aside, in sentences.

    Raises:
        DamagedRecord: What is damaged is older than the newest commit, or a version needs it.
    """
    with failing(f"The record at {folder} can't be mended"):
        try:
            said = _newest_commits(folder, tables.statements)
            newest = tables.statements.log.newest()
            for name, table in tables.side.items():
                said += _newest_commits(
                    folder, table, newest.said["side"].get(name) if newest else None
                )
        except EarlierRecord:
            return [_everything(folder, tables)]
    return said


def _newest_commits(folder: Path, table: Table, needed: int | None = None) -> list[str]:
    """Set a table's newest commits aside while they are damaged, but none that a version needs."""
    said = []
    while True:
        try:
            table.log.newest()
        except DamagedRecord as error:
            if error.commit is None or error.commit != table.log.tip or error.commit == needed:
                raise
            aside = _aside(folder, "damaged") / Path(error.path).name
            Path(error.path).rename(aside)
            table.log.forget()
            said.append(
                f"Commit {error.commit} of {table.uri} was damaged: it lies in {aside} now."
            )
        else:
            return said


def _everything(folder: Path, tables: Tables) -> str:
    aside = _aside(folder, "earlier")
    for table in tables.all():
        lies = Path(table.uri)
        if lies.exists():
            lies.rename(aside / lies.name)
        table.log.forget()
    return f"The record was made by an earlier release: its tables lie in {aside} now, and are made anew."


def _aside(folder: Path, what: str) -> Path:
    aside = folder / f"{what}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    aside.mkdir()
    return aside
