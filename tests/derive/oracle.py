"""The oracle: `jsonschema` on the same schemas, and the documents as the graphs that JSON-LD makes of them."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from ldt_graph.contexts import load as load_context
from ldt_graph.derive.geojson import geojson_schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMATS = FormatChecker(formats=("date-time", "date", "time", "uri"))
_ADDRESS = re.compile(
    r"https://(?:smart-data-models\.github\.io|raw\.githubusercontent\.com/smart-data-models)/([^/]+)/(?:master/)?(.+)"
)
_CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.7.jsonld"
_CARRIERS = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "JsonProperty": "json",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}


def validator(schema: Path, folder: Path) -> Any:
    """Return the oracle for a schema; what its references ask that lead nowhere is nothing."""

    def retrieve(address: str) -> Resource:
        known = geojson_schema(address)
        found = _ADDRESS.fullmatch(address)
        path = folder / found[1] / found[2] if found else None
        if known is None and path is not None and path.is_file():
            known = _read(path)
        return Resource.from_contents(
            {} if known is None else known, default_specification=DRAFT202012
        )

    registry = Registry(retrieve=retrieve)
    return Draft202012Validator(_read(schema), registry=registry, format_checker=FORMATS)


@cache
def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def accepts(oracle: Any, document: Mapping[str, Any]) -> bool:
    return oracle.is_valid({k: v for k, v in document.items() if k != "@context"})


def reduced(entity: Mapping[str, Any]) -> dict[str, Any]:
    """Return a normalized entity by its values alone (ETSI GS CIM 009, clause 4.5.4)."""
    return {n: _value(v) for n, v in entity.items()}


def _value(attribute: Any) -> Any:
    if isinstance(attribute, list):
        return [_value(a) for a in attribute]
    if not isinstance(attribute, dict):
        return attribute
    carrier = _CARRIERS.get(str(attribute.get("type")))
    if carrier not in attribute:
        return attribute
    value = attribute[carrier]
    return value["@value"] if isinstance(value, dict) and "@value" in value else value


@cache
def contexts(repository: Path) -> list[Any]:
    """Return a repository's context and NGSI-LD's."""
    return [_read(repository / "context.jsonld")["@context"], load_context(_CORE)["@context"]]


def pruned(context: list[Any], document: Mapping[str, Any]) -> list[Any]:
    """Return contexts without the terms that a document does not use: they cost more than the document."""
    words = {*re.findall(r"[\w-]+", json.dumps(document)), "ngsi-ld", "geojson", "id", "type"}
    words |= {"Point", "Polygon", "coordinates", "value", "object"}
    return [{k: v for k, v in part.items() if k.startswith("@") or k in words} for part in context]


def ntriples(document: Mapping[str, Any], context: Any, name: str = "d") -> str | None:
    """Return a document as N-Triples, blank nodes marked by a name; None where it is no JSON-LD."""
    text = json.dumps({**document, "@context": context})
    try:
        triples = list(ox.parse(text, format=ox.RdfFormat.JSON_LD))
    except SyntaxError:
        return None
    return "".join(f"{t.triple} .\n" for t in triples).replace("_:", f"_:{name}")


def seen(document: Mapping[str, Any], context: Any) -> frozenset[str]:
    """Return what the graph shows of a document: its statements, blank nodes by what they say."""
    triples = list(
        ox.parse(json.dumps({**document, "@context": context}), format=ox.RdfFormat.JSON_LD)
    )
    dataset = ox.Dataset(triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(map(str, dataset))
