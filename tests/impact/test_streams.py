"""Streams of hits say what the answer says, batch after batch (invented)."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pytest

from ldt_graph import wkt
from ldt_graph.deadline import Deadline, Ended, within
from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.impact import impact, streams
from ldt_graph.impact.streams import hit_stream


@pytest.fixture(scope="module")
def graph(cities):
    return EmbeddedStore(str(cities.demo(2_000) / ".ldt" / "record")).open()


@pytest.fixture(params=[1, 7, 5_000])
def rows(request, monkeypatch):
    monkeypatch.setattr(streams, "_ROWS", request.param)
    return request.param


def expected(graph, answer):
    found = []
    for hit in answer.hits("step"):
        step = hit["because"][0]
        evidence = step["evidence"] or {}
        found.append(
            {
                **{k: hit[k] for k in ("iri", "identifier", "name", "type", "domain", "status")},
                "hour": hit["hour"],
                **{k: step[k] for k in ("reason", "relation", "from")},
                **{k: evidence.get(k) for k in ("dataset", "source", "row", "rule")},
                "geometry": graph.describe(hit["iri"]).geometry,
            }
        )
    return found


def test_the_arrow_stream_holds_every_hit_with_its_reason_and_place(graph, rows):
    answer = impact(graph, ["power:ST-0002", "power:L-00001"])
    parts = list(hit_stream("arrow", graph, answer))
    assert len(parts) == 1 + -(-len(answer) // rows)
    table = pa.ipc.open_stream(io.BytesIO(b"".join(parts))).read_all()
    assert table.to_pylist() == expected(graph, answer)
    assert {r["status"] for r in table.to_pylist()} >= {"failed", "exposed"}
    told = json.loads(table.schema.metadata[b"ldt"])
    assert told["seeds"] == answer.seed_list()
    assert told == {**answer.head(graph.version), "hits": len(answer)}
    assert told["reading"] == "any"
    assert table.schema.field("geometry").metadata[b"ARROW:extension:name"] == b"geoarrow.wkt"


def test_the_geojson_stream_is_a_collection_of_the_same(graph, rows):
    answer = impact(graph, ["power:ST-0002"])
    collection = json.loads(b"".join(hit_stream("geojson", graph, answer)))
    assert (collection["type"], collection["hits"]) == ("FeatureCollection", len(answer))
    for feature, row in zip(collection["features"], expected(graph, answer), strict=True):
        assert feature["geometry"] == (wkt.geometry(row.pop("geometry") or ""))
        assert feature["properties"] == row
    assert any(f["geometry"] for f in collection["features"])


@pytest.mark.parametrize("form", streams.MEDIA)
def test_an_answer_without_hits_is_a_stream_without_rows(graph, form):
    answer = impact(graph, ["power:ST-0002"], at=0.0, horizon=0.0)
    lone = impact(graph, [next(h["iri"] for h in answer.hits("none") if h["type"] == "Building")])
    whole = b"".join(hit_stream(form, graph, lone))
    if form == "arrow":
        assert pa.ipc.open_stream(io.BytesIO(whole)).read_all().num_rows == len(lone) == 0
    else:
        assert json.loads(whole)["features"] == []


def test_a_stream_ends_where_its_time_is_over(graph, monkeypatch):
    monkeypatch.setattr(streams, "_ROWS", 1)
    deadline = Deadline(60)
    with within(deadline):
        parts = hit_stream("geojson", graph, impact(graph, ["power:ST-0002"]))
        assert next(parts) and next(parts)
        deadline.cancel()
        with pytest.raises(Ended):
            next(parts)
