"""Making a commit: the actions of Delta's log, and the one moment at which a version is there.

On a local disk we write the commit ourselves: its file is synced before it gets its name, and a name that
is taken is a conflict. On an object store delta-rs does, whose conditional put gives the same.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from ldt_graph.errors import BuildInProgress
from ldt_graph.record.errors import failing, reason
from ldt_graph.record.log import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ldt_graph.record.log import Commit, File
    from ldt_graph.record.storage import LocalFolder

APP = "ldt"
"""Delta's `txn` of our commits: two writers of one application conflict, whoever checks."""

EVERY = 100  # commits from one checkpoint to the next
_FOREVER = "interval 52000 weeks"  # a thousand years: Spark and delta-rs count it in milliseconds
PROPERTIES = {
    "delta.logRetentionDuration": _FOREVER,
    "delta.deletedFileRetentionDuration": _FOREVER,
    "delta.enableExpiredLogCleanup": "false",
    "delta.checkpointInterval": str(EVERY),
}
"""No version leaves by itself, not even at the hands of a vacuum with its defaults."""

_DELTA = {
    "VARCHAR": "string",
    "BIGINT": "long",
    "INTEGER": "integer",
    "UBIGINT": "decimal(20,0)",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
}


def add_action(file: File, stats: str, now: int) -> dict[str, Any]:
    """Return the action that adds a file (Delta protocol, "Add File and Remove File")."""
    return {
        "add": {
            "path": file.path,
            "partitionValues": {"dataset": file.dataset},
            "size": file.size,
            "modificationTime": now,
            "dataChange": True,
            "stats": stats,
        }
    }


def remove_action(file: File, now: int) -> dict[str, Any]:
    """Return the action that removes a file."""
    return {
        "remove": {
            "path": file.path,
            "deletionTimestamp": now,
            "dataChange": True,
            "extendedFileMetadata": True,
            "partitionValues": {"dataset": file.dataset},
            "size": file.size,
        }
    }


def commit_local(
    folder: LocalFolder,
    staging: Path,
    columns: Mapping[str, str],
    commit: Commit,
    actions: Sequence[Mapping[str, Any]],
) -> None:
    """Write the commit's file and give it its name; it is on the disk when this returns."""
    made = staging / f"{uuid.uuid4().hex}.json"
    head = creation(columns, commit) if commit.number == 0 else []
    about = {
        "commitInfo": {
            "timestamp": commit.time,
            "operation": "CREATE TABLE" if head else "WRITE",
            "operationParameters": {"mode": "Append", "partitionBy": '["dataset"]'},
            "engineInfo": "ldt",
            "ldt": commit.document(),
        }
    }
    last = {"txn": {"appId": APP, "version": commit.number, "lastUpdated": commit.time}}
    lines = (json.dumps(a, sort_keys=True) for a in (about, *head, *actions, last))
    staging.mkdir(parents=True, exist_ok=True)
    made.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if not folder.claim(made, name_of(commit.number)):
        raise conflict(folder.uri)


def commit_remote(
    uri: str,
    columns: Mapping[str, str],
    commit: Commit,
    adds: Sequence[Mapping[str, Any]],
    removes: Sequence[Mapping[str, Any]],
) -> None:
    """Let delta-rs commit on an object store; it never tries again on top of another's commit."""
    from deltalake import CommitProperties, DeltaTable, Schema, Transaction
    from deltalake.exceptions import CommitFailedError
    from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

    made = [
        AddAction(a["path"], a["size"], a["partitionValues"], a["modificationTime"], True, a["stats"])
        for a in (x["add"] for x in adds)
    ]  # fmt: skip
    gone = [
        RemoveAction(r["path"], True, r["deletionTimestamp"], r["size"], r["partitionValues"])
        for r in (x["remove"] for x in removes)
    ]
    schema = Schema.from_json(schema_json(columns))
    properties = CommitProperties(
        custom_metadata={"ldt": commit.document()},
        max_commit_retries=0,
        app_transactions=[Transaction(APP, commit.number, commit.time)],
    )
    with failing(f"The record at {uri} can't be written"):
        if commit.number == 0:
            create_table_with_add_actions(
                uri,
                schema,
                made,
                partition_by=["dataset"],
                configuration=PROPERTIES,
                commit_properties=properties,
            )
            return
        try:
            DeltaTable(uri, version=commit.number - 1).create_write_transaction(
                [*made, *gone],
                mode="append",
                schema=schema,
                partition_by=["dataset"],
                commit_properties=properties,
            )
        except CommitFailedError as error:
            raise conflict(uri, reason(error)) from error


def conflict(uri: str, why: str = "") -> BuildInProgress:
    """Return the error of a writer that came second."""
    return BuildInProgress(
        f"Another writer has committed to {uri} since this one began{f' ({why})' if why else ''}; nothing was changed.",
        hint="Do it again: it will start from the newer version.",
    )


def schema_json(columns: Mapping[str, str]) -> str:
    """Return a table's schema as Delta writes it (Delta protocol, "Schema Serialization Format")."""
    fields = [
        {"name": c, "type": _DELTA[t], "nullable": True, "metadata": {}} for c, t in columns.items()
    ]
    return json.dumps({"type": "struct", "fields": fields})


def creation(columns: Mapping[str, str], commit: Commit) -> list[dict[str, Any]]:
    """Return what the first commit says of the table: protocol (1,2) without features, its columns, its properties."""
    return [
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
        {
            "metaData": {
                "id": commit.said["record"],
                "format": {"provider": "parquet", "options": {}},
                "schemaString": schema_json(columns),
                "partitionColumns": ["dataset"],
                "configuration": PROPERTIES,
                "createdTime": commit.time,
            }
        },
    ]
