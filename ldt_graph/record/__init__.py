"""The record: every version of the twin, in Delta tables; the truth that all else can be rebuilt from."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from ldt_graph.errors import BuildInProgress, NoSuchVersion, RecordError
from ldt_graph.model import (
    ONTOLOGY,
    STATEMENT_COLUMNS,
    VIOLATION_COLUMNS,
    Version,
    Violation,
    columns_sql,
)
from ldt_graph.record.table import Table, commit_metadata

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

__all__ = ["Record"]

_SIDE = {"violations": VIOLATION_COLUMNS, "set_aside": STATEMENT_COLUMNS}


class Record:
    """The record at a location: a local folder, or `s3://bucket/path` (credentials from the environment).

    A version is a commit of the table `statements`. What was set aside, and why, lies in two tables
    beside it that are committed first; the statements' commit names their versions, so that one
    commit moves all three.
    """

    def __init__(self, location: str | Path) -> None:
        self.location = str(location)
        self.local = "://" not in self.location
        root = Path(self.location).absolute() if self.local else None
        uri = str(root) if root else self.location.rstrip("/")
        staging = (root or Path.cwd() / ".ldt") / "staging"
        self._statements = Table(f"{uri}/statements", STATEMENT_COLUMNS, staging)
        self._side = {n: Table(f"{uri}/{n}", c, staging) for n, c in _SIDE.items()}
        self._staging = staging

    # ── building ───────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def building(self) -> Generator[None]:
        """Hold the record for one build. The hold ends with the process, however it ends.

        On object stores the hold is the commit itself: of two builds the later commit fails.

        Raises:
            BuildInProgress: Another build holds it.
        """
        if not self.local:
            yield
            return
        import fcntl

        folder = Path(self.location)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("a+", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise BuildInProgress(
                    f"Another build holds the record {self.location} ({lock.read().strip() or 'just started'}).",
                    hint="Its last complete version still answers; try again when the build is done.",
                ) from None
            lock.truncate(0)
            lock.write(f"process {os.getpid()}, since {_now()}")
            lock.flush()
            shutil.rmtree(self._staging, ignore_errors=True)
            yield
            shutil.rmtree(self._staging, ignore_errors=True)

    def commit(
        self, con: duckdb.DuckDBPyConnection, metadata: Mapping[str, Any] | None = None
    ) -> Version:
        """Make a version of the connection's `statements`, `violations` and `set_aside`.

        Datasets that these no longer hold leave the record. Unchanged datasets are not written again;
        where nothing changed at all, the newest version is returned.
        """
        side = {name: table.replace(con, name, {}) for name, table in self._side.items()}
        count, names = con.execute(
            "SELECT count(*), list(DISTINCT dataset ORDER BY dataset) FROM statements WHERE dataset <> ?",
            [ONTOLOGY],
        ).fetchall()[0]
        said = {
            "side": side,
            "statements": count,
            "datasets": names or [],
            "build": dict(metadata or {}),
        }
        return self.version(self._statements.replace(con, "statements", said))

    # ── versions ───────────────────────────────────────────────────────────────────────────────

    @property
    def identity(self) -> str:
        """Return what no other record shares: the id of its table."""
        return str(self._table().metadata().id)

    @property
    def exists(self) -> bool:
        """Whether there is a version to read."""
        return self._statements.open() is not None

    def newest(self) -> int:
        """Return the newest version's number; cheap enough to be asked every second."""
        return self._table().version()

    def versions(self) -> list[Version]:
        """Return every version, oldest first."""
        commits = self._table().history()
        return [_version(c) for c in reversed(commits)]

    def version(self, number: int | None = None) -> Version:
        """Return a version, the newest by default.

        Raises:
            NoSuchVersion: It does not exist; the message says which do.
        """
        versions = self.versions()
        return versions[-1] if number is None else _numbered(versions, number)

    def at(self, text: str) -> Version:
        """Return the version that a text names: a number, or a time (the newest version not later).

        Raises:
            NoSuchVersion: There is none, or the text is neither.
        """
        return version_at(self.versions(), text)

    def metadata(self, version: Version) -> dict[str, Any]:
        """Return what the build said of a version: the twin's name and base, and each dataset's counts."""
        return self._said(version)["build"]

    # ── reading ────────────────────────────────────────────────────────────────────────────────

    def load(
        self, con: duckdb.DuckDBPyConnection, version: Version, *, where: str = "TRUE"
    ) -> None:
        """Append a version's statements to the table `statements` of a connection; linear in the version.

        Args:
            con: The connection; the table is created unless it is there.
            version: The version.
            where: An SQL condition on the statements' columns, written by us and nobody else.
        """
        con.execute(f"CREATE TABLE IF NOT EXISTS statements ({columns_sql(STATEMENT_COLUMNS)})")
        self._statements.load(con, "statements", self._statements.paths(version.number), where)

    def violations(
        self,
        version: Version,
        *,
        dataset: str | None = None,
        stage: str | None = None,
        severity: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Violation]:
        """Return what a version's build set aside or warned of, by dataset, file and row."""
        con = duckdb.connect()
        self._load_side(con, "violations", version)
        where, values = _matching(dataset=dataset, stage=stage, severity=severity)
        rows = con.execute(
            f"FROM violations WHERE {where} ORDER BY dataset, source NULLS FIRST, row NULLS FIRST, rule, "
            '"column" NULLS FIRST, value NULLS FIRST, subject NULLS FIRST, message LIMIT ? OFFSET ?',
            [*values, 2**62 if limit is None else limit, offset],
        ).fetchall()
        return [Violation(*r) for r in rows]

    def count_violations(
        self,
        version: Version,
        *,
        dataset: str | None = None,
        stage: str | None = None,
        severity: str | None = None,
    ) -> int:
        """Count what `violations` lists."""
        con = duckdb.connect()
        self._load_side(con, "violations", version)
        where, values = _matching(dataset=dataset, stage=stage, severity=severity)
        return con.execute(f"SELECT count(*) FROM violations WHERE {where}", values).fetchall()[0][
            0
        ]

    def set_aside(self, con: duckdb.DuckDBPyConnection, version: Version) -> None:
        """Create the table `set_aside`: the statements of entities that broke a shape."""
        self._load_side(con, "set_aside", version)

    def diff(
        self,
        con: duckdb.DuckDBPyConnection,
        old: Version,
        new: Version,
        *,
        places: bool = False,
    ) -> tuple[int, int]:
        """Create the table `difference(sign, …)`: statements that `new` added (`+`) and removed (`-`).

        Only partitions that differ are read.

        Returns:
            How many were added, how many removed.
        """
        before, after = (self._statements.paths(v.number) for v in (old, new))
        for name, own, other in (("_new", after, before), ("_old", before, after)):
            con.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({columns_sql(STATEMENT_COLUMNS)})")
            self._statements.load(con, name, {d: p for d, p in own.items() if other.get(d) != p})
        con.execute(_DIFFERENCE.format(columns=", ".join(f'"{c}"' for c in STATEMENT_COLUMNS)))
        counts = dict(con.execute("SELECT sign, count(*) FROM difference GROUP BY sign").fetchall())
        return counts.get("+", 0), counts.get("-", 0)

    def _load_side(self, con: duckdb.DuckDBPyConnection, name: str, version: Version) -> None:
        con.execute(f"CREATE OR REPLACE TABLE {name} ({columns_sql(_SIDE[name])})")
        table = self._side[name]
        table.load(con, name, table.paths(self._said(version)["side"][name]))

    def _said(self, version: Version) -> dict[str, Any]:
        table = self._statements.open(version.number)
        if table is None:
            raise self._missing()
        return commit_metadata(table.history(1)[0])

    def _table(self) -> Any:  # noqa: ANN401  (delta-rs)
        table = self._statements.open()
        if table is None:
            raise self._missing()
        return table

    def _missing(self) -> RecordError:
        return RecordError(
            f"There is no record at {self.location}.", hint="`ldt build` makes its first version."
        )


def _matching(**conditions: str | None) -> tuple[str, list[str]]:
    asked = {k: v for k, v in conditions.items() if v is not None}
    return " AND ".join(["TRUE", *(f"{k} = ?" for k in asked)]), list(asked.values())


def version_at(versions: Sequence[Version], text: str) -> Version:
    """Return the version that a text names: a number, or a time (the newest version not later).

    Args:
        versions: Oldest first.
        text: What names it.

    Raises:
        NoSuchVersion: There is none, or the text is neither.
    """
    if text.isdecimal():
        return _numbered(versions, int(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NoSuchVersion(
            f"{text!r} is neither a version nor a time.",
            hint="Give a number, or a time such as 2026-01-31T12:00:00Z.",
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    earlier = [v for v in versions if datetime.fromisoformat(v.time) <= moment]
    if not earlier:
        raise NoSuchVersion(
            f"The record has no version of {text} or before.", hint="See `ldt log`."
        )
    return earlier[-1]


def _numbered(versions: Sequence[Version], number: int) -> Version:
    found = next((v for v in versions if v.number == number), None)
    if found is None:
        raise NoSuchVersion(
            f"The record has no version {number}.",
            hint=f"It has {versions[0].number} to {versions[-1].number}: see `ldt log`.",
        )
    return found


# Rows whose 64-bit hash occurs as often on both sides cancel out; only the others are compared.
_DIFFERENCE = """
CREATE OR REPLACE TEMP TABLE _differs AS
    SELECT h FROM (SELECT hash({columns}) AS h, 1 AS side FROM _new UNION ALL SELECT hash({columns}), -1 FROM _old)
    GROUP BY h HAVING sum(side) <> 0;
CREATE OR REPLACE TEMP TABLE _new_rows AS FROM _new WHERE hash({columns}) IN (FROM _differs);
CREATE OR REPLACE TEMP TABLE _old_rows AS FROM _old WHERE hash({columns}) IN (FROM _differs);
CREATE OR REPLACE TABLE difference AS
    SELECT '+' AS sign, * FROM (FROM _new_rows EXCEPT ALL FROM _old_rows)
    UNION ALL SELECT '-' AS sign, * FROM (FROM _old_rows EXCEPT ALL FROM _new_rows);
"""


def _version(commit: Mapping[str, Any]) -> Version:
    said = commit_metadata(commit)
    time = datetime.fromtimestamp(commit["timestamp"] / 1000, UTC)
    return Version(
        number=commit["version"],
        time=time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        statements=said.get("statements", 0),
        datasets=tuple(said.get("datasets", ())),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
