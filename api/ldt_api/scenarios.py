"""What GraphQL says of scenarios: two answers, and their difference."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any

import strawberry

from ldt_api.derive import as_is
from ldt_api.directives import Cost
from ldt_api.impacts import Impact, check_page
from ldt_graph.impact import Scenario, compare
from ldt_graph.impact.structure.changes import change_of

if TYPE_CHECKING:
    from collections.abc import Sequence


@strawberry.enum(description="What a change does.", name="ChangeDo")
class Do(Enum):
    CLOSE = "close"
    OPEN = "open"
    REMOVE = "remove"
    ADD = "add"
    FEED = "feed"
    AUTONOMY = "autonomy"
    TANK = "tank"
    GROUP = "group"
    SHARE = "share"


@strawberry.input(description="A relation of an asset that is added.")
class RelationInput:
    relation: str
    to: str


@strawberry.input(description="One change of a scenario (docs/reference/impact.md).")
class ChangeInput:
    do: Do
    asset: str
    by: str | None = None
    relation: str | None = None
    hours: float | None = None
    volume: float | None = None
    required: int | None = None
    share: float | None = None
    type: str | None = None
    relations: list[RelationInput] | None = None
    on: date | None = None
    until: date | None = None
    cost: float | None = None

    def said(self) -> dict[str, Any]:
        """Return it as a file says it."""
        pairs = [(r.relation, r.to) for r in self.relations or ()]
        return {**asdict(self), "do": self.do.value, "relations": pairs or None}


def scenario_of(changes: Sequence[ChangeInput], name: str) -> Scenario:
    """Return the scenario that a question holds."""
    return Scenario(name, tuple(change_of(c.said(), n) for n, c in enumerate(changes, start=1)))


@strawberry.type(
    description="Assets, the critical facilities among them, and people where they live."
)
class Difference:
    assets: int
    people: int
    facilities: int
    weak: int = strawberry.field(
        default=0, description="Of these assets, those that are short or degraded where they stand."
    )


@strawberry.type(description="People times the hours that they are without, within the horizon.")
class PersonHours:
    before: float
    after: float
    saved: float


@strawberry.enum(description="How an answer changes for an asset.", name="DifferenceKind")
class Kind(Enum):
    SAVED = "saved"
    NEWLY_HIT = "newlyHit"
    LATER = "later"
    SOONER = "sooner"
    WEAKENED = "weakened"
    RELIEVED = "relieved"


@strawberry.type(
    description="An asset for which the answers differ: since when it is down in each; null where it stands. Of kinds WEAKENED and RELIEVED, since when it is short or degraded."
)
class Changed:
    iri: str
    identifier: str | None
    name: str | None
    type: str
    domain: str | None
    before: float | None
    after: float | None
    weak: str | None = strawberry.field(
        description="short or degraded, where it is so instead of down or instead of whole."
    )


@strawberry.type(description="Two answers to one question, without and with a scenario.")
class ScenarioAnswer:
    found: strawberry.Private[Any]
    before: Impact
    after: Impact
    date: date
    notes: list[str] = strawberry.field(
        description="Changes that change nothing, and storages that they leave empty."
    )

    @strawberry.field(description="Fails without it, and stands with it.")
    def saved(self) -> Difference:
        return Difference(**self.found.sums["saved"])

    @strawberry.field(description="Stands without it, and is down with it.")
    def newly_hit(self) -> Difference:
        return Difference(**self.found.sums["newlyHit"])

    @strawberry.field(description="Fails in both, later with it.")
    def later(self) -> Difference:
        return Difference(**self.found.sums["later"])

    @strawberry.field(description="Fails in both, sooner with it.")
    def sooner(self) -> Difference:
        return Difference(**self.found.sums["sooner"])

    @strawberry.field(description="Stands in both, and is short or degraded only with it.")
    def weakened(self) -> Difference:
        return Difference(**self.found.sums["weakened"])

    @strawberry.field(description="Stands in both, and is short or degraded only without it.")
    def relieved(self) -> Difference:
        return Difference(**self.found.sums["relieved"])

    @strawberry.field(description="Hours gained by what fails in both, less those lost.")
    def hours_gained(self) -> float:
        return self.found.sums["hoursGained"]

    @strawberry.field
    def person_hours(self) -> PersonHours:
        return PersonHours(**self.found.sums["personHours"])

    @strawberry.field(description="Assets for which the answers differ, in IRI order.")
    def changed(self, kind: Kind, first: int = 100, skip: int = 0) -> list[Changed]:
        check_page(first)
        start = max(skip, 0)
        return [Changed(**c) for c in self.found.list_of(kind.value)[start : start + first]]


@strawberry.type
class ScenarioQueries:
    """The field of `Query` about scenarios."""

    @strawberry.field(
        description="What changes of the twin would save or cost in an outage; those with days hold on `date`, today unless given. Nothing is stored.",
        directives=[Cost(weight=4000)],
    )
    def scenario(
        self,
        info: strawberry.Info,
        of: list[str],
        changes: list[ChangeInput],
        date: date | None = None,
        horizon_hours: float = 24.0,
        at: float = 0.0,
        clock: float | None = None,
        as_of: str | None = None,
    ) -> ScenarioAnswer:
        """Return both answers."""
        graph = info.context.graph(as_of)
        made = scenario_of(changes, "inline")
        hours = {"at": at, "horizon": horizon_hours, "clock": clock}
        found = compare(graph, made, of, day=date, **hours)
        version = as_is(graph.version)
        return ScenarioAnswer(
            found=found,
            before=Impact(answer=found.before, version=version),
            after=Impact(answer=found.after, version=version),
            date=found.opened.day,
            notes=list(found.opened.notes),
        )
