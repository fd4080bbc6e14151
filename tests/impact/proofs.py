"""Reasons put to the test: what they name is asked for alone, and without each one of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.impact import Outage
from ldt_graph.impact.because.why import Why

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ldt_graph.impact import ImpactEngine
    from ldt_graph.impact.walk.steps import Step

HORIZON = 48.0


def check(engine: ImpactEngine, why: object, out: Mapping[str, float]) -> None:
    """The causes of a failure bring it about no later, all together and not without one of them; its steps are known."""
    assert isinstance(why, Why)
    hours = {f.asset: f.hour for f in why.failed}

    def fails(iri: str, causes: Sequence[str], latest: float, since: Mapping[str, float]) -> bool:
        if not causes:
            return False
        down = engine.ask([Outage(c, since[c]) for c in causes], horizon=HORIZON).down
        return float(down[engine.network.vertex(iri)]) <= latest + 1e-5

    proofs = [(why.failed[0].asset, why.failed[0].hour, why.seeds, out)]
    proofs += [(f.asset, f.hour, f.causes, hours) for f in why.failed if f.reason != "outage"]
    for iri, hour, causes, since in proofs:
        assert fails(iri, causes, hour, since)
        for one in causes:
            assert not fails(iri, [c for c in causes if c != one], hour, since)
    for step in (s for f in why.failed for s in f.steps):
        known = step.evidence
        assert known is not None
        assert known.rule if known.origin == "inferred" else known.source and known.row


class Stated:
    """What a network says, to look steps up in."""

    def __init__(self, engine: ImpactEngine) -> None:
        columns, name = engine.network.columns, engine.network.ontology.name_of
        names = [name(p) for p in columns.predicates]
        rows = (columns.edges[part].tolist() for part in ("subject", "predicate", "object"))
        self._vertex = engine.network.vertex
        self._all = {(s, names[p], o) for s, p, o in zip(*rows, strict=True)}
        self._groups: dict[int, set[int]] = {}
        for s, p, o in self._all:
            if p == "hasRequirement":
                self._groups.setdefault(s, set()).add(o)

    def holds(self, step: Step) -> bool:
        """Whether a hop is a relation, in either direction, or one to a member of a group that its asset requires."""
        asset, cause = self._vertex(step.asset), self._vertex(step.cause or "")
        relation = step.relation or ""
        ends = {(asset, relation, cause), (cause, relation, asset)}
        groups = self._groups.get(asset, ()) if relation == "hasMember" else ()
        return bool((ends | {(g, relation, cause) for g in groups}) & self._all)
