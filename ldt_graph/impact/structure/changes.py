"""What may be changed in a scenario, as people write it, and read strictly."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, get_args

import orjson

from ldt_graph.errors import QueryError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Do = Literal["close", "open", "remove", "add", "feed", "autonomy", "tank", "group", "share"]
KINDS: tuple[Do, ...] = get_args(Do)


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `do` says what, to which `asset`; the rest depends on it (docs/reference/impact.md).

    Attributes:
        do: `close` and `open` a switch, or put anything in or out of service; `add` or `remove` an asset; a second
            `feed`; hours of `autonomy`; a `tank`; how many of a `group` have to work; a member's `share` of one.
        asset: Which, as a question names it; of `add`, the name that the new one gets.
        by: What feeds it, too.
        relation: Over which relation it does; may be left out where the asset has requirements of one kind only.
        hours: That a loss of supply is bridged, at least.
        volume: m³ that a tank holds, beside what the asset may hold already.
        required: How many of the group have to work.
        share: Of a group, what share of the whole has to work; of a share, what the member `by` brings: 0 to 1.
        type: Class of what is added.
        relations: (relation, asset) of what is added.
        on: First day on which it holds.
        until: Last day on which it does.
        cost: What it costs as a measure, in a unit of yours.
    """

    do: Do
    asset: str
    by: str | None = None
    relation: str | None = None
    hours: float | None = None
    volume: float | None = None
    required: int | None = None
    share: float | None = None
    type: str | None = None
    relations: tuple[tuple[str, str], ...] = ()
    on: date | None = None
    until: date | None = None
    cost: float = 1.0

    def holds(self, day: date) -> bool:
        """Whether it holds on a day."""
        return (self.on is None or self.on <= day) and (self.until is None or day <= self.until)

    def __str__(self) -> str:
        more = {
            "feed": f" by {self.by}",
            "autonomy": f" of {self.hours:g} h" if self.hours is not None else "",
            "tank": f" of {self.volume:g} m³" if self.volume is not None else "",
            "group": f" of which {self._required} must work",
            "share": f" of {self.by} is {self.share:g}" if self.share is not None else "",
        }
        return f"{self.do} {self.asset}{more.get(self.do, '')}"

    @property
    def _required(self) -> str:
        return str(self.required) if self.share is None else f"{self.share:g} of the whole"


_EITHER = ("required", "share")
_NEEDS: dict[Do, tuple[str, ...]] = {
    "add": ("type",),
    "feed": ("by",),
    "autonomy": ("hours",),
    "tank": ("volume",),
    "share": ("by", "share"),
}
_MAY: dict[Do, tuple[str, ...]] = {
    "add": ("relations",),
    "feed": ("relation",),
    "autonomy": (),
    "group": _EITHER,
}
_MOST = 1e15  # of any number
_ALWAYS = ("do", "asset", "on", "until", "cost")
_TYPES: dict[str, tuple[type, ...]] = {
    "hours": (int, float),
    "volume": (int, float),
    "cost": (int, float),
    "share": (int, float),
    "required": (int,),
    "on": (date,),
    "until": (date,),
    "relations": (tuple,),
}


def change_of(said: Mapping[str, Any], number: int = 1) -> Change:
    """Read one change from a table of a TOML or JSON file, or an input of GraphQL.

    Args:
        said: Its keys; those that are None count as left out.
        number: Which one of its file, for complaints.

    Raises:
        QueryError: A key is unknown, missing, of the wrong type or does not belong to what is done.
    """
    where = f"Change {number}"
    given = {k: _value(k, v) for k, v in said.items() if v is not None}
    do = given.get("do")
    if do not in KINDS:
        near = get_close_matches(str(do), KINDS, 1)
        hint = f"Did you mean {near[0]}?" if near else f"It can do {', '.join(KINDS)}."
        raise QueryError(f"{where}: `do` is {do!r}.", hint=hint)
    known = (*_ALWAYS, *_NEEDS.get(do, ()), *_MAY.get(do, ()))
    for key, value in given.items():
        if key not in known:
            near = get_close_matches(key, known, 1) or known
            raise QueryError(f"{where}: {do} has no {key!r}.", hint=f"It has {', '.join(near)}.")
        if not _fits(key, value):
            raise QueryError(f"{where}: {key} can't be {str(value)[:60]!r}.")
    missing = [k for k in ("asset", *_NEEDS.get(do, ())) if k not in given]
    if missing:
        raise QueryError(f"{where}: {do} needs {' and '.join(missing)}.")
    for key in ("hours", "volume", "cost", "required"):
        if not 0 <= given.get(key, 0) <= _MOST:
            raise QueryError(f"{where}: {key} must be 0 or more, not {str(given[key])[:60]}.")
    if not 0 <= given.get("share", 0) <= 1:
        told = str(given["share"])[:60]
        raise QueryError(f"{where}: share is a part of the whole, 0 to 1, not {told}.")
    if do == "group" and sum(k in given for k in _EITHER) != 1:
        raise QueryError(f"{where}: group needs either required or share.")
    return Change(**given)


def _fits(key: str, value: Any) -> bool:  # noqa: ANN401
    if key == "relations" and isinstance(value, tuple):
        return all(isinstance(word, str) for pair in value for word in pair)
    right = isinstance(value, _TYPES.get(key, (str,)))
    return right and not isinstance(value, bool | datetime)


def _value(key: str, value: Any) -> Any:  # noqa: ANN401  (what a file may hold)
    """Return a value as a change keeps it: days that JSON writes as texts, relations from a table or a list."""
    try:
        if key in ("on", "until") and isinstance(value, str):
            return date.fromisoformat(value)
        if key == "relations" and isinstance(value, dict):
            several = {r: [o] if isinstance(o, str) else list(o) for r, o in value.items()}
            return tuple((r, o) for r, others in several.items() for o in others)
        if key == "relations":
            return tuple((r, o) for r, o in value)
    except (ValueError, TypeError):
        return value
    return value


def changes_of(said: Any, where: str) -> tuple[Change, ...]:  # noqa: ANN401  (what a file may hold)
    """Read a list of changes.

    Raises:
        QueryError: It is none, or a change is wrong.
    """
    if not isinstance(said, list) or not all(isinstance(s, dict) for s in said):
        raise QueryError(f"{where} holds no list of changes.", hint="Write [[change]] tables.")
    return tuple(change_of(s, number) for number, s in enumerate(said, start=1))


def read(path: Path) -> tuple[str, tuple[Change, ...]]:
    """Read a scenario's file, TOML or JSON: its name and its changes.

    Raises:
        SettingsError: It can't be read, or is neither.
        QueryError: It holds something that no scenario has.
    """
    try:
        text = path.read_text(encoding="utf-8")
        said = orjson.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"{path} can't be read: {error.strerror or error}.") from None
    except (UnicodeDecodeError, orjson.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} is no {path.suffix[1:] or 'TOML'}: {error}.") from None
    if not isinstance(said, dict):
        raise QueryError(f"{path} holds no scenario.", hint="It has a name and a list of changes.")
    unknown = sorted(set(said) - {"name", "change"})
    if unknown:
        raise QueryError(
            f"{path}: a scenario has no {unknown[0]!r}.", hint="It has name and change."
        )
    name = said.get("name", path.stem)
    if not isinstance(name, str):
        raise QueryError(f"{path}: the name of a scenario is a text, not {name!r}.")
    return name, changes_of(said.get("change", []), str(path))


def document_of(change: Change) -> dict[str, Any]:
    """Return a change as a file says it, without what is left out."""
    said = {f.name: getattr(change, f.name) for f in fields(change)}
    for key in ("on", "until"):
        said[key] = said[key] and said[key].isoformat()
    said["relations"] = [list(pair) for pair in change.relations]
    return {k: v for k, v in said.items() if v not in (None, []) and (k, v) != ("cost", 1.0)}


def check_days(changes: Sequence[Change]) -> None:
    """Refuse two changes that contradict each other: one asset opened and closed, or added and removed, on one day."""
    opposite = {"open": "close", "close": "open", "remove": "add", "add": "remove"}
    known = {(c.do, c.asset, c.on) for c in changes}
    for change in changes:
        if (opposite.get(change.do), change.asset, change.on) in known:
            raise QueryError(
                f"The scenario says both {change.do} and {opposite[change.do]} of {change.asset}.",
                hint="Give them days (`on`), or leave one out.",
            )
