"""The record: every version of the twin, in Delta tables; the truth that all else can be rebuilt from."""

from __future__ import annotations

import math
import shutil
import tempfile
import uuid
import weakref
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldt_graph.errors import RecordError
from ldt_graph.model import (
    SIDE_TABLES,
    STATEMENT_COLUMNS,
    VIOLATION_COLUMNS,
    Violation,
    ViolationFilter,
    columns_sql,
)
from ldt_graph.record.errors import failing
from ldt_graph.record.hold import hold
from ldt_graph.record.log import FOLDER
from ldt_graph.record.mend import mend
from ldt_graph.record.table import Table
from ldt_graph.record.tables import Tables
from ldt_graph.record.versions import moment_of, no_version, none_before, version_at, version_of
from ldt_graph.sql import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Mapping, Sequence

    import duckdb

    from ldt_graph.model import Version, ViolationGroup
    from ldt_graph.record.keeping import Forgotten
    from ldt_graph.record.log import Commit, File
    from ldt_graph.record.verify import Damage

__all__ = ["Record", "version_at"]

_LATER = {"violations": tuple(VIOLATION_COLUMNS)[tuple(VIOLATION_COLUMNS).index("line") :]}
"""Columns that records made before them lack."""


class Record:
    """The record at a location: a local folder, or `s3://bucket/path` (credentials from the environment).

    A version is a commit of the table `statements`. What a build says beside its statements lies in the
    tables of `SIDE_TABLES`, which are committed first; the statements' commit names their versions, so
    that one commit moves all.

    Attributes:
        location: As it was given.
        mended: What the last `building` had to set aside before it began, in sentences.
    """

    def __init__(self, location: str | Path) -> None:
        self.location = str(location)
        self.local = "://" not in self.location
        root = Path(self.location).absolute() if self.local else None
        uri = str(root) if root else self.location.rstrip("/")
        self._staging = (
            root / "staging" if root else Path(tempfile.gettempdir(), f"ldt-{uuid.uuid4().hex}")
        )
        if not root:
            weakref.finalize(self, shutil.rmtree, self._staging, ignore_errors=True)
        side = {
            n: Table(f"{uri}/{n}", c, self._staging, _LATER.get(n, ()))
            for n, c in SIDE_TABLES.items()
        }
        self._statements = Table(f"{uri}/statements", STATEMENT_COLUMNS, self._staging)
        self._tables = Tables(self._statements, side)
        self._began: list[Commit | None] = []
        self.mended: list[str] = []

    # ── building ───────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def building(self) -> Generator[None]:
        """Hold the record for one build. The hold ends with the process, however it ends.

        On object stores the hold is the commit itself: it fails if another build committed since this
        began. What damage a build can do without is set aside first (`mended`).

        Raises:
            BuildInProgress: Another build holds it.
            RecordError: It can't be held or mended.
        """
        with hold(Path(self.location), self._staging) if self.local else nullcontext():
            self.mended = mend(Path(self.location), self._tables) if self.local else []
            self._began.append(self._statements.log.newest())
            try:
                yield
            finally:
                self._began.pop()

    def commit(
        self,
        con: duckdb.DuckDBPyConnection,
        metadata: Mapping[str, Any] | None = None,
        *,
        changed: str | None = None,
        side: Mapping[str, str] | None = None,
        positions: Mapping[str, str] | None = None,
    ) -> Version:
        """Make a version of the connection's `statements` and side tables, in one commit.

        Where nothing changed at all, the newest version is returned and nothing is committed. A side
        table that the connection lacks stays as it was.

        Args:
            con: The connection.
            metadata: What `metadata` returns of the version.
            changed: A relation (dataset VARCHAR, key VARCHAR): the keys whose statements differ from the
                newest version. `statements` holds what is now said of them, which may be nothing; a NULL
                key is the whole dataset. Costs what changed, and a look-up of the keys in their datasets.
                None: everything is replaced, and a dataset that `statements` lacks leaves.
            side: Side table → such a relation for it; side tables that it does not name are replaced.
            positions: Source → how far it was read. Positions that are not named stay.

        Raises:
            BuildInProgress: Another writer committed meanwhile.
            RecordError: It can't be written.
        """
        from ldt_graph.record.committing import commit_version

        before = self._began[-1] if self._began else self._statements.log.newest()
        kept = before.said["positions"] if before else {}
        told = {"build": dict(metadata or {}), "positions": {**kept, **(positions or {})}}
        keys = {**(side or {}), **({} if changed is None else {"statements": changed})}
        with failing(f"The record at {self.location} can't be written"):
            made = commit_version(con, self._tables, before, keys, told)
        if self._began:
            self._began[-1] = made
        return version_of(made)

    # ── keeping ────────────────────────────────────────────────────────────────────────────────

    def compact(self) -> Version:
        """Fold every dataset's files into one, in a version that says what the newest says.

        Raises:
            BuildInProgress: A build holds the record.
        """
        from ldt_graph.record.keeping import compact

        with self.building():
            return version_of(compact(self._tables, self._newest()))

    def forget(self, version: Version, *, dry_run: bool = False) -> Forgotten:
        """Remove the versions before one; nothing else ever removes history.

        Raises:
            BuildInProgress: A build holds the record.
        """
        from ldt_graph.record.keeping import forget

        with self.building():
            kept = self._commit_of(version.number)
            return forget(self._tables, kept, dry_run=dry_run)

    def verify(self, *, newest: bool = False) -> list[Damage]:
        """Compare every file of every version, or of the newest, with the hash in its name; reads them all.

        Raises:
            RecordError: There is no record: nothing could be compared.
        """
        from ldt_graph.record.verify import verify

        if not self._statements.storage.names(FOLDER):
            raise self._no_record()
        return list(verify(self._tables, newest=newest))

    def damaged(self, version: Version) -> set[str]:
        """Return the datasets that a build must make anew: a file of theirs is not what was written.

        Hashes the version's files, those that this process has not hashed yet.
        """
        from ldt_graph.record.verify import damaged

        return damaged(self._tables, self._commit_of(version.number))

    # ── versions ───────────────────────────────────────────────────────────────────────────────

    @property
    def identity(self) -> str:
        """Return what no other record shares: the id of its table."""
        return self._newest().said["record"]

    @property
    def exists(self) -> bool:
        """Whether there is a version to read."""
        return self._statements.log.newest() is not None

    def newest(self) -> int:
        """Return the newest version's number; cheap enough to be asked every second."""
        return self._newest().number

    def versions(self) -> list[Version]:
        """Return every version, oldest first; reads what was committed since this was asked last."""
        self._newest()
        return [version_of(c) for c in self._statements.log.all()]

    def version(self, number: int | None = None) -> Version:
        """Return a version, the newest by default.

        Raises:
            NoSuchVersion: It does not exist; the message says which do.
        """
        return version_of(self._newest() if number is None else self._commit_of(number))

    def at(self, text: str) -> Version:
        """Return the version that a text names: a number, or a time (the newest version not later).

        Reads the commits that a search by halves comes by.

        Raises:
            NoSuchVersion: There is none, or the text is neither.
        """
        moment = moment_of(text)
        if isinstance(moment, int):
            return self.version(moment)
        self._newest()
        found = self._statements.log.before(math.floor(moment.timestamp() * 1000))
        if found is None:
            raise none_before(text)
        return version_of(found)

    def metadata(self, version: Version) -> dict[str, Any]:
        """Return what the build said of a version: the twin's name and base, and each dataset's counts."""
        return self._commit_of(version.number).said["build"]

    def newest_metadata(self) -> dict[str, Any]:
        """Return what the build said of the newest version; reads one small file."""
        return self._newest().said["build"]

    def positions(self, version: Version) -> dict[str, str]:
        """Return how far each source was read in a version: source → position."""
        return self._commit_of(version.number).said["positions"]

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
        files = self._commit_of(version.number).files
        self._statements.load(con, "statements", files, where)

    @contextmanager
    def rows(self, con: duckdb.DuckDBPyConnection, version: Version) -> Generator[str]:
        """Give SQL for a version's statements as they lie in its files: a query reads the columns that it names.

        Raises:
            DamagedRecord: A file is gone, or is not what was committed.
        """
        columns = ", ".join(f'"{c}"' for c in STATEMENT_COLUMNS)
        with ExitStack() as held:
            parts = [
                f"SELECT {literal(dataset)} AS dataset, * FROM ({held.enter_context(self._statements.rows(con, files))})"
                for dataset, files in self._commit_of(version.number).files.items()
            ]
            made = " UNION ALL ".join(parts) or "SELECT * FROM statements WHERE false"
            yield f"(SELECT {columns} FROM ({made}))"

    def load_side(
        self,
        con: duckdb.DuckDBPyConnection,
        name: str,
        version: Version,
        datasets: Collection[str] | None = None,
    ) -> None:
        """Create a side table of a version in a connection, by its name in `SIDE_TABLES`; linear in it.

        Where `datasets` are given, nothing is read of others.
        """
        con.execute(f"CREATE OR REPLACE TABLE {name} ({columns_sql(SIDE_TABLES[name])})")
        held = self._tables.beside(name, self._commit_of(version.number))
        files = held.files if held else {}
        wanted = {d: f for d, f in files.items() if datasets is None or d in datasets}
        self._tables.side[name].load(con, name, wanted)

    def set_aside(self, con: duckdb.DuckDBPyConnection, version: Version) -> None:
        """Create the table `set_aside`: the statements of entities that broke a shape."""
        self.load_side(con, "set_aside", version)

    def violations(
        self,
        version: Version,
        *,
        limit: int | None = None,
        offset: int = 0,
        **where: Any,  # noqa: ANN401  (a condition)
    ) -> list[Violation]:
        """Return what a version's build set aside or warned of, by dataset, file and row.

        Files are kept in that order: a page costs what stands before it, and no more is read.

        Args:
            version: The version.
            limit: At most so many.
            offset: Leave out so many.
            where: Conditions, as `ViolationFilter` has them.
        """
        from ldt_graph.record.pages import page

        table, files = self._told(version)
        return [
            Violation(*r) for r in page(table, files, ViolationFilter(**where).asked, limit, offset)
        ]

    def count_violations(self, version: Version, **where: Any) -> int:  # noqa: ANN401
        """Return how many `violations` a version has; where only the dataset is asked for, no file is read."""
        from ldt_graph.record.pages import count

        return count(*self._told(version), ViolationFilter(**where).asked)

    def group_violations(
        self,
        version: Version,
        by: Sequence[str],
        **where: Any,  # noqa: ANN401
    ) -> list[ViolationGroup]:
        """Return `violations` that are alike in some columns, the largest groups first; reads all that meet the conditions."""
        from ldt_graph.record.pages import group

        return group(*self._told(version), ViolationFilter(**where).asked, by)

    def _told(self, version: Version) -> tuple[Table, Mapping[str, Sequence[File]]]:
        held = self._tables.beside("violations", self._commit_of(version.number))
        return self._tables.side["violations"], held.files if held else {}

    def diff(
        self, con: duckdb.DuckDBPyConnection, old: Version, new: Version, *, places: bool = False
    ) -> tuple[int, int]:
        """Create the table `difference(sign, …)`: statements that `new` added (`+`) and removed (`-`).

        Only files that differ are read, and of their datasets the keys that they name. `source` and
        `row` make no difference, unless `places`.

        Returns:
            How many were added, how many removed.
        """
        from ldt_graph.record.difference import difference

        commits = (self._commit_of(v.number) for v in (old, new))
        return difference(con, self._statements, *commits, places=places)

    def changes(
        self, con: duckdb.DuckDBPyConnection, old: Version, new: Version, *, places: bool = False
    ) -> None:
        """Create the table `changed(dataset, key)`: the keys whose statements may differ between two versions.

        A dataset that one of them lacks is one row without key. Reads the files that differ; what was
        appended costs what was appended, what was written anew is compared by key.
        """
        from ldt_graph.record.difference import changes

        commits = (self._commit_of(v.number) for v in (old, new))
        changes(con, self._statements, *commits, places=places)

    # ── commits ────────────────────────────────────────────────────────────────────────────────

    def _newest(self) -> Commit:
        commit = self._statements.log.newest()
        if commit is None:
            raise self._no_record()
        return commit

    def _no_record(self) -> RecordError:
        return RecordError(
            f"There is no record at {self.location}.", hint="`ldt build` makes its first version."
        )

    def _commit_of(self, number: int) -> Commit:
        newest = self._newest()
        commit = self._statements.log.at(number)
        if commit is None:
            raise no_version(number, self._statements.log.first, newest.number)
        return commit
