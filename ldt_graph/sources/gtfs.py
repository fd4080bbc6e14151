"""GTFS feeds (GTFS Schedule reference): a folder or a zip, a table per file, and the pairs of routes and stops."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.model import WGS84
from ldt_graph.sources.crs import Placer
from ldt_graph.sources.reading import Reading
from ldt_graph.sources.tabular import add_geometry, read_csv

if TYPE_CHECKING:
    from ldt_graph.model import SourceTable

_FILES = ("agency", "stops", "routes", "trips", "stop_times", "calendar", "calendar_dates")
_REQUIRED = ("stops", "routes")
# route_type: GTFS Schedule reference, routes.txt; 900-906 and 700-716 are the extended types.
_ROUTE_CLASS = (
    "CASE WHEN TRY_CAST(route_type AS INTEGER) = 0 OR TRY_CAST(route_type AS INTEGER) BETWEEN 900 AND 906 THEN 'TramLine' "
    "WHEN TRY_CAST(route_type AS INTEGER) IN (3, 11) OR TRY_CAST(route_type AS INTEGER) BETWEEN 700 AND 716 THEN 'BusLine' "
    "ELSE 'TransitLine' END"
)


def read_gtfs(reading: Reading) -> None:
    """Read a feed. `stops` gets a geometry, `routes` a `route_class`; `route_stops` pairs both where stop_times exist.

    Raises:
        SourceError: A required file is missing, or the archive is damaged.
    """
    if reading.path.is_dir():
        _read_folder(reading, reading.path)
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(reading.path) as archive:
                names = [n for n in archive.namelist() if Path(n).suffix == ".txt"]
                for name in names:
                    (Path(folder) / Path(name).name).write_bytes(archive.read(name))
        except (zipfile.BadZipFile, EOFError) as error:
            raise reading.error(f"The archive is damaged: {error}.") from None
        _read_folder(reading, Path(folder))


def _read_folder(reading: Reading, folder: Path) -> None:
    for name in _FILES:
        path = folder / f"{name}.txt"
        if path.is_file():
            # A feed is UTF-8 text of degrees by definition: the dataset's x, y and CRS do not apply.
            plain = replace(
                reading.dataset,
                options={k: v for k, v in reading.dataset.options.items() if k not in ("x", "y")},
            )
            read_csv(
                Reading(reading.con, plain, path, f"{reading.label}/{name}.txt", reading.tables),
                name,
            )
        elif name in _REQUIRED:
            raise reading.error(f"A GTFS feed needs {name}.txt.")
    _place(reading)
    _classify(reading)
    if {"trips", "stop_times"} <= reading.tables.keys():
        _pair(reading)


def _place(reading: Reading) -> None:
    stops = reading.tables["stops"]
    if not {"stop_lat", "stop_lon"} <= set(stops.columns):
        raise reading.error("stops.txt lacks stop_lat or stop_lon.")
    rows = reading.con.execute(
        f"SELECT stop_lon, stop_lat, _row FROM {stops.relation} ORDER BY rowid"
    ).fetchall()
    feed = replace(reading.dataset, crs=WGS84)
    placer = Placer(Reading(reading.con, feed, reading.path, f"{reading.label}/stops.txt"))
    add_geometry(
        reading,
        stops,
        *placer.points([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]),
    )


def _classify(reading: Reading) -> None:
    routes = reading.tables["routes"]
    if "route_type" in routes.columns:
        _replace(reading, routes, f"*, {_ROUTE_CLASS} AS route_class", "route_class")


def _replace(reading: Reading, table: SourceTable, columns: str, added: str) -> None:
    reading.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table.relation} AS SELECT {columns} FROM {table.relation}"
    )
    reading.add(table.name, [*table.columns, added])


def _pair(reading: Reading) -> None:
    times, trips = reading.tables["stop_times"], reading.tables["trips"]
    reading.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {reading.relation('route_stops')} AS "
        f"SELECT t.route_id, s.stop_id, min(s._source) AS _source, min(s._row) AS _row "
        f"FROM {times.relation} s JOIN {trips.relation} t USING (trip_id) "
        "WHERE t.route_id IS NOT NULL AND s.stop_id IS NOT NULL GROUP BY ALL ORDER BY _row"
    )
    reading.add("route_stops", ("route_id", "stop_id"))
