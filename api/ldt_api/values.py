"""GraphQL's view of the twin's values: versions, provenance, literals, violations, gates."""

from __future__ import annotations

from typing import Any

import strawberry

from ldt_api.derive import as_is, derived, values_of
from ldt_graph import account, model
from ldt_graph.impact.walk import steps


@derived(model.Version, description="A version of the twin.", said={"time": "ISO 8601, UTC."})
class Version: ...


@derived(
    model.Provenance,
    description="How we know a statement: the source's row, or the axiom that inferred it.",
    said={
        "origin": "observed or inferred.",
        "source": "The file.",
        "row": "Line of the file, or item of its array; from 1.",
        "rule": "The mapping's rule, or the axiom.",
    },
)
class Provenance: ...


@derived(model.Value, description="A literal as the source wrote it.")
class Value: ...


@derived(
    model.Violation,
    description="Something that the build set aside (violation) or kept with a warning.",
)
class Violation: ...


@derived(
    steps.Gate,
    description="A requirement: it holds while `required` of its `members` work, or members of the required share.",
    said={
        "stated": "Whether the twin states it, by a group or an axiom, or each dependency was taken as one.",
        "relation": "IRI of the relation of which an axiom says how many suffice.",
        "required": "Null where the members' shares count.",
        "required_share": "Of the whole, 0 to 1; null where members count by number.",
        "working_share": "The shares of the members that stood.",
    },
)
class Gate: ...


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type(description="A number of entities under a key.")
class Count:
    key: str
    count: int


@strawberry.type
class ViolationConnection:
    total_count: int
    nodes: list[Violation]
    page_info: PageInfo


@derived(
    account.Coverage,
    description="A kind of thing that a source holds, and whether the twin uses it.",
    said={
        "kind": "file, table, column, member, section, word or entry.",
        "name": "As the source calls it.",
        "state": "used, unused, or left out where twin.toml says that it is not wanted.",
        "count": "How many of it there are.",
        "source": "The file where it stands first.",
        "why": "Why it is not used, where the reader knows; else nothing in the mapping reads it.",
    },
)
class Coverage: ...


@derived(
    account.DatasetReport,
    description="A dataset of a version, with what came of it.",
    without=("coverage",),
)
class Dataset:
    report: strawberry.Private[account.DatasetReport]

    @classmethod
    def of(cls, report: account.DatasetReport) -> Dataset:
        """Return the type of a report."""
        counts = {k: v for k, v in values_of(report).items() if k != "coverage"}
        make: Any = cls
        return make(report=report, **counts)

    @strawberry.field(description="What its source holds; what nothing uses comes first.")
    def coverage(self, unused: bool = True) -> list[Coverage]:
        """Return the lines of the account; with `unused` only what is not used."""
        lines = self.report.unused if unused else self.report.coverage
        return [as_is(line) for line in lines]
