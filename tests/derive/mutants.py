"""Spoiled copies of a document: one value at a time, at any depth."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

_KEPT = ("id", "type", "@context")


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path to every value in a document, an entity's own identifier and type aside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        if path or key not in _KEPT:
            yield (*path, key)
            yield from places(item, (*path, key))


def spoiled(document: dict[str, Any], path: tuple[str | int, ...], wrong: Any) -> dict[str, Any]:
    """Return a copy with another value at a path; `None` takes it away."""
    made = copy.deepcopy(document)
    holder: Any = made
    for step in path[:-1]:
        holder = holder[step]
    if wrong is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = wrong
    return made


def wrongs(value: Any) -> list[Any]:
    """Return what a value is replaced by: another type, a bound, a form, a member too many or gone."""
    common: list[Any] = [None, {"unexpected": 1}, [["deep"], 7], True, -987654.25]
    if isinstance(value, bool):
        return [*common, "true", 0]
    if isinstance(value, int | float):
        return [*common, str(value), -value - 1, value * 1000 + 0.5, [value, value + 1], 10**12, 0.5]
    if isinstance(value, str):
        more = [value.upper(), value[:-1] + "!", "", "2024-02-30T10:00:00Z", "24:00:00", "http://a b", "x" * 300, 5]
        return [*common, *more, value.swapcase(), f"{value} ", [value, f"{value}2"], "2024-01-01"]
    if isinstance(value, list):
        return [*common, "text", 3, [*value, {}], [*value, "more"], value[:1], [*value, [1]], [value]]
    swapped = {**value, "type": "Polygon" if value.get("type") == "Point" else "Point"}
    return [*common, "text", 4, swapped, {k: v for k, v in list(value.items())[1:]}, [value, {"b": 1}]]


def mutants(document: dict[str, Any], most: int, chance: random.Random) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield so many spoiled copies, drawn from all that there are, each with what was done."""
    every = [(p, w) for p in places(document) for w in wrongs(_at(document, p))]
    for path, wrong in chance.sample(every, min(most, len(every))):
        yield f"{'/'.join(map(str, path))} := {wrong!r:.60}", spoiled(document, path, wrong)


def _at(document: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        document = document[step]
    return document
