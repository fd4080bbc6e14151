"""JSON as columns: one projection for each logical source, of what the mapping reads there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ldt_graph.errors import MappingError
from ldt_graph.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as Dict

    import duckdb

    from ldt_graph.errors import Place
    from ldt_graph.lift.tables import Tables
    from ldt_graph.lift.values import LogicalSource, Mapping
    from ldt_graph.model import SourceTable

_STEP = re.compile(
    r"""\.?([^.\[\]'"()?*@$]+)|\[\s*(?:'([^']*)'|"([^"]*)"|(\*)|(\d+))\s*\]|\.(\*)"""
)


@dataclass(frozen=True, slots=True)
class Projected:
    """What a reference is in the projection.

    Attributes:
        text: The column of its value as text.
        kind: The column of its JSON type.
        many: The column of its values as a list, where a row may hold several; else None.
        held: How many rows have it.
    """

    text: str
    kind: str
    many: str | None
    held: int


@dataclass(frozen=True, slots=True)
class Projection:
    """The rows of a logical source as columns: relations with `_key`, `_source`, `_row`, and those of `columns`.

    Attributes:
        all: The relation of all rows.
        touched: The relation of those that a change names.
        columns: By JSONPath, as `json_path` writes it.
    """

    all: str
    touched: str
    columns: Dict[str, Projected]


def project(
    con: duckdb.DuckDBPyConnection, mapping: Mapping, tables: Tables, targets: Dict[str, str]
) -> dict[tuple[str, str | None], Projection]:
    """Return (table, iterator) → its projection, for every JSON table that the mapping reads.

    Cost: the documents are parsed twice, whatever the mapping reads of them, and twice more where it meets lists.
    """
    read: dict[tuple[str, str | None], tuple[LogicalSource, SourceTable, set[str]]] = {}
    joined = {s.table for s, _, joins in mapping.reads() if joins}
    for each in mapping.triples_maps:
        table = tables.find(each.source)
        if table is not None and table.form == "json" and each.source.formulation == "json":
            read.setdefault((table.name, each.source.iterator), (each.source, table, set()))
    for source, reference, _ in mapping.reads():
        table = tables.find(source)
        if table is not None and (table.name, source.iterator) in read:
            paths = read[table.name, source.iterator][2]
            paths.update(json_path(n, source.place) for n in columns_of(reference, targets))
    return {
        at: _projected(con, source, table, sorted(paths), whole=source.table in joined)
        for at, (source, table, paths) in read.items()
    }


def columns_of(reference: str, targets: Dict[str, str]) -> Iterable[str]:
    """Return what a reference reads: itself, or the column that names an entity, and those that say where."""
    column = reference.removesuffix(".iri")
    if column == reference or column not in targets:
        return (reference,)
    return (column, *re.findall(r"\{([^{}]+)\}", targets[column]))


def _projected(
    con: duckdb.DuckDBPyConnection,
    source: LogicalSource,
    table: SourceTable,
    paths: list[str],
    *,
    whole: bool,
) -> Projection:
    """Project a logical source; `whole`: a join reads all of its rows, whatever a change names."""
    plain = [p for p in paths if "[*]" not in p]
    wild = [p for p in paths if "[*]" in p]
    made = {
        path: Projected(f"t{n}_", f"k{n}_", f"m{n}_" if path in wild else None, 0)
        for n, path in enumerate([*plain, *wild])
    }
    name = f"rows:{table.name}:{source.iterator or ''}"
    made_of = table.relation if whole else table.touched or table.relation

    def keep() -> None:
        select = _select(_items(source, table, made_of), plain, made)
        con.execute(f"CREATE OR REPLACE TEMP TABLE {identifier(name)} AS {select}")

    keep()
    every = f"({_select(_items(source, table, table.relation), plain, made)})"
    # What no row has, and what holds several values, is a matter of all rows.
    held, lists = _survey(con, identifier(name) if made_of == table.relation else every, made)
    made = {
        path: replace(c, held=held[path], many=f"m{n}_" if path in lists else c.many)
        for n, (path, c) in enumerate(made.items())
    }
    if lists:
        keep()
    if made_of == table.touched or table.touched is None:
        return Projection(identifier(name), identifier(name), made)
    touched = identifier(f"touched {name}")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {touched} AS FROM {identifier(name)} SEMI JOIN touched ON key = _key"
    )
    return Projection(identifier(name), touched, made)


def _survey(
    con: duckdb.DuckDBPyConnection, rows: str, made: Dict[str, Projected]
) -> tuple[dict[str, int], set[str]]:
    """Return path → how many rows have it, and those that hold several values in some row without asking for it."""
    if not made:
        return {}, set()
    asked = ", ".join(
        f"count(*) FILTER (len({c.many}) > 0), false"
        if c.many
        else f"count({c.kind}), coalesce(bool_or({c.kind} = 'ARRAY'), false)"
        for c in made.values()
    )
    found = con.execute(f"SELECT {asked} FROM {rows}").fetchall()[0]
    lists = {p for p, several in zip(made, found[1::2], strict=True) if several}
    return dict(zip(made, found[::2], strict=True)), lists


def _select(items: str, plain: list[str], made: Dict[str, Projected]) -> str:
    columns = []
    for path, column in made.items():
        at = f"[{plain.index(path) + 1}]" if path in plain else None
        raw = f"_t{at}" if at else f"json_extract_string(_item, {literal(path)})[1]"
        kind = f"_k{at}" if at else "NULL::VARCHAR"
        text, typed = _told(raw, kind)
        columns += [f"{text} AS {column.text}", f"{typed} AS {column.kind}"]
        if column.many:
            columns.append(f"{_listed(path, kind if at else None)} AS {column.many}")
    inner = (
        f"SELECT _key, _source, _row, _item, json_extract_string(_item, {_list(plain)}) AS _t, "
        f"json_type(_item, {_list(plain)}) AS _k FROM {items}"
    )
    return f"SELECT {', '.join(['_key', '_source', '_row', *columns])} FROM ({inner})"


def _listed(path: str, kind: str | None) -> str:
    """Return the SQL of a reference's values as a list: what `[*]` finds, or the array that stands there."""
    if kind is None:
        return f"json_extract(_item, {literal(path)})"
    return (
        f"CASE WHEN {kind} = 'ARRAY' THEN json_extract(_item, {literal(path + '[*]')}) "
        f"ELSE [json_extract(_item, {literal(path)})] END"
    )


def item(of: str) -> tuple[str, str]:
    """Return the SQL of a JSON value's text, and of its type."""
    return _told(f"json_extract_string({of}, '$')", f"json_type({of})")


def _told(raw: str, kind: str) -> tuple[str, str]:
    """Take the mark off a number that DuckDB would have rewritten: the reader gave it as a text behind a NUL."""
    return (
        f"json_text({raw})",
        f"CASE WHEN starts_with({raw}, chr(0)) THEN 'DOUBLE' ELSE {kind} END",
    )


def _list(paths: list[str]) -> str:
    return f"[{', '.join(map(literal, paths))}]::VARCHAR[]"


def _items(source: LogicalSource, table: SourceTable, rows: str) -> str:
    """Return the rows of a JSON table: its documents, or what the iterator finds in each."""
    path = json_path(source.iterator or ("$[*]" if table.root == "array" else "$"), source.place)
    if table.root == "array":
        if not path.startswith("$[*]"):
            raise MappingError(
                f"The iterator {path} does not go into the array that {table.name} is.",
                place=source.place,
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
