"""Hits as streams, a batch at a time: Arrow for those who compute, GeoJSON for those who draw."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal

import orjson

from ldt_graph import wkt
from ldt_graph.deadline import go_on
from ldt_graph.model import EntityFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from ldt_graph.graph import Graph
    from ldt_graph.impact.answers.answer import Impact

Form = Literal["arrow", "geojson"]
MEDIA: dict[str, str] = {
    "arrow": "application/vnd.apache.arrow.stream",
    "geojson": "application/geo+json",
}
"""The forms of a stream, and their media types (IANA; RFC 7946)."""

_ROWS = 5_000
_TEXTS = ("iri", "identifier", "name", "type", "domain", "status")
_WHY = ("reason", "relation", "from")
_WHERE = ("dataset", "source", "row", "rule")


def hit_stream(form: Form, graph: Graph, answer: Impact) -> Iterator[bytes]:
    """Yield the hits of an answer in parts that make up one stream (docs/reference/impact.md).

    Each hit has its first reason and the row or axiom that it rests on, and its geometry in degrees of WGS 84 where
    one is stated. Cost: a batch is in memory at a time.

    Raises:
        Ended: The time that a question has is over.
    """
    return _arrow(graph, answer) if form == "arrow" else _geojson(graph, answer)


def _arrow(graph: Graph, answer: Impact) -> Iterator[bytes]:
    """Yield an Arrow IPC stream."""
    import pyarrow as pa

    told = orjson.dumps(_head(graph, answer))
    schema = _schema().with_metadata({"ldt": told})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, schema) as writer:
        for rows in _batches(graph, answer):
            writer.write_batch(pa.RecordBatch.from_pylist(rows, schema))
            yield _taken(sink)
    yield _taken(sink)


def _geojson(graph: Graph, answer: Impact) -> Iterator[bytes]:
    """Yield a FeatureCollection; what the answer says of itself are its foreign members (RFC 7946, 6.1)."""
    head = orjson.dumps({"type": "FeatureCollection", **_head(graph, answer)})
    yield head[:-1] + b',"features":['
    between = b"\n"
    for rows in _batches(graph, answer):
        features = []
        for row in rows:
            shape = wkt.geometry(row.pop("geometry") or "")
            feature = {"type": "Feature", "id": row["iri"], "geometry": shape, "properties": row}
            features.append(orjson.dumps(feature))
        yield between + b",\n".join(features)
        between = b",\n"
    yield b"\n]}\n"


def _head(graph: Graph, answer: Impact) -> dict[str, Any]:
    return {**answer.head(graph.version), "hits": len(answer)}


def _batches(graph: Graph, answer: Impact) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(answer), _ROWS):
        go_on()
        hits = [*answer.hits("step", first=_ROWS, skip=start)]
        iris = tuple(h["iri"] for h in hits)
        page = graph.find(EntityFilter(iris=iris), first=len(iris))
        geometry = {e.iri: e.geometry for e in page.entities}
        yield [_row(h, geometry.get(h["iri"])) for h in hits]


def _row(hit: dict[str, Any], geometry: str | None) -> dict[str, Any]:
    step = (hit["because"] or [{}])[0]
    evidence = step.get("evidence") or {}
    return {
        **{key: hit[key] for key in _TEXTS},
        "hour": hit["hour"],
        **{key: step.get(key) for key in _WHY},
        **{key: evidence.get(key) for key in _WHERE},
        "geometry": geometry,
    }


def _schema() -> pa.Schema:
    """Return the columns of the Arrow stream; the geometry is WKT, as GeoArrow names it."""
    import pyarrow as pa

    kinds = {"hour": pa.float64(), "row": pa.int64()}
    names = (*_TEXTS, "hour", *_WHY, *_WHERE)
    crs = orjson.dumps({"crs": "OGC:CRS84", "crs_type": "authority_code"})
    geo = {"ARROW:extension:name": "geoarrow.wkt", "ARROW:extension:metadata": crs}
    columns = [pa.field(n, kinds.get(n, pa.string())) for n in names]
    return pa.schema([*columns, pa.field("geometry", pa.string(), metadata=geo)])


def _taken(sink: io.BytesIO) -> bytes:
    found = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return found
