"""Write the water networks of a version as an EPANET input file (EPANET 2.2 user manual, appendix C.2).

Numbers are in the flow units that the networks' own model states, since its rules and valves' settings are; else in
m³/h. Behind each line stands its IRI as a comment, and what of it is assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from ldt_graph.errors import QueryError
from ldt_graph.export.simulators.epanet_names import names
from ldt_graph.export.simulators.epanet_rules import Rules
from ldt_graph.export.simulators.epanet_settings import Settings, settings_of
from ldt_graph.export.simulators.epanet_values import Values
from ldt_graph.export.simulators.facts import read_facts
from ldt_graph.export.simulators.hydraulics import Hydraulics, place, said
from ldt_graph.export.simulators.report import Report
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ldt_graph.export.simulators.facts import Facts, Source, Thing
    from ldt_graph.export.simulators.hydraulics import Link

# fmt: off
_ATTRIBUTES = (
    LDT.elevation, LDT.hydraulicHead, LDT.headProfile, LDT.baseDemand, LDT.demandProfile, LDT.tankVolume,
    LDT.storedVolume, LDT.initialLevel, LDT.minimumLevel, LDT.maximumLevel, LDT.tankDiameter, LDT.minimumVolume,
    LDT.volumeCurve, LDT.overflows, LDT.lengthM, LDT.lengthKm, LDT.diameter, LDT.roughness, LDT.minorLoss, LDT.headCurve,
    LDT.pumpPower, LDT.relativeSpeed, LDT.speedProfile, LDT.valveKind, LDT.valveSetting, LDT.valveCurve,
    LDT.initialStatus, LDT.calculationSetting, LDT.fromNode, LDT.toNode, LDT.flowCapacity,
)
# fmt: on
_RULES = (
    "SELECT subject, object, min(row) AS row, any_value(source) AS source FROM statements "
    "WHERE predicate IN (SELECT unnest(?::VARCHAR[])) GROUP BY subject, object ORDER BY source, row, subject, object"
)
_SECTIONS = (
    *("JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "TAGS", "STATUS", "PATTERNS"),
    *("CURVES", "CONTROLS", "RULES", "TIMES", "OPTIONS", "COORDINATES", "VERTICES"),
)
_A_LINE = 12  # factors of a pattern
_LONGEST = 1000  # bytes of a line; EPANET 2.2 refuses those of 1,024


def write_epanet(source: Source, out: BinaryIO, *, name: str) -> Report:
    """Write the water networks among `statements` as text. See `export_network`.

    Raises:
        QueryError: Nothing in them conducts water, or models of different units.
    """
    report = Report("epanet")
    facts = read_facts(
        source,
        LDT.Water,
        domain="water",
        attributes=_ATTRIBUTES,
        classes=(LDT.WaterAsset, LDT.WaterNetwork),
    )
    settings = settings_of(facts, report) if facts.things else None
    for iri in [i for i, t in facts.things.items() if LDT.WaterNetwork in t.classes]:
        del facts.things[iri]
    water = Hydraulics(facts, report)
    if not water.links or settings is None:
        raise QueryError(
            "The twin has no water network: nothing conducts water.",
            hint="`ldt count --by type` lists what it holds.",
        )
    rules = sorted(source.ontology.subproperties(LDT.controlledByRule))
    found = source.con.execute(_RULES, [rules]).fetchall()
    texts = [(facts.things[s], text) for s, text, _, _ in found if s in facts.things]
    file = _File(facts, water, Values(water, settings, report), report)
    out.write(file.text(name, settings, texts).encode())
    return report


class _File:
    def __init__(self, facts: Facts, water: Hydraulics, values: Values, report: Report) -> None:
        self.facts = facts
        self.water = water
        self.values = values
        self.report = report
        self.node = names((key, node.name) for key, node in water.nodes.items())
        self.link = names((str(n), link.name) for n, link in enumerate(water.links))
        self.sections: dict[str, list[str]] = {}

    def text(self, name: str, settings: Settings, texts: Sequence[tuple[Thing, str]]) -> str:
        """Return the file."""
        self._nodes()
        self._links()
        self._control(texts)
        self._series(settings.clock)
        self._settings(settings)
        self._places()
        self._account()
        head = ["[TITLE]", name, *self._told(), ""]
        found = [(s, self.sections[s]) for s in _SECTIONS if self.sections.get(s)]
        body = [f"[{section}]\n" + "\n".join(lines) + "\n" for section, lines in found]
        return "\n".join([*head, *body, "[END]\n"])

    def _add(self, section: str, words: Sequence[str], thing: Thing | None = None) -> None:
        """Add a line, and behind it what it is about."""
        if thing is None:
            self.sections.setdefault(section, []).append(" ".join(words))
            return
        self.report.ids.append((section, words[0], thing.iri))
        assumed = self.values.assumed.get(thing.iri)
        told = f" assumed: {', '.join(assumed)}" if assumed else ""
        line = _cut(f"{' '.join(words)} ;<{thing.iri}>{told}")
        self.sections.setdefault(section, []).append(line)

    # ── nodes and links ──────────────────────────────────────────────────────────────────────────

    def _nodes(self) -> None:
        values = self.values
        for key, node in self.water.nodes.items():
            thing, called = node.thing, self.node[key]
            if node.kind == "reservoir":
                pattern = values.pattern(thing, LDT.headProfile)
                self._add(
                    "RESERVOIRS", [called, values.head(node), *filter(None, [pattern])], thing
                )
            elif node.kind == "tank":
                words = [called, values.height(key, node), *values.tank(node)]
                self._add("TANKS", words, thing)
            else:
                demand = values.demand(node)
                pattern = values.pattern(thing, LDT.demandProfile) if demand else None
                words = [called, values.height(key, node), values.flow(demand)]
                self._add("JUNCTIONS", [*words, *filter(None, [pattern])], thing)

    def _links(self) -> None:
        pumps = max(1, sum(link.kind == "pump" for link in self.water.links))
        takes = [n.thing.number(LDT.baseDemand) or 0 for n in self.water.nodes.values() if n.thing]
        flow = round(max(1.0, 2 * sum(takes) / pumps), 3)
        for number, link in enumerate(self.water.links):
            words = [self.link[str(number)], *(self.node[end] for end in link.ends)]
            if link.kind == "pump":
                self._add("PUMPS", [*words, *self.values.pump(link, flow)], link.thing)
            elif link.kind == "valve":
                self._add("VALVES", [*words, *self.values.valve(link)], link.thing)
            else:
                state = "CV" if link.kind == "check valve" else "Open" if link.open else "Closed"
                self._add("PIPES", [*words, *self.values.pipe(link), state], link.thing)
            self._status(words[0], link)

    def _status(self, called: str, link: Link) -> None:
        if link.kind in ("pump", "valve") and not link.open:
            self._add("STATUS", [called, "CLOSED"])
        elif link.kind == "valve" and link.thing and said(link.thing) == "OPEN":
            self._add("STATUS", [called, "OPEN"])

    # ── control ──────────────────────────────────────────────────────────────────────────────────

    def _control(self, texts: Sequence[tuple[Thing, str]]) -> None:
        nodes, links = {}, {}
        for key, node in self.water.nodes.items():
            if node.thing:
                nodes[node.thing.dataset, node.thing.identifier] = self.node[key]
        for number, link in enumerate(self.water.links):
            if link.thing:
                links[link.thing.dataset, link.thing.identifier] = self.link[str(number)]
        rules = Rules(nodes, links, self.report)
        rules.read(texts)
        self.sections["CONTROLS"], self.sections["RULES"] = rules.controls, rules.rules
        for link in self.water.links:
            thing = link.thing
            if thing and thing.idle and thing.iri not in rules.acting:
                if thing.text(LDT.speedProfile):
                    continue
                why = "it stands by, and no control of EPANET's starts it"
                self.report.add("expressed", thing.kind, thing.iri, value="closed", why=why)

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────

    def _series(self, clock: float) -> None:
        for text, called in self.values.patterns.items():
            factors = text.split()
            first = int(clock) % len(factors)  # they are from midnight on, EPANET's from its start
            factors = factors[first:] + factors[:first]
            for at in range(0, len(factors), _A_LINE):
                self._add("PATTERNS", [called, *factors[at : at + _A_LINE]])
        for points, called in self.values.curves.items():
            for at in range(0, len(points), 2):
                self._add("CURVES", [called, *points[at : at + 2]])

    def _settings(self, settings: Settings) -> None:
        hour, minutes = int(settings.clock), round(settings.clock % 1 * 60)
        self.sections["TIMES"] = [
            *settings.times,
            "PATTERN TIMESTEP 1:00",
            f"PATTERN START 0:{minutes:02d}",
            f"START CLOCKTIME {hour}:{minutes:02d}",
        ]
        self.sections["OPTIONS"] = [f"UNITS {settings.unit}", *settings.options]

    def _places(self) -> None:
        for key, node in self.water.nodes.items():
            if node.thing and node.kind == "reservoir" and LDT.Reservoir not in node.thing.classes:
                self._add("TAGS", ["NODE", self.node[key], node.thing.kind])
            for x, y in place(node.thing)[:1] if node.thing else ():
                self._add("COORDINATES", [self.node[key], f"{x:.10g}", f"{y:.10g}"])
        for number, link in enumerate(self.water.links):
            for x, y in self._turns(link):
                self._add("VERTICES", [self.link[str(number)], f"{x:.10g}", f"{y:.10g}"])

    def _turns(self, link: Link) -> list[tuple[float, float]]:
        """Return the turns of a link's course, from its first node on."""
        course = place(link.thing) if link.thing else []
        first = self.water.nodes[link.ends[0]].thing
        start = place(first)[:1] if first else []
        turned = bool(start) and len(course) > 2 and course[-1] == start[0] != course[0]
        return course[1:-1][::-1] if turned else course[1:-1]

    def _account(self) -> None:
        """Name what the file has no place for, and say how many elements it has."""
        inside = self.facts.things
        for node in self.water.nodes.values():
            thing = node.thing
            if thing and node.kind != "junction" and thing.number(LDT.baseDemand):
                why = f"a {node.kind} takes nothing in EPANET"
                self.report.add("left out", "demand", thing.iri, why=why)
            if thing and thing.number(LDT.flowCapacity) is not None:
                why = "EPANET's reservoirs give what is asked of them"
                self.report.add("left out", "flow capacity", thing.iri, why=why)
        for need in self.facts.needs:
            what = "need" if need.dependent in inside else "dependent"
            if what == "dependent":
                why = "it is no part of the network"
                self.report.add("left out", "dependent", need.dependent, why=why)
            else:
                why = "EPANET has no place for it; it stands in a comment"
                self.report.add("expressed", "need", need.dependent, value="comment", why=why)
        named = ("JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "CONTROLS")
        self.report.written = {s.lower(): len(self.sections.get(s, ())) for s in named}
        rules = sum(line.upper().startswith("RULE ") for line in self.sections["RULES"])
        self.report.written["rules"] = rules

    def _told(self) -> Iterator[str]:
        """Yield comments: what is assumed, and what the network's things need."""
        yield "; What is assumed, expressed otherwise and left out:"
        for line in self.report.lines()[1:]:
            yield _cut(f"; {' '.join(line.split())}")
        for need in self.facts.needs:
            if need.dependent in self.facts.things:
                of = f" (of {need.group}, {need.required} must work)" if need.group else ""
                yield _cut(f"; <{need.dependent}> {need.relation} <{need.supplier}>{of}")


def _cut(line: str) -> str:
    """Return a line that EPANET takes: its comment ends where the line would grow too long."""
    return line.encode()[:_LONGEST].decode(errors="ignore")
