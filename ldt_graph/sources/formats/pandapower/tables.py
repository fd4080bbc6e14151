"""The tables of a network: one for each kind of element, and `terminals`, which holds every joint that conducts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ldt_graph.sources.crs import GEOMETRY
from ldt_graph.sources.formats.pandapower.frames import (
    Frame,
    call,
    flags,
    frame,
    key_of,
    members,
    place,
    report,
    text_of,
)  # fmt: skip
from ldt_graph.sources.formats.pandapower.kinds import KINDS, PIPES, Kind
from ldt_graph.sources.formats.pandapower.places import places
from ldt_graph.sources.formats.pandapower.terminals import Terminals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ldt_graph.sources.formats.pandapower.places import Places
    from ldt_graph.sources.reading import Cell, Reading

_SETTINGS = frozenset(
    (
        *("name", "version", "format_version", "converged", "OPF_converged", "f_hz", "sn_mva", "std_types"),
        *("user_pf_options", "fluid", "component_list", "sector"),
    )
)  # fmt: skip
_JOINTS = {
    "Gas": ("gasConnectedTo", "gasFlowsTo"),
    "Heating": ("heatConnectedTo", "heatFlowsTo"),
    "Water": ("hydraulicallyConnectedTo", "flowsTo"),
}
"""The relations of what conducts both ways, and one way."""
_HEATED = ("heat_exchanger", "heat_consumer", "circ_pump_mass", "circ_pump_pressure")


def read_pandapower(reading: Reading) -> None:
    """Read the element tables and the terminals of a network of pandapower or pandapipes.

    An element is called by its name, unless another one of its table has it too: then `<table>-<index>`. Numbers
    keep the form in which they are written. Of a net of pipes `medium` says what it carries: Gas, Heating or
    Water, by its sector, else its fluid and whether it has an element that heats or circulates. What the tables
    have no use for is accounted for.

    Raises:
        SourceError: Not such a network, or an element table that can't be read.
    """
    named, found = members(reading)
    kind = KINDS.get(named)
    if kind is None or kind.node not in found:
        what = f"its class is {named}" if kind is None else f"it has no {kind.node} table"
        raise reading.error(f"Not a network of pandapower or pandapipes: {what}.")
    _Reader(reading, kind, found).read()


class _Reader:
    def __init__(self, reading: Reading, kind: Kind, found: dict[str, Any]) -> None:
        self.reading = reading
        self.kind = kind
        self.found = found
        self.frames = {t: frame(reading, t, found[t]) for t in kind.tables if t in found}
        self.used = set(self.frames)
        self.medium = _medium(found, self.frames) if kind is PIPES else None
        for each in self.frames.values():
            call(reading, each)

    def read(self) -> None:
        nodes = self._places(self.frames[self.kind.node])
        for each in self.frames.values():
            own = nodes if each.name == self.kind.node else self._places(each)
            self._table(each, own, nodes)
        self._terminals()
        self._account()

    def _places(self, of: Frame) -> Places:
        name = f"{of.name}_geodata"
        beside = None
        if name in self.found:
            beside = frame(self.reading, name, self.found[name])
            self.used.add(name)
        return places(self.reading, of, beside)

    # ── tables ───────────────────────────────────────────────────────────────────────────────────

    def _table(self, of: Frame, own: Places, nodes: Places) -> None:
        made = self._made(of)
        at = [own.get(key) or (None, None) for key in of.index]
        if not own and self.kind.node in of.columns:
            near = of.column(self.kind.node)
            at = [nodes.get(key_of(n), (None, None)) for n in near]
        made |= {c: [p[i] for p in at] for i, c in enumerate(GEOMETRY)}
        read = [c for c in of.columns if c != "geo"]
        columns: dict[str, list[Cell]] = {
            header: [text_of(v) for v in of.column(c)]
            for header, c in zip(self.reading.header(read, made), read, strict=True)
        }
        if of.name != self.kind.switches.table:
            columns["in_service"] = self._in_service(of)
        columns.setdefault("name", [None] * len(of.index))
        source = place(self.reading, of.name)
        self.reading.add_columns(of.name, columns | made, of.rows, source)
        joins = (self.kind.node, *self.kind.ends.get(of.name, ()))
        switch = ("element", "et", self.kind.switches.state)
        extra = switch if of.name == self.kind.switches.table else ("slack",)
        self.reading.note(
            of.name,
            read=[c for c in ("name", *joins, *extra) if c in columns],
            made=[c for c in made if c not in GEOMETRY],
            cells=self._cells(of, made),
        )

    def _cells(self, of: Frame, made: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the network's own columns of which those were made that the tables have beside them."""
        where = ("geo",) if "geo" in of.columns else ("x", "y")
        known = {
            "id": ("name",),
            "switch_state": (self.kind.switches.state,),
            "source_class": ("slack",),
            **dict.fromkeys(GEOMETRY, where),
        }
        ends = {c: (c.removesuffix("_id"),) for c in made if c.removesuffix("_id") in of.columns}
        return {c: own for c, own in (ends | known).items() if c in made}

    def _in_service(self, of: Frame) -> list[Cell]:
        if "in_service" in of.columns:
            return flags(self.reading, of, "in_service", ("true", "false"))
        if of.index:
            message = f"{of.name} has no column in_service; its {len(of.index)} elements count as being in service."
            report(
                self.reading, of.name, None, "source:no-column", message,
                column="in_service", warning=True,
            )  # fmt: skip
        return ["true"] * len(of.index)

    def _made(self, of: Frame) -> dict[str, list[Cell]]:
        """Return the columns that are told from others: what the element and its nodes are called, its state."""
        made: dict[str, list[Cell]] = {
            "index": [text_of(key) for key in of.index],
            "id": [of.ids[key] for key in of.index],
        }
        nodes = self.frames[self.kind.node].ids
        for column in dict.fromkeys((self.kind.node, *self.kind.ends.get(of.name, ()))):
            if column in of.columns:
                cells = of.column(column)
                made[f"{column}_id"] = [nodes.get(key_of(n)) for n in cells]
        if of.name == self.kind.switches.table:
            state = self.kind.switches.state
            made["switch_state"] = flags(self.reading, of, state, ("closed", "open"))
        if of.name == "gen":
            # A mapping's class is a constant or a template of a column: it can't be chosen by `slack`, which
            # stands beside it as the network has it.
            made["source_class"] = self._classes(of)
        if self.medium:
            made["medium"] = [self.medium] * len(of.index)
        return made

    def _classes(self, of: Frame) -> list[Cell]:
        if "slack" not in of.columns:
            return ["Generator"] * len(of.index)
        return flags(self.reading, of, "slack", ("SlackGenerator", "Generator"))

    def _terminals(self) -> None:
        joints = Terminals(self.reading, self.kind, self.frames).joints()
        columns: dict[str, list[Cell]] = {
            "element_table": [j.one[0] for j in joints],
            "element_id": [j.one[1] for j in joints],
            "node_table": [j.other[0] for j in joints],
            "node_id": [j.other[1] for j in joints],
        }
        if self.medium:
            columns["relation"] = [_JOINTS[self.medium][j.one_way] for j in joints]
        sources = [place(self.reading, j.table) for j in joints]
        self.reading.add_columns("terminals", columns, [j.row for j in joints], sources)

    # ── what is not read ─────────────────────────────────────────────────────────────────────────

    def _account(self) -> None:
        for name, stored in self.found.items():
            if name in self.used or _is_empty(stored):
                continue
            if isinstance(stored, dict) and stored.get("_class") == "DataFrame":
                self._unread(name, len(frame(self.reading, name, stored).index))
            elif name in _SETTINGS:
                self.reading.unused("member", "settings", f"of {self.kind.program} as a whole")
            else:
                self.reading.unused("member", name, f"no element of {self.kind.program}")

    def _unread(self, name: str, rows: int) -> None:
        if not rows:
            return
        if name in self.kind.unread:
            message = f"The {rows} rows of {name} were set aside: {self.kind.unread[name]}."
            report(self.reading, name, None, "source:not-read", message)
        elif name.startswith(("res_", "_empty_res")):
            why = f"results that {self.kind.program} computed"
            self.reading.unused("table", "res_…", why, count=rows)
        else:
            why = f"no element table that is read of {self.kind.program}"
            source = place(self.reading, name)
            self.reading.unused("table", name, why, row=1, source=source, count=rows)


def _is_empty(stored: object) -> bool:
    return stored is None or stored in ({}, [], "")


def _medium(found: dict[str, Any], frames: dict[str, Frame]) -> str:
    """Say what a net of pipes carries."""
    sector = {"gas": "Gas", "heat": "Heating", "water": "Water"}.get(str(found.get("sector")))
    if sector:
        return sector
    if any(t in frames and frames[t].index for t in _HEATED):
        return "Heating"
    stored = found.get("fluid")
    body = stored.get("_object") if isinstance(stored, dict) else None
    try:
        fluid = json.loads(body) if isinstance(body, str) else body
    except ValueError:
        fluid = None
    return "Gas" if isinstance(fluid, dict) and fluid.get("is_gas") else "Water"
