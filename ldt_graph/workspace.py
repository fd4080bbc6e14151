"""The connection of one build: the newest version's tables, opened so that a change can be made to them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.model import ONTOLOGY, create_tables, run
from ldt_graph.namespaces import IDENTIFIER, RDF_TYPE

if TYPE_CHECKING:
    import duckdb

    from ldt_graph.change import Change
    from ldt_graph.model import Version
    from ldt_graph.record import Record

_FILES = {
    p.stem.removeprefix("workspace_"): p.read_text(encoding="utf-8")
    for p in sorted(Path(__file__).parent.glob("workspace_*.sql"))
}
_SQL = {name: text.replace("/*entities*/", _FILES["entities"]) for name, text in _FILES.items()}


@dataclass(frozen=True, slots=True)
class Workspace:
    """What the stages work on, with what the record held before.

    `statements` hold what was lifted and linked, as it was before a stage set some of it aside and without what
    was inferred. `held_key` sums up what the version said of each key, and `held_entity`, `held_name` and
    `held_type` what its datasets said that are read anew, so that what came of a change can be told.
    """

    con: duckdb.DuckDBPyConnection
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
        work = cls(con, change)
        if version is not None:
            record.load(con, version)
            record.load_side(con, version)
            values = {
                "read": sorted(change.read | change.dropped),
                "gone": sorted(change.dropped),
                "ontology": ONTOLOGY,
                "identifier": IDENTIFIER,
                "type": RDF_TYPE,
            }
            run(con, _SQL["reopen"], values)
        return work

    def touched_entities(self) -> str | None:
        """Return the relation (subject) of the entities to be validated; None: all of them.

        An entity is touched where its statements are others, where something that it points at has other
        types, and where it broke a shape before.
        """
        if self.change.judge_all:
            return None
        run(self.con, _SQL["touched"])
        return "touched_entity"
