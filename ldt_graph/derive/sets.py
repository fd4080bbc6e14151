"""Values without order: outside an RDF list, a list is as many statements as it has different items.

A value and a list of that value alone are the same statement, a list of nothing is none. So a schema is read
twice, as of one value and as of a list, and statements are right where one of the readings is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.derive import lists, types
from ldt_graph.derive.form import (
    FALSE,
    TRUE,
    All,
    Count,
    Each,
    Not,
    One,
    Some,
    Unknown,
    both,
    each,
    either,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.derive.compile import Compiler
    from ldt_graph.derive.documents import Spot
    from ldt_graph.derive.form import Path, Test
    from ldt_graph.derive.position import Position


def values(compiler: Compiler, spot: Spot, path: Path, position: Position) -> Test:
    """Return the test on a subject whose values are the nodes of a path; none is fine."""
    single = compiler.node(spot, position)
    many = several(compiler, spot, path, position)
    if single == many == TRUE:
        return TRUE
    if single == FALSE:
        return many if _fine_with_none(many) else either((Count(path, 0, 0), many))
    if not types.speaks_of_lists(compiler, spot):
        many = both((Count(path, 2), many))
    return either((both((Count(path, 0, 1), each(path, single))), many))


def _fine_with_none(test: Test) -> bool:
    """Tell whether a test on a subject surely passes where there are no values."""
    match test:
        case All(tests):
            return all(map(_fine_with_none, tests))
        case Some(tests):
            return any(map(_fine_with_none, tests))
        case Each():
            return True
        case Count(_, low):
            return low == 0
    return False


def several(compiler: Compiler, spot: Spot, path: Path, position: Position) -> Test:
    """Return the test on a subject, the schema being read as of a list."""

    def read(inner: Spot, at: Position) -> Test:
        return several(compiler, inner, path, at)

    if not isinstance(spot.schema, dict):
        return compiler.truth(spot)
    tests = compiler.applied(spot, position, read)
    if not compiler.alone(spot):
        tests += _own(compiler, spot, path, position)
    return both(tests)


def _own(compiler: Compiler, spot: Spot, path: Path, position: Position) -> Iterator[Test]:
    schema = spot.schema
    stated = types.stated(schema)
    if stated is not None and "array" not in stated:
        yield FALSE
        return
    for word in ("enum", "const"):
        if word in schema:
            named = schema[word] if word == "enum" else [schema[word]]
            several_ = [v for v in named if isinstance(v, list)] if isinstance(named, list) else []
            yield _if_any(
                path, either(compiler.members(spot, word, v, path, position) for v in several_)
            )
    with compiler.below():
        yield from _items(compiler, spot, path, position)
        yield from _contained(compiler, spot, path, position)
    yield from _counts(compiler, spot, path)
    yield from lists.unevaluated(compiler, spot)


def _items(compiler: Compiler, spot: Spot, path: Path, position: Position) -> Iterator[Test]:
    first, rest = lists.prefix(compiler, spot), lists.others(spot)
    if rest is None and not first:
        return
    ways = [_item(compiler, s, position) for s in first]
    if rest is not None:
        ways.append(_item(compiler, rest, position))
    if first and rest is not None:
        yield each(path, either(ways))
    if first:
        yield compiler.unknown(
            first[0], "", "the order of values is not kept: they are judged as items of any number"
        )
        if rest is not None and rest.schema is False and not _nested(compiler, spot):
            yield Count(path, 0, len(first))
    else:
        yield each(path, ways[0])


def _item(compiler: Compiler, spot: Spot, position: Position) -> Test:
    """Return the test on a value that is an item, or an item of an item: lists in lists are laid flat."""
    single = compiler.node(spot, position)
    if not types.speaks_of_lists(compiler, spot):
        return single
    nested = _of_each(several(compiler, spot, _SELF, position))
    return either(
        (single, both((nested, compiler.unknown(spot, "", "lists in lists are laid flat"))))
    )


_SELF: Path = ("",)


def _of_each(test: Test) -> Test:
    """Return what a test on a subject says of each of its values, at the least."""
    match test:
        case All(tests):
            return both(_of_each(t) for t in tests)
        case Some(tests):
            return either(_of_each(t) for t in tests)
        case One(tests):
            return either(_of_each(t) for t in tests)
        case Each(path, inner) if path == _SELF:
            return inner
        case Not():
            return Unknown("a negation of a list in a list")
    return Unknown("a count in a list in a list")


def _nested(compiler: Compiler, spot: Spot) -> bool:
    """Tell whether items may be lists, which are laid flat, so that their number is not the values'."""
    rest = lists.others(spot)
    items = [*lists.prefix(compiler, spot), *([rest] if rest is not None else [])]
    return rest is None or any(
        types.may_hold_lists(compiler, s) for s in items if s.schema is not False
    )


def _contained(compiler: Compiler, spot: Spot, path: Path, position: Position) -> Iterator[Test]:
    if "contains" not in spot.schema:
        return
    if position.coerced == "@id":
        yield compiler.unknown(spot, "contains", "a text that is no IRI is dropped here")
        return
    test = _item(compiler, spot / "contains", position)
    least, most = (lists.size(compiler, spot, w) for w in ("minContains", "maxContains"))
    if least != 0:
        yield _if_any(path, Count(path, 1, None, test))
    if least is not None and least > 1:
        yield compiler.unknown(spot, "minContains", "equal values are one statement")
    if most is not None:
        yield Count(path, 0, most, test)
        yield compiler.unknown(spot, "maxContains", "equal values are one statement")


def _counts(compiler: Compiler, spot: Spot, path: Path) -> Iterator[Test]:
    schema = spot.schema
    least, most = (lists.size(compiler, spot, w) for w in ("minItems", "maxItems"))
    nested = _nested(compiler, spot)
    if least is not None and least > 1:
        if schema.get("uniqueItems") is True and not nested:
            yield _if_any(path, Count(path, least))
        else:
            yield compiler.unknown(
                spot, "minItems", "equal values are one statement, so fewer may be meant"
            )
    if most is not None:
        yield (
            compiler.unknown(spot, "maxItems", "lists in lists are laid flat")
            if nested
            else Count(path, 0, most)
        )
    if schema.get("uniqueItems") is True:
        compiler.warn(spot, "uniqueItems", "equal values are one statement")
        yield Unknown("uniqueItems")


def _if_any(path: Path, test: Test) -> Test:
    """Return a test that holds where there is no value at all, too."""
    return either((Count(path, 0, 0), test))
