"""What GraphQL says of measures: the cheapest that keep assets up in an outage."""

from __future__ import annotations

from typing import Any

import strawberry

from ldt_api.consequences import KeepFrom
from ldt_api.directives import Cost
from ldt_api.scenarios import ChangeInput, scenario_of
from ldt_api.summaries import HitStatus
from ldt_graph.impact import find_measures
from ldt_graph.impact.structure.changes import change_of


@strawberry.type(description="A change as a measure.")
class Measure:
    do: str
    asset: str
    cost: float
    sentence: str = strawberry.field(description="The change in words.")


@strawberry.type(description="What an asset is all the same.")
class LeftAs:
    iri: str
    status: HitStatus


@strawberry.type(description="Measures that do not suffice.")
class Insufficient:
    measures: list[Measure]
    cost: float
    down: list[str] = strawberry.field(description="IRIs of what they don't keep.")
    left: list[LeftAs] = strawberry.field(description="The same, and what each is.")


@strawberry.type(
    description="The cheapest measures that keep assets, and why nothing cheaper does."
)
class MeasuresAnswer:
    found: strawberry.Private[Any]

    @strawberry.field(description="Null where none suffice; empty where none are needed.")
    def measures(self) -> list[Measure] | None:
        said = self.found["measures"]
        return None if said is None else _shown(said)

    @strawberry.field
    def cost(self) -> float | None:
        return self.found["cost"]

    @strawberry.field(description="A cost below which nothing suffices, of any number of measures.")
    def lower(self) -> float | None:
        return self.found["lower"]

    @strawberry.field(description="Whether that is the cost: nothing cheaper does.")
    def exact(self) -> bool:
        return self.found["exact"]

    @strawberry.field(description="Single measures that could matter and were tried.")
    def singles(self) -> int:
        return self.found["tried"]["singles"]

    @strawberry.field(description="Pairs that could matter and were tried.")
    def pairs(self) -> int:
        return self.found["tried"]["pairs"]

    @strawberry.field(
        description="Cheaper measures that were tried, the dearest first; at most 20."
    )
    def cheaper(self) -> list[Insufficient]:
        return [
            Insufficient(
                measures=_shown(c["measures"]),
                cost=c["cost"],
                down=[a["iri"] for a in c["down"]],
                left=[LeftAs(iri=a["iri"], status=HitStatus(a["status"])) for a in c["down"]],
            )
            for c in self.found["cheaper"]
        ]


def _shown(said: list[dict[str, Any]]) -> list[Measure]:
    changes = map(change_of, said)
    return [Measure(do=c.do, asset=c.asset, cost=c.cost, sentence=str(c)) for c in changes]


@strawberry.type
class MeasuresQueries:
    """The field of `Query` about measures."""

    @strawberry.field(
        description="The cheapest measures that keep assets from failing in an outage, or with `keepFrom` also from being short or degraded: exact for one and two. To choose from: `changes` with costs, else the closing of any open switch.",
        directives=[Cost(weight=8000)],
    )
    def measures(
        self,
        info: strawberry.Info,
        of: list[str],
        keep: list[str],
        changes: list[ChangeInput] | None = None,
        keep_from: KeepFrom = KeepFrom.FAILED,
        horizon_hours: float = 24.0,
        at: float = 0.0,
        clock: float | None = None,
        as_of: str | None = None,
    ) -> MeasuresAnswer:
        """Return them; one question costs one for each measure and pair that could matter."""
        graph = info.context.graph(as_of)
        chosen = None if changes is None else scenario_of(changes, "measures").changes
        hours = {"at": at, "horizon": horizon_hours, "clock": clock}
        found = find_measures(graph, of, keep, chosen, keep_from=keep_from.value, **hours)
        return MeasuresAnswer(found=found.document())
