"""Coordinates to WGS 84, longitude first; plans without a place on the earth stay plans."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyproj

from ldt_graph.errors import SourceError
from ldt_graph.model import WGS84, Crs
from ldt_graph.sources.decimals import DELIMITED, has_comma
from ldt_graph.sources.geometry import positions
from ldt_graph.wkt import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ldt_graph.sources.geometry import Geometry
    from ldt_graph.sources.reading import Cell, Reading

    Floats = NDArray[np.float64]

METRES = {"metre": 1.0, "foot": 0.3048, "us-survey-foot": 1200 / 3937}
GEOMETRY = ("geometry", "plan_geometry")
"""The columns that the twin adds to whatever has a place: WKT in WGS 84, and WKT of a plan."""


class Placer:
    """Turns a dataset's coordinates into the cells `geometry` (WGS 84) and `plan_geometry`.

    Coordinates outside the earth are reported by row and stay out of the twin: never a false longitude.
    A report names the file, or `source`, and the column `geometry`, or `column`: one, or that of each row.
    """

    def __init__(
        self,
        reading: Reading,
        default: Crs | None = None,
        *,
        source: str | None = None,
        column: str | Sequence[str] | None = None,
    ) -> None:
        self.reading = reading
        self.source = source
        self.column = column or "geometry"
        self.crs = reading.dataset.crs or default
        self._warned = False
        if self.crs is not None and self.crs.code is not None:
            try:
                pyproj.CRS(self.crs.code)
            except pyproj.exceptions.CRSError:
                raise SourceError(
                    f"Dataset {reading.dataset.name} names the CRS {self.crs.code!r}, which is not known.",
                    hint="Give an authority code such as EPSG:25832.",
                ) from None

    def cells(
        self, geometries: Sequence[Geometry | None], rows: Sequence[int]
    ) -> tuple[list[Cell], list[Cell]]:
        """Return (geometry, plan_geometry) as WKT for GeoJSON-like geometries in the dataset's CRS."""
        if self.crs is None:
            self._warn()
        plan = self.crs is None or (self.crs.local and self.crs.anchor is None)
        if plan:
            return [None] * len(rows), [None if g is None else wkt(g) for g in geometries]
        return self._placed(geometries, rows), [None] * len(rows)

    def points(
        self,
        x: Sequence[Cell],
        y: Sequence[Cell],
        rows: Sequence[int],
        names: tuple[str, str] | None = None,
    ) -> tuple[list[Cell], list[Cell]]:
        """Return (geometry, plan_geometry) for columns of coordinates; all points in one transformation.

        A coordinate that is none, or that is there without the other one, is told at its column.

        Args:
            x: Eastings or longitudes.
            y: Northings or latitudes.
            rows: Where each stands.
            names: What the source calls the two columns.
        """
        names = names or (str(self.column), str(self.column))
        if self.crs is None:
            self._warn()
        xs, ys = _floats(x), _floats(y)
        self._report_text(names[0], x, xs, y, rows)
        self._report_text(names[1], y, ys, x, rows)
        known = np.isfinite(xs) & np.isfinite(ys)
        if self.crs is None or (self.crs.local and self.crs.anchor is None):
            plan = [
                f"POINT({_number(a)} {_number(b)})" if k else None
                for a, b, k in zip(xs.tolist(), ys.tolist(), known.tolist(), strict=True)
            ]
            return [None] * len(rows), plan
        lon, lat = to_wgs84(xs, ys, self.crs)
        good = known & _on_earth(lon, lat)
        for i in np.nonzero(known & ~good)[0].tolist():
            self._report_point(names, (x[i], y[i]), (lon[i], lat[i]), rows[i])
        points = [
            f"POINT({_degrees(a)} {_degrees(b)})" if g else None
            for a, b, g in zip(lon.tolist(), lat.tolist(), good.tolist(), strict=True)
        ]
        return points, [None] * len(rows)

    def _report_point(
        self, names: tuple[str, str], texts: tuple[Cell, Cell], at: tuple[float, float], row: int
    ) -> None:
        """Tell of a point outside the earth: at the one coordinate that is, where the other is not."""
        wrong = [not abs(at[0]) <= 180, not abs(at[1]) <= 90]
        if all(wrong):
            self._report(row, f"{texts[0]} {texts[1]}", names[0])
        else:
            self._report(row, str(texts[wrong.index(True)]), names[wrong.index(True)])

    def _placed(self, geometries: Sequence[Geometry | None], rows: Sequence[int]) -> list[Cell]:
        """Write geometries in WGS 84; the positions of all of them in one transformation."""
        assert self.crs is not None  # noqa: S101  (cells() asked)
        each = [[*positions(g["coordinates"])] if g else [] for g in geometries]
        flat = np.array([p for found in each for p in found], dtype=float).reshape(-1, 2)
        lon, lat = to_wgs84(flat[:, 0], flat[:, 1], self.crs)
        good = _on_earth(lon, lat).tolist()
        pairs = zip(lon.tolist(), lat.tolist(), strict=True)
        places = iter([f"{_degrees(a)} {_degrees(b)}" for a, b in pairs])
        cells: list[Cell] = []
        start = 0
        names = [self.column] * len(rows) if isinstance(self.column, str) else self.column
        for geometry, found, row, name in zip(geometries, each, rows, names, strict=True):
            mine, start = good[start : start + len(found)], start + len(found)
            own = iter([next(places) for _ in found])
            if not all(mine):
                x, y = found[mine.index(False)]
                self._report(row, f"{_number(x)} {_number(y)}", name)
            cells.append(wkt(geometry, own) if geometry and all(mine) else None)
        return cells

    def _report(self, row: int, value: str, column: str) -> None:
        code = self.crs.code if self.crs else None
        self.reading.report(
            "source:crs",
            f"The coordinates {value} do not lie on the earth when read as {code or 'the plan that twin.toml anchors'}; "
            "the geometry was left out. Name the dataset's CRS in twin.toml.",
            row=row,
            column=column,
            value=value,
            source=self.source,
        )

    def _report_text(
        self,
        name: str,
        texts: Sequence[Cell],
        numbers: Floats,
        others: Sequence[Cell],
        rows: Sequence[int],
    ) -> None:
        for i in np.nonzero(~np.isfinite(numbers))[0].tolist():
            if texts[i] is not None:
                message = f"The coordinate {texts[i]!r} is not a number.{self._hint(texts[i])}"
            elif others[i] is not None:
                message = "The coordinate is empty, the other one of the two is not."
            else:
                continue
            self.reading.report(
                "source:coordinate",
                f"{message} The row has no place.",
                row=rows[i],
                column=name,
                value=texts[i],
                source=self.source,
            )

    def _hint(self, text: Cell) -> str:
        comma = self.reading.format in DELIMITED and has_comma(text or "")
        return ' If the file has decimal commas: options = { decimal = "," }.' if comma else ""

    def _warn(self) -> None:
        if not self._warned:
            self._warned = True
            self.reading.report(
                "source:no-crs",
                "The file does not say what its coordinates mean; they are kept as plan geometry. "
                'Name them in twin.toml: crs = "EPSG:25832" or crs = { unit = "metre" }.',
                severity="warning",
            )


def to_wgs84(x: Floats, y: Floats, crs: Crs) -> tuple[Floats, Floats]:
    """Transform coordinates to longitude and latitude in degrees; what can't be transformed becomes inf."""
    if crs == WGS84:
        return x, y
    if crs.anchor is not None:
        angle = np.radians(crs.anchor.rotation)
        scale = METRES[crs.unit or "metre"]
        east = scale * (x * np.cos(angle) - y * np.sin(angle))
        north = scale * (x * np.sin(angle) + y * np.cos(angle))
        return _transformer(
            f"+proj=aeqd +lat_0={crs.anchor.lat} +lon_0={crs.anchor.lon} +datum=WGS84"
        ).transform(east, north)
    return _transformer(str(crs.code)).transform(x, y)


@cache
def _transformer(code: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(code, "EPSG:4326", always_xy=True)


def _on_earth(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    return (np.abs(lon) <= 180) & (np.abs(lat) <= 90)


def _floats(texts: Sequence[Cell]) -> Floats:
    """Read numbers as they are written in files: Python itself takes `1_000`, `nan` and digits of other scripts too."""

    def number(text: Cell) -> float:
        try:
            return float(text) if text and text.isascii() and "_" not in text else np.nan
        except ValueError:
            return np.nan

    return np.fromiter((number(t) for t in texts), float, len(texts))


def _degrees(value: float) -> str:
    """Seven decimals: a centimetre."""
    return _number(round(value, 7))


def _number(value: float) -> str:
    text = f"{value:.7f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def wkt(geometry: Geometry, places: Iterator[str] | None = None) -> str:
    """Write a GeoJSON-like geometry as WKT (OGC 06-103r4), optionally with other positions in its order."""
    kind = str(geometry["type"])
    if places is None:
        places = iter([f"{_number(x)} {_number(y)}" for x, y in positions(geometry["coordinates"])])

    def write(coordinates: object, depth: int) -> str:
        if depth == 0:
            return next(places)
        return "(" + ", ".join(write(c, depth - 1) for c in coordinates) + ")"  # ty: ignore[not-iterable]

    body = write(geometry["coordinates"], TYPES[kind])
    return f"{kind.upper()}({body})" if kind == "Point" else f"{kind.upper()}{body}"
