"""What an outage costs, in numbers that outages are ranked by: whom and what it leaves failed, short or degraded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from ldt_graph.errors import QueryError
from ldt_graph.impact.answers.people import People
from ldt_graph.impact.walk.statuses import Statuses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ldt_graph.graph.columns import Ints
    from ldt_graph.impact.walk.cascade import Cascade
    from ldt_graph.impact.walk.statuses import Status

Mark = Literal["failed", "short", "degraded"]
MARKS: tuple[Mark, ...] = get_args(Mark)
"""What outages are ranked by: the statuses without `exposed`, the worst first."""

By = Literal[
    "people",
    "facilities",
    "assets",
    "people-short",
    "facilities-short",
    "assets-short",
    "people-degraded",
    "facilities-degraded",
    "assets-degraded",
]
BY: tuple[By, ...] = get_args(By)
"""Of each mark what `Counts` counts, in order: the first decides unless asked otherwise, the next between equals."""


class Counts(NamedTuple):
    """Whom and what an outage leaves with one mark, each once, by the worst."""

    people: int
    facilities: int
    assets: int


@dataclass(frozen=True, slots=True)
class Consequence:
    """What an outage leaves failed, short and degraded; people are hit where they live."""

    failed: Counts
    short: Counts
    degraded: Counts

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers, in the order of `BY`."""
        return (*self.failed, *self.short, *self.degraded)

    def rank(self, by: By = "people") -> tuple[int, ...]:
        """Return what consequences are ordered by: the worst first, the other numbers between equals.

        Raises:
            QueryError: Nothing is ranked so.
        """
        numbers = self.numbers
        return (-numbers[column(by)], *(-n for n in numbers))

    @property
    def weaker(self) -> dict[str, dict[str, int]]:
        """What is short and what is degraded, as in docs/reference/impact.md."""
        return {"short": self.short._asdict(), "degraded": self.degraded._asdict()}


def column(by: By) -> int:
    """Return the position of a measure in `BY`.

    Raises:
        QueryError: Nothing is ranked so.
    """
    if by not in BY:
        raise QueryError(f"Nothing is ranked by {by!r}.", hint=f"Rank by {', '.join(BY)}.")
    return BY.index(by)


def severity(mark: Mark) -> int:
    """Return the position of a mark among `MARKS`: 0 is worst.

    Raises:
        QueryError: There is no such mark.
    """
    if mark not in MARKS:
        raise QueryError(f"Nothing is left {mark!r}.", hint=f"Say {', '.join(MARKS)}.")
    return MARKS.index(mark)


def marked(cascade: Cascade) -> dict[Mark, Ints]:
    """Return what a question leaves with each mark; what went out has failed, too."""
    statuses = Statuses(cascade, cascade.failed())
    return {"failed": statuses.failed, "short": statuses.short, "degraded": statuses.degraded}


def weakened(cascade: Cascade) -> dict[Mark, Ints]:
    """Return what works and is short, or degraded, or both: by the outage, or already before it."""
    left, before = marked(cascade), cascade.before
    short = [b.short_vertices for b in before.amounts.balances if b is not None]
    found: dict[Mark, Ints] = {
        "short": np.concatenate([left["short"], *short]),
        "degraded": np.concatenate([cascade.degraded.vertex, before.degraded]),
    }
    return {mark: np.unique(v[cascade.works[v]]) for mark, v in found.items()}


_NOTHING = Counts(0, 0, 0)


def consequence(
    cascade: Cascade, left: Mapping[Mark, Ints], *, own: int | None = None
) -> Consequence:
    """Return the numbers of what a question leaves with each mark.

    Args:
        cascade: Of the question, run.
        left: As of `marked`.
        own: What went out alone, and is not to count among facilities and assets; its people are.
    """
    failed, critical = left["failed"], cascade.network.columns.critical
    standing: dict[Status, Ints] = {m: left[m] for m in ("short", "degraded") if len(left[m])}
    people = People(cascade, failed, standing).count
    counted = {**left, "failed": failed if own is None else failed[failed != own]}
    return Consequence(
        *(
            Counts(people.get(m, 0), int(critical[counted[m]].sum()), len(counted[m]))
            if len(left[m])
            else _NOTHING
            for m in MARKS
        )
    )
