"""Laws of the record: whatever the sequence of commits, every version reads as a dictionary would have it."""

from __future__ import annotations

import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.model import create_tables
from ldt_graph.record import Record
from tests.examples import examples

DATASETS = ("a", "b")
# dataset → key → its rows, each an object and a line of the source
Model = dict[str, dict[str, tuple[tuple[str, int], ...]]]

SIZES = (0, 4, 300)
rows = st.lists(st.tuples(st.sampled_from("xyz"), st.integers(1, 3)), min_size=1, max_size=2).map(
    tuple
)
contents = st.builds(
    lambda n, said: {f"t/{i}": said for i in range(n)}, st.sampled_from(SIZES), rows
)
# A few keys change again and again, so that files lie over files that say the same keys.
by_key = st.dictionaries(
    st.integers(0, 6).map("t/{}".format), rows | st.just(()), min_size=1, max_size=4
)
what = {
    "all": st.dictionaries(st.sampled_from(DATASETS), contents, min_size=1),
    "keys": st.dictionaries(st.sampled_from(DATASETS), by_key, min_size=1),
    "dataset": st.tuples(st.sampled_from(DATASETS), contents),
    "compact": st.none(),
}
kinds = st.sampled_from(["keys"] * 7 + ["all", "dataset", "compact"])
step = kinds.flatmap(lambda kind: st.tuples(st.just(kind), what[kind]))


def begun() -> Model:
    return {"a": {f"t/{i}": (("x", 1),) for i in range(300)}}


def statements(model: Model) -> list[tuple]:
    return [
        (d, f"s{key}", "p", value, "literal", None, None, "observed", key, f"{d}.csv", line, "r", 0)
        for d, said in model.items()
        for key, found in said.items()
        for value, line in found
    ]


CON = duckdb.connect()


def connection(model: Model) -> duckdb.DuckDBPyConnection:
    con = CON
    con.execute("DROP TABLE IF EXISTS statements; DROP TABLE IF EXISTS set_aside")
    create_tables(con)
    con.execute("CREATE OR REPLACE TABLE touched (dataset VARCHAR, key VARCHAR)")
    rows = statements(model)
    if rows:
        con.executemany(f"INSERT INTO statements VALUES ({', '.join('?' * 13)})", rows)
    con.execute("INSERT INTO set_aside BY NAME FROM statements")
    return con


def apply(record: Record, model: Model, kind: str, what) -> Model:
    """Take a step in the record; return the model after it."""
    if kind == "compact":
        record.compact()
        return model
    if kind == "all":
        record.commit(connection(what))
        return {d: dict(c) for d, c in what.items()}
    changed = what if kind == "keys" else {what[0]: what[1]}
    con = connection(changed)
    touched = [(d, k) for d, c in changed.items() for k in (c if kind == "keys" else [None])]
    con.executemany("INSERT INTO touched VALUES (?, ?)", touched)
    record.commit(con, changed="touched", side={"set_aside": "touched"})
    after = {d: dict(c) for d, c in model.items()}
    for d, c in changed.items():
        after[d] = {**after.get(d, {}), **c} if kind == "keys" else dict(c)
    return after


def read(record: Record, number: int) -> Counter:
    con = CON
    con.execute("DROP TABLE IF EXISTS statements")
    record.load(con, record.version(number))
    record.load_side(con, "set_aside", record.version(number))
    differ = "SELECT dataset, key, object, row FROM {} EXCEPT ALL SELECT dataset, key, object, row FROM {}"
    for pair in (("statements", "set_aside"), ("set_aside", "statements")):
        assert con.execute(differ.format(*pair)).fetchall() == []
    return Counter(con.execute("FROM statements").fetchall())


def placeless(rows: Counter) -> Counter:
    found: Counter = Counter()
    for row, n in rows.items():
        found[row[:9] + row[11:]] += n
    return found


@given(st.lists(step, min_size=10, max_size=14))
@examples(12)
def test_every_version_reads_as_a_dictionary_says_before_and_after_folding(steps):
    with tempfile.TemporaryDirectory() as folder, patch("os.fsync"):
        record, model = Record(Path(folder) / "r"), begun()
        record.commit(connection(model))
        expected = {0: Counter(statements(model))}
        for kind, what in steps:
            model = apply(record, model, kind, what)
            expected[record.newest()] = Counter(statements(model))
            assert record.version().statements == expected[record.newest()].total()
            assert record.version().datasets == tuple(
                d for d in sorted(model) if any(model[d].values())
            )
        record.compact()
        expected[record.newest()] = Counter(statements(model))
        assert {v.number: read(record, v.number) for v in record.versions()} == expected
        check_differences(record, expected)


def check_differences(record: Record, expected: dict[int, Counter]) -> None:
    """Neighbours, and the two ends, differ in what the model says; `changes` leaves out none of it."""
    numbers = sorted(expected)
    for old, new in [*pairwise(numbers), (numbers[-1], numbers[0])]:
        con = CON
        versions = record.version(old), record.version(new)
        for places in (True, False):
            sides = [expected[n] if places else placeless(expected[n]) for n in (old, new)]
            counts = record.diff(con, *versions, places=places)
            signs = {"+": sides[1] - sides[0], "-": sides[0] - sides[1]}
            assert counts == (signs["+"].total(), signs["-"].total())
            for sign, rows in signs.items():
                found = Counter(
                    con.execute(
                        "SELECT * EXCLUDE (sign) FROM difference WHERE sign = ?", [sign]
                    ).fetchall()
                )
                assert (found if places else placeless(found)) == rows
            record.changes(con, *versions, places=places)
            named = set(con.execute("FROM changed").fetchall())
            wanted = {(r[0], r[8]) for r in [*signs["+"], *signs["-"]]}
            assert all((d, None) in named or (d, k) in named for d, k in wanted)
