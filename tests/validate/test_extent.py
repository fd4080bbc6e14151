"""What lies outside the city is told at its cell, by the box that the twin states or that its districts make."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ldt_graph.errors import SettingsError
from ldt_graph.extent import RULE, Extent
from ldt_graph.patch import apply_patch, make_patch
from ldt_graph.pipeline import build
from ldt_graph.sources.cells import Files
from ldt_graph.twin import load_twin
from tests.validate.written import Written

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.model import Violation

BOX = "extent = [9.9, 48.3, 10.1, 48.5]\n"
PLACED = """<#ThingMap> rml:logicalSource [ rml:source "{name}" ] ;
    rml:subjectMap [ rml:template "{{id}}" ; rml:class ldt:RoadNode ] ;
    rml:predicateObjectMap [ rml:predicate dcterms:identifier ; rml:objectMap [ rml:reference "id" ] ] ;
    rml:predicateObjectMap [ rml:predicate geo:asWKT ; rml:objectMap [ rml:reference "{place}" ; rml:datatype geo:wktLiteral ] ] .
"""
XY = 'x = "lon"\ny = "lat"'


def nodes(twin: Written, *rows: str, name: str = "nodes", more: str = XY) -> Written:
    text = "id,lon,lat\n" + "".join(f"{r}\n" for r in rows)
    return twin.dataset(f"{name}.csv", text, PLACED.format(name=name, place="geometry"), more)


def districts(twin: Written, *boxes: tuple[float, float, float, float]) -> Written:
    """Add districts, each a square."""
    features = [
        {
            "type": "Feature",
            "properties": {"id": f"D{n}"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[w, s], [e, s], [e, n_], [w, n_], [w, s]]],
            },
        }
        for n, (w, s, e, n_) in enumerate(boxes)
    ]
    mapping = PLACED.format(name="districts", place="geometry").replace("RoadNode", "District")
    text = json.dumps({"type": "FeatureCollection", "features": features}, indent=1)
    return twin.dataset("districts.geojson", text, mapping)


def outside(twin: Written) -> list[Violation]:
    return [v for v in twin.told("validate") if v.rule == RULE]


def mended(twin: Written) -> list[Violation]:
    """Apply the patch of all fixes, build, and return what is left."""
    loaded = load_twin(twin.folder)
    files = Files(loaded.datasets, loaded.data)
    lines, left = make_patch(files, twin.record.violations(twin.record.version()))
    assert left == {}
    assert all(a.done for a in apply_patch(files, lines, write=True))
    return outside(twin)


def said(twin: Written) -> str | None:
    return build(load_twin(twin.folder)).extent


# ── the cell and its fix ─────────────────────────────────────────────────────────────────────────

COLUMNS: dict[str, tuple[str, str, str | None] | None] = {
    "48.4,9.990": ("lon", "48.4", "9.99"),
    "9.99,4.84": ("lat", "4.84", "48.4"),
    "-9.99,48.4": ("lon", "-9.99", "9.99"),
    "9.99,-48.4": ("lat", "-48.4", "48.4"),
    "99.9,48.4": ("lon", "99.9", "9.99"),
    "12,48.4": ("lon", "12", None),
    "2,3": ("lat", "3", None),  # the one that is farther off
    "9.99,48.51": ("lat", "48.51", None),  # beyond the margin, and no other reading
    "9.99,48.505": None,  # in the margin
    "999,48.4": None,  # on no earth: the reader's matter
    "0,0": None,  # stands for none: a shape of its own tells that
    ",": None,
}


def test_of_two_columns_the_wrong_one_is_told(tmp_path: Path):
    rows = [f"N{n},{cells}" for n, cells in enumerate(COLUMNS)]
    twin = nodes(Written(tmp_path, top=BOX), *rows, *(f"M{n},9.99,48.4" for n in range(9)))
    told = outside(twin)
    asked = [(n, *found) for n, found in enumerate(COLUMNS.values(), 2) if found]
    assert [(v.row, v.column, v.value, v.fix) for v in told] == asked
    assert {(v.source, v.severity, v.expected) for v in told} == {
        ("nodes.csv", "warning", "inside [9.9, 48.3, 10.1, 48.5], or within 1 km of it")
    }
    assert "48.4 9.99 lies 5,552 km outside the city's extent [9.9, 48.3" in told[0].message
    assert [v.fix for v in mended(twin)] == [None] * 3


TEXTS: dict[str, str | None] = {
    "POINT (48.4 9.99)": "POINT (9.99 48.4)",
    "POINT(9.99 4.840)": "POINT(9.99 48.4)",
    "LINESTRING(9.95 48.4, 9.96 4.841, 9.97 48.4)": "LINESTRING(9.95 48.4, 9.96 48.41, 9.97 48.4)",
    "LINESTRING(48.4 9.95, 48.41 9.96)": "LINESTRING(9.95 48.4, 9.96 48.41)",
    "POLYGON((9.95 48.4, 9.96 48.4, 12 48.45, 9.95 48.4))": None,
    "MULTIPOINT((9.95 48.4), (9.95 -48.4))": "MULTIPOINT((9.95 48.4), (9.95 48.4))",
}
"""In a column of its own; what it may have been."""
SOUND = ["POINT(9.99 48.4)", "LINESTRING(9.95 48.4, 9.96 48.41)", "POINT(9.9000001 48.3)"]


def test_any_position_of_a_text_counts(tmp_path: Path):
    rows = [f'N{n},"{wkt}"\n' for n, wkt in enumerate([*TEXTS, *SOUND])]
    twin = Written(tmp_path, top=BOX)
    twin.dataset(
        "nodes.csv", "id,shape\n" + "".join(rows), PLACED.format(name="nodes", place="shape")
    )
    told = [(v.row, v.column, v.value, v.fix) for v in outside(twin)]
    assert told == [(n, "shape", wkt, fix) for n, (wkt, fix) in enumerate(TEXTS.items(), 2)]
    assert [v.row for v in mended(twin)] == [6]


GEOMETRIES: list[tuple[dict[str, Any], str | None]] = [
    ({"type": "Point", "coordinates": [48.4, 9.99, 480.5]}, "POINT(9.99 48.4)"),
    ({"type": "Point", "coordinates": [9.99, 4.84]}, "POINT(9.99 48.4)"),
    ({"type": "LineString", "coordinates": [[9.9, 48.4], [99.0, 48.4]]}, "LINESTRING(9.9 48.4, 9.9 48.4)"),
    ({"type": "Polygon", "coordinates": [[[9.9, 48.4], [10, 48.4], [10, 47], [9.9, 48.4]]]}, None),
    ({"type": "Point", "coordinates": [9.99, 48.4]}, "sound"),
]  # fmt: skip


@pytest.mark.parametrize("form", ["geojson", "jsonld"])
def test_a_geometry_of_a_document_is_told_with_its_line(tmp_path: Path, form: str):
    items: list[dict[str, Any]] = [
        {"type": "Feature", "properties": {"id": f"N{n}"}, "geometry": g}
        if form == "geojson"
        else {
            "id": f"urn:x:{n}",
            "type": "RoadNode",
            "location": {"type": "GeoProperty", "value": g},
        }
        for n, (g, _) in enumerate(GEOMETRIES)
    ]
    document = {"type": "FeatureCollection", "features": items} if form == "geojson" else items
    mapping = PLACED.format(name="nodes", place="geometry") if form == "geojson" else "ngsi-ld"
    column, member = ("geometry", "geometry") if form == "geojson" else ("location", "value")
    text = json.dumps(document, indent=1)
    twin = Written(tmp_path, top=BOX).dataset(f"nodes.{form}", text, mapping)
    lines = [n for n, line in enumerate(text.splitlines(), 1) if f'"{member}":' in line]
    asked = [
        (n, column, lines[n - 1], fix) for n, (_, fix) in enumerate(GEOMETRIES, 1) if fix != "sound"
    ]
    assert [(v.row, v.column, v.line, v.fix) for v in outside(twin)] == asked
    assert [v.row for v in mended(twin)] == [4]
    assert "480.5" in (tmp_path / "data" / f"nodes.{form}").read_text()


def test_a_projected_coordinate_is_told_at_its_column_and_has_no_fix(tmp_path: Path):
    twin = nodes(
        Written(tmp_path, top=BOX),
        "A,573000,5361000",
        "B,573000,6361000",
        more=f'{XY}\ncrs = "EPSG:25832"',
    )
    assert [(v.row, v.column, v.fix) for v in outside(twin)] == [(3, "lat", None)]


def test_a_plan_is_judged_by_no_box(tmp_path: Path):
    twin = nodes(
        Written(tmp_path, top=BOX),
        "A,0,0",
        "B,573000,6361000",
        more=f'{XY}\ncrs = {{ unit = "metre" }}',
    )
    assert outside(twin) == []


# ── the box ──────────────────────────────────────────────────────────────────────────────────────

ULM = [(9.9 + n / 50, 48.3, 9.92 + n / 50, 48.5) for n in range(10)]


def test_without_a_box_and_districts_nothing_is_judged_and_the_account_says_so_once(tmp_path: Path):
    twin = nodes(Written(tmp_path), "A,9.99,48.4", "B,48.4,9.99")
    assert outside(twin) == []
    assert "no district has a geometry" in str(said(twin))  # of a version that is there already


def test_without_positions_there_is_nothing_to_say(tmp_path: Path):
    assert said(nodes(Written(tmp_path), "A,,")) is None
    assert said(nodes(Written(tmp_path, top=BOX), "A,9.99,48.4")) is None


def test_the_districts_make_a_box(tmp_path: Path):
    rows = [f"N{n},9.99,48.4" for n in range(20)]
    twin = districts(nodes(Written(tmp_path), *rows, "B,48.4,9.99", "C,9.99,48.6"), *ULM)
    assert [(v.row, v.fix) for v in outside(twin)] == [(22, "9.99")]
    assert "the box of 10 districts, [9.9, 48.3, 10.1, 48.5], and 26" in str(said(twin))
    near = districts(
        nodes(Written(tmp_path / "near", top="extent = { margin_km = 2 }\n"), *rows, "B,9.99,48.6"),
        *ULM,
    )
    assert [v.row for v in outside(near)] == [22]


@pytest.mark.parametrize(
    "wrong", [(48.3, 9.9, 48.4, 10.0), (0.0, 0.0, 0.01, 0.01), (9.99, -48.41, 10.0, -48.4)]
)
def test_a_district_that_lies_elsewhere_makes_no_box_and_is_told(tmp_path: Path, wrong: Any):
    twin = districts(nodes(Written(tmp_path), "A,9.99,48.4"), *ULM, wrong)
    assert [(v.source, v.row, v.column) for v in outside(twin)] == [
        ("districts.geojson", 11, "geometry")
    ]


def test_districts_that_hold_few_of_the_positions_make_no_box(tmp_path: Path):
    twin = districts(nodes(Written(tmp_path), *(f"N{n},13.4,52.5" for n in range(9))), ULM[0])
    assert outside(twin) == []
    assert "9 of 10 lie outside the box of the districts" in str(said(twin))


def test_a_city_over_the_180th_meridian_is_in_one_piece(tmp_path: Path):
    boxes = [
        (179.8, -17.0, 180.0, -16.8),
        (-180.0, -17.0, -179.8, -16.8),
        (179.6, -17.0, 179.8, -16.8),
    ]
    twin = districts(
        nodes(Written(tmp_path), "A,179.9,-16.9", "B,-179.9,-16.9", "C,9.99,-16.9", "D,-179,-16.9"),
        *boxes,
    )
    assert [(v.row, v.column) for v in outside(twin)] == [(4, "lon"), (5, "lon")]
    box = Extent(179.6, -17, -179.8, -16.8)
    assert (box.width, box.holds(180, -17), box.holds(-180, -17), box.holds(-179.7, -17)) == (
        pytest.approx(0.6),
        True,
        True,
        False,
    )


def test_a_box_may_be_that_of_a_file(tmp_path: Path):
    twin = nodes(
        Written(tmp_path, top='extent = { file = "city.geojson", margin_km = 0 }\n'),
        "A,9.99,48.4",
        "B,9.99,48.51",
    )
    area = {
        "type": "Polygon",
        "coordinates": [[[9.9, 48.3, 1], [10.1, 48.5, 1], [9.9, 48.5, 1], [9.9, 48.3, 1]]],
    }
    twin.write("city.geojson", json.dumps({"type": "Feature", "properties": {}, "geometry": area}))
    assert [v.expected for v in outside(twin)] == ["inside [9.9, 48.3, 10.1, 48.5]"]
    twin.write("city.geojson", json.dumps(area).replace("48.5", "48.6"))
    assert outside(twin) == []


@pytest.mark.parametrize(("stated", "why"), [
    ("[9.9, 48.3, 10.1]", r"is \[west, south, east, north\] in degrees"),
    ('[9.9, 48.3, 10.1, "48.5"]', "is .west"),
    ("[9.9, 48.3, 10.1, true]", "is .west"),
    ("[9.9, 48.5, 10.1, 48.3]", "south above its north"),
    ("[48.3, 9.9, 48.5, 100.1]", "does not lie on the earth"),
    ("{ box = [9.9, 48.3, 10.1, 48.5], margin = 2 }", "has no 'margin'"),
    ("{ margin_km = -1 }", "is a number of kilometres, not -1"),
    ('"nowhere.geojson"', "'nowhere.geojson', which is no GeoJSON file"),
    ('{ box = [9.9, 48.3, 10.1, 48.5], file = "a" }', "not both"),
    ("7", "extent must be a list or a text or a table, not 7"),
])  # fmt: skip
def test_an_extent_that_is_none_is_told_with_its_line(tmp_path: Path, stated: str, why: str):
    twin = nodes(Written(tmp_path, top=f"extent = {stated}\n"), "A,9.99,48.4")
    with pytest.raises(SettingsError, match=rf"twin\.toml:3: .*{why}"):
        load_twin(twin.folder)


# ── as any other shape ───────────────────────────────────────────────────────────────────────────


def test_under_strict_what_lies_outside_is_set_aside(tmp_path: Path):
    twin = nodes(Written(tmp_path, top=f'profile = "strict"\n{BOX}'), "A,9.99,48.4", "B,48.4,9.99")
    assert [(v.row, v.severity) for v in outside(twin)] == [(3, "violation")]
    assert {s for s, p, _ in twin.statements() if p == "identifier"} == {"A"}


def test_it_can_be_waived(tmp_path: Path):
    waived = f'profile = "strict"\nwaive = [{{ shape = "{RULE}", key = "B", reason = "The dam lies there" }}]\n'
    twin = nodes(Written(tmp_path, top=waived + BOX), "A,9.99,48.4", "B,12,48.4")
    assert [v.waived for v in outside(twin)] == ["The dam lies there"]
    assert {s for s, p, _ in twin.statements() if p == "identifier"} == {"A", "B"}


def test_a_source_of_which_most_lies_elsewhere_is_one_line(tmp_path: Path):
    rows = [f"N{n},48.4,{9.9 + n / 100}" for n in range(12)]
    twin = nodes(
        nodes(Written(tmp_path, top=BOX), *rows), "A,9.99,48.4", "B,48.4,9.99", name="others"
    )
    told = outside(twin)
    assert [(v.source, v.row) for v in told] == [("nodes.csv", 2), ("others.csv", 3)]
    assert (
        "So it is with 11 more of the 12 positions of nodes.csv: does twin.toml name its crs"
        in told[0].message
    )


def test_a_change_is_judged_as_the_whole_is(tmp_path: Path):
    twin = districts(
        nodes(Written(tmp_path), *(f"N{n},9.99,48.4" for n in range(9)), "B,48.4,9.99"), *ULM
    )

    def told() -> list[Any]:
        return [
            (v.source, v.row, v.column, v.line, v.value, v.expected, v.fix, v.message)
            for v in outside(twin)
        ]

    first = told()
    assert len(first) == 1
    path = tmp_path / "data" / "nodes.csv"
    path.write_text(path.read_text().replace("N3,9.99", "N3,-9.99"))
    after = told()
    (tmp_path / ".ldt").rename(tmp_path / "kept")
    assert after == told()
    assert len(after) == 2
    path.write_text(path.read_text().replace("-9.99", "9.99"))
    assert told() == first
    twin.write("twin.toml", (tmp_path / "twin.toml").read_text().replace("[[dataset]]", "extent = [9.9, 48.3, 48.4, 48.5]\n[[dataset]]", 1))  # fmt: skip
    assert [v.column for v in outside(twin)] == ["lat"]
