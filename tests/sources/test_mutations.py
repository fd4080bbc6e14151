"""A good file, damaged: what is read differs from what was written only where something says so."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapefile
from hypothesis import assume, given
from hypothesis import strategies as st

from ldt_graph.errors import LdtError
from ldt_graph.model import Crs
from ldt_graph.sources.columns import named
from tests.examples import examples
from tests.sources.test_sources import Opened

COLUMNS = ("id", "name", "size")
ROWS = [(f"k{n}", f"Öst {n}é", f"{n}.50") for n in range(1, 6)]


def read(folder: Path, name: str, **more) -> Opened | None:
    """Read a file; None where it ends in an error that names it."""
    try:
        return Opened(folder, name, **more)
    except LdtError as error:
        assert "t." in str(error)
        return None


def silent(got: Opened) -> bool:
    """Whether nothing was reported and nothing is in the account."""
    found = got.con.execute("SELECT (SELECT count(*) FROM violations) + (SELECT count(*) FROM coverage)")  # fmt: skip
    return found.fetchall() == [(0,)]


def cells(got: Opened) -> list[tuple]:
    found = got.con.execute(f"FROM {got.tables['t'].relation} ORDER BY rowid").fetchall()
    return [row[:-2] for row in found]


def damaged(draw: st.DrawFn, data: bytes, marks: list[bytes], times: int) -> bytes:
    """Put in, take out or double a mark of the format, up to so many times."""
    for _ in range(draw(st.integers(1, times))):
        way = draw(st.sampled_from(["in", "out", "double"]))
        places = [n for n in range(len(data)) if any(data.startswith(m, n) for m in marks if m)]
        if way == "in" or not places:
            at = draw(st.integers(0, len(data)))
            data = data[:at] + draw(st.sampled_from(marks)) + data[at:]
            continue
        at = draw(st.sampled_from(places))
        mark = data[at : at + 1]
        data = data[:at] + (mark * 2 if way == "double" else b"") + data[at + 1 :]
    return data


# ── delimited text ───────────────────────────────────────────────────────────────────────────────

GOOD_CSV = "\n".join(",".join(f'"{c}"' if n == 1 else c for n, c in enumerate(r)) for r in [COLUMNS, *ROWS]) + "\n"  # fmt: skip


def bare(row: tuple) -> tuple:
    """Without the marks that a cell may hold as well as any letter."""
    return tuple(re.sub('["\n\r,]', "", c or "") for c in row)


@examples(150)
@given(st.data())
def test_a_damaged_csv_keeps_every_row_that_it_does_not_report(data):
    # Two may make up for one another: a line break put in, the next one taken out.
    text = damaged(data.draw, GOOD_CSV.encode(), [b",", b'"', b"\n", b"\0", b"\xff", b"\r"], 1)
    with TemporaryDirectory() as made:
        (Path(made) / "t.csv").write_bytes(text)
        got = read(Path(made), "t.csv")
        if got is None or not silent(got):
            return
        # A mark in a cell is a letter of it: the cells are those of the good file but for such.
        assert [bare(r) for r in cells(got)] == [bare(r) for r in ROWS]


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────

ITEMS = [dict(zip(COLUMNS, row, strict=True)) | {"n": n, "in": {"a": [n, None]}} for n, row in enumerate(ROWS)]  # fmt: skip
MARKS = [b"{", b"}", b"[", b"]", b":", b",", b'"', b"\0", b"\xff", b"\\"]


def leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return sorted(leaf for k, v in value.items() for leaf in [f"k{k}", *leaves(v)])
    if isinstance(value, list):
        return [leaf for v in value for leaf in leaves(v)]
    return [str(value)]


@examples(150)
@given(st.data(), st.sampled_from(["json", "ndjson"]))
def test_a_damaged_json_keeps_every_value_that_it_does_not_report(data, suffix):
    lines = [json.dumps(i, ensure_ascii=False) for i in ITEMS]
    good = f"[{','.join(lines)}]" if suffix == "json" else "\n".join(lines)
    text = damaged(data.draw, good.encode(), MARKS, 2)
    with TemporaryDirectory() as made:
        (Path(made) / f"t.{suffix}").write_bytes(text)
        got = read(Path(made), f"t.{suffix}")
        if got is None or not silent(got):
            return
        # A number that DuckDB would rewrite is a text behind a NUL.
        docs = [re.sub(r'"\\u0000([^"]*)"', r"\1", doc) for (doc,) in got.rows("t", "doc")]
        found = [json.loads(doc) for doc in docs]
        # What is still JSON, marks in its texts included, is what Python's own reader makes of the same bytes.
        own = json.loads(text) if suffix == "json" else [json.loads(x) for x in text.split(b"\n") if x.strip()]  # fmt: skip
        assert found == (own if isinstance(own, list) else [own])


@examples(60)
@given(st.data(), st.sampled_from(["json", "ndjson"]))
def test_a_member_said_twice_in_json_is_told(data, suffix):
    item = data.draw(st.integers(0, len(ITEMS) - 1))
    name = data.draw(st.sampled_from(["id", "name", "size"]))
    lines = [json.dumps(i, ensure_ascii=False) for i in ITEMS]
    lines[item] = f'{{"{name}": "other", {lines[item][1:]}'
    text = f"[{','.join(lines)}]" if suffix == "json" else "\n".join(lines)
    with TemporaryDirectory() as made:
        (Path(made) / f"t.{suffix}").write_text(text)
        got = Opened(Path(made), f"t.{suffix}")
        assert [json.loads(d) for (d,) in got.rows("t", "doc")] == ITEMS
        assert [(r[0], r[3:]) for r in got.reports] == [
            ("source:doubled-member", (item + 1, name, "other"))
        ]


# ── Parquet ──────────────────────────────────────────────────────────────────────────────────────


def parquet(folder: Path, columns: tuple[str, ...] = COLUMNS) -> Path:
    arrays = [pa.array(c) for c in zip(*ROWS, strict=True)]
    path = folder / "t.parquet"
    pq.write_table(pa.Table.from_arrays(arrays, list(columns)), path, write_page_checksum=True)
    return path


@examples(60)
@given(st.data())
def test_a_parquet_that_is_cut_or_lengthened_is_an_error_or_whole(data):
    with TemporaryDirectory() as made:
        path = parquet(Path(made))
        whole = path.read_bytes()
        at = data.draw(st.integers(0, len(whole) - 1))
        size = data.draw(st.integers(1, 40))
        path.write_bytes(data.draw(st.sampled_from([whole[:at], whole[:at] + whole[at + size :]])))
        got = read(Path(made), "t.parquet")
        assert got is None or not silent(got) or cells(got) == ROWS


@examples(30)
@given(st.lists(st.sampled_from(["id", "ID", "Id", "_row", "x", "x_2", "", " "]), min_size=3, max_size=3))  # fmt: skip
def test_columns_of_a_parquet_keep_their_values_whatever_they_are_called(names):
    with TemporaryDirectory() as made:
        parquet(Path(made), tuple(names))
        got = Opened(Path(made), "t.parquet")
        assert cells(got) == ROWS
        assert silent(got) == (named(names)[1] == [])


# ── shapefiles ───────────────────────────────────────────────────────────────────────────────────


def shape(folder: Path) -> None:
    writer = shapefile.Writer(str(folder / "t.shp"), shapeType=shapefile.POINT, encoding="utf-8")
    for name in COLUMNS:
        writer.field(name, "N" if name == "size" else "C", 12, 2 if name == "size" else 0)
    for n, row in enumerate(ROWS):
        writer.point(9 + n / 10, 48.4)
        writer.record(*row[:2], float(row[2]))
    writer.close()


@examples(80)
@given(st.data(), st.sampled_from(["shp", "shx", "dbf"]))
def test_a_shapefile_that_is_cut_is_an_error_or_whole(data, suffix):
    with TemporaryDirectory() as made:
        shape(Path(made))
        path = Path(made) / f"t.{suffix}"
        whole = path.read_bytes()
        path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
        got = read(Path(made), "t.shp", crs=Crs("EPSG:4326"))
        assert got is None or not silent(got) or cells_of_shape(got) == ROWS


@examples(80)
@given(st.data())
def test_a_byte_of_a_dbfs_text_that_is_none_costs_its_cell_and_is_told(data):
    with TemporaryDirectory() as made:
        shape(Path(made))
        path = Path(made) / "t.dbf"
        raw = bytearray(path.read_bytes())
        begin, size = struct.unpack_from("<HH", raw, 8)
        row = data.draw(st.integers(0, len(ROWS) - 1))
        at = begin + row * size + 1 + data.draw(st.integers(0, 1))
        assume(raw[at] < 0x80)
        raw[at] = 0xFF
        path.write_bytes(raw)
        got = Opened(Path(made), "t.shp", crs=Crs("EPSG:4326"))
        assert [(r[0], r[3], r[4]) for r in got.reports] == [("source:bad-text", row + 1, "id")]
        expected = [(None, *r[1:]) if n == row else r for n, r in enumerate(ROWS)]
        assert cells_of_shape(got) == expected


def cells_of_shape(got: Opened) -> list[tuple]:
    return got.rows("t", *COLUMNS)


@pytest.mark.parametrize("driver", [0, 0x57, 0x03, 0xC9, 0x13, 0xFF])
def test_a_language_driver_that_is_wrong_is_no_harm_in_silence(tmp_path, driver):
    shape(tmp_path)
    (tmp_path / "t.cpg").unlink(missing_ok=True)
    raw = bytearray((tmp_path / "t.dbf").read_bytes())
    raw[29] = driver
    (tmp_path / "t.dbf").write_bytes(raw)
    got = Opened(tmp_path, "t.shp", crs=Crs("EPSG:4326"))
    assert cells_of_shape(got) == ROWS or not silent(got)
