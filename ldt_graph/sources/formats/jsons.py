"""JSON, NDJSON and GeoJSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ldt_graph.model import WGS84
from ldt_graph.sources.crs import GEOMETRY, Placer, check_geometry
from ldt_graph.sources.reading import cell

if TYPE_CHECKING:
    from ldt_graph.sources.reading import Cell, Reading


def load(reading: Reading) -> Any:  # noqa: ANN401  (any JSON value)
    """Parse the file as JSON, numbers as floats and ints.

    Raises:
        SourceError: Not JSON; names the line, and says where a text stops short.
    """
    text = reading.text()
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        short = ", the text ends too early" if error.pos >= len(text.rstrip()) - 1 else ""
        raise reading.error(f"Not valid JSON: {error.msg}{short}.", row=error.lineno) from None
    except (RecursionError, ValueError) as error:
        raise reading.error(f"JSON that can't be read: {_reason(error)}.") from None


def _reason(error: Exception) -> str:
    """Say what Python's reader does not take: nesting past its stack, integers of thousands of digits."""
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    return "it nests too deep" if isinstance(error, RecursionError) else "a number is too long"


def read_json(reading: Reading) -> None:
    """Read a JSON document: a row per item of a top-level array, or one row for an object."""
    document = load(reading)
    if not isinstance(document, (list, dict)):
        raise reading.error(
            f"A JSON source is an array or an object, not {type(document).__name__}."
        )
    items = document if isinstance(document, list) else [document]
    _documents(
        reading,
        items,
        list(range(1, len(items) + 1)),
        "array" if isinstance(document, list) else "object",
    )


def read_ndjson(reading: Reading) -> None:
    """Read one JSON value a line; a line that is not JSON is set aside with its number."""
    items, rows = [], []
    for number, line in enumerate(reading.lines(), start=1):
        if not line.strip():
            continue
        try:
            items.append(json.loads(line))
            rows.append(number)
        except (ValueError, RecursionError) as error:
            message = f"The line is not JSON: {_reason(error)}."
            reading.report("source:bad-json", message, row=number, value=line[:200])
    _documents(reading, items, rows, "array")


def _documents(reading: Reading, items: list[Any], rows: list[int], root: Any) -> None:  # noqa: ANN401
    docs = [json.dumps(i, ensure_ascii=False, separators=(",", ":")) for i in items]
    reading.add_columns(reading.file.stem, {"doc": docs}, rows, form="json", root=root)


def read_geojson(reading: Reading) -> None:
    """Read a FeatureCollection: a row per feature, a column per property, `id` and the geometry (RFC 7946)."""
    document = load(reading)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise reading.error("Not a GeoJSON FeatureCollection: it has no list of features.")
    rows, kept = [], []
    for number, feature in enumerate(features, start=1):
        fault = _fault(feature)
        if fault:
            reading.report("source:bad-feature", f"The feature was set aside: {fault}.", row=number)
        else:
            rows.append(number)
            kept.append(feature)
    properties = [f.get("properties") or {} for f in kept]
    ids = [cell(f.get("id")) for f in kept]
    own = (*GEOMETRY, "id") if _two_ids(ids, properties) else GEOMETRY
    keys = sorted({k for p in properties for k in p})
    columns = {
        name: [flat(p.get(key)) for p in properties]
        for key, name in zip(keys, reading.header(keys, own), strict=True)
    }
    columns["id"] = [i or flat(p.get("id")) for i, p in zip(ids, properties, strict=True)]
    places = Placer(reading, WGS84).cells([f.get("geometry") for f in kept], rows)
    reading.add_columns(reading.file.stem, columns | dict(zip(GEOMETRY, places, strict=True)), rows)


def _fault(feature: object) -> str | None:
    if not isinstance(feature, dict):
        return "it is not an object"
    if not isinstance(feature.get("properties"), dict | None):
        return "its properties are not an object"
    return check_geometry(feature.get("geometry"))


def _two_ids(ids: list[Cell], properties: list[dict[str, Any]]) -> bool:
    """Whether a feature has an id (RFC 7946, section 3.2), and a property `id` that says something else."""
    return any(i and "id" in p and i != flat(p["id"]) for i, p in zip(ids, properties, strict=True))


def flat(value: object) -> str | None:
    """Return a property as the text of a cell; a list or object as JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else cell(value)
