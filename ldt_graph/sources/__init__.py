"""Read a dataset's files into named tables, every value with its file and row."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ldt_graph.errors import Place, SettingsError, SourceError
from ldt_graph.sources import registry
from ldt_graph.sources.places import locate
from ldt_graph.sources.reading import Reading
from ldt_graph.sources.tell import COORDINATES, options_of, tell, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

    from ldt_graph.model import Dataset, SourceTable
    from ldt_graph.sources.tell import Part

__all__ = ["fingerprint", "locate", "open_dataset"]


def open_dataset(
    con: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    data_root: Path,
    attributes: Mapping[str, str | None] | None = None,
    contexts: Mapping[str, Path] | None = None,
) -> dict[str, SourceTable]:
    """Read a dataset into tables of the connection. Cells stay text.

    A folder or an archive is read file by file, unless it is a feed of one format (GTFS). What no
    format reads is reported in one line.

    Args:
        con: A connection with the table `violations`: what can't be read by row or cell goes there.
        dataset: What twin.toml says of it.
        data_root: The folder that `dataset.source` is relative to.
        attributes: Those of the ontology → their units as UCUM codes: what a format that knows units converts to.
        contexts: The twin's own JSON-LD contexts, address → file, beside those that ship.

    Raises:
        SourceError: A file is missing, empty, not of its format, or contradicts its own CRS; two files make
            tables of one name.
        SettingsError: twin.toml names a format, a connector, an option or a column that does not exist.
    """
    told = tell(dataset, data_root)
    reading = Reading(
        con,
        dataset,
        told.parts[0].files,
        attributes=attributes or {},
        contexts=contexts or {},
    )
    for part in told.parts:
        _read(reading.of(part.files, format_=part.format), part)
    _account_unread(reading, told.unread)
    reading.write_account()
    _check_coordinates(dataset, told.parts)
    _check_columns(dataset, reading.tables)
    return reading.tables


def fingerprint(dataset: Dataset, data_root: Path, ontology: str = "") -> str:
    """Return a hash of all that `open_dataset` would read: the same bytes under the same names, the same hash.

    A format that reads by the ontology's units and by contexts makes something else of the same bytes when `ontology`,
    the hash of both, is another.
    Of what no format reads it takes the names, which are reported. It reads each file once, as fast as the
    disk gives it, and parses none; it imports neither DuckDB nor a format's libraries.

    Raises:
        SourceError: As `open_dataset`, of what is missing, can't be opened or is of no format.
        SettingsError: As `open_dataset`, but for columns, which it does not know.
    """
    told = tell(dataset, data_root)
    whole = hashlib.sha256()
    for part in told.parts:
        for file in part.files:
            try:
                with file.opened() as opened:
                    found = hashlib.file_digest(opened, "sha256").hexdigest()
            except OSError as error:
                raise unreadable(file.label, error) from None
            whole.update(f"{part.format}\0{file.label}\0{found}\n".encode())
        if getattr(registry.format_(part.format), "by_ontology", False):
            whole.update(ontology.encode())
    whole.update("\0".join(told.unread).encode())
    return whole.hexdigest()


def _read(reading: Reading, part: Part) -> None:
    try:
        registry.format_(part.format).read(reading)
    except OSError as error:
        raise unreadable(reading.label, error) from None


def _account_unread(reading: Reading, unread: Mapping[str, str]) -> None:
    source = reading.dataset.source
    for name, why in unread.items():
        reading.unused("file", name, why, source=name)
    if unread:
        first, why = next(iter(unread.items()))
        reading.report(
            "source:file-not-read",
            f"{len(unread)} of its files are not read; the first is {first}: {why}.",
            value=first,
            severity="warning",
            source=source,
        )


def _check_coordinates(dataset: Dataset, parts: Sequence[Part]) -> None:
    """Refuse x and y where the format has its own coordinates; after reading, for a bad file is the greater fault."""
    if set(COORDINATES) & dataset.options.keys() - options_of(parts):
        raise SettingsError(
            f"Dataset {dataset.name}: the format {parts[0].format} takes no x and y: it knows its coordinates itself.",
            place=Place("twin.toml", dataset.line or None),
            hint="Leave them out of twin.toml.",
        )


def _check_columns(dataset: Dataset, tables: dict[str, SourceTable]) -> None:
    """Refuse columns that twin.toml names and no table has; of JSON the mapping's own check tells."""
    columns = {c for t in tables.values() for c in t.columns}
    missing = sorted(dataset.references.keys() - columns)
    if missing and not any(t.form == "json" for t in tables.values()):
        raise SettingsError(
            f"Dataset {dataset.name} has no column {missing[0]!r} to resolve.",
            place=Place("twin.toml", dataset.line or None),
            hint=f"Columns: {', '.join(sorted(columns))}.",
        )
    x, y = dataset.options.get("x"), dataset.options.get("y")
    if x and y and not any("geometry" in t.columns for t in tables.values()):
        raise SourceError(
            f"Dataset {dataset.name}: no table of {dataset.source} has the columns {x!r} and {y!r} that twin.toml names.",
            place=Place("twin.toml", dataset.line or None),
            hint=f"Found: {'; '.join(', '.join(t.columns) for t in tables.values())[:200]}. Is it the right delimiter?",
        )
