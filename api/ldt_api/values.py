"""GraphQL's view of the twin's values: versions, provenance, literals, violations, gates."""

from __future__ import annotations

import strawberry

from ldt_api.derive import derived
from ldt_graph import model
from ldt_graph.impact import steps


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
    description="A requirement: it holds while `required` of its `members` work.",
    said={"stated": "Whether the twin states the group, or each dependency was taken as one."},
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


@strawberry.type(description="A dataset of the newest version.")
class Dataset:
    name: str
    rows: int
    statements: int
    entities: int
    set_aside: int
    warnings: int
