"""What GraphQL says of what builds set aside: by page, by group, over versions, and the rows where it stands."""

from __future__ import annotations

from dataclasses import asdict, fields
from enum import Enum
from typing import TYPE_CHECKING, Any

import strawberry

from ldt_api.derive import as_is, derived
from ldt_api.directives import Cost, Needs
from ldt_api.impacts import check_page
from ldt_api.values import PageInfo, Version, Violation, ViolationConnection
from ldt_graph import model, source_rows
from ldt_graph.account import DatasetReport
from ldt_graph.errors import QueryError, VersionMoved
from ldt_graph.graph.store import offset

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_VERSIONS = 30


@strawberry.input(description="Every given condition must hold.")
class ViolationFilter:
    dataset: str | None = None
    stage: str | None = strawberry.field(
        default=None,
        description="source, lift, term, validate, reference, group, axiom, ontology or waiver.",
    )
    severity: str | None = strawberry.field(
        default=None, description="violation (set aside) or warning (kept)."
    )
    rule: str | None = strawberry.field(
        default=None, description="A shape's name, as ldt:PumpShape-power, or a code."
    )
    source: str | None = strawberry.field(default=None, description="The file.")
    row: int | None = None
    column: str | None = None
    subject: str | None = strawberry.field(default=None, description="IRI of the entity.")
    key: str | None = strawberry.field(default=None, description="Of the row.")
    path: str | None = None
    component: str | None = None
    fix: bool | None = strawberry.field(
        default=None, description="Whether there is a suggested fix."
    )
    waived: bool | None = strawberry.field(
        default=None, description="Whether twin.toml takes it as it is."
    )

    def where(self) -> model.ViolationFilter:
        """Return the filter that a store takes."""
        return model.ViolationFilter(**asdict(self))


@strawberry.enum(description="What violations are grouped by.", name="ViolationField")
class By(Enum):
    DATASET = "dataset"
    STAGE = "stage"
    SEVERITY = "severity"
    RULE = "rule"
    SOURCE = "source"
    COLUMN = "column"
    PATH = "path"
    COMPONENT = "component"


@strawberry.type(
    description="Violations that share what they are grouped by; what they don't share is null."
)
class ViolationGroup:
    dataset: str | None
    stage: str | None
    severity: str | None
    rule: str | None
    source: str | None
    column: str | None
    path: str | None
    component: str | None
    count: int
    first: Violation = strawberry.field(description="The first of them, by dataset, file and row.")

    @classmethod
    def of(cls, group: model.ViolationGroup) -> ViolationGroup:
        """Return the type of a group."""
        shared = dict.fromkeys((b.value for b in By), None) | dict(group.by)
        return cls(**shared, count=group.count, first=as_is(group.first))


@derived(source_rows.SourceLine, description="A line of a file, from 1.")
class SourceLine: ...


@derived(
    source_rows.Excerpt,
    description="A row of a source with its neighbours, from the very bytes that the version was built of.",
    said={"line": "In which the row begins.", "header": "Of a table, its columns."},
    shown={"lines": list[SourceLine]},
)
class SourceRows: ...


@strawberry.type(description="How many violations of a dataset break a rule.")
class RuleCount:
    dataset: str
    severity: str
    rule: str
    count: int


@strawberry.type(description="What came of a dataset, in numbers.")
class DatasetQuality:
    dataset: str
    rows: int
    violations: int
    warnings: int
    waived: int
    completeness: float | None = strawberry.field(
        description="Share of the source's values that the twin uses; null where it is not known."
    )


@strawberry.type(description="How good the data of a version were.")
class Quality:
    version: Version
    datasets: list[DatasetQuality]
    rules: list[RuleCount]


@strawberry.type
class ViolationQueries:
    """The fields of `Query` about what builds set aside."""

    @strawberry.field(
        description="What the build set aside or warned of, by dataset, file and row.",
        directives=[Cost(weight=500), Needs(scope="steward")],
    )
    def violations(
        self,
        info: strawberry.Info,
        dataset: str | None = None,
        stage: str | None = None,
        severity: str | None = None,
        filter: ViolationFilter | None = None,  # noqa: A002
        first: int = 100,
        after: str | None = None,
        as_of: str | None = None,
    ) -> ViolationConnection:
        """Return a page; the first three arguments are conditions too."""
        check_page(first)
        where = _where(filter, dataset=dataset, stage=stage, severity=severity)
        version = info.context.graph(as_of).version
        page = info.context.store.violations(version, where, first=first, after=after)
        end = str(offset(after) + len(page.violations)) if page.violations else None
        return ViolationConnection(
            total_count=page.total,
            nodes=as_is(page.violations),
            page_info=PageInfo(has_next_page=page.cursor is not None, end_cursor=end),
        )

    @strawberry.field(
        description="Violations that are alike, the most first: how many, and the first of them.",
        directives=[Cost(weight=1000), Needs(scope="steward")],
    )
    def violation_groups(
        self,
        info: strawberry.Info,
        dataset: str | None = None,
        shape: str | None = None,
        filter: ViolationFilter | None = None,  # noqa: A002
        by: list[By] | None = None,
        first: int = 100,
        as_of: str | None = None,
    ) -> list[ViolationGroup]:
        """Return groups by dataset, rule, column and file unless `by` says otherwise."""
        check_page(first)
        where = _where(filter, dataset=dataset, rule=shape)
        names = [b.value for b in dict.fromkeys(by or (By.DATASET, By.RULE, By.COLUMN, By.SOURCE))]
        version = info.context.graph(as_of).version
        groups = info.context.store.violation_groups(version, where, names)
        return [ViolationGroup.of(g) for g in groups[:first]]

    @strawberry.field(
        description="A row of a source file with at most 50 neighbours on each side, as long as the file is what the version was built of.",
        directives=[Cost(weight=500), Needs(scope="steward")],
    )
    def source_rows(
        self,
        info: strawberry.Info,
        file: str,
        row: int,
        around: int = 3,
        as_of: str | None = None,
    ) -> SourceRows:
        """Return the row; only the files that the version's datasets read are ever opened."""
        rows = info.context.sources
        if rows is None:
            raise QueryError(
                "This server was given a record, not the twin's folder: it has no files to show.",
                hint="Start it with the folder: ldt serve DIR.",
            )
        return as_is(rows.about(info.context.graph(as_of).version, file, row, around))

    @strawberry.field(
        description="How good the data were, version by version, the newest last; of a store that holds one version, that one.",
        directives=[Cost(weight=1000)],
    )
    def quality(
        self, info: strawberry.Info, last: int = 20, as_of: str | None = None
    ) -> list[Quality]:
        """Return counts of the last versions up to one."""
        if not 1 <= last <= _MOST_VERSIONS:
            raise QueryError(
                f"{last} versions can't be asked at once.", hint=f"Ask for 1 to {_MOST_VERSIONS}."
            )
        newest = info.context.graph(as_of).version
        known = [v for v in info.context.store.versions() if v.number <= newest.number]
        found = (_quality(info.context.store, v, newest) for v in known[-last:])
        return [q for q in found if q is not None]


def _where(given: ViolationFilter | None, **more: str | None) -> model.ViolationFilter:
    """Join conditions; two of one field must agree.

    Raises:
        QueryError: They don't.
    """
    said = given.where() if given else model.ViolationFilter()
    asked = {f.name: getattr(said, f.name) for f in fields(said)}
    for name, value in more.items():
        if value is not None and asked[name] not in (None, value):
            raise QueryError(f"{name} is asked for twice: {value!r} and {asked[name]!r}.")
        asked[name] = asked[name] if value is None else value
    return model.ViolationFilter(**asked)


def _quality(store: Any, version: model.Version, newest: model.Version) -> Quality | None:  # noqa: ANN401  (a Store)
    """Return a version's counts; None where the store does not hold it any more."""
    try:
        datasets = [DatasetReport.from_document(d) for d in store.datasets(version)]
        groups = store.violation_groups(
            version, model.ViolationFilter(), ("dataset", "severity", "rule")
        )
    except (VersionMoved, QueryError):
        if version.number == newest.number:
            raise
        return None
    return Quality(
        version=as_is(version),
        datasets=[_counts(d) for d in datasets],
        rules=_rules(groups),
    )


def _counts(report: DatasetReport) -> DatasetQuality:
    return DatasetQuality(
        dataset=report.name,
        rows=report.rows,
        violations=report.set_aside,
        warnings=report.warnings,
        waived=report.waived,
        completeness=report.completeness,
    )


def _rules(groups: Sequence[model.ViolationGroup]) -> list[RuleCount]:
    every: list[dict[str, Any]] = [dict(g.by) for g in groups]
    return [RuleCount(**said, count=g.count) for said, g in zip(every, groups, strict=True)]
