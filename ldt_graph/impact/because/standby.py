"""What is on stand-by and must start, so that what an answer says holds does hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ldt_graph.impact.because.minimal import least

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ldt_graph.impact.walk.cascade import Cascade

_MOST = 32  # on stand-by beside what must start, and tried in its place


@dataclass(frozen=True, slots=True)
class Start:
    """An asset on stand-by that must start.

    Attributes:
        asset: How an answer calls it.
        rules: What starts it, in the words of its source.
        by: Hour of the first failure if it does not.
        saves: How many assets fail then that stand else, or fail sooner.
        delays: How many of these fail all the same, and later.
        until: Hour at which the last of those does; None where there are none.
        instead: IRIs of what is on stand-by too and would do in its place, one at a time.
    """

    asset: Mapping[str, str | None]
    rules: tuple[str, ...]
    by: float
    saves: int
    delays: int = 0
    until: float | None = None
    instead: tuple[str, ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """The documented object, ready for JSON."""
        return {
            **self.asset,
            "rules": list(self.rules),
            "by": self.by,
            "saves": self.saves,
            "delays": self.delays,
            "until": self.until,
            "instead": list(self.instead),
        }


def must_start(cascade: Cascade, outages: dict[int, float]) -> list[Start]:
    """Return the fewest that must start for all to hold as long as it holds, none of which can be left out.

    What must start in the undisturbed city too is taken for granted. Costs a question for each, and one more.
    """
    candidates = _candidates(cascade, outages) if cascade.was_held else []
    if not candidates:
        return []
    without = partial(_more_failures, cascade, outages)

    def suffices(started: Sequence[int]) -> bool:
        return not without(set(candidates) - set(started))

    if suffices([]):
        return []
    found = least(candidates, suffices)
    others = [c for c in candidates if c not in found]
    iris = cascade.network.columns.iris

    def instead(one: int) -> tuple[str, ...]:
        """Name what suffices in the place of one that must start; looked for among the first few."""
        rest = [f for f in found if f != one]
        return tuple(iris[o] for o in others[:_MOST] if suffices([*rest, o]))

    return [
        replace(start, instead=instead(one))
        for one, start in _starts(cascade, found, lambda one: without({one, *others}))
    ]


def _candidates(cascade: Cascade, outages: dict[int, float]) -> list[int]:
    """Return what is on stand-by and can start when the first outage comes, though it may fail later."""
    idle = cascade.network.idle & cascade.before.on
    idle[cascade.before.started] = False
    able = np.nonzero(idle)[0]
    if len(able):  # the hours of all are dear
        able = able[cascade.hours[able] > min(outages.values())]
    return able.tolist()


def _more_failures(
    cascade: Cascade, outages: dict[int, float], stuck: Iterable[int]
) -> dict[int, float]:
    """Return what fails beside or before what does anyway if these can't start: vertex → hour."""
    again = cascade.again({**outages, **dict.fromkeys(stuck, 0.0)})
    more = again.failed()
    more = more[~cascade.network.idle[more]]
    fates = {v: again.fate(v).hour for v in more.tolist()}
    return {
        v: hour
        for v, hour in fates.items()
        if cascade.works[v] or hour < cascade.fate(v).hour - 1e-9
    }


def _starts(
    cascade: Cascade, found: list[int], lost: Callable[[int], dict[int, float]]
) -> Iterator[tuple[int, Start]]:
    rules: dict[int, list[str]] = {}
    for vertex, rule in cascade.network.columns.standby:
        if rule:
            rules.setdefault(vertex, []).append(rule)
    for vertex in found:
        more = lost(vertex)
        late = [cascade.fate(v).hour for v in more if not cascade.works[v]]
        who, own = cascade.before.who(vertex), tuple(rules.get(vertex, ()))
        first, last = min(more.values()), max(late, default=None)
        yield vertex, Start(who, own, first, len(more), len(late), last)
