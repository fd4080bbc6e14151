"""What GraphQL says of ways over the roads. Names are those of docs/reference/impact.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import strawberry

if TYPE_CHECKING:
    from ldt_graph.impact.mobility.reach import Reach


@strawberry.type(description="An asset or place by its names.")
class Named:
    iri: str
    identifier: str | None
    name: str | None
    type: str
    domain: str | None


@strawberry.type(description="A link of a way.")
class WayLink:
    link: str = strawberry.field(description="IRI.")
    start: str = strawberry.field(name="from", description="IRI of the node where it is entered.")
    end: str = strawberry.field(name="to", description="IRI of the node where it is left.")
    minutes: float
    source: str | None = strawberry.field(description="The file that says of it where it begins.")
    row: int | None


@strawberry.type(description="The shortest way from a facility to a place.")
class Route:
    facility: Named
    minutes: float
    links: list[WayLink]


@strawberry.type(description="How a place is reached, before an outage and at its horizon.")
class ReachedPlace:
    kind: str = strawberry.field(description="Class of the facility.")
    facility: Named | None = strawberry.field(
        description="Null where the nearest of a kind is asked for."
    )
    works: bool | None = strawberry.field(description="Whether the facility works at the horizon.")
    place: Named
    people: int = strawberry.field(description="How many live there.")
    status: str = strawberry.field(
        description="cutOff, longer, unchanged; apart: no way led there before either."
    )
    extra: float = strawberry.field(description="Minutes more than before.")
    before: Route | None
    after: Route | None


@strawberry.type(description="A page of ways: those cut off first, then the longest detours.")
class ReachPage:
    total_count: int
    longer: int
    cut_off: int
    closed: int = strawberry.field(description="Road links that can't be passed any more.")
    delayed: int = strawberry.field(description="Crossings that take longer to pass.")
    nodes: list[ReachedPlace]
    notes: list[str]


def page_of(found: Reach, first: int, skip: int, *, changed: bool) -> ReachPage:
    """Return a page of ways: of those that changed, or of all."""
    rows = found.changed if changed else found.rows
    start = max(skip, 0)
    return ReachPage(
        total_count=len(rows),
        longer=found.counts["longer"],
        cut_off=found.counts["cutOff"],
        closed=len(found.closures.closed),
        delayed=len(found.closures.delayed),
        nodes=[_reached(found.entry(r)) for r in rows[start : start + first]],
        notes=found.notes,
    )


def _reached(entry: dict[str, Any]) -> ReachedPlace:
    facility = entry["facility"]
    said: dict[str, Any] = {
        "facility": facility and Named(**facility),
        "place": Named(**entry["place"]),
        "before": _route(entry["before"]),
        "after": _route(entry["after"]),
    }
    return ReachedPlace(**{**entry, **said})


def _route(route: dict[str, Any] | None) -> Route | None:
    if route is None:
        return None
    links = [
        WayLink(
            start=leg["from"],
            end=leg["to"],
            **{k: leg[k] for k in ("link", "minutes", "source", "row")},
        )
        for leg in route["links"]
    ]
    return Route(facility=Named(**route["facility"]), minutes=route["minutes"], links=links)
