"""The record: what a small commit costs, and what many of them cost those who read.

python bench/record.py [--statements 1000000] [--commits 1000] [--versions 2000] [--old ANOTHER_CHECKOUT]

`--old` measures what an earlier checkout can do too (whole commits, `asOf`, opening), with the same script, in turns.
Figures are medians: wall, and CPU seconds of the process in brackets.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROWS = """
INSERT INTO statements SELECT 'city', 'https://example.org/city/asset/' || (i // 8), 'https://example.org/p' || (i % 8),
    'value ' || (i * 7919 % 1000003), 'literal', NULL, NULL, 'observed', {key} 'assets.csv', i // 8, 'https://example.org/m#' || (i % 8), 0
FROM range({n}) t(i)
"""


def filled(n: int) -> duckdb.DuckDBPyConnection:
    from ldt_graph.model import STATEMENT_COLUMNS, create_tables

    con = duckdb.connect()
    create_tables(con)
    key = "'assets/' || (i // 8)," if "key" in STATEMENT_COLUMNS else ""
    con.execute(ROWS.format(n=n, key=key))
    return con


def timed(call, times: int = 1) -> dict[str, float]:
    """Median wall and CPU seconds."""
    found = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        call()
        found.append((time.perf_counter() - wall, time.process_time() - cpu))
    return {
        "wall": statistics.median(f[0] for f in found),
        "cpu": statistics.median(f[1] for f in found),
    }


def opening(record) -> None:
    con = duckdb.connect()
    record.load(con, record.version())
    con.close()


def small_commits(record, number: int, keys: int) -> list[dict[str, float]]:
    """Commit one key at a time; return what each cost."""
    con = filled(8)
    con.execute("CREATE TABLE changed AS SELECT 'city' AS dataset, 'x' AS key")
    costs = []
    for i in range(number):
        key = f"assets/{i * 7919 % keys}"
        con.execute("UPDATE statements SET key = ?, object = ?", [key, f"new {i}"])
        con.execute("UPDATE changed SET key = ?", [key])

        def commit():
            with record.building():
                record.commit(con, {"name": "bench"}, changed="changed")

        costs.append(timed(commit))
    return costs


def middle(costs: list[dict[str, float]]) -> dict[str, float]:
    return {k: statistics.median(c[k] for c in costs) for k in ("wall", "cpu")}


def changes(options) -> dict:
    """Small commits over a large base: their cost, and the cost of opening before, after, and folded."""
    from ldt_graph.record import Record

    with tempfile.TemporaryDirectory() as folder:
        one, many = Record(Path(folder, "one")), Record(Path(folder, "many"))
        con = filled(options.statements)
        for record in (one, many):
            record.commit(con, {"name": "bench"})
        con.close()
        costs = small_commits(many, options.commits, options.statements // 8)
        files = len(list(Path(folder, "many/statements/dataset=city").iterdir()))
        folded = Record(Path(folder, "folded"))
        subprocess.run(["cp", "-r", many.location, folded.location], check=True)
        compact = timed(folded.compact)
        records = {"one file": one, "many commits": many, "folded": folded}
        opened = {name: [] for name in records}
        for _ in range(options.turns):
            for name, record in records.items():
                opened[name].append(timed(lambda record=record: opening(record)))
        return {
            "commit, first 100": middle(costs[:100]),
            "commit, last 100": middle(costs[-100:]),
            "commit, dearest": max(costs, key=lambda c: c["wall"]),
            "files ever written": files,
            "compact": compact,
            **{f"open, {name}": middle(found) for name, found in opened.items()},
        }


def history(options) -> dict:
    """Whole commits of a small dataset up to many versions: the cost of one, and of `asOf`."""
    from ldt_graph.record import Record

    with tempfile.TemporaryDirectory() as folder:
        record, con, costs = Record(folder), filled(800), []
        for i in range(options.versions + 20):
            con.execute("UPDATE statements SET object = ? WHERE row = 1", [f"new {i}"])

            def commit():
                with record.building():
                    record.commit(con, {"name": "bench"})

            costs.append(timed(commit))
            if i == 10:
                moment = record.version().time
        cold = timed(lambda: Record(folder).at(moment))
        said = {
            "commit at 10 versions": middle(costs[5:25]),
            f"commit at {options.versions} versions": middle(costs[-20:]),
            "asOf, cold": cold,
            "asOf, warm": timed(lambda: record.at(moment), 20),
            "versions, warm": timed(record.versions, 20),
        }
        said["open a version"] = timed(lambda: opening(record), 10)
        return said


def violations(options) -> dict:
    """A page of 10 of 200,000 violations."""
    from ldt_graph.record import Record

    with tempfile.TemporaryDirectory() as folder:
        record, con = Record(folder), filled(8)
        con.execute(
            "INSERT INTO violations BY NAME SELECT 'city' AS dataset, 'lift' AS stage, 'warning' AS severity, 'rule' AS rule, 'f.csv' AS source, "
            "i AS row, 'c' AS \"column\", 'v' AS value, 'A sentence.' AS message "
            "FROM range(200000) t(i)"
        )
        version = record.commit(con)
        record.violations(version, limit=10)
        return {
            "page of 10 of 200,000 violations": timed(
                lambda: record.violations(version, limit=10), 20
            )
        }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--statements", type=int, default=1_000_000)
    parser.add_argument("--commits", type=int, default=1_000)
    parser.add_argument("--versions", type=int, default=2_000)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--old", type=Path)
    parser.add_argument("--part", choices=("changes", "history", "violations"))
    options = parser.parse_args()
    if options.part:
        print(json.dumps(globals()[options.part](options)))
        return
    here = Path(__file__).parents[1]
    for part in ("changes", "history", "violations"):
        for name, root in (("new", here), ("old", options.old)):
            if root and (name == "new" or part != "changes"):
                paths = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'api'}"}
                command = [sys.executable, __file__, *sys.argv[1:], "--part", part]
                out = subprocess.run(command, check=True, capture_output=True, text=True, env=paths)
                for what, cost in json.loads(out.stdout).items():
                    text = (
                        cost
                        if isinstance(cost, int)
                        else f"{cost['wall'] * 1e3:10.1f} ms ({cost['cpu'] * 1e3:.1f})"
                    )
                    print(f"{name}  {what:36} {text}", flush=True)


if __name__ == "__main__":
    main()
