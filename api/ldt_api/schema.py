"""The GraphQL schema: what can be asked."""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from ldt_api.areas import AreaInput
from ldt_api.assets import Asset, AssetConnection, AssetFilter, Level
from ldt_api.criticality import CriticalityQueries
from ldt_api.derive import as_is
from ldt_api.directives import Cost
from ldt_api.impacts import Impact, Reading, check_page
from ldt_api.measures import MeasuresQueries
from ldt_api.placing import PlacesQueries
from ldt_api.scenarios import ScenarioQueries
from ldt_api.values import Count, Dataset, PageInfo, Version
from ldt_api.violations import ViolationQueries
from ldt_graph.account import DatasetReport
from ldt_graph.deadline import Deadline, Ended
from ldt_graph.errors import UnknownEntity
from ldt_graph.impact import impact
from ldt_graph.impact.spatial.located import impact_in
from ldt_graph.model import EntityFilter

if TYPE_CHECKING:
    from collections.abc import Generator

    from graphql import DocumentNode, GraphQLError
    from strawberry.types import ExecutionContext

    from ldt_api.following import Following
    from ldt_graph.graph import Graph
    from ldt_graph.impact import Impact as Answer


MAX_VALUES = 500_000
"""In one answer: what lists hold is not known before, and 100 MB are enough."""


class TooLong(Ended):
    """An answer has more values than it may."""


class Context:
    """One request's view of the twin: every field without `asOf` sees the same version."""

    def __init__(
        self,
        following: Following,
        deadline: Deadline | None = None,
        document: DocumentNode | None = None,
    ) -> None:
        self.store = following.store
        self.deadline = deadline or Deadline(math.inf)
        self.values = 0
        self.document = document
        self.sources = following.sources
        self.impacts: list[tuple[Graph, Answer]] = []
        self._following = following
        self._graphs: dict[str | None, Graph] = {}

    def graph(self, as_of: str | None = None) -> Graph:
        """Return a version's graph, the same one throughout the request."""
        if as_of not in self._graphs:
            self._graphs[as_of] = self._following.graph(as_of)
        return self._graphs[as_of]

    @property
    def version(self) -> int | None:
        """The number of the version that answered, where one did."""
        return next((g.version.number for g in self._graphs.values()), None)


@strawberry.enum(description="What entities are counted by.")
class CountBy(Enum):
    TYPE = "type"
    DOMAIN = "domain"
    DATASET = "dataset"


@strawberry.type
class Query(ViolationQueries, CriticalityQueries, ScenarioQueries, MeasuresQueries, PlacesQueries):
    @strawberry.field(
        description="One asset by IRI, dataset:identifier or identifier; null where there is none."
    )
    def asset(self, info: strawberry.Info, id: str, as_of: str | None = None) -> Asset | None:  # noqa: A002
        graph = _context(info).graph(as_of)
        try:
            entity = graph.describe(graph.resolve(id))
        except UnknownEntity:
            return None
        return Level(graph, (entity,)).asset(entity.iri)

    @strawberry.field(description="Assets in IRI order, at most 1,000 a page.")
    def assets(
        self,
        info: strawberry.Info,
        filter: AssetFilter | None = None,  # noqa: A002
        first: int = 50,
        after: str | None = None,
        as_of: str | None = None,
    ) -> AssetConnection:
        check_page(first)
        graph = _context(info).graph(as_of)
        page = graph.find(filter.where() if filter else EntityFilter(), first=first, after=after)
        level = Level(graph, page.entities)
        end = page.entities[-1].iri if page.entities else None
        return AssetConnection(
            total_count=page.total,
            nodes=[Asset(entity=e, level=level) for e in page.entities],
            page_info=PageInfo(has_next_page=page.cursor is not None, end_cursor=end),
        )

    @strawberry.field(description="Numbers of entities by type, domain or dataset.")
    def count_by(
        self,
        info: strawberry.Info,
        by: CountBy = CountBy.TYPE,
        filter: AssetFilter | None = None,  # noqa: A002
        as_of: str | None = None,
    ) -> list[Count]:
        counts = (
            _context(info)
            .graph(as_of)
            .count(filter.where() if filter else EntityFilter(), by.value)
        )
        return [Count(key=k, count=n) for k, n in counts.items()]

    @strawberry.field(
        description="What fails if these assets go out at hour `at`, until hour `horizonHours`; `clock` is the hour of the day at hour 0.",
        directives=[Cost(weight=2000)],
    )
    def impact(
        self,
        info: strawberry.Info,
        of: list[str] | None = None,
        area: Annotated[
            AreaInput | None,
            strawberry.argument(name="in", description="All that lies in an area goes out too."),
        ] = None,
        horizon_hours: float = 24.0,
        at: float = 0.0,
        clock: float | None = None,
        reading: Reading = Reading.ANY,
        as_of: str | None = None,
    ) -> Impact:
        graph = _context(info).graph(as_of)
        hours: Any = {"at": at, "horizon": horizon_hours, "clock": clock, "reading": reading.value}
        if area is None:
            answer = impact(graph, of or (), **hours)
        else:
            answer = impact_in(graph, area.area(graph), of or (), **hours)
        _context(info).impacts.append((graph, answer))
        return Impact(answer=answer, version=as_is(graph.version))

    @strawberry.field(description="The datasets of a version, with what came of them.")
    def datasets(self, info: strawberry.Info, as_of: str | None = None) -> list[Dataset]:
        context = _context(info)
        return [
            Dataset.of(DatasetReport.from_document(d))
            for d in context.store.datasets(context.graph(as_of).version)
        ]

    @strawberry.field(description="Every version of the record, oldest first.")
    def versions(self, info: strawberry.Info) -> list[Version]:
        return as_is(_context(info).store.versions())


class _Schema(strawberry.Schema):
    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leave errors to the application, which answers ours and logs the others once."""


class _Prepared(SchemaExtension):
    """Takes the document that the application has parsed, reckoned and validated already."""

    def on_parse(self) -> Generator[None]:
        self.execution_context.graphql_document = self.execution_context.context.document
        yield

    def on_validate(self) -> Generator[None]:
        if self.execution_context.context.document is not None:
            self.execution_context.pre_execution_errors = []
        yield


class _Until(StrawberryGraphQLCoreExecutionContext):
    """Executes field by field, until the deadline, and no more fields than an answer may have."""

    def execute_field(self, *arguments: Any, **more: Any) -> Any:  # noqa: ANN401  (as it is there)
        context = self.context_value
        context.deadline.check()
        context.values += 1
        if context.values > MAX_VALUES:
            raise TooLong
        return super().execute_field(*arguments, **more)


def make_schema() -> strawberry.Schema:
    """Return the schema. Its limits are those of `ldt_api.limits`, looked at before it is asked."""
    return _Schema(Query, extensions=[_Prepared], execution_context_class=_Until)


def _context(info: strawberry.Info) -> Context:
    return info.context


if __name__ == "__main__":
    import sys

    sys.stdout.write(make_schema().as_str() + "\n")
