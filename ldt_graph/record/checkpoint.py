"""Checkpoints, for other readers of the table and for a log whose beginning is gone; we need none ourselves.

delta-rs writes them. It is given a log of one commit that says what the version holds: so a checkpoint costs
what the version holds, not what the log does, and neither a gap in the log nor an odd path stands in its way.
"""

from __future__ import annotations

import json
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldt_graph.record.commit import APP, add_action, creation
from ldt_graph.record.log import FOLDER, name_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ldt_graph.record.log import Commit
    from ldt_graph.record.table import Table


def write_checkpoint(table: Table, commit: Commit) -> None:
    """Write what a version holds as a checkpoint, and name it as the last; both are on the disk before it counts."""
    files = [f for parts in commit.files.values() for f in parts]
    adds = [add_action(f, json.dumps({"numRecords": f.rows}), commit.time) for f in files]
    last = {"txn": {"appId": APP, "version": commit.number, "lastUpdated": commit.time}}
    actions = [*creation(table.columns, commit), *adds, last]
    said = {"version": commit.number, "size": len(actions)}
    _put(table, _made(actions), f"{commit.number:020}.checkpoint.parquet")
    _put(table, json.dumps(said).encode(), "_last_checkpoint")


def _made(actions: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the checkpoint that delta-rs makes of a log of one commit."""
    from deltalake import DeltaTable

    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder, name_of(0))
        first.parent.mkdir()
        first.write_text("\n".join(map(json.dumps, actions)), encoding="utf-8")
        DeltaTable(folder).create_checkpoint()
        return first.with_name(f"{0:020}.checkpoint.parquet").read_bytes()


def _put(table: Table, content: bytes, name: str) -> None:
    table.staging.mkdir(parents=True, exist_ok=True)
    made = table.staging / uuid.uuid4().hex
    made.write_bytes(content)
    table.storage.put(made, f"{FOLDER}/{name}")
