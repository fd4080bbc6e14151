"""The tables of an EPANET 2 input file, in SI units."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ldt_graph.sources.formats.epanet import links
from ldt_graph.sources.formats.epanet.control import Control
from ldt_graph.sources.formats.epanet.demands import Demands
from ldt_graph.sources.formats.epanet.places import Places
from ldt_graph.sources.formats.epanet.series import Series
from ldt_graph.sources.formats.epanet.tanks import reservoir, tank
from ldt_graph.sources.formats.epanet.text import Input, Line, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ldt_graph.sources.reading import Cell, Reading

_STATE = ("status", "in_service", "control", "control_line")
_PIPE = ("node1", "node2", "length", "diameter", "roughness", "minor_loss", *_STATE)
_VALVE = ("node1", "node2", "diameter", "type", "setting", "minor_loss", "curve", "points", *_STATE)
_LEVELS = ("initial_level", "minimum_level", "maximum_level", "diameter", "volume_curve")
_COLUMNS = {
    "junctions": ("elevation", "demand", "pattern", "profile"),
    "reservoirs": ("head", "pattern", "profile"),
    "tanks": ("elevation", *_LEVELS, "points", "minimum_volume", "overflow", "volume", "stored"),
    "pipes": _PIPE,
    "check_valves": _PIPE,
    "pumps": (
        "node1",
        "node2",
        "head_curve",
        "points",
        "power",
        "speed",
        "pattern",
        "profile",
        *_STATE,
    ),
    "valves": _VALVE,
    "one_way_valves": _VALVE,
}
_READ = {
    "junctions": ("pattern",),
    "reservoirs": ("pattern",),
    "tanks": ("volume_curve",),
    "pumps": ("head_curve", "pattern"),
    "valves": ("type", "curve"),
    "one_way_valves": ("type", "curve"),
}
"""Columns that the reader makes others of."""
_MADE = ("status", "control_line", "volume", "stored", "profile", "points")
_CELLS = {
    "geometry": ("x", "y"),
    "plan_geometry": ("x", "y"),
    "in_service": ("status",),
    "volume": ("maximum_level", "minimum_level", "diameter"),
    "stored": ("initial_level", "minimum_level", "maximum_level", "diameter"),
}
"""The words of the file that say what a column does."""
_SECTIONS = (
    ("PIPES", 6, 8, links.pipe),
    ("PUMPS", 3, None, links.pump),
    ("VALVES", 6, None, links.valve),
)


class Row(NamedTuple):
    """A line, and the cells that are made of it."""

    line: Line
    cells: dict[str, Cell]


def read_epanet(reading: Reading) -> None:
    """Read nodes and links into tables: junctions, reservoirs, tanks, pipes, check_valves, pumps, valves, one_way_valves.

    `controls` has a row for all that starts or stops a link: a control, an action of a rule, a pattern of speed;
    `settings` one for each line that steers EPANET's calculation.

    Units become metres, millimetres, cubic metres an hour and kilowatts, whatever the file's are; settings of
    valves keep the file's. `in_service` is false of a link that does not run at the start of the file's time;
    `control` says `stand-by` of such a one that something can start, `controlled` of one that runs and that
    something can stop. Valves that keep a pressure (PRV, PSV) let nothing flow back (EPANET 2.2 manual, section 3.1).
    What is a tank and what a reservoir is told by a line's words, as EPANET does. A word or number that is wrong
    is reported by its row and column, a line that EPANET would not take is set aside, and what the tables have
    no use for is accounted for.

    Raises:
        SourceError: No sections, or flow units that EPANET does not know.
    """
    _Reader(reading).read()


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.file = Input(reading)
        self.series = Series(self.file)
        self.tables: dict[str, list[Row]] = {name: [] for name in _COLUMNS}
        self.nodes: dict[str, Line] = {}
        self.links: dict[str, links.Link] = {}
        self.demands: Demands

    def read(self) -> None:
        self._nodes()
        self._links()
        levels = {row.line.words[0]: row.cells["initial_level"] for row in self.tables["tanks"]}
        control = Control(self.file, self.links, self.nodes, levels, self.series.patterns)
        control.apply()
        self._states(control)
        self._set(control)
        self.series.account(self.demands.patterns)
        self._write(Places(self.file, self.nodes, self.links), self._tags())
        self._write_controls(control)
        self._write_settings()

    # ── nodes ────────────────────────────────────────────────────────────────────────────────────

    def _nodes(self) -> None:
        found = [("JUNCTIONS", line) for line in self.file.lines("JUNCTIONS", 2, 4)]
        for section in ("RESERVOIRS", "TANKS"):
            found += [(section, line) for line in self.file.lines(section, 2, 9)]
        first = self._first(found, "node")
        self.nodes = {line.words[0]: line for _, line in first}
        junctions = {line.words[0] for name, line in first if name == "JUNCTIONS"}
        self.demands = Demands(self.file, self.series, junctions)
        for section, line in first:
            if section == "JUNCTIONS":
                self.tables["junctions"].append(Row(line, self._junction(line)))
            else:
                self._tank(section, line)

    def _first(self, found: list[tuple[str, Line]], what: str) -> list[tuple[str, Line]]:
        """Return the first line of each name, in the order of the file; a second one is reported."""
        first: dict[str, tuple[str, Line]] = {}
        for section, line in sorted(found, key=lambda f: f[1].number):
            name = line.words[0]
            if name in first:
                before = first[name][1].number
                message = f"Line {before} has a {what} {name!r} already; this one was set aside."
                self.file.report(line, "source:duplicate-id", message, column="id", value=name)
            else:
                first[name] = (section, line)
        return list(first.values())

    def _junction(self, line: Line) -> dict[str, Cell]:
        height = self.file.number(line, 1, "elevation", self.file.units.length)
        return {"elevation": height, **self.demands.cells(line)}

    def _tank(self, section: str, line: Line) -> None:
        """Make a tank or a reservoir of a line: EPANET tells them by their words, not by the section."""
        if 3 < len(line.words) < 6:
            message = f"A tank needs 6 words, this has {len(line.words)}; it was set aside."
            self.file.report(line, "source:row-too-short", message, value=line.text)
            return
        make = tank if len(line.words) > 5 else reservoir
        cells = make(self.file, self.series, line)
        kind = "reservoir" if "head" in cells else "tank"
        cells["profile"] = self.demands.factors(cells.get("pattern"))
        if f"{kind}s".upper() != section:
            message = f"By its words, EPANET takes {line.words[0]!r} of [{section}] for a {kind}."
            self.file.report(line, "source:kind", message, value=line.text, warning=True)
        self.tables[f"{kind}s"].append(Row(line, cells))

    # ── links ────────────────────────────────────────────────────────────────────────────────────

    def _links(self) -> None:
        makers = {name: make for name, _, _, make in _SECTIONS}
        found = [
            (s, line) for s, low, high, _ in _SECTIONS for line in self.file.lines(s, low, high)
        ]
        for section, line in self._first(found, "link"):
            link, cells = makers[section](self.file, self.series, line)
            self.links[line.words[0]] = link
            cells |= {"node1": line.words[1], "node2": line.words[2]}
            if line.words[1] == line.words[2]:
                message = "The link begins and ends at one node; it joins nothing."
                value = line.words[2]
                self.file.report(line, "source:self-loop", message, column="node2", value=value)
                cells["node2"] = None
            self.tables[_table(section, link)].append(Row(line, cells))

    def _states(self, control: Control) -> None:
        """Say of each link whether it runs, and what can change that."""
        acted = control.state()
        for name in (t for t, columns in _COLUMNS.items() if "in_service" in columns):
            for line, cells in self.tables[name]:
                link = control.links[line.words[0]]
                on = None if link.on is None else "true" if link.on else "false"
                by, at = acted.get(line.words[0], (None, None))
                cells |= {
                    "status": link.status,
                    "in_service": on,
                    "control": by,
                    "control_line": at,
                }

    def _set(self, control: Control) -> None:
        """Say of pumps and valves what they are set to at the start; of pumps by the hour where a pattern says it."""
        for name, column in (
            ("pumps", "speed"),
            ("valves", "setting"),
            ("one_way_valves", "setting"),
        ):
            for line, cells in self.tables[name]:
                link = control.links[line.words[0]]
                cells["profile"] = self.demands.factors(link.pattern) if name == "pumps" else None
                stated = float(cells.get(column) or (1 if name == "pumps" else "nan"))
                if link.on and link.pattern is None and link.setting not in (None, stated):
                    cells[column] = written(link.setting)

    # ── tables ───────────────────────────────────────────────────────────────────────────────────

    def _tags(self) -> dict[tuple[str, str], Cell]:
        """Return (NODE or LINK, name) → its tag."""
        found: dict[tuple[str, str], Line] = {}
        lines = self.file.lines("TAGS", 3, 3)
        for kind, known in (("NODE", self.nodes), ("LINK", self.links)):
            mine = [line for line in lines if line.says(0, kind)]
            for line in self.file.of_known("TAGS", mine, 1, kind.lower(), known):
                if (kind, line.words[1]) in found:
                    self.file.replaced("TAGS", found[kind, line.words[1]])
                found[kind, line.words[1]] = line
        for line in lines:
            if not (line.says(0, "NODE") or line.says(0, "LINK")):
                self.file.unknown(line, 0, "object", "object of a tag", ("NODE", "LINK"))
        return {name: line.words[2] for name, line in found.items()}

    def _write(self, places: Places, tags: Mapping[tuple[str, str], Cell]) -> None:
        for table, names in _COLUMNS.items():
            rows = self.tables[table]
            is_link = "node1" in names
            columns: dict[str, Sequence[Cell]] = {
                "id": [line.words[0] for line, _ in rows],
                "tag": [tags.get(("LINK" if is_link else "NODE", r.line.words[0])) for r in rows],
            }
            columns |= {n: [cells.get(n) for _, cells in rows] for n in names}
            at = [places.link(r.line) if is_link else places.node(r.line) for r in rows]
            columns |= {"geometry": [g for g, _ in at], "plan_geometry": [p for _, p in at]}
            self.reading.add_columns(table, columns, [line.number for line, _ in rows])
            made = [c for c in _MADE if c in names]
            self.reading.note(table, read=_READ.get(table, ()), made=made, cells=_CELLS)

    def _write_controls(self, control: Control) -> None:
        acts = control.actions
        columns: dict[str, list[Cell]] = {
            "link": [a.link for a in acts],
            "effect": [a.effect for a in acts],
            "kind": [a.kind for a in acts],
            "rule": [a.text for a in acts],
            "start_rule": [a.text if a.effect == "start" else None for a in acts],
        }
        self.reading.add_columns("controls", columns, [a.row for a in acts])
        self.reading.note("controls", made=("effect", "kind", "start_rule"))

    def _write_settings(self) -> None:
        """Write what the file tells EPANET's calculation; its flow units though it leaves them out, for all depends on them."""
        lines = [(s, line) for s in ("OPTIONS", "TIMES") for line in self.file.sections.get(s, [])]
        said = [(f"{section} {line.text}", line.number) for section, line in lines]
        if self.file.last("OPTIONS", "UNITS") is None:
            said.insert(0, ("OPTIONS UNITS GPM", 1))
        self.reading.add_columns(
            "settings", {"setting": [t for t, _ in said]}, [n for _, n in said]
        )


def _table(section: str, link: links.Link) -> str:
    if section == "PIPES":
        return "check_valves" if link.kind == "check valve" else "pipes"
    if section == "PUMPS":
        return "pumps"
    return "one_way_valves" if link.kind in links.ONE_WAY else "valves"
