"""The rows that a triples map reads: columns of a table, or JSON items and their values."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ldt_graph.errors import MappingError
from ldt_graph.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict

    from ldt_graph.errors import Place
    from ldt_graph.lift.values import LogicalSource
    from ldt_graph.model import SourceTable

_STEP = re.compile(
    r"""\.?([^.\[\]'"()?*@$]+)|\[\s*(?:'([^']*)'|"([^"]*)"|(\*)|(\d+))\s*\]|\.(\*)"""
)


@dataclass(frozen=True, slots=True)
class Field:
    """A reference as SQL.

    Attributes:
        text: Its value as text.
        json_type: Its JSON type; None for a column. A number that DuckDB would rewrite is a VARCHAR (`json_text`).
        raw: Of JSON: its value as text with that mark.
        many: Its values as a list, where a row may hold several.
        spread: Whether the reference itself asks for several (`[*]`).
        target: Where the entity is looked for that the value names; None where it names none.
    """

    text: str
    json_type: str | None = None
    raw: str | None = None
    many: str | None = None
    spread: bool = False
    target: str | None = None


class Scope:
    """Resolves references against one logical source.

    Args:
        source: The logical source.
        table: What it names.
        alias: What queries call its rows.
        targets: Column → where the entities are looked for that it names.

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
    ) -> None:
        self.source = source
        self.table = table
        self.alias = alias
        self.targets = targets or {}
        if (source.formulation == "json") != (table.form == "json"):
            wanted = "rml:JSONPath" if table.form == "json" else "rml:CSV"
            raise MappingError(
                f"Table {table.name} is {table.form}, the logical source reads it as {source.formulation}.",
                place=source.place,
                hint=f"Its reference formulation is {wanted}.",
            )
        self.relation, self.all = (
            self._items(rows) if table.form == "json" else rows
            for rows in (table.touched or table.relation, table.relation)
        )

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

    def _json(self, name: str, place: Place) -> Field:
        item = f"{self.alias}._item"
        path = json_path(name, place)
        raw = f"json_extract_string({item}, {literal(path)})"
        if "[*]" in path:  # several: of the row itself the first
            raw = f"list_extract({raw}, 1)"
        text, kind = f"json_text({raw})", f"json_type({item}, {literal(path)})"
        if "[*]" in path:
            return Field(text, kind, raw, f"json_extract({item}, {literal(path)})", spread=True)
        inner = literal(path + "[*]")
        listed = (
            f"CASE WHEN {kind} = 'ARRAY' THEN json_extract({item}, {inner}) "
            f"ELSE [json_extract({item}, {literal(path)})] END"
        )
        return Field(text, kind, raw, listed)

    def _target(self, column: str, place: Place) -> str:
        """Return where a column's entities are looked for, as SQL: a `{column}` is what the row says there."""
        parts = re.split(r"\{([^{}]+)\}", self.targets[column])
        return " || ".join(
            f"coalesce({self.field(part, place).text}, '')" if number % 2 else literal(part)
            for number, part in enumerate(parts)
            if part
        )

    def _items(self, rows: str) -> str:
        """Return the rows of a JSON table: its documents, or what the iterator finds in each."""
        path = json_path(
            self.source.iterator or ("$[*]" if self.table.root == "array" else "$"),
            self.source.place,
        )
        if self.table.root == "array":
            if not path.startswith("$[*]"):
                raise MappingError(
                    f"The iterator {path} does not go into the array that {self.table.name} is.",
                    place=self.source.place,
                    hint="Start it with $[*].",
                )
            path = "$" + path.removeprefix("$[*]")
        if path == "$":
            return f"(SELECT _key, _source, _row, doc::JSON AS _item FROM {rows})"
        found = f"json_extract(doc, {literal(path)})"
        item = f"unnest({found})" if "[*]" in path else found
        return f"(SELECT _key, _source, _row, {item} AS _item FROM {rows})"


def json_path(text: str, place: Place) -> str:
    """Write a JSONPath as DuckDB does: names quoted, `[*]` and `[0]` as they are.

    Raises:
        MappingError: Filters, slices, unions and descendants are refused by name.
    """
    rest = text.strip().removeprefix("$")
    path = "$"
    while rest:
        step = _STEP.match(rest)
        if step is None or rest.startswith("..") or rest == ".":
            raise MappingError(
                f"The JSONPath {text!r} is not supported.",
                place=place,
                hint="Covered: names, ['quoted names'], [0] and [*]; no filters, slices or descendants.",
            )
        name = next((g for g in step.group(1, 2, 3) if g is not None), None)
        if name is not None:
            path += '."' + name.replace('"', '\\"') + '"'
        else:
            path += f"[{step.group(5)}]" if step.group(5) else "[*]" if step.group(4) else ".*"
        rest = rest[step.end() :]
    if ".*" in path:
        raise MappingError(
            f"The JSONPath {text!r} is not supported.", place=place, hint="Name the members."
        )
    return path
