"""GTFS feeds (GTFS Schedule reference): a table per file, and the pairs of routes and stops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.model import WGS84
from ldt_graph.sources.crs import GEOMETRY
from ldt_graph.sources.formats.delimited import stage_cells
from ldt_graph.sources.formats.gtfs_feed import Feed, check, trim
from ldt_graph.sources.formats.points import place_columns
from ldt_graph.sources.tell import unreadable

if TYPE_CHECKING:
    from ldt_graph.model import Dataset
    from ldt_graph.sources.connect import ByteSource
    from ldt_graph.sources.reading import Reading, Staged

_REQUIRED = ("stops", "routes")
_SQL = Path(__file__).parent
_X, _Y = "stop_lon", "stop_lat"
# Columns that the reader adds, by file.
_OWN = {"stops": GEOMETRY, "agency": ("agency_key",), "routes": ("route_class", "route_name", "agency_key")}  # fmt: skip
_CELLS = {
    "route_class": ("route_type",),
    "route_name": ("route_short_name", "route_long_name"),
    "agency_key": ("agency_id", "agency_name"),
}
"""What those are made of that are no geometry."""
# routes.txt, route_type, and the extended types: https://developers.google.com/transit/gtfs/reference/extended-route-types
_TYPES = (
    *range(8), 11, 12, *range(100, 118), *range(200, 210), 300, *range(400, 406), 500, 600, *range(700, 717), 800,
    *range(900, 907), 1000, 1100, 1200, *range(1300, 1308), 1400, *range(1500, 1508), *range(1600, 1605), *range(1700, 1703),
)  # fmt: skip


def read_gtfs(reading: Reading) -> None:
    """Read a feed: its files as they are but for blanks around values, and what the twin makes of them.

    `stops` gets a geometry; `routes` a `route_class`, a `route_name` (the short one, else the long one) and, as
    `agency` does, an `agency_key` (the id; of an agency without one, its name). `route_stops` pairs routes with
    stops, and with the stations that these are platforms of, where trips and stop times exist. What names something that no row describes is reported.

    Raises:
        SourceError: A required file or column is missing.
    """
    files = {f.stem: f for f in reading.files}
    for name in _REQUIRED:
        if name not in files:
            raise reading.error(
                f"A GTFS feed needs {name}.txt.", hint=f"It holds {', '.join(sorted(files))}."
            )
    feed = Feed({name: _own(reading, name, file) for name, file in files.items()})
    for name, own in feed.readings.items():
        feed.staged[name] = _staged(own, _OWN.get(name, ()))
    check(feed)
    _check_types(feed)
    if {"trips", "stop_times"} <= files.keys():
        _pair(reading, feed)
    for name in ("stops", "routes", "agency"):  # what is made of routes looks at the agencies
        if name in files:
            feed.staged[name] = _made(feed, name)
    for name, own in feed.readings.items():
        own.add(name, feed.staged[name])
    if "route_stops" in feed.staged:
        reading.add("route_stops", feed.staged["route_stops"])
    _note(reading, feed)


def _own(reading: Reading, name: str, file: ByteSource) -> Reading:
    return reading.of((file,), _plain(reading.dataset, located=name == "stops"))


def _plain(dataset: Dataset, *, located: bool) -> Dataset:
    """A feed is text of degrees by definition: the dataset's CRS does not apply, its stops say where they are."""
    options = dict(dataset.options) | ({"x": _X, "y": _Y} if located else {})
    return replace(dataset, options=options, crs=WGS84)


def _staged(own: Reading, added: tuple[str, ...]) -> Staged:
    try:
        staged = stage_cells(own, added)
    except OSError as error:
        raise unreadable(own.label, error) from None
    trim(own, staged)
    return staged


# The classes of route types stay here: a mapping's class is a constant or a template of a column, and can't be
# chosen by a value or a range of values. `route_type` stands beside it as the feed has it. So do names and keys: a
# mapping has no "else".
def _made(feed: Feed, name: str) -> Staged:
    own, staged = feed.readings[name], feed.staged[name]
    if name == "stops":
        return place_columns(own, staged)
    if name == "agency":
        sql = f"SELECT a.* EXCLUDE (_source, _row), {_agency_key(feed)} AS agency_key, _source, _row FROM {staged.relation} a"
    else:
        sql = _routes(feed)
    made = own.stage((*staged.columns, *_OWN[name]), sql)
    own.drop(staged)
    return made


def _agency_key(feed: Feed) -> str:
    ids = (feed.column("agency", c) for c in ("agency_id", "agency_name"))
    return f"coalesce({', '.join(i or 'NULL::VARCHAR' for i in ids)})"


def _routes(feed: Feed) -> str:
    agencies = "SELECT NULL::VARCHAR AS key WHERE false"
    if "agency" in feed.staged:
        agencies = f"SELECT {_agency_key(feed)} AS key FROM {feed.staged['agency'].relation}"
    names = ("route_short_name", "route_long_name", "agency_id")
    columns = {n: feed.column("routes", n) or "NULL::VARCHAR" for n in names}
    columns["kind"] = _kind(feed.column("routes", "route_type") or "NULL::VARCHAR")
    sql = (_SQL / "gtfs_routes.sql").read_text(encoding="utf-8")
    return f"WITH agencies AS ({agencies}) {sql.format(relation=feed.staged['routes'].relation, **columns)}"


def _kind(column: str) -> str:
    """Return SQL of a route type as a number; NULL where it is none (a cast would round 3.5)."""
    return f"CASE WHEN regexp_full_match({column}, '[0-9]+') THEN TRY_CAST({column} AS INTEGER) END"


def _check_types(feed: Feed) -> None:
    column = feed.column("routes", "route_type")
    if column is None:
        return
    known = ", ".join(map(str, _TYPES))
    found = feed.rows(
        f"SELECT _row, {column} FROM {feed.staged['routes'].relation} "
        f"WHERE {column} IS NOT NULL AND coalesce({_kind(column)}, -1) NOT IN ({known}) ORDER BY _row"
    )
    for row, value in found:
        feed.readings["routes"].report(
            "source:route-type",
            f"{value!r} is no route type of GTFS; the route is a line of no kind.",
            row=row,
            column="route_type",
            value=value,
        )


def _pair(reading: Reading, feed: Feed) -> None:
    names = {
        "times": feed.staged["stop_times"].relation,
        "trips": feed.staged["trips"].relation,
        "times_trip": feed.column("stop_times", "trip_id"),
        "stop": feed.column("stop_times", "stop_id"),
        "trips_trip": feed.column("trips", "trip_id"),
        "route": feed.column("trips", "route_id"),
        "stops": feed.staged["stops"].relation,
        "id": feed.column("stops", "stop_id"),
        "parent": feed.column("stops", "parent_station") or "NULL::VARCHAR",
    }
    text = (_SQL / "gtfs_pairs.sql").read_text(encoding="utf-8").format(**names)
    feed.staged["route_stops"] = reading.stage(("route_id", "stop_id"), text)


def _note(reading: Reading, feed: Feed) -> None:
    """Say of which columns the reader made something."""
    read = {
        "routes": ("route_type", "route_short_name", "route_long_name", "agency_id"),
        "agency": ("agency_id", "agency_name"),
    }
    if "route_stops" in reading.tables:
        read |= {"stop_times": ("trip_id", "stop_id"), "trips": ("trip_id", "route_id")}
        reading.note("route_stops", made=("route_id", "stop_id"))
    for name, columns in read.items():
        if name in reading.tables:
            known = [c for c in columns if feed.column(name, c)]
            made = [c for c in _OWN.get(name, ()) if c not in GEOMETRY]
            cells = {c: [o for o in own if o in known] for c, own in _CELLS.items() if c in made}
            reading.note(name, read=known, made=made, cells={c: o for c, o in cells.items() if o})
