"""pandapower networks (`pandapower.to_json`), read as JSON: a table per kind of element, and the terminals.

`terminals` holds every joint that conducts: an element to its buses, with the switches at a terminal in
series between the two. pandapower itself is not needed.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ldt_graph.sources.crs import GEOMETRY, Placer
from ldt_graph.sources.formats.jsons import load
from ldt_graph.sources.reading import cell

if TYPE_CHECKING:
    from ldt_graph.sources.reading import Cell, Reading

# Element table → the columns that name its buses (pandapower 3 documentation, "Datastructure and Elements").
_BUSES = {
    "line": ("from_bus", "to_bus"),
    "trafo": ("hv_bus", "lv_bus"),
    "trafo3w": ("hv_bus", "mv_bus", "lv_bus"),
    **dict.fromkeys(("impedance", "tcsc", "dcline"), ("from_bus", "to_bus")),
    **dict.fromkeys(("load", "asymmetric_load", "motor", "storage"), ("bus",)),
    **dict.fromkeys(("sgen", "asymmetric_sgen", "gen", "ext_grid"), ("bus",)),
    **dict.fromkeys(("shunt", "svc", "ssc", "ward", "xward"), ("bus",)),
}
_UNREAD = (
    "bus_dc",
    "line_dc",
    "source_dc",
    "load_dc",
    "vsc",
    "vsc_stacked",
    "vsc_bipolar",
    "b2b_vsc",
)
"""Direct-current grids: what a network holds of them is reported, not left out in silence."""
_SWITCHED = {"l": "line", "t": "trafo", "t3": "trafo3w"}


@dataclass
class Frame:
    """One element table: its column names, the indices and the cells of its rows."""

    columns: list[str]
    index: list[Any]
    data: list[list[Any]]
    ids: dict[Any, str] = field(default_factory=dict)

    def column(self, name: str) -> list[Any]:
        """Return a column; of None where the table lacks it."""
        position = self.columns.index(name) if name in self.columns else None
        return [None if position is None else row[position] for row in self.data]


def read_pandapower(reading: Reading) -> None:
    """Read the element tables and the terminals.

    An element is called by its name where its table's names are all there and different, else
    `<table>-<index>`.

    Raises:
        SourceError: Not a pandapower network, or an element table that can't be read.
    """
    document = load(reading)
    elements = document.get("_object") if isinstance(document, dict) else None
    if not isinstance(elements, dict) or "bus" not in elements:
        raise reading.error("Not a pandapower network: it has no bus table.")
    wanted = ("bus", "switch", *_BUSES)
    frames = {name: _frame(reading, name, elements[name]) for name in wanted if name in elements}
    for name in _UNREAD:
        _report_unread(reading, name, elements.get(name))
    for name, frame in frames.items():
        frame.ids = _ids(name, frame)
    geometry = _bus_geometry(reading, frames["bus"], elements)
    for name, frame in frames.items():
        _table(reading, name, frame, frames["bus"].ids, geometry)
    _terminals(reading, frames)


def _frame(reading: Reading, name: str, stored: Any) -> Frame:  # noqa: ANN401  (JSON)
    try:
        body = stored["_object"]
        body = json.loads(body) if isinstance(body, str) else body
        return Frame(list(body["columns"]), list(body["index"]), list(body["data"]))
    except (KeyError, TypeError, json.JSONDecodeError):
        raise reading.error(
            f"The element table {name} can't be read.",
            hint="Write the network with pandapower.to_json.",
        ) from None


def _report_unread(reading: Reading, name: str, stored: Any) -> None:  # noqa: ANN401  (JSON)
    rows = len(_frame(reading, name, stored).index) if stored is not None else 0
    if rows:
        reading.report(
            "source:not-read",
            f"The {rows} rows of {name} were set aside: direct-current grids are not read yet.",
            source=f"{reading.label}#{name}",
        )


def _ids(table: str, frame: Frame) -> dict[Any, str]:
    names = [str(n) for n in frame.column("name") if type(n) in (str, int) and n != ""]
    if len(set(names)) == len(frame.index):
        return dict(zip(frame.index, names, strict=True))
    return {i: f"{table}-{i}" for i in frame.index}


def _bus_geometry(
    reading: Reading, bus: Frame, elements: dict[str, Any]
) -> tuple[dict[Any, Cell], dict[Any, Cell]]:
    points = {i: _point(g) for i, g in zip(bus.index, bus.column("geo"), strict=True)}
    if "bus_geodata" in elements and not any(points.values()):
        geodata = _frame(reading, "bus_geodata", elements["bus_geodata"])
        points = dict(
            zip(
                geodata.index,
                zip(geodata.column("x"), geodata.column("y"), strict=True),
                strict=True,
            )
        )
    where = [points.get(i) for i in bus.index]
    if not any(where):
        return {}, {}
    rows = list(range(1, len(bus.index) + 1))
    x, y = ([cell(w[i]) if w else None for w in where] for i in (0, 1))
    geometry, plan = Placer(reading).points(x, y, rows)
    return dict(zip(bus.index, geometry, strict=True)), dict(zip(bus.index, plan, strict=True))


def _point(geo: Any) -> tuple[float, float] | None:  # noqa: ANN401  (JSON)
    try:
        x, y = json.loads(geo)["coordinates"][:2]
    except (TypeError, ValueError, KeyError):
        return None
    return x, y


def _table(
    reading: Reading,
    name: str,
    frame: Frame,
    buses: dict[Any, str],
    geometry: tuple[dict[Any, Cell], dict[Any, Cell]],
) -> None:
    made = _made(name, frame, buses)
    at = frame.index if name == "bus" else frame.column("bus")
    made |= {c: [by.get(b) for b in at] for c, by in zip(GEOMETRY, geometry, strict=True)}
    read = [c for c in frame.columns if c != "geo"]
    header = reading.header(read, made)
    columns = {h: [cell(v) for v in frame.column(c)] for h, c in zip(header, read, strict=True)}
    columns.setdefault("in_service", ["true"] * len(frame.index))
    reading.add_columns(
        name, columns | made, list(range(1, len(frame.index) + 1)), f"{reading.label}#{name}"
    )


def _made(name: str, frame: Frame, buses: dict[Any, str]) -> dict[str, list[Cell]]:
    """Return the columns that are told from others: what the element and its buses are called, its state."""
    made: dict[str, list[Cell]] = {
        "index": [cell(i) for i in frame.index],
        "id": [frame.ids[i] for i in frame.index],
    }
    for column in ("bus", *_BUSES.get(name, ())):
        if column in frame.columns:
            made[f"{column}_id"] = [buses.get(b) for b in frame.column(column)]
    if name == "switch":
        made["switch_state"] = ["closed" if c else "open" for c in frame.column("closed")]
    if name == "gen":
        # A mapping's class is a constant or a template of a column: it can't be chosen by `slack`, which
        # stands beside it as the network has it.
        made["source_class"] = [
            "SlackGenerator" if s else "Generator" for s in frame.column("slack")
        ]
    return made


def _terminals(reading: Reading, frames: dict[str, Frame]) -> None:
    joints: list[tuple[str, str, str, str, str, int]] = []
    at = _switches_at_terminals(frames)
    buses = frames["bus"].ids
    for table, columns in _BUSES.items():
        frame = frames.get(table)
        if frame is None:
            continue
        for column in columns:
            for row, (index, bus) in enumerate(
                zip(frame.index, frame.column(column), strict=True), start=1
            ):
                if bus not in buses:
                    _dangling(reading, table, frame.ids[index], column, bus, row)
                    continue
                chain = [
                    (table, frame.ids[index]),
                    *at.get((table, index, bus), []),
                    ("bus", buses[bus]),
                ]
                joints += [(*a, *b, table, row) for a, b in itertools.pairwise(chain)]
    joints += _bus_couplers(reading, frames)
    names = ("element_table", "element_id", "node_table", "node_id")
    columns = {n: [str(j[i]) for j in joints] for i, n in enumerate(names)}
    places = [f"{reading.label}#{j[4]}" for j in joints]
    reading.add_columns("terminals", columns, [j[5] for j in joints], places)


def _switches_at_terminals(
    frames: dict[str, Frame],
) -> dict[tuple[str, Any, Any], list[tuple[str, str]]]:
    """Return (element table, element, bus) → its switches there, in order: several stand in series."""
    found: dict[tuple[str, Any, Any], list[tuple[str, str]]] = {}
    switch = frames.get("switch")
    if switch is None:
        return found
    columns = (switch.index, switch.column("bus"), switch.column("element"), switch.column("et"))
    for index, bus, element, kind in zip(*columns, strict=True):
        if kind in _SWITCHED:
            found.setdefault((_SWITCHED[kind], element, bus), []).append(
                ("switch", switch.ids[index])
            )
    return found


def _bus_couplers(
    reading: Reading, frames: dict[str, Frame]
) -> list[tuple[str, str, str, str, str, int]]:
    switch, buses = frames.get("switch"), frames["bus"].ids
    if switch is None:
        return []
    joints = []
    columns = (switch.index, switch.column("bus"), switch.column("element"), switch.column("et"))
    for row, (index, bus, element, kind) in enumerate(zip(*columns, strict=True), start=1):
        if kind != "b":
            continue
        for column, end in (("bus", bus), ("element", element)):
            if end in buses:
                joints.append(("switch", switch.ids[index], "bus", buses[end], "switch", row))
            else:
                _dangling(reading, "switch", switch.ids[index], column, end, row)
    return joints


def _dangling(reading: Reading, table: str, element: str, column: str, bus: Any, row: int) -> None:  # noqa: ANN401
    reading.report(
        "source:dangling",
        f"{element} names the bus {bus}, which the network lacks; it is joined to nothing there.",
        row=row,
        column=column,
        value=cell(bus),
        source=f"{reading.label}#{table}",
    )
