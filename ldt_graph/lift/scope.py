"""The rows that a triples map reads: columns of a table, or JSON items and their values."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.errors import MappingError

if TYPE_CHECKING:
    from ldt_graph.errors import Place
    from ldt_graph.lift.values import LogicalSource
    from ldt_graph.model import SourceTable

_STEP = re.compile(
    r"""\.?([^.\[\]'"()?*@$]+)|\[\s*(?:'([^']*)'|"([^"]*)"|(\*)|(\d+))\s*\]|\.(\*)"""
)


def literal(text: str | None) -> str:
    """Write a constant of the mapping as an SQL literal."""
    return "NULL::VARCHAR" if text is None else "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Quote an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Field:
    """A reference as SQL.

    Attributes:
        text: Its value as text.
        json_type: Its JSON type; None for a column.
        many: Its values as a list, where a row may hold several.
        spread: Whether the reference itself asks for several (`[*]`).
    """

    text: str
    json_type: str | None = None
    many: str | None = None
    spread: bool = False


class Scope:
    """Resolves references against one logical source.

    Attributes:
        relation: SQL of the rows, with `_source` and `_row`.
    """

    def __init__(self, source: LogicalSource, table: SourceTable, alias: str = "r") -> None:
        self.source = source
        self.table = table
        self.alias = alias
        if (source.formulation == "json") != (table.form == "json"):
            wanted = "rml:JSONPath" if table.form == "json" else "rml:CSV"
            raise MappingError(
                f"Table {table.name} is {table.form}, the logical source reads it as {source.formulation}.",
                place=source.place,
                hint=f"Its reference formulation is {wanted}.",
            )
        self.relation = self._items() if table.form == "json" else table.relation

    def field(self, name: str, place: Place) -> Field:
        """Return a reference as SQL.

        Raises:
            MappingError: The table has no such column, or the JSONPath is not covered.
        """
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
        text, kind = (
            f"json_extract_string({item}, {literal(path)})",
            f"json_type({item}, {literal(path)})",
        )
        if "[*]" in path:
            return Field(text, kind, f"json_extract({item}, {literal(path)})", spread=True)
        inner = literal(path + "[*]")
        listed = (
            f"CASE WHEN {kind} = 'ARRAY' THEN json_extract({item}, {inner}) "
            f"ELSE [json_extract({item}, {literal(path)})] END"
        )
        return Field(text, kind, many=listed)

    def _items(self) -> str:
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
            return f"(SELECT _source, _row, doc::JSON AS _item FROM {self.table.relation})"
        found = f"json_extract(doc, {literal(path)})"
        item = f"unnest({found})" if "[*]" in path else found
        return f"(SELECT _source, _row, {item} AS _item FROM {self.table.relation})"


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
