"""GeoJSON: every feature, property, member and position is used, told or refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from ldt_graph.errors import SourceError
from ldt_graph.model import Crs
from tests.sources.mutations import mutated
from tests.sources.told import Told, as_json, lost_in_silence

if TYPE_CHECKING:
    from pathlib import Path

POINT = {"type": "Point", "coordinates": [9.98, 48.4]}
RING = [[9, 48], [10, 48], [10, 49], [9, 48]]


def feature(geometry: Any = None, **more: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"name": "A"}, "geometry": geometry} | more


def collection(*features: Any, **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)} | more


def read(folder: Path, document: Any, **more: Any) -> Told:
    return Told(folder, as_json(folder, "d.geojson", document), **more)


def geometry(kind: str, coordinates: Any) -> dict[str, Any]:
    return {"type": kind, "coordinates": coordinates}


# ── geometries ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("found", "wkt"),
    [
        (POINT, "POINT(9.98 48.4)"),
        (None, None),
        (geometry("Point", []), None),
        (geometry("Polygon", []), None),
        (geometry("Polygon", [RING]), "POLYGON((9 48, 10 48, 10 49, 9 48))"),
        (geometry("MultiPoint", [[9, 48], [10, 48]]), "MULTIPOINT(9 48, 10 48)"),
        ({"type": "GeometryCollection", "geometries": [POINT]}, "POINT(9.98 48.4)"),
        ({"type": "GeometryCollection", "geometries": [POINT, POINT]}, "MULTIPOINT(9.98 48.4, 9.98 48.4)"),
        ({"type": "GeometryCollection", "geometries": []}, None),
    ],
)  # fmt: skip
def test_a_sound_geometry_is_kept_and_an_empty_one_is_null(tmp_path, found, wkt):
    got = read(tmp_path, collection(feature(found)))
    assert got.rows("d", "name", "geometry") == [("A", wkt)]
    assert (got.reports, got.unused) == ([], {})


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (geometry("Polygon", [RING[:3]]), "four positions or more, not 3"),
        (geometry("Polygon", [[*RING[:3], [9, 47]]]), "not closed"),
        (geometry("Polygon", [RING, RING[:3]]), "four positions"),
        (geometry("MultiPolygon", [[RING], [[*RING[:3], [8, 8]]]]), "not closed"),
        (geometry("LineString", [[9, 48]]), "two positions"),
        (geometry("MultiLineString", [[[9, 48]]]), "two positions"),
        (geometry("Point", [9.98]), "not positions"),
        (geometry("Point", ["9.98", 48.4]), "'9.98' in a position is not a number"),
        (geometry("Point", [True, 48.4]), "True in a position"),
        (geometry("Point", [None, 48.4]), "None in a position"),
        (geometry("Point", [[9, 48]]), "nest deeper"),
        (geometry("Point", "9 48"), "not positions"),
        (geometry("LineString", [9, 48]), "not positions"),
        ({"type": "Point"}, "not positions"),
        ({"type": "Point", "coordinats": [9, 48]}, "not positions"),
        ({"type": "GeometryCollection", "geometries": [POINT, geometry("Polygon", [RING])]}, "several kinds"),
        ({"type": "GeometryCollection"}, "several kinds"),
        (POINT | {"crs": {"type": "name"}}, "crs of its own"),
    ],
)  # fmt: skip
def test_a_geometry_that_is_none_is_left_out_and_its_feature_stays(tmp_path, found, why):
    got = read(tmp_path, collection(feature(POINT), feature(found)))
    assert got.rows("d", "name", "geometry") == [("A", "POINT(9.98 48.4)"), ("A", None)]
    assert [r[:4] for r in got.reports] == [("source:bad-geometry", "violation", 2, "geometry")]
    assert why in got.messages


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (1, "not an object"),
        (None, "not an object"),
        (feature(POINT, type="Fature"), "'Fature'"),
        (feature(POINT, type="FeatureCollection"), "'FeatureCollection'"),
        (feature(POINT, properties=["a"]), "properties are not an object"),
        (feature({"type": "Blob", "coordinates": []}), "'Blob'"),
        (feature({"type": ["Point"], "coordinates": [9, 48]}), "not a geometry type"),
        (feature("POINT(9 48)"), "not a geometry type"),
    ],
)
def test_what_is_no_feature_is_set_aside_by_its_number(tmp_path, found, why):
    got = read(tmp_path, collection(feature(POINT), found))
    assert got.rows("d", "name") == [("A",)]
    assert [r[:3] for r in got.reports] == [("source:bad-feature", "violation", 2)]
    assert why in got.messages


def test_positions_off_the_earth_are_told_for_each_geometry(tmp_path):
    far = geometry("LineString", [[9, 48], [200, 48]])
    got = read(
        tmp_path, collection(feature(far), feature(POINT), feature(geometry("Point", [9, 91])))
    )
    assert [g for (g,) in got.rows("d", "geometry")] == [None, "POINT(9.98 48.4)", None]
    assert [(r[0], r[2], r[4]) for r in got.reports] == [("source:crs", 1, "200 48"), ("source:crs", 3, "9 91")]  # fmt: skip


# ── the document ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("document", "rows"),
    [
        (feature(POINT), [("A", None, "POINT(9.98 48.4)")]),
        (feature(POINT, id=7), [("A", "7", "POINT(9.98 48.4)")]),
        (collection(feature(POINT, id="x")), [("A", "x", "POINT(9.98 48.4)")]),
        ({"features": [feature(POINT, id=1.50)]}, [("A", None, "POINT(9.98 48.4)")]),
    ],
)
def test_a_feature_alone_is_a_row(tmp_path, document, rows):
    found = read(tmp_path, document).rows("d", "name", "id", "geometry")
    assert [(n, None if i == "1.5" or i == "1.50" else i, g) for n, i, g in found] == rows


def test_a_geometry_alone_is_a_row(tmp_path):
    assert read(tmp_path, POINT).rows("d", "id", "geometry") == [(None, "POINT(9.98 48.4)")]


@pytest.mark.parametrize(
    "document",
    [{}, [], 1, {"type": "Feature"}, {"type": "FeatureCollection"}, {"type": "Topology", "features": []}, {"type": "FeatureCollection", "features": {}}],
)  # fmt: skip
def test_what_is_not_geojson_is_an_error(tmp_path, document):
    with pytest.raises(SourceError, match="Not a GeoJSON FeatureCollection"):
        read(tmp_path, document)


def test_members_that_geojson_does_not_know_are_accounted_for(tmp_path):
    found = feature(POINT | {"precision": 5, "bbox": []}, title="x", bbox=[9, 48, 9, 48])
    got = read(tmp_path, collection(found, found, name="layer", bbox=[]))
    assert got.unused == {"member name": 1, "member features.title": 2, "member features.geometry.precision": 2}  # fmt: skip
    got = read(tmp_path, collection(feature(geometry("Point", [9, 48, 510]))))
    assert got.unused == {"member features.geometry altitude": 1}


@pytest.mark.parametrize(
    ("ids", "kept", "rules"),
    [
        ([1, "1"], ["1", "1"], ["source:double-id"]),
        (["a", "b"], ["a", "b"], []),
        ([["a"], "b"], [None, "b"], ["source:bad-id"]),
        ([True, {}], [None, None], ["source:bad-id"] * 2),
        ([None, ""], [None, None], []),
    ],
)
def test_ids_are_texts_or_numbers_and_one_that_comes_again_is_told(tmp_path, ids, kept, rules):
    got = read(tmp_path, collection(*(feature(POINT, id=i) for i in ids)))
    assert [i for (i,) in got.rows("d", "id")] == kept
    assert got.rules == rules


def test_nested_properties_are_kept_as_json(tmp_path):
    properties = {"a": {"b": [1, {"c": None}]}, "d": [], "e": None, "f": "", "g": False, "h": "ü"}
    got = read(tmp_path, collection(feature(POINT, properties=properties)))
    [(a, d, e, f, g, h)] = got.rows("d", "a", "d", "e", "f", "g", "h")
    assert (json.loads(a), d, e, f, g, h) == (properties["a"], "[]", None, None, "false", "ü")


# ── the file's own crs ───────────────────────────────────────────────────────────────────────────


def named(name: Any) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": name}}


@pytest.mark.parametrize(
    "name",
    ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326", "OGC:CRS84"],
)
def test_wgs_84_is_honoured_under_each_of_its_names(tmp_path, name):
    got = read(tmp_path, collection(feature(POINT), crs=named(name)))
    assert got.rows("d", "geometry") == [("POINT(9.98 48.4)",)]
    assert (got.reports, got.unused) == ([], {})


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::25832", "EPSG:25832"])
def test_another_crs_that_the_file_names_is_used(tmp_path, name):
    found = feature(geometry("Point", [572000.0, 5361000.0]))
    got = read(tmp_path, collection(found, crs=named(name)))
    [(wkt,)] = got.rows("d", "geometry")
    lon, lat = map(float, wkt.removeprefix("POINT(").removesuffix(")").split())
    assert (lon, lat) == (pytest.approx(9.97, abs=0.02), pytest.approx(48.4, abs=0.02))
    assert got.reports == []


@pytest.mark.parametrize(
    ("crs", "words"),
    [
        (named("EPSG:0"), "'EPSG:0', which is not known"),
        (named("klingon"), "'klingon'"),
        (named(None), "which is not known"),
        ({"type": "link", "properties": {"href": "http://x"}}, "which is not known"),
        ("EPSG:25832", "its coordinates are degrees"),
        ({}, "which is not known"),
        (named("urn:ogc:def:crs:EPSG::25832"), "its coordinates are degrees"),
    ],
)
def test_a_crs_that_is_not_known_or_contradicts_the_coordinates_is_an_error_that_names_it(
    tmp_path, crs, words
):
    with pytest.raises(SourceError, match="own crs") as caught:
        read(tmp_path, collection(feature(POINT), crs=crs))
    assert words in str(caught.value)


def test_a_null_crs_is_told_and_twin_toml_outranks_the_files_own(tmp_path):
    got = read(tmp_path, collection(feature(POINT), crs=None))
    assert [r[:2] for r in got.reports] == [("source:no-crs", "warning")]
    found = collection(feature(geometry("Point", [572000.0, 5361000.0])), crs=named("EPSG:4326"))
    got = read(tmp_path, found, crs=Crs("EPSG:25832"))
    assert got.rows("d", "geometry")[0][0].startswith("POINT(9.9")
    assert got.unused == {"member crs": 1}


# ── the law ──────────────────────────────────────────────────────────────────────────────────────

GOOD = collection(
    feature(POINT, id="leaf-1", properties={"name": "leaf-2", "size": 71, "deep": {"x": "leaf-3"}}),
    feature(geometry("Polygon", [RING]), id="leaf-4", properties={"name": "leaf-5", "size": 72}),
    feature(None, id="leaf-6", properties={"name": "leaf-7"}),
    crs=named("urn:ogc:def:crs:OGC:1.3:CRS84"),
)


@given(mutated(GOOD))
def test_no_value_of_a_file_that_was_spoiled_goes_in_silence(document):
    assert not lost_in_silence(read, document)
