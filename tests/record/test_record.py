"""Versions: atomic, addressable, comparable."""

from __future__ import annotations

import duckdb
import pytest

from ldt_graph.errors import NoSuchVersion, RecordError
from ldt_graph.model import create_tables
from ldt_graph.record import Record
from ldt_graph.testing import insert


def commit(record: Record, **datasets: str):
    con = duckdb.connect()
    create_tables(con)
    for dataset, turtle in datasets.items():
        insert(con, turtle, dataset)
    return record.commit(con, {"name": "test"})


@pytest.fixture
def record(tmp_path) -> Record:
    record = Record(tmp_path / "record")
    commit(record, water="<a> a ldt:Pump .", power="<b> a ldt:Load .")
    commit(record, water="<a> a ldt:Pump . <c> a ldt:Pump .", power="<b> a ldt:Load .")
    commit(record, water="<a> a ldt:Pump . <c> a ldt:Pump .")
    return record


def subjects(record: Record, number: int) -> list[str]:
    con = duckdb.connect()
    record.load(con, record.version(number))
    return [
        s.rsplit("/", 1)[-1]
        for (s,) in con.execute("SELECT subject FROM statements ORDER BY 1").fetchall()
    ]


def test_every_version_reads_as_it_was(record):
    assert [subjects(record, n) for n in range(3)] == [["b", "a"], ["b", "a", "c"], ["a", "c"]]


def test_a_dataset_that_left_is_gone_from_the_newest_version_only(record):
    assert [v.datasets for v in record.versions()] == [
        ("power", "water"),
        ("power", "water"),
        ("water",),
    ]


def test_unchanged_datasets_are_not_written_again(record, tmp_path):
    assert len(list((tmp_path / "record" / "statements" / "dataset=power").iterdir())) == 1


def test_a_version_is_named_by_number_or_time(record):
    assert record.at("1").number == 1
    assert record.at("2999-01-01").number == 2
    assert record.at(record.version(0).time).number == 0
    for wrong in ("99", "1999-01-01", "yesterday"):
        with pytest.raises(NoSuchVersion):
            record.at(wrong)


def test_a_difference_lists_what_was_added_and_removed(record):
    con = duckdb.connect()
    assert record.diff(con, record.version(0), record.version(1)) == (1, 0)
    assert record.diff(con, record.version(2), record.version(0)) == (1, 1)
    assert record.diff(con, record.version(1), record.version(1)) == (0, 0)


def test_no_record_is_an_error_with_the_next_step(tmp_path):
    record = Record(tmp_path / "none")
    assert not record.exists
    with pytest.raises(RecordError, match="ldt build"):
        record.version()


def test_the_table_stays_on_the_protocol_that_every_reader_knows(record, tmp_path):
    from deltalake import DeltaTable

    protocol = DeltaTable(str(tmp_path / "record" / "statements")).protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
