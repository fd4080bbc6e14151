"""Well-known text is read as it is written; what is none is nothing, never a wrong place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.sources.crs import wkt
from ldt_graph.wkt import TYPES, geometry, positions

POINTS = st.tuples(
    st.floats(-180, 180).map(lambda v: round(v, 6)), st.floats(-90, 90).map(lambda v: round(v, 6))
).map(list)


def nested(depth: int) -> st.SearchStrategy:
    inner = POINTS if depth == 0 else nested(depth - 1)
    return inner if depth == 0 else st.lists(inner, min_size=1, max_size=3)


GEOMETRIES = st.sampled_from(sorted(TYPES)).flatmap(
    lambda kind: nested(TYPES[kind]).map(lambda c: {"type": kind, "coordinates": c})
)


@given(GEOMETRIES)
def test_what_is_written_is_read(made):
    assert geometry(wkt(made)) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("POINT (1 2)", {"type": "Point", "coordinates": [1.0, 2.0]}),
        ("point(1.5e1 -2)", {"type": "Point", "coordinates": [15.0, -2.0]}),
        ("POINT Z (1 2 3)", {"type": "Point", "coordinates": [1.0, 2.0]}),
        ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POINT(1 2)", {"type": "Point", "coordinates": [1.0, 2.0]}),
        ("MULTIPOINT((1 2), (3 4))", {"type": "MultiPoint", "coordinates": [[1.0, 2.0], [3.0, 4.0]]}),
        ("MULTIPOINT(1 2, 3 4)", {"type": "MultiPoint", "coordinates": [[1.0, 2.0], [3.0, 4.0]]}),
    ],
)  # fmt: skip
def test_the_ways_to_write_it_are_one(text, made):
    assert geometry(text) == made
    assert positions(text)[0] == tuple(positions(wkt(made))[0])


@pytest.mark.parametrize(
    "text",
    ["", "POINT", "POINT EMPTY", "POINT(1)", "POINT(a b)", "POINT(1 2, 3 4)", "CIRCLE(1 2)", "POLYGON(1 2, 3 4)", "POINT((1 2))", "LINESTRING(1 2,)", "POINT(1 2"],
)  # fmt: skip
def test_what_is_none_is_nothing(text):
    assert geometry(text) is None
