"""Geometries in metres on a local plane: what meets what, and how far apart they are at their nearest points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ldt_graph.impact.structure.rows import gather

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ldt_graph.graph.columns import Bools, Floats, Ints

TOUCH = 1e-6
"""Metres within which two geometries touch."""

_AXIS, _SQUARED = 6_378_137.0, 0.00669437999014  # WGS 84: half the long axis, eccentricity squared
_PAIRS = 1_000_000  # pairs of segments that are compared at once


class Plane:
    """A local plane: metres east and north of a middle (equirectangular, by the ellipsoid's radii there).

    Lengths along a parallel are off by tan(latitude) · Δ, Δ the angle north or south of the middle: at 50° and
    10 km from it by 0.19 %, at 1 km by 0.02 %.

    Args:
        lon: Of the middle.
        lat: Of the middle.
    """

    def __init__(self, lon: float, lat: float) -> None:
        self.lon, self.lat = lon, lat
        curve = 1 - _SQUARED * math.sin(math.radians(lat)) ** 2
        self._north = math.radians(_AXIS * (1 - _SQUARED) / curve**1.5)
        self._east = math.radians(_AXIS / curve**0.5 * max(math.cos(math.radians(lat)), 1e-9))

    def metres(self, lonlat: Sequence[Any] | Floats) -> Floats:
        """Return positions in metres; longitudes are taken the short way round the earth."""
        at = np.asarray([p[:2] for p in lonlat], dtype=float).reshape(-1, 2)
        east = (at[:, 0] - self.lon + 180) % 360 - 180
        return np.stack([east * self._east, (at[:, 1] - self.lat) * self._north], axis=1)

    def lonlat(self, metres: Sequence[float] | Floats) -> tuple[float, float]:
        """Return a position in degrees."""
        x, y = (float(v) for v in metres)
        lon = (self.lon + x / self._east + 180) % 360 - 180
        return round(lon, 7), round(self.lat + y / self._north, 7)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A geometry in metres.

    Attributes:
        segments: Rows (x, y, x, y); of a point both ends are one.
        polygons: Rings of each polygon, closed.
    """

    segments: Floats
    polygons: tuple[tuple[Floats, ...], ...] = ()

    @property
    def box(self) -> tuple[Floats, Floats]:
        """The lowest and the highest corner."""
        ends = self.segments.reshape(-1, 2)
        return ends.min(axis=0), ends.max(axis=0)


class Nearest(NamedTuple):
    """How far two geometries are apart, in metres, and at which points."""

    metres: float
    one: Floats
    other: Floats


def shape_of(geometry: dict[str, Any], plane: Plane) -> Shape:
    """Return a GeoJSON geometry on a plane."""
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind in ("Point", "MultiPoint"):
        ends = plane.metres([coordinates] if kind == "Point" else coordinates)
        return Shape(np.concatenate([ends, ends], axis=1))
    if kind in ("LineString", "MultiLineString"):
        lines = [coordinates] if kind == "LineString" else coordinates
        return Shape(np.concatenate([_along(plane.metres(line)) for line in lines]))
    stated = [coordinates] if kind == "Polygon" else coordinates
    polygons = tuple(tuple(_closed(plane.metres(ring)) for ring in p) for p in stated)
    rings = [_along(ring) for p in polygons for ring in p]
    return Shape(np.concatenate(rings), polygons)


def rectangle(low: Sequence[float] | Floats, high: Sequence[float] | Floats) -> Shape:
    """Return a rectangle by two corners."""
    (west, south), (east, north) = low, high
    ring = np.array([(west, south), (east, south), (east, north), (west, north), (west, south)])
    return Shape(_along(ring), ((ring,),))


def _closed(ring: Floats) -> Floats:
    return ring if (ring[0] == ring[-1]).all() else np.concatenate([ring, ring[:1]])


def _along(line: Floats) -> Floats:
    if len(line) == 1:
        line = np.concatenate([line, line])
    return np.concatenate([line[:-1], line[1:]], axis=1)


def pieces(segments: Floats, longest: float) -> tuple[Floats, Ints]:
    """Return segments cut in equal pieces no longer than this, and of which each is one."""
    run = segments[:, 2:] - segments[:, :2]
    lengths = np.hypot(run[:, 0], run[:, 1])
    count = np.maximum(1, np.ceil(lengths / longest)).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(count)])
    entry, which = gather(start, np.arange(len(count)))
    nth, of = (entry - start[which])[:, None], count[which][:, None]
    begin, way = segments[which, :2], run[which]
    cut = np.concatenate([begin + way * (nth / of), begin + way * ((nth + 1) / of)], axis=1)
    return cut, which


def inside(points: Floats, shape: Shape) -> Bools:
    """Return which points lie in a polygon of a shape: not in its holes; on a border either way."""
    found = np.zeros(len(points), dtype=bool)
    for rings in shape.polygons:
        odd = np.zeros(len(points), dtype=bool)
        for x0, y0, x1, y1 in np.concatenate([_along(r) for r in rings]).tolist():
            if y0 != y1:
                spans = (points[:, 1] >= min(y0, y1)) & (points[:, 1] < max(y0, y1))
                odd ^= spans & (points[:, 0] < x0 + (points[:, 1] - y0) * (x1 - x0) / (y1 - y0))
        found |= odd
    return found


class Shapes:
    """Many shapes, to be looked through again and again; immutable.

    Args:
        shapes: In the order that answers have.
    """

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.each = tuple(shapes)
        counts = [len(s.segments) for s in shapes]
        self._start = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
        self._segments = (
            np.concatenate([s.segments for s in shapes]) if counts else np.zeros((0, 4))
        )
        boxes = np.array([np.concatenate(s.box) for s in shapes]).reshape(-1, 4)
        self.low, self.high = boxes[:, :2], boxes[:, 2:]

    @property
    def segments(self) -> tuple[Floats, Ints]:
        """The segments of all, and whose each is."""
        return self._segments, np.repeat(np.arange(len(self.each)), np.diff(self._start))

    def near(self, area: Shape, metres: float = 0.0, among: Ints | None = None) -> Bools:
        """Return which meet an area, or lie within so many metres of it, borders included.

        Cost: segments of what is near it times segments of the area; and all boxes, unless only some are looked at.
        """
        reach = metres + TOUCH
        low, high = area.box
        found = np.zeros(len(self.each), dtype=bool)
        looked = slice(None) if among is None else among
        boxed = (self.high[looked] >= low - reach) & (self.low[looked] <= high + reach)
        chosen = np.nonzero(boxed.all(axis=1))[0]
        chosen = chosen if among is None else among[chosen]
        entry, which = gather(self._start, chosen)
        segments, owner = self._segments[entry], chosen[which]
        within = inside(segments[:, :2], area) | inside(segments[:, 2:], area)
        found[owner[within]] = True
        left = ~found[owner]
        for part, distance in _distances(segments[left], area.segments):
            found[owner[left][part][distance.min(axis=1) <= reach]] = True
        corner = area.segments[:1, :2]
        for n in chosen[~found[chosen]].tolist():
            found[n] = bool(inside(corner, self.each[n])[0])
        return found


def nearest(one: Shape, other: Shape) -> Nearest:
    """Return how far two shapes are apart and where; of one that lies in the other, a corner of it and no distance."""
    for a, b in ((one, other), (other, one)):
        within = inside(a.segments[:, :2], b)
        if within.any():
            at = a.segments[within][0, :2]
            return Nearest(0.0, at, at)
    best = Nearest(math.inf, one.segments[0, :2], other.segments[0, :2])
    for part, distance in _distances(one.segments, other.segments):
        i, j = np.unravel_index(int(distance.argmin()), distance.shape)
        if distance[i, j] < best.metres:
            best = Nearest(float(distance[i, j]), *_where(one.segments[part][i], other.segments[j]))
    return best


def _distances(one: Floats, other: Floats) -> Iterator[tuple[Ints, Floats]]:
    """Yield parts of `one` with their distances to each of `other`: 0 where they cross, else from an end to the other."""
    step = max(1, _PAIRS // max(1, len(other)))
    for low in range(0, len(one), step):
        part = np.arange(low, min(low + step, len(one)))
        a, b = one[part][:, None, :], other[None, :, :]
        ends = [_to(a[..., :2], b), _to(a[..., 2:], b), _to(b[..., :2], a), _to(b[..., 2:], a)]
        found = np.minimum.reduce(ends)
        found[_cross(a, b)] = 0.0
        yield part, found


def _foot(point: Floats, segment: Floats) -> Floats:
    """Return the point of a segment that is nearest to a point."""
    start, run = segment[..., :2], segment[..., 2:] - segment[..., :2]
    length = (run**2).sum(axis=-1)
    along = ((point - start) * run).sum(axis=-1) / np.where(length > 0, length, 1.0)
    return start + np.clip(along, 0.0, 1.0)[..., None] * run


def _to(point: Floats, segment: Floats) -> Floats:
    off = point - _foot(point, segment)
    return np.hypot(off[..., 0], off[..., 1])


def _cross(a: Floats, b: Floats) -> Bools:
    """Return which segments cross, each with its ends on both sides of the other."""

    def side(s: Floats, p: Floats) -> Floats:
        run, off = s[..., 2:] - s[..., :2], p - s[..., :2]
        return run[..., 0] * off[..., 1] - run[..., 1] * off[..., 0]

    return (side(a, b[..., :2]) * side(a, b[..., 2:]) < 0) & (
        side(b, a[..., :2]) * side(b, a[..., 2:]) < 0
    )


def _where(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Return the points of two segments that are nearest to each other."""
    if _cross(one, other):
        p, r, q, s = one[:2], one[2:] - one[:2], other[:2], other[2:] - other[:2]
        t = ((q - p)[0] * s[1] - (q - p)[1] * s[0]) / (r[0] * s[1] - r[1] * s[0])
        return p + t * r, p + t * r
    pairs = [(end, _foot(end, other)) for end in (one[:2], one[2:])]
    pairs += [(_foot(end, one), end) for end in (other[:2], other[2:])]
    return min(pairs, key=lambda p: float(np.hypot(*(p[0] - p[1]))))
