"""What the documents of a JSON table hold: every leaf by its path, and how many of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

_SAMPLE = 1_000


def survey(con: duckdb.DuckDBPyConnection, rows: str, at: str = "$") -> dict[str, int]:
    """Return the leaves of `rows` (doc) by path, each with the number of its values; `[*]` is every item of a list.

    What some documents hold is looked for in all, and so is what these hold beside it. Most tables are parsed twice,
    however deep they nest, and the items of their lists twice again.

    Args:
        con: The connection.
        rows: A relation with the JSON column `doc`.
        at: What paths begin with: where `doc` stands.
    """
    objects = _objects(con, f"(SELECT doc FROM {rows} LIMIT {_SAMPLE})")
    while True:
        members = _members(con, rows, objects)
        counts, found, lists = _kinds(con, rows, ["$", *sorted(members)])
        if found <= objects:
            break
        objects |= found
    leaves = {at + path.removeprefix("$"): n for path, n in counts.items() if n}
    for path in sorted(lists):
        items = f"(SELECT unnest(json_extract(doc, {literal(path + '[*]')})) AS doc FROM {rows})"
        leaves |= survey(con, items, f"{at}{path.removeprefix('$')}[*]")
    return leaves


def _objects(con: duckdb.DuckDBPyConnection, rows: str) -> set[str]:
    """Return the paths of what is an object in some row, level by level."""
    objects, fresh = {"$"}, {"$"}
    while fresh:
        _, found, _ = _kinds(con, rows, sorted(_members(con, rows, fresh)))
        fresh = found - objects
        objects |= found
    return objects


def _members(con: duckdb.DuckDBPyConnection, rows: str, objects: Iterable[str]) -> set[str]:
    """Return the paths of all members that these objects have in some row."""
    paths = sorted(objects)
    asked = ", ".join(map(literal, paths))
    found = con.execute(
        f"SELECT any_value(k) FROM (SELECT json_keys(doc, [{asked}]) AS k FROM {rows}) GROUP BY hash(k)"
    ).fetchall()
    return {
        member(path, name)
        for (each,) in found
        for path, names in zip(paths, each, strict=True)
        for name in names or ()
    }


def _kinds(
    con: duckdb.DuckDBPyConnection, rows: str, paths: list[str]
) -> tuple[dict[str, int], set[str], set[str]]:
    """Return path → its values that are neither null nor nested, and the paths of objects and of lists."""
    if not paths:
        return {}, set(), set()
    asked = ", ".join(
        f"count(*) FILTER (k[{n}] NOT IN ('OBJECT', 'ARRAY', 'NULL')), bool_or(k[{n}] = 'OBJECT'), bool_or(k[{n}] = 'ARRAY')"
        for n in range(1, len(paths) + 1)
    )
    types = f"SELECT json_type(doc, [{', '.join(map(literal, paths))}]) AS k FROM {rows}"
    told = con.execute(f"SELECT {asked} FROM ({types})").fetchall()[0]
    return (
        dict(zip(paths, told[::3], strict=True)),
        {p for p, is_object in zip(paths, told[1::3], strict=True) if is_object},
        {p for p, is_list in zip(paths, told[2::3], strict=True) if is_list},
    )


def member(path: str, name: str) -> str:
    """Return the path of an object's member, as DuckDB writes it."""
    return f'{path}."' + name.replace('"', '\\"') + '"'
