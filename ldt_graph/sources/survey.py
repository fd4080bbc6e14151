"""What the documents of a JSON table hold: every leaf by its path, and how many of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ldt_graph.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

_SAMPLE = 1_000
# Members are asked for by JSON Pointer (RFC 6901), which every name can be written in, and the document itself by `$`.
_ROOT = "$"


@dataclass
class Survey:
    """What a relation's JSON column `doc` holds.

    What some documents hold is looked for in all, and so is what these hold beside it: most tables are parsed twice,
    however deep they nest, and the items of their lists twice again.

    Attributes:
        leaves: JSONPath → the number of its values that are neither null nor nested; `[*]` is every item of a list.
        doubled: Whether an object names a member twice.
    """

    con: duckdb.DuckDBPyConnection
    leaves: dict[str, int] = field(default_factory=dict)
    doubled: bool = False

    @classmethod
    def of(cls, con: duckdb.DuckDBPyConnection, relation: str) -> Survey:
        """Look at all documents of a relation."""
        made = cls(con)
        made._look(relation, "$")
        return made

    def _look(self, rows: str, at: str) -> None:
        objects = self._objects(f"(SELECT doc FROM {rows} LIMIT {_SAMPLE})")
        while True:
            members = self._members(rows, objects)
            counts, found, lists = self._kinds(rows, [_ROOT, *sorted(members)])
            if found <= objects:
                break
            objects |= found
        self.leaves |= {at + _path(pointer): n for pointer, n in counts.items() if n}
        for pointer in sorted(lists):
            inner = f"json_extract(json_extract(doc, {literal(pointer)}), '$[*]')"
            self._look(f"(SELECT unnest({inner}) AS doc FROM {rows})", f"{at}{_path(pointer)}[*]")

    def _objects(self, rows: str) -> set[str]:
        """Return the pointers of what is an object in some row, level by level."""
        objects, fresh = {_ROOT}, {_ROOT}
        while fresh:
            _, found, _ = self._kinds(rows, sorted(self._members(rows, fresh)))
            fresh = found - objects
            objects |= found
        return objects

    def _members(self, rows: str, objects: Iterable[str]) -> set[str]:
        """Return the pointers of all members that these objects have in some row."""
        paths = sorted(objects)
        asked = ", ".join(map(literal, paths))
        found = self.con.execute(
            f"SELECT any_value(k) FROM (SELECT json_keys(doc, [{asked}]) AS k FROM {rows}) GROUP BY hash(k)"
        ).fetchall()
        members = set()
        for (each,) in found:
            for path, names in zip(paths, each, strict=True):
                members |= {_member(path, name) for name in names or ()}
                self.doubled |= len(set(names or ())) < len(names or ())
        return members

    def _kinds(self, rows: str, paths: list[str]) -> tuple[dict[str, int], set[str], set[str]]:
        """Return pointer → its values that are neither null nor nested, and the pointers of objects and of lists."""
        if not paths:
            return {}, set(), set()
        asked = ", ".join(
            f"count(*) FILTER (k[{n}] NOT IN ('OBJECT', 'ARRAY', 'NULL')), bool_or(k[{n}] = 'OBJECT'), bool_or(k[{n}] = 'ARRAY')"
            for n in range(1, len(paths) + 1)
        )
        types = f"SELECT json_type(doc, [{', '.join(map(literal, paths))}]) AS k FROM {rows}"
        told = self.con.execute(f"SELECT {asked} FROM ({types})").fetchall()[0]
        return (
            dict(zip(paths, told[::3], strict=True)),
            {p for p, is_object in zip(paths, told[1::3], strict=True) if is_object},
            {p for p, is_list in zip(paths, told[2::3], strict=True) if is_list},
        )


def _member(pointer: str, name: str) -> str:
    return pointer.removeprefix(_ROOT) + "/" + name.replace("~", "~0").replace("/", "~1")


def _path(pointer: str) -> str:
    """Return a pointer as the steps of a JSONPath."""
    names = pointer.removeprefix(_ROOT).split("/")[1:]
    return "".join(f'."{n.replace("~1", "/").replace("~0", "~")}"' for n in names)
