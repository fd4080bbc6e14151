"""NGSI-LD files (ETSI GS CIM 009): entities in normalized, concise or key-values form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.model import WGS84
from ldt_graph.namespaces import NGSI_LD_DEFAULT
from ldt_graph.sources.crs import Placer, check_geometry
from ldt_graph.sources.formats.jsons import flat, load
from ldt_graph.sources.lexical import datatype
from ldt_graph.sources.reading import cell

if TYPE_CHECKING:
    from ldt_graph.sources.reading import Reading

_GEOMETRIES = ("location", "observationSpace", "operationSpace")
_MEMBERS = ("id", "type", "@context", "@id", "@type", "scope")


class _Tables:
    """The four tables, row by row."""

    def __init__(self) -> None:
        self.entities: list[tuple[Any, ...]] = []
        self.properties: list[tuple[Any, ...]] = []
        self.relationships: list[tuple[Any, ...]] = []
        self.locations: list[tuple[Any, ...]] = []


def read_ngsi_ld(reading: Reading) -> None:
    """Read entities into `entities`, `properties`, `relationships` and `locations`.

    Names are expanded by the entity's own inline `@context`; remote contexts are not fetched, and what
    stays unexpanded belongs to the NGSI-LD default context (clause 5.5.7).

    Raises:
        SourceError: Not JSON, or neither an entity nor an array of entities.
    """
    document = load(reading)
    if isinstance(document, dict) and document.get("type") == "FeatureCollection":
        document = [_of_feature(f) for f in _list(document.get("features"))]
    items = document if isinstance(document, list) else [document]
    tables = _Tables()
    for row, item in enumerate(items, start=1):
        if (
            not isinstance(item, dict)
            or not (item.get("id") or item.get("@id"))
            or not (item.get("type") or item.get("@type"))
        ):
            reading.report(
                "source:bad-entity",
                "An NGSI-LD entity needs id and type; it was set aside.",
                row=row,
                value=str(item)[:200],
            )
            continue
        _entity(reading, tables, item, row)
    _write(reading, tables)


def _list(value: Any) -> list[Any]:  # noqa: ANN401  (JSON)
    return value if isinstance(value, list) else [value]


def _of_feature(feature: Any) -> Any:  # noqa: ANN401  (JSON)
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        return feature
    entity = {"id": feature.get("id"), **feature["properties"]}
    if feature.get("geometry"):
        entity.setdefault("location", {"type": "GeoProperty", "value": feature["geometry"]})
    return entity


def _entity(reading: Reading, tables: _Tables, item: dict[str, Any], row: int) -> None:
    context = _terms(item.get("@context"))
    iri = str(item.get("id") or item.get("@id"))
    types = item.get("type") or item.get("@type")
    for kind in _list(types):
        tables.entities.append((iri, kind, _expand(str(kind), context), row))
    for name, value in item.items():
        if name not in _MEMBERS:
            for instance in value if _instances(value) else [value]:
                _attribute(reading, tables, iri, name, _expand(name, context), instance, row)


def _instances(value: Any) -> bool:  # noqa: ANN401  (JSON)
    """Tell several instances of an attribute (datasetId, clause 4.5.5) from a list that is one value."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(v, dict) and "type" in v for v in value)
    )


def _attribute(
    reading: Reading,
    tables: _Tables,
    iri: str,
    name: str,
    full: str,
    value: Any,  # noqa: ANN401
    row: int,
) -> None:
    kind, bare, unit, observed = _unwrap(name, value)
    if kind == "Relationship":
        for target in _list(bare):
            tables.relationships.append((iri, name, full, cell(target), row))
    elif kind == "GeoProperty":
        fault = check_geometry(bare)
        if fault:
            reading.report(
                "source:bad-geometry",
                f"The geometry was left out: {fault}.",
                row=row,
                column=name,
                value=str(bare)[:200],
            )
        else:
            tables.locations.append((iri, name, bare, row))
    else:
        for one in _list(bare):
            tables.properties.append(
                (iri, name, full, flat(one), datatype(one), unit, observed, row)
            )


def _unwrap(name: str, value: Any) -> tuple[str, Any, Any, Any]:  # noqa: ANN401  (JSON)
    """Return (kind, value, unitCode, observedAt) of an attribute in any of the three forms."""
    if isinstance(value, dict):
        kind = value.get("type")
        if "object" in value:
            return "Relationship", value["object"], None, value.get("observedAt")
        if isinstance(value.get("languageMap"), dict):
            return "Property", next(iter(value["languageMap"].values()), None), None, None
        if kind == "GeoProperty" or kind in (
            "Point",
            "Polygon",
            "LineString",
            "MultiPoint",
            "MultiLineString",
            "MultiPolygon",
        ):
            return (
                "GeoProperty",
                value.get("value", value) if kind == "GeoProperty" else value,
                None,
                None,
            )
        for member in ("value", "vocab", "json"):
            if member in value:
                inner = value[member]
                if isinstance(inner, dict) and name in _GEOMETRIES:
                    return "GeoProperty", inner, None, None
                if isinstance(inner, dict) and "@value" in inner:
                    inner = inner["@value"]
                return "Property", inner, value.get("unitCode"), value.get("observedAt")
        return "Property", value, None, None
    if isinstance(value, str) and value.startswith("urn:ngsi-ld:"):
        return "Relationship", value, None, None
    return "Property", value, None, None


def _terms(context: Any) -> dict[str, str]:  # noqa: ANN401  (JSON)
    found: dict[str, str] = {}
    for part in _list(context):
        if isinstance(part, dict):
            for term, meaning in part.items():
                target = meaning.get("@id") if isinstance(meaning, dict) else meaning
                if isinstance(target, str):
                    found[term] = target
    return found


def _expand(name: str, context: dict[str, str]) -> str:
    """Expand a name by the context's terms and prefixes (JSON-LD 1.1, section 4.1)."""
    meaning = context.get(name, name)
    prefix, colon, rest = meaning.partition(":")
    if colon and prefix in context and not rest.startswith("//"):
        return context[prefix] + rest
    return meaning if colon else NGSI_LD_DEFAULT + meaning


def _write(reading: Reading, tables: _Tables) -> None:
    def add(name: str, columns: tuple[str, ...], found: list[tuple[Any, ...]]) -> None:
        made = {c: [cell(f[i]) for f in found] for i, c in enumerate(columns)}
        reading.add_columns(name, made, [f[-1] for f in found])

    add("entities", ("id", "type", "type_iri"), tables.entities)
    add(
        "properties",
        ("id", "attribute", "attribute_iri", "value", "datatype", "unit", "observed_at"),
        tables.properties,
    )
    add("relationships", ("id", "attribute", "attribute_iri", "object"), tables.relationships)
    rows = [f[-1] for f in tables.locations]
    geometry, plan = Placer(reading, WGS84).cells([f[2] for f in tables.locations], rows)
    columns = {
        "id": [f[0] for f in tables.locations],
        "attribute": [f[1] for f in tables.locations],
    }
    reading.add_columns("locations", columns | {"geometry": geometry, "plan_geometry": plan}, rows)
