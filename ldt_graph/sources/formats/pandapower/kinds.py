"""What the two kinds of networks consist of: tables, and the columns that join their elements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Switches:
    """Elements that open a joint: between two nodes, or where an element meets one.

    Attributes:
        table: Their table; its columns `et` and `element` say what is switched.
        state: The column that says whether one conducts.
        couples: What `et` says of one between two nodes.
        at: What it says of one at an element, and that element's table.
    """

    table: str
    state: str
    couples: str
    at: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of network.

    Attributes:
        program: Who writes it.
        node: The table of its nodes; a column of that name joins an element to one.
        ends: Element table → the columns that name its nodes.
        one_way: Element tables that conduct from their first node to their second alone.
        unread: Tables of elements that are not read, and why.
    """

    program: str
    node: str
    ends: Mapping[str, tuple[str, ...]]
    switches: Switches
    one_way: tuple[str, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def tables(self) -> tuple[str, ...]:
        """Its element tables, nodes first."""
        return (self.node, self.switches.table, *self.ends)


# pandapower 3 documentation, "Datastructure and Elements".
POWER = Kind(
    "pandapower",
    "bus",
    {
        "line": ("from_bus", "to_bus"),
        "trafo": ("hv_bus", "lv_bus"),
        "trafo3w": ("hv_bus", "mv_bus", "lv_bus"),
        **dict.fromkeys(("impedance", "tcsc", "dcline"), ("from_bus", "to_bus")),
        **dict.fromkeys(("load", "asymmetric_load", "motor", "storage"), ("bus",)),
        **dict.fromkeys(("sgen", "asymmetric_sgen", "gen", "ext_grid"), ("bus",)),
        **dict.fromkeys(("shunt", "svc", "ssc", "ward", "xward"), ("bus",)),
    },
    Switches("switch", "closed", "b", {"l": "line", "t": "trafo", "t3": "trafo3w"}),
    unread=dict.fromkeys(
        (
            "bus_dc",
            "line_dc",
            "source_dc",
            "load_dc",
            "vsc",
            "vsc_stacked",
            "vsc_bipolar",
            "b2b_vsc",
        ),
        "direct-current grids are not read yet",
    ),
)
# pandapipes documentation, "Components". A pump or a compressor lets the fluid back, without a lift. What takes
# heat out leads from the flow to the return: through another one the return does not heat what lost its flow.
PIPES = Kind(
    "pandapipes",
    "junction",
    {
        **dict.fromkeys(("pipe", "pump", "compressor"), ("from_junction", "to_junction")),
        **dict.fromkeys(("flow_control", "press_control"), ("from_junction", "to_junction")),
        **dict.fromkeys(("heat_exchanger", "heat_consumer"), ("from_junction", "to_junction")),
        **dict.fromkeys(
            ("circ_pump_mass", "circ_pump_pressure"), ("return_junction", "flow_junction")
        ),
        **dict.fromkeys(("sink", "source", "ext_grid", "mass_storage"), ("junction",)),
    },
    Switches("valve", "opened", "ju", {"pi": "pipe"}),
    one_way=("heat_exchanger", "heat_consumer"),
)
KINDS = {"pandapowerNet": POWER, "pandapipesNet": PIPES}
