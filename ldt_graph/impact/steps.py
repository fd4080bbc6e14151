"""The values that explain an answer: steps of a *because* chain, with their gate and evidence."""

from __future__ import annotations

from typing import Literal, TypedDict


class Gate(TypedDict):
    """A requirement: `working` of its `members` stood when it was looked at; it holds from `required` on."""

    stated: bool
    group: str | None
    required: int
    members: int
    working: int


class Evidence(TypedDict):
    """How the twin knows a relation: the source's row, or the axiom that inferred it."""

    dataset: str
    origin: str
    source: str | None
    row: int | None
    rule: str | None


Step = TypedDict(
    "Step",
    {
        "asset": str,
        "hour": float | None,
        "reason": Literal["outage", "gate", "supply", "held", "buffered"],
        "relation": str | None,
        "from": str | None,
        "commodity": str | None,
        "gate": Gate | None,
        "buffer": dict[str, float] | None,
        "evidence": Evidence | None,
    },
)
"""One hop of a *because* chain, from an asset to the one whose failure reached it."""
