"""What GraphQL says of places: where an outage of all in one is worst, and which feeds lie together."""

from __future__ import annotations

from typing import Any

import strawberry

from ldt_api.consequences import By, Weaker
from ldt_api.directives import Cost
from ldt_api.impacts import check_page
from ldt_graph.errors import QueryError
from ldt_graph.impact.spatial.commons import CommonCause as Found
from ldt_graph.impact.spatial.commons import common_causes
from ldt_graph.impact.spatial.places import Places, worst_corridors, worst_places


@strawberry.type(
    description="A square cell, or a corridor along a line, and what the outage of all in it brings about."
)
class WorstPlace:
    found: strawberry.Private[Any]
    box: list[float] = strawberry.field(
        description="West, south, east, north in degrees; of a corridor, of its middle line."
    )
    along: str | None = strawberry.field(description="The asset that a corridor follows.")
    line: list[list[list[float]]] = strawberry.field(
        description="The middle line of a corridor, as GeoJSON's MultiLineString; empty of a cell."
    )
    people: int = strawberry.field(description="Who are hit where they live, each once.")
    facilities: int = strawberry.field(description="Critical facilities that fail.")
    failed: int = strawberry.field(description="Assets that fail, those in it too.")
    short: Weaker
    degraded: Weaker
    asset_count: int

    @strawberry.field(description="IRIs of what goes out, sorted. At most 1,000 a page.")
    def assets(self, first: int = 100, skip: int = 0) -> list[str]:
        check_page(first)
        start = max(skip, 0)
        return list(self.found.assets[start : start + first])


@strawberry.type(description="The worst places, the worst first.")
class WorstPlaces:
    count: int = strawberry.field(description="Cells that hold assets, or corridors.")
    asked: int = strawberry.field(description="Different questions that it took.")
    unplaced: int = strawberry.field(description="Assets that do not say where they are.")
    nodes: list[WorstPlace]


@strawberry.type(description="A row of a source file.")
class Row:
    source: str | None
    row: int | None


@strawberry.type(
    description="Two assets that lie together, whose outage stops what members of a group were to keep."
)
class CommonCause:
    iri: str
    identifier: str | None
    name: str | None
    type: str
    group: str = strawberry.field(description="IRI of the group that counts on either.")
    members: list[str]
    assets: list[str] = strawberry.field(description="What lies together: on the way of each.")
    metres: float
    points: list[list[float]] = strawberry.field(description="Nearest points, longitude first.")
    inside: str | None = strawberry.field(description="An asset that both are in or part of.")
    evidence: list[Row | None] = strawberry.field(description="A row that states each.")


@strawberry.type(description="A page of common causes.")
class CommonCauses:
    total_count: int
    nodes: list[CommonCause]


@strawberry.type
class PlacesQueries:
    """The fields of `Query` about places."""

    @strawberry.field(
        description="Where the outage of all in one place hits most people, critical facilities, assets, or counts most otherwise (`by`): `cell` gives the side of square cells in metres; or `corridor` what lies so many metres to either side of stretches of lines, each at most `length` metres long. At most 1,000.",
        directives=[Cost(weight=50_000)],
    )
    def worst_places(
        self,
        info: strawberry.Info,
        cell: float | None = None,
        corridor: float | None = None,
        length: float = 100.0,
        first: int = 10,
        by: By = By.PEOPLE,
        horizon_hours: float = 24.0,
        clock: float | None = None,
        as_of: str | None = None,
    ) -> WorstPlaces:
        """Return them; one question of the twin for each set of assets that is in some place."""
        check_page(first)
        graph = info.context.graph(as_of)
        asked = {"first": first, "by": by.value, "horizon": horizon_hours, "clock": clock}
        if cell is not None and corridor is None:
            return _places(worst_places(graph, cell, **asked))
        if corridor is not None and cell is None:
            return _places(worst_corridors(graph, corridor, length=length, **asked))
        raise QueryError("Say which places.", hint="Give either `cell` or `corridor`.")

    @strawberry.field(
        description="Feeds that a group counts as independent and that lie within so many metres, whose outage together stops its owner. At most 1,000 a page.",
        directives=[Cost(weight=20_000)],
    )
    def common_causes(
        self,
        info: strawberry.Info,
        metres: float,
        first: int = 100,
        skip: int = 0,
        as_of: str | None = None,
    ) -> CommonCauses:
        """Return a page."""
        check_page(first)
        found = common_causes(info.context.graph(as_of), metres)
        start = max(skip, 0)
        nodes = [_cause(c) for c in found[start : start + first]]
        return CommonCauses(total_count=len(found), nodes=nodes)


def _places(places: Places) -> WorstPlaces:
    nodes = [
        WorstPlace(
            found=p,
            box=list(p.box),
            along=p.along,
            line=[[list(at) for at in part] for part in p.line],
            people=p.consequence.failed.people,
            facilities=p.consequence.failed.facilities,
            failed=p.consequence.failed.assets,
            short=Weaker(**p.consequence.short._asdict()),
            degraded=Weaker(**p.consequence.degraded._asdict()),
            asset_count=len(p.assets),
        )
        for p in places.worst
    ]
    return WorstPlaces(
        count=places.count, asked=places.asked, unplaced=places.unplaced, nodes=nodes
    )


def _cause(cause: Found) -> CommonCause:
    owner = {k: cause.owner[k] for k in ("iri", "identifier", "name", "type")}
    return CommonCause(
        **owner,  # ty: ignore[invalid-argument-type]
        group=cause.group,
        members=list(cause.members),
        assets=list(cause.assets),
        metres=cause.metres,
        points=[list(p) for p in cause.points],
        inside=cause.inside,
        evidence=[Row(source=e.source, row=e.row) if e else None for e in cause.evidence],
    )
