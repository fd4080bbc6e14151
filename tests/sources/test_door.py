"""One door for a table: no second of a name, no column lost or mixed with provenance, nothing left out in silence."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import duckdb
import pytest
import shapefile
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import SourceError
from ldt_graph.lift import lift, parse_mapping
from ldt_graph.model import Dataset, create_tables
from ldt_graph.sources import open_dataset
from ldt_graph.sources.columns import RESERVED, named, sql_names

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def read(folder: Path, source: str, **more) -> tuple[duckdb.DuckDBPyConnection, dict]:
    con = duckdb.connect()
    create_tables(con)
    return con, open_dataset(con, Dataset("d", source, "none", **more), folder)


def warnings(con) -> list[tuple]:
    return con.execute(
        "SELECT rule, source, \"column\", value FROM violations WHERE severity = 'warning' ORDER BY ALL"
    ).fetchall()


# ── tables ───────────────────────────────────────────────────────────────────────────────────────

NET = "~ init_node term_node ;\n1 2 ;\n"
ENTITY = '[{"id": "urn:ngsi-ld:A:1", "type": "A"}]'


@pytest.mark.parametrize(
    ("files", "both"),
    [
        ({"f/a.csv": "id\n1\n", "f/a.tsv": "id\n2\n"}, ["f/a.csv", "f/a.tsv"]),
        ({"f/X_net.tntp": NET, "f/Y_net.tntp": NET}, ["f/X_net.tntp", "f/Y_net.tntp"]),
        ({"f/a.json": "[]", "f/a.csv": "id\n1\n"}, ["f/a.csv", "f/a.json"]),
    ],
)
def test_two_files_that_make_tables_of_one_name_are_an_error_that_names_both(tmp_path, files, both):
    write(tmp_path, files)
    with pytest.raises(SourceError, match="Rename one of the files") as caught:
        read(tmp_path, "f")
    assert all(name in str(caught.value) for name in both)


def test_two_files_whose_names_differ_in_case_are_two_tables(tmp_path):
    write(tmp_path, {"f/a.csv": "id\n1\n", "f/A.csv": "id\n2\n"})
    con, tables = read(tmp_path, "f")
    found = {n: con.execute(f"SELECT id FROM {t.relation}").fetchall() for n, t in tables.items()}
    assert found == {"A": [("2",)], "a": [("1",)]}


FEED = {
    "agency.txt": "agency_name,agency_url,agency_timezone\nA,http://a,Etc/UTC\n",
    "calendar_dates.txt": "service_id,date,exception_type\nW,20260101,1\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nS,Mill,1,2\n",
    "routes.txt": "route_id,route_long_name,route_type\nR,Ring,3\n",
    "trips.txt": "trip_id,route_id,service_id\nT,R,W\n",
    "stop_times.txt": "trip_id,stop_id,stop_sequence\nT,S,1\n",
}


def pack(path: Path, files: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)


@pytest.mark.parametrize("folder", ["", "feed/", "a/b/", "feed\\"])
def test_a_feed_in_one_folder_of_an_archive_is_read_and_what_a_mac_adds_is_not(tmp_path, folder):
    added = {"__MACOSX/feed/._stops.txt": "junk", ".DS_Store": "junk"}
    pack(tmp_path / "f.zip", {f"{folder}{n}": t for n, t in FEED.items()} | added)
    con, tables = read(tmp_path, "f.zip")
    label = "f.zip/" + folder.replace("\\", "/") + "stops.txt"
    relation = tables["stops"].relation
    assert con.execute(f"SELECT stop_id, _source FROM {relation}").fetchall() == [("S", label)]
    assert warnings(con) == []


def test_an_old_feed_beside_the_feed_is_told_and_two_without_one_at_the_top_are_an_error(tmp_path):
    old = {f"old/{n}": t.replace("S,", "OLD,") for n, t in FEED.items()}
    pack(tmp_path / "f.zip", FEED | old)
    con, tables = read(tmp_path, "f.zip")
    assert con.execute(f"SELECT stop_id FROM {tables['stops'].relation}").fetchall() == [("S",)]
    assert warnings(con) == [("source:file-not-read", "f.zip", None, "old/agency.txt")]
    pack(tmp_path / "g.zip", old | {f"new/{n}": t for n, t in FEED.items()})
    with pytest.raises(SourceError, match="Two folders hold a feed: 'new' and 'old'"):
        read(tmp_path, "g.zip")


def test_an_archive_may_hold_files_of_any_format(tmp_path):
    pack(tmp_path / "z.zip", {"a.csv": "id\n1\n", "deep/b.geojson": '{"features": []}'})
    _, tables = read(tmp_path, "z.zip")
    assert set(tables) == {"a", "b"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_that_is_damaged_or_holds_a_name_twice_is_an_error(tmp_path):
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("a.csv", "id\n1\n")
        archive.writestr("a.csv", "id\n2\n")
    with pytest.raises(SourceError, match=r"two files called 'a\.csv'"):
        read(tmp_path, "z.zip")
    pack(tmp_path / "y.zip", {"a.csv": "id\n1\n"})
    data = (tmp_path / "y.zip").read_bytes()
    (tmp_path / "y.zip").write_bytes(data.replace(b"id\n1\n", b"id\n2\n", 1))
    with pytest.raises(SourceError, match=r"y\.zip/a\.csv: .*damaged"):
        read(tmp_path, "y.zip")


def test_what_no_format_reads_is_told_in_one_line(tmp_path):
    write(tmp_path, {"f/a.csv": "id\n1\n", "f/b.xml": "", "f/c.pdf": "", "f/more/d.csv": "id\n"})
    con, _ = read(tmp_path, "f")
    assert warnings(con) == [("source:file-not-read", "f", None, "b.xml")]
    [[message]] = con.execute("SELECT message FROM violations").fetchall()
    assert message.startswith("3 of its files")


# ── columns ──────────────────────────────────────────────────────────────────────────────────────

names = st.text(st.sampled_from("aAbBßéÉ_2 "), max_size=4) | st.sampled_from(
    [*RESERVED, "_ROW", "a_2", "A_2"]
)


@given(st.lists(names, max_size=8), st.lists(st.sampled_from(["geometry", "a"]), unique=True))
def test_every_column_has_a_name_of_its_own_in_the_mapping_and_in_sql(header, own):
    found, changed = named(header, own)
    every = [*found, *own]
    sql = sql_names(every)
    assert len(found) == len(header)
    assert len(set(every)) == len(every)
    assert len({s.casefold() for s in (*sql, *RESERVED)}) == len(sql) + len(RESERVED)
    clean = [h if h.strip() else f"column_{n}" for n, h in enumerate(header, start=1)]
    kept = [c for c in set(clean) - set(own) if c in found]
    assert sorted(kept) == sorted(set(clean) - set(own)), "the first of a name keeps it"
    assert len(changed) == sum(a != b for a, b in zip(clean, found, strict=True))
    con = duckdb.connect()
    listed = ", ".join('"' + s.replace('"', '""') + '" VARCHAR' for s in (*sql, *RESERVED))
    con.execute(f"CREATE TABLE t ({listed})")


HEADER = ["id", "ID", "name", "Name", "NAME", "_row", "_source", "_key", "_hash", "x", "X_2", "x_2"]
VALUES = [f"v{n}" for n in range(len(HEADER))]


def as_csv(folder: Path) -> str:
    write(folder, {"t.csv": f"{','.join(HEADER)}\n{','.join(VALUES)}\n"})
    return "t.csv"


def as_irregular_csv(folder: Path) -> str:
    write(folder, {"t.csv": f"{','.join(HEADER)}\n\n{','.join(VALUES)}\n"})
    return "t.csv"


def as_geojson(folder: Path) -> str:
    feature = {
        "type": "Feature",
        "properties": dict(zip(HEADER, VALUES, strict=True)),
        "geometry": None,
    }
    write(folder, {"t.geojson": json.dumps({"type": "FeatureCollection", "features": [feature]})})
    return "t.geojson"


def as_parquet(folder: Path) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(
        pa.table({h: [v] for h, v in zip(HEADER, VALUES, strict=True)}), folder / "t.parquet"
    )
    return "t.parquet"


def as_shapefile(folder: Path) -> str:
    writer = shapefile.Writer(str(folder / "t.shp"), shapeType=shapefile.POINT)
    for name in HEADER:
        writer.field(name, "C")
    writer.point(9, 48)
    writer.record(*VALUES)
    writer.close()
    return "t.shp"


@pytest.mark.parametrize(
    "made",
    [as_csv, as_irregular_csv, as_geojson, as_parquet, as_shapefile],
    ids=lambda f: f.__name__,
)
def test_a_mapping_finds_each_column_by_the_files_own_name(tmp_path, made):
    source = made(tmp_path)
    objects = "".join(
        f'    rml:predicateObjectMap [ rml:predicate ex:p{n} ; rml:objectMap [ rml:reference "{name}" ] ] ;\n'
        for n, name in enumerate(HEADER)
    )
    write(
        tmp_path,
        {
            "m.ttl": "@prefix rml: <http://w3id.org/rml/> . @prefix ex: <http://ex.org/> .\n"
            '<#M> a rml:TriplesMap ; rml:logicalSource [ rml:source "t" ; rml:referenceFormulation rml:CSV ] ;\n'
            f'{objects}    rml:subjectMap [ rml:template "thing/{{id}}/{{_row}}" ] .'
        },
    )
    con, tables = read(tmp_path, source)
    assert set(HEADER) <= set(tables["t"].columns)
    lift(con, parse_mapping(tmp_path / "m.ttl"), tables, dataset="d", base="http://b/d/")
    found = con.execute(
        "SELECT DISTINCT subject, predicate, object, source FROM statements"
    ).fetchall()
    assert sorted(found) == sorted(
        ("http://b/d/thing/v0/v5", f"http://ex.org/p{n}", v, source) for n, v in enumerate(VALUES)
    )
    assert warnings(con) in ([], [("source:no-crs", source, None, None)])


def test_a_second_column_of_a_name_keeps_its_values_under_a_free_one_and_is_told(tmp_path):
    write(tmp_path, {"t.csv": "x,x,x_2,y,geometry\n1,2,3,4,5\n"})
    con, tables = read(tmp_path, "t.csv", options={"x": "x", "y": "y"})
    table = tables["t"]
    columns = ("x", "x_3", "x_2", "y", "geometry_2", "geometry", "plan_geometry")
    assert table.columns == columns
    [row] = con.execute(f"FROM {table.relation}").fetchall()
    assert row == ("1", "2", "3", "4", "5", "POINT(1 4)", None, "t.csv", 2)
    assert warnings(con) == [("source:column-renamed", "t.csv", "x", None)]


def test_a_format_that_makes_a_table_of_other_columns_than_it_says_is_told(tmp_path):
    from ldt_graph.sources.connect.local import FILE
    from ldt_graph.sources.reading import Reading

    write(tmp_path, {"t.csv": "id\n"})
    dataset = Dataset("d", "t.csv", "none")
    reading = Reading(duckdb.connect(), dataset, FILE.find(dataset, tmp_path).files)
    staged = reading.stage(["id", "name"], "SELECT 1 AS id, 'f' AS _source, 1 AS _row")
    with pytest.raises(SourceError, match="makes the table t of id, _source, _row"):
        reading.add("t", staged)


# ── reports ──────────────────────────────────────────────────────────────────────────────────────


def test_faults_reach_the_table_in_one_statement_however_many_they_are(tmp_path, monkeypatch):
    from ldt_graph.sources import reading

    appended = []
    monkeypatch.setattr(reading, "tell", lambda con, violations: appended.append([*violations]))
    write(tmp_path, {"t.csv": "a,b\n" + "1\n" * 10_000})
    read(tmp_path, "t.csv")
    [told] = appended
    assert [v.row for v in told] == list(range(2, 10_002))
