"""Points that SQL writes are those that are transformed one by one."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.model import Dataset, create_tables
from ldt_graph.sources import open_dataset
from ldt_graph.sources.formats import points

number = st.one_of(
    st.floats(-200, 200).map(lambda v: f"{v:.9f}"),
    st.integers(-200, 200).map(str),
    st.sampled_from(
        ["", "0", "-0", "-0.0", "0.00000001", "-0.00000005", "9.99999995", "+3.25", "007.5", "1e1", "1_0", "180", "x", " 9"]
    ),
)  # fmt: skip


def read(folder, text: str) -> tuple:
    (folder / "t.csv").write_text(text)
    con = duckdb.connect()
    create_tables(con)
    dataset = Dataset("d", "t.csv", "m", options={"x": "x", "y": "y"})
    table = open_dataset(con, dataset, folder)["t"]
    told = con.execute("FROM violations ORDER BY ALL").fetchall()
    return con.execute(f"FROM {table.relation} ORDER BY _row").fetchall(), told


@given(st.lists(st.tuples(number, number), max_size=5))
def test_they_are_the_same(tmp_path_factory, pairs):
    folder = tmp_path_factory.mktemp("points")
    text = "id,x,y\n" + "".join(f"{n},{x},{y}\n" for n, (x, y) in enumerate(pairs))
    found = read(folder, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(points, "_plain_degrees", lambda *_: False)
        assert found == read(folder, text)
