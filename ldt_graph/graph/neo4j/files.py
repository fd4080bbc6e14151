"""A version as the CSV files that `neo4j-admin database import full` takes (Operations Manual, Import)."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from neo4j.spatial import WGS84Point

from ldt_graph.errors import RecordError, SettingsError
from ldt_graph.graph.neo4j.marks import FORMAT
from ldt_graph.graph.neo4j.names import ENTITY, LOCK, STATE, TWIN, VIOLATIONS
from ldt_graph.graph.neo4j.versions import Publication

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import numpy as np

    from ldt_graph.model import Version
    from ldt_graph.record import Record

_LIST = "\x1f"  # between the values of a list
_TYPES: dict[type, str] = {str: "string", bool: "boolean", int: "long", float: "double"}
Row = dict[str, Any]


def write_files(record: Record, version: Version, folder: Path) -> list[str]:
    """Write a version's nodes and relationships, and the stamp; return the command to type.

    The imported database is as `publish` would have left it, so that later versions are published by
    difference.

    Args:
        record: Where the version is read.
        version: Which.
        folder: Where the files go; made if need be.

    Raises:
        SettingsError: The folder can't be written, or holds files.
        RecordError: A text can't be told in such a file, or is too long for Neo4j's indexes.
    """
    made = Publication(record, version)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise SettingsError(
                f"{folder} is not empty; nothing was written.", hint="Name another with -o."
            )
        nodes = list(_write_nodes(folder, made.nodes(10_000)))
        nodes.append(_write_own(folder, made.stamp | {"label": ENTITY}, made.violations))
        related = list(_write_relationships(folder, made.relationships(10_000), made.kinds))
    except OSError as error:
        raise SettingsError(f"{folder} can't be written: {error.strerror or error}.") from None
    return [
        "neo4j-admin", "database", "import", "full", "neo4j", "--overwrite-destination", "--id-type=integer",
        "--array-delimiter=U+001F", "--multiline-fields=true", "--strict=true",
        *(f"--nodes={folder / name}" for name in nodes),
        *(f"--relationships={folder / name}" for name in related),
    ]  # fmt: skip


def _write_nodes(
    folder: Path, batches: Iterable[tuple[tuple[str, ...], list[Row]]]
) -> Iterator[str]:
    """Write a file per set of columns: a property has one type in a file."""
    files: dict[tuple[str, ...], Any] = {}
    try:
        for labels, rows in batches:
            for row in rows:
                own = {k: v for k, v in row.items() if k != "_ldt"}
                header = (
                    ":LABEL",
                    "_ldt:ID(Entity)",
                    *(_header(k, v) for k, v in sorted(own.items())),
                )
                if header not in files:
                    name = f"nodes-{len(files):04d}.csv"
                    files[header] = (folder / name).open("w", encoding="utf-8", newline="")
                    files[header].write(_line(header))
                    yield name
                values = (v for _, v in sorted(own.items()))
                files[header].write(_line([_LIST.join(labels), row["_ldt"], *values]))
    finally:
        for file in files.values():
            file.close()


def _write_own(folder: Path, stamp: Row, violations: Iterable[str]) -> str:
    """Write the twin's stamp, the publisher's marks and the violations."""
    rows: list[tuple[str, Row]] = [
        (TWIN, stamp),
        (STATE, {"sequence": 0, "format": FORMAT}),
        (LOCK, {}),
        *((VIOLATIONS, {"part": n, "data": text}) for n, text in enumerate(violations)),
    ]
    types = {k: _header(k, v) for _, row in rows for k, v in row.items()}
    with (folder / "twin.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(_line([":LABEL", ":ID(Twin)", *types.values()]))
        for number, (label, row) in enumerate(rows):
            file.write(_line([label, number, *(row.get(k) for k in types)]))
    return "twin.csv"


def _write_relationships(
    folder: Path, batches: Iterable[np.ndarray], kinds: Iterable[tuple[str, Row]]
) -> Iterator[str]:
    columns = ("dataset", "origin", "source", "rule", "relation")
    header = (":START_ID(Entity)", ":END_ID(Entity)", ":TYPE", *columns, "_how:long", "row:long")
    name = "relationships.csv"
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        file.write(_line(header))
        known = [(type_, *(said.get(c) for c in columns)) for type_, said in kinds]
        for start, end, row, how in chain.from_iterable(rows.tolist() for rows in batches):
            file.write(_line([start, end, *known[how], how, row if row >= 0 else None]))
    yield name


def _header(key: str, value: object) -> str:
    if isinstance(value, WGS84Point):
        return f"{key}:point{{crs:WGS-84}}"
    if isinstance(value, list):
        return f"{key}:{_TYPES[type(value[0])] if value else 'string'}[]"
    return f"{key}:{_TYPES[type(value)]}"


def _line(values: Iterable[object]) -> str:
    return ",".join(chain(map(_cell, values))) + "\n"


def _cell(value: object) -> str:
    """Return a value as a cell: texts in quotes, so that an empty one is not a missing one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, WGS84Point):
        return f'"{{longitude: {value.longitude!r}, latitude: {value.latitude!r}}}"'
    if isinstance(value, list):
        bad = next((v for v in value if isinstance(v, str) and _LIST in v), None)
        if bad is not None:
            raise RecordError(
                f"One of an attribute's several values is {bad[:80]!r}: U+001F is what parts a list in these files.",
                hint="Mend it in the source, or use `ldt publish`.",
            )
        value = _LIST.join(str(v).lower() if isinstance(v, bool) else str(v) for v in value)
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return repr(value)
