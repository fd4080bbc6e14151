"""A JSON array that DuckDB reads is what Python reads of it: every text, every number as it is written."""

from __future__ import annotations

import json

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.model import Dataset, create_tables
from ldt_graph.sources import open_dataset
from ldt_graph.sources.formats import jsons
from tests.examples import examples

numbers = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["1.50", "1E5", "-0", "-0.0", "0.000001", "0.00001", "1e400", "12345678901234567890.123", "10.0", "2.00", "9" * 25, "1e-7", "123456789012345.6"]).map(
        lambda text: Written(text)
    ),
)  # fmt: skip


class Written(float):
    """A number that is written as it is given."""

    text: str

    def __new__(cls, text: str):
        made = super().__new__(cls, text)
        made.text = text
        return made


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(texts.filter(bool), inner, max_size=3)
    ),
    max_leaves=8,
)


def written(value) -> str:
    if isinstance(value, Written):
        return value.text
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} :{written(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + " , ".join(map(written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def unmarked(value):
    """Return a value without the marks of numbers that DuckDB would write otherwise."""
    if isinstance(value, dict):
        return {k: unmarked(v) for k, v in value.items()}
    if isinstance(value, list):
        return [unmarked(v) for v in value]
    return value.removeprefix("\x00") if isinstance(value, str) else value


def read(folder, text: str, *, by_python: bool) -> tuple:
    (folder / "t.json").write_text(text, encoding="utf-8")
    con = duckdb.connect()
    create_tables(con)
    with pytest.MonkeyPatch.context() as patch:
        if by_python:
            patch.setattr(jsons, "stage_array", lambda reading: None)
        else:
            patch.setattr(jsons, "load", None)  # no way around
        table = open_dataset(con, Dataset("d", "t.json", "m"), folder)["t"]
    rows = con.execute(f"SELECT doc, _row FROM {table.relation} ORDER BY _row").fetchall()
    found = [(unmarked(json.loads(d, parse_float=str, parse_int=str)), row) for d, row in rows]
    return found, table.members, con.execute("FROM violations").fetchall()


@examples(40)
@given(st.lists(values, max_size=4))
def test_it_is_read_as_python_reads_it(tmp_path_factory, items):
    folder = tmp_path_factory.mktemp("arrays")
    text = "\n[" + ",\n".join(map(written, items)) + "]\n"
    assert read(folder, text, by_python=False) == read(folder, text, by_python=True)


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1, "a": 2}]',
        '[{"b": [{"a": 1}, {"a": 1, "a": 2}]}]',
        '[{"a": NaN}]',
        '[{"a": "\\ud800"}]',
        '[{"a": "\\u0000"}]',
    ],
)
def test_what_no_table_can_hold_is_told_all_the_same(tmp_path, text):
    (tmp_path / "t.json").write_text(text)
    con = duckdb.connect()
    create_tables(con)
    open_dataset(con, Dataset("d", "t.json", "m"), tmp_path)
    assert con.execute("SELECT source, row FROM violations").fetchall() == [("t.json", 1)]


@pytest.mark.parametrize("text", ['[{"a": 1,}]', '[{"a": 1},]', '[{"a": 01}]', '[{"a": 1} {}]'])
def test_what_is_no_json_is_an_error_with_its_line(tmp_path, text):
    (tmp_path / "t.json").write_text(f"\n{text}")
    con = duckdb.connect()
    create_tables(con)
    with pytest.raises(Exception, match=r"t\.json:2: Not valid JSON"):
        open_dataset(con, Dataset("d", "t.json", "m"), tmp_path)
