"""A GTFS feed before it becomes tables: what the reference asks of its files, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ldt_graph.sources.columns import sql_names
from ldt_graph.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.model import Severity
    from ldt_graph.sources.reading import Reading, Staged

# GTFS Schedule reference, "Dataset files": required; of the last two one is.
_FILES = (
    ("agency",),
    ("stops",),
    ("routes",),
    ("trips",),
    ("stop_times",),
    ("calendar", "calendar_dates"),
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# "Field definitions": what is required without a condition. First what the twin cannot do without.
_ESSENTIAL = {
    "stops": ("stop_id", "stop_lat", "stop_lon"),
    "routes": ("route_id",),
    "trips": ("trip_id", "route_id"),
    "stop_times": ("trip_id", "stop_id"),
}
_REQUIRED = {
    "agency": ("agency_name", "agency_url", "agency_timezone"),
    "routes": ("route_type",),
    "trips": ("service_id",),
    "stop_times": ("stop_sequence",),
    "calendar": ("service_id", *_DAYS, "start_date", "end_date"),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs"),
    "shapes": ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"),
    "transfers": ("transfer_type",),
    "levels": ("level_id", "level_index"),
    "feed_info": ("feed_publisher_name", "feed_publisher_url", "feed_lang"),
}
# A row without is told by the lift, or by whoever places it.
_TOLD_ELSEWHERE = {("stops", c) for c in _ESSENTIAL["stops"]} | {("routes", "route_id")}
# Column, its file → the files that hold what it names, by which column. The first ones make relations of the twin.
_USED = (
    ("stop_times", "trip_id", ("trips",), "trip_id"),
    ("stop_times", "stop_id", ("stops",), "stop_id"),
    ("trips", "route_id", ("routes",), "route_id"),
    ("routes", "agency_id", ("agency",), "agency_id"),
    ("stops", "parent_station", ("stops",), "stop_id"),
)
_NAMED = (
    ("trips", "service_id", ("calendar", "calendar_dates"), "service_id"),
    ("trips", "shape_id", ("shapes",), "shape_id"),
    ("stops", "level_id", ("levels",), "level_id"),
    ("frequencies", "trip_id", ("trips",), "trip_id"),
    ("transfers", "from_stop_id", ("stops",), "stop_id"),
    ("transfers", "to_stop_id", ("stops",), "stop_id"),
    ("transfers", "from_route_id", ("routes",), "route_id"),
    ("transfers", "to_route_id", ("routes",), "route_id"),
    ("transfers", "from_trip_id", ("trips",), "trip_id"),
    ("transfers", "to_trip_id", ("trips",), "trip_id"),
    ("pathways", "from_stop_id", ("stops",), "stop_id"),
    ("pathways", "to_stop_id", ("stops",), "stop_id"),
    ("fare_attributes", "agency_id", ("agency",), "agency_id"),
    ("fare_rules", "fare_id", ("fare_attributes",), "fare_id"),
    ("fare_rules", "route_id", ("routes",), "route_id"),
    ("attributions", "agency_id", ("agency",), "agency_id"),
    ("attributions", "route_id", ("routes",), "route_id"),
    ("attributions", "trip_id", ("trips",), "trip_id"),
    ("stop_areas", "area_id", ("areas",), "area_id"),
    ("stop_areas", "stop_id", ("stops",), "stop_id"),
    ("route_networks", "network_id", ("networks",), "network_id"),
    ("route_networks", "route_id", ("routes",), "route_id"),
    ("location_group_stops", "location_group_id", ("location_groups",), "location_group_id"),
    ("location_group_stops", "stop_id", ("stops",), "stop_id"),
)  # fmt: skip
# What identifies a row; a second stop, route or agency is set aside when it is lifted.
_KEYS = (
    ("trips", ("trip_id",)),
    ("calendar", ("service_id",)),
    ("calendar_dates", ("service_id", "date")),
    ("stop_times", ("trip_id", "stop_sequence")),
    ("shapes", ("shape_id", "shape_pt_sequence")),
    ("levels", ("level_id",)),
    ("fare_attributes", ("fare_id",)),
)
_BLANKS = literal(" \t\u00a0")
_AT_ENDS = literal("^[ \t\u00a0]|[ \t\u00a0]$")
_MOST = 50
"""Unknown ids of a column that are told one by one."""


@dataclass
class Feed:
    """The files of a feed, staged: by name the reading of each, and its relation."""

    readings: dict[str, Reading]
    staged: dict[str, Staged] = field(default_factory=dict)

    def column(self, name: str, column: str) -> str | None:
        """Return a column as SQL; None where the feed lacks the file or the file the column."""
        staged = self.staged.get(name)
        if staged is None or column not in staged.columns:
            return None
        return identifier(sql_names(staged.columns)[staged.columns.index(column)])

    def rows(self, sql: str) -> list[tuple]:
        """Return what a query finds."""
        return next(iter(self.readings.values())).con.execute(sql).fetchall()

    def count(self, name: str) -> int:
        """Return how many rows a file has; 0 of one that is not there."""
        return (
            self.rows(f"SELECT count(*) FROM {self.staged[name].relation}")[0][0]
            if name in self.staged
            else 0
        )

    def tell(
        self,
        name: str,
        rule: str,
        message: str,
        row: int | None,
        column: str,
        value: str | None = None,
        severity: Severity = "warning",
    ) -> None:
        """Report what is wrong with a file."""
        self.readings[name].report(
            rule, message, row=row, column=column, value=value, severity=severity
        )

    def run(self, sql: str) -> None:
        """Run a statement."""
        next(iter(self.readings.values())).con.execute(sql)


def trim(reading: Reading, staged: Staged) -> None:
    """Take blanks off the ends of values, as the reference asks ("File requirements"); say so once for a file."""
    columns = {
        c: identifier(s) for c, s in zip(staged.columns, sql_names(staged.columns), strict=True)
    }
    if not columns:
        return
    # Twice as fast as to compare with what is trimmed.
    odd = {c: f"regexp_matches({s}, {_AT_ENDS})" for c, s in columns.items()}
    relation = staged.relation
    counts = ", ".join(f"count(*) FILTER ({o})" for o in odd.values())
    [found] = reading.con.execute(f"SELECT {counts} FROM {relation}").fetchall()
    told = {c: n for c, n in zip(columns, found, strict=True) if n}
    if not told:
        return
    firsts = [
        (
            *reading.con.execute(
                f"SELECT min(_row), arg_min({columns[c]}, _row) FROM {relation} WHERE {odd[c]}"
            ).fetchall()[0],
            c,
        )
        for c in told
    ]
    sets = ", ".join(f"{columns[c]} = nullif(trim({columns[c]}, {_BLANKS}), '')" for c in told)
    reading.con.execute(f"UPDATE {relation} SET {sets}")
    row, value, column = min(firsts)
    reading.report(
        "source:blanks",
        f"{sum(told.values())} values had blanks at their ends, which were taken off; the first is {value!r}.",
        row=row,
        column=column,
        value=value,
        severity="warning",
    )


def check(feed: Feed) -> None:
    """Report what the reference asks for and the feed lacks, and what names something that is not there.

    Raises:
        SourceError: A column is missing without which there are no stops, routes or pairs of them.
    """
    _check_files(feed)
    _check_columns(feed)
    _check_values(feed)
    _check_double(feed)
    for rule in _USED:
        _check_named(feed, *rule, severity="violation")
    for rule in _NAMED:
        _check_named(feed, *rule, severity="warning")


def _check_files(feed: Feed) -> None:
    lacks = [
        " or ".join(f"{f}.txt" for f in some)
        for some in _FILES
        if not feed.staged.keys() & set(some)
    ]
    if lacks:
        reading = next(iter(feed.readings.values()))
        reading.report(
            "source:feed-incomplete",
            f"The feed lacks {', '.join(lacks)}, which GTFS requires.",
            value=lacks[0],
            severity="warning",
            source=reading.dataset.source,
        )


def _check_columns(feed: Feed) -> None:
    for name, reading in feed.readings.items():
        essential = _ESSENTIAL.get(name, ())
        lacks = [c for c in (*essential, *_REQUIRED.get(name, ())) if not feed.column(name, c)]
        if set(lacks) & set(essential):
            raise reading.error(
                f"{name}.txt lacks {' and '.join(lacks)}.",
                hint=f"It has {', '.join(feed.staged[name].columns)}.",
            )
        if lacks:
            reading.report(
                "source:column-missing",
                f"{name}.txt lacks {', '.join(lacks)}, which GTFS requires.",
                column=lacks[0],
                severity="warning",
            )
        for column in (*essential, *_REQUIRED.get(name, ())):
            if column not in lacks and (name, column) not in _TOLD_ELSEWHERE:
                _check_empty(feed, name, (column,), _applies(feed, name, column))


def _check_values(feed: Feed) -> None:
    """Check what is required on a condition: a name of some kind, an agency where there are several."""
    _check_empty(feed, "stops", ("stop_lat", "stop_lon"), _applies(feed, "stops", "stop_lat"))
    _check_empty(feed, "stops", ("stop_name",), _applies(feed, "stops", "stop_name"))
    _check_empty(feed, "routes", ("route_short_name", "route_long_name"))
    if feed.count("agency") > 1:
        for name in ("agency", "routes"):
            _check_empty(feed, name, ("agency_id",))


def _applies(feed: Feed, name: str, column: str) -> str:
    """Return SQL for the rows that have to have a value in a column."""
    if name == "stops" and (kind := feed.column(name, "location_type")):
        return f"coalesce({kind}, '0') NOT IN ('3', '4')"  # nodes and boarding areas of a station
    if (name, column) == ("stop_times", "stop_id"):
        # Trips on demand stop in an area or at one of a group of stops.
        others = [feed.column(name, other) for other in ("location_group_id", "location_id")]
        return " AND ".join(["true", *(f"{o} IS NULL" for o in others if o)])
    return "true"


def _check_empty(feed: Feed, name: str, columns: Sequence[str], where: str = "true") -> None:
    """Report rows that have none of the columns' values; one line, at the first."""
    if name not in feed.staged:
        return
    known = [c for column in columns if (c := feed.column(name, column))]
    empty = " AND ".join([where, *(f"{c} IS NULL" for c in known)])
    [(count, row)] = feed.rows(
        f"SELECT count(*), min(_row) FROM {feed.staged[name].relation} WHERE {empty}"
    )
    if count:
        message = f"{count} rows have no {' and no '.join(columns)}, which GTFS requires."
        feed.tell(name, "source:value-missing", message, row, columns[0])


def _check_double(feed: Feed) -> None:
    """Report ids that several rows have; of trips, by which routes and stops are paired, the first row counts."""
    for name, columns in _KEYS:
        keys = [c for column in columns if (c := feed.column(name, column))]
        if len(keys) < len(columns):
            continue
        relation, key = feed.staged[name].relation, ", ".join(keys)
        again = f"SELECT 1 FROM {relation} WHERE {keys[0]} IS NOT NULL GROUP BY {key} HAVING count(*) > 1"
        if not feed.rows(f"{again} LIMIT 1"):
            continue
        later = (
            f"SELECT rowid AS id, _row, {keys[0]} AS value FROM {relation} WHERE {keys[0]} IS NOT NULL "
            f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _row) > 1"
        )
        [(count, row, value)] = feed.rows(
            f"SELECT count(*), min(_row), arg_min(value, _row) FROM ({later})"
        )
        aside = name == "trips"
        message = f"{count} rows have the {' and '.join(columns)} of an earlier row; the first is of {value!r}."
        message += " They were set aside." if aside else ""
        severity = "violation" if aside else "warning"
        feed.tell(name, "source:double-id", message, row, columns[0], value, severity)
        if aside:
            feed.run(f"DELETE FROM {relation} WHERE rowid IN (SELECT id FROM ({later}))")


def _check_named(
    feed: Feed, name: str, column: str, targets: Sequence[str], target: str, *, severity: Severity
) -> None:
    """Report ids that no row of the files has which they name; where the twin makes relations of them, they are left out."""
    cell = feed.column(name, column)
    required = any(set(targets) <= set(some) for some in _FILES)
    if cell is None or (required and not feed.staged.keys() & set(targets)):
        return  # that the feed lacks the file is told
    known = [
        f"SELECT {c} FROM {feed.staged[t].relation} WHERE {c} IS NOT NULL"
        for t in targets
        if (c := feed.column(t, target))
    ]
    beyond = f" AND {cell} NOT IN ({' UNION '.join(known)})" if known else ""
    relation, unknown = feed.staged[name].relation, f"{cell} IS NOT NULL{beyond}"
    found = feed.rows(
        f"SELECT {cell}, count(*), min(_row) FROM {relation} WHERE {unknown} GROUP BY ALL ORDER BY 3, 1"
    )
    files = " or ".join(f"{t}.txt" for t in targets)
    if found and not known:
        message = f"The column names rows of {files} by {target}, which the feed does not have."
        feed.tell(name, "source:unknown-id", message, found[0][2], column, found[0][0])
        return
    _tell_unknown(feed, name, column, f"No row of {files} has the {target}", found, severity)
    if found and severity == "violation" and name != "routes":  # `agency_key` is of known ones only
        feed.run(f"UPDATE {relation} SET {cell} = NULL WHERE {unknown}")


def _tell_unknown(
    feed: Feed,
    name: str,
    column: str,
    what: str,
    found: Sequence[tuple[str, int, int]],
    severity: Severity,
) -> None:
    """Report each value once, at its first row, and how many rows have it; of very many the rest in one line."""
    for value, count, row in found[:_MOST]:
        rows = "row names" if count == 1 else "rows name"
        message = f"{what} {value!r} ({count} {rows} it)."
        feed.tell(name, "source:unknown-id", message, row, column, value, severity)
    if rest := found[_MOST:]:
        value, _, row = rest[0]
        message = f"{what}s of {len(rest)} more values; {sum(c for _, c, _ in rest)} rows name them, the first is {value!r}."
        feed.tell(name, "source:unknown-id", message, row, column, value, severity)
