"""GeoJSON (RFC 7946), and the `crs` that files of the 2008 specification state."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyproj

from ldt_graph.model import WGS84, Crs
from ldt_graph.sources.crs import GEOMETRY, Placer
from ldt_graph.sources.formats.jsons import flat, load
from ldt_graph.sources.geometry import (
    COLLECTION,
    check_geometry,
    has_altitude,
    positions,
    simple,
)
from ldt_graph.wkt import TYPES

if TYPE_CHECKING:
    from ldt_graph.sources.geometry import Geometry
    from ldt_graph.sources.reading import Cell, Reading

    Json = dict[str, Any]

_GEOMETRIES = (*TYPES, COLLECTION)
_COLLECTION = ("type", "features", "crs")
_FEATURE = ("type", "id", "properties", "geometry")
_NO_PROPERTY = "GeoJSON gives it no meaning, and a mapping reads properties"


def read_geojson(reading: Reading) -> None:
    """Read a row per feature, a column per property, `id` and the geometry; a feature or a geometry alone is one row.

    A geometry that is none is left out and reported, its feature stays. Positions are degrees of WGS 84
    (RFC 7946, section 4), or of the CRS that twin.toml names, or that the file's own `crs` does.

    Raises:
        SourceError: Not GeoJSON; or its own `crs` is not known, or contradicts its coordinates.
    """
    document = load(reading)
    features = _features(reading, document)
    rows, kept = [], []
    for number, feature in enumerate(features, start=1):
        fault = _fault(feature)
        if fault:
            _set_aside(reading, feature, number, *fault)
        else:
            rows.append(number)
            kept.append(feature)
    geometries = [_geometry(reading, f, n) for f, n in zip(kept, rows, strict=True)]
    crs = _crs(reading, document, geometries)
    _account(reading, kept, geometries, rows)
    columns = _properties(reading, kept, rows)
    places = Placer(reading, crs).cells(geometries, rows)
    reading.add_columns(reading.table, columns | dict(zip(GEOMETRY, places, strict=True)), rows)


def _features(reading: Reading, document: object) -> list[Any]:
    """Return the features of a document; members of its own that nothing reads are accounted for."""
    if isinstance(document, dict):
        found, kind = document.get("features"), document.get("type")
        if isinstance(found, list) and kind in (None, "FeatureCollection"):
            for name in document.keys() - {*_COLLECTION, "bbox"}:
                reading.unused("member", name, _NO_PROPERTY)
            return found
        if kind == "Feature" and {"geometry", "properties"} & document.keys():
            return [{k: v for k, v in document.items() if k != "crs"}]
        if kind in _GEOMETRIES:
            bare = {k: v for k, v in document.items() if k != "crs"}
            return [{"type": "Feature", "properties": None, "geometry": bare}]
    raise reading.error(
        "Not a GeoJSON FeatureCollection: it has no list of features, and is no Feature or geometry."
    )


def _set_aside(reading: Reading, feature: object, row: int, why: str, column: str | None) -> None:
    """Report a feature that is none, with what it is called."""
    known = feature if isinstance(feature, dict) else {}
    called = {name: known[name] for name in ("id", "properties") if name in known}
    message = f"The feature was set aside: {why}."
    value = (flat(called) or "")[:200] if called else None
    reading.report("source:bad-feature", message, row=row, column=column, value=value)


def _fault(feature: object) -> tuple[str, str | None] | None:
    """Return what is wrong with a feature, and the member that is."""
    if not isinstance(feature, dict):
        return "it is not an object", None
    if feature.get("type", "Feature") != "Feature":
        return f"its type is {str(feature['type'])[:80]!r}, not 'Feature'", "type"
    if not isinstance(feature.get("properties"), dict | None):
        return "its properties are not an object", "properties"
    geometry = feature.get("geometry")
    if geometry is None or (
        isinstance(geometry, dict) and str(geometry.get("type")) in _GEOMETRIES
    ):
        return None
    why = check_geometry(geometry)
    return (why, "geometry") if why else None


def _geometry(reading: Reading, feature: Json, row: int) -> Geometry | None:
    """Return the geometry if it is sound. One without coordinates is null (RFC 7946, section 3.1)."""
    found = feature.get("geometry")
    if found is None or found.get("coordinates", found.get("geometries")) == []:
        return None
    made = simple(found)
    fault = (
        "it has a crs of its own"
        if "crs" in found or "crs" in feature
        else "its geometries are of several kinds"
        if made["type"] == COLLECTION
        else check_geometry(made)
    )
    if fault is None:
        return made
    reading.report(
        "source:bad-geometry",
        f"The geometry was left out: {fault}.",
        row=row,
        column="geometry",
        value=str(found.get("coordinates", found))[:200],
    )
    return None


# ── what the coordinates mean ────────────────────────────────────────────────────────────────────


def _crs(reading: Reading, document: Any, geometries: list[Geometry | None]) -> Crs:  # noqa: ANN401  (JSON)
    """Return what the file's own `crs` names (GeoJSON 2008, section 3); without one it is WGS 84."""
    stated = document.get("crs")
    if "crs" not in document:
        return WGS84
    if reading.dataset.crs is not None:
        reading.unused("member", "crs", "twin.toml names the dataset's CRS")
        return WGS84
    if stated is None:
        reading.report(
            "source:no-crs",
            "Its crs is null: the file does not say what its coordinates mean. They are read as degrees of WGS 84; "
            "name the dataset's CRS in twin.toml.",
            column="crs",
            severity="warning",
        )
        return WGS84
    properties = stated.get("properties") if isinstance(stated, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return _known(reading, name if isinstance(name, str) else flat(stated) or "", geometries)


def _known(reading: Reading, name: str, geometries: list[Geometry | None]) -> Crs:
    try:
        crs = pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError:
        raise reading.error(
            f"The file's own crs names {name[:80]!r}, which is not known.",
            hint='Name the dataset\'s CRS in twin.toml: crs = "EPSG:25832".',
        ) from None
    # A position is x, y, or longitude, latitude, whatever the order of the CRS's own axes.
    if crs.equals(pyproj.CRS("OGC:CRS84"), ignore_axis_order=True):
        return WGS84
    _check_degrees(reading, name, crs, geometries)
    return Crs(crs.to_wkt())


def _check_degrees(
    reading: Reading, name: str, crs: pyproj.CRS, geometries: list[Geometry | None]
) -> None:
    every = (p for g in geometries if g for p in positions(g["coordinates"]))
    if (
        any(geometries)
        and crs.is_projected
        and all(abs(x) <= 180 and abs(y) <= 90 for x, y in every)
    ):
        raise reading.error(
            f"The file's own crs is {name!r} ({crs.name}), but its coordinates are degrees.",
            hint='Name the true CRS in twin.toml: crs = "EPSG:4326".',
        )


# ── what is in the table ─────────────────────────────────────────────────────────────────────────


def _account(
    reading: Reading, features: list[Json], geometries: list[Geometry | None], rows: list[int]
) -> None:
    """Account for members that GeoJSON does not know, and for altitudes. A `bbox` says what the geometry does."""
    for feature, geometry, row in zip(features, geometries, rows, strict=True):
        for name in feature.keys() - {*_FEATURE, "bbox"}:
            reading.unused("member", f"features.{name}", _NO_PROPERTY, row=row)
        for name in (feature.get("geometry") or {}).keys() - {
            "type",
            "coordinates",
            "geometries",
            "bbox",
        }:
            reading.unused("member", f"features.geometry.{name}", _NO_PROPERTY, row=row)
        if geometry and has_altitude(geometry):
            reading.unused(
                "member",
                "features.geometry altitude",
                "a place is kept without its altitude",
                row=row,
            )


def _properties(reading: Reading, features: list[Json], rows: list[int]) -> dict[str, list[Cell]]:
    properties = [f.get("properties") or {} for f in features]
    ids = [_id(reading, f.get("id"), row) for f, row in zip(features, rows, strict=True)]
    own = (*GEOMETRY, "id") if _two_ids(ids, properties) else GEOMETRY
    keys = sorted({k for p in properties for k in p})
    columns = {
        name: [flat(p.get(key)) for p in properties]
        for key, name in zip(keys, reading.header(keys, own), strict=True)
    }
    columns["id"] = [i or flat(p.get("id")) for i, p in zip(ids, properties, strict=True)]
    _report_double(reading, ids, rows)
    return columns


def _report_double(reading: Reading, ids: list[Cell], rows: list[int]) -> None:
    again = [i for i, n in Counter(filter(None, ids)).items() if n > 1]
    if again:
        second = ids.index(again[0], ids.index(again[0]) + 1)
        reading.report(
            "source:double-id",
            f"{len(again)} ids are those of several features; the first is {again[0]!r}.",
            row=rows[second],
            column="id",
            value=again[0],
            severity="warning",
        )


def _id(reading: Reading, value: object, row: int) -> Cell:
    """RFC 7946, section 3.2: an id is a text or a number."""
    if not isinstance(value, bool | list | dict):
        return flat(value)
    reading.report(
        "source:bad-id",
        "The id is neither a text nor a number; it was left out.",
        row=row,
        column="id",
        value=flat(value),
    )
    return None


def _two_ids(ids: list[Cell], properties: list[Json]) -> bool:
    """Whether a feature has an id (RFC 7946, section 3.2), and a property `id` that says something else."""
    return any(i and "id" in p and i != flat(p["id"]) for i, p in zip(ids, properties, strict=True))
