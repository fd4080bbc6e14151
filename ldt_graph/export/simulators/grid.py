"""How a power network's things and joints become buses, branches between them, switches, and elements at them.

A branch (line, transformer, impedance) has two or three ends, a switch two sides, an element one bus; every end is a
bus. Whatever stands in the network otherwise (a line with three joints, a switch with one) becomes a bus itself, and a
joint of two buses a closed switch without an IRI, so that the network conducts as the twin's does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from ldt_graph.export.simulators.facts import Facts, Thing
    from ldt_graph.export.simulators.report import Report

BRANCHES = {
    LDT.PowerLine: {2: "line"},
    LDT.Transformer: {2: "trafo", 3: "trafo3w"},
    LDT.ElectricImpedance: {2: "impedance"},
}
"""Class → number of its ends → pandapower's table."""
ELEMENTS = (
    (LDT.SlackGenerator, "gen"),
    (LDT.Motor, "motor"),
    (LDT.Load, "load"),
    (LDT.Generator, "sgen"),
    (LDT.ElectricStorage, "storage"),
    (LDT.Shunt, "shunt"),
)
SWITCHED = {"line": "l", "trafo": "t", "trafo3w": "t3"}
"""Tables at whose ends pandapower's switches stand → what its column `et` calls them."""


@dataclass(slots=True)
class Bus:
    """A bus: of a thing, or one that the format needs and the twin does not have."""

    name: str
    thing: Thing | None = None
    near: str = ""


@dataclass(slots=True)
class Part:
    """An element of another table, and the buses at it by number."""

    table: str
    thing: Thing
    buses: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Switch:
    """A switch at a bus; `of` is what it switches there: a branch by its IRI, or another bus."""

    bus: int
    of: str | int
    thing: Thing | None = None
    near: str = ""


class Grid:
    """A power network as pandapower has one.

    Args:
        facts: Of electricity.
        report: Takes what is written as something else.
    """

    def __init__(self, facts: Facts, report: Report) -> None:
        self.facts = facts
        self.report = report
        self.buses: list[Bus] = []
        self.bus_of: dict[str, int] = {}
        self.parts: dict[str, Part] = {}
        self.switches: list[Switch] = []
        self._sides: dict[str, list[int | str]] = {}
        self._roles = {iri: self._role(thing) for iri, thing in facts.things.items()}
        self._make()
        for joint in facts.joints:
            self._join(joint.one, joint.other)
            if joint.one_way:
                why = "pandapower conducts both ways"
                report.add("expressed", "one-way joint", joint.one, why=why)
        self._close()

    def _role(self, thing: Thing) -> str:
        """Return `bus`, `switch`, or the table of a branch or an element; nothing where it is left out."""
        count = len(self.facts.joined[thing.iri])
        for cls, tables in BRANCHES.items():
            if cls in thing.classes and count in tables:
                return tables[count]
        if LDT.Switch in thing.classes and count == 2:
            return "switch"
        if count == 0 and LDT.ElectricBus not in thing.classes:
            self.report.add("left out", thing.kind, thing.iri, why="it is joined to nothing")
            return ""
        return self._element(thing) if count == 1 else self._as_bus(thing, count)

    def _element(self, thing: Thing) -> str:
        """Return the table of what one joint ties to the network."""
        if self.facts.is_source(thing):
            return "gen" if LDT.SlackGenerator in thing.classes else "ext_grid"
        for cls, table in ELEMENTS:
            if cls in thing.classes:
                return table
        if self.facts.draws(thing) is not None or LDT.EnergyAsset not in thing.classes:
            return "load"
        return self._as_bus(thing, 1)

    def _as_bus(self, thing: Thing, count: int) -> str:
        if LDT.ElectricBus not in thing.classes:
            plural = "" if count == 1 else "s"
            why = "it conducts, and is no branch" if count == 2 else f"it has {count} joint{plural}"
            self.report.add("expressed", thing.kind, thing.iri, value="bus", why=why)
        return "bus"

    def _make(self) -> None:
        """Make the buses, then what is at them."""
        for iri, thing in self.facts.things.items():
            role = self._roles[iri]
            if role == "bus":
                self._bus(thing.identifier, thing)
                self._own(thing)
            elif role == "switch":
                self._sides[iri] = []
            elif role:
                self.parts[iri] = Part(role, thing)

    def _own(self, thing: Thing) -> None:
        """Give a bus that supplies or takes power an element of that kind."""
        source = self.facts.is_source(thing)
        if source or self.facts.draws(thing) is not None:
            table = self._element(thing)
            self.parts[thing.iri] = Part(table, thing, [self.bus_of[thing.iri]])

    def _bus(self, name: str, thing: Thing | None = None, near: str = "") -> int:
        self.buses.append(Bus(name, thing, near))
        number = len(self.buses) - 1
        if thing:
            self.bus_of[thing.iri] = number
        return number

    def _extra(self, one: str, other: str) -> int:
        self.report.add("expressed", "joint of two elements", one, value="bus between them")
        return self._bus(f"{self._id(one)}~{self._id(other)}", near=one)

    def _id(self, iri: str) -> str:
        return self.facts.things[iri].identifier

    # ── joints ───────────────────────────────────────────────────────────────────────────────────

    def _join(self, one: str, other: str) -> None:
        a, b = self.bus_of.get(one), self.bus_of.get(other)
        if a is not None and b is not None:
            self.switches.append(Switch(a, b, near=one))
            self.report.add("expressed", "joint of two buses", one, value="closed switch")
        elif a is not None or b is not None:
            self._tie(other if a is not None else one, a if a is not None else b or 0)
        elif not self._switched(one, other) and not self._switched(other, one):
            bus = self._extra(one, other)
            self._tie(one, bus)
            self._tie(other, bus)

    def _tie(self, iri: str, bus: int) -> None:
        """Tie a branch, an element or a switch to a bus."""
        if iri in self._sides:
            self._sides[iri].append(bus)
        elif iri in self.parts:
            self.parts[iri].buses.append(bus)

    def _switched(self, switch: str, branch: str) -> bool:
        """Whether one is a switch whose other side is a bus, and the other a branch that pandapower switches."""
        part = self.parts.get(branch)
        if switch not in self._sides or part is None or part.table not in SWITCHED:
            return False
        ends = {e for joint in self.facts.joined[switch] for e in joint[:2]} - {switch, branch}
        if any(e not in self.bus_of for e in ends) or branch in self._sides[switch]:
            return False
        self._sides[switch].append(branch)
        return True

    def _close(self) -> None:
        """Make the switches of their two sides."""
        for iri, sides in self._sides.items():
            thing = self.facts.things[iri]
            branch = next((s for s in sides if isinstance(s, str)), None)
            buses = [s for s in sides if isinstance(s, int)]
            if branch is None:
                self.switches.append(Switch(buses[0], buses[1], thing))
            else:
                self.parts[branch].buses.append(buses[0])
                self.switches.append(Switch(buses[0], branch, thing))
