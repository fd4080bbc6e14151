"""Read a dataset's files into named tables, every value with its file and row."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from ldt_graph.errors import Place, SettingsError, SourceError
from ldt_graph.sources import epanet, gtfs, jsons, ngsi_ld, pandapower, shapefiles, tabular, tntp
from ldt_graph.sources.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb

    from ldt_graph.model import Dataset, SourceTable

__all__ = ["FORMATS", "fingerprint", "open_dataset"]

FORMATS: dict[str, Callable[[Reading], None]] = {
    "csv": tabular.read_csv,
    "tsv": tabular.read_csv,
    "parquet": tabular.read_parquet,
    "json": jsons.read_json,
    "ndjson": jsons.read_ndjson,
    "geojson": jsons.read_geojson,
    "ngsi-ld": ngsi_ld.read_ngsi_ld,
    "gtfs": gtfs.read_gtfs,
    "epanet": epanet.read_epanet,
    "pandapower": pandapower.read_pandapower,
    "tntp": tntp.read_tntp,
    "shapefile": shapefiles.read_shapefile,
}
"""Every source format, by the name that twin.toml gives it."""

_SUFFIXES = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".geojson": "geojson",
    ".jsonld": "ngsi-ld",
    ".inp": "epanet",
    ".tntp": "tntp",
    ".shp": "shapefile",
}
_WHOLE_FOLDER = ("gtfs",)


def open_dataset(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, data_root: Path
) -> dict[str, SourceTable]:
    """Read a dataset into tables of the connection.

    A folder is read file by file, unless it is a feed of one format (GTFS). Cells stay text.

    Args:
        con: A connection with the table `violations`: what can't be read by row or cell goes there.
        dataset: What twin.toml says of it.
        data_root: The folder that `dataset.source` is relative to.

    Raises:
        SourceError: A file is missing, empty, not of its format, or contradicts its own CRS.
        SettingsError: twin.toml names a format that does not exist.
    """
    path = data_root / dataset.source
    if not path.exists():
        raise SourceError(
            f"Dataset {dataset.name} has no file {dataset.source!r} in {data_root}.",
            hint="Check `source` in twin.toml, and --data.",
        )
    tables: dict[str, SourceTable] = {}
    for file in _files(path, dataset):
        label = file.relative_to(data_root).as_posix()
        reading = Reading(con, dataset, file, label, tables)
        try:
            _reader(reading)(reading)
        except OSError as error:
            raise reading.error(f"The file can't be read: {error.strerror or error}.") from None
    if not tables:
        raise SourceError(
            f"Dataset {dataset.name}: {dataset.source} holds no file that a format reads."
        )
    x, y = dataset.options.get("x"), dataset.options.get("y")
    if x and y and not any("geometry" in t.columns for t in tables.values()):
        raise SourceError(
            f"Dataset {dataset.name}: no table of {dataset.source} has the columns {x!r} and {y!r} that twin.toml names.",
            place=Place("twin.toml", dataset.line or None),
            hint=f"Found: {'; '.join(', '.join(t.columns) for t in tables.values())[:200]}. Is it the right delimiter?",
        )
    return tables


def fingerprint(dataset: Dataset, data_root: Path) -> str:
    """Return a hash of all that `open_dataset` would read."""
    import hashlib

    path = data_root / dataset.source
    if not path.exists():
        raise SourceError(
            f"Dataset {dataset.name} has no file {dataset.source!r} in {data_root}.",
            hint="Check `source` in twin.toml, and --data.",
        )
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if file.is_file():
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _files(path: Path, dataset: Dataset) -> list[Path]:
    if path.is_file() or (dataset.format or _folder_format(path)) in _WHOLE_FOLDER:
        return [path]
    known = {s for s in _SUFFIXES if dataset.format in (None, _SUFFIXES[s])} | {".json"}
    return sorted(p for p in path.iterdir() if p.is_file() and p.suffix.lower() in known)


def _folder_format(path: Path) -> str | None:
    return "gtfs" if path.is_dir() and (path / "stops.txt").is_file() else None


def _reader(reading: Reading) -> Callable[[Reading], None]:
    stated = reading.dataset.format
    if stated is not None and stated not in FORMATS:
        raise SettingsError(
            f"Dataset {reading.dataset.name} names the format {stated!r}, which does not exist.",
            place=Place("twin.toml", reading.dataset.line or None),
            hint=f"Formats: {', '.join(FORMATS)}.",
        )
    found = stated or _folder_format(reading.path) or _SUFFIXES.get(reading.path.suffix.lower())
    if found is None and reading.path.suffix.lower() == ".json":
        found = _json_format(reading)
    if found is None and zipfile.is_zipfile(reading.path):
        found = "gtfs"
    if found is None:
        raise reading.error(
            "No format is known by this ending.",
            hint=f"Name it in twin.toml: format = one of {', '.join(FORMATS)}.",
        )
    return FORMATS[found]


def _json_format(reading: Reading) -> str:
    """Tell pandapower, GeoJSON and NGSI-LD from other JSON by the first characters of the file."""
    with reading.path.open("rb") as file:
        head = file.read(4096).decode("utf-8", errors="replace")
    if '"pandapowerNet"' in head:
        return "pandapower"
    if '"FeatureCollection"' in head:
        return "geojson"
    if '"@context"' in head or ('"urn:ngsi-ld:' in head and '"type"' in head):
        return "ngsi-ld"
    return "json"
