"""What GraphQL says of the numbers that outages are ranked by."""

from __future__ import annotations

from enum import Enum

import strawberry


@strawberry.enum(
    description="What outages are ranked by; the others decide between equals, in this order.",
    name="CriticalityBy",
)
class By(Enum):
    PEOPLE = "people"
    FACILITIES = "facilities"
    ASSETS = "assets"
    PEOPLE_SHORT = "people-short"
    FACILITIES_SHORT = "facilities-short"
    ASSETS_SHORT = "assets-short"
    PEOPLE_DEGRADED = "people-degraded"
    FACILITIES_DEGRADED = "facilities-degraded"
    ASSETS_DEGRADED = "assets-degraded"


@strawberry.enum(description="What measures keep assets from: this, and what is worse.")
class KeepFrom(Enum):
    FAILED = "failed"
    SHORT = "short"
    DEGRADED = "degraded"


@strawberry.type(description="Whom and what an outage leaves short, or degraded; nothing twice.")
class Weaker:
    people: int = strawberry.field(description="Whom nothing worse reaches.")
    facilities: int = strawberry.field(description="Critical facilities among the assets.")
    assets: int
