"""What GraphQL says of single failures: which most hangs on, and which take an asset out."""

from __future__ import annotations

from typing import Any

import strawberry

from ldt_api.consequences import By, Weaker
from ldt_api.directives import Cost
from ldt_api.impacts import check_page
from ldt_api.summaries import HitStatus
from ldt_graph.impact import criticality_of


@strawberry.type(description="An asset, and what fails, is short or degraded if it alone fails.")
class CriticalAsset:
    iri: str
    identifier: str | None
    name: str | None
    type: str
    domain: str | None
    people: int = strawberry.field(description="Who are hit where they live.")
    facilities: int = strawberry.field(description="Critical facilities among them.")
    assets: int = strawberry.field(description="How many fail with it, itself not among them.")
    short: Weaker
    degraded: Weaker
    status: HitStatus | None = strawberry.field(
        description="With `of`: what its failure leaves that asset as.", default=None
    )


@strawberry.type(description="A page of single failures, the worst first.")
class CriticalityPage:
    total_count: int
    horizon_hours: float
    nodes: list[CriticalAsset]


@strawberry.type
class CriticalityQueries:
    """The field of `Query` about single failures."""

    @strawberry.field(
        description="The assets that anything fails, is short or is degraded with within a day, each alone, the worst first; or, with `of`, those that alone leave an asset failed, short or degraded, in this order. At most 1,000 a page. `type` is a class or one above it.",
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
        nodes = [_node(found.entry(v, asset)) for v in page]
        return CriticalityPage(total_count=len(ranked), horizon_hours=found.horizon, nodes=nodes)


def _node(said: dict[str, Any]) -> CriticalAsset:
    weaker = {mark: Weaker(**said.pop(mark)) for mark in ("short", "degraded")}
    status = said.pop("status", None)
    return CriticalAsset(**said, **weaker, status=status and HitStatus(status))
