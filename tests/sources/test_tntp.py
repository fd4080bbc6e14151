"""TNTP: what its metadata promise and the file does not hold is told, and so is every word that is no row."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import SourceError
from ldt_graph.model import Dataset, create_tables
from ldt_graph.sources import open_dataset
from tests.examples import examples

META = "<NUMBER OF ZONES> 2\n<NUMBER OF LINKS> {links}\n<END OF METADATA>\n\n"
NET = META + "~ \tInit node\tTerm node\tLength\tid\t;\n\tA\tB\t1.50\tL1\t;\n\tB\tA\t2\tL2\t;\n"
NODE = "Node\tX\tY\t;\nA\t1\t2\t;\nB\t{x}\t4\t;\n"
TRIPS = "<TOTAL OD FLOW> {total}\n<END OF METADATA>\nOrigin A\n B : 2.5; A : 1.0;\nOrigin B\n A : {flow};\n"


def opened(folder, name: str, text: str):
    (folder / name).write_text(text)
    con = duckdb.connect()
    create_tables(con)
    tables = open_dataset(con, Dataset("d", name, "m"), folder)
    told = con.execute(
        "SELECT rule, row, \"column\", value FROM violations WHERE rule <> 'source:no-crs' ORDER BY ALL"
    ).fetchall()
    unused = con.execute("SELECT name, count, row FROM coverage ORDER BY ALL").fetchall()
    [table] = tables.values()
    rows = con.execute(f"FROM {table.relation} ORDER BY _row").fetchall()
    return table.columns, rows, told, unused


def test_a_net_keeps_its_numbers_as_they_are_written(tmp_path):
    columns, rows, told, unused = opened(tmp_path, "x_net.tntp", NET.format(links=2))
    assert columns == ("init_node", "term_node", "length", "id")
    assert [r[:4] for r in rows] == [("A", "B", "1.50", "L1"), ("B", "A", "2", "L2")]
    assert (told, unused) == ([], [("<NUMBER OF ZONES>", 1, 1)])


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x_net.tntp", NET.format(links=3), [("source:metadata", 2, "NUMBER OF LINKS", "3")]),
        ("x_net.tntp", NET.format(links=""), [("source:metadata", 2, "NUMBER OF LINKS", "")]),
        ("x_net.tntp", NET.format(links=2).replace("\t2\tL2", "\t2"), [("source:row-too-short", 7, None, "B\tA\t2\t;")]),
        ("x_net.tntp", NET.format(links=2).replace("L2\t", "L2\tmore\t"), [("source:row-too-long", 7, None, "B\tA\t2\tL2\tmore\t;")]),
        ("x_node.tntp", NODE.format(x="east"), [("source:coordinate", 3, "x", "east")]),
        ("x_node.tntp", NODE.format(x=""), [("source:coordinate", 3, "x", None)]),
        ("x_node.tntp", "<NUMBER OF NODES> 3\n<END OF METADATA>\n" + NODE.format(x=3), [("source:metadata", 1, "NUMBER OF NODES", "3")]),
        ("x_trips.tntp", TRIPS.format(total=4, flow=0.5), []),
        ("x_trips.tntp", TRIPS.format(total=9, flow=0.5), [("source:metadata", 1, "TOTAL OD FLOW", "9")]),
        ("x_trips.tntp", TRIPS.format(total=3.5, flow="many"), [("source:bad-row", 6, "flow", "A : many")]),
        ("x_trips.tntp", TRIPS.format(total=4, flow=0.5).replace("Origin A", "Origin"), [("source:bad-row", 4, "origin", "A : 1.0"), ("source:bad-row", 4, "origin", "B : 2.5"), ("source:metadata", 1, "TOTAL OD FLOW", "4")]),
        ("x_trips.tntp", TRIPS.format(total=4, flow=0.5).replace("B : 2.5", "B 2.5"), [("source:bad-row", 4, None, "B 2.5"), ("source:metadata", 1, "TOTAL OD FLOW", "4")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place(tmp_path, name, text, told):
    assert opened(tmp_path, name, text)[2] == told


def test_comments_between_rows_are_accounted_for(tmp_path):
    text = NET.format(links=2).replace("\tB\tA", "~ back\n\tB\tA")
    _, rows, told, unused = opened(tmp_path, "x_net.tntp", text)
    assert (len(rows), told) == (2, [])
    assert ("comment", 1, 7) in unused


def spoiled(draw: st.DrawFn, text: str) -> str:
    """Delete, repeat or swap a line, or a word of one."""
    lines = text.splitlines()
    at = draw(st.integers(0, len(lines) - 1))
    words = lines[at].split("\t")
    parts, place = (
        (lines, at) if draw(st.booleans()) else (words, draw(st.integers(0, len(words) - 1)))
    )
    how = draw(st.sampled_from(["delete", "repeat", "swap"]))
    if how == "delete":
        del parts[place]
    elif how == "repeat":
        parts.insert(place, parts[place])
    else:
        other = draw(st.integers(0, len(parts) - 1))
        parts[place], parts[other] = parts[other], parts[place]
    if parts is words:
        lines[at] = "\t".join(words)
    return "\n".join(lines) + "\n"


@cache
def good_net() -> tuple:
    with TemporaryDirectory() as made:
        return opened(Path(made), "x_net.tntp", NET.format(links=2))


@examples(200)
@given(st.data())
def test_a_slip_loses_no_row_unless_it_is_told(data):
    with TemporaryDirectory() as made:
        try:
            found = opened(Path(made), "x_net.tntp", spoiled(data.draw, NET.format(links=2)))
        except SourceError as error:
            assert "x_net.tntp" in str(error)
            return
    good = good_net()
    cells = [sorted(sorted(filter(None, r[:-2])) for r in rows) for rows in (good[1], found[1])]
    if (
        not found[2] and sorted(found[3])[-1:] == good[3][-1:]
    ):  # nothing is told, and nothing else accounted for
        assert cells[0] == cells[1]
