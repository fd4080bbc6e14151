"""How a water network's things and joints become nodes, and links between two of them, as EPANET has them.

Whatever is no link becomes a junction, a joint of two nodes a short pipe without an IRI, and a joint of two links a
junction between them, so that the network conducts as the twin's does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ldt_graph.namespaces import AS_WKT, LDT
from ldt_graph.wkt import positions

if TYPE_CHECKING:
    from ldt_graph.export.simulators.facts import Facts, Joint, Thing
    from ldt_graph.export.simulators.report import Report

NodeKind = Literal["junction", "reservoir", "tank"]
LinkKind = Literal["pipe", "check valve", "pump", "valve"]
ONE_WAY = ("PRV", "PSV")
"""Valves that keep a pressure let nothing flow back (EPANET 2.2 manual, section 3.1)."""
_LINKS = (LDT.WaterMain, LDT.Pump, LDT.Switch, LDT.WaterRegulator)


@dataclass(slots=True)
class Node:
    """A node: of a thing, or one that the format needs; then `near` is a thing that it belongs to."""

    kind: NodeKind
    name: str
    thing: Thing | None
    near: str


@dataclass(slots=True)
class Link:
    """A link from one node to another by their keys.

    Attributes:
        open: Whether it lets water through at the start.
    """

    kind: LinkKind
    name: str
    thing: Thing | None
    ends: tuple[str, str]
    open: bool
    near: str


class Hydraulics:
    """A water network as EPANET has one: nodes by key, which is an IRI where they have one, and links.

    Args:
        facts: Of water.
        report: Takes what is written as something else, and what is left out.
    """

    def __init__(self, facts: Facts, report: Report) -> None:
        self.facts = facts
        self.report = report
        self.nodes: dict[str, Node] = {}
        self.links: list[Link] = []
        found = {iri: self._ends(thing) for iri, thing in facts.things.items()}
        self._tied = {iri: ends for iri, ends in found.items() if ends}
        self._met = {end for ends in self._tied.values() for end in ends[:2]}
        for iri, thing in facts.things.items():
            if iri not in self._tied:
                self._node(thing)
        for iri, ends in self._tied.items():
            self._link(facts.things[iri], *ends)
        for joint in facts.joints:
            if joint.one in self.nodes and joint.other in self.nodes:
                self._bridge(joint)
        self._shut()

    # ── links ────────────────────────────────────────────────────────────────────────────────────

    def _ends(self, thing: Thing) -> tuple[str, str, bool] | None:
        """Return what a link begins and ends at, and whether it conducts one way; None of what is no link."""
        if not thing.classes.intersection(_LINKS):
            return None
        joints = self.facts.joined[thing.iri]
        if not joints:
            return self._stated(thing)
        into = [j.one for j in joints if j.one_way and j.other == thing.iri]
        out = [j.other for j in joints if j.one_way and j.one == thing.iri]
        both = [e for j in joints if not j.one_way for e in j[:2] if e != thing.iri]
        if len(joints) == 2 and len(both) == 2:
            return (*self._ordered(thing, both), False)
        if len(joints) == 2 and len(into) < 2 and len(out) < 2:
            return (into or both)[0], (out or both)[0], True
        plural = "" if len(joints) == 1 else "s"
        why = f"it has {len(joints)} joint{plural}, or leads nowhere"
        self.report.add("expressed", thing.kind, thing.iri, value="junction", why=why)
        return None

    def _stated(self, thing: Thing) -> tuple[str, str, bool] | None:
        """Return the ends of a link that nothing joins and that names them."""
        one, other = thing.text(LDT.fromNode), thing.text(LDT.toNode)
        if one not in self.facts.things or other not in self.facts.things or one == other:
            return None
        back = thing.text(LDT.valveKind) in ONE_WAY or said(thing) == "CV"
        return one, other, back or LDT.Pump in thing.classes

    def _ordered(self, thing: Thing, ends: list[str]) -> tuple[str, str]:
        """Return the ends of what conducts both ways, in the order that it names or that its course has."""
        one, other = sorted(ends)
        if thing.text(LDT.fromNode) == other or thing.text(LDT.toNode) == one:
            return other, one
        course, start = place(thing), place(self.facts.things[other])
        if len(course) > 1 and start and _near(course[0], start[0]) < _near(course[-1], start[0]):
            return other, one
        return one, other

    def _link(self, thing: Thing, one: str, other: str, one_way: bool) -> None:
        kind = self._kind(thing, one_way=one_way)
        ends = self._end(thing.iri, one), self._end(thing.iri, other)
        if kind == "check valve" and not thing.on:
            why = "EPANET opens and closes no check valve"
            self.report.add("expressed", thing.kind, thing.iri, value="closed pipe", why=why)
            kind = "pipe"
        self.links.append(Link(kind, thing.identifier, thing, ends, thing.on, thing.iri))

    def _kind(self, thing: Thing, *, one_way: bool) -> LinkKind:
        keeps = thing.text(LDT.valveKind)
        if LDT.Pump in thing.classes and one_way:
            return "pump"
        if LDT.Switch in thing.classes and (not one_way or keeps in ONE_WAY):
            return "valve"
        if LDT.WaterMain not in thing.classes:
            kind: LinkKind = "check valve" if one_way else "pipe"
            why = "it conducts both ways" if not one_way else "it conducts one way"
            self.report.add("expressed", thing.kind, thing.iri, value=kind, why=why)
            return kind
        return "check valve" if one_way else "pipe"

    def _end(self, iri: str, at: str) -> str:
        """Return the key of the node at an end: of a node, or one between two links."""
        if at in self.nodes:
            return at
        key = " ".join(sorted((iri, at)))
        if key not in self.nodes:
            one, other = (self.facts.things[i] for i in sorted((iri, at)))
            name = f"{one.identifier}~{other.identifier}"
            self.nodes[key] = Node("junction", name, None, one.iri)
            self.report.add("expressed", "joint of two links", one.iri, value="junction")
        return key

    # ── nodes ────────────────────────────────────────────────────────────────────────────────────

    def _node(self, thing: Thing) -> None:
        joints = self.facts.joined[thing.iri]
        if not joints and thing.iri not in self._met:
            why = "it is joined to nothing"
            self.report.add("left out", thing.kind, thing.iri, why=why)
            return
        kind: NodeKind = "junction"
        if self.facts.is_source(thing):
            kind = "reservoir"
        elif LDT.Storage in thing.classes:
            kind = "tank"
        elif LDT.WaterJunction not in thing.classes and not thing.classes.intersection(_LINKS):
            why = "it is joined to the network"
            self.report.add("expressed", thing.kind, thing.iri, value=kind, why=why)
        self.nodes[thing.iri] = Node(kind, thing.identifier, thing, thing.iri)

    def _bridge(self, joint: Joint) -> None:
        """Join two nodes by a short pipe."""
        kind: LinkKind = "check valve" if joint.one_way else "pipe"
        names = (self.nodes[joint.one].name, self.nodes[joint.other].name)
        self.report.add("expressed", "joint of two nodes", joint.one, value=f"short {kind}")
        self.links.append(
            Link(kind, "~".join(names), None, (joint.one, joint.other), open=True, near=joint.one)
        )

    def _shut(self) -> None:
        """Close the links at nodes that are out of service: EPANET's nodes always work."""
        off = {key for key, n in self.nodes.items() if n.thing and not n.thing.on}
        for key in sorted(off):
            node = self.nodes[key]
            kind = node.thing.kind if node.thing else node.kind
            self.report.add("expressed", kind, node.near, value="its links are closed")
        for link in self.links:
            if off.intersection(link.ends):
                link.open = False
                link.kind = "pipe" if link.kind == "check valve" else link.kind


def said(thing: Thing) -> str:
    """Return the status that a link states, in EPANET's words."""
    return (thing.text(LDT.initialStatus) or "").strip().upper()


def place(thing: Thing) -> list[tuple[float, float]]:
    """Return the positions of a thing, on the earth or else in its plan."""
    return positions(thing.text(AS_WKT) or thing.text(LDT.planGeometry) or "")


def _near(one: tuple[float, float], other: tuple[float, float]) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2
