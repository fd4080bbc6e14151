"""Objects: `properties`, `required` and what depends on which members there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ldt_graph.derive import lists, types
from ldt_graph.derive.documents import Spot
from ldt_graph.derive.form import (
    Closed,
    Count,
    Node,
    Unknown,
    both,
    either,
)
from ldt_graph.derive.position import member
from ldt_graph.derive.scalars import guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.derive.compile import Compiler
    from ldt_graph.derive.form import Test
    from ldt_graph.derive.position import Member, Position

_MOST_NAMES = 64


def tests(compiler: Compiler, spot: Spot, position: Position) -> list[Test]:
    """Return what a schema says of an object's members, as a test on the object's node."""
    return [guarded(spot, position, "object", both(parts(compiler, spot, position)))]


def parts(compiler: Compiler, spot: Spot, position: Position) -> Iterator[Test]:
    """Yield what each keyword for objects asks of a node that is one."""
    schema = spot.schema
    with compiler.below():
        for name in _named(compiler, spot, "properties"):
            yield compiler.member(spot / "properties" / name, name, position)
        for pattern in _named(compiler, spot, "patternProperties"):
            yield from _patterned(compiler, spot, pattern, position)
        yield from _dependent(compiler, spot, position)
    for name in _texts(compiler, spot, "required"):
        yield compiler.required(spot, name, position)
    yield from _names(compiler, spot, position)
    for word in ("minProperties", "maxProperties"):
        if word in schema and (word, schema[word]) != ("minProperties", 0):
            yield compiler.unknown(spot, word, "SHACL does not count the members of an object")


def _named(compiler: Compiler, spot: Spot, word: str) -> list[str]:
    value = spot.schema.get(word, {})
    if not isinstance(value, dict):
        compiler.warn(spot, word, f"{word} maps names to schemas", "lint")
        return []
    return list(value)


def _texts(compiler: Compiler, spot: Spot, word: str) -> list[str]:
    value = spot.schema.get(word, [])
    if word == "required" and isinstance(value, bool):
        compiler.warn(
            spot, word, "since draft 4 it is a list of names, beside `properties`", "lint"
        )
        return []
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        compiler.warn(spot, word, f"{word} is a list of names", "lint")
        return []
    return list(dict.fromkeys(value))


# ── one member ───────────────────────────────────────────────────────────────────────────────────


def of_member(compiler: Compiler, spot: Spot, name: str, position: Position) -> Test:
    """Return what a schema says of the values of a member, as a test on the object's node."""
    found = member(position, name)
    if found.keyword == "@id":
        return either((Node("blank"), compiler.node(spot, found.position)))
    if found.path is None:
        return compiler.unknown(spot, "", found.why, "term")
    if found.position.coerced is not None and found.keyword is None:
        why = f"the contexts write its values as {found.position.coerced}: what they were before is not known"
        compiler.warn(spot, "", why)
    if found.listed:
        return lists.values(compiler, spot, found.path, found.position)
    return compiler.values(spot, found.path, found.position)


def is_required(compiler: Compiler, spot: Spot, name: str, position: Position) -> Test:
    """Return the test that an object's node has a member."""
    found = member(position, name)
    if found.keyword == "@id":
        return Node("iri")
    if found.path is None:
        return compiler.unknown(spot, "required", f"{name}: {found.why}", "term")
    schemas = list(definitions(compiler, spot, name))
    if any(isinstance(s.schema, dict) and types.may_be_null(compiler, s) for s in schemas):
        return compiler.unknown(spot, "required", f"{name} may be null, which leaves no statement")
    if not found.listed and any(_may_be_nothing(compiler, s) for s in schemas):
        compiler.warn(
            spot,
            "required",
            f"{name} may be a list of nothing, which leaves no statement: it is taken for missing",
        )
    return Count(found.path, 1)


def _may_be_nothing(compiler: Compiler, spot: Spot) -> bool:
    return isinstance(spot.schema, dict) and types.may_be_empty(compiler, spot)


def definitions(compiler: Compiler, spot: Spot, name: str) -> Iterator[Spot]:
    """Yield the schemas of a member, in a schema and in what it applies in place."""
    seen: set[Spot] = set()
    todo = [spot]
    while todo:
        at = todo.pop()
        if at in seen or not isinstance(at.schema, dict):
            continue
        seen.add(at)
        schema = at.schema
        if isinstance(schema.get("properties"), dict) and name in schema["properties"]:
            yield at / "properties" / name
        todo += [
            at / w / n
            for w in types.IN_PLACE
            if isinstance(schema.get(w), list)
            for n in range(len(schema[w]))
        ]
        if "$ref" in schema and (target := compiler.target(at)) is not None:
            todo.append(target)


# ── members that depend on others ────────────────────────────────────────────────────────────────


def _dependent(compiler: Compiler, spot: Spot, position: Position) -> Iterator[Test]:
    schema = spot.schema
    words = ["dependentRequired", "dependentSchemas"]
    if "dependencies" in schema:
        if spot.document.before("2019-09"):
            words = ["dependencies"]
        else:
            compiler.warn(spot, "dependencies", "since draft 2019-09 it says nothing", "lint")
    for word in words:
        for name in _named(compiler, spot, word):
            missing = absent(compiler, spot, name, position)
            yield either((missing, _dependency(compiler, spot / word / name, position)))


def _dependency(compiler: Compiler, spot: Spot, position: Position) -> Test:
    value = spot.schema
    if isinstance(value, dict | bool):
        return compiler.node(spot, position)
    names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return both(compiler.required(spot, n, position) for n in names if isinstance(n, str))


def absent(compiler: Compiler, spot: Spot, name: str, position: Position) -> Test:
    """Return the test that an object's node lacks a member."""
    found = member(position, name)
    if found.keyword == "@id":
        return Node("blank")
    if found.path is None:
        return compiler.unknown(spot, "", f"{name}: {found.why}", "term")
    return Count(found.path, 0, 0)


# ── members that have no name, or a name of a form ───────────────────────────────────────────────


def _patterned(compiler: Compiler, spot: Spot, pattern: str, position: Position) -> Iterator[Test]:
    inner = spot / "patternProperties" / pattern
    names = matching(position, pattern)
    if names is None or len(names) > _MOST_NAMES:
        yield compiler.unknown(
            inner,
            "",
            "too many names of the contexts have this form, or it is none that XPath knows",
        )
        return
    for name in names:
        yield compiler.member(inner, name, position)
    yield compiler.unknown(inner, "", "only names that the contexts define are looked at")


def matching(position: Position, pattern: str) -> list[str] | None:
    """Return the names that the contexts define and a pattern matches; None where it can't be read."""
    try:
        form = re.compile(pattern)
    except re.error:
        return None
    return [n for n in sorted(position.context.terms) if form.search(n)]


def _names(compiler: Compiler, spot: Spot, position: Position) -> Iterator[Test]:
    schema = spot.schema
    for word in ("additionalProperties", "unevaluatedProperties"):
        inner = schema.get(word, True)
        if inner in (True, {}):
            continue
        names = _allowed(compiler, spot, deep=word == "unevaluatedProperties")
        if inner is False and names is not None and not _forms(spot):
            yield closed(compiler, spot, word, names, position)
        else:
            yield compiler.unknown(spot, word, "SHACL does not look at members that have no name")
    if "propertyNames" in schema and schema["propertyNames"] is not True:
        named = schema["propertyNames"]
        names = (
            named.get("enum")
            if isinstance(named, dict) and set(named) <= {"enum", "type"}
            else None
        )
        if isinstance(names, list):
            yield closed(
                compiler, spot, "propertyNames", [n for n in names if isinstance(n, str)], position
            )
        else:
            yield compiler.unknown(
                spot, "propertyNames", "SHACL does not look at the names of members"
            )


def _forms(spot: Spot) -> bool:
    return bool(spot.schema.get("patternProperties"))


def _allowed(compiler: Compiler, spot: Spot, *, deep: bool) -> list[str] | None:
    """Return the names that a schema knows; with what it applies in place, if that says so without conditions."""
    if not deep:
        return _named(compiler, spot, "properties")
    names: list[str] = []
    seen, todo = set[Spot](), [spot]
    while todo:
        at = todo.pop()
        schema = at.schema
        if at in seen or not isinstance(schema, dict):
            continue
        seen.add(at)
        loose = {"anyOf", "oneOf", "if", "dependentSchemas", "patternProperties"} & schema.keys()
        open_ = at != spot and schema.get(
            "additionalProperties", schema.get("unevaluatedProperties")
        ) not in (None, False)
        if loose or open_:
            return None
        names += _named(compiler, at, "properties")
        todo += [at / "allOf" / n for n in range(len(schema.get("allOf", [])))]
        if "$ref" in schema:
            target = compiler.target(at)
            if target is None:
                return None
            todo.append(target)
    return names


def closed(compiler: Compiler, spot: Spot, word: str, names: list[str], position: Position) -> Test:
    """Return the test that an object's node has no members but these."""
    found: list[Member] = [member(position, n) for n in names]
    predicates = {str(m.path[0]) for m in found if m.path}
    unseen = [m for m in found if m.path is None and m.keyword != "@id"]
    if position.context.vocab is None:
        compiler.warn(spot, word, "names that the contexts don't define reach no statement")
    test: Test = Closed(tuple(sorted({*predicates, *compiler.beside(position)})))
    return both((test, Unknown("names without an IRI"))) if unseen else test
