"""What if: a named change of the twin, and the difference that it makes to an answer (DESIGN §5, item 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.engine import ImpactEngine, engine_of
from ldt_graph.impact.structure.changes import changes_of, check_days, document_of, read
from ldt_graph.impact.structure.rows import gather
from ldt_graph.impact.walk.undisturbed import Undisturbed
from ldt_graph.impact.whatif.edit import Edit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ldt_graph.graph import Graph
    from ldt_graph.graph.columns import Bools, Floats, Ints
    from ldt_graph.impact.answers.answer import Impact
    from ldt_graph.impact.structure.changes import Change
    from ldt_graph.impact.structure.network import Conduction, Network
    from ldt_graph.model import Version


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named set of changes over any version; it changes nothing that is stored.

    Raises:
        QueryError: Two changes contradict each other.
    """

    name: str
    changes: tuple[Change, ...]

    def __post_init__(self) -> None:
        check_days(self.changes)

    @classmethod
    def read(cls, path: Path) -> Scenario:
        """Read a TOML or JSON file. See `changes.read` for what it raises."""
        return cls(*read(path))

    @classmethod
    def of(cls, changes: Sequence[dict[str, Any]], name: str = "inline") -> Scenario:
        """Make a scenario of changes as a file says them."""
        return cls(name, changes_of(list(changes), name))

    def open(self, engine: ImpactEngine, version: int, day: date | None = None) -> Opened:
        """Return the city with the changes that hold on a day: today unless one is given.

        What the changes leave alone is shared with `engine`: it costs what they touch, and the supply of a commodity anew
        where they change who is supplied with it.

        Raises:
            QueryError: A change does not fit what it changes.
            UnknownEntity: A change names what is not there.
        """
        day = day or datetime.now(UTC).date()
        edit = Edit(engine.network, version, self.name)
        holding = tuple(c for c in self.changes if c.holds(day))
        if not holding:
            return Opened(self, day, engine, frozenset(), ())
        made, empty = drained(_engine(edit.apply(holding), engine), engine)
        notes = list(edit.notes)
        if empty:
            notes.append(
                f"Storages that nothing refills any more count as empty: {made.before.some(empty)}."
            )
        return Opened(self, day, made, frozenset(edit.touched), tuple(notes))


def drained(made: ImpactEngine, engine: ImpactEngine) -> tuple[ImpactEngine, list[int]]:
    """Return the changed city with those storages empty that no source reaches since the changes, and which these are.

    A storage that no source reaches counts as one that something refills (`Undisturbed`). That goes for the city as it
    is; what a scenario cuts off runs dry, before any outage. What was off there, and no source led to, is not cut off.
    """
    known, empty = refilled(engine) | _apart(engine), set[tuple[str, int]]()
    while fresh := refilled(made) - known:
        empty |= fresh
        conductions = tuple(_without(c, fresh) for c in made.network.conductions)
        made = _engine(replace(made.network, conductions=conductions), engine)
    return made, sorted({vertex for _, vertex in empty})


def _engine(network: Network, engine: ImpactEngine) -> ImpactEngine:
    """Return the engine of a city that another was changed to."""
    return ImpactEngine(network, Undisturbed(network, engine.before), direct=engine.direct)


def refilled(engine: ImpactEngine) -> set[tuple[str, int]]:
    """Return (commodity, vertex) of the storages that no source reaches in the undisturbed city."""
    found = set[tuple[str, int]]()
    for joints, forest in zip(engine.before.judged, engine.before.forests, strict=True):
        if joints.stores is not None:
            vertex = joints.stores.vertex
            rooted = (forest.parent[vertex] < 0) & (forest.end[vertex] > 0)
            alone = vertex[rooted & ~joints.source[vertex]].tolist()
            found.update((joints.commodity, v) for v in alone)
    return found


def _apart(engine: ImpactEngine) -> set[tuple[str, int]]:
    """Return (commodity, vertex) of the storages that are off in the undisturbed city, and that nothing supplied leads to."""
    found, on = set[tuple[str, int]](), engine.before.on
    for joints, forest in zip(engine.before.judged, engine.before.forests, strict=True):
        if joints.stores is not None:
            off = joints.stores.vertex[~on[joints.stores.vertex]]
            entry, which = gather(joints.into_start, off)
            led = which[forest.supplied[joints.into[entry]]]
            found.update((joints.commodity, v) for v in np.delete(off, led).tolist())
    return found


def _without(joints: Conduction, empty: set[tuple[str, int]]) -> Conduction:
    stores = joints.stores
    if stores is None:
        return joints
    keep = ~np.isin(stores.vertex, [v for commodity, v in empty if commodity == joints.commodity])
    left = replace(stores, vertex=stores.vertex[keep], held=stores.held[keep])
    return replace(joints, stores=left)


@dataclass(frozen=True, slots=True)
class Opened:
    """A scenario on a day.

    Attributes:
        engine: Answers questions about the changed city.
        touched: Vertices that are switched, added or removed.
        notes: Changes that change nothing, and storages that they leave empty.
    """

    scenario: Scenario
    day: date
    engine: ImpactEngine
    touched: frozenset[int]
    notes: tuple[str, ...]


class Comparison:
    """Two answers to one question, without and with a scenario.

    What was off before the outage counts as down from hour 0, what was short or degraded as so; seeds, and what the scenario switches, adds or removes,
    are in no list and not counted as assets. People count where they live.

    Attributes:
        before: The answer of the city as it is.
        after: That of the city as it would be.
    """

    def __init__(self, before: Impact, after: Impact, opened: Opened) -> None:
        self.before, self.after, self.opened = before, after, opened
        self._counted = np.ones(before.size, dtype=bool)
        self._counted[[v for v in opened.touched | before.seeds.keys() if v < before.size]] = False

    @cached_property
    def _hours(self) -> tuple[Floats, Floats]:
        """By vertex: since when it is down, without and with the scenario; infinite where it stands."""
        return self.before.down, self.after.down[: self.before.size]

    @cached_property
    def _people(self) -> tuple[Floats, Floats]:
        """By vertex: since when those who live there are hit, without and with the scenario."""
        return self.before.people_hit, self.after.people_hit[: self.before.size]

    @cached_property
    def _weak(self) -> tuple[Floats, Floats]:
        """By vertex: since when it is short or degraded, without and with the scenario; infinite where it is neither."""
        return self.before.weak, self.after.weak[: self.before.size]

    def _where(self, kind: str) -> Ints:
        return np.nonzero(self._assets[kind] & self._counted)[0]

    @cached_property
    def _assets(self) -> dict[str, Bools]:
        was, is_ = (hours < np.inf for hours in self._weak)
        return _differ(*self._hours, was, is_)

    @cached_property
    def _homes(self) -> dict[str, Bools]:
        weak = self.before.people_weak, self.after.people_weak[: self.before.size]
        return _differ(*self._people, *weak)

    def list_of(self, kind: str) -> list[dict[str, Any]]:
        """Return what is `saved`, `newlyHit`, or fails `later` or `sooner`, in IRI order, with both hours.

        Raises:
            QueryError: There is no such list.
        """
        if kind not in KINDS:
            raise QueryError(f"There is no list {kind!r}.", hint=f"There is {', '.join(KINDS)}.")
        was, is_ = self._weak if kind in _WEAKER else self._hours
        return [
            {**self.before.who(v), "before": _hour(was[v]), "after": _hour(is_[v])}
            | {"weak": self._status(kind, v)}
            for v in self._where(kind).tolist()
        ]

    def _status(self, kind: str, vertex: int) -> str | None:
        """Return whether an asset is short or degraded in that of the answers in which it stands, or stands less well."""
        if kind in ("saved", "weakened"):
            return self.after.weak_as(vertex)
        return self.before.weak_as(vertex) if kind in ("newlyHit", "relieved") else None

    @cached_property
    def sums(self) -> dict[str, Any]:
        """The difference in numbers, as in docs/reference/impact.md."""
        was, is_ = self._hours
        gained = sum(float((is_[v] - was[v]).sum()) for v in map(self._where, ("later", "sooner")))
        hours = [
            float((np.clip(self.before.horizon - h, 0, None) * self.before.people).sum())
            for h in self._people
        ]
        before, after = (round(h, 3) for h in hours)
        return {
            **{kind: self._counts(kind) for kind in KINDS},
            "hoursGained": round(gained, 6),
            "personHours": {"before": before, "after": after, "saved": round(before - after, 3)},
        }

    def _counts(self, kind: str) -> dict[str, int]:
        assets = self._where(kind)
        said = {
            "assets": len(assets),
            "people": int(self.before.people[self._homes[kind]].sum()),
            "facilities": int(self.before.critical[assets].sum()),
        }
        weak = sum(self._status(kind, v) is not None for v in assets.tolist())
        return said | ({"weak": weak} if weak else {})

    def document(self, version: Version) -> dict[str, Any]:
        """Return the documented object (docs/reference/impact.md), ready for JSON."""
        opened = self.opened
        changes = [
            {**document_of(c), "holds": c.holds(opened.day)} for c in opened.scenario.changes
        ]
        scenario = {"name": opened.scenario.name, "date": opened.day.isoformat()}
        return {
            "version": version.document,
            "scenario": {**scenario, "changes": changes, "notes": list(opened.notes)},
            "at": self.before.at,
            "horizon": self.before.horizon,
            "clock": self.before.clock,
            "seeds": self.before.seed_list(),
            "before": self.before.summary(),
            "after": self.after.summary(),
            "difference": {**self.sums, "lists": {k: self.list_of(k) for k in KINDS}},
        }


_WEAKER = ("weakened", "relieved")
KINDS = ("saved", "newlyHit", "later", "sooner", *_WEAKER)


def _differ(was: Floats, is_: Floats, weak: Bools, weaker: Bools) -> dict[str, Bools]:
    stands = (was == np.inf) & (is_ == np.inf)
    return {
        "weakened": stands & ~weak & weaker,
        "relieved": stands & weak & ~weaker,
        "saved": (was < np.inf) & (is_ == np.inf),
        "newlyHit": (was == np.inf) & (is_ < np.inf),
        "later": (was < is_) & (is_ < np.inf),
        "sooner": (is_ < was) & (was < np.inf),
    }


def _hour(hour: float) -> float | None:
    return None if hour == np.inf else float(hour)


def compare(
    graph: Graph,
    scenario: Scenario,
    of: Sequence[str],
    *,
    day: date | None = None,
    at: float = 0.0,
    horizon: float = 24.0,
    clock: float | None = None,
) -> Comparison:
    """Resolve the names, and answer without and with a scenario.

    Args:
        graph: Of a version.
        scenario: What changes; on `day`.
        of: What goes out; it may be what the scenario adds.
        day: The day of the question; today unless given.
        at: Hour of the outage.
        horizon: Last hour looked at.
        clock: Hour of the day at hour 0.
    """
    engine, number = engine_of(graph), graph.version.number
    opened = scenario.open(engine, number, day)
    names = [opened.engine.network.directory.resolve(name, number) for name in of]
    before = [n for n in names if n in engine.network.directory.index]
    if not before and names:
        raise QueryError(
            f"{names[0]} is only in the scenario: without it there is nothing to compare.",
            hint="Let an asset go out that is there in both.",
        )
    hours = {"at": at, "horizon": horizon, "clock": clock, "graph": graph}
    return Comparison(engine.ask(before, **hours), opened.engine.ask(names, **hours), opened)
