"""Where the items of a JSON document and their members stand in its text."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from ldt_graph.sources.formats.ngsi_values import MEMBERS
from ldt_graph.sources.places import Placed
from ldt_graph.sources.text import decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ldt_graph.sources.places import Asked
    from ldt_graph.sources.reading import Reading

Step = str | int
Steps = tuple[Step, ...]
ANY = -1
"""The step `[*]`: the one element whose value is asked for."""
_BLANK = re.compile(r"[ \t\r\n]*")
_STEPS = re.compile(r"""\.?([^.\[\]'"$]+)|\[\s*(?:'([^']*)'|"([^"]*)"|(\*)|(\d+))\s*\]""")
_WHOLE = json.JSONDecoder(strict=False)
_HOLDERS = {"geojson": ("features",), "ngsi-ld": ("features", "data", "@graph")}
"""Format → the members of a document that may hold its items."""


class Spot(NamedTuple):
    """A value in the text, and the steps that lead to it."""

    start: int
    steps: Steps


class Text:
    """A JSON text, of which only what is asked for is taken apart; the rest is passed over at the decoder's speed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ends = [m.start() for m in re.finditer("\n", text)]

    def line(self, at: int) -> int:
        """Return the line of a position, from 1."""
        return bisect_left(self._ends, at) + 1

    def value(self, at: int) -> object:
        """Return the value that stands at a position."""
        return _WHOLE.raw_decode(self.text, at)[0]

    def end(self, at: int) -> int:
        """Return where the value ends that stands at a position."""
        return _WHOLE.raw_decode(self.text, at)[1]

    def first(self, begin: int = 0) -> int:
        """Return where the document begins, or what follows a position."""
        return self._skip(begin)

    def _skip(self, at: int) -> int:
        found = _BLANK.match(self.text, at)
        return found.end() if found else at

    def elements(self, at: int) -> Iterator[int]:
        """Yield where the elements of an array stand."""
        at = self._skip(at + 1)
        while self.text[at : at + 1] not in ("]", ""):
            yield at
            at = self._next(at)

    def members(self, at: int) -> Iterator[tuple[str, int]]:
        """Yield the members of an object, and where their values stand."""
        at = self._skip(at + 1)
        while self.text[at : at + 1] not in ("}", ""):
            name, at = _WHOLE.raw_decode(self.text, at)
            at = self._skip(self._skip(at) + 1)
            yield str(name), at
            at = self._next(at)

    def _next(self, at: int) -> int:
        at = self._skip(self.end(at))
        return self._skip(at + 1) if self.text[at : at + 1] == "," else at

    def member(self, at: int, name: str) -> int | None:
        """Return where the value of a member stands; of a doubled one the last."""
        if self.text[at : at + 1] != "{":
            return None
        return dict(self.members(at)).get(name)

    def follow(self, spot: Spot, steps: Sequence[Step], value: str | None) -> Spot | None:
        """Return the value at the end of steps; where they meet `[*]`, the one that says the value."""
        if not steps:
            return spot
        step, rest = steps[0], steps[1:]
        if isinstance(step, str):
            at = self.member(spot.start, step)
            return None if at is None else self.follow(Spot(at, (*spot.steps, step)), rest, value)
        if self.text[spot.start : spot.start + 1] != "[":
            return self.follow(spot, rest, value) if step == ANY else None
        elements = [Spot(at, (*spot.steps, n)) for n, at in enumerate(self.elements(spot.start))]
        if step != ANY:
            return self.follow(elements[step], rest, value) if step < len(elements) else None
        ends = (self.follow(e, rest, value) for e in elements)
        return next((e for e in ends if e is not None and _says(self.value(e.start), value)), None)


def _says(found: object, value: str | None) -> bool:
    """Whether a value of JSON is what is told as a text."""
    if isinstance(found, bool):
        return value == str(found).lower()
    if isinstance(found, int | float) and value is not None:
        try:
            return float(value) == found
        except ValueError:
            return False
    return isinstance(found, str) and found == value


def steps_of(path: str) -> Steps:
    """Return the steps of a JSONPath as mappings write it."""
    found = (m.groups() for m in _STEPS.finditer(path.strip().removeprefix("$")))
    return tuple(
        ANY if g[3] else int(g[4]) if g[4] else next(n for n in g[:3] if n is not None)
        for g in found
    )


def written(path: str, steps: Steps) -> str:
    """Write a path with the numbers of the elements that its `[*]` stand for."""
    numbers = iter([s for s in steps if isinstance(s, int)])
    return re.sub(r"\[\s*(\*|\d+)\s*\]", lambda _: f"[{next(numbers, '*')}]", path)


# ── formats ──────────────────────────────────────────────────────────────────────────────────────


def in_json(reading: Reading, asked: Sequence[Asked]) -> Iterable[Placed]:
    """Place members of the items of an array, or of one object."""
    text = _text(reading)
    return _in_items(text, items(text, "json"), asked, _by_path)


def in_ndjson(reading: Reading, asked: Sequence[Asked]) -> Iterable[Placed]:
    """Place members of values, each of which is a line."""
    lines = _text(reading).text.split("\n")
    for ask in asked:
        text = Text(lines[ask.row - 1] if ask.row <= len(lines) else "")
        try:
            _, column = _by_path(text, text.first(), ask)
        except ValueError:
            column = ask.column
        yield Placed(ask.id, ask.row, column, ask.row)


def in_geojson(reading: Reading, asked: Sequence[Asked]) -> Iterable[Placed]:
    """Place properties and geometries of features."""
    text = _text(reading)
    return _in_items(text, items(text, "geojson"), asked, _of_feature)


def in_ngsi_ld(reading: Reading, asked: Sequence[Asked]) -> Iterable[Placed]:
    """Place attributes of entities."""
    text = _text(reading)
    return _in_items(text, items(text, "ngsi-ld"), asked, _attribute)


def in_frames(reading: Reading, asked: Sequence[Asked]) -> Iterable[Placed]:
    """Place element tables of pandapower and pandapipes: the line of the text that holds one, or of its row."""
    text = _text(reading)
    whole = Spot(text.first(), ())
    for ask in asked:
        steps = ("_object", ask.source.partition("#")[2], "_object")
        found = text.follow(whole, steps, None)
        row = found and text.follow(found, ("data", ask.row - 1), None)
        spot = row or found
        if spot:
            yield Placed(ask.id, ask.row, ask.column, text.line(spot.start))


def _text(reading: Reading) -> Text:
    return Text(decoded(reading.file.read(), reading.option("encoding")).text)


def items(text: Text, format_: str) -> Iterator[int]:
    """Yield where the items of a document stand: of its array, of the one that a member holds, or itself."""
    at, members = text.first(), _HOLDERS.get(format_, ())
    held = {} if text.text[at : at + 1] != "{" or not members else dict(text.members(at))
    array = next((held[m] for m in members if m in held and text.text[held[m]] == "["), at)
    if text.text[array : array + 1] == "[":
        yield from text.elements(array)
    else:
        yield at


def _in_items(
    text: Text,
    items: Iterator[int],
    asked: Sequence[Asked],
    find: Callable[..., tuple[Spot | None, str | None]],
) -> Iterable[Placed]:
    by_row: dict[int, list[Asked]] = {}
    for ask in asked:
        by_row.setdefault(ask.row, []).append(ask)
    last = max(by_row)
    for row, at in enumerate(items, start=1):
        for ask in by_row.get(row, ()):
            spot, column = find(text, at, ask)
            yield Placed(ask.id, row, column, text.line(spot.start if spot else at))
        if row == last:
            return


def _by_path(text: Text, at: int, ask: Asked) -> tuple[Spot | None, str | None]:
    if ask.column is None:
        return None, None
    steps = steps_of(ask.column)
    spot = text.follow(Spot(at, ()), steps, ask.value)
    if spot is None or ANY in steps or not isinstance(text.value(spot.start), list):
        return spot, written(ask.column, spot.steps) if spot else ask.column
    # A reference may find an array without saying so: its elements are the values.
    inner = text.follow(spot, (ANY,), ask.value)
    return (inner, f"{ask.column}[{inner.steps[-1]}]") if inner else (spot, ask.column)


def _of_feature(text: Text, at: int, ask: Asked) -> tuple[Spot | None, str | None]:
    whole, name = Spot(at, ()), ask.column
    if name is None:
        return None, None
    ways = (
        ((name,), ("properties", name))
        if name in ("id", "geometry", "type")
        else (("properties", name), (name,))
    )
    return next((s for way in ways if (s := text.follow(whole, way, None))), None), name


def _attribute(text: Text, at: int, ask: Asked) -> tuple[Spot | None, str | None]:
    """Find an attribute by its name, or by what it says where a context calls it otherwise."""
    name = ask.column
    if name is None:
        return None, None
    whole = Spot(at, ())
    inside = text.follow(whole, ("properties",), None)
    holders = [whole, inside] if inside and name not in ("id", "type") else [whole]
    for holder in holders:
        for way in ((name,), (f"@{name}",), tuple(name.split(".")), (name.split(".")[0],)):
            if spot := text.follow(holder, way, None):
                return _said(text, spot, ask.value), name
    for holder in holders:
        for called, start in text.members(holder.start):
            spot = Spot(start, (called,))
            if ask.value is not None and _says(
                text.value(_said(text, spot, ask.value).start), ask.value
            ):
                return _said(text, spot, ask.value), called
    return None, name


def _said(text: Text, spot: Spot, value: str | None) -> Spot:
    """Return the member of an attribute that says something; of a list the element that says the value."""
    if text.text[spot.start] == "{":
        held = dict(text.members(spot.start))
        kind = text.value(held["type"]) if "type" in held else None
        member = MEMBERS.get(kind) if isinstance(kind, str) else None
        known = [m for m in (member, *MEMBERS.values()) if m in held]
        if known:
            spot = Spot(held[str(known[0])], (*spot.steps, str(known[0])))
    return (text.follow(spot, (ANY,), value) if text.text[spot.start] == "[" else None) or spot
