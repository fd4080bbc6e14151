"""Which table a logical source means."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ldt_graph.errors import MappingError

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict

    from ldt_graph.lift.values import LogicalSource, Mapping
    from ldt_graph.model import SourceTable


class Tables:
    """A dataset's tables, found by the names that a mapping uses.

    `stops`, `stops.txt` and `data/stops.txt` are one name. A file that is called otherwise is no table of it:
    twin.toml says so where it is meant (`options.table`).
    """

    def __init__(self, tables: Dict[str, SourceTable], mapping: Mapping) -> None:
        self._mapping = mapping
        self._tables = dict(tables)

    def find(self, source: LogicalSource) -> SourceTable | None:
        """Return the table; None where it is optional and not there.

        Raises:
            MappingError: It is not there; the message lists the tables that are.
        """
        stem = PurePosixPath(source.table.replace("\\", "/")).stem
        found = self._tables.get(source.table) or self._tables.get(stem)
        if found is None and not source.optional:
            raise MappingError(
                f"The mapping reads table {source.table!r}, which the source lacks.",
                place=source.place,
                hint=f"The source has: {', '.join(sorted(self._tables)) or 'no tables'}. Where a file is meant, "
                f"name its table in twin.toml: options.table = {stem!r}.",
            )
        return found

    def distinct(self) -> list[SourceTable]:
        """Return every table once, by name; those too that the mapping does not read."""
        return [t for _, t in sorted({t.name: t for t in self._tables.values()}.items())]

    def replaced(self, tables: Dict[str, SourceTable]) -> Tables:
        """Return these tables under the names of those that they stand for."""
        made = Tables({}, self._mapping)
        made._tables = {name: tables.get(t.name, t) for name, t in self._tables.items()}
        return made

    def require(self, source: LogicalSource) -> SourceTable:
        """Return the table that `find` has found before."""
        table = self.find(source)
        if table is None:
            raise MappingError(
                f"Table {source.table!r} is optional and not there.", place=source.place
            )
        return table
