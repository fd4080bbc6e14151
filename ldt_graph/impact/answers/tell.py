"""An impact answer in sentences, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ldt_graph.impact.structure.shares import say_share
from ldt_graph.impact.walk.doubts import some

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ldt_graph.impact.because.standby import Start
    from ldt_graph.impact.walk.steps import Step, Stored
    from ldt_graph.model import Provenance


class Words(NamedTuple):
    """How sentences call things: an asset by its IRI, a relation by its name."""

    asset: Callable[[str], str]
    relation: Callable[[str], str]


def tell(step: Step, words: Words) -> str:
    """Return one hop of a *because* chain as a sentence."""
    asset = words.asset(step.asset)
    if step.reason == "outage":
        return f"{asset} is out from {say_hour(step.hour)}."
    cause, relation = words.asset(step.cause or ""), words.relation(step.relation or "")
    evidence = _evidence(step.evidence)
    what = (step.commodity or "supply").lower()
    if step.reason == "supply":
        return f"{asset} fails {say_hour(step.hour, 'at ')}: no {what} reaches it; it was {_reach(relation)} {cause}{_also(step, words)}{say_storages(step.storages, words)}{evidence}."
    if step.reason == "gate":
        return f"{asset} fails {say_hour(step.hour, 'at ')}: it {_is(relation)} {cause}{_gate(step)}{_buffer(step)}{evidence}."
    if step.reason == "stored":
        return f"{asset} holds for now: no source of {what} reaches it; it was {_reach(relation)} {cause}{_also(step, words)}{say_storages(step.storages, words)}{evidence}."
    if step.reason == "buffered":
        return f"{asset} holds for now: it {_is(relation)} {cause}{_buffer(step)}{evidence}."
    if step.reason == "short":
        return f"{asset} is short of {what} from {say_hour(step.hour)} on: what still feeds it can give less than is asked of it since {cause} failed{_also(step, words)}."
    if step.reason == "degraded" and step.gate:
        return f"{asset} is degraded from {say_hour(step.hour)} on: it {_is(relation)} {cause}{_gate(step)}{_buffer(step)}{evidence}."
    if step.reason == "degraded":
        return f"{asset} is degraded{_from(step)}: no {what} reaches it; it was {_reach(relation)} {cause}{_also(step, words)}{say_storages(step.storages, words)}{evidence}."
    if step.reason == "weak":
        return f"{asset} holds: it {_is(relation)} {cause}, which is short or degraded{evidence}."
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


def say_hour(hour: float | None, before: str = "") -> str:
    """Return an hour in words, or nothing for none."""
    return "" if hour is None else f"{before}hour {round(hour, 2):g}"


def _from(step: Step) -> str:
    return "" if step.hour is None else f" from {say_hour(step.hour)} on"


def _gate(step: Step) -> str:
    gate = step.gate
    if gate is None or not gate.stated:
        return ""
    if gate.required_share is not None and gate.working_share is not None:
        return f" (needs {say_share(gate.required_share)}, {say_share(gate.working_share)} left)"
    return f" (needs {gate.required} of {gate.members}, {gate.working} left)"


def _buffer(step: Step) -> str:
    return f", bridged for {step.buffer.hours:g} hours" if step.buffer else ""


def _also(step: Step, words: Words) -> str:
    """Name the other feeders that had to fail."""
    if not step.also:
        return ""
    named = some([words.asset(a) for a in step.also], 3)
    return f"; what else reached it failed too: {named}"


def say_storages(storages: Sequence[Stored], words: Words) -> str:
    """Return what fed an asset, from when until when, to go on a sentence."""
    told = [
        f"; {words.asset(s.asset)}, which held {say_amount(s.held, s.unit)}, feeds it from {say_hour(s.since)}"
        + (f" until {say_hour(s.until)}" if s.until is not None else " on")
        for s in storages
    ]
    return "".join(told)


def say_amount(value: float, unit: str | None) -> str:
    """Return an amount with its unit."""
    return f"{round(value, 2):,}".removesuffix(".0") + (f" {unit}" if unit else "")


def tell_start(start: Start, words: Words) -> str:
    """Return in a sentence what must start, by when, and what starts it."""
    asset = " or ".join(map(words.asset, (start.asset["iri"] or "", *start.instead)))
    rules = f" ({'; '.join(start.rules)})" if start.rules else ""
    only = start.delays == start.saves
    until = f" {say_hour(start.until, 'until ')}" if only else ""
    return (
        f"Holds{until} if {asset} starts before {say_hour(start.by)}{rules}: else {_else(start)}."
    )


def _else(start: Start) -> str:
    """Say what fails if it does not start: what stands else, and what fails all the same, and later."""
    more, sooner = start.saves - start.delays, start.delays
    told = [_failing(more, "more")] if more else []
    if sooner:
        told.append(f"{sooner:,} sooner" if told else _failing(sooner, "sooner"))
    return " and ".join(told)


def _failing(number: int, how: str) -> str:
    return f"{number:,} {'asset fails' if number == 1 else 'assets fail'} {how}"


def _evidence(evidence: Provenance | None) -> str:
    if evidence is None:
        return ""
    place = ":".join(str(p) for p in (evidence.source, evidence.row) if p is not None)
    if evidence.origin == "inferred":
        return f" [{evidence.rule}; from {place}]"
    return f" [{place}]"
