"""Every format becomes named tables whose values keep their file and row; what can't be read is named."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import duckdb
import pytest
import shapefile
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import LdtError, SettingsError, SourceError
from ldt_graph.model import Anchor, Crs, Dataset, create_tables
from ldt_graph.sources import open_dataset

if TYPE_CHECKING:
    from pathlib import Path


class Opened:
    """A dataset read from a folder, with what was reported."""

    def __init__(self, folder: Path, source: str, **more) -> None:
        self.con = duckdb.connect()
        create_tables(self.con)
        dataset = Dataset("d", source, "none", **more)
        self.tables = open_dataset(self.con, dataset, folder)

    def rows(self, table: str, *columns: str) -> list[tuple]:
        wanted = ", ".join(f'"{c}"' for c in columns)
        return self.con.execute(
            f"SELECT {wanted} FROM {self.tables[table].relation} ORDER BY rowid"
        ).fetchall()

    @property
    def reports(self) -> list[tuple]:
        return self.con.execute(
            'SELECT rule, severity, source, row, "column", value FROM violations ORDER BY row, rule'
        ).fetchall()


def opened(folder: Path, name: str, content: str | bytes, **more) -> Opened:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Opened(folder, more.pop("source", name), **more)


# ── tables ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_delimiter_is_told_from_the_file(tmp_path, delimiter, end):
    lines = [["id", "name", "x"], ["08024", "a, b; c", "1.50"], ["2", "", "n/a"]]
    text = end.join(delimiter.join(f'"{c}"' for c in line) for line in lines) + end
    got = opened(tmp_path, "t.csv", text)
    assert got.rows("t", "id", "name", "x", "_source", "_row") == [
        ("08024", "a, b; c", "1.50", "t.csv", 2),
        ("2", None, "n/a", "t.csv", 3),
    ]


@pytest.mark.parametrize(
    ("encoding", "options", "warned"),
    [
        ("utf-8", {}, False),
        ("utf-8-sig", {}, False),
        ("utf-16", {}, False),
        ("latin-1", {"encoding": "latin-1"}, False),
        ("latin-1", {}, True),
    ],
)
def test_the_encoding_is_told_or_named(tmp_path, encoding, options, warned):
    text = "id,name\n1,Käthe-Kollwitz-Straße\n"
    got = opened(tmp_path, "t.csv", text.encode(encoding), options=options)
    assert got.rows("t", "id", "name") == [("1", "Käthe-Kollwitz-Straße")]
    assert [r[:4] for r in got.reports] == (
        [("source:encoding", "warning", "t.csv", 2)] if warned else []
    )


def test_a_value_over_two_lines_does_not_shift_the_rows_after_it(tmp_path):
    got = opened(tmp_path, "t.csv", 'id,name\n1,"two\nlines"\n2,b\n')
    assert got.rows("t", "id", "name") == [("1", "two\nlines"), ("2", "b")]


def test_rows_of_another_length_are_reported_by_their_line(tmp_path):
    got = opened(tmp_path, "t.csv", "a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n")
    assert got.rows("t", "a", "_row") == [("1", 2), ("10", 5)]
    assert [r[:4] for r in got.reports] == [
        ("source:row-too-short", "violation", "t.csv", 3),
        ("source:row-too-long", "violation", "t.csv", 4),
    ]


def test_columns_without_a_name_or_with_a_second_one_get_their_own(tmp_path):
    got = opened(tmp_path, "t.csv", "a,a,,b\n1,2,3,4\n")
    assert got.tables["t"].columns == ("a", "a_2", "column_3", "b")


def test_parquet_is_a_table_of_texts(tmp_path):
    path = str(tmp_path / "t.parquet")
    duckdb.connect().execute(
        f"COPY (SELECT 7 AS id, 'x' AS name, 1.5 AS size, NULL AS nothing) TO '{path}'"
    )
    got = Opened(tmp_path, "t.parquet")
    assert got.rows("t", "id", "name", "size", "nothing", "_row") == [("7", "x", "1.5", None, 1)]


# ── JSON and its kin ─────────────────────────────────────────────────────────────────────────────


def test_json_and_ndjson_keep_the_item_that_a_value_came_from(tmp_path):
    got = opened(tmp_path, "t.json", '[{"id": 1}, {"id": 2, "deep": {"x": [1, 2]}}]')
    assert [(json.loads(d), r) for d, r in got.rows("t", "doc", "_row")] == [
        ({"id": 1}, 1),
        ({"id": 2, "deep": {"x": [1, 2]}}, 2),
    ]
    got = opened(tmp_path, "u.ndjson", '{"id": 1}\n\n{"id": oops}\n{"id": 3}\n')
    assert [r for (r,) in got.rows("u", "_row")] == [1, 4]
    assert [r[:4] for r in got.reports] == [("source:bad-json", "violation", "u.ndjson", 3)]


def test_geojson_has_its_properties_as_columns_and_its_geometry_as_wkt(tmp_path):
    feature = {
        "type": "Feature",
        "id": 5,
        "properties": {"name": "Old town", "population": 900, "tags": ["a"]},
        "geometry": {"type": "Polygon", "coordinates": [[[9, 48], [10, 48], [10, 49], [9, 48]]]},
    }
    bad = {"type": "Feature", "properties": {}, "geometry": {"type": "Blob", "coordinates": []}}
    got = opened(
        tmp_path,
        "d.geojson",
        json.dumps({"type": "FeatureCollection", "features": [feature, bad]}),
    )
    assert got.rows("d", "id", "name", "population", "geometry") == [
        ("5", "Old town", "900", "POLYGON((9 48, 10 48, 10 49, 9 48))")
    ]
    assert [r[:4] for r in got.reports] == [("source:bad-feature", "violation", "d.geojson", 2)]


NORMALIZED = {
    "id": "urn:ngsi-ld:Pump:1",
    "type": "Pump",
    "power": {"type": "Property", "value": 12.5, "unitCode": "KWT"},
    "poweredBy": {"type": "Relationship", "object": "urn:ngsi-ld:Station:1"},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [9.9, 48.4]}},
}
KEY_VALUES = {
    "id": "urn:ngsi-ld:Pump:1",
    "type": "Pump",
    "power": 12.5,
    "location": {"type": "Point", "coordinates": [9.9, 48.4]},
}


@pytest.mark.parametrize("entity", [NORMALIZED, KEY_VALUES], ids=["normalized", "key-values"])
def test_ngsi_ld_says_the_same_in_both_forms(tmp_path, entity):
    got = opened(tmp_path, "e.jsonld", json.dumps([entity, {"no": "id"}]))
    assert [r[0] for r in got.rows("entities", "id")] == ["urn:ngsi-ld:Pump:1"]
    assert got.rows("properties", "value") == [("12.5",)]
    assert [r[0] for r in got.rows("locations", "geometry")] == ["POINT(9.9 48.4)"]
    assert [r[:4] for r in got.reports] == [("source:bad-entity", "violation", "e.jsonld", 2)]


# ── domain formats ───────────────────────────────────────────────────────────────────────────────

FEED = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nA,Rail,http://a,Etc/UTC\n",
    "calendar_dates.txt": "service_id,date,exception_type\nW,20260101,1\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n1,A,48.4,9.9\n2,B,n/a,9.9\n",
    "routes.txt": "route_id,route_short_name,route_type\nR,1,0\n",
    "trips.txt": "route_id,service_id,trip_id\nR,W,T\n",
    "stop_times.txt": "trip_id,stop_id,stop_sequence\nT,1,1\nT,2,2\n",
}


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_a_gtfs_feed_is_read_from_a_folder_or_a_zip(tmp_path, packed):
    if packed:
        with zipfile.ZipFile(tmp_path / "feed.zip", "w") as archive:
            for name, text in FEED.items():
                archive.writestr(name, text)
    else:
        (tmp_path / "feed").mkdir()
        for name, text in FEED.items():
            (tmp_path / "feed" / name).write_text(text)
    got = Opened(tmp_path, "feed.zip" if packed else "feed")
    assert got.rows("stops", "stop_id", "geometry", "_row") == [
        ("1", "POINT(9.9 48.4)", 2),
        ("2", None, 3),
    ]
    assert got.rows("routes", "route_class") == [("TramLine",)]
    assert got.rows("route_stops", "route_id", "stop_id") == [("R", "1"), ("R", "2")]
    label = "feed.zip" if packed else "feed"
    assert [r[:4] for r in got.reports] == [
        ("source:coordinate", "violation", f"{label}/stops.txt", 3)
    ]


def shape(folder: Path, prj: str | None, x: float) -> None:
    writer = shapefile.Writer(str(folder / "s.shp"))
    writer.field("id", "C")
    writer.point(x, 48.4)
    writer.record("1")
    writer.close()
    if prj:
        (folder / "s.prj").write_text(prj)


@pytest.mark.parametrize(
    ("written", "beside", "driver", "options", "warned"),
    [
        ("utf-8", None, 0, {}, False),
        ("utf-8", "UTF-8", 0, {}, False),
        ("cp1252", "1252", 0, {}, False),
        ("latin-1", "ISO-8859-1", 0, {}, False),
        ("cp1250", "ANSI 1250", 0, {}, False),
        ("cp1252", None, 0x57, {}, False),
        ("cp850", "what", 0x02, {}, False),
        ("cp850", None, 0, {"encoding": "cp850"}, False),
        ("cp1252", None, 0, {}, True),
        ("cp1252", "UTF-8", 0, {}, True),
    ],
)
def test_a_shapefiles_texts_are_of_the_encoding_that_it_names_or_told(
    tmp_path, written, beside, driver, options, warned
):
    writer = shapefile.Writer(str(tmp_path / "s.shp"), encoding=written)
    writer.field("name", "C")
    writer.point(9.9, 48.4)
    writer.record("Königstraße")
    writer.close()
    data = bytearray((tmp_path / "s.dbf").read_bytes())
    data[29] = driver
    (tmp_path / "s.dbf").write_bytes(data)
    (tmp_path / "s.cpg").unlink(missing_ok=True)
    if beside:
        (tmp_path / "s.cpg").write_text(beside)
    got = Opened(tmp_path, "s.shp", crs=Crs("EPSG:4326"), options=options)
    assert got.rows("s", "name") == [("Königstraße",)]
    assert [r[:2] for r in got.reports] == ([("source:encoding", "warning")] if warned else [])


WGS84_PRJ = 'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["Degree",0.017453292519943295]]'


def test_a_prj_that_contradicts_the_coordinates_is_an_error_that_twin_toml_can_outrank(tmp_path):
    shape(tmp_path, WGS84_PRJ, 9.9)
    assert Opened(tmp_path, "s.shp").rows("s", "id", "geometry") == [("1", "POINT(9.9 48.4)")]
    shape(tmp_path, WGS84_PRJ, 7223)
    with pytest.raises(SourceError, match=r"s\.shp.*\.prj"):
        Opened(tmp_path, "s.shp")
    got = Opened(tmp_path, "s.shp", crs=Crs(unit="metre"))
    assert got.rows("s", "geometry", "plan_geometry") == [(None, "POINT(7223 48.4)")]


def test_a_plan_is_placed_by_its_anchor_or_stays_a_plan(tmp_path):
    options = {"x": "x", "y": "y"}
    text = "id,x,y\n1,0,0\n2,0,1000\n"
    anchored = Crs(unit="metre", anchor=Anchor(9.9, 48.4))
    [origin, north] = opened(tmp_path, "p.csv", text, options=options, crs=anchored).rows(
        "p", "geometry"
    )
    assert origin == ("POINT(9.9 48.4)",)
    lon, lat = map(float, north[0].removeprefix("POINT(").removesuffix(")").split())
    assert lon == pytest.approx(9.9, abs=1e-6)
    assert (lat - 48.4) * 111_200 == pytest.approx(1000, rel=0.002)
    got = opened(tmp_path, "p.csv", text, options=options, crs=Crs(unit="metre"))
    assert got.rows("p", "geometry", "plan_geometry")[1] == (None, "POINT(0 1000)")


def test_coordinates_of_another_system_are_transformed(tmp_path):
    # Ulm Minster: 573,860 / 5,361,150 in UTM zone 32 is 9.9926 E, 48.3984 N.
    got = opened(
        tmp_path,
        "p.csv",
        "id,e,n\n1,573520,5361080\n2,9.9,48.4\n",
        options={"x": "e", "y": "n"},
        crs=Crs("EPSG:25832"),
    )
    first = got.rows("p", "geometry")[0][0]
    lon, lat = map(float, first.removeprefix("POINT(").removesuffix(")").split())
    assert (lon, lat) == (pytest.approx(9.993, abs=0.01), pytest.approx(48.398, abs=0.01))


# ── what ends a build, and names itself ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "content", "more", "words"),
    [
        ("t.csv", b"", {}, "empty"),
        ("t.json", b'[{"id": 1', {}, "JSON"),
        ("t.geojson", b'{"type": "Feature"}', {}, "FeatureCollection"),
        ("t.parquet", b"PAR1 not really", {}, "parquet"),
        ("t.zip", b"PK not really", {"format": "gtfs"}, "archive"),
        ("t.shp", b"no shapes", {}, "shapefile"),
        ("t.what", b"x", {}, "No format"),
        ("t.csv", b"id\n1\n", {"format": "excel"}, "excel"),
        ("t.csv", b"id\n1\n", {"options": {"encoding": "klingon"}}, "klingon"),
        ("t.csv", b"id\n1\n", {"options": {"delimiter": "';"}}, "delimiter"),
        ("t.csv", b"id\n1\n", {"format": "shapefile"}, "no .dbf"),
        ("t.csv", b"id,x\n1,2\n", {"options": {"x": "x", "y": "y"}}, "'y'"),
        ("t.csv", b"id,x,y\n1,2,3\n", {"options": {"x": "x", "y": "y"}, "crs": Crs("EPSG:0")}, "EPSG:0"),
        ("gtfs/stops.txt", b"stop_id\n1\n", {"source": "gtfs"}, "routes.txt"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_ends_in_one_error_that_names_it(tmp_path, name, content, more, words):
    with pytest.raises((SourceError, SettingsError)) as caught:
        opened(tmp_path, name, content, **more)
    assert words.lower() in str(caught.value).lower()


def test_a_missing_source_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(SourceError, match=r"no file 'nowhere.csv'"):
        Opened(tmp_path, "nowhere.csv")


@pytest.mark.parametrize("suffix", ["json", "ndjson", "geojson", "jsonld"])
@pytest.mark.parametrize(
    "text",
    [
        '{"id": "\\ud800", "type": "A", "features": []}',
        '[{"id": "a", "type": "A", "x": "\\udfff"}]',
        f"[{'9' * 5000}]",
        "[" * 100_000,
        '{"type": "FeatureCollection", "features": null}',
        '{"type": "FeatureCollection", "features": [null, 1, {"properties": [1]}, {"properties": null}]}',
        '{"id": "a", "type": "A", "name": {"languageMap": null}}',
        '{"id": "a", "type": "A", "name": {"type": "LanguageProperty", "languageMap": ["x"]}}',
        '{"id": "a", "type": "FeatureCollection", "features": {"x": 1}}',
        '{"id": 1e400, "type": ["A", null], "features": [{"id": NaN, "properties": {"a": Infinity}}]}',
    ],
)
def test_json_that_python_can_hold_and_a_table_cannot_is_reported_or_one_error(
    tmp_path, suffix, text
):
    try:
        opened(tmp_path, f"t.{suffix}", text)
    except SourceError as error:
        assert f"t.{suffix}" in str(error)


def test_a_line_ends_where_an_editor_ends_it(tmp_path):
    got = opened(tmp_path, "t.ndjson", '{"a": "x\u2028y\x85z"}\r\n{"a": oops}\n')
    assert [(json.loads(d)["a"], r) for d, r in got.rows("t", "doc", "_row")] == [
        ("x\u2028y\x85z", 1)
    ]
    assert [r[3] for r in got.reports] == [2]


SUFFIXES = ["csv", "json", "ndjson", "geojson", "jsonld", "inp", "tntp", "parquet", "shp", "zip"]


@given(st.sampled_from(SUFFIXES), st.binary(max_size=200))
def test_no_bytes_end_in_a_traceback(tmp_path_factory, suffix, content):
    folder = tmp_path_factory.mktemp("hostile")
    try:
        opened(folder, f"t.{suffix}", content, options={})
    except LdtError as error:
        assert str(error)


@given(
    st.sampled_from(["json", "geojson", "jsonld", "ndjson"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "id",
                        "type",
                        "features",
                        "geometry",
                        "coordinates",
                        "properties",
                        "value",
                        "x",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    ),
)
def test_no_json_ends_in_a_traceback(tmp_path_factory, suffix, value):
    folder = tmp_path_factory.mktemp("hostile")
    try:
        opened(folder, f"t.{suffix}", json.dumps(value))
    except LdtError as error:
        assert str(error)
