"""Lists that keep their order: where the contexts say `@list`, a list is a node, and so is a list in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.derive import types
from ldt_graph.derive.form import (
    FALSE,
    FIRST,
    ITEMS,
    All,
    Count,
    Each,
    both,
    each,
    either,
)
from ldt_graph.derive.scalars import LIST, NO_LIST, guarded
from ldt_graph.namespaces import RDF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.derive.compile import Compiler
    from ldt_graph.derive.documents import Spot
    from ldt_graph.derive.form import Path, Test
    from ldt_graph.derive.position import Position

_LONGEST = 32


def tests(compiler: Compiler, spot: Spot, position: Position) -> list[Test]:
    """Return what a schema says of a value that is a list, at a position in an RDF list."""
    found = both(of_list(compiler, spot, position))
    return [guarded(spot, position, "list", found)]


def of_list(compiler: Compiler, spot: Spot, position: Position) -> Iterator[Test]:
    """Yield what the keywords for lists ask of a list's first node."""
    schema = spot.schema
    position = position.item()
    with compiler.below():
        first = prefix(compiler, spot)
        for number, item in enumerate(first[:_LONGEST]):
            yield through(_nth(number), compiler.node(item, position))
        for item in first[_LONGEST:]:
            yield compiler.unknown(
                item, "", f"items after the {_LONGEST}th are not looked at one by one"
            )
        rest = others(spot)
        if rest is not None and len(first) <= _LONGEST:
            path = (*([RDF.rest] * len(first)), *ITEMS)
            yield through(path, compiler.node(rest, position))
        if "contains" in schema:
            yield from _contains(compiler, spot, position)
    yield from _lengths(compiler, spot)
    yield from unevaluated(compiler, spot)
    if schema.get("uniqueItems") is True:
        yield compiler.unknown(spot, "uniqueItems", "SHACL does not compare the items of a list")


def prefix(compiler: Compiler, spot: Spot) -> list[Spot]:
    """Return the schemas of the first items, each by its number."""
    word = "items" if isinstance(spot.schema.get("items"), list) else "prefixItems"
    if word == "items" and not spot.document.before("2020-12"):
        compiler.warn(
            spot,
            word,
            "since draft 2020-12 a list of schemas is called prefixItems; it is read as such",
            "lint",
        )
    return compiler.listed(spot, word) if word in spot.schema else []


def others(spot: Spot) -> Spot | None:
    """Return the schema of the items that no number names."""
    schema = spot.schema
    if isinstance(schema.get("items"), list):
        return spot / "additionalItems" if "additionalItems" in schema else None
    return spot / "items" if "items" in schema else None


def unevaluated(compiler: Compiler, spot: Spot) -> Iterator[Test]:
    """Yield that items which no other keyword looks at are not told from the rest."""
    if spot.schema.get("unevaluatedItems", True) is not True:
        why = "which items other keywords have looked at is not known"
        yield compiler.unknown(spot, "unevaluatedItems", why)


def size(compiler: Compiler, spot: Spot, word: str) -> int | None:
    """Return the number that a keyword states; None where it states none."""
    value = spot.schema.get(word)
    if word not in spot.schema:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or value != int(value)
        or value < 0
    ):
        compiler.warn(spot, word, f"{value!r} is no number of items", "lint")
        return None
    return int(value)


def _lengths(compiler: Compiler, spot: Spot) -> Iterator[Test]:
    for word in ("minItems", "maxItems"):
        number = size(compiler, spot, word)
        if number is not None and number > _LONGEST:
            yield compiler.unknown(spot, word, f"lists longer than {_LONGEST} are not counted")
        elif number is not None and word == "maxItems":
            yield Count(_nth(number), 0, 0)
        elif number:
            yield Count(_nth(number - 1), 1)


def _contains(compiler: Compiler, spot: Spot, position: Position) -> Iterator[Test]:
    test = compiler.node(spot / "contains", position)
    least, most = (size(compiler, spot, w) for w in ("minContains", "maxContains"))
    if least != 0:
        yield Count(ITEMS, 1, None, test)
    if least is not None and least > 1:
        yield compiler.unknown(spot, "minContains", "equal items of a list are one value")
    if most is not None:
        yield Count(ITEMS, 0, most, test)
        yield compiler.unknown(spot, "maxContains", "equal items of a list are one value")


def through(path: Path, test: Test) -> Test:
    """Return the test that every value passes this one; what it asks of a list's items, by a longer path.

    Shapes in shapes are few that way: pySHACL follows thirty, and lists in lists in geometries would need more.
    """
    if isinstance(test, All):
        return both(through(path, t) for t in test.tests)
    if isinstance(test, Each) and test.path[-1] == RDF.first:
        return each((*path, *test.path), test.test)
    return each(path, test)


def _nth(number: int) -> Path:
    return (*([RDF.rest] * number), *FIRST)


def values(compiler: Compiler, spot: Spot, path: Path, position: Position) -> Test:
    """Return the test on a subject whose values stand in one RDF list at the end of a path.

    A value that was no list in JSON stands in a list of one.
    """
    many = both((LIST, compiler.node(spot, position.item())))
    if not types.speaks_of_lists(compiler, spot):
        many = both(
            (many, either((Count(FIRST, 0, 0), Count(_nth(1), 1), Count(FIRST, 1, None, LIST))))
        )
    ways = [many]
    item = both((NO_LIST, compiler.node(spot, position.alone())))
    if item != FALSE:
        ways.append(both((Count(FIRST, 1), Count(_nth(1), 0, 0), each(FIRST, item))))
    return both((Count(path, 0, 1), through(path, either(ways))))
