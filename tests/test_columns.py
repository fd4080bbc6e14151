"""Columns of Python values in SQL: as they are, typed where nothing tells, and without loading what isn't needed."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pytest

from ldt_graph.model import append, columns_table


def test_values_keep_their_form() -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE held (a VARCHAR, b BIGINT, c VARCHAR[], d DOUBLE)")
    columns = {
        "a": ["1.50", "nan", "", None, "añ😀\0"],
        "b": [None, 2**40, -1, 0, None],
        "c": [["x", "y"], ["z", "w"], [], None, ["v"]],
        "d": [None, 0.5, 1, None, 2.0],
    }
    append(con, "held", columns)
    assert con.execute("FROM held").fetchall() == list(zip(*columns.values(), strict=True))


@pytest.mark.parametrize("values", [[], [None, None]])
def test_columns_without_a_value_have_the_type_that_is_asked_for(values: list[None]) -> None:
    con = duckdb.connect()
    with columns_table(con, {'a "b"': values, "n": values}, {'a "b"': "VARCHAR", "n": "BIGINT"}) as held:  # fmt: skip
        con.execute(f"CREATE TABLE made AS FROM {held}")
    types = con.execute("SELECT column_name, column_type FROM (DESCRIBE made)").fetchall()
    assert types == [('a "b"', "VARCHAR"), ("n", "BIGINT")]
    assert con.execute("SELECT count(*) FROM made").fetchall() == [(len(values),)]


def test_half_a_character_is_an_error_of_text() -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE held (a VARCHAR)")
    with pytest.raises(UnicodeEncodeError):
        append(con, "held", {"a": ["whole", "half \ud800"]})
    append(con, "held", {"a": ["whole"]})
    assert con.execute("FROM held").fetchall() == [("whole",)]


def test_no_library_is_loaded_for_it() -> None:
    code = (
        "import sys, duckdb; from ldt_graph.model import append; con = duckdb.connect(); "
        "con.execute('CREATE TABLE t (a VARCHAR)'); append(con, 't', {'a': ['x', None]}); "
        "print(sorted({'pandas', 'pyarrow'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert out.stdout.strip() == "[]"
