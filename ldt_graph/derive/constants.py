"""Objects and lists that `const` and `enum` name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.derive.form import (
    FALSE,
    FIRST,
    TRUE,
    Closed,
    Count,
    Is,
    Unknown,
    both,
    each,
    either,
)
from ldt_graph.derive.position import member
from ldt_graph.derive.scalars import named
from ldt_graph.namespaces import RDF

if TYPE_CHECKING:
    from ldt_graph.derive.compile import Compiler
    from ldt_graph.derive.documents import Spot
    from ldt_graph.derive.form import Path, Test
    from ldt_graph.derive.position import Position


def constant(compiler: Compiler, spot: Spot, word: str, value: Any, position: Position) -> Test:  # noqa: ANN401  (JSON)
    """Return the test that a node stands for this value; a list is a node in an RDF list alone."""
    if isinstance(value, dict):
        return _object(compiler, spot, word, value, position)
    if isinstance(value, list):
        return _list(compiler, spot, word, value, position)
    return FALSE if value is None else named([value], position)


def _object(
    compiler: Compiler, spot: Spot, word: str, value: dict[str, Any], position: Position
) -> Test:
    tests: list[Test] = [Is(frozenset({"object"}))]
    allowed = []
    for name, inner in value.items():
        found = member(position, name)
        if found.path is None or found.listed:
            tests.append(
                compiler.unknown(spot, word, f"its member {name!r} can't be told from the graph")
            )
            continue
        allowed.append(str(found.path[0]))
        if inner is not None:
            tests.append(members(compiler, spot, word, inner, found.path, found.position))
    unnamed = Closed(tuple(sorted(allowed))) if len(allowed) == len(value) else TRUE
    return both((*tests, unnamed))


def members(
    compiler: Compiler,
    spot: Spot,
    word: str,
    value: Any,  # noqa: ANN401  (JSON)
    path: Path,
    position: Position,
) -> Test:
    """Return the test that the values of a path are just this one, or these, where it is a list."""
    if not isinstance(value, list):
        return both((Count(path, 1, 1), each(path, compiler.constant(spot, word, value, position))))
    flat = list(_flat(value))
    if not flat:
        return Count(path, 0, 0)
    parts = [compiler.constant(spot, word, v, position) for v in flat]
    there = [Count(path, 1, None, p) for p in parts]
    order = [Unknown("order and repetition")] if len(flat) > 1 else []
    return both((each(path, either(parts)), *there, *order))


def _flat(value: list[Any]) -> Any:  # noqa: ANN401  (JSON)
    for inner in value:
        if isinstance(inner, list):
            yield from _flat(inner)
        elif inner is not None:
            yield inner


def _list(compiler: Compiler, spot: Spot, word: str, value: list[Any], position: Position) -> Test:
    kept = [v for v in value if v is not None]
    tests: list[Test] = [Is(frozenset({"list"}))]
    for number, inner in enumerate(kept):
        path = (*([RDF.rest] * number), *FIRST)
        tests += [Count(path, 1), each(path, compiler.constant(spot, word, inner, position))]
    tests.append(Count((*([RDF.rest] * len(kept)), *FIRST), 0, 0))
    return both(tests)
