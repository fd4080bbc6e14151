"""RDF out: the same bytes each time, and the same graph when read back."""

from __future__ import annotations

import io

import duckdb
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import QueryError
from ldt_graph.export import FORMATS, export
from ldt_graph.model import create_tables
from ldt_graph.testing import BASE, insert

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
MIME = {"nquads": ox.RdfFormat.N_QUADS, "turtle": ox.RdfFormat.TURTLE}


def written(con, format_: str) -> bytes:
    out = io.BytesIO()
    export(con, format_, out, base=BASE)
    return out.getvalue()


@pytest.mark.parametrize("format_", FORMATS)
@given(texts=st.lists(TEXT, min_size=1, max_size=4))
def test_any_text_survives_the_way_out_and_back(format_, texts):
    con = duckdb.connect()
    create_tables(con)
    insert(con, '<a> a ldt:Pump ; ldt:population 5 ; rdfs:label "x"@en .', "water")
    for text in texts:
        con.execute(
            "INSERT INTO statements SELECT * REPLACE (? AS object, 'literal' AS kind, NULL AS datatype, NULL AS lang, 'https://w3id.org/ldt-graph#note' AS predicate) FROM statements LIMIT 1",
            [text],
        )
    body = written(con, format_)
    back = {
        q.object.value
        for q in ox.parse(body, format=MIME[format_])
        if q.predicate.value.endswith("#note")
    }
    assert back == set(texts)
    assert written(con, format_) == body


def test_each_dataset_is_a_graph_of_its_own():
    con = duckdb.connect()
    create_tables(con)
    insert(con, "<a> a ldt:Pump .", "water")
    insert(con, "<b> a ldt:Load .", "power")
    graphs = {
        q.graph_name.value for q in ox.parse(written(con, "nquads"), format=ox.RdfFormat.N_QUADS)
    }
    assert graphs == {f"{BASE}water/graph", f"{BASE}power/graph"}


def test_an_unknown_format_is_refused():
    with pytest.raises(QueryError, match="nquads, turtle"):
        export(duckdb.connect(), "docx", io.BytesIO(), base=BASE)
