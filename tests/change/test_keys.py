"""A row keeps its identity wherever it stands, and what others do is no change of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.lift import lift, parse_mapping
from ldt_graph.model import Dataset, create_tables
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.sources import open_dataset
from ldt_graph.twin import load_twin
from tests.examples import examples
from tests.sources.written import FORMATS, Row, Written, cells, tables

if TYPE_CHECKING:
    from pathlib import Path

TABULAR = sorted(FORMATS.keys() - {"ngsi-ld"})  # there, a row's id is its number


def mapping(table: Written, *, json: bool) -> str:
    """Say every column of a row, of a subject that its id names."""
    formulation = "rml:JSONPath" if json else "rml:CSV"
    said = " ".join(
        f"; rml:predicateObjectMap [ rml:predicate <urn:p:{n}> ; rml:objectMap [ rml:reference {reference(c, json=json)} ] ]"
        for n, c in enumerate(table.columns)
    )
    iterator = '; rml:iterator "$[*]"' if json else ""
    optional = " , ".join(reference(c, json=json) for c in table.columns)
    return (
        "@prefix rml: <http://w3id.org/rml/> . @prefix ldt: <https://w3id.org/ldt-graph#> .\n"
        f'<#M> rml:logicalSource [ rml:source "t" ; rml:referenceFormulation {formulation} {iterator} ; ldt:manyRows true ; '
        f'ldt:optionalReference {optional} ] ; rml:subjectMap [ rml:template "{{id}}" ] {said} .\n'
    )


def reference(column: str, *, json: bool) -> str:
    return f"\"$['{column}']\"" if json else f'"{column}"'


def lifted(folder: Path, name: str, table: Written) -> tuple[dict[Row, list[str]], Counter]:
    """Return the keys of each content, sorted, and the statements with their keys and without places."""
    kind = FORMATS[name]
    (folder / "m.ttl").write_text(mapping(table, json=kind.json), encoding="utf-8")
    con = duckdb.connect()
    create_tables(con)
    dataset = Dataset("d", kind.write(folder, table), "m.ttl")
    found = open_dataset(con, dataset, folder)
    lift(con, parse_mapping(folder / "m.ttl"), found, dataset="d", base="http://b/d/")
    at = dict(con.execute("SELECT row, key FROM source_rows").fetchall())
    keys: dict[Row, list[str]] = {}
    for n, row in enumerate(table.rows):
        keys.setdefault(row, []).append(at[kind.row(table, n)])
    said = con.execute("SELECT key, subject, predicate, object FROM statements").fetchall()
    return {row: sorted(k) for row, k in keys.items()}, Counter(said)


@pytest.mark.parametrize("name", TABULAR)
@examples(10)
@given(table=tables(min_rows=2), data=st.data())
def test_rows_that_come_go_or_move_change_no_other_key(tmp_path_factory, name, table, data):
    folder = tmp_path_factory.mktemp("keys")
    before, _ = lifted(folder, name, table)
    assert sum(map(len, before.values())) == len(table.rows)

    order = data.draw(st.permutations(table.rows))
    assert lifted(folder, name, table.with_rows(list(order)))[0] == before

    new = tuple(data.draw(cells) for _ in table.columns)
    if any(new):
        at = data.draw(st.integers(0, len(table.rows)))
        rows = [*table.rows[:at], new, *table.rows[at:]]
        after, _ = lifted(folder, name, table.with_rows(rows))
        assert {r: k for r, k in after.items() if r != new} == {
            r: k for r, k in before.items() if r != new
        }
        assert len(after[new]) == len(before.get(new, [])) + 1

    gone = data.draw(st.integers(0, len(table.rows) - 1))
    left = [r for n, r in enumerate(table.rows) if n != gone]
    after, _ = lifted(folder, name, table.with_rows(left))
    assert {r: k for r, k in after.items() if r != table.rows[gone]} == {
        r: k for r, k in before.items() if r != table.rows[gone]
    }


@pytest.mark.parametrize("name", TABULAR)
@examples(10)
@given(table=tables(min_rows=1), data=st.data())
def test_editing_a_cell_that_is_no_key_changes_that_row_only(tmp_path_factory, name, table, data):
    folder = tmp_path_factory.mktemp("cell")
    at = data.draw(st.integers(0, len(table.rows) - 1))
    column = data.draw(st.integers(1, len(table.columns) - 1))
    old = table.rows[at]
    new = (*old[:column], data.draw(cells), *old[column + 1 :])
    if not any(new):
        return
    before, said = lifted(folder, name, table)
    after, then = lifted(
        folder, name, table.with_rows([*table.rows[:at], new, *table.rows[at + 1 :]])
    )
    own = {*before[old], *after[new]}
    assert {s[0] for s in (said - then) + (then - said)} <= own
    if old[0] is not None:
        assert own == {f"t/{old[0]}"}


def test_a_row_more_at_the_top_is_a_change_of_that_row_and_every_place_is_right(
    tmp_path, monkeypatch, cities
):
    city = cities.copy(cities.demo(4_000), tmp_path / "city")
    path = city / "data" / "buildings.csv"
    head, *rows = path.read_text().splitlines()
    new = rows[7].split(",")
    new[0] = "B-NEW"
    path.write_text("\n".join([head, ",".join(new), *rows]) + "\n")
    judged = []

    import ldt_graph.validate as stage

    real = stage.validate

    def counted(con, *arguments, **more):
        touched = more["touched"].statements
        judged.extend(con.execute(f"SELECT DISTINCT subject FROM {touched}").fetchall())
        return real(con, *arguments, **more)

    monkeypatch.setattr(stage, "validate", counted)
    build(load_twin(city))

    record = Record(load_twin(city).record)
    old, newest = record.versions()
    con = duckdb.connect()
    assert record.diff(con, old, newest)[1] == 0
    changed = con.execute("SELECT DISTINCT subject, source, row FROM difference").fetchall()
    assert len(changed) == 1
    [(subject, source, row)] = changed
    assert (subject.rsplit("/", 1)[1], source, row) == ("B-NEW", "buildings.csv", 2)
    assert judged == [(subject,)]

    record.load(con, newest)
    cited = con.execute(
        "SELECT DISTINCT key, row FROM statements WHERE dataset = 'buildings' AND source IS NOT NULL"
    ).fetchall()
    lines = path.read_text().splitlines()
    assert len(cited) == len(rows) + 1
    assert all(lines[row - 1].split(",")[0] == key.rsplit("/", 1)[1] for key, row in cited)
