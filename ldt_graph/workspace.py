"""The connection of one build: the newest version's tables, opened so that a change can be made to them."""

from __future__ import annotations

import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.errors import SettingsError
from ldt_graph.model import ONTOLOGY, SIDE_TABLES, Touched, create_tables, run
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Generator

    import duckdb

    from ldt_graph.change import Change
    from ldt_graph.model import Version
    from ldt_graph.record import Record
    from ldt_graph.settings import Settings

_SQL = {
    p.stem.removeprefix("workspace_"): p.read_text(encoding="utf-8")
    for p in sorted(Path(__file__).parent.glob("workspace_*.sql"))
}


@dataclass(frozen=True, slots=True)
class Workspace:
    """What the stages work on: a version's tables, reopened, and the change that they make to them.

    `statements` hold what was lifted and linked, as it was before a stage set some of it aside and without what
    was inferred; `removed` and `added` what the stages changed of it.

    Attributes:
        version: The version that the build goes on from; None: it starts from nothing.
    """

    con: duckdb.DuckDBPyConnection
    record: Record
    version: Version | None
    change: Change

    @classmethod
    def open(
        cls,
        con: duckdb.DuckDBPyConnection,
        record: Record,
        version: Version | None,
        change: Change,
    ) -> Workspace:
        """Load a version, or nothing, and reopen it. Cost: all of its statements, since reasoning wants them."""
        create_tables(con)
        if version is not None:
            for name in SIDE_TABLES:
                of = change.read if name == "source_rows" else None
                record.load_side(con, name, version, of)
            with record.rows(con, version) as rows:
                made = {"ontology": ONTOLOGY, "gap": LDT.setAside}
                run(con, _SQL["load"].replace("/*rows*/", rows), made)
            run(con, _SQL["reopen"], {"read": sorted(change.read), "gone": sorted(change.dropped)})
        return cls(con, record, version, change)

    def note_moved(self, dataset: str) -> None:
        """Note that rows of a dataset stand elsewhere than before."""
        if self.version is not None:
            self.con.execute("INSERT INTO moved_dataset VALUES (?)", [dataset])

    def touched(self) -> Touched | None:
        """Return what is said differently than before, and what broke a shape; None: all is to be judged."""
        if self.change.judge_all:
            return None
        run(self.con, _SQL["touched"])
        return Touched("other_statement", "unsound")

    def changed(self) -> str | None:
        """Return the relation (dataset, key) of what is said differently than in the version; None: everything.

        Looks at every key, since reasoning may have inferred something else of any.
        """
        if self.version is None:
            return None
        with self.record.rows(self.con, self.version) as rows:
            run(self.con, _SQL["changed"].replace("/*rows*/", rows))
        return "changed_key"

    @property
    def side(self) -> dict[str, str]:
        """Side table → relation (dataset, key) of what is another in it; a table that it lacks may be as a whole."""
        if self.version is None:
            return {}
        self.con.execute(
            "CREATE OR REPLACE TEMP TABLE lifted_row AS "
            "SELECT dataset, key FROM lifted SEMI JOIN read_dataset USING (dataset) UNION SELECT dataset, NULL FROM moved_dataset"
        )
        return {"links": "lifted_row", "source_rows": "lifted_row", "rules": "read_dataset"}


@contextmanager
def connect(settings: Settings) -> Generator[duckdb.DuckDBPyConnection]:
    """Open the build's one DuckDB connection: bounded memory, nothing fetched from anywhere."""
    import duckdb

    con = duckdb.connect()
    with tempfile.TemporaryDirectory(prefix="ldt-") as spill, closing(con):
        con.execute("SET temp_directory = ?", [spill])
        con.execute(
            "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false"
        )
        try:
            con.execute("SET memory_limit = ?", [settings.memory])
        except duckdb.Error:
            raise SettingsError(
                f"LDT_MEMORY is no amount of memory: {settings.memory!r}.",
                hint="For instance 2.3GB.",
            ) from None
        con.execute("SET enable_progress_bar = false")  # standard output is the caller's
        if settings.threads:
            con.execute("SET threads = ?", [settings.threads])
        yield con
