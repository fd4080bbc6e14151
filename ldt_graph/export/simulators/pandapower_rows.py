"""The rows of pandapower's tables: what the twin states, defaults where it does not, and which is which."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from ldt_graph.export.simulators import pandapower_defaults as defaults
from ldt_graph.export.simulators.grid import SWITCHED
from ldt_graph.export.simulators.voltages import voltages
from ldt_graph.namespaces import AS_WKT, LDT, NAME
from ldt_graph.wkt import geometry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ldt_graph.export.simulators.facts import Thing
    from ldt_graph.export.simulators.grid import Grid, Part
    from ldt_graph.export.simulators.report import Report

Row = dict[str, Any]
_LINE = {
    "length_km": LDT.lengthKm,
    "r_ohm_per_km": LDT.resistancePerKm,
    "x_ohm_per_km": LDT.reactancePerKm,
    "c_nf_per_km": LDT.capacitancePerKm,
    "max_i_ka": LDT.ratedCurrent,
    "parallel": LDT.parallelSystems,
}
_TRAFO = {
    "sn_mva": LDT.ratedPower,
    "vk_percent": LDT.shortCircuitVoltage,
    "vkr_percent": LDT.shortCircuitLoss,
    "pfe_kw": LDT.ironLoss,
    "i0_percent": LDT.noLoadCurrent,
    "parallel": LDT.parallelSystems,
}
_STATED: dict[str, Mapping[str, str]] = {
    "line": _LINE,
    "trafo": _TRAFO,
    "load": {"p_mw": LDT.activePower, "q_mvar": LDT.reactivePower},
    "motor": {"pn_mech_mw": LDT.activePower},
    "sgen": {"p_mw": LDT.activePower, "q_mvar": LDT.reactivePower},
    "gen": {"p_mw": LDT.activePower},
    "storage": {"p_mw": LDT.activePower, "max_e_mwh": LDT.storedEnergy},
    "shunt": {"q_mvar": LDT.reactivePower, "p_mw": LDT.activePower},
}
"""Table → column → the attribute that states it."""
_NEEDED: dict[str, Row] = {
    "line": {"length_km": 1.0},
    "trafo": {},
    "trafo3w": {
        **dict.fromkeys(("sn_hv_mva", "sn_mv_mva", "sn_lv_mva"), 25.0),
        **dict.fromkeys(("vk_hv_percent", "vk_mv_percent", "vk_lv_percent"), 10.4),
        **dict.fromkeys(("vkr_hv_percent", "vkr_mv_percent", "vkr_lv_percent"), 0.3),
        "pfe_kw": 35.0,
        "i0_percent": 0.89,
    },
    "impedance": {**dict.fromkeys(("rft_pu", "xft_pu", "rtf_pu", "xtf_pu"), 0.01), "sn_mva": 1.0},
    "load": {"p_mw": 0.0, "q_mvar": 0.0},
    "motor": {"pn_mech_mw": 0.0},
    "sgen": {"p_mw": 0.0, "q_mvar": 0.0},
    "gen": {"p_mw": 0.0, "vm_pu": 1.0},
    "ext_grid": {"vm_pu": 1.0, "va_degree": 0.0},
    "storage": {"p_mw": 0.0, "max_e_mwh": 0.0},
    "shunt": {"q_mvar": 0.0, "p_mw": 0.0},
}
"""Table → column → what is taken where the twin states nothing."""
_TAP = dict.fromkeys(("tap_side", "tap_pos", "tap_neutral", "tap_step_percent", "tap_changer_type"))
_CONSTANT = tuple(f"const_{c}_{p}_percent" for c in "zi" for p in "pq")
_FIXED: dict[str, Row] = {
    "line": {"g_us_per_km": 0.0, "df": 1.0, "parallel": 1},
    "trafo": {"shift_degree": 0.0, "df": 1.0, "parallel": 1, **_TAP},
    "trafo3w": {"shift_mv_degree": 0.0, "shift_lv_degree": 0.0, "tap_at_star_point": False, **_TAP},
    "impedance": dict.fromkeys(("gf_pu", "bf_pu", "gt_pu", "bt_pu"), 0.0),
    "load": {"scaling": 1.0, **dict.fromkeys(_CONSTANT, 0.0)},
    "motor": {
        **dict.fromkeys(("cos_phi", "cos_phi_n"), 0.9),
        **dict.fromkeys(("loading_percent", "efficiency_percent", "efficiency_n_percent"), 100.0),
        "scaling": 1.0,
        "lrc_pu": None,
        "rx": None,
    },
    "sgen": {"scaling": 1.0, "current_source": True},
    "gen": {"scaling": 1.0, "slack": True, "slack_weight": 1.0},
    "ext_grid": {"slack_weight": 1.0},
    "storage": {"q_mvar": 0.0, "min_e_mwh": 0.0, "soc_percent": 100.0, "scaling": 1.0},
    "shunt": {"step": 1.0, "max_step": 1.0},
}
"""Table → column → what pandapower itself takes where nothing is said."""
_ENDS = {
    "line": ("from_bus", "to_bus"),
    "impedance": ("from_bus", "to_bus"),
    "trafo": ("hv_bus", "lv_bus"),
    "trafo3w": ("hv_bus", "mv_bus", "lv_bus"),
}
_ORDER = (
    *("bus", "line", "trafo", "trafo3w", "impedance", "switch", "load", "motor"),
    *("sgen", "gen", "ext_grid", "storage", "shunt"),
)
ATTRIBUTES = (LDT.nominalVoltage, *(a for own in _STATED.values() for a in own.values()))
"""What is asked of a power network's things."""


class Rows:
    """The rows of a grid's tables; `report` takes what is assumed, and what each is called."""

    def __init__(self, grid: Grid, report: Report) -> None:
        self.grid = grid
        self.report = report
        self.kv, self.from_where = voltages(grid)
        self.found: dict[str, list[Row]] = {table: [] for table in _ORDER}
        self.at: dict[str, tuple[str, int]] = {}

    def tables(self) -> dict[str, list[Row]]:
        """Return table → its rows; the position of a row is its index."""
        for number in range(len(self.grid.buses)):
            self._bus(number)
        for iri, part in self.grid.parts.items():
            self.at[iri] = part.table, len(self.found[part.table])
            self._part(part)
        self._switches()
        for table, rows in self.found.items():
            _call(table, rows)
            self.report.ids += [(table, r["name"], r["iri"]) for r in rows if r["iri"]]
        return self.found

    def _add(self, table: str, thing: Thing | None, row: Row, assumed: list[str]) -> None:
        """Add a row with what every table has."""
        told: Row = dict.fromkeys(("iri", "class", "dataset", "source", "row", "autonomy_hours"))
        if thing:
            told = {
                "iri": thing.iri,
                "class": thing.kind,
                "label": thing.text(NAME),
                "dataset": thing.dataset,
                "source": thing.source,
                "row": None if thing.row is None else str(thing.row),
                "autonomy_hours": thing.number(LDT.autonomyHours),
            }
            if thing.idle:
                why = "it stands by, and pandapower has nothing that would start it"
                self.report.add("expressed", thing.kind, thing.iri, value="off", why=why)
        self.found[table].append({**row, **told, "assumed": " ".join(assumed)})

    def _bus(self, number: int) -> None:
        bus = self.grid.buses[number]
        where = self.from_where.get(number)
        if where:
            first = bus.thing.iri if bus.thing else bus.near
            value = f"{self.kv[number]:g} kV"
            self.report.add("assumed", "bus vn_kv", first, value=value, why=where)
        row = {
            "name": bus.name,
            "vn_kv": self.kv[number],
            "type": "b",
            "zone": None,
            "in_service": bus.thing.on if bus.thing else True,
            "geo": _geo(bus.thing, "Point"),
        }
        self._add("bus", bus.thing, row, ["vn_kv"] if where else [])

    def _part(self, part: Part) -> None:
        thing, table = part.thing, part.table
        row: Row = {"name": thing.identifier, **self._ends(part)}
        stated = {
            c: v for c, a in _STATED.get(table, {}).items() if (v := thing.number(a)) is not None
        }
        typed, needed = self._typed(part, stated), _NEEDED[table]
        name = str(typed.pop("std_type", ""))
        assumed = [c for c in (needed | typed) if c not in stated]
        for column in assumed:
            why = f"as of {name}" if column in typed and name else "the twin does not state it"
            value = f"{(needed | typed)[column]:g}"
            self.report.add("assumed", f"{table} {column}", thing.iri, value=value, why=why)
        row |= {**_FIXED[table], **needed, **typed, **stated}
        if name:
            row["std_type"] = name if assumed else None
            row["parallel"] = max(1, int(row["parallel"]))
        if table == "line":
            row["geo"] = _geo(thing, "LineString")
        row["in_service"] = thing.on
        self._add(table, thing, row, assumed)

    def _ends(self, part: Part) -> Row:
        """Return the columns that name the buses of a part; a transformer's by their voltage, highest first."""
        ends = _ENDS.get(part.table, ("bus",))
        buses = part.buses
        if part.table not in ("trafo", "trafo3w"):
            return dict(zip(ends, buses, strict=True))
        ordered = sorted(buses, key=lambda b: -self.kv[b])
        if any(b in self.from_where for b in ordered):
            why = "the voltage of a bus at it is not stated"
            value = "as its buses stand"
            self.report.add("assumed", f"{part.table} ends", part.thing.iri, value=value, why=why)
        named = dict(zip(ends, ordered, strict=True))
        return named | {f"vn_{e.removesuffix('_bus')}_kv": self.kv[b] for e, b in named.items()}

    def _typed(self, part: Part, stated: Mapping[str, float]) -> Row:
        """Return the columns that are taken by voltage or size, and `std_type`: of which type they are."""
        kv = [self.kv[b] for b in part.buses]
        if part.table == "line":
            return defaults.line_type(kv[0])
        if part.table == "trafo":
            size = defaults.trafo_size(min(kv))
            return {"sn_mva": size, **defaults.trafo_type(stated.get("sn_mva", size))}
        return {"vn_kv": kv[0]} if part.table in ("motor", "shunt") else {}

    def _switches(self) -> None:
        for switch in self.grid.switches:
            if isinstance(switch.of, int):
                element, et = switch.of, "b"
            else:
                table, element = self.at[switch.of]
                et = SWITCHED[table]
            thing = switch.thing
            row = {
                "bus": switch.bus,
                "element": element,
                "et": et,
                "type": "CB",
                "closed": thing.on if thing else True,
                "name": thing.identifier if thing else f"joint {switch.bus} {switch.of}",
                "z_ohm": 0.0,
            }
            self._add("switch", thing, row, [])


def _call(table: str, rows: list[Row]) -> None:
    """Call rows of one name by their index, as pandapower's own tables are read back."""
    count = Counter(row["name"] for row in rows)
    own = {f"{table}-{n}" for n in range(len(rows))}
    for number, row in enumerate(rows):
        if count[row["name"]] > 1 or row["name"] in own:
            row["name"] = f"{table}-{number}"


def _geo(thing: Thing | None, kind: str) -> str | None:
    """Return the geometry of a thing as pandapower keeps it: GeoJSON as text, if it is of this type."""
    found = geometry(thing.text(AS_WKT) or "") if thing else None
    return json.dumps(found) if found and found["type"] == kind else None
