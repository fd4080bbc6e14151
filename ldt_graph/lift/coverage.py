"""What a mapping reads of a dataset's tables, and what of them nothing reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ldt_graph.lift.scope import json_path
from ldt_graph.lift.values import ParentMap
from ldt_graph.model import COVERAGE_COLUMNS, append
from ldt_graph.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as Dict

    import duckdb

    from ldt_graph.lift.tables import Tables
    from ldt_graph.lift.values import LogicalSource, Mapping, TriplesMap
    from ldt_graph.model import SourceTable


Line = tuple[str, str, bool, int]


def account(
    con: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    tables: Tables,
    *,
    dataset: str,
    keys: Dict[str, tuple[str, ...]],
    targets: Dict[str, str],
) -> None:
    """Append to `coverage` every table, column and member of JSON that holds anything, and whether it is used.

    Used is what a triples map, a join, a key or a reference's target names, and what the reader made something
    of. A table that nothing reads is one line. Linear in the cells.
    """
    references = _references(mapping, tables, keys, targets)
    lines: list[tuple[object, ...]] = []
    for table in tables.distinct():
        if not table.rows:
            continue
        first = con.execute(f"SELECT _source, _row FROM {table.relation} LIMIT 1").fetchall()[0]
        read = references.get(table.name)
        if read is None and not table.read:
            found: Iterable[Line] = [("table", table.name, False, table.rows)]
        elif table.form == "json":
            found = _members(con, table, read or set())
        else:
            found = _columns(con, table, table.read.union(read or ()))
        lines += [(dataset, *line, *first, None) for line in found]
    if lines:
        columns = zip(*lines, strict=True)
        append(con, "coverage", dict(zip(COVERAGE_COLUMNS, columns, strict=True)))


def _references(
    mapping: Mapping,
    tables: Tables,
    keys: Dict[str, tuple[str, ...]],
    targets: Dict[str, str],
) -> dict[str, set[str]]:
    """Return table → what is read of its rows; of JSON by paths from the document on."""
    found: dict[str, set[str]] = {}
    maps = {m.name: m for m in mapping.triples_maps}
    for each in mapping.triples_maps:
        _read(found, each.source, tables, [*_own(each), *each.source.key])
        for pair in each.predicate_objects:
            for made in pair.objects:
                if isinstance(made, ParentMap) and made.parent in maps:
                    parents = [j.parent for j in made.joins]
                    _read(found, maps[made.parent].source, tables, parents)
    for name, columns in keys.items():
        found.get(name, set()).update(columns)
    for read in found.values():
        named = {r.removesuffix(".iri") for r in read if r.endswith(".iri")}
        read |= named | {
            p for n in named for p in targets.get(n, "").replace("}", "{").split("{")[1::2]
        }
    return found


def _own(each: TriplesMap) -> Iterable[str]:
    yield from each.subject.references
    for pair in each.predicate_objects:
        for predicate in pair.predicates:
            yield from predicate.references
        for made in pair.objects:
            yield from (
                (j.child for j in made.joins) if isinstance(made, ParentMap) else made.references
            )


def _read(
    found: dict[str, set[str]], source: LogicalSource, tables: Tables, references: Iterable[str]
) -> None:
    table = tables.find(source)
    if table is None:
        return
    read = found.setdefault(table.name, set())
    if table.form != "json":
        read.update(references)
        return
    start = json_path(source.iterator or "$", source.place)
    for reference in references:
        bare = reference.removesuffix(".iri")
        read.add(_plain(start + json_path(bare, source.place).removeprefix("$")))


def _columns(
    con: duckdb.DuckDBPyConnection, table: SourceTable, read: frozenset[str]
) -> Iterable[Line]:
    asked = [c for c in table.columns if c not in table.made]
    counts = ", ".join(f"count({identifier(table.sql_column(c))})" for c in asked)
    if not asked:
        return
    held = con.execute(f"SELECT {counts} FROM {table.relation}").fetchall()[0]
    for column, count in zip(asked, held, strict=True):
        if count:
            yield "column", f"{table.name}.{column}", column in read, count


def _members(con: duckdb.DuckDBPyConnection, table: SourceTable, read: set[str]) -> Iterable[Line]:
    """Tell the leaves of the documents; a list's items are one."""
    text = con.execute(
        f"SELECT json_group_structure(doc::JSON)::VARCHAR FROM {table.relation}"
    ).fetchall()
    leaves = [path for path in _leaves(json.loads(text[0][0]), "$") if path != "$"]
    if not leaves:
        return
    counts = ", ".join(
        f"count(json_extract(doc, {literal(p)})) FILTER (len(json_extract(doc, {literal(p)})) > 0)"
        if "[*]" in p
        else f"count(json_extract_string(doc, {literal(p)}))"
        for p in leaves
    )
    held = con.execute(f"SELECT {counts} FROM {table.relation}").fetchall()[0]
    for path, count in zip(leaves, held, strict=True):
        plain = _plain(path)
        used = any(plain == r or plain.startswith(f"{r}.") for r in read)
        if count:
            yield "member", f"{table.name}{plain.removeprefix('$')}", used, count


def _leaves(structure: Any, path: str) -> Iterable[str]:  # noqa: ANN401  (JSON)
    if isinstance(structure, dict):
        for name, inner in structure.items():
            quoted = name.replace('"', '\\"')
            yield from _leaves(inner, f'{path}."{quoted}"')
    elif isinstance(structure, list):
        yield from _leaves(structure[0] if structure else None, f"{path}[*]")
    else:
        yield path


def _plain(path: str) -> str:
    """Write a path without quotes and positions, to be compared and shown."""
    text = path.replace('."', ".").replace('"', "")
    while "[" in text:
        before, _, after = text.partition("[")
        text = before + after.partition("]")[2]
    return text
