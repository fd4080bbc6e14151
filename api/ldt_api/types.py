"""What GraphQL answers with. Names are those of the graph and of the impact object."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import strawberry

from ldt_graph.impact.tell import tell
from ldt_graph.model import EntityFilter

if TYPE_CHECKING:
    from ldt_graph.graph import Graph
    from ldt_graph.impact.answer import Impact as Answer
    from ldt_graph.model import Entity


class Level:
    """Assets that are answered together: what one of them asks for is loaded for all of them at once."""

    def __init__(self, graph: Graph, entities: tuple[Entity, ...]) -> None:
        self.graph = graph
        self.entities = {e.iri: e for e in entities}

    @cached_property
    def relations(self) -> dict[str, Any]:
        """Outgoing relations by asset."""
        return self.graph.relations(list(self.entities))

    @cached_property
    def targets(self) -> Level:
        """The level of everything that these assets relate to."""
        iris = tuple(sorted({r.target for found in self.relations.values() for r in found}))
        return Level(self.graph, self.graph.find(EntityFilter(iris=iris), first=len(iris)).entities)

    def asset(self, iri: str) -> Asset | None:
        """Return one asset of the level."""
        return Asset(entity=self.entities[iri], level=self) if iri in self.entities else None


@strawberry.type(description="A version of the twin.")
class Version:
    number: int
    time: str = strawberry.field(description="ISO 8601, UTC.")
    statements: int
    datasets: list[str]


@strawberry.type(
    description="How we know a statement: the source's row, or the axiom that inferred it."
)
class Provenance:
    dataset: str
    origin: str = strawberry.field(description="observed or inferred.")
    source: str | None = strawberry.field(description="The file.")
    row: int | None = strawberry.field(
        description="Line of the file, or item of its array; from 1."
    )
    rule: str | None = strawberry.field(description="The mapping's rule, or the axiom.")


@strawberry.type(description="A literal as the source wrote it.")
class Value:
    text: str
    datatype: str | None
    lang: str | None


@strawberry.type(description="What the twin says of an asset in figures and words.")
class Attribute:
    name: str
    values: list[Value]


@strawberry.type(description="An outgoing relation.")
class Relation:
    name: str
    iri: str
    target_iri: str
    provenance: Provenance
    level: strawberry.Private[Level]

    @strawberry.field(description="What it leads to.")
    def target(self) -> Asset | None:
        return self.level.targets.asset(self.target_iri)


@strawberry.type(description="A thing of the twin: an asset, a place, a supply group.")
class Asset:
    entity: strawberry.Private[Any]
    level: strawberry.Private[Any]

    @strawberry.field
    def iri(self) -> str:
        return self.entity.iri

    @strawberry.field(description="The id that the source gave it.")
    def identifier(self) -> str | None:
        return self.entity.identifier

    @strawberry.field(description="dataset:identifier")
    def curie(self) -> str | None:
        return f"{self.entity.dataset}:{self.entity.identifier}" if self.entity.identifier else None

    @strawberry.field
    def name(self) -> str | None:
        return self.entity.name

    @strawberry.field(description="Its most specific class.")
    def type(self) -> str:
        return self.entity.type

    @strawberry.field(description="All its classes, up the hierarchy.")
    def types(self) -> list[str]:
        return list(self.entity.types)

    @strawberry.field(description="energy, water, mobility, ...")
    def domain(self) -> str | None:
        return self.entity.domain

    @strawberry.field
    def dataset(self) -> str:
        return self.entity.dataset

    @strawberry.field(description="WKT in WGS 84, longitude first.")
    def geometry(self) -> str | None:
        return self.entity.geometry

    @strawberry.field
    def attributes(self) -> list[Attribute]:
        return [
            Attribute(
                name=n,
                values=[Value(text=v.text, datatype=v.datatype, lang=v.lang) for v in values],
            )
            for n, values in self.entity.attributes.items()
        ]

    @strawberry.field(description="Outgoing relations, or those of one name.")
    def relations(self, name: str | None = None) -> list[Relation]:
        return [
            Relation(
                name=r.name,
                iri=r.iri,
                target_iri=r.target,
                level=self.level,
                provenance=Provenance(
                    dataset=r.provenance.dataset,
                    origin=r.provenance.origin,
                    source=r.provenance.source,
                    row=r.provenance.row,
                    rule=r.provenance.rule,
                ),
            )
            for r in self.level.relations[self.entity.iri]
            if name is None or r.name == name
        ]


@strawberry.input(description="Every given condition must hold.")
class AssetFilter:
    type: str | None = strawberry.field(
        default=None, description="A class; its subclasses match too."
    )
    domain: str | None = None
    dataset: str | None = None
    text: str | None = strawberry.field(
        default=None, description="A part of the name, identifier or IRI."
    )


@strawberry.type
class AssetEdge:
    cursor: str
    node: Asset


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type(description="A page of assets, in IRI order.")
class AssetConnection:
    total_count: int
    nodes: list[Asset]
    page_info: PageInfo

    @strawberry.field
    def edges(self) -> list[AssetEdge]:
        return [AssetEdge(cursor=n.entity.iri, node=n) for n in self.nodes]


@strawberry.type(description="A number of entities under a key.")
class Count:
    key: str
    count: int


@strawberry.type
class Tally:
    failed: int
    exposed: int


@strawberry.type
class KeyedTally:
    key: str
    failed: int
    exposed: int


@strawberry.type
class PlaceTally:
    iri: str
    identifier: str | None
    name: str | None
    failed: int
    exposed: int


@strawberry.type(description="A requirement: it holds while `required` of its `members` work.")
class Gate:
    stated: bool = strawberry.field(
        description="Whether the twin states the group, or each dependency was taken as one."
    )
    group: str | None
    required: int
    members: int
    working: int


@strawberry.type(
    description="One hop of a because-chain: `asset` was touched by what happened to `from`."
)
class Step:
    step: strawberry.Private[Any]
    called: strawberry.Private[Any]

    @strawberry.field(description="IRI.")
    def asset(self) -> str:
        return self.step["asset"]

    @strawberry.field
    def hour(self) -> float | None:
        return self.step["hour"]

    @strawberry.field(description="outage, gate, supply; held or buffered for what stands.")
    def reason(self) -> str:
        return self.step["reason"]

    @strawberry.field
    def relation(self) -> str | None:
        return self.step["relation"]

    @strawberry.field(name="from", description="IRI.")
    def from_(self) -> str | None:
        return self.step["from"]

    @strawberry.field
    def commodity(self) -> str | None:
        return self.step["commodity"]

    @strawberry.field
    def gate(self) -> Gate | None:
        return Gate(**self.step["gate"]) if self.step["gate"] else None

    @strawberry.field(description="Hours that a buffer bridges.")
    def buffer_hours(self) -> float | None:
        return self.step["buffer"]["hours"] if self.step["buffer"] else None

    @strawberry.field(description="The row or axiom that the relation rests on.")
    def evidence(self) -> Provenance | None:
        return Provenance(**self.step["evidence"]) if self.step["evidence"] else None

    @strawberry.field(description="The hop in words.")
    def sentence(self) -> str:
        return tell(self.step, self.called)


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

    @strawberry.field(
        description="failed, or exposed: redundancy or a buffer holds within the horizon."
    )
    def status(self) -> str:
        return self.hit["status"]

    @strawberry.field(description="When it fails.")
    def hour(self) -> float | None:
        return self.hit["hour"]

    @strawberry.field(description="From this asset back to a seed.")
    def because(self) -> list[Step]:
        steps = self.answer.because(self.position)
        return [Step(step=s, called=self.answer.called) for s in steps]


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


@strawberry.type
class ImpactSummary:
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

    @strawberry.field(description="People that the assets hit state.")
    def people(self) -> Tally:
        return Tally(**self.summary["people"])

    @strawberry.field
    def critical_facilities(self) -> Tally:
        return Tally(**self.summary["criticalFacilities"])

    @strawberry.field
    def districts(self) -> list[PlaceTally]:
        return [PlaceTally(**d) for d in self.summary["districts"]]

    @strawberry.field(description="Assets that were off or unsupplied before the outage.")
    def already_off(self) -> int:
        return self.summary["alreadyOff"]

    @strawberry.field(description="What the answer leaves out.")
    def notes(self) -> list[str]:
        return self.summary["notes"]


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

    @strawberry.field
    def seeds(self) -> list[Seed]:
        return [
            Seed(already_off=s["alreadyOff"], **{k: v for k, v in s.items() if k != "alreadyOff"})
            for s in self.answer.seed_list()
        ]

    @strawberry.field
    def summary(self) -> ImpactSummary:
        return ImpactSummary(summary=self.answer.summary())

    @strawberry.field
    def hit_count(self) -> int:
        return len(self.answer)

    @strawberry.field(
        description="What failed by hour, then what is exposed; at most 1,000 at a time. `type` is a class or one above it."
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


@strawberry.type(
    description="Something that the build set aside (violation) or kept with a warning."
)
class Violation:
    dataset: str
    stage: str
    severity: str
    rule: str
    subject: str | None
    source: str | None
    row: int | None
    column: str | None
    value: str | None
    message: str


@strawberry.type
class ViolationConnection:
    total_count: int
    nodes: list[Violation]
    page_info: PageInfo


@strawberry.type(description="A dataset of the newest version.")
class Dataset:
    name: str
    rows: int
    statements: int
    entities: int
    set_aside: int
    warnings: int


def check_page(first: int) -> None:
    """Refuse a page size that is negative or above 1,000."""
    from ldt_graph.errors import QueryError

    if not 0 <= first <= 1000:
        raise QueryError(f"A page has 0 to 1,000 entries, not {first}.", hint="Go on with `after`.")
