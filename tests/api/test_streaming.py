"""Hits as streams over HTTP: what GraphQL says of one impact, whole."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pytest
from ldt_api import streaming
from ldt_api.app import create_app
from starlette.testclient import TestClient

from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.impact import streams
from ldt_graph.impact.streams import MEDIA
from tests.api.test_app import ask
from tests.cities import record_of

OF = 'impact(of: ["power:ST-0002", "power:L-00001"])'


@pytest.fixture(scope="module")
def client(cities):
    with TestClient(create_app(EmbeddedStore(record_of(cities.demo(3_000)).location))) as client:
        yield client


def streamed(client, query, accept):
    return client.post("/graphql", json={"query": query}, headers={"Accept": accept})


@pytest.mark.parametrize("rows", [7, 5_000])
def test_a_stream_has_all_the_hits_that_pages_have(client, monkeypatch, rows):
    monkeypatch.setattr(streams, "_ROWS", rows)
    pages = ask(client, f"{{ {OF} {{ hitCount hits(first: 1000) {{ iri status hour }} }} }}")
    hits = pages["data"]["impact"]["hits"]
    answer = streamed(client, f"{{ {OF} {{ at }} }}", MEDIA["geojson"])
    assert answer.headers["content-type"].startswith(MEDIA["geojson"])
    assert answer.headers["X-LDT-Version"] == "0"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    drawn = [f["properties"] for f in json.loads(answer.content)["features"]]
    assert [(d["iri"], d["status"], d["hour"]) for d in drawn] == [(h["iri"], h["status"], h["hour"]) for h in hits]  # fmt: skip
    table = pa.ipc.open_stream(io.BytesIO(streamed(client, f"{{ {OF} {{ at }} }}", MEDIA["arrow"]).content)).read_all()  # fmt: skip
    assert table["iri"].to_pylist() == [h["iri"] for h in hits]
    assert len(hits) > 20


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ('{ impact(of: ["nobody"]) { at } }', 200, "No entity 'nobody'"),
        ("{ versions { number } }", 400, "one `impact`; the document asks for 0"),
        (f"{{ a: {OF} {{ at }} b: {OF} {{ at }} }}", 400, "asks for 2"),
        ("{ impact", 200, "Syntax Error"),
    ],
)
def test_what_is_no_stream_is_told_as_json(client, query, status, told):
    answer = streamed(client, query, MEDIA["geojson"])
    assert (answer.status_code, answer.headers["content-type"][:16]) == (status, "application/json")
    assert told in answer.json()["errors"][0]["message"]


def test_any_media_type_is_no_wish_for_a_stream(client):
    for accept in ("*/*", "application/*", "application/json"):
        assert streamed(client, f"{{ {OF} {{ at }} }}", accept).json()["data"]


def test_so_many_streams_at_a_time_and_the_next_is_told_to_come_again(client, monkeypatch):
    asking = next(c.cell_contents for r in client.app.routes if r.path == "/graphql" and "POST" in r.methods for c in r.endpoint.__closure__)  # fmt: skip
    held = asking._streams
    assert held._free == streaming.STREAMS
    monkeypatch.setattr(held, "_free", 0)
    answer = streamed(client, f"{{ {OF} {{ at }} }}", MEDIA["geojson"])
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_stream_whose_time_is_over_lacks_its_end_and_gives_its_place_back(client, monkeypatch):
    monkeypatch.setattr(streaming, "LONGEST", 0.0)
    with pytest.raises(TimeoutError):
        streamed(client, f"{{ {OF} {{ at }} }}", MEDIA["geojson"])
    monkeypatch.undo()
    for _ in range(streaming.STREAMS + 1):
        assert streamed(client, f"{{ {OF} {{ at }} }}", MEDIA["geojson"]).status_code == 200
