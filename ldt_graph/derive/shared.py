"""Tests that stand at several places of a file, and so get a shape of their own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ldt_graph.derive.form import All, Count, Each, Not, One, OneOf, Some, Test

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ldt_graph.derive.form import Model

_SMALL, _LARGE = 5, 30


def children(test: Test) -> tuple[Test, ...]:
    """Return the tests that a test is made of."""
    match test:
        case All(tests) | Some(tests) | One(tests):
            return tests
        case Not(inner) | Each(_, inner):
            return (inner,)
        case Count(_, _, _, inner) if inner is not None:
            return (inner,)
    return ()


def sizes(tests: Iterable[Test]) -> dict[Test, int]:
    """Return how large each test and each of its parts is, as if written out."""
    found: dict[Test, int] = {}

    def size(test: Test) -> int:
        if test not in found:
            own = len(test.texts) // 8 if isinstance(test, OneOf) else 0
            found[test] = 1 + own + sum(size(t) for t in children(test))
        return found[test]

    for test in tests:
        size(test)
    return found


def names(models: Iterable[Model]) -> dict[Test, str]:
    """Return a name for each test on values that is worth a shape of its own: it is used again, or is large.

    The name is that of the first property which uses it, in the order of the file.
    """
    listed = list(models)
    tests = [t for m in listed for p in m.properties for t in p.tests] + [
        t for m in listed for t in m.together
    ]
    size = sizes(tests)
    uses = Counter[Test]()
    for test in dict.fromkeys(size):
        uses.update(set(children(test)))
    found: dict[Test, str] = {}
    for name, test in _in_order(listed):
        worth = (size[test] >= _SMALL and uses[test] > 1) or size[test] >= _LARGE
        if test not in found and worth and not isinstance(test, Each | Count):
            number = sum(n.startswith(name + "-value") for n in found.values()) + 1
            found[test] = f"{name}-value{number if number > 1 else ''}"
    return found


def _in_order(models: Iterable[Model]) -> Iterator[tuple[str, Test]]:
    """Yield each test on values once, those within first, with the property that has it."""
    seen: set[Test] = set()

    def inner(test: Test) -> Iterator[Test]:
        if test not in seen:
            seen.add(test)
            for child in children(test):
                yield from inner(child)
                yield child

    for model in models:
        for found in model.properties:
            for test in found.tests:
                yield from ((f"{model.name}Shape-{found.name}", t) for t in inner(test))
        for test in model.together:
            yield from ((f"{model.name}Shape", t) for t in inner(test))
