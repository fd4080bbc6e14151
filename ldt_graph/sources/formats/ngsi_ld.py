"""NGSI-LD files (ETSI GS CIM 009): entities in normalized, concise, simplified or GeoJSON form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.sources.formats.jsons import load
from ldt_graph.sources.formats.ngsi_entities import Entities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.sources.reading import Reading


def read_ngsi_ld(reading: Reading) -> None:
    """Read entities into `entities`, `properties`, `texts` (in a language), `relationships`, `locations` and `places`.

    What is said of an attribute (its unit, `observedAt`, sub-attributes) is in `annotations`, called
    `speed.observedAt`; of a further instance `speed.gps.observedAt`, by the last word of its datasetId. Where
    an attribute is one of the ontology's, its default instance is its value, and a value with a unitCode is
    converted to the attribute's unit. Names are expanded by the entity's `@context`, else the document's, else the
    one that the dataset's options name (as a Link header would); remote ones are looked up, never fetched. What stays
    unexpanded belongs to the default context (clause 5.5.7).

    Raises:
        SourceError: Not JSON, or neither an entity nor an array of entities.
    """
    document = load(reading)
    entities = Entities(reading)
    outer = document.get("@context") if isinstance(document, dict) else None
    for row, item in enumerate(_items(reading, document), start=1):
        entities.read(_of_feature(item), outer, row)
    entities.to.write()


def _items(reading: Reading, document: Any) -> Sequence[Any]:  # noqa: ANN401  (JSON)
    """Return the entities of a document: an array, a collection of features, a notification, a graph, or one."""
    if isinstance(document, dict):
        member = {"FeatureCollection": "features", "Notification": "data"}.get(
            str(document.get("type")), "@graph"
        )
        held = document.get(member)
        if isinstance(held, list):
            for name in document.keys() - {member, "type", "@context"}:
                reading.unused("member", name, f"only {member} holds entities")
            return held
    return document if isinstance(document, list) else [document]


def _of_feature(feature: Any) -> Any:  # noqa: ANN401  (JSON)
    """Return the entity of its GeoJSON representation (clause 4.5.16)."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return feature
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        return None
    entity = {
        "id": feature.get("id"),
        **{k: v for k, v in feature.items() if k == "@context"},
        **properties,
    }
    place = feature.get("geometry")
    if place and "location" not in entity:
        entity["location"] = (
            place
            if isinstance(place, dict) and "value" in place
            else {"type": "GeoProperty", "value": place}
        )
    return entity
