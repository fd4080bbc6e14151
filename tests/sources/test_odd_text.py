"""What is odd in a text costs its cell or its line, never the file, and never in silence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ldt_graph.errors import LdtError, SourceError
from ldt_graph.model import Crs
from tests.sources.test_sources import Opened, opened

if TYPE_CHECKING:
    from pathlib import Path

BIG = "x" * 200_000
LONG = "POLYGON((" + "9.9 48.4, " * 250_000 + "))"


def told(got: Opened) -> list[tuple]:
    return got.con.execute('SELECT rule, row, "column" FROM violations ORDER BY ALL').fetchall()


def every_row(got: Opened) -> list[tuple]:
    [table] = got.tables.values()
    return got.rows(table.name, *map(table.sql_column, table.columns))


# ── delimited text ───────────────────────────────────────────────────────────────────────────────

# name → (file, options, rows, what is told)
CSV: dict[str, tuple[str | bytes, dict[str, str], list[tuple], list[tuple]]] = {
    "a cell past 128 kB, irregular": (f"id,w\n\n1,{BIG}\n", {}, [("1", BIG)], []),
    "a quoted cell past 128 kB": (f'id,w\n\n1,"{BIG}"\n2,b\n', {}, [("1", BIG), ("2", "b")], []),
    "a line past 2 MB": (f'id,w\n1,"{LONG}"\n2,b\n', {}, [("1", LONG), ("2", "b")], []),
    "U+2028, U+2029, U+0085, VT, FF": ("a,b\n1\u2028,2\u2029\n3\x85,4\v\f\n", {}, [("1\u2028", "2\u2029"), ("3\x85", "4\v\f")], []),
    "an unclosed quote in the last line": ('a,b\n1,"x\n', {}, [], [("source:bad-quote", 2, None)]),
    "an unclosed quote, rows after it": ('a,b\n1,"x\n2,y\n3,z\n', {}, [("2", "y"), ("3", "z")], [("source:bad-quote", 2, None)]),
    "an unclosed quote, quoted rows after it": ('a,b\n1,"x\n2,"y"\n3,z\n', {}, [("2", "y"), ("3", "z")], [("source:bad-quote", 2, None)]),
    "an unclosed quote, an inch mark after it": ('a,b\n1,"x\n2,y\n3,z\n4,5"\n', {}, [("1", "x\n2,y\n3,z\n4,5")], [("source:long-cell", 2, None)]),
    "a quote lost at a cell's end and at the next one's begin": ('a,b,c\n1,"x,y\n2,z",w\n', {}, [("1", "x,y\n2,z", "w")], [("source:long-cell", 2, None)]),
    "text behind a closing quote": ('a,b\n1,"x"y\n2,z\n', {}, [("2", "z")], [("source:bad-quote", 2, None)]),
    "a quote escaped by a backslash": ('a,b\n1,"x \\"y\\" z"\n2,z\n', {}, [("2", "z")], [("source:bad-quote", 2, None)]),
    "an inch mark in a plain cell": ('a,b\n1,5" pipe\n2,z\n', {}, [("1", '5" pipe'), ("2", "z")], [("source:bare-quote", 2, None)]),
    "doubled quotes": ('a,b\n1,"say ""hi"", twice"\n', {}, [("1", 'say "hi", twice')], []),
    "two lines in a cell that is too many": ('a,b\n1,"x\ny",z\n2,w\n', {}, [("2", "w")], [("source:row-too-long", 2, None)]),
    "sep=;": ("sep=;\na;b\n1;2,5\n", {}, [("1", "2,5")], []),
    "sep=; quoted, with a mark": ("\ufeff\"sep=;\"\r\na;b\r\n1;2,5\r\n", {}, [("1", "2,5")], []),
    "sep=TAB": ("sep=\t\na\tb\n1\t2,5\n", {}, [("1", "2,5")], []),
    "a delimiter that Excel names and no rule would guess": ("SEP=:\na:b\n1:2\n", {}, [("1", "2")], []),
    "quoted delimiters in the header": ('"a, x, y";"b"\n1;2\n', {}, [("1", "2")], []),
    "plain delimiters in the header that no row has": ("id;name, first, last\n1;Anna\n2;Bo\n", {}, [("1", "Anna"), ("2", "Bo")], []),
    "decimal commas": ("id;x;y\n1;1,5;2,5\n2;3,5;4,5\n", {}, [("1", "1,5", "2,5"), ("2", "3,5", "4,5")], []),
    "decimal commas that twin.toml names": ("id;x;n\n1;-1.234,50;,5\n2;3,5E2;a 1,5\n", {"decimal": ","}, [("1", "-1234.50", ".5"), ("2", "3.5E2", "a 1,5")], []),
    "decimal commas in quotes, irregular": ('id,x\n\n1,"1,5"\n2,7\n', {"decimal": ","}, [("1", "1.5"), ("2", "7")], []),
    "points alone beside decimal commas": ("id;x\n1;1.234\n2;1,5\n3;1.5\n", {"decimal": ","}, [("1", "1.234"), ("2", "1.5"), ("3", "1.5")], [("source:decimal-point", 2, "x")]),
    "null words": ('a,b\nNA,-\n"NA",null\nnay,x\n', {"null": "NA|-|null"}, [(None, None), (None, None), ("nay", "x")], []),
    "null words, irregular": ("a,b\n\nNA,-\nnay,x\n", {"null": "NA|-"}, [(None, None), ("nay", "x")], []),
    "lines above the header": ('Report, "2024\nby me\n\na,b\n1,2\n', {"skip": "3"}, [("1", "2")], []),
    "a line of units": ("id,p\n-,kW\n1,2\n", {"skip-after-header": "1"}, [("1", "2")], []),
    "a line of units below a blank one": ("id,p\n\n-,kW\n1,2\n", {"skip-after-header": "1"}, [("1", "2")], []),
    "a delimiter behind every row": ("a,b\n1,2,\n3,4,\n", {}, [("1", "2"), ("3", "4")], []),
    "a delimiter behind the header alone": ("a,b,\n1,2\n3,4\n", {}, [("1", "2"), ("3", "4")], []),
    "a delimiter behind one row": ("a,b\n1,2,\n3,4\n", {}, [("3", "4")], [("source:row-too-long", 2, None)]),
    "blank lines": ("\n\na,b\n\n1,2\n\n\n3,4\n\n", {}, [("1", "2"), ("3", "4")], []),
    "CR alone": ("a,b\r1,2\r3,4\r", {}, [("1", "2"), ("3", "4")], []),
    "line ends of all kinds": ("a,b\r\n1,2\n3,4\r5,6", {}, [("1", "2"), ("3", "4"), ("5", "6")], []),
    "a mark twice": ("\ufeff\ufeffa,b\n1,2\n", {}, [("1", "2")], []),
    "one column": ("id\n1\n\n2\n", {}, [("1",), ("2",)], []),
    "a header alone": ("a,b\n", {}, [], []),
    "a header alone without its end": ("a,b", {}, [], []),
    "a header over two lines": ('a,"b\nc"\n1,2\n', {}, [("1", "2")], [("source:long-cell", 1, None)]),
    "a header's quote that ends in the first row": ('a,"b\n1,2"\n3,4\n', {}, [("3", "4")], [("source:long-cell", 1, None)]),
    "double names": ("a,a\n1,2\n", {}, [("1", "2")], [("source:column-renamed", None, "a")]),
    "NUL in a cell": ("a,b\n1,x\0y\n2,z\n", {}, [("1", None), ("2", "z")], [("source:bad-text", 2, "b")]),
    "one bad byte among good umlauts": ("id,n\n1,Zoë\n2,Über\n3,Stra".encode() + b"\xdf" + b"e\n", {}, [("1", "Zoë"), ("2", "Über"), ("3", None)], [("source:bad-text", 4, "n")]),
    "a bad byte in a name of a column": (b"id,n" + b"\xff" + ",ö\n1,ä,ü\n".encode(), {}, [("1", "ä", "ü")], [("source:bad-text", 1, "n\\xff")]),
    "a bad byte of a stated encoding": (b"id,n\n1,\xff\n2,z\n", {"encoding": "utf-8"}, [("1", None), ("2", "z")], [("source:bad-text", 2, "n")]),
    "a mark against the option": ("id,n\n1,ü\n".encode("utf-8-sig"), {"encoding": "latin-1"}, [("1", "ü")], [("source:encoding", None, None)]),
    "Latin-1": ("id,n\n1,Straße\n".encode("latin-1"), {}, [("1", "Straße")], [("source:encoding", 2, None)]),
    "Windows-1251": ("id,n\n1,Насосная станция\n2,Улица Ленина\n".encode("cp1251"), {}, [("1", "Насосная станция"), ("2", "Улица Ленина")], [("source:encoding", 2, None)]),
    "Shift JIS": ("id,n\n1,東京都新宿区\n2,ポンプ場\n".encode("cp932"), {}, [("1", "東京都新宿区"), ("2", "ポンプ場")], [("source:encoding", 2, None)]),
    "GB 18030": ("id,n\n1,中山路水泵站\n".encode("gb18030"), {}, [("1", "中山路水泵站")], [("source:encoding", 2, None)]),
    "UTF-16 with a mark": ("id,n\n1,ü\n".encode("utf-16"), {}, [("1", "ü")], []),
    "UTF-16 BE with a mark": ("\ufeffid,n\n1,ü\n".encode("utf-16-be"), {}, [("1", "ü")], []),
    "UTF-16 without a mark": ("id,n\n1,ü\n".encode("utf-16-le"), {}, [("1", "ü")], [("source:encoding", 1, None)]),
    "UTF-16 BE without a mark": ("id,n\n1,ü\n".encode("utf-16-be"), {}, [("1", "ü")], [("source:encoding", 1, None)]),
    "half a character of UTF-16": ("id,n\n1,x\n2,".encode("utf-16") + b"\x00\xd8\n\x00", {}, [("1", "x"), ("2", None)], [("source:bad-text", 3, "n")]),
    "UTF-32": ("id,n\n1,ü\n".encode("utf-32"), {}, [("1", "ü")], []),
    "a letter that was lost before": ("id,n\n1,Stra\ufffde\n", {}, [("1", "Stra\ufffde")], [("source:lost-letters", 2, None)]),
}  # fmt: skip


@pytest.mark.parametrize("name", CSV)
def test_an_odd_csv_gives_its_rows_and_says_what_it_lost(tmp_path, name):
    text, options, rows, expected = CSV[name]
    got = opened(tmp_path, "t.csv", text, options=options)
    assert every_row(got) == rows
    assert told(got) == expected


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("", {}, "empty"),
        ("\n \n", {}, "empty"),
        ('"a,b\n1,2\n', {}, "t.csv:1: Not a table"),
        ("a\n1\n", {"skip": "5"}, "no header"),
        ("a\n1\n", {"skip": "some"}, "options.skip is a number of lines"),
        ("a\n1\n", {"skip-after-header": "-1"}, "options.skip-after-header"),
    ],
)
def test_what_is_no_table_ends_in_one_error(tmp_path, text, options, words):
    with pytest.raises(SourceError, match=words):
        opened(tmp_path, "t.csv", text, options=options)


def test_lines_that_twin_toml_leaves_out_are_in_the_account(tmp_path):
    got = opened(tmp_path, "t.csv", "title\na,b\n-,kW\n1,2\n", options={"skip": "1", "skip-after-header": "1"})  # fmt: skip
    lines = got.con.execute("SELECT kind, name, used, count FROM coverage ORDER BY ALL").fetchall()
    assert lines == [
        ("entry", "t: lines of options.skip", False, 1),
        ("entry", "t: lines of options.skip-after-header", False, 1),
    ]


@pytest.mark.parametrize("name", ["t[1].csv", "*.csv", "t?.csv", "a{b,c}.csv", "**.csv", "t'x.csv"])
@pytest.mark.parametrize("kind", ["csv", "parquet", "json"])
def test_a_files_name_is_no_pattern(tmp_path, name, kind):
    import pyarrow as pa
    import pyarrow.parquet as pq

    def write(path: Path, value: str) -> None:
        if kind == "parquet":
            pq.write_table(pa.table({"id": [value], "b": ["x"]}), path)
        else:
            path.write_text(
                f"id,b\n{value},x\n" if kind == "csv" else json.dumps([{"id": value, "b": "x"}])
            )

    for other in ("t1", "tx", "ab", "a"):
        write(tmp_path / f"{other}.{kind}", "wrong")
    name = name.replace("csv", kind)
    write(tmp_path / name, "right")
    [(cell, *_)] = every_row(Opened(tmp_path, name))
    assert "right" in cell


def test_options_table_names_the_table_of_a_file_that_is_called_otherwise(tmp_path):
    for name, text in [("2024.csv", "id\n1\n"), ("2024.json", "[]"), ("2024.ndjson", "{}\n")]:
        got = opened(tmp_path, name, text, options={"table": "readings"})
        assert list(got.tables) == ["readings"]


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────

GOOD = '{"id": "a", "n": 1}'
# name → (NDJSON, what of each line is read, what is told)
NDJSON: dict[str, tuple[str | bytes, list[object], list[tuple]]] = {
    "U+2028 and its kin in texts": ('{"a": "x\u2028y\u2029z\x85"}\n', [{"a": "x\u2028y\u2029z\x85"}], []),
    "CR LF": (f"{GOOD}\r\n{GOOD}\r\n", [json.loads(GOOD)] * 2, []),
    "CR alone": (f"{GOOD}\r{GOOD}\r", [json.loads(GOOD)] * 2, []),
    "CR as a blank": ('{"a":\r1}\n', [{"a": 1}], []),
    "a line past 2 MB": (json.dumps({"a": "x" * 2_500_000}) + "\n", [{"a": "x" * 2_500_000}], []),
    "a bad line between good ones": (f'{GOOD}\n{{"id"\n{GOOD}\n', [json.loads(GOOD)] * 2, [("source:bad-json", 2, None)]),
    "two values in a line": (f"{GOOD}\n1 2\n", [json.loads(GOOD)], [("source:bad-json", 2, None)]),
    "a bad byte among good ones": ('{"a": "ü", "b": "ö"}\n{"a": "é", "b": "'.encode() + b'\xfc"}\n', [{"a": "ü", "b": "ö"}, {"a": "é"}], [("source:bad-text", 2, "b")]),
    "Latin-1": ('{"a": "Straße"}\n'.encode("latin-1"), [{"a": "Straße"}], [("source:encoding", 1, None)]),
    "half a character": ('{"a": "\\ud83d", "b": 1}\n', [{"b": 1}], [("source:bad-text", 1, "a")]),
    "a whole pair": ('{"a": "\\ud83d\\ude00"}\n', [{"a": "😀"}], []),
    "NUL as an escape": ('{"a": "x\\u0000", "b": 1}\n', [{"b": 1}], [("source:bad-text", 1, "a")]),
    "NaN": ('{"a": NaN, "b": [1, -Infinity]}\n', [{"b": [1, None]}], [("source:not-a-number", 1, "a"), ("source:not-a-number", 1, "b[1]")]),
    "a member twice": ('{"a": 1, "b": {"c": 1, "c": 2}, "a": 3}\n', [{"a": 3, "b": {"c": 2}}], [("source:doubled-member", 1, "a"), ("source:doubled-member", 1, "b.c")]),
    "nesting past all bounds": ("[" * 100_000 + f"\n{GOOD}\n", [json.loads(GOOD)], [("source:bad-json", 1, None)]),
}  # fmt: skip


@pytest.mark.parametrize("name", NDJSON)
def test_an_odd_line_of_json_costs_its_member_or_itself(tmp_path, name):
    text, items, expected = NDJSON[name]
    got = opened(tmp_path, "t.ndjson", text)
    assert [json.loads(doc) for (doc,) in got.rows("t", "doc")] == items
    assert told(got) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('"n": "b"', '"n": NaN', ("source:not-a-number", 2, "n")),
        ('"n": "b"', '"n": "\\udfff"', ("source:bad-text", 2, "n")),
        ('"n": "b"', '"n": 1, "n": "b"', ("source:doubled-member", 2, "n")),
    ],
)
@pytest.mark.parametrize("kind", ["json", "geojson"])
def test_a_fault_in_a_document_is_told_at_its_item_and_member(
    tmp_path, kind, before, after, expected
):
    items = [{"id": "1", "n": "a"}, {"id": "2", "n": "b"}]
    text = json.dumps(items)
    rule, row, column = expected
    if kind == "geojson":
        text = json.dumps(
            {
                "type": "FeatureCollection",
                "features": [{"type": "Feature", "properties": i, "geometry": None} for i in items],
            }
        )
        column = f"properties.{column}"
    got = opened(tmp_path, f"t.{kind}", text.replace(before, after))
    assert told(got) == [(rule, row, column)]
    assert len(every_row(got)) == 2


def test_lines_in_a_json_file_are_told_to_be_ndjson(tmp_path):
    with pytest.raises(SourceError, match='format = "ndjson"'):
        opened(tmp_path, "t.json", f"{GOOD}\n{GOOD}\n")


# ── coordinates in columns ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("x", "y", "crs", "expected"),
    [
        ("9.9", "48.4", None, None),
        ("", "", None, None),
        ("+9.9", " 48.4", None, None),
        ("9.9e0", "4840E-2", None, None),
        ("", "48.4", None, ("source:coordinate", "lon", None)),
        ("9.9", "", None, ("source:coordinate", "lat", None)),
        ("9,9", "48.4", None, ("source:coordinate", "lon", "9,9")),
        ("9.9", "48°24'", None, ("source:coordinate", "lat", "48°24'")),
        ("9_9", "48.4", None, ("source:coordinate", "lon", "9_9")),
        ("9.9", "inf", None, ("source:coordinate", "lat", "inf")),
        ("NaN", "48.4", None, ("source:coordinate", "lon", "NaN")),
        ("٩", "48.4", None, ("source:coordinate", "lon", "٩")),
        ("1e400", "48.4", None, ("source:coordinate", "lon", "1e400")),
        ("190", "48.4", None, ("source:crs", "lon", "190")),
        ("9.9", "480.4", None, ("source:crs", "lat", "480.4")),
        ("573520", "5361080", None, ("source:crs", "lon", "573520 5361080")),
        ("573520", "5361080", "EPSG:25832", None),
        ("573520", "5361o80", "EPSG:25832", ("source:coordinate", "lat", "5361o80")),
    ],
)
def test_a_coordinate_that_is_none_is_told_at_its_column(tmp_path, x, y, crs, expected):
    got = opened(
        tmp_path,
        "t.csv",
        f'id;lon;lat\n1;"{x}";"{y}"\n',
        options={"x": "lon", "y": "lat"},
        crs=Crs(crs) if crs else None,
    )
    [(geometry,)] = got.rows("t", "geometry")
    assert (geometry is None) == (expected is not None or not x)
    reported = got.con.execute('SELECT rule, "column", value, row FROM violations').fetchall()
    assert reported == ([(*expected, 2)] if expected else [])


# ── anything ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", CSV)
def test_no_odd_text_ends_another_format_in_a_traceback(tmp_path, name):
    text = CSV[name][0]
    for suffix in ("inp", "tntp", "json", "jsonld", "geojson", "ndjson"):
        try:
            opened(tmp_path, f"t_net.{suffix}", text if len(text) < 10_000 else "x")
        except LdtError as error:
            assert "t_net" in str(error)
