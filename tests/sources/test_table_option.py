"""`options.table`: all files of a dataset are rows of one table."""

from __future__ import annotations

import json

import duckdb
import pytest

from ldt_graph.errors import SourceError
from ldt_graph.model import Dataset, create_tables
from ldt_graph.sources import open_dataset

FEATURE = {"type": "Feature", "geometry": None, "properties": {}}


def geojson(*ids: str) -> str:
    features = [{**FEATURE, "id": i, "properties": {"v": i}} for i in ids]
    return json.dumps({"type": "FeatureCollection", "features": features})


FILES = {
    "csv": ("2024.csv", "id,v\na,1\n", "2025.csv", "id,v,w\nb,2,x\n"),
    "tsv": ("2024.tsv", "id\tv\na\t1\n", "2025.tsv", "id\tv\nb\t2\n"),
    "json": ("x.json", '[{"id":"a"}]', "y.json", '[{"id":"b","w":1}]'),
    "ndjson": ("x.ndjson", '{"id":"a"}\n', "y.ndjson", '{"id":"b"}\n'),
    "geojson": ("x.geojson", geojson("a"), "y.geojson", geojson("b")),
}


def tables(folder, files: tuple[str, str, str, str], **options: str):
    data = folder / "d"
    data.mkdir()
    for name, text in zip(files[::2], files[1::2], strict=True):
        (data / name).write_text(text)
    con = duckdb.connect()
    create_tables(con)
    return con, open_dataset(con, Dataset("d", "d", "m", options=options), folder)


@pytest.mark.parametrize("form", FILES)
def test_files_of_other_names_are_one_table(tmp_path, form):
    con, found = tables(tmp_path, FILES[form], table="readings")
    assert list(found) == ["readings"]
    table = found["readings"]
    places = con.execute(f"SELECT _source FROM {table.relation} ORDER BY 1").fetchall()
    assert [p for (p,) in places] == [f"d/{FILES[form][0]}", f"d/{FILES[form][2]}"]
    assert table.rows == 2
    if form == "json":
        assert table.members == {'$."id"': 2, '$."w"': 1}
    elif form == "csv":
        assert table.columns == ("id", "v", "w")


@pytest.mark.parametrize("form", FILES)
def test_without_it_they_are_tables_of_their_own(tmp_path, form):
    assert len(tables(tmp_path, FILES[form])[1]) == 2


def test_files_of_two_formats_are_not_one_table(tmp_path):
    with pytest.raises(
        SourceError, match=r"A second table would be called 'r': d/a\.csv makes one"
    ):
        tables(tmp_path, ("a.csv", "id\n1\n", "b.tsv", "id\n2\n"), table="r")
