"""What GraphQL says of an outage. Names are those of the impact object (docs/reference/impact.md)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from ldt_api.derive import as_is, derived, values_of
from ldt_api.directives import Cost
from ldt_api.reach import ReachPage, page_of
from ldt_api.summaries import HitStatus, ImpactSummary, ShortIsland, but, short_island
from ldt_api.values import Gate, Provenance, Version
from ldt_graph.errors import QueryError
from ldt_graph.impact.answers.tell import tell
from ldt_graph.impact.answers.telling import tell_why
from ldt_graph.impact.walk import steps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ldt_graph.impact import Impact as Answer
    from ldt_graph.impact.answers.tell import Words


@strawberry.enum(
    description="How dependencies are read that no group and no axiom covers: the loss of any one stops what needs it; only that of all of one relation does; or any does, and only what hangs on the seeds themselves is looked at."
)
class Reading(Enum):
    ANY = "any"
    ALL = "all"
    DIRECT = "direct"


@derived(
    steps.Stored,
    description="A storage that fed an asset when no source reached it any more.",
    said={
        "asset": "IRI.",
        "held": "What it held above its least when that began.",
        "unit": "Of `held`, as a UCUM code.",
        "since": "Hour from which it fed the asset.",
        "until": "Hour at which that ended, or would if nothing changed; null for never.",
    },
)
class Stored: ...


@derived(
    steps.Step,
    description="One hop of a because-chain: `asset` was touched by what happened to `from`.",
    said={
        "asset": "IRI.",
        "reason": "outage, gate, supply; held, buffered or stored for what stands; short, degraded; weak for what requires something short or degraded.",
        "cause": "IRI.",
        "storages": "What fed it when no source did any more, the last to run dry first.",
        "also": "IRIs of the other feeders that had to fail for the loss of a supply, or left it short.",
        "evidence": "The row or axiom that the relation rests on.",
    },
    names={"cause": "from"},
    shown={"gate": Gate | None, "storages": list[Stored], "evidence": Provenance | None},
    without=("buffer",),
)
class Step:
    step: strawberry.Private[steps.Step]
    words: strawberry.Private[Any]

    @strawberry.field(description="Hours that a buffer bridges.")
    def buffer_hours(self) -> float | None:
        return self.step.buffer.hours if self.step.buffer else None

    @strawberry.field(description="The hop in words.")
    def sentence(self) -> str:
        return tell(self.step, self.words)


def _shown(step: steps.Step) -> dict[str, Any]:
    return {k: v for k, v in values_of(step).items() if k != "buffer"}


def _steps(chain: Iterable[steps.Step], words: Words) -> list[Step]:
    make = as_is(Step)
    return [make(step=s, words=words, **_shown(s)) for s in chain]


@strawberry.type(description="An asset that an outage reaches.")
class Hit:
    hit: strawberry.Private[Any]
    position: strawberry.Private[int]
    answer: strawberry.Private[Any]

    @strawberry.field
    def iri(self) -> str:
        return self.hit["iri"]

    @strawberry.field
    def identifier(self) -> str | None:
        return self.hit["identifier"]

    @strawberry.field
    def name(self) -> str | None:
        return self.hit["name"]

    @strawberry.field
    def type(self) -> str:
        return self.hit["type"]

    @strawberry.field
    def domain(self) -> str | None:
        return self.hit["domain"]

    @strawberry.field
    def status(self) -> HitStatus:
        return HitStatus(self.hit["status"])

    @strawberry.field(description="When it fails; from when on it is short or degraded.")
    def hour(self) -> float | None:
        return self.hit["hour"]

    @strawberry.field(description="The island in which it is short, at its worst.")
    def short(self) -> ShortIsland | None:
        said = self.hit.get("short")
        return short_island(said) if said else None

    @strawberry.field(description="From which hour on it is degraded, short or not.")
    def degraded_from(self) -> float | None:
        return self.hit.get("degraded")

    @strawberry.field(description="From this asset back to a seed.")
    def because(self) -> list[Step]:
        return _steps(self.answer.because(self.position), self.answer.words)


@strawberry.type
class Seed:
    iri: str
    identifier: str | None
    name: str | None
    type: str
    domain: str | None
    hour: float
    already_off: bool = strawberry.field(
        description="It was off before; its outage changes nothing."
    )


@strawberry.type(description="An asset that failed, and what brought that about.")
class FailedBy:
    failed: strawberry.Private[Any]
    words: strawberry.Private[Any]
    asset: str = strawberry.field(description="IRI.")
    hour: float
    reason: str = strawberry.field(description="outage, gate or supply.")
    commodity: str | None = strawberry.field(description="What it lost.")
    gate: Gate | None
    buffer_hours: float | None = strawberry.field(description="Hours that bridged the loss.")
    storages: list[Stored] = strawberry.field(description="The last to run dry first.")
    causes: list[str] = strawberry.field(
        description="IRIs of what had to fail, the last to fail first: together they suffice, and none can be left out."
    )

    @strawberry.field(
        description="How each cause reaches the asset, hop by hop, cause after cause."
    )
    def steps(self) -> list[Step]:
        return _steps(self.failed.steps, self.words)


@strawberry.type(description="One requirement of an asset that holds.")
class HeldBy:
    held: strawberry.Private[Any]
    words: strawberry.Private[Any]
    by: str = strawberry.field(
        description="members of its gate that still work; another path to a source; a storage; a buffer; it is lost and the asset only degraded; or it is untouched."
    )
    commodity: str | None
    until: float | None = strawberry.field(description="Hour at which a storage or buffer ends.")
    gate: Gate | None
    working: list[str] = strawberry.field(description="IRIs of its members that still work.")
    storages: list[Stored]
    standby: list[str] = strawberry.field(
        description="IRIs of what is on stand-by on the path and must run."
    )

    @strawberry.field(description="The path to a source; or the members of the gate that failed.")
    def steps(self) -> list[Step]:
        return _steps(self.held.steps, self.words)


@strawberry.type(description="Why an asset fails, or what holds it.")
class Why:
    why: strawberry.Private[Any]
    words: strawberry.Private[Any]

    @strawberry.field
    def iri(self) -> str:
        return self.why.asset["iri"]

    @strawberry.field(
        description="failed, short, degraded, exposed, untouched, or off: it was off before."
    )
    def status(self) -> str:
        return self.why.document["status"]

    @strawberry.field(description="When it fails; from when on it is short or degraded.")
    def hour(self) -> float | None:
        return getattr(self.why, "hour", None)

    @strawberry.field(description="The island in which it is short, at its worst.")
    def short(self) -> ShortIsland | None:
        said = self.why.document.get("short")
        return short_island(said) if said else None

    @strawberry.field(
        description="From what is short or degraded, or only requires something that is, back to a seed."
    )
    def because(self) -> list[Step]:
        return _steps(getattr(self.why, "because", ()), self.words)

    @strawberry.field(
        description="IRIs of the seeds that alone make it fail, or leave it short or degraded: none can be left out."
    )
    def seeds(self) -> list[str]:
        return list(getattr(self.why, "seeds", ()))

    @strawberry.field(description="The asset that fails, then all behind it, down to seeds.")
    def failed(self) -> list[FailedBy]:
        return [
            FailedBy(
                failed=f,
                words=self.words,
                asset=f.asset,
                hour=f.hour,
                reason=f.reason,
                commodity=f.commodity,
                gate=as_is(f.gate),
                buffer_hours=f.buffer,
                storages=as_is(f.storages),
                causes=list(f.causes),
            )
            for f in getattr(self.why, "failed", ())
        ]

    @strawberry.field(
        description="What the build set aside of it, or of what it hangs on: with that it might have failed."
    )
    def doubt(self) -> str | None:
        return getattr(self.why, "doubt", None)

    @strawberry.field(description="The requirements that hold: those touched, or else all.")
    def held(self) -> list[HeldBy]:
        return [
            HeldBy(
                held=h,
                words=self.words,
                by=h.by,
                commodity=h.commodity,
                until=h.until,
                gate=as_is(h.gate),
                working=list(h.working),
                storages=as_is(h.storages),
                standby=list(h.standby),
            )
            for h in getattr(self.why, "held", ())
        ]

    @strawberry.field(description="The same in words.")
    def sentences(self) -> list[str]:
        return tell_why(self.why, self.words)


@strawberry.type(description="What fails, when, and why (docs/reference/impact.md).")
class Impact:
    answer: strawberry.Private[Any]
    version: Version

    @strawberry.field
    def at(self) -> float:
        return self.answer.at

    @strawberry.field
    def horizon_hours(self) -> float:
        return self.answer.horizon

    @strawberry.field(description="How dependencies were read that no group and no axiom covers.")
    def reading(self) -> Reading:
        return Reading(self.answer.reading)

    @strawberry.field(description="Hour of the day at hour 0, where the question gives one.")
    def clock(self) -> float | None:
        return self.answer.clock

    @strawberry.field
    def seeds(self) -> list[Seed]:
        return [
            Seed(already_off=s["alreadyOff"], **but(s, "alreadyOff"))
            for s in self.answer.seed_list()
        ]

    @strawberry.field
    def summary(self) -> ImpactSummary:
        return ImpactSummary(answer=self.answer, summary=self.answer.summary())

    @strawberry.field(
        description="All that has to happen for an asset to fail, or what holds it. By IRI, dataset:identifier or identifier.",
        directives=[Cost(weight=1000)],
    )
    def why(self, id: str) -> Why:  # noqa: A002
        return Why(
            why=self.answer.why(self.answer.resolve(id, as_is(self.version).number)),
            words=self.answer.words,
        )

    @strawberry.field(
        description="How long it takes over the roads to districts and service areas, before and at the horizon, from each critical facility, or, with `nearest`, from the nearest of each kind that works; at most 1,000 ways at a time. `from` and `to` name others; `changed: false` lists all."
    )
    def reach(
        self,
        first: int = 20,
        skip: int = 0,
        nearest: bool = False,
        changed: bool = True,
        origins: Annotated[list[str] | None, strawberry.argument(name="from")] = None,
        to: list[str] | None = None,
    ) -> ReachPage:
        check_page(first)
        found = self.answer.reach(of=origins or (), to=to or (), nearest=nearest)
        return page_of(found, first, skip, changed=changed)

    @strawberry.field
    def hit_count(self) -> int:
        return len(self.answer)

    @strawberry.field(
        description="What failed by hour, then what is short, degraded and exposed; at most 1,000 at a time. `type` is a class or one above it."
    )
    def hits(
        self,
        first: int = 100,
        skip: int = 0,
        type: str | None = None,  # noqa: A002
        domain: str | None = None,
        status: str | None = None,
    ) -> list[Hit]:
        check_page(first)
        answer: Answer = self.answer
        start = max(skip, 0)
        if type is domain is status is None:
            found = list(range(start, min(start + first, len(answer))))
        else:
            found = answer.positions(type_=type, domain=domain, status=status)[start:][:first]
        return [Hit(hit=answer.hit(p, "none"), position=p, answer=answer) for p in found]


def check_page(first: int) -> None:
    """Refuse a page size that is negative or above 1,000."""
    if not 0 <= first <= 1000:
        raise QueryError(f"A page has 0 to 1,000 entries, not {first}.", hint="Go on with `after`.")
