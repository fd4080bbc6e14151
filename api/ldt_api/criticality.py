"""What GraphQL says of single failures: which most hangs on, and which take an asset out."""

from __future__ import annotations

from enum import Enum

import strawberry

from ldt_api.directives import Cost
from ldt_api.impacts import check_page
from ldt_graph.impact import criticality_of


@strawberry.enum(description="What single failures are ranked by.", name="CriticalityBy")
class By(Enum):
    PEOPLE = "people"
    FACILITIES = "facilities"
    ASSETS = "assets"


@strawberry.type(description="An asset, and what fails if it alone fails.")
class CriticalAsset:
    iri: str
    identifier: str | None
    name: str | None
    type: str
    domain: str | None
    people: int = strawberry.field(description="Who are hit where they live.")
    facilities: int = strawberry.field(description="Critical facilities among them.")
    assets: int = strawberry.field(description="How many fail with it, itself not among them.")


@strawberry.type(description="A page of single failures, the worst first.")
class CriticalityPage:
    total_count: int
    horizon_hours: float
    nodes: list[CriticalAsset]


@strawberry.type
class CriticalityQueries:
    """The field of `Query` about single failures."""

    @strawberry.field(
        description="The assets that anything fails with within a day, each alone, the worst first; or, with `of`, those that alone take an asset out. At most 1,000 a page. `type` is a class or one above it.",
        directives=[Cost(weight=2000)],
    )
    def criticality(
        self,
        info: strawberry.Info,
        first: int = 20,
        skip: int = 0,
        by: By = By.PEOPLE,
        type: str | None = None,  # noqa: A002
        domain: str | None = None,
        of: str | None = None,
        as_of: str | None = None,
    ) -> CriticalityPage:
        """Return a page; the first question about a version works out all of it, and it is kept."""
        check_page(first)
        graph = info.context.graph(as_of)
        found = criticality_of(graph)
        asset = graph.resolve(of) if of else None
        ranked = found.rank(by.value, type_=type, domain=domain, of=asset)
        start = max(skip, 0)
        page = ranked[start : start + first].tolist()
        nodes = [CriticalAsset(**found.entry(v)) for v in page]
        return CriticalityPage(total_count=len(ranked), horizon_hours=found.horizon, nodes=nodes)
