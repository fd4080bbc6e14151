"""Delimited text: both ways of reading it agree, and what is odd in a file costs its cell or line, and is told."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import SourceError
from ldt_graph.model import Dataset, create_tables
from ldt_graph.sources.connect.local import FILE
from ldt_graph.sources.formats.delimited import _by_duckdb, _by_record
from ldt_graph.sources.reading import Reading
from tests.examples import examples

# ── both ways ────────────────────────────────────────────────────────────────────────────────────

cells = st.text(
    st.sampled_from("ab1.-é ,;\t|\"'\n\u2028\x85\v\\#") | st.characters(codec="utf-8"), max_size=5
)


@st.composite
def written(draw: st.DrawFn) -> tuple[bytes, dict[str, str]]:
    """Draw a file in any dialect, and the options that name what it does not say itself."""
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width), max_size=6))
    header = [f"c{n}" for n in range(width)]
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = io.StringIO(newline="")
    delimiter = draw(st.sampled_from(",;\t|:"))
    writer = csv.writer(
        text,
        delimiter=delimiter,
        lineterminator=end,
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )
    writer.writerows([header, *rows])
    options = {"delimiter": delimiter} if delimiter == ":" or draw(st.booleans()) else {}
    above = draw(st.lists(st.sampled_from(["", "title", '"a"', 'b "c', "x,y"]), max_size=2))
    if above:
        options["skip"] = str(len(above))
    if draw(st.booleans()):
        options["skip-after-header"] = draw(st.sampled_from(["0", "1", "2"]))
    if draw(st.booleans()):
        options["null"] = "a|-|a,b"
    body = "".join(a + end for a in above) + text.getvalue()
    if not above and draw(st.integers(0, 5)) == 0:
        body = f"sep={delimiter}{end}{body}"
    if draw(st.booleans()):
        body = body.rstrip("\r\n")
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + body.encode(), options


@st.composite
def mutated(draw: st.DrawFn) -> tuple[bytes, dict[str, str]]:
    """Draw such a file with a few bytes put in, taken out or doubled."""
    data, options = draw(written())
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        put = draw(
            st.sampled_from([b'"', b",", b";", b"\n", b"\r", b"\0", b"\xff", b" ", b"", b"\n\n"])
        )
        data = data[:at] + put + data[at + draw(st.integers(0, 2)) :]
    return data, options


def by(way, folder: Path, options: dict[str, str]):
    """Read a file one way; return its columns, rows and reports, or None where that way does not read it."""
    con = duckdb.connect()
    create_tables(con)
    dataset = Dataset("d", "t.csv", "none", options=options)
    reading = Reading(con, dataset, FILE.find(dataset, folder).files)
    try:
        staged = way(reading, ())
    except SourceError as error:
        return str(error)
    if staged is None:
        return None
    rows = con.execute(f"FROM {staged.relation} ORDER BY rowid").fetchall()
    return staged.columns, rows, reading.faults, reading.unread


@examples(400)
@given(mutated())
def test_what_duckdb_reads_is_what_is_read_record_by_record(file):
    data, options = file
    with TemporaryDirectory() as made:
        (Path(made) / "t.csv").write_bytes(data)
        fast = by(_by_duckdb, Path(made), options)
        if fast is not None:
            assert fast == by(_by_record, Path(made), options)


def test_a_plain_file_is_read_by_duckdb(tmp_path):
    (tmp_path / "t.csv").write_text('a;b\n1;"x;y"\n2;\n')
    assert by(_by_duckdb, tmp_path, {}) is not None
