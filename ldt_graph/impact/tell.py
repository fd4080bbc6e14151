"""An impact answer in sentences, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ldt_graph.impact.steps import Step
    from ldt_graph.model import Provenance


class Words(NamedTuple):
    """How sentences call things: an asset by its IRI, a relation by its name."""

    asset: Callable[[str], str]
    relation: Callable[[str], str]


def tell(step: Step, words: Words) -> str:
    """Return one hop of a *because* chain as a sentence."""
    asset = words.asset(step.asset)
    if step.reason == "outage":
        return f"{asset} is out from {_hour(step.hour)}."
    cause, relation = words.asset(step.cause or ""), words.relation(step.relation or "")
    evidence = _evidence(step.evidence)
    what = (step.commodity or "supply").lower()
    if step.reason == "supply":
        return f"{asset} fails {_hour(step.hour, 'at ')}: no {what} reaches it; it was {_reach(relation)} {cause}{evidence}."
    if step.reason == "gate":
        return f"{asset} fails {_hour(step.hour, 'at ')}: it {_is(relation)} {cause}{_gate(step)}{_buffer(step)}{evidence}."
    if step.reason == "buffered":
        return f"{asset} holds for now: it {_is(relation)} {cause}{_buffer(step)}{evidence}."
    if step.gate:
        return f"{asset} holds: it {_is(relation)} {cause}{_gate(step)}{evidence}."
    return f"{asset} holds: {what} reaches it another way than through {cause}{evidence}."


def tell_chain(steps: Sequence[Step], words: Words) -> list[str]:
    """Return a chain as sentences; a run of joints of one commodity is told by its first and its last."""
    told: list[str] = []
    for position, step in enumerate(steps):
        inner = (
            not step.gate
            and not step.buffer
            and 0 < position < len(steps) - 1
            and all(
                (steps[p].commodity, steps[p].reason) == (step.commodity, step.reason)
                for p in (position - 1, position + 1)
            )
        )
        if not inner:
            told.append(tell(step, words))
        elif not told[-1].startswith("… "):
            told.append("… 1 joint further,")
        else:
            told[-1] = f"… {int(told[-1].split()[1]) + 1} joints further,"
    return told


def _is(relation: str) -> str:
    """Return a relation as a verb: `operates via` is one, `powered by` needs another."""
    return relation if relation.split(" ", 1)[0].endswith("s") else f"is {relation}"


def _reach(relation: str) -> str:
    return "reached through" if relation.endswith("to") else relation


def _hour(hour: float | None, before: str = "") -> str:
    return "" if hour is None else f"{before}hour {hour:g}"


def _gate(step: Step) -> str:
    gate = step.gate
    if gate is None or not gate.stated:
        return ""
    return f" (needs {gate.required} of {gate.members}, {gate.working} left)"


def _buffer(step: Step) -> str:
    return f", bridged for {step.buffer.hours:g} hours" if step.buffer else ""


def _evidence(evidence: Provenance | None) -> str:
    if evidence is None:
        return ""
    place = ":".join(str(p) for p in (evidence.source, evidence.row) if p is not None)
    if evidence.origin == "inferred":
        return f" [{evidence.rule}; from {place}]"
    return f" [{place}]"
