"""Spoiled copies of a document: one value at a time, at any depth."""

from __future__ import annotations

import copy
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

_KEPT = ("id", "type", "@context")
_CARRIERS = ("value", "object")


class Mutant(NamedTuple):
    """A spoiled copy, and what was put where."""

    path: tuple[str | int, ...]
    wrong: Any
    document: dict[str, Any]

    def __str__(self) -> str:
        return f"{'/'.join(map(str, self.path))} := {self.wrong!r:.60}"

    @property
    def nested(self) -> bool:
        """Whether it stands in a list in a list, or is one."""
        steps = [isinstance(s, int) for s in self.path]
        lists = any(a and b for a, b in pairwise(steps))
        inner = isinstance(self.wrong, list) and any(isinstance(w, list) for w in self.wrong)
        return lists or inner or (bool(steps) and steps[-1] and isinstance(self.wrong, list))

    @property
    def empties(self) -> bool:
        """Whether it leaves a list of nothing, of which a graph shows nothing."""
        holder: Any = self.document
        for step in self.path[:-1]:
            holder = holder[step]
        return holder == [] or self.wrong == []

    @property
    def names_nothing(self) -> bool:
        """Whether a relationship names what is no IRI, which a normalized graph drops."""
        named = self.wrong if isinstance(self.wrong, list) else [self.wrong]
        return "object" in self.path[1:2] and any(
            isinstance(n, str) and not re.match(r"[A-Za-z][\w+.-]*:\S", n) for n in named
        )

    def readings(self) -> Iterator[dict[str, Any]]:
        """Yield documents that may be the same graph: a value and a list of it, a value that is no IRI and none."""
        wrong = self.wrong
        if wrong is not None:
            yield spoiled(
                self.document,
                self.path,
                wrong[0] if isinstance(wrong, list) and len(wrong) == 1 else [wrong],
            )
            yield spoiled(self.document, self.path, None)
        if isinstance(wrong, list) and not wrong:
            yield spoiled(self.document, self.path, None)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path to every value in a document, an entity's own identifier and type aside."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in inner:
        if (path or key not in _KEPT) and not str(key).startswith("@"):
            yield (*path, key)
            yield from places(item, (*path, key))


def carried(document: dict[str, Any]) -> Iterator[tuple[str | int, ...]]:
    """Yield the path to every value that an attribute of a normalized document carries."""
    for name, attribute in document.items():
        if name not in _KEPT and isinstance(attribute, dict):
            for member in _CARRIERS:
                if member in attribute and not (
                    isinstance(attribute[member], dict) and "@value" in attribute[member]
                ):
                    yield (name, member)
                    yield from places(attribute[member], (name, member))


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
        return [
            *common,
            str(value),
            -value - 1,
            value * 1000 + 0.5,
            [value, value + 1],
            10**12,
            0.5,
        ]
    if isinstance(value, str):
        more = [
            value.upper(),
            value[:-1] + "!",
            "",
            "2024-02-30T10:00:00Z",
            "24:00:00",
            "http://a b",
            "x" * 300,
            5,
        ]
        return [*common, *more, value.swapcase(), f"{value} ", [value, f"{value}2"], "2024-01-01"]
    if isinstance(value, list):
        return [
            *common,
            "text",
            3,
            [*value, {}],
            [*value, "more"],
            value[:1],
            [*value, [1]],
            [value],
        ]
    swapped = {**value, "type": "Polygon" if value.get("type") == "Point" else "Point"}
    return [
        *common,
        "text",
        4,
        swapped,
        dict(list(value.items())[1:]),
        [value, {"b": 1}],
    ]


def mutants(
    document: dict[str, Any], most: int, chance: random.Random, *, normalized: bool = False
) -> Iterator[Mutant]:
    """Yield so many spoiled copies, drawn from all that there are, each with what was done."""
    found = carried(document) if normalized else places(document)
    every = [(p, w) for p in found for w in wrongs(_at(document, p))]
    if normalized:  # an attribute goes as a whole
        every = [(p, w) for p, w in every if w is not None or len(p) > 2]
        every += [
            ((n,), None) for n, v in document.items() if n not in _KEPT and isinstance(v, dict)
        ]
    every = [
        (p, w) for p, w in every if p[-1] != "type" or isinstance(w, str)
    ]  # else it is no JSON-LD
    for path, wrong in chance.sample(every, min(most, len(every))):
        yield Mutant(path, wrong, spoiled(document, path, wrong))


def _at(document: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        document = document[step]
    return document
