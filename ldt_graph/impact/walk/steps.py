"""The values that explain an answer: steps of a *because* chain, with their gate, buffer and evidence."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ldt_graph.model import Provenance

Reason = Literal[
    "outage", "gate", "supply", "held", "buffered", "stored", "short", "degraded", "weak"
]


@dataclass(frozen=True, slots=True)
class Gate:
    """A requirement: `working` of its `members` stood when it was looked at; it holds from `required` on.

    Attributes:
        stated: Whether the twin states the gate, by a group or an axiom, or each dependency was taken as one.
        group: IRI of the stated group.
        relation: IRI of the relation of which an axiom (`ldt:suffices`) says how many are enough; or, where it is not
            stated, of which one was taken to be.
        required: So many members; None where their shares count.
        required_share: That share of the whole, 0 to 1; None where members count by number.
        working_share: The shares of those that stood.
    """

    stated: bool
    group: str | None
    relation: str | None
    required: int | None
    members: int
    working: int
    required_share: float | None = None
    working_share: float | None = None

    @property
    def holds(self) -> bool:
        """Whether what stood is enough."""
        if self.required_share is not None and self.working_share is not None:
            return self.working_share >= self.required_share
        return self.required is None or self.working >= self.required

    @property
    def document(self) -> dict[str, Any]:
        """The documented object, ready for JSON; shares only where they count."""
        said = {
            "stated": self.stated,
            "group": self.group,
            "relation": self.relation,
            "required": self.required,
            "members": self.members,
            "working": self.working,
        }
        if self.required_share is not None:
            said |= {"requiredShare": self.required_share, "workingShare": self.working_share}
        return said


@dataclass(frozen=True, slots=True)
class Buffer:
    """What bridges a loss, in hours."""

    hours: float


@dataclass(frozen=True, slots=True)
class Stored:
    """A storage that fed an asset when no source reached it any more.

    Attributes:
        asset: IRI.
        held: What it held above its least when that began.
        unit: Of `held`, as a UCUM code.
        since: Hour from which it fed the asset.
        until: Hour at which that ended, or would end if nothing changed; None for never.
    """

    asset: str
    held: float
    unit: str | None
    since: float
    until: float | None


@dataclass(frozen=True)
class Step:
    """One hop of a *because* chain: `asset` was touched by what happened to `cause`.

    Attributes:
        asset: IRI.
        hour: When it failed; from when on it is short or degraded.
        reason: `outage`, `gate`, `supply`; `held`, `buffered` or `stored` for what stands; `short`, `degraded`; `weak`
            for what requires something short or degraded.
        relation: Name of the relation that the failure came over.
        cause: IRI of the asset that it came from.
        commodity: What the relation carries.
        gate: The requirement that fell, or held.
        buffer: What bridged it.
        storages: What fed it when no source did any more, the last to run dry first.
        also: IRIs of the other feeders that had to fail for the loss of a supply, or left it short, the last to fail first.
        evidence: How the twin knows the relation.
    """

    asset: str
    hour: float | None
    reason: Reason
    relation: str | None = None
    cause: str | None = None
    commodity: str | None = None
    gate: Gate | None = None
    buffer: Buffer | None = None
    storages: tuple[Stored, ...] = ()
    also: tuple[str, ...] = ()
    evidence: Provenance | None = None

    def at(self, hour: float | None, reason: Reason) -> Step:
        """Return the same hop as one answer has it: when it failed, and why."""
        return replace(self, hour=hour, reason=reason)

    @cached_property
    def document(self) -> dict[str, Any]:
        """The documented object, ready for JSON (docs/reference/impact.md); shared, so not to be changed."""
        said = {key: getattr(self, name) for name, key in _KEYS}
        if self.gate is not None:
            said["gate"] = self.gate.document
        if self.buffer is not None:
            said["buffer"] = _flat(self.buffer)
        said["storages"] = [_flat(s) for s in self.storages] if self.storages else _NONE
        if self.evidence is not None:
            said["evidence"] = _shared(self.evidence)
        return said


_KEYS = tuple((f.name, "from" if f.name == "cause" else f.name) for f in fields(Step))
"""Each field of a step and its key; `from` is a word of Python's own."""


_NONE: list[Any] = []  # shared, so not to be changed


def _flat(part: Buffer | Stored | Provenance) -> dict[str, Any]:
    return {name: getattr(part, name) for name in part.__slots__}


_shared = lru_cache(maxsize=65_536)(_flat)  # one row is the evidence of many steps
