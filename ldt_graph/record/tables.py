"""The tables of a record: the statements, whose commits are its versions, and those beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.errors import DamagedRecord
from ldt_graph.record.log import name_of

if TYPE_CHECKING:
    from ldt_graph.record.log import Commit
    from ldt_graph.record.table import Table


@dataclass(frozen=True, slots=True)
class Tables:
    """The statements, and the side tables by name."""

    statements: Table
    side: dict[str, Table]

    def all(self) -> list[Table]:
        """Return every table, the statements first."""
        return [self.statements, *self.side.values()]

    def beside(self, name: str, version: Commit) -> Commit | None:
        """Return the commit of a side table that belongs to a version; None where it had none.

        Raises:
            DamagedRecord: It had one, which is gone.
        """
        number = version.said["side"].get(name)
        if number is None:
            return None
        table = self.side[name]
        found = table.log.at(number)
        if found is None:
            path = f"{table.uri}/{name_of(number)}"
            raise DamagedRecord(
                f"Version {version.number} of the record lacks its table {name!r}: {path} is gone.",
                path=path,
                commit=number,
                hint="Bring that folder back from a copy of the record; or move the record away, and `ldt build` it anew.",
            )
        return found

    def of(self, version: Commit) -> list[tuple[Table, Commit]]:
        """Return each table that a version has, with the commit that belongs to it."""
        found = ((table, self.beside(name, version)) for name, table in self.side.items())
        return [(self.statements, version), *((t, c) for t, c in found if c)]
