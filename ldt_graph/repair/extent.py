"""Positions outside the city: written the other way round, with a sign or a decimal point in the wrong place."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.extent import RULE
from ldt_graph.model import append
from ldt_graph.repair.texts import plainly
from ldt_graph.wkt import POSITION, positions

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Sequence

    import duckdb

    from ldt_graph.extent import Extent
    from ldt_graph.model import Dataset

    Position = tuple[str, str]
    Fix = tuple[str, float]

_SQL = (Path(__file__).parent / "extent.sql").read_text(encoding="utf-8")
_SWAPPED, _SIGN, _POINT = 0.8, 0.8, 0.7
_WGS84 = (None, "EPSG:4326")


def moved(
    con: duckdb.DuckDBPyConnection, datasets: Iterable[Dataset], extent: Extent
) -> list[tuple[int, str, float]]:
    """Return what positions outside the extent may have been meant to be: one answer that lies inside, or none.

    Where two columns of degrees make a point, the line says the coordinate of its own column, and so does its fix. What a
    projection made of a cell is not what the cell says: such have none.
    """
    degrees = [d.name for d in datasets if d.crs is None or (d.crs.code in _WGS84 and not d.crs.local)]  # fmt: skip
    fixes: list[tuple[int, str, float]] = []
    said: list[tuple[int, str]] = []
    for number, wkt, turn in con.execute(_SQL, {"degrees": degrees, "rule": RULE}).fetchall():
        if turn is None:
            fix = _geometry(wkt, extent)
        else:
            [place] = POSITION.findall(wkt) or [("", "")]
            said.append((number, place[turn]))
            fix = _coordinate(place, turn, extent)
        if fix:
            fixes.append((number, *fix))
    if said:
        con.execute("CREATE OR REPLACE TEMP TABLE coordinate (id BIGINT, said VARCHAR)")
        append(con, "coordinate", dict(zip(("id", "said"), zip(*said, strict=True), strict=True)))
        con.execute("UPDATE violations SET value = c.said FROM coordinate c WHERE violations.rowid = c.id; DROP TABLE coordinate")  # fmt: skip
    return fixes


def _coordinate(place: Position, turn: int, extent: Extent) -> Fix | None:
    """Return what one of two coordinates may have been: the other one, or itself with another sign or point."""
    if extent.holds(float(place[1]), float(place[0])):
        return place[1 - turn], _SWAPPED
    fitting = [f for f in _forms(place[turn]) if _inside(place, turn, f[0], extent)]
    return fitting[0] if len(fitting) == 1 else None


def _geometry(wkt: str, extent: Extent) -> Fix | None:
    """Return a geometry with its coordinates the other way round, or with the one position moved that lies outside."""
    found = positions(wkt)
    if all(extent.holds(lat, lon) for lon, lat in found):
        return POSITION.sub(lambda m: m[0].replace(*_pair(m), 1), wkt), _SWAPPED
    wrong = [n for n, p in enumerate(found) if not extent.holds(*p)]
    if len(wrong) != 1:
        return None
    match = [*POSITION.finditer(wkt)][wrong[0]]
    place = (match[1], match[2])
    fitting = [
        (turn, *form)
        for turn in (0, 1)
        for form in _forms(place[turn])
        if _inside(place, turn, form[0], extent)
    ]
    if len(fitting) != 1:
        return None
    turn, text, confidence = fitting[0]
    start, end = match.span(turn + 1)
    return wkt[:start] + text + wkt[end:], confidence


def _pair(match: re.Match[str]) -> tuple[str, str]:
    """Return the two coordinates as they stand in a text, and as they are to stand there."""
    between = match.string[match.end(1) : match.start(2)]
    return f"{match[1]}{between}{match[2]}", f"{match[2]}{between}{match[1]}"


def _forms(text: str) -> Iterator[Fix]:
    value = Decimal(text)
    if value:
        yield plainly(-value), _SIGN
        yield from ((plainly(value.scaleb(n)), _POINT) for n in range(-7, 8) if n)


def _inside(place: Sequence[str], turn: int, text: str, extent: Extent) -> bool:
    lon, lat = (float(text if n == turn else place[n]) for n in (0, 1))
    return extent.holds(lon, lat)
