"""The rows that a triples map reads: columns of a table, or JSON items and their values."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ldt_graph.errors import MappingError
from ldt_graph.lift.project import json_path
from ldt_graph.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict

    from ldt_graph.errors import Place
    from ldt_graph.lift.project import Projection
    from ldt_graph.lift.values import LogicalSource
    from ldt_graph.model import SourceTable


@dataclass(frozen=True, slots=True)
class Field:
    """A reference as SQL.

    Attributes:
        text: Its value as text.
        json_type: Its JSON type; None for a column.
        many: Its values as a list, where a row may hold several.
        held: How many rows have it; None for a column.
        target: Where the entity is looked for that the value names; None where it names none.
    """

    text: str
    json_type: str | None = None
    many: str | None = None
    held: int | None = None
    target: str | None = None


class Scope:
    """Resolves references against one logical source.

    Args:
        source: The logical source.
        table: What it names.
        alias: What queries call its rows.
        targets: Column → where the entities are looked for that it names.
        projection: Of a JSON table.

    Attributes:
        relation: SQL of the rows that a change names, with `_key`, `_source` and `_row`.
        all: SQL of all rows.
    """

    def __init__(
        self,
        source: LogicalSource,
        table: SourceTable,
        alias: str = "r",
        targets: Dict[str, str] | None = None,
        projection: Projection | None = None,
    ) -> None:
        self.source = source
        self.table = table
        self.alias = alias
        self.targets = targets or {}
        self.projection = projection
        if (source.formulation == "json") != (table.form == "json"):
            wanted = "rml:JSONPath" if table.form == "json" else "rml:CSV"
            raise MappingError(
                f"Table {table.name} is {table.form}, the logical source reads it as {source.formulation}.",
                place=source.place,
                hint=f"Its reference formulation is {wanted}.",
            )
        self.all = projection.all if projection else table.relation
        self.relation = projection.touched if projection else table.touched or table.relation

    def field(self, name: str, place: Place) -> Field:
        """Return a reference as SQL.

        Raises:
            MappingError: The table has no such column, or the JSONPath is not covered.
        """
        column = name.removesuffix(".iri")
        if column != name and column in self.targets and name not in self.table.columns:
            return replace(self.field(column, place), target=self._target(column, place))
        if self.table.form == "json":
            return self._json(name, place)
        if name in self.table.columns:
            return Field(f"{self.alias}.{identifier(self.table.sql_column(name))}")
        if name in self.source.optional_references:
            return Field("NULL::VARCHAR")
        near = (
            difflib.get_close_matches(name, self.table.columns, 3, 0.5)
            or list(self.table.columns)[:12]
        )
        raise MappingError(
            f"The mapping reads column {name!r}, which {self.table.name} lacks.",
            place=place,
            hint=f"It has: {', '.join(near)}.",
        )

    def cell(self, name: str) -> str:
        """Return SQL for what the source calls the cell of a reference: of several, the first."""
        own = self.table.cells_of(name.removesuffix(".iri"))[0]
        said = re.fullmatch(r"\{(.+)\}", own)
        if said:
            return f"{self.alias}.{identifier(self.table.sql_column(said[1]))}"
        return literal(own)

    def _json(self, name: str, place: Place) -> Field:
        assert self.projection is not None  # noqa: S101  (a JSON table has one)
        made = self.projection.columns[json_path(name, place)]
        many = f"{self.alias}.{made.many}" if made.many else None
        return Field(f"{self.alias}.{made.text}", f"{self.alias}.{made.kind}", many, made.held)

    def _target(self, column: str, place: Place) -> str:
        """Return where a column's entities are looked for, as SQL: a `{column}` is what the row says there."""
        parts = re.split(r"\{([^{}]+)\}", self.targets[column])
        return " || ".join(
            f"coalesce({self.field(part, place).text}, '')" if number % 2 else literal(part)
            for number, part in enumerate(parts)
            if part
        )
