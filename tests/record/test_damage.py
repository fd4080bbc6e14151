"""Whatever happens to the files: nothing wrong is served, and what is damaged is named with its next step."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
import pytest

from ldt_graph.errors import BuildInProgress, RecordError
from ldt_graph.record import Record
from tests.record.cities import base, commits, connection, files, record_of, said


@pytest.fixture
def record(tmp_path) -> Record:
    return record_of(tmp_path / "record")


def fresh(record: Record) -> Record:
    return Record(record.location)


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0x40
    path.write_bytes(data)


def held(record: Record) -> list[Path]:
    """The files of the newest version, as any reader of Delta tables sees them."""
    from deltalake import DeltaTable

    uris = DeltaTable(f"{record.location}/statements").file_uris()
    return sorted(Path(uri.removeprefix("file://")) for uri in uris)


DAMAGES = [
    (halve, "bytes of"),
    (empty, "has 0 bytes"),
    (flip, "its bytes have changed"),
    (Path.unlink, "is gone"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_damaged_file_is_named_and_never_read(record, damage, message, number):
    damaged = held(record)[number]
    damage(damaged)
    for reader in (record, fresh(record)):
        with pytest.raises(RecordError, match=message) as raised:
            said(reader, 3)
        assert str(damaged) in str(raised.value)
        assert "ldt verify" in str(raised.value)


@pytest.mark.parametrize(("damage", "message"), DAMAGES)
def test_verify_says_which_versions_need_a_damaged_file(record, damage, message):
    damaged = files(record)[1]
    damage(damaged)
    [found] = fresh(record).verify()
    assert found.path == str(damaged)
    assert message in found.what
    held = [
        n for n in range(4) if damaged.name in commits(record)[n].read_text().split('"remove"')[0]
    ]
    assert len(held) >= 1
    assert list(found.versions) == held


def test_verify_finds_nothing_wrong_in_a_sound_record(record):
    assert fresh(record).verify() == []


def test_verify_looks_again_at_what_was_read_already(record):
    said(record)
    path = files(record)[0]
    times = path.stat()
    flip(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert [d.path for d in record.verify()] == [str(path)]


@pytest.mark.parametrize("damage", [d for d, _ in DAMAGES])
def test_a_whole_build_mends_a_file_of_the_same_bytes_where_it_lies(tmp_path, damage):
    record = record_of(tmp_path / "record", changes=0)
    for path in files(record):
        damage(path)
    again = fresh(record)
    assert again.damaged(again.version()) == {"a", "b"}
    version = again.commit(connection({**base(), ("b", "k"): "x"}), {"name": "test"})
    assert version.number == 0
    assert fresh(record).verify() == []


@pytest.mark.parametrize("damage", [d for d, _ in DAMAGES])
def test_a_dataset_given_whole_mends_what_small_changes_left(record, damage):
    before = said(record)
    damage(files(record)[-1])
    again = fresh(record)
    [dataset] = again.damaged(again.version())
    con = connection({k: v for k, v in before.items() if k[0] == dataset})
    con.execute("DELETE FROM changed")
    con.execute("INSERT INTO changed VALUES (?, NULL)", [dataset])
    again.commit(con, {"name": "test"}, changed="changed")
    assert said(fresh(record)) == before
    assert fresh(record).verify(newest=True) == []


@pytest.mark.parametrize("damage", [d for d, _ in DAMAGES])
def test_a_small_change_never_folds_a_damaged_file(record, damage):
    damage(next(f for f in files(record) if "dataset=a" in str(f)))
    with pytest.raises(RecordError, match="A file of the record"):
        fresh(record).commit(connection({("a", "k50"): "z"}), changed="changed")


@pytest.mark.parametrize("damage", [halve, empty, flip])
def test_a_damaged_newest_commit_is_named_and_the_next_build_sets_it_aside(record, damage):
    before = said(record, 2)
    damage(commits(record)[-1]) if damage is not flip else commits(record)[-1].write_text("{]")
    for reader in (record, fresh(record)):
        with pytest.raises(RecordError, match=r"Commit 3 of the record is .*ldt build"):
            reader.version()
    assert [d.versions for d in fresh(record).verify()] == [(3,)]
    again = fresh(record)
    with again.building():
        assert again.newest() == 2
    assert "Commit 3" in again.mended[0]
    assert said(again) == before
    assert len(list(Path(record.location).glob("damaged-*/*.json"))) == 1


def test_a_gap_in_the_log_is_named(record):
    commits(record)[1].unlink()
    with pytest.raises(RecordError, match=r"lacks commit 1: .*0001.json is gone\. Bring"):
        fresh(record).versions()
    assert "commit 1" in fresh(record).verify()[0].what


def test_a_side_table_that_is_gone_is_named(record):
    shutil.rmtree(Path(record.location, "violations"))
    with pytest.raises(RecordError, match=r"lacks its table 'violations'.* Bring that folder back"):
        fresh(record).violations(fresh(record).version())
    with pytest.raises(RecordError, match="lacks its table 'violations'"):
        fresh(record).commit(connection({}), changed="changed")


def test_a_record_of_an_earlier_release_is_named_and_a_build_keeps_it_beside(tmp_path):
    from deltalake import CommitProperties, write_deltalake

    where = tmp_path / "record"
    table = duckdb.connect().sql("SELECT 'a' AS dataset, 's' AS subject").to_arrow_table()
    properties = CommitProperties(custom_metadata={"ldt": '{"side": {}, "statements": 1}'})
    write_deltalake(
        where / "statements", table, partition_by=["dataset"], commit_properties=properties
    )
    old = sorted(p.name for p in (where / "statements").rglob("*.parquet"))
    record = Record(where)
    with pytest.raises(RecordError, match=r"earlier release.*`ldt build` sets its tables aside"):
        record.version()
    with record.building():
        record.commit(connection(base(3)))
    assert record.newest() == 0
    assert "earlier release" in record.mended[0]
    [kept] = where.glob("earlier-*")
    assert sorted(p.name for p in kept.rglob("*.parquet")) == old


def test_a_commit_of_somebody_else_that_changed_no_file_is_no_version(record):
    from deltalake import DeltaTable

    before = said(record)
    DeltaTable(f"{record.location}/statements").alter.set_table_description("of a city")
    assert len(commits(record)) == 5
    assert [v.number for v in fresh(record).versions()] == [0, 1, 2, 3]
    record.commit(connection({("a", "k50"): "z"}), changed="changed")
    assert said(fresh(record)) == {**before, ("a", "k50"): "z"}


def test_a_commit_of_somebody_else_is_refused_by_name(record):
    from deltalake import DeltaTable

    DeltaTable(f"{record.location}/statements").delete("dataset = 'b'")
    with pytest.raises(RecordError, match=r"Commit 4 was not made by ldt \(DELETE"):
        fresh(record).version()


# ── the disk says no ─────────────────────────────────────────────────────────────────────────────


def test_a_lock_that_is_a_folder_is_told_with_the_systems_reason(tmp_path):
    (tmp_path / "record" / "lock").mkdir(parents=True)
    record = Record(tmp_path / "record")
    with (
        pytest.raises(RecordError, match="can't be held for a build: Is a directory"),
        record.building(),
    ):
        pass


def test_a_record_whose_place_is_a_file_is_told(tmp_path):
    (tmp_path / "record").write_text("")
    record = Record(tmp_path / "record")
    with pytest.raises(RecordError, match="File exists"), record.building():
        pass
    with pytest.raises(RecordError, match="Not a directory"):
        record.version()


@pytest.mark.parametrize("call", ["link", "fsync"])
def test_a_disk_that_refuses_leaves_the_version_before(record, monkeypatch, call):
    before = said(record)

    def refuse(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with pytest.raises(RecordError, match="can't be written: No space left on device"):
            record.commit(connection({("a", "k9"): "z"}), changed="changed")
    assert said(fresh(record)) == before
    record.commit(connection({("a", "k9"): "z"}), changed="changed")
    assert said(fresh(record)) == {**before, ("a", "k9"): "z"}


FULL = """
import resource, sys
sys.path[:0] = [{root!r}]
from tests.record.cities import base, connection
from ldt_graph.errors import RecordError
from ldt_graph.record import Record
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
con = connection(base(400))
con.execute("UPDATE statements SET object = gen_random_uuid()")
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    Record({where!r}).commit(con)
except RecordError as error:
    print(error)
"""


def test_a_file_that_does_not_fit_is_told_with_the_systems_reason(record):
    import subprocess
    import sys

    root = str(Path(__file__).parents[2])
    script = FULL.format(root=root, where=record.location)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "can't be written" in done.stdout, done.stderr
    assert "File too large" in done.stdout
    assert fresh(record).newest() == 3


def test_two_holds_of_one_record_are_never_granted(record):
    with (
        record.building(),
        pytest.raises(BuildInProgress, match="Another build holds"),
        fresh(record).building(),
    ):
        pass
