"""What GraphQL says of assets, and how they are asked for."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum
from typing import TYPE_CHECKING, Any

import strawberry

from ldt_api.derive import as_is
from ldt_api.values import PageInfo, Provenance, Value
from ldt_graph import model
from ldt_graph.model import EntityFilter

if TYPE_CHECKING:
    from ldt_graph.graph import Direction, Graph


class Level:
    """Assets that are answered together: what one of them asks for is loaded for all of them at once."""

    def __init__(self, graph: Graph, entities: tuple[model.Entity, ...]) -> None:
        self.graph = graph
        self.entities = {e.iri: e for e in entities}
        # No cached methods: they would hold the level, and so its graph, until the next garbage collection.
        self._relations: dict[Direction, dict[str, tuple[model.Relation, ...]]] = {}
        self._targets: dict[Direction, Level] = {}

    def relations(self, direction: Direction) -> dict[str, tuple[model.Relation, ...]]:
        """Return the relations of each asset."""
        if direction not in self._relations:
            found = self.graph.relations(list(self.entities), direction)
            self._relations[direction] = found
        return self._relations[direction]

    def targets(self, direction: Direction) -> Level:
        """Return the level of everything at the other ends."""
        if direction not in self._targets:
            found = self.relations(direction).values()
            iris = tuple(sorted({r.target for relations in found for r in relations}))
            entities = self.graph.find(EntityFilter(iris=iris), first=len(iris)).entities
            self._targets[direction] = Level(self.graph, entities)
        return self._targets[direction]

    def asset(self, iri: str) -> Asset | None:
        """Return one asset of the level."""
        return Asset(entity=self.entities[iri], level=self) if iri in self.entities else None


@strawberry.type(description="What the twin says of an asset in figures and words.")
class Attribute:
    name: str
    values: list[Value]


@strawberry.enum(description="Which end of its relations an asset is.", name="Direction")
class Towards(Enum):
    OUT = strawberry.enum_value("out", description="From it to others.")
    IN = strawberry.enum_value(
        "in", description="From others to it: who depends on it, lies in it."
    )


@strawberry.type(description="A relation of an asset to another, or of another to it.")
class Relation:
    relation: strawberry.Private[model.Relation]
    direction: strawberry.Private[Any]
    level: strawberry.Private[Level]

    @strawberry.field
    def name(self) -> str:
        return self.relation.name

    @strawberry.field
    def iri(self) -> str:
        return self.relation.iri

    @strawberry.field(description="IRI of the asset at its other end.")
    def target_iri(self) -> str:
        return self.relation.target

    @strawberry.field(graphql_type=Provenance)
    def provenance(self) -> model.Provenance:
        return self.relation.provenance

    @strawberry.field(description="The asset at its other end.")
    def target(self) -> Asset | None:
        return self.level.targets(self.direction).asset(self.relation.target)


@strawberry.type(description="A thing of the twin: an asset, a place, a supply group.")
class Asset:
    entity: strawberry.Private[model.Entity]
    level: strawberry.Private[Level]

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
        return [Attribute(name=n, values=as_is(v)) for n, v in self.entity.attributes.items()]

    @strawberry.field(
        description="Its relations, outgoing unless `direction` says otherwise; or those of one name."
    )
    def relations(
        self, name: str | None = None, direction: Towards = Towards.OUT
    ) -> list[Relation]:
        towards: Any = direction.value
        return [
            Relation(relation=r, direction=towards, level=self.level)
            for r in self.level.relations(towards)[self.entity.iri]
            if name in (None, r.name, r.iri)
        ]


@strawberry.input(
    description="Degrees of WGS 84; where `west` exceeds `east`, the box crosses the antimeridian."
)
class BoxInput:
    west: float
    south: float
    east: float
    north: float


@strawberry.input(description="Every given condition must hold.")
class AssetFilter:
    type: str | None = strawberry.field(
        default=None,
        description="A class by name, CURIE or IRI; its subclasses match too.",
    )
    domain: str | None = None
    dataset: str | None = None
    text: str | None = strawberry.field(
        default=None, description="A part of the name, identifier or IRI."
    )
    box: BoxInput | None = strawberry.field(
        default=None, description="What lies in a box, or meets it."
    )

    def where(self) -> EntityFilter:
        """Return the filter that a graph takes."""
        box = model.Box(**asdict(self.box)) if self.box else None
        return EntityFilter(self.type, self.domain, self.dataset, self.text, box=box)


@strawberry.type
class AssetEdge:
    cursor: str
    node: Asset


@strawberry.type(description="A page of assets, in IRI order.")
class AssetConnection:
    total_count: int
    nodes: list[Asset]
    page_info: PageInfo

    @strawberry.field
    def edges(self) -> list[AssetEdge]:
        return [AssetEdge(cursor=n.entity.iri, node=n) for n in self.nodes]
