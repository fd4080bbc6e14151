"""Why an asset fails, or holds, in sentences for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.impact.answers.tell import say_amount, say_hour, say_storages, tell, tell_chain
from ldt_graph.impact.because.why import Why
from ldt_graph.impact.structure.shares import say_share
from ldt_graph.impact.walk.doubts import some

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ldt_graph.impact.answers.tell import Words
    from ldt_graph.impact.because.why import Failed
    from ldt_graph.impact.because.whynot import Held, WhyNot

_MOST = 3


def tell_why(why: Why | WhyNot, words: Words) -> list[str]:
    """Return why an asset fails, the asset first and all behind it after; or what holds it."""
    asset = words.asset(why.asset["iri"] or "")
    if isinstance(why, Why):
        return [_enough(why.seeds, words), *(s for f in why.failed for s in _failed(f, words))]
    doubt = [why.doubt] if why.doubt else []
    if why.status == "off":
        return [f"{asset} was off already."]
    if why.status == "untouched":
        return [f"{asset} holds: nothing that it requires was touched.", *doubt]
    if why.status in ("short", "degraded"):
        return _weak(why, words)
    if why.because:
        return [*tell_chain(why.because, words), *doubt]
    return [*(f"{asset} holds: {_held(h, words)}." for h in why.held), *doubt]


def _weak(why: WhyNot, words: Words) -> list[str]:
    """Tell why an asset is short or degraded, and fails not."""
    enough = _enough(why.seeds, words)
    told = [enough, *tell_chain(why.because, words)]
    if why.short:
        s = why.short
        given, asked = (say_amount(x, s.unit) for x in (s.capacity, s.demand))
        sources = some([words.asset(i) for i in s.sources], 3)
        told.insert(1, f"{s.assets:,} assets hang on {sources}: {given} for {asked}.")
    return told


def _enough(seeds: Sequence[str], words: Words) -> str:
    return f"It takes the outage of {_and([words.asset(s) for s in seeds])}, and nothing less."


def _failed(failed: Failed, words: Words) -> Iterator[str]:
    asset = words.asset(failed.asset)
    if failed.reason == "outage":
        yield f"{asset} is out from {say_hour(failed.hour)}."
    elif failed.reason == "gate":
        yield from (tell(step, words) for step in failed.steps)
    else:
        what = (failed.commodity or "supply").lower()
        causes = _and([words.asset(c) for c in failed.causes])
        failing = "failed" if len(failed.causes) == 1 else "failed together"
        bridged = f", bridged for {failed.buffer:g} hours" if failed.buffer else ""
        yield (
            f"{asset} fails at {say_hour(failed.hour)}: no {what} reaches it since {causes} {failing}"
            f"{say_storages(failed.storages, words)}{bridged}."
        )


def _held(held: Held, words: Words) -> str:
    what = (held.commodity or "supply").lower()
    until = f" until {say_hour(held.until)}" if held.until is not None else ""
    if held.by == "path":
        source = words.asset((held.steps[-1].cause if held.steps else None) or "")
        starts = _and([words.asset(s) for s in held.standby])
        told = f"{what} reaches it another way, from {source} over {len(held.steps)} joints"
        return f"{told}, if {starts} starts" if starts else told
    if held.by == "storage":
        return f"no source of {what} reaches it{say_storages(held.storages, words)}"
    gone = _and([words.asset(s.cause or "") for s in held.steps])
    if held.by == "degraded":
        return f"{gone or f'the loss of {what}'} only degrades it"
    if held.gate is None:
        return f"a buffer bridges the loss of {what}{until}"
    if held.by == "buffer":
        return f"a buffer bridges the loss of {gone}{until}"
    gate = held.gate
    if gate.required_share is not None and gate.working_share is not None:
        left, least = map(say_share, (gate.working_share, gate.required_share))
        return (
            f"{_still(held, words)}{left} of the group still works and {least} must; {gone} failed"
        )
    return f"{_still(held, words)}{gate.working} of {gate.members} still work and {gate.required} must; {gone} failed"


def _still(held: Held, words: Words) -> str:
    """Name what still works of a gate, where it is told by one relation: `still served by line 2 and line 5; `."""
    named = [words.asset(w) for w in held.working]
    relations = {words.relation(s.relation or "") for s in held.steps}
    if not named or len(relations) != 1:
        return ""
    told = _and(named) if len(named) <= _MOST else some(named, _MOST)
    [relation] = relations
    return (
        f"still {relation} {told}; " if not relation.startswith("has ") else f"{told} still work; "
    )


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
