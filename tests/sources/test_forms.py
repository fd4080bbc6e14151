"""Numbers, dates and truth values keep the form that their source gives them, in every format."""

from __future__ import annotations

import datetime as dt
import json
import struct
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest
import shapefile
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.lift import lift, parse_mapping
from ldt_graph.lift.lexical import LEXICAL
from ldt_graph.lift.terms import MACROS
from ldt_graph.model import Crs
from ldt_graph.namespaces import XSD
from tests.sources.test_sources import Opened, opened

NUMBERS = [
    "1.50", "12345678901234567890.123", "123456789012345678901234567890", "18446744073709551616",
    "-9223372036854775809", "1e400", "-1E-400", "-0", "-0.0", "0", "1E5", "1e+05", "9.4e-05", "0.000094", "1.0",
    "100000000000000000000000.5", "0.1", "0.30000000000000004", "0.300000000000000044", "1e22", "123456789.10",
    "9" * 5000,
]  # fmt: skip

numbers = st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?", fullmatch=True)  # fmt: skip


def lifted(got: Opened, *columns: str) -> list[tuple]:
    """Return what the lift sees of a document, as text."""
    got.con.execute(MACROS)
    paths = ", ".join(f"json_text(json_extract_string(doc::JSON, '$.{c}'))" for c in columns)
    return got.con.execute(f"SELECT {paths} FROM {got.tables['t'].relation}").fetchall()


@pytest.mark.parametrize("suffix", ["json", "ndjson"])
@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_of_json_is_what_was_written(tmp_path, suffix, number):
    text = f'{{"v": {number}, "deep": {{"w": [{number}, "{number}"]}}, "s": "{number}"}}'
    got = opened(tmp_path, f"t.{suffix}", f"[{text}]" if suffix == "json" else text)
    [(v, deep, s)] = lifted(got, "v", "deep", "s")
    assert (v, s) == (number, number)
    assert deep == f'{{"w":[{number},"{number}"]}}'


@given(numbers)
def test_any_number_of_json_is_what_was_written(number):
    with TemporaryDirectory() as made:
        got = opened(Path(made), "t.json", f'[{{"v": {number}}}]')
        assert lifted(got, "v") == [(number,)]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_of_geojson_and_ngsi_ld_is_what_was_written(tmp_path, number):
    feature = (
        f'{{"type": "Feature", "properties": {{"v": {number}, "w": [{number}]}}, "geometry": null}}'
    )
    got = opened(tmp_path, "f.geojson", f'{{"type": "FeatureCollection", "features": [{feature}]}}')
    assert got.rows("f", "v", "w") == [(number, f"[{number}]")]
    got = opened(tmp_path, "e.jsonld", f'{{"id": "urn:a", "type": "A", "v": {number}}}')
    whole = number.removeprefix("-").isdigit()
    assert got.rows("properties", "value", "datatype") == [
        (number, "integer" if whole else "double")
    ]


MAPPING = """@prefix rml: <http://w3id.org/rml/> . @prefix ex: <http://ex.org/> .
<#M> a rml:TriplesMap ; rml:logicalSource [ rml:source "t" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]" ] ;
    rml:subjectMap [ rml:template "thing/{id}" ] ;
    rml:predicateObjectMap [ rml:predicate ex:one ; rml:objectMap [ rml:reference "one" ] ] ;
    rml:predicateObjectMap [ rml:predicate ex:many ; rml:objectMap [ rml:reference "many[*]" ] ] ."""


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_of_json_keeps_its_natural_datatype(tmp_path, number):
    (tmp_path / "m.ttl").write_text(MAPPING)
    text = f'[{{"id": {number}, "one": {number}, "many": [{number}, "{number}", true]}}]'
    got = opened(tmp_path, "t.json", text)
    lift(got.con, parse_mapping(tmp_path / "m.ttl"), got.tables, dataset="d", base="http://b/d/")
    found = got.con.execute(
        "SELECT parse_filename(predicate), object, datatype FROM statements"
    ).fetchall()
    kind = XSD.integer if number.removeprefix("-").isdigit() else XSD.double
    assert sorted(found, key=str) == sorted(
        [
            ("one", number, kind),
            ("many", number, kind),
            ("many", number, None),
            ("many", "true", XSD.boolean),
        ],
        key=str,
    )


# ── Parquet ──────────────────────────────────────────────────────────────────────────────────────

BERLIN = "Europe/Berlin"
NOON = dt.datetime(2024, 2, 29, 12, 0, 0, 500, tzinfo=dt.UTC)
# value, type, text, XSD type
PARQUET = {
    "decimal": (Decimal("1.50"), pa.decimal128(10, 2), "1.50", "decimal"),
    "decimal of 38 digits": (Decimal("12345678901234567890.123"), pa.decimal128(38, 3), "12345678901234567890.123", "decimal"),
    "integer": (2**63 - 1, pa.int64(), "9223372036854775807", "integer"),
    "unsigned integer": (2**64 - 1, pa.uint64(), "18446744073709551615", "unsignedLong"),
    "double": (1e-05, pa.float64(), "1e-05", "double"),
    "float": (0.1, pa.float32(), "0.1", "float"),
    "infinity": (float("-inf"), pa.float64(), "-INF", "double"),
    "no number": (float("nan"), pa.float64(), "NaN", "double"),
    "truth": (True, pa.bool_(), "true", "boolean"),
    "day": (dt.date(2024, 2, 29), pa.date32(), "2024-02-29", "date"),
    "day in milliseconds": (dt.date(2024, 2, 29), pa.date64(), "2024-02-29", "date"),
    "moment": (NOON.replace(tzinfo=None), pa.timestamp("us"), "2024-02-29T12:00:00.0005", "dateTime"),
    "midnight": (dt.datetime(2024, 2, 29), pa.timestamp("s"), "2024-02-29T00:00:00", "dateTime"),
    "moment of a zone": (NOON, pa.timestamp("us", BERLIN), "2024-02-29T12:00:00.0005Z", "dateTimeStamp"),
    "nanoseconds": (1709208000123456789, pa.timestamp("ns"), "2024-02-29T12:00:00.123456789", "dateTime"),
    "nanoseconds of a zone": (1709208000123456789, pa.timestamp("ns", "UTC"), "2024-02-29T12:00:00.123456789Z", "dateTimeStamp"),
    "time": (dt.time(1, 2, 3), pa.time64("us"), "01:02:03", "time"),
    "text": ("08024", pa.string(), "08024", None),
    "no text": ("", pa.string(), None, None),
    "text without a type": ("Straße".encode(), pa.binary(), "Straße", None),
    "list": ([1.5, None], pa.list_(pa.float64()), "[1.5,null]", None),
    "struct": ({"a": 1, "b": "x'y"}, pa.struct([("a", pa.int64()), ("b", pa.string())]), '{"a":1,"b":"x\'y"}', None),
}  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
@pytest.mark.parametrize("name", PARQUET)
def test_a_value_of_parquet_is_text_of_xml_schema(tmp_path, monkeypatch, name, zone):
    value, kind, text, datatype = PARQUET[name]
    monkeypatch.setenv("TZ", zone)
    pq.write_table(pa.table({"v": pa.array([value, None], kind)}), tmp_path / "t.parquet")
    got = Opened(tmp_path, "t.parquet")
    assert got.rows("t", "v") == [(text,), (None,)]
    assert got.reports == []
    if datatype:
        assert got.con.execute(f"SELECT {LEXICAL[XSD[datatype]].holds('?')}", [text] * (1 + ("BETWEEN" in LEXICAL[XSD[datatype]].holds("?")))).fetchall() == [(True,)]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "kind", "rule"),
    [
        (b"\x00\xff", pa.binary(), "source:binary-column"),
        (Decimal("1" * 40 + ".5"), pa.decimal256(50, 2), "source:less-exact"),
    ],
)
def test_what_parquet_holds_and_text_does_not_is_told(tmp_path, value, kind, rule):
    pq.write_table(pa.table({"v": pa.array([value], kind)}), tmp_path / "t.parquet")
    assert [(r[0], r[4]) for r in Opened(tmp_path, "t.parquet").reports] == [(rule, "v")]


@pytest.mark.parametrize(
    ("crs", "kept"), [(None, True), ("OGC:CRS84", True), ("EPSG:4326", True), ("EPSG:25832", False)]
)
def test_a_geometry_of_parquet_is_kept_in_degrees_or_told(tmp_path, crs, kept):
    column: dict = {"encoding": "WKB", "geometry_types": ["Point"]}
    if crs:
        column["crs"] = pyproj.CRS(crs).to_json_dict()
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}}
    table = pa.table({"geometry": pa.array([struct.pack("<BIdd", 1, 1, 9.9, 48.4)])})
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), tmp_path / "t.parquet")
    got = Opened(tmp_path, "t.parquet")
    assert got.rows("t", "geometry") == [("POINT (9.9 48.4)" if kept else None,)]
    assert [(r[0], r[4]) for r in got.reports] == ([] if kept else [("source:crs", "geometry")])


# ── shapefiles ───────────────────────────────────────────────────────────────────────────────────


def shape(folder: Path, fields: list[tuple], *records: tuple) -> Path:
    """Write points with these attributes; return the .dbf."""
    writer = shapefile.Writer(str(folder / "t.shp"), shapeType=shapefile.POINT)
    for field in fields:
        writer.field(*field)
    for record in records:
        writer.point(9.9, 48.4)
        writer.record(*record)
    writer.close()
    return folder / "t.dbf"


# A field, the bytes of its cell, what is read, what is told
DBF = {
    "trailing zero": (("v", "N", 12, 2), b"1.50", "1.50", None),
    "digits past a double": (("v", "N", 25, 3), b"12345678901234567890.123", "12345678901234567890.123", None),
    "leading zeros": (("v", "N", 8, 0), b"00000000", "00000000", None),
    "exponent": (("v", "F", 20, 10), b"1.500000000e+001", "1.500000000e+001", None),
    "decimal comma": (("v", "N", 8, 2), b"1,50", "1,50", None),
    "empty number": (("v", "N", 8, 2), b"", None, None),
    "a number that did not fit": (("v", "N", 4, 0), b"****", None, "source:overflow"),
    "day": (("v", "D", 8, 0), b"20240229", "2024-02-29", None),
    "no day": (("v", "D", 8, 0), b"00000000", None, None),
    "a day that there isn't": (("v", "D", 8, 0), b"20230230", "2023-02-30", None),
    "a day in words": (("v", "D", 8, 0), b"29.02.24", "29.02.24", None),
    "true": (("v", "L", 1, 0), b"Y", "true", None),
    "false": (("v", "L", 1, 0), b"f", "false", None),
    "not known": (("v", "L", 1, 0), b"?", None, None),
    "neither": (("v", "L", 1, 0), b"x", "x", None),
    "text of digits": (("v", "C", 8, 0), b"08024", "08024", None),
    "padded by NUL": (("v", "C", 8, 0), b"ab\0\0", "ab", None),
    "a byte of no text": (("v", "C", 8, 0), b"ab\x81", None, "source:bad-text"),
}  # fmt: skip


@pytest.mark.parametrize("name", DBF)
def test_a_cell_of_a_dbf_keeps_its_form(tmp_path, name):
    field, raw, text, rule = DBF[name]
    none = "" if field[1] == "C" else None
    path = shape(tmp_path, [field], (none,), (none,))
    path.write_bytes(path.read_bytes().replace(b"*", b" "))
    data = bytearray(path.read_bytes())
    begin, size = struct.unpack_from("<HH", data, 8)
    data[begin + 1 : begin + size] = raw.ljust(size - 1)
    (tmp_path / "t.dbf").write_bytes(data)
    (tmp_path / "t.cpg").write_text("1252")
    options = {"encoding": "cp1252"}
    got = Opened(tmp_path, "t.shp", crs=Crs("EPSG:4326"), options=options)
    assert got.rows("t", "v") == [(text,), (None,)]
    assert [(r[0], r[3], r[4]) for r in got.reports] == ([(rule, 1, "v")] if rule else [])


def test_a_deleted_record_and_memos_are_in_the_account(tmp_path):
    path = shape(tmp_path, [("id", "C"), ("m", "C", 10)], ("1", "7"), ("2", "8"), ("3", ""))
    data = bytearray(path.read_bytes())
    begin, size = struct.unpack_from("<HH", data, 8)
    data[begin + size : begin + size + 1] = b"*"
    data[32 + 32 + 11] = ord("M")
    path.write_bytes(data)
    (tmp_path / "t.cpg").write_text("of my own")
    got = Opened(tmp_path, "t.shp", crs=Crs("EPSG:4326"))
    assert got.rows("t", "id", "_row") == [("1", 1), ("3", 3)]
    account = got.con.execute("SELECT kind, name, count FROM coverage ORDER BY ALL").fetchall()
    assert account == [
        ("column", "t.m", 1),
        ("entry", "t: deleted records", 1),
        ("file", ".cpg", 1),
    ]
