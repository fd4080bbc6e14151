"""A GTFS feed: what names nothing, what is missing and what is odd is told at its cell, and changes nothing else."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import SourceError
from tests.examples import examples
from tests.sources.told import Told, write

AGENCY = "agency_id,agency_name,agency_url,agency_timezone\nA1,Rail,http://a,Etc/UTC\n"
FEED = {
    "agency": AGENCY,
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "W,1,1,1,1,1,0,0,20260101,20261231\n",
    "stops": "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
    "P,Hub,48.4,9.9,1,\nS1,North,48.41,9.98,0,P\nS2,South,48.42,9.99,0,\n",
    "routes": "route_id,agency_id,route_short_name,route_long_name,route_type\nR1,A1,,Airport Express,2\nR2,A1,7,Ring,3\n",
    "trips": "route_id,service_id,trip_id\nR1,W,T1\nR2,W,T2\n",
    "stop_times": "trip_id,stop_id,stop_sequence\nT1,S1,1\nT1,S2,2\nT2,S1,1\n",
}


def read(folder: Path, feed: dict[str, str]) -> Told:
    write(folder, {f"g/{name}.txt": text for name, text in feed.items()})
    return Told(folder, "g", format="gtfs")


def changed(name: str, before: str, after: str) -> dict[str, str]:
    assert before in FEED[name]
    return FEED | {name: FEED[name].replace(before, after, 1)}


def facts(got: Told) -> set[tuple[str, str, str]]:
    """What the twin makes of a feed, by identifiers: lines and what they are, where they stop, whose they are."""
    return {
        (s.removeprefix("http://b/d/"), p, o.removeprefix("http://b/d/"))
        for s, p, o, _ in got.lifted("gtfs")
        if p in ("type", "servesStop", "operatedBy", "partOf", "label")
    }


GOOD = {
    ("agency/A1", "type", "https://w3id.org/ldt-graph#TransitAgency"), ("agency/A1", "label", "Rail"),
    ("stop/P", "type", "https://w3id.org/ldt-graph#TransitStop"), ("stop/P", "label", "Hub"),
    ("stop/S1", "type", "https://w3id.org/ldt-graph#TransitStop"), ("stop/S1", "label", "North"), ("stop/S1", "partOf", "stop/P"),
    ("stop/S2", "type", "https://w3id.org/ldt-graph#TransitStop"), ("stop/S2", "label", "South"),
    ("route/R1", "type", "https://w3id.org/ldt-graph#TransitLine"), ("route/R1", "label", "Airport Express"),
    ("route/R1", "operatedBy", "agency/A1"), ("route/R1", "servesStop", "stop/S1"), ("route/R1", "servesStop", "stop/S2"),
    ("route/R2", "type", "https://w3id.org/ldt-graph#BusLine"), ("route/R2", "label", "7"),
    ("route/R2", "operatedBy", "agency/A1"), ("route/R2", "servesStop", "stop/S1"),
    ("route/R1", "servesStop", "stop/P"), ("route/R2", "servesStop", "stop/P"),
}  # fmt: skip


def with_station(lost: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Add of what a fault costs what it costs the station of a platform: the lines that call there."""
    of_platform = {f for f in lost if f[1:] == ("servesStop", "stop/S1")}
    if ("stop/S1", "partOf", "stop/P") in lost:
        of_platform = {f for f in GOOD if f[1:] == ("servesStop", "stop/S1")}
    return lost | {(line, word, "stop/P") for line, word, _ in of_platform}


def test_a_good_feed_is_read_without_a_word(tmp_path):
    got = read(tmp_path, FEED)
    assert facts(got) == GOOD
    assert got.reports == []
    assert set(got.unused) == ACCOUNT


# ── what is told, and at which cell ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("feed", "place", "lost"),
    [
        (changed("stop_times", "T2,S1", "T9,S1"), ("source:unknown-id", 4, "trip_id", "T9"), {("route/R2", "servesStop", "stop/S1")}),
        (changed("stop_times", "T1,S2", "T1,S9"), ("source:unknown-id", 3, "stop_id", "S9"), {("route/R1", "servesStop", "stop/S2")}),
        (changed("trips", "R2,W,T2", "R9,W,T2"), ("source:unknown-id", 3, "route_id", "R9"), {("route/R2", "servesStop", "stop/S1")}),
        (changed("trips", "R2,W,T2", "R2,X,T2"), ("source:unknown-id", 3, "service_id", "X"), set()),
        (changed("routes", "R2,A1", "R2,Z"), ("source:unknown-id", 3, "agency_id", "Z"), {("route/R2", "operatedBy", "agency/A1")}),
        (changed("stops", "0,P", "0,Q"), ("source:unknown-id", 3, "parent_station", "Q"), {("stop/S1", "partOf", "stop/P")}),
        (changed("trips", "R2,W,T2", "R2,W,T2\nR2,W,T1"), ("source:double-id", 4, "trip_id", "T1"), set()),
        (changed("routes", "Ring,3", "Ring,x"), ("source:route-type", 3, "route_type", "x"), set()),
        (changed("routes", "Ring,3", "Ring,8"), ("source:route-type", 3, "route_type", "8"), set()),
        (changed("routes", "Ring,3", "Ring,-3"), ("source:route-type", 3, "route_type", "-3"), set()),
        (changed("routes", "Ring,3", "Ring,3.5"), ("source:route-type", 3, "route_type", "3.5"), set()),
        (changed("routes", "Ring,3", "Ring,"), ("source:value-missing", 3, "route_type", None), set()),
        (changed("routes", "7,Ring", ","), ("source:value-missing", 3, "route_short_name", None), {("route/R2", "label", "7")}),
        (changed("stops", "S2,South", "S2,"), ("source:value-missing", 4, "stop_name", None), {("stop/S2", "label", "South")}),
        (changed("stops", "48.42,9.99", ","), ("source:value-missing", 4, "stop_lat", None), set()),
        (changed("stops", "48.42", "n/a"), ("source:coordinate", 4, "stop_lat", "n/a"), set()),
        (changed("stops", "9.99", "9,99").copy() | {"stops": FEED["stops"].replace("9.99", '"9,99"')}, ("source:coordinate", 4, "stop_lon", "9,99"), set()),
        (changed("stops", "48.42", "148.42"), ("source:crs", 4, "stop_lat", "148.42"), set()),
        (changed("stops", "9.99", "999"), ("source:crs", 4, "stop_lon", "999"), set()),
        (changed("stops", "48.42,9.99", ",9.99"), ("source:coordinate", 4, "stop_lat", None), set()),
        (changed("stops", "48.42,9.99", "48.42,"), ("source:coordinate", 4, "stop_lon", None), set()),
        (changed("stops", "48.42", "inf"), ("source:coordinate", 4, "stop_lat", "inf"), set()),
        (changed("stop_times", "T1,S2,2", "T1,S2,1"), ("source:double-id", 3, "trip_id", "T1"), set()),
        (changed("stop_times", "T1,S2,2", "T1,S2,"), ("source:value-missing", 3, "stop_sequence", None), set()),
        (changed("stop_times", "T1,S2", "T1,"), ("source:value-missing", 3, "stop_id", None), {("route/R1", "servesStop", "stop/S2")}),
        (changed("stop_times", "T2,S1", ",S1"), ("source:value-missing", 4, "trip_id", None), {("route/R2", "servesStop", "stop/S1")}),
        (changed("trips", "R2,W,T2", ",W,T2"), ("source:value-missing", 3, "route_id", None), {("route/R2", "servesStop", "stop/S1")}),
        (changed("agency", "Rail", ""), ("source:value-missing", 2, "agency_name", None), {("agency/A1", "label", "Rail")}),
        (changed("calendar", "W,1", "W,"), ("source:value-missing", 2, "monday", None), set()),
        (FEED | {"frequencies": "trip_id,start_time,end_time,headway_secs\nT9,6:00:00,7:00:00,600\n"}, ("source:unknown-id", 2, "trip_id", "T9"), set()),
        (FEED | {"transfers": "from_stop_id,to_stop_id,transfer_type\nS1,S9,0\n"}, ("source:unknown-id", 2, "to_stop_id", "S9"), set()),
        (FEED | {"pathways": "pathway_id,from_stop_id,to_stop_id\n1,S9,S1\n"}, ("source:unknown-id", 2, "from_stop_id", "S9"), set()),
        (FEED | {"frequencies": "trip_id,start_time,end_time\nT1,6:00:00,7:00:00\n"}, ("source:column-missing", None, "headway_secs", None), set()),
    ],
)  # fmt: skip
def test_one_fault_is_told_once_at_its_cell_and_costs_what_it_says(tmp_path, feed, place, lost):
    got = read(tmp_path, feed)
    assert [(r, row, c, v) for r, _, row, c, v in got.reports] == [place]
    found = facts(got)
    assert GOOD - found == with_station(lost) | {f for f in GOOD if f[:2] == ("route/R2", "type") and place[2] == "route_type"}  # fmt: skip


def test_an_unknown_id_of_many_rows_is_one_line_and_thousands_of_them_are_few(tmp_path):
    rows = "".join(f"T9,S1,{n}\n" for n in range(1000))
    got = read(tmp_path, FEED | {"stop_times": FEED["stop_times"] + rows})
    assert got.reports == [("source:unknown-id", "violation", 5, "trip_id", "T9")]
    assert "1000 rows" in got.messages
    rows = "".join(f"X{n},S1,1\n" for n in range(1000))
    got = read(tmp_path, FEED | {"stop_times": FEED["stop_times"] + rows})
    assert len(got.reports) == 51
    assert "950 more values; 950 rows name them" in got.messages


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("agency", "agency.txt"),
        ("calendar", "calendar.txt or calendar_dates.txt"),
        ("trips", "trips.txt"),
        ("stop_times", "stop_times.txt"),
    ],
)
def test_a_required_file_that_is_not_there_is_told(tmp_path, name, lost):
    got = read(tmp_path, {n: t for n, t in FEED.items() if n != name})
    assert got.reports == [("source:feed-incomplete", "warning", None, None, lost)]


@pytest.mark.parametrize(
    ("feed", "words"),
    [
        ({n: t for n, t in FEED.items() if n != "routes"}, "needs routes.txt"),
        (changed("stops", "stop_id", "stopid"), "stops.txt lacks stop_id"),
        (changed("stops", "stop_lat", "lat"), "stops.txt lacks stop_lat"),
        (changed("routes", "route_id", "route"), "routes.txt lacks route_id"),
        (changed("trips", "route_id", "route"), "trips.txt lacks route_id"),
        (changed("trips", "trip_id", "trip"), "trips.txt lacks trip_id"),
        (changed("stop_times", "stop_id", "stop"), "stop_times.txt lacks stop_id"),
        (FEED | {"stops": ""}, "empty"),
    ],
)
def test_what_a_feed_cannot_be_read_without_is_an_error(tmp_path, feed, words):
    with pytest.raises(SourceError, match=words):
        read(tmp_path, feed)


def test_every_file_of_the_feed_is_read_or_named(tmp_path):
    write(tmp_path, {"g/locations.geojson": "{}", "g/README.md": "x", "g/stops_old.txt": "x", "g/old/stops.txt": "x"})  # fmt: skip
    got = read(tmp_path, FEED | {"shapes": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n1,1,1,1\n"})  # fmt: skip
    assert {"shapes", "calendar"} <= set(got.tables)
    assert set(got.unused) == {"file locations.geojson", "file README.md", "file stops_old.txt", "file old/"}  # fmt: skip


# ── names, agencies, kinds ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("short", "long", "label", "comment"),
    [("7", "Ring", "7", "Ring"), ("", "Ring", "Ring", "Ring"), ("7", "", "7", None), ("", "", None, None), (" ", " Ring ", "Ring", "Ring")],
)  # fmt: skip
def test_a_route_is_called_by_its_short_name_else_by_its_long_one(
    tmp_path, short, long, label, comment
):
    got = read(tmp_path, changed("routes", "7,Ring", f"{short},{long}"))
    said = {p: o for s, p, o, _ in got.lifted("gtfs") if s.endswith("route/R2")}
    assert (said.get("label"), said.get("comment")) == (label, comment)
    assert ("source:value-missing" in got.rules) == (label is None)


TWO = AGENCY + "A2,Bus,http://b,Etc/UTC\n"
NO_ID = "agency_name,agency_url,agency_timezone\nRail,http://a,Etc/UTC\n"


@pytest.mark.parametrize(
    ("agency", "ids", "operators", "rules"),
    [
        (AGENCY, ("A1", "A1"), ("A1", "A1"), []),
        (AGENCY, ("", "A1"), ("A1", "A1"), []),
        (NO_ID, ("", ""), ("Rail", "Rail"), []),
        (NO_ID, ("A1", ""), (None, "Rail"), ["source:unknown-id"]),
        (TWO, ("A1", "A2"), ("A1", "A2"), []),
        (TWO, ("A1", ""), ("A1", None), ["source:value-missing"]),
        (TWO, ("A1", "A3"), ("A1", None), ["source:unknown-id"]),
        (TWO.replace("A2", ""), ("A1", "A1"), ("A1", "A1"), ["source:value-missing"]),
        (AGENCY.replace("A1", " A1 "), ("A1 ", "A1"), ("A1", "A1"), ["source:blanks"] * 2),
    ],
)
def test_an_agency_is_known_by_its_id_and_the_only_one_without(
    tmp_path, agency, ids, operators, rules
):
    routes = "route_id,agency_id,route_long_name,route_type\n" + "".join(
        f"R{n},{i},Line,3\n" for n, i in enumerate(ids, start=1)
    )
    got = read(tmp_path, FEED | {"agency": agency, "routes": routes})
    said = {s[-2:]: o.rsplit("/", 1)[1] for s, p, o, _ in got.lifted("gtfs") if p == "operatedBy"}
    assert (said.get("R1"), said.get("R2")) == operators
    assert [r for r in got.rules if not r.startswith("lift:")] == rules


@pytest.mark.parametrize(
    ("route_type", "kind"),
    [("0", "TramLine"), ("900", "TramLine"), ("3", "BusLine"), ("11", "BusLine"), ("700", "BusLine"), ("800", "BusLine"),
     ("1", "TransitLine"), ("2", "TransitLine"), ("4", "TransitLine"), ("12", "TransitLine"), ("109", "TransitLine"), ("1702", "TransitLine")],
)  # fmt: skip
def test_route_types_basic_and_extended_are_known(tmp_path, route_type, kind):
    got = read(tmp_path, changed("routes", "Ring,3", f"Ring,{route_type}"))
    assert got.rows("routes", "route_class")[1] == (kind,)
    assert got.reports == []


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0", "  "])
def test_blanks_around_values_are_taken_off_and_told_once_for_a_file(tmp_path, blank):
    feed = FEED | {"stop_times": FEED["stop_times"].replace("S1,", f"S1{blank},"), "stops": FEED["stops"].replace("S1,", f"{blank}S1,")}  # fmt: skip
    got = read(tmp_path, feed)
    assert facts(got) == GOOD
    assert sorted(r[0:1] + r[2:] for r in got.reports) == [
        ("source:blanks", 2, "stop_id", f"S1{blank}"),
        ("source:blanks", 3, "stop_id", f"{blank}S1"),
    ]


@pytest.mark.parametrize("kind", ["3", "4"])
def test_nodes_of_a_station_need_no_place_and_no_name(tmp_path, kind):
    got = read(tmp_path, FEED | {"stops": FEED["stops"] + f"N,,,,{kind},P\n"})
    assert got.reports == []
    assert got.rows("stops", "geometry")[-1] == (None,)


# ── the law ──────────────────────────────────────────────────────────────────────────────────────

# Another name is another fact, as good as the one before; an agency or a parent may be left out.
NAMES = {"agency_name", "stop_name", "route_short_name", "route_long_name"}
ACCOUNT = {
    "column agency.agency_timezone", "column agency.agency_url", "column stop_times.stop_sequence",
    "column stops.location_type", "column trips.service_id", "table calendar",
}  # fmt: skip
OPTIONAL = {"location_type", "parent_station", "agency_id", "route_short_name", "route_long_name"}


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[dict[str, str], bool]:
    """Draw a feed with one part spoiled, and whether it is another feed in its own right."""
    name = draw(st.sampled_from(sorted(FEED)))
    header, *rows = [line.split(",") for line in FEED[name].splitlines()]
    how = draw(st.sampled_from(["file", "delete", "repeat", "misspell", "blank", "empty", "swap", "header", "column"]))  # fmt: skip
    feed = dict(FEED)
    row, column = draw(st.sampled_from(rows)), draw(st.integers(0, len(header) - 1))
    column_name = header[column]
    if how == "file":
        del feed[name]
        return feed, name == "calendar"
    if how == "delete":
        rows.remove(row)
    elif how == "repeat":
        rows.append(row)
    elif how == "header":
        header[column] = header[column][:-1] + "x"
    elif how == "column":
        header, *rows = [[*r[:column], *r[column + 1 :]] for r in (header, *rows)]
    else:
        other = draw(st.sampled_from(rows))
        odd = {
            "misspell": f"{row[column]}x",
            "blank": f" {row[column]} ",
            "empty": "",
            "swap": other[column],
        }[how]
        if how == "swap":
            other[column] = row[column]
        row[column] = odd
    free = (
        (how == "delete" and name == "stop_times")
        or (how == "column" and column_name in OPTIONAL)
        or how == "swap"
        or (how == "misspell" and column_name in NAMES)
        or (how == "empty" and column_name in OPTIONAL)
    )
    feed[name] = "\n".join(",".join(r) for r in (header, *rows)) + "\n"
    return feed, free


@examples(60)
@given(spoiled())
def test_a_feed_that_was_spoiled_differs_only_where_something_says_so(drawn):
    feed, free = drawn
    with TemporaryDirectory() as made:
        try:
            got = read(Path(made), feed)
            found = facts(got)
        except SourceError:
            return
        more = set(got.unused) - ACCOUNT
    assert free or found == GOOD or got.reports or more
