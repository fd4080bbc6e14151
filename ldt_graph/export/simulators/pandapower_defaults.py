"""What pandapower needs of an element and a twin seldom states: defaults by voltage and size, each told.

Lines and transformers are of pandapower's library of standard types (pandapower documentation, "Basic Standard Types");
the name of the type is written with the values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE = ("r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "max_i_ka")
_LINES: tuple[tuple[float, str, tuple[float, ...]], ...] = (
    (1.0, "NAYY 4x150 SE", (0.208, 0.08, 261, 0.27)),
    (60.0, "NA2XS2Y 1x240 RM/25 12/20 kV", (0.122, 0.112, 304, 0.421)),
    (200.0, "184-AL1/30-ST1A 110.0", (0.1571, 0.4, 8.8, 0.535)),
    (float("inf"), "490-AL1/64-ST1A 380.0", (0.059, 0.253, 11, 0.96)),
)
"""Up to which kV, the type, its values."""
_TRAFO = ("vk_percent", "vkr_percent", "pfe_kw", "i0_percent")
_TRAFOS: tuple[tuple[float, str, tuple[float, ...]], ...] = (
    (0.3, "0.25 MVA 20/0.4 kV", (6.0, 1.44, 0.8, 0.32)),
    (0.5, "0.4 MVA 20/0.4 kV", (6.0, 1.425, 1.35, 0.3375)),
    (10.0, "0.63 MVA 20/0.4 kV", (6.0, 1.206, 1.65, 0.2619)),
    (30.0, "25 MVA 110/20 kV", (12.0, 0.41, 14.0, 0.07)),
    (50.0, "40 MVA 110/20 kV", (16.2, 0.34, 18.0, 0.05)),
    (150.0, "63 MVA 110/20 kV", (18.0, 0.32, 22.0, 0.04)),
    (float("inf"), "160 MVA 380/110 kV", (12.2, 0.25, 60.0, 0.06)),
)
LOW_VOLTAGE, SMALL, LARGE = 1.0, 0.4, 25.0
"""kV below which a transformer feeds homes, and MVA of one that states none: there, and elsewhere."""


def line_type(kv: float) -> dict[str, object]:
    """Return the columns of a line of this voltage."""
    return _type(_LINES, kv, _LINE)


def trafo_type(mva: float) -> dict[str, object]:
    """Return the columns of a transformer of this size."""
    return _type(_TRAFOS, mva, _TRAFO)


def trafo_size(low: float) -> float:
    """Return the MVA of a transformer whose lower voltage is so many kV."""
    return SMALL if low < LOW_VOLTAGE else LARGE


def _type(
    types: Sequence[tuple[float, str, tuple[float, ...]]], at: float, names: Sequence[str]
) -> dict[str, object]:
    _, name, values = next(t for t in types if at <= t[0])
    return {"std_type": name, **dict(zip(names, values, strict=True))}
