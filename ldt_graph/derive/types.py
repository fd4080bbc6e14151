"""What a schema says of the kind of a value, by its words alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.derive.documents import Spot, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from ldt_graph.derive.compile import Compiler
    from ldt_graph.derive.form import Kind
    from ldt_graph.derive.position import Position

_KINDS: dict[str, Kind] = {
    "string": "text",
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
    "object": "object",
    "array": "list",
}
EVERY: frozenset[Kind] = frozenset({"text", "number", "boolean", "object"})
ARRAY_WORDS = frozenset(
    [
        "items",
        "prefixItems",
        "additionalItems",
        "unevaluatedItems",
        "minItems",
        "maxItems",
        "uniqueItems",
        "contains",
        "minContains",
        "maxContains",
    ]
)
IN_PLACE = ("allOf", "anyOf", "oneOf")
_BELOW = frozenset(
    [
        *("properties", "patternProperties", "additionalProperties", "unevaluatedProperties"),
        *("items", "prefixItems", "additionalItems", "unevaluatedItems", "contains"),
    ]
)
"""Keywords whose schemas are of other values than their own."""


def stated(schema: dict[str, Any]) -> frozenset[str] | None:
    """Return the types that a schema allows; None where it says nothing."""
    types = schema.get("type")
    if isinstance(types, str):
        return frozenset({types})
    if isinstance(types, list):
        return frozenset(t for t in types if isinstance(t, str))
    return None


def kinds(schema: dict[str, Any], position: Position) -> frozenset[Kind] | None:
    """Return the kinds of node that a schema's `type` allows at a position; None where it says nothing."""
    types = stated(schema)
    if types is None:
        return None
    found = {_KINDS[t] for t in types if t in _KINDS}
    return frozenset(found if position.listed else found - {"list"})


def check(compiler: Compiler, spot: Spot) -> None:
    """Warn of types that JSON Schema does not know."""
    types = spot.schema.get("type")
    listed = types if isinstance(types, list) else [types]
    if "type" in spot.schema and not all(
        isinstance(t, str) and t in (*_KINDS, "null") for t in listed
    ):
        compiler.warn(spot, "type", f"{types!r} is no type of JSON Schema", "lint")


def speaks_of_lists(compiler: Compiler, spot: Spot, seen: frozenset[Spot] = frozenset()) -> bool:
    """Tell whether a schema, or one that it applies in place, says that a value may be a list."""
    return _says(compiler, spot, seen, _of_lists)


def members_may_be_lists(
    compiler: Compiler, spot: Spot, seen: frozenset[Spot] = frozenset()
) -> bool:
    """Tell whether a schema says, anywhere, of a member or an element that it may be a list."""
    if spot in seen:
        return False
    seen |= {spot}
    for pointer, schema in walk(spot.schema, spot.pointer):
        part = Spot(spot.document, pointer, schema)
        below = not _BELOW.isdisjoint(pointer.removeprefix(spot.pointer).split("/"))
        if below and speaks_of_lists(compiler, part):
            return True
        target = compiler.target(part) if "$ref" in schema else None
        if target is not None and members_may_be_lists(compiler, target, seen):
            return True
    return False


def may_hold_lists(compiler: Compiler, spot: Spot) -> bool:
    """Tell whether values of a schema may be lists: it says so, or says of no type at all."""
    return speaks_of_lists(compiler, spot) or not _says(compiler, spot, frozenset(), _of_any_type)


def may_be_empty(compiler: Compiler, spot: Spot) -> bool:
    """Tell whether a schema says that a value may be null, or a list of nothing: neither leaves a statement."""
    return _says(compiler, spot, frozenset(), _of_nothing)


def may_be_null(compiler: Compiler, spot: Spot) -> bool:
    """Tell whether a schema says that a value may be null."""
    return _says(compiler, spot, frozenset(), _of_null)


def may_be_object(compiler: Compiler, spot: Spot) -> bool:
    """Tell whether a schema says that a value may be an object, or a list of such or of lists."""
    return _says(compiler, spot, frozenset(), _of_objects, ("items",))


def _of_lists(schema: dict[str, Any]) -> bool:
    types = stated(schema)
    values = [schema.get("const"), *_enum(schema)]
    if types is not None:
        return "array" in types
    return not ARRAY_WORDS.isdisjoint(schema) or any(isinstance(v, list) for v in values)


def _of_any_type(schema: dict[str, Any]) -> bool:
    return not {"type", "enum", "const"}.isdisjoint(schema)


def _of_null(schema: dict[str, Any]) -> bool:
    nulls = None in _enum(schema) or ("const" in schema and schema["const"] is None)
    return nulls or "null" in (stated(schema) or ())


def _of_nothing(schema: dict[str, Any]) -> bool:
    least = schema.get("minItems", 0)
    empty = "array" in (stated(schema) or ()) and not (isinstance(least, int) and least > 0)
    return empty or _of_null(schema) or [] in _enum(schema)


def _of_objects(schema: dict[str, Any]) -> bool:
    types = stated(schema)
    if types is not None:
        return "object" in types
    return "properties" in schema


def _enum(schema: dict[str, Any]) -> list[Any]:
    values = schema.get("enum", [])
    return values if isinstance(values, list) else []


def _says(
    compiler: Compiler,
    spot: Spot,
    seen: frozenset[Spot],
    told: Callable[[dict[str, Any]], bool],
    words: tuple[str, ...] = (),
) -> bool:
    schema = spot.schema
    if not isinstance(schema, dict) or spot in seen:
        return False
    if told(schema):
        return True
    seen |= {spot}
    inner = [
        spot / w / n
        for w in IN_PLACE
        if isinstance(schema.get(w), list)
        for n in range(len(schema[w]))
    ]
    inner += [spot / w for w in ("if", "then", "else", "not", *words) if w in schema]
    if "$ref" in schema and (target := compiler.target(spot)) is not None:
        inner.append(target)
    return any(_says(compiler, s, seen, told, words) for s in inner)
