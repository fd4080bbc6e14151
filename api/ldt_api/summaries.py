"""What GraphQL says of an outage in sums. Names are those of the impact object (docs/reference/impact.md)."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry

from ldt_graph.impact.answers.tell import tell_start


@strawberry.enum(description="What an outage does to an asset: the first of these that fits.")
class HitStatus(Enum):
    failed = "failed"
    short = strawberry.enum_value("short", description="Supplied with less than is asked for.")
    degraded = strawberry.enum_value("degraded", description="Works, but worse.")
    exposed = strawberry.enum_value(
        "exposed", description="Redundancy, a storage or a buffer holds within the horizon."
    )


@strawberry.type(description="Numbers by status; nothing is counted twice.")
class Tally:
    failed: int
    exposed: int
    short: int = strawberry.field(default=0, description="Supplied with less than is asked for.")
    degraded: int = strawberry.field(default=0, description="Works, but worse.")


@strawberry.type
class KeyedTally:
    key: str
    failed: int
    exposed: int
    short: int = 0
    degraded: int = 0


@strawberry.type
class PlaceTally:
    iri: str
    identifier: str | None
    name: str | None
    failed: int
    exposed: int
    people: Tally = strawberry.field(description="Of those who live in it, each person once.")
    lives: int = strawberry.field(description="How many live in it.")
    short: int = 0
    degraded: int = 0


@strawberry.type(description="People who lose a commodity where they live, each person once.")
class PeopleWithout:
    commodity: str
    people: int
    since: float = strawberry.field(name="from", description="Hour at which the first of them do.")


@strawberry.type
class NotSupplied:
    commodity: str
    amount: float
    unit: str | None = strawberry.field(description="A UCUM code.")


@strawberry.type(description="What hangs on live sources that can give less than it asks for.")
class ShortIsland:
    commodity: str
    sources: list[str] = strawberry.field(description="IRIs.")
    assets: int
    capacity: float
    demand: float
    short: float = strawberry.field(description="Demand less capacity.")
    unit: str | None = strawberry.field(description="Of the three, as a UCUM code.")
    since: float = strawberry.field(name="from", description="First hour.")
    until: float | None = strawberry.field(
        description="Hour from which on it was so no more; null where it is so at the horizon."
    )


@strawberry.type(description="A critical facility that an outage reaches.")
class FacilityHit:
    iri: str
    identifier: str | None
    name: str | None
    type: str
    domain: str | None
    status: HitStatus
    hour: float | None = strawberry.field(
        description="When it fails or goes out; from when on it is short or degraded."
    )


@strawberry.type(description="A storage that fed what no source reached any more.")
class StorageUse:
    iri: str
    identifier: str | None
    name: str | None
    type: str
    domain: str | None
    held: float = strawberry.field(description="Above its least, when that began.")
    unit: str | None = strawberry.field(description="Of `held`, as a UCUM code.")
    feeds: int = strawberry.field(description="The most assets that it fed.")
    since: float = strawberry.field(name="from", description="Hour.")
    until: float | None = strawberry.field(
        description="Hour at which that ended, or would if nothing changed; null for never."
    )


@strawberry.type(
    description="An asset on stand-by that must start for all to hold as long as it holds."
)
class MustStart:
    start: strawberry.Private[Any]
    words: strawberry.Private[Any]
    iri: str
    identifier: str | None
    name: str | None
    type: str
    domain: str | None
    rules: list[str] = strawberry.field(description="What starts it, in the words of its source.")
    by: float = strawberry.field(description="Hour of the first failure if it does not.")
    saves: int = strawberry.field(
        description="How many assets fail then that stand else, or fail sooner."
    )
    delays: int = strawberry.field(description="How many of these fail all the same, and later.")
    until: float | None = strawberry.field(
        description="Hour at which the last of those does; null where there are none."
    )
    instead: list[str] = strawberry.field(
        description="IRIs of what is on stand-by too and would do in its place, one at a time."
    )

    @strawberry.field(description="The same in words.")
    def sentence(self) -> str:
        return tell_start(self.start, self.words)


@strawberry.type
class ImpactSummary:
    answer: strawberry.Private[Any]
    summary: strawberry.Private[Any]

    @strawberry.field
    def by_status(self) -> Tally:
        return Tally(**self.summary["byStatus"])

    @strawberry.field
    def by_domain(self) -> list[KeyedTally]:
        return [KeyedTally(key=k, **v) for k, v in self.summary["byDomain"].items()]

    @strawberry.field
    def by_type(self) -> list[KeyedTally]:
        return [KeyedTally(key=k, **v) for k, v in self.summary["byType"].items()]

    @strawberry.field(
        description="People who are hit where they live, and who else is reached; each person once, by the worst."
    )
    def people(self) -> Tally:
        return Tally(**self.summary["people"])

    @strawberry.field(description="Who loses what.")
    def people_without(self) -> list[PeopleWithout]:
        return [
            PeopleWithout(since=p["from"], **but(p, "from")) for p in self.summary["peopleWithout"]
        ]

    @strawberry.field(
        description="Stated demand of what failed or went out, until the horizon, by commodity."
    )
    def not_supplied(self) -> list[NotSupplied]:
        return [NotSupplied(**n) for n in self.summary["notSupplied"]]

    @strawberry.field(
        description="What within the horizon hangs on live sources that can give less than it asks for, at its worst."
    )
    def short(self) -> list[ShortIsland]:
        return [short_island(s) for s in self.summary["short"]]

    @strawberry.field(
        description="Those that fail or go out, by hour, then those short, degraded and exposed."
    )
    def facilities(self) -> list[FacilityHit]:
        return [
            FacilityHit(status=HitStatus(f["status"]), **but(f, "status"))
            for f in self.summary["facilities"]
        ]

    @strawberry.field
    def critical_facilities(self) -> Tally:
        return Tally(**self.summary["criticalFacilities"])

    @strawberry.field
    def districts(self) -> list[PlaceTally]:
        return [
            PlaceTally(people=Tally(**d["people"]), **but(d, "people"))
            for d in self.summary["districts"]
        ]

    @strawberry.field(description="Assets that were off or unsupplied before the outage.")
    def already_off(self) -> int:
        return self.summary["alreadyOff"]

    @strawberry.field(description="What storages fed, and how long they last.")
    def storages(self) -> list[StorageUse]:
        return [StorageUse(since=s["from"], **but(s, "from")) for s in self.summary["storages"]]

    @strawberry.field(
        description="What is on stand-by and must start for all to hold as long as it holds: the fewest, none of which can be left out."
    )
    def must_start(self) -> list[MustStart]:
        words = self.answer.words
        return [MustStart(start=s, words=words, **s.document) for s in self.answer.must_start]

    @strawberry.field(description="What the answer leaves out.")
    def notes(self) -> list[str]:
        return self.summary["notes"]


def short_island(said: dict[str, Any]) -> ShortIsland:
    """Return an island from what an answer says of it."""
    return ShortIsland(since=said["from"], **but(said, "from"))


def but(values: dict[str, Any], key: str) -> dict[str, Any]:
    """Return all values but one."""
    return {k: v for k, v in values.items() if k != key}
