"""What lies outside the city: positions against its extent, in columns."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from ldt_graph.extent import EARTH_KM, RULE, Extent
from ldt_graph.model import run
from ldt_graph.namespaces import AS_WKT, LDT, RDF_TYPE, SH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from ldt_graph.extent import Asked
    from ldt_graph.ontology import Ontology
    from ldt_graph.validate.shapes import ShapeSet

_SQL = {p.stem: p.read_text(encoding="utf-8") for p in sorted(Path(__file__).parent.glob("extent_*.sql"))}  # fmt: skip
SHAPE = LDT["EntityShape-extent"]
"""The property shape of `core` that says how severe it is."""
COMPONENT = LDT.ExtentConstraintComponent
_NOT = "No position is judged by the city's extent"
_STATE = "State it in twin.toml: extent = [west, south, east, north]."
_FAR = 10.0
"""How many times farther than usual a district lies from the others before it is taken for a fault itself."""


class Judged(NamedTuple):
    """The extent that positions are judged by, or None; and what the account says of it, or None."""

    extent: Extent | None
    said: str | None


def find_extent(con: duckdb.DuckDBPyConnection, ontology: Ontology, asked: Asked) -> Judged:
    """Return the extent that twin.toml states; else the box of the districts and service areas that have a geometry.

    What lies outside of it is left in the table `outside`. One of these that lies far from all others is left out: it may be the fault. A box outside of which most positions lie is
    none of the city. Cost: the positions of the districts, and where there are some a look at all others.
    """
    if asked.stated is not None:
        _set_apart(con, asked.stated, ontology)
        return Judged(asked.stated, None)
    every = _count(con, ontology)
    if not every:
        return Judged(None, None)
    classes = ontology.subclasses(LDT.District) | ontology.subclasses(LDT.ServiceArea)
    values = {"type": RDF_TYPE, "classes": sorted(classes), "wkt": _places(ontology)}
    boxes = con.execute(_SQL["extent_districts"], values).fetchall()
    if not boxes:
        return Judged(None, f"{_NOT}: no district has a geometry. {_STATE}")
    kept = _near(boxes)
    extent = asked.around(_around(kept))
    _set_apart(con, extent, ontology)
    outside = con.execute("SELECT count(*) FROM outside").fetchall()[0][0]
    if 2 * outside > every:
        why = f"{outside:,} of {every:,} lie outside the box of the districts, {extent}"
        return Judged(None, f"{_NOT}: {why}. {_STATE}")
    of = f"{len(kept):,} district" + ("s" if len(kept) > 1 else "")
    around = f"{extent}, and {extent.margin_km:.4g} km around it"
    return Judged(extent, f"Positions are judged by the box of {of}, {around}.")


def _count(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> int:
    sql = "SELECT count(*) FROM statements WHERE predicate IN (SELECT unnest(?::VARCHAR[]))"
    return con.execute(sql, [_places(ontology)]).fetchall()[0][0]


def _places(ontology: Ontology) -> list[str]:
    return sorted(ontology.subproperties(AS_WKT))


def _near(boxes: Sequence[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Return the boxes that lie where most do. Their longitudes are told from one meridian on."""
    if len(boxes) < 3:
        return [*boxes]
    x, y = (median_low((b[i] + b[i + 2]) / 2 for b in boxes) for i in (0, 1))
    away = [math.hypot((b[0] + b[2]) / 2 - x, (b[1] + b[3]) / 2 - y) for b in boxes]
    size = median_low(math.hypot(b[2] - b[0], b[3] - b[1]) for b in boxes)
    most = _FAR * (median_low(away) + size)
    return [b for b, far in zip(boxes, away, strict=True) if far <= most]


def _around(boxes: Sequence[tuple[float, ...]]) -> tuple[float, float, float, float]:
    west, south, east, north = (f(b[i] for b in boxes) for i, f in enumerate((min, min, max, max)))
    if east - west >= 360:
        return -180.0, south, 180.0, north
    return (west + 180) % 360 - 180, south, (east + 180) % 360 - 180, north


def _set_apart(con: duckdb.DuckDBPyConnection, extent: Extent, ontology: Ontology) -> None:
    """Create `outside`: each geometry with a position outside, the first such position, and how far that is."""
    middle, half, south, north = extent.reach
    reach = {"middle": middle, "half": half, "least": south, "most": north}
    box = {"width": extent.width / 2, "south": extent.south, "north": extent.north}
    run(con, _SQL["extent_outside"], reach | box | {"wkt": _places(ontology), "radius": EARTH_KM})


def find_outside(con: duckdb.DuckDBPyConnection, extent: Extent, files: Iterable[ShapeSet]) -> bool:
    """Add what lies `outside` to `found`, where a shapes file asks for it; return whether there is any.

    A position that stands for none is told as that.
    """
    asking = next((f for f in files if SHAPE in f.mentioned), None)
    if asking is None:
        return False
    severity = asking.graph.value(ox.NamedNode(SHAPE), SH.severity)
    said = {
        "rule": RULE,
        "severity": "violation" if severity == ox.NamedNode(SH.Violation) else "warning",
        "component": COMPONENT,
        "shapes": str(asking.path),
        "path": AS_WKT,
        "extent": str(extent),
    }
    run(con, _SQL["extent_found"], said)
    return bool(con.execute("SELECT 1 FROM found WHERE rule = ? LIMIT 1", [RULE]).fetchall())


def lead_to_coordinates(con: duckdb.DuckDBPyConnection, extent: Extent) -> None:
    """Lead what was found to the column of the coordinate that is wrong; what a whole source has wrong is one line."""
    middle, half, south, north = extent.reach
    reach = {"middle": middle, "half": half, "least": south, "most": north}
    said = {"rule": RULE, "expected": extent.expected, "path": AS_WKT}
    run(con, _SQL["extent_cells"], reach | said)
