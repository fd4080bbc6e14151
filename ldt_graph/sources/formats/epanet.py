"""EPANET 2 input files (EPANET 2.2 user manual, appendix C.2), in SI units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.sources.crs import Placer
from ldt_graph.sources.reading import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ldt_graph.sources.reading import Cell, Reading

# Flow units → (cubic metres an hour, whether lengths are in feet). EPANET 2.2 manual, table C.1.
_FLOW = {
    "CFS": (101.940648, True),
    "GPM": (0.2271247, True),
    "MGD": (157.725491, True),
    "IMGD": (189.420, True),
    "AFD": (51.3951, True),
    "LPS": (3.6, False),
    "LPM": (0.06, False),
    "MLD": (41.6666667, False),
    "CMH": (1.0, False),
    "CMD": (1 / 24, False),
}
_FOOT, _INCH, _HORSEPOWER = 0.3048, 25.4, 0.7457
# EPANET tells its sections by their first four letters (2.2 user manual, appendix C.2).
# fmt: off
_SECTIONS = {
    name[:4]: name
    for name in (
        "TITLE", "JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "CONTROLS", "RULES", "DEMANDS", "SOURCES",
        "EMITTERS", "PATTERNS", "CURVES", "QUALITY", "STATUS", "ROUGHNESS", "ENERGY", "REACTIONS", "MIXING", "REPORT",
        "TIMES", "OPTIONS", "COORDINATES", "VERTICES", "LABELS", "BACKDROP", "TAGS", "LEAKAGE",
    )
}
# fmt: on
_ONE_WAY_VALVES = ("PRV", "PSV")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a section: its number in the file and its words."""

    number: int
    words: list[str]

    def word(self, position: int) -> Cell:
        """Return a word, or None past the end."""
        return self.words[position] if position < len(self.words) else None


Maker = Callable[[Line], "dict[str, Cell]"]


@dataclass(frozen=True, slots=True)
class Units:
    """Factors to m³/h, m, mm and kW."""

    flow: float
    length: float
    diameter: float
    power: float


def read_epanet(reading: Reading) -> None:
    """Read nodes and links into tables: junctions, reservoirs, tanks, pipes, check_valves, pumps, valves, one_way_valves.

    Units become metres, millimetres, cubic metres an hour and kilowatts, whatever the file's are. A
    link that [STATUS] or its own line closes has `in_service` false. Valves that keep a pressure
    (PRV, PSV) let nothing flow back (EPANET 2.2 manual, section 3.1). A line that is too short or
    holds text where a number belongs is reported by its row, a section that EPANET does not know by its name.

    Raises:
        SourceError: No sections, or flow units that EPANET does not know.
    """
    sections = _sections(reading.lines())
    if not sections.keys() & {"JUNCTIONS", "RESERVOIRS", "TANKS"}:
        raise reading.error("Not an EPANET file: it has no [JUNCTIONS], [RESERVOIRS] or [TANKS].")
    units = _units(reading, sections.get("OPTIONS", []))
    _Reader(reading, sections, units).read()


class _Reader:
    def __init__(self, reading: Reading, sections: dict[str, list[Line]], units: Units) -> None:
        self.reading = reading
        self.sections = sections
        self.units = units
        self.placer = Placer(reading)
        self.positions = {line.words[0]: line for line in self._lines("COORDINATES", 3)}
        self.status = {
            line.words[0]: (line.word(1) or "").upper() for line in sections.get("STATUS", [])
        }
        self.tags = {
            (line.words[0].upper(), line.words[1]): line.words[2]
            for line in sections.get("TAGS", [])
            if len(line.words) > 2
        }
        self.demands = self._demands()

    def read(self) -> None:
        for name in sorted(self.sections.keys() - set(_SECTIONS.values())):
            self._report_unknown(name)
        self._nodes("JUNCTIONS", "junctions", 1, self._junction)
        self._nodes("RESERVOIRS", "reservoirs", 2, self._reservoir)
        self._nodes("TANKS", "tanks", 6, self._tank)
        pipes, checked = _split(self._lines("PIPES", 6), _has_check_valve)
        self._links("pipes", pipes, self._pipe)
        self._links("check_valves", checked, self._pipe)
        self._links("pumps", self._lines("PUMPS", 3), self._pump)
        valves, one_way = _split(self._lines("VALVES", 6), _is_one_way)
        self._links("valves", valves, self._valve)
        self._links("one_way_valves", one_way, self._valve)

    def _report_unknown(self, name: str) -> None:
        lines = self.sections[name]
        self.reading.report(
            "source:unknown-section",
            f"EPANET has no section [{name}]; its {len(lines)} lines were left out.",
            row=lines[0].number if lines else None,
            value=name,
            severity="warning",
        )

    # ── nodes ──────────────────────────────────────────────────────────────────────────────────

    def _junction(self, line: Line) -> dict[str, Cell]:
        own = self._number(line, 2, "demand", self.units.flow)
        return {
            "elevation": self._number(line, 1, "elevation", self.units.length),
            "demand": self.demands.get(line.words[0], own),
            "pattern": line.word(3),
        }

    def _reservoir(self, line: Line) -> dict[str, Cell]:
        return {"head": self._number(line, 1, "head", self.units.length)}

    def _tank(self, line: Line) -> dict[str, Cell]:
        names = ("elevation", "initial_level", "minimum_level", "maximum_level", "diameter")
        made = {
            n: self._number(line, i, n, self.units.length) for i, n in enumerate(names, start=1)
        }
        low, high, diameter = (made[n] for n in ("minimum_level", "maximum_level", "diameter"))
        if low and high and diameter:
            made["volume"] = _write(
                (float(high) - float(low)) * 3.141592653589793 * float(diameter) ** 2 / 4
            )
        return {"volume": None, **made}

    def _demands(self) -> dict[str, Cell]:
        """Sum what [DEMANDS] says of a junction; it replaces what [JUNCTIONS] says."""
        sums: dict[str, float] = {}
        for line in self.sections.get("DEMANDS", []):
            value = self._number(line, 1, "demand", self.units.flow)
            if value is not None:
                sums[line.words[0]] = sums.get(line.words[0], 0.0) + float(value)
        return {k: _write(v) for k, v in sums.items()}

    def _nodes(self, section: str, table: str, words: int, make: Maker) -> None:
        lines = self._lines(section, words)
        rows = [line.number for line in lines]
        columns = self._columns(lines, make, self._named(lines, "NODE"))
        where = [self.positions.get(line.words[0]) for line in lines]
        x, y = ([w.word(i) if w else None for w in where] for i in (1, 2))
        geometry, plan = (
            self.placer.points(x, y, rows)
            if any(where)
            else ([None] * len(rows), [None] * len(rows))
        )
        self.reading.add_columns(
            table, columns | {"geometry": geometry, "plan_geometry": plan}, rows
        )

    # ── links ──────────────────────────────────────────────────────────────────────────────────

    def _pipe(self, line: Line) -> dict[str, Cell]:
        # The minor loss may be left out before the status.
        status = (line.word(7) or line.word(6) or "").upper()
        return {
            "length": self._number(line, 3, "length", self.units.length),
            "diameter": self._number(line, 4, "diameter", self.units.diameter),
            "roughness": self._number(line, 5, "roughness", 1.0),
            "status": self.status.get(line.words[0])
            or (status if status in ("OPEN", "CLOSED", "CV") else None),
        }

    def _pump(self, line: Line) -> dict[str, Cell]:
        words = [w.upper() for w in line.words]
        power = words.index("POWER") + 1 if "POWER" in words[3:] else len(words)
        return {
            "parameters": " ".join(line.words[3:]) or None,
            "power": self._number(line, power, "power", self.units.power),
            "status": self.status.get(line.words[0]),
        }

    def _valve(self, line: Line) -> dict[str, Cell]:
        return {
            "diameter": self._number(line, 3, "diameter", self.units.diameter),
            "type": line.word(4),
            "setting": line.word(5),
            "status": self.status.get(line.words[0]),
        }

    def _links(self, table: str, lines: list[Line], make: Maker) -> None:
        ends: dict[str, list[Cell]] = {
            "node1": [line.words[1] for line in lines],
            "node2": [line.words[2] for line in lines],
        }
        columns = self._columns(lines, make, self._named(lines, "LINK") | ends)
        columns["in_service"] = [
            "false" if s == "CLOSED" else "true" for s in columns.get("status", [])
        ]
        geometry, plan = self._courses(lines)
        self.reading.add_columns(
            table,
            columns | {"geometry": geometry, "plan_geometry": plan},
            [n.number for n in lines],
        )

    def _courses(self, lines: list[Line]) -> tuple[list[Cell], list[Cell]]:
        """Draw each link from node to node through its vertices."""
        vertices: dict[str, list[Line]] = {}
        for line in self.sections.get("VERTICES", []):
            vertices.setdefault(line.words[0], []).append(line)
        courses: list[dict[str, object] | None] = []
        for line in lines:
            ends = [
                self.positions.get(line.words[1]),
                *vertices.get(line.words[0], []),
                self.positions.get(line.words[2]),
            ]
            try:
                points = [[float(e.words[1]), float(e.words[2])] for e in ends if e is not None]
            except (ValueError, IndexError):
                points = []
            courses.append(
                {"type": "LineString", "coordinates": points} if len(points) > 1 else None
            )
        if not any(courses):
            return [None] * len(lines), [None] * len(lines)
        return self.placer.cells(courses, [line.number for line in lines])

    # ── words ──────────────────────────────────────────────────────────────────────────────────

    def _lines(self, section: str, words: int) -> list[Line]:
        kept = []
        for line in self.sections.get(section, []):
            if len(line.words) >= words:
                kept.append(line)
            else:
                self.reading.report(
                    "source:row-too-short",
                    f"A line of [{section}] needs {words} words, this has {len(line.words)}; it was set aside.",
                    row=line.number,
                    value=" ".join(line.words),
                )
        return kept

    def _named(self, lines: list[Line], kind: str) -> dict[str, list[Cell]]:
        """Return the columns that every element has: its identifier, and its tag as [TAGS] has it."""
        return {
            "id": [line.words[0] for line in lines],
            "tag": [self.tags.get((kind, line.words[0])) for line in lines],
        }

    def _columns(
        self, lines: list[Line], make: Maker, columns: dict[str, list[Cell]]
    ) -> dict[str, list[Cell]]:
        made = [make(line) for line in lines]
        names = list(dict.fromkeys(n for m in made for n in m)) or list(make(Line(0, ["0"] * 12)))
        return columns | {n: [m.get(n) for m in made] for n in names}

    def _number(self, line: Line, position: int, column: str, factor: float) -> Cell:
        text = line.word(position)
        if text is None or text == "*":
            return None
        try:
            value = float(text)
            return _write(value * factor) if factor != 1.0 or "e" in text.lower() else text
        except ValueError:
            self.reading.report(
                "source:not-a-number",
                f"{text!r} is not a number.",
                row=line.number,
                column=column,
                value=text,
            )
            return None


def _split(lines: list[Line], apart: Callable[[Line], bool]) -> tuple[list[Line], list[Line]]:
    """Return the lines that do not stand apart, and those that do."""
    kinds: tuple[list[Line], list[Line]] = ([], [])
    for line in lines:
        kinds[apart(line)].append(line)
    return kinds


def _has_check_valve(pipe: Line) -> bool:
    return (pipe.word(7) or pipe.word(6) or "").upper() == "CV"


def _is_one_way(valve: Line) -> bool:
    return (valve.word(4) or "").upper() in _ONE_WAY_VALVES


def _sections(lines: Iterable[str]) -> dict[str, list[Line]]:
    sections: dict[str, list[Line]] = {}
    current: list[Line] = []
    for number, raw in enumerate(lines, start=1):
        line = raw.split(";", 1)[0].strip()
        if line.startswith("["):
            name = line.strip("[]").upper()
            if name.startswith("END"):
                break
            name = _SECTIONS.get(name[:4], name)
            current = sections.setdefault(name, [])
        elif line:
            current.append(Line(number, line.split()))
    return sections


def _units(reading: Reading, options: Iterable[Line]) -> Units:
    stated = next((line for line in options if line.words[0].upper() == "UNITS"), None)
    name = (stated.word(1) or "").upper() if stated else "GPM"
    if name not in _FLOW:
        raise reading.error(
            f"The flow units {name!r} are not EPANET's.",
            row=stated.number if stated else None,
            hint=f"They are: {', '.join(_FLOW)}.",
        )
    flow, feet = _FLOW[name]
    return Units(flow, _FOOT, _INCH, _HORSEPOWER) if feet else Units(flow, 1.0, 1.0, 1.0)


def _write(value: float) -> str:
    """Write a converted number: twelve digits, which hide what the conversion adds behind them."""
    return plain(float(f"{value:.12g}")).removesuffix(".0")
