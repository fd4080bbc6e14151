"""Files of one format that make tables of one name make one table, and each row keeps its file."""

from __future__ import annotations

import json
import shutil
from collections import Counter

import pytest

from ldt_graph.errors import SourceError
from tests.sources.told import Told, pack, write


def entity(name: str, **more) -> str:
    return json.dumps({"id": f"urn:ngsi-ld:Pump:{name}", "type": "Pump", **more})


INP = "[JUNCTIONS]\n{0}1 10\n{0}2 10\n[RESERVOIRS]\n{0}R 9\n[PIPES]\n{0}P {0}1 {0}2 10 10 10 0 Open\n[OPTIONS]\nUNITS LPS\n"


def net(*names: str, **more: list) -> str:
    frame = {"columns": ["name", "vn_kv", *more], "index": list(range(len(names)))}
    rows = [[n, 0.4, *[v[i] for v in more.values()]] for i, n in enumerate(names)]
    bus = {
        "_module": "pandas.core.frame",
        "_class": "DataFrame",
        "_object": json.dumps(frame | {"data": rows}),
    }
    return json.dumps({"_class": "pandapowerNet", "_object": {"bus": bus}})


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize(
    ("files", "table", "column", "ids"),
    [
        ({f"{n}.jsonld": entity(n) for n in "abc"}, "entities", "id", [f"urn:ngsi-ld:Pump:{n}" for n in "abc"]),
        ({f"{n}.inp": INP.format(n) for n in "ab"}, "pipes", "id", ["aP", "bP"]),
        ({"x.json": net("A", "B"), "y.json": net("C")}, "bus", "name", ["A", "B", "C"]),
    ],
    ids=["ngsi-ld", "epanet", "pandapower"],
)  # fmt: skip
def test_a_folder_of_files_keeps_what_each_of_them_holds(
    tmp_path, files, table, column, ids, packed
):
    write(tmp_path, {f"f/{n}": t for n, t in files.items()})
    pack(tmp_path / "f.zip", files)
    got = Told(tmp_path, "f.zip" if packed else "f")
    assert [v for (v,) in got.rows(table, column)] == ids
    assert got.tables[table].rows == len(ids)
    places = [source.split("#")[0].rsplit("/", 1)[1] for (source,) in got.rows(table, "_source")]
    assert sorted(set(places)) == sorted(files)


def test_a_column_that_only_some_files_have_is_empty_in_the_others(tmp_path):
    write(tmp_path, {"f/x.json": net("A"), "f/y.json": net("B", Name=["n"], _row=["mine"]), "f/z.json": net("C")})  # fmt: skip
    got = Told(tmp_path, "f")
    assert got.rows("bus", "name", "Name", "_row") == [
        ("A", None, 1),
        ("B", "n", 1),
        ("C", None, 1),
    ]
    sql = got.tables["bus"].sql_column("_row")
    assert got.con.execute(f'SELECT "{sql}" FROM {got.tables["bus"].relation}').fetchall() == [(None,), ("mine",), (None,)]  # fmt: skip


FEATURE = '{"type": "Feature", "geometry": null, "properties": {"%s": "%s"}}'


@pytest.mark.parametrize(
    ("name", "first", "second", "united"),
    [
        ("t.csv", "id,name\n1,a\n", "name,id\nb,2\n", True),
        ("t.csv", "id,name\n1,a\n", "id,nome\n2,b\n", False),
        ("t.csv", "id\n1\n", "id,name\n2,b\n", False),
        ("t.geojson", FEATURE % ("id", "1"), FEATURE % ("id", "2"), True),
        ("t.geojson", FEATURE % ("id", "1"), FEATURE % ("x", "2"), False),
        ("t.json", '[{"id": 1}]', '[{"id": 2}]', True),
        ("t.json", '[{"id": 1}]', '{"id": 2}', False),
        ("t.ndjson", '{"id": 1}', '{"id": 2}', True),
    ],
)
def test_two_files_of_one_name_in_an_archive_are_one_table_where_their_columns_agree(
    tmp_path, name, first, second, united
):
    pack(tmp_path / "z.zip", {f"x/{name}": first, f"y/{name}": second})
    if not united:
        with pytest.raises(SourceError, match=rf"y/{name}: .*'t': z\.zip/x/{name} makes one"):
            Told(tmp_path, "z.zip")
        return
    got = Told(tmp_path, "z.zip")
    assert got.tables["t"].rows == 2
    if "id" in got.tables["t"].columns:
        assert got.rows("t", "id", "_source") == [
            ("1", f"z.zip/x/{name}"),
            ("2", f"z.zip/y/{name}"),
        ]


def test_the_official_examples_hold_the_same_entities_in_parts_and_as_a_folder(shared, tmp_path):
    files = sorted((shared / "smart-data-models").rglob("examples/*"))
    assert len(files) > 300
    parts = set[str]()
    for number, file in enumerate(files):
        # The first of them one by one, the others twenty at a time.
        name = f"{number:03d}-{file.name}"
        folder = f"part-{number // 20:02d}"
        for place in ("f", folder):
            (tmp_path / place).mkdir(exist_ok=True)
            shutil.copy(file, tmp_path / place / name)
        parts.add(f"{folder}/{name}" if number < 20 else folder)
    whole = Told(tmp_path, "f", format="ngsi-ld")
    entities = entities_of(whole)
    rows: Counter[str] = Counter()
    for part in sorted(parts):
        told = Told(tmp_path, part, format="ngsi-ld")
        found = entities_of(told)
        assert found
        assert found <= entities
        rows.update({name: table.rows for name, table in told.tables.items()})
    assert rows == {name: table.rows for name, table in whole.tables.items()}


def entities_of(told: Told) -> set[tuple[str, str, str]]:
    rows = told.rows("entities", "id", "type_iri", "_source")
    return {(id_, type_, source.rsplit("/", 1)[-1]) for id_, type_, source in rows}
