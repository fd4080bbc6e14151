"""Nothing leaves by itself: old logs, vacuums, clocks, killed and crossing writers, odd places."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from ldt_graph.errors import BuildInProgress, NoSuchVersion
from ldt_graph.model import SIDE_TABLES, VIOLATION_COLUMNS, create_tables
from ldt_graph.record import Record
from tests.examples import share
from tests.record.cities import base, commits, connection, files, new_record_of, record_of, said

DAY = 24 * 3600
ROOT = Path(__file__).parents[2]
AFTER_A_CHECKPOINT = (
    105  # delta-rs makes one, and removes what has expired, at every hundredth commit
)


def small_commits(record: Record, number: int) -> None:
    con = connection({("a", "k0"): "x"})
    con.execute("CREATE TABLE all_keys AS SELECT 'k' || (i % 90) AS key FROM range(1000) t(i)")
    for i in range(number):
        con.execute("UPDATE statements SET object = ?, key = ?", [f"v{i}", f"k{i % 90}"])
        con.execute("UPDATE changed SET key = ?", [f"k{i % 90}"])
        record.commit(con, changed="changed")


def age(record: Record, days: int) -> None:
    """Date back all that the record says of time, and its files."""
    back = days * DAY * 1000
    for path in Path(record.location).rglob("*.json"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for action in lines:
            for name, field in (
                ("commitInfo", "timestamp"),
                ("add", "modificationTime"),
                ("remove", "deletionTimestamp"),
                ("txn", "lastUpdated"),
                ("metaData", "createdTime"),
            ):
                if name in action:
                    action[name][field] -= back
            if "commitInfo" in action:
                kept = json.loads(action["commitInfo"]["ldt"])
                kept["time"] -= back
                action["commitInfo"]["ldt"] = json.dumps(kept)
        path.write_text("\n".join(map(json.dumps, lines)))
    for path in Path(record.location).rglob("*"):
        os.utime(path, (time.time() - days * DAY, time.time() - days * DAY))


def test_forty_days_and_a_checkpoint_later_every_version_is_listed_and_reads(tmp_path):
    from deltalake import DeltaTable

    record = record_of(tmp_path / "record", changes=2)
    before = [said(record, n) for n in range(3)]
    age(record, 40)
    again = Record(record.location)
    small_commits(again, AFTER_A_CHECKPOINT)
    numbers = list(range(AFTER_A_CHECKPOINT + 3))
    assert [v.number for v in Record(record.location).versions()] == numbers
    assert [said(again, n) for n in range(3)] == before
    for name in ("statements", "violations"):
        table = DeltaTable(f"{record.location}/{name}")
        kept = table.metadata().configuration
        assert kept["delta.logRetentionDuration"] == "interval 52000 weeks"
        assert kept["delta.enableExpiredLogCleanup"] == "false"
        assert table.vacuum(dry_run=True) == []
        assert table.vacuum(dry_run=True, full=True) == []
    DeltaTable(f"{record.location}/statements").cleanup_metadata()
    assert Record(record.location).verify() == []
    assert len(commits(again)) == len(numbers)


def test_adds_and_removes_carry_the_time_at_which_they_were_made(tmp_path):
    start = int(time.time() * 1000)
    record = new_record_of(tmp_path / "record")
    actions = [json.loads(line) for c in commits(record) for line in c.read_text().splitlines()]
    times = [a["add"]["modificationTime"] for a in actions if "add" in a]
    times += [a["remove"]["deletionTimestamp"] for a in actions if "remove" in a]
    assert len(times) > 4
    assert all(start <= t <= time.time() * 1000 + 10 for t in times)


def test_other_readers_see_the_same_files_at_every_version(tmp_path):
    from deltalake import DeltaTable

    record = record_of(tmp_path / "record", changes=0)
    small_commits(record, AFTER_A_CHECKPOINT)
    for number in (0, 1, 50, 99, 100, AFTER_A_CHECKPOINT):
        table = DeltaTable(f"{record.location}/statements", version=number)
        assert table.transaction_version("ldt") == number
        rows = [table.get_add_actions(flatten=True).column("num_records").to_pylist()]
        assert sum(rows[0]) >= record.version(number).statements
        paths = {u.rsplit("/statements/", 1)[1] for u in table.file_uris()}
        commit = record._statements.log.at(number)
        assert commit is not None
        assert paths == {f.path for parts in commit.files.values() for f in parts}


def test_a_clock_that_was_set_back_does_not_set_versions_back(tmp_path, monkeypatch):
    record = record_of(tmp_path / "record", changes=0)
    monkeypatch.setattr(time, "time_ns", lambda: 10**18)
    for i in range(3):
        record.commit(connection({("a", f"k{i}"): "z"}), changed="changed")
    times = [v.time for v in record.versions()]
    assert times == sorted(set(times))
    for version in record.versions():
        assert record.at(version.time).number == version.number


def test_many_changes_leave_few_files(tmp_path):
    from deltalake import DeltaTable

    record = Record(tmp_path / "record")
    record.commit(connection(base(2000)))
    small_commits(record, 70)
    assert 1 < len(DeltaTable(f"{record.location}/statements").file_uris()) <= 8
    assert said(record)["a", "k69"] == "v69"


# ── compact, forget ──────────────────────────────────────────────────────────────────────────────


def test_compacting_changes_no_content_and_later_differences_are_empty(tmp_path):
    record = record_of(tmp_path / "record")
    before, con = record.version(), duckdb.connect()
    after = record.compact()
    assert said(record) == said(record, before.number)
    assert (after.number, after.statements) == (before.number + 1, before.statements)
    assert record.diff(con, before, after, places=True) == (0, 0)
    assert con.execute("FROM changed").fetchall() == []
    assert record.compact() == after
    assert record.metadata(after) == {"name": "test"}


def test_forgetting_tells_first_and_then_removes_what_no_later_version_needs(tmp_path):
    from deltalake import DeltaTable

    record = record_of(tmp_path / "record")
    record.commit(connection({("b", "k"): "new"}))
    states = {v.number: said(record, v.number) for v in record.versions()}
    told = record.forget(record.version(3), dry_run=True)
    assert len(record.versions()) == 5
    paths = files(record)
    done = record.forget(record.version(3))
    assert told == done
    assert done.versions == 3
    assert len(paths) - len(files(record)) == done.files > 0
    again = Record(record.location)
    assert {v.number: said(again, v.number) for v in again.versions()} == {
        n: states[n] for n in (3, 4)
    }
    assert again.verify() == []
    with pytest.raises(NoSuchVersion, match="It has 3 to 4"):
        again.version(2)
    assert DeltaTable(f"{record.location}/statements").version() == 4
    assert again.forget(again.version(3)) == type(done)(0, 0, 0)


def test_a_forgetting_that_was_killed_is_finished_by_the_next(tmp_path, monkeypatch):
    record = record_of(tmp_path / "record")
    newest = said(record)

    def stop(path):
        raise KeyboardInterrupt

    for killed_after in range(6):
        calls = []

        def delete(path, calls=calls, limit=killed_after, real=record._statements.storage.delete):
            if len(calls) == limit:
                stop(path)
            calls.append(path)
            real(path)

        with monkeypatch.context() as patch:
            patch.setattr(record._statements.storage, "delete", delete)
            with contextlib.suppress(KeyboardInterrupt):
                record.forget(record.version())
        record._statements.log.forget()
        again = Record(record.location)
        assert again.verify() == []
        assert said(again) == newest
    record.forget(record.version())
    assert [v.number for v in record.versions()] == [3]


# ── writers ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_of_two_writers_from_one_version_one_wins_and_the_other_is_told(tmp_path, scheme):
    where = f"{scheme}{tmp_path}/record"
    record_of(where)
    first, second = Record(where), Record(where)
    with second.building() if scheme else _began(second):
        first.commit(connection({("a", "k1"): "first"}), changed="changed")
        with pytest.raises(BuildInProgress, match="Another writer has committed"):
            second.commit(connection({("b", "k"): "second"}), changed="changed")
    after = said(Record(where))
    assert (after["a", "k1"], after["b", "k"]) == ("first", "x")


def _began(record: Record):
    """As `building`, without the lock that would keep the other writer out."""
    from contextlib import contextmanager

    @contextmanager
    def held():
        record._began.append(record._statements.log.newest())
        yield
        record._began.pop()

    return held()


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_of_many_writers_at_once_every_win_is_kept(tmp_path, scheme):
    where = f"{scheme}{tmp_path}/record"
    record_of(where, changes=0)
    won: list[tuple[int, str]] = []
    gate = threading.Barrier(4)

    def write(writer: int) -> None:
        con = connection({("a", f"w{writer}"): "0"})
        gate.wait()
        for i in range(6):
            con.execute("UPDATE statements SET object = ?", [str(i)])
            try:
                version = Record(where).commit(con, changed="changed")
            except BuildInProgress:
                continue
            won.append((version.number, f"w{writer}={i}"))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record = Record(where)
    numbers = [number for number, _ in won]
    assert sorted(numbers) == list(range(1, record.newest() + 1))
    for number, what in won:
        key, _, value = what.partition("=")
        assert said(record, number)["a", key] == value


KILLED = """
import sys
sys.path[:0] = [{root!r}]
from tests.examples import share
from tests.record.cities import connection
from ldt_graph.model import SIDE_TABLES, VIOLATION_COLUMNS, create_tables
from ldt_graph.record import Record
record, con = Record({where!r}), connection({{("a", "k0"): "x"}})
print("ready", flush=True)
i = int(sys.argv[1])
while True:
    i += 1
    con.execute("UPDATE statements SET object = ?, key = ?", [f"n{{i}}", f"k{{i % 90}}"])
    con.execute("UPDATE changed SET key = ?", [f"k{{i % 90}}"])
    with record.building():
        record.commit(con, {{"i": i}}, changed="changed")
    print("committed", flush=True)
"""


def test_killed_again_and_again_every_version_that_was_made_reads(tmp_path):
    record = record_of(tmp_path / "record", changes=0)
    chance, script = random.Random(11), KILLED.format(root=str(ROOT), where=record.location)
    done = 0
    for _ in range(share(40)):
        last = record.newest_metadata().get("i", 0)
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(last)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(chance.randint(0, 2)):
            assert process.stdout.readline() == "committed\n"
            done += 1
        time.sleep(chance.uniform(0.0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        i = record.newest_metadata().get("i", 0)
        assert i >= last
        if i:
            assert said(record)["a", f"k{i % 90}"] == f"n{i}"
    assert record.newest() >= done > share(40) // 2
    assert Record(record.location).verify() == []
    with record.building():
        pass
    assert not (Path(record.location) / "staging").exists()


# ── places ───────────────────────────────────────────────────────────────────────────────────────


ODD = ["a#b", "a?b", "a%20b", "a%b", "a[b]", "a*b", "a\\b", "a b", "a'b", "Stadtgarten, Köln", "s3"]


@pytest.mark.parametrize("name", ODD)
def test_a_record_may_lie_anywhere(tmp_path, name):
    (tmp_path / "aXb").mkdir()
    record_of(tmp_path / "aXb" / "record")
    record = record_of(tmp_path / name / "record")
    con = duckdb.connect()
    assert said(record)["a", "k1"] == "y1"
    assert said(record, 0)["a", "k1"] == "x"
    assert record.diff(con, record.version(0), record.version()) == (3, 3)
    record.compact()
    record.forget(record.version())
    again = Record(record.location)
    assert again.verify() == []
    assert said(again)["a", "k2"] == "y2"
    small_commits(again, 1)


def test_an_object_store_is_compacted_forgotten_and_verified_alike(tmp_path):
    record = record_of(f"file://{tmp_path}/record")
    states = [said(record, n) for n in range(4)]
    assert states[3]["a", "k2"] == "y2"
    assert record.compact().number == 4
    with record.building():
        record.commit(connection({("a", "k9"): None}), changed="changed", positions={"t": "1"})
    assert record.forget(record.version(3)).versions == 3
    again = Record(record.location)
    assert [said(again, n) for n in (3, 4)] == [states[3], states[3]]
    assert said(again) == {k: v for k, v in states[3].items() if k != ("a", "k9")}
    assert again.positions(again.version()) == {"t": "1"}
    assert again.verify() == []
    assert again.at(again.version(4).time).number == 4


def test_rows_that_only_moved_make_no_difference_unless_asked(tmp_path):
    record, con = Record(tmp_path / "record"), duckdb.connect()
    record.commit(connection(base(20), line=1))
    record.commit(connection(base(20), line=2))
    old, new = record.version(0), record.version(1)
    assert record.diff(con, old, new) == (0, 0)
    assert record.diff(con, old, new, places=True) == (20, 20)
    assert con.execute("SELECT DISTINCT sign, row FROM difference ORDER BY ALL").fetchall() == [
        ("+", 2),
        ("-", 1),
    ]
    record.changes(con, old, new)
    assert con.execute("FROM changed").fetchall() == []
    record.changes(con, old, new, places=True)
    assert len(con.execute("FROM changed").fetchall()) == 20


def test_a_key_that_went_shows_where_several_files_lie_over_one_base(tmp_path):
    record, con = Record(tmp_path / "record"), duckdb.connect()
    record.commit(connection(base(300)))
    record.commit(connection({("a", f"k{i}"): "y" for i in range(4)}), changed="changed")
    record.commit(connection({("a", "k9"): None}), changed="changed")
    assert record.diff(con, record.version(0), record.version(2)) == (4, 5)
    assert record.diff(con, record.version(2), record.version(0)) == (5, 4)
    assert ("a", "k9") in con.execute("FROM changed").fetchall()


def test_a_follower_reads_only_what_a_commit_added(tmp_path):
    record, con = record_of(tmp_path / "record"), duckdb.connect()
    [large] = [f for f in files(record) if "dataset=a" in str(f) and "/" + "0" * 20 + "-" in str(f)]
    large.unlink()
    record.changes(con, record.version(1), record.version(3))
    assert con.execute("FROM changed ORDER BY ALL").fetchall() == [("a", "k1"), ("a", "k2")]


# ── positions, side tables ───────────────────────────────────────────────────────────────────────


def test_positions_travel_with_the_commit_and_those_not_named_stay(tmp_path):
    record = record_of(tmp_path / "record", changes=0)
    con = connection({("a", "k1"): "z"})
    one = record.commit(con, changed="changed", positions={"topic": "7", "feed": "a"})
    con.execute("UPDATE statements SET object = 'zz'")
    two = record.commit(con, changed="changed", positions={"topic": "8"})
    assert record.positions(record.version(0)) == {}
    assert record.positions(one) == {"topic": "7", "feed": "a"}
    assert record.positions(two) == {"topic": "8", "feed": "a"}


def test_a_position_alone_is_a_version_and_the_same_position_is_none(tmp_path):
    record, nothing = record_of(tmp_path / "record", changes=0), connection({})
    made = [
        record.commit(nothing, {"name": "test"}, changed="changed", positions={"topic": p}).number
        for p in ("7", "7", "8")
    ]
    assert made == [1, 1, 2]


def violations(con, number: int) -> None:
    con.execute(
        "INSERT INTO violations BY NAME SELECT CASE WHEN i % 3 = 0 THEN 'a' ELSE 'b' END AS dataset, 'lift' AS stage, "
        "CASE WHEN i % 5 = 0 THEN 'violation' ELSE 'warning' END AS severity, 'r' AS rule, 'f.csv' AS source, ? - i AS row, 'm' AS message "
        "FROM range(?) t(i)",
        [number, number],
    )


@pytest.mark.parametrize("where", [{}, {"dataset": "b"}, {"severity": "violation"}, {"stage": "lift", "severity": "warning"}, {"dataset": "none"}])  # fmt: skip
def test_pages_of_violations_are_slices_of_all_of_them(tmp_path, where):
    record, con = Record(tmp_path / "record"), connection(base(3))
    violations(con, 500)
    version = record.commit(con)
    whole = record.violations(version, **where)
    keys = [(v.dataset, v.source, v.row) for v in whole]
    assert keys == sorted(keys)
    assert record.count_violations(version, **where) == len(whole)
    for offset in (0, 7, 90, 160, 170, 330, 499, 600):
        page = record.violations(version, **where, limit=10, offset=offset)
        assert page == whole[offset : offset + 10]


def test_a_side_table_that_did_not_change_makes_no_commit(tmp_path):
    record, con = Record(tmp_path / "record"), connection(base(3))
    violations(con, 10)
    record.commit(con)
    con.execute("UPDATE statements SET object = 'z'")
    record.commit(con)
    con.execute("DROP TABLE violations")
    con.execute("UPDATE statements SET object = 'zz'")
    version = record.commit(con)
    assert version.number == 2
    assert len(commits(record, "violations")) == 1
    assert record.count_violations(version) == 10


COLUMNS = {
    "dataset": "VARCHAR",
    "key": "VARCHAR",
    "n": "UBIGINT",
    "row": "INTEGER",
    "far": "BIGINT",
}


def test_a_side_table_of_any_columns_is_changed_by_key_and_folded(tmp_path, monkeypatch):
    from ldt_graph.model import SIDE_TABLES

    monkeypatch.setitem(SIDE_TABLES, "places", COLUMNS)
    record, con = Record(tmp_path / "record"), connection(base(3))
    great = 2**64 - 1
    con.execute(
        "CREATE TABLE IF NOT EXISTS places (dataset VARCHAR, key VARCHAR, n UBIGINT, row INTEGER, far BIGINT)"
    )
    con.execute(
        "INSERT INTO places SELECT 'a', 'k' || i, ?::UBIGINT - i, i, -i FROM range(400) t(i)",
        [great],
    )
    record.commit(con)
    for i, rows in ((5, [(7,), (8,)]), (6, []), (5, [(9,)]), (7, [(1,)])):
        con.execute("DELETE FROM places; DELETE FROM changed")
        con.execute("INSERT INTO changed VALUES ('a', ?)", [f"k{i}"])
        for n in rows:
            con.execute("INSERT INTO places VALUES ('a', ?, ?, 0, 0)", [f"k{i}", *n])
        record.commit(con, changed="(FROM changed WHERE false)", side={"places": "changed"})
    for _ in range(2):
        record.load_side(con, "places", record.version())
        assert con.execute("SELECT count(*), max(n) FROM places").fetchall() == [(399, great)]
        few = con.execute("SELECT key, n FROM places WHERE row = 0 ORDER BY key").fetchall()
        assert few == [("k0", great), ("k5", 9), ("k7", 1)]
        assert len(commits(record, "violations")) == 1
        record.compact()
    assert len([f for f in files(record, "places") if f.name.startswith("0" * 19 + "5")]) == 1


def test_rows_are_read_where_they_lie(tmp_path):
    record, con = record_of(tmp_path / "record"), duckdb.connect()
    with record.rows(con, record.version()) as rows:
        query = (
            f"SELECT dataset, count(*), count(DISTINCT object) FROM {rows} GROUP BY 1 ORDER BY 1"
        )
        assert con.execute(query).fetchall() == [("a", 100, 4), ("b", 1, 1)]


def test_side_tables_of_a_build_that_was_killed_before_its_commit_are_never_seen(
    tmp_path, monkeypatch
):
    record, con = Record(tmp_path / "record"), connection(base(3))
    violations(con, 10)
    one = record.commit(con)
    violations(con, 20)
    with monkeypatch.context() as patch:
        patch.setattr(
            record._statements, "commit", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            record.commit(con)
    again = Record(record.location)
    assert (again.newest(), again.count_violations(one)) == (0, 10)
    con.execute("DELETE FROM violations")
    violations(con, 10)
    assert again.commit(con).number == 0
    violations(con, 1)
    assert again.count_violations(again.commit(con)) == 11
    assert again.verify() == []


def test_a_version_is_known_without_the_libraries_that_read_it(tmp_path):
    record = record_of(tmp_path / "record")
    script = (
        "import sys; from ldt_graph.record import Record\n"
        f"r = Record({record.location!r}); assert r.newest() == 3 and r.newest_metadata() == {{'name': 'test'}}\n"
        "assert r.exists and r.at(r.version(1).time).number == 1 and len(r.versions()) == 4\n"
        "print([m for m in ('deltalake', 'duckdb', 'pyarrow', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\n", done.stderr


def test_a_record_that_was_replaced_is_noticed(tmp_path):
    import shutil

    record = record_of(tmp_path / "record")
    assert record.newest() == 3
    shutil.rmtree(record.location)
    other = record_of(tmp_path / "record", changes=1)
    assert [v.number for v in record.versions()] == [0, 1]
    assert record.identity == other.identity
    assert said(record) == said(other)


def test_violations_of_a_record_from_before_have_nulls_for_columns_that_came_later(
    tmp_path, monkeypatch
):
    older = {n: t for n, t in VIOLATION_COLUMNS.items() if n not in ("line", "fix", "confidence")}
    with monkeypatch.context() as before:
        before.setitem(SIDE_TABLES, "violations", older)
        before.setattr("ldt_graph.record._LATER", {})
        con = duckdb.connect()
        create_tables(con)
        con.execute(
            "INSERT INTO violations BY NAME SELECT 'a' AS dataset, 'lift' AS stage, 'warning' AS severity, "
            "'r' AS rule, 'm' AS message"
        )
        Record(tmp_path / "record").commit(con, {})
    record = Record(tmp_path / "record")
    [found] = record.violations(record.version())
    assert (found.message, found.line, found.confidence) == ("m", None, None)
