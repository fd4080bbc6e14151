"""GTFS feeds (GTFS Schedule reference): a table per file, and the pairs of routes and stops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.model import WGS84
from ldt_graph.sources.columns import sql_names
from ldt_graph.sources.formats.delimited import stage_csv
from ldt_graph.sql import identifier

if TYPE_CHECKING:
    from ldt_graph.model import Dataset, SourceTable
    from ldt_graph.sources.connect import ByteSource
    from ldt_graph.sources.reading import Reading, Staged

_REQUIRED = ("stops", "routes")
_SQL = Path(__file__).parent
_X, _Y = "stop_lon", "stop_lat"


def read_gtfs(reading: Reading) -> None:
    """Read a feed. `stops` gets a geometry, `routes` a `route_class`; `route_stops` pairs both where stop_times exist.

    Raises:
        SourceError: A required file or column is missing.
    """
    files = {f.stem: f for f in reading.files}
    for name in _REQUIRED:
        if name not in files:
            raise reading.error(
                f"A GTFS feed needs {name}.txt.", hint=f"It holds {', '.join(sorted(files))}."
            )
    for name, file in files.items():
        own = reading.of((file,), _plain(reading.dataset, located=name == "stops"))
        own.add(name, _staged(own, file))
        if name == "routes":
            own.note(name, read=("route_type",), made=("route_class",))
    if {"trips", "stop_times"} <= files.keys():
        _pair(reading)


def _plain(dataset: Dataset, *, located: bool) -> Dataset:
    """A feed is text of degrees by definition: the dataset's CRS does not apply, its stops say where they are."""
    options = dict(dataset.options) | ({"x": _X, "y": _Y} if located else {})
    return replace(dataset, options=options, crs=WGS84)


def _staged(own: Reading, file: ByteSource) -> Staged:
    if file.stem == "routes":
        return _classified(own, stage_csv(own, ("route_class",)))
    staged = stage_csv(own)
    if file.stem == "stops" and "geometry" not in staged.columns:
        raise own.error(f"stops.txt lacks {_Y} and {_X}.")
    return staged


# The classes of route types stay here: a mapping's class is a constant or a template of a column, and can't be
# chosen by a value or a range of values. `route_type` stands beside it as the feed has it.
def _classified(own: Reading, staged: Staged) -> Staged:
    if "route_type" not in staged.columns:
        return staged
    sql = dict(zip(staged.columns, sql_names(staged.columns), strict=True))
    classified = own.stage(
        (*staged.columns, "route_class"),
        (_SQL / "gtfs_classes.sql")
        .read_text(encoding="utf-8")
        .format(relation=staged.relation, route_type=identifier(sql["route_type"])),
    )
    own.drop(staged)
    return classified


def _pair(reading: Reading) -> None:
    times, trips = reading.tables["stop_times"], reading.tables["trips"]
    names = {
        "times": times.relation,
        "trips": trips.relation,
        "times_trip": _column(reading, times, "trip_id"),
        "stop": _column(reading, times, "stop_id"),
        "trips_trip": _column(reading, trips, "trip_id"),
        "route": _column(reading, trips, "route_id"),
    }
    text = (_SQL / "gtfs_pairs.sql").read_text(encoding="utf-8").format(**names)
    reading.add("route_stops", reading.stage(("route_id", "stop_id"), text))
    reading.note("route_stops", made=("route_id", "stop_id"))
    reading.note("stop_times", read=("trip_id", "stop_id"))
    reading.note("trips", read=("trip_id", "route_id"))


def _column(reading: Reading, table: SourceTable, name: str) -> str:
    if name not in table.columns:
        raise reading.error(f"{table.name}.txt lacks {name}.")
    return identifier(table.sql_column(name))
