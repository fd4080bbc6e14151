"""Attributes of NGSI-LD (ETSI GS CIM 009, clauses 4.5.0 to 4.5.24): what an instance says, in any of its forms."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple

from ldt_graph.sources.formats.jsons import flat
from ldt_graph.sources.geometry import COLLECTION
from ldt_graph.sources.lexical import datatype
from ldt_graph.wkt import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MEMBERS = {
    "Property": "value",
    "Relationship": "object",
    "GeoProperty": "value",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "VocabularyProperty": "vocab",
    "JsonProperty": "json",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}
"""Type of attribute → the member that holds what it says; the concise form leaves the type out."""

NULL = "urn:ngsi-ld:null"
EMPTY, NO_VALUE = "it is empty", "it stands for no value"
"""Faults that are none: nothing is said."""
_KINDS = {member: kind for kind, member in reversed(MEMBERS.items()) if kind != "GeoProperty"}
_GEOMETRIES = (*TYPES, COLLECTION)
_PLACES = ("location", "observationSpace", "operationSpace")
# Not what is said of an attribute, but how: its type, its instance, the unit of its value.
_OWN = {"type", "unitCode", "datasetId", "metadata", *MEMBERS.values()}
_TYPED = {"datetime": "dateTime", "date": "date", "time": "time"}
_SECOND = ("Text", "Number", "Boolean", "StructuredValue", "geo:json")
_CALENDAR = {"dateTime": datetime, "date": date, "time": time}
_LEXICAL = {
    "dateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?",
    "date": r"\d{4}-\d\d-\d\d",
    "time": r"\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?",
    "boolean": "true|false|0|1",
    "integer": r"[+-]?\d+",
    "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)",
    "double": r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN",
}
_XSD = re.compile(r"(?:xsd:|http://www\.w3\.org/2001/XMLSchema#)(\w+)")
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


class Instance(NamedTuple):
    """An instance of an attribute: its kind, what it says, and what is said of it.

    Attributes:
        kind: A type of `MEMBERS`; "" of the simplified form, whose value alone tells.
        more: Its sub-attributes.
        spare: Members beside the one that counts.
        foreign: Its type, where NGSI does not know it.
        fault: Why it says nothing.
    """

    kind: str
    content: Any
    unit: Any = None
    dataset: str | None = None
    more: Mapping[str, Any] = {}
    spare: tuple[str, ...] = ()
    fault: str | None = None
    foreign: str | None = None


class Text(NamedTuple):
    """A value as text, the local name of its XSD datatype and its language, where it has one.

    Attributes:
        fault: Why it is no value.
        unknown: Its datatype, where that is not known.
        ill: Its datatype, where it is not of it.
    """

    text: str | None
    datatype: str | None = None
    lang: str | None = None
    fault: str | None = None
    unknown: str | None = None
    ill: str | None = None


def instances(name: str, value: Any) -> list[Instance]:  # noqa: ANN401  (JSON)
    """Return the instances of an attribute (clause 4.5.5); a list of anything else is one value."""
    if type(value) is dict and len(value) == 2:  # the usual one: a type and what it says
        kind = value.get("type")
        member = MEMBERS.get(kind) if type(kind) is str else None
        if member in value and (kind != "Property" or name not in _PLACES):
            return [Instance(kind, value[member])]
    if isinstance(value, list) and value and all(map(_is_instance, value)):
        return [_instance(name, v) for v in value]
    return [_instance(name, value)]


def _is_instance(value: Any) -> bool:  # noqa: ANN401  (JSON)
    if not isinstance(value, dict) or is_geometry(value) or "@value" in value:
        return False
    kind = value.get("type")
    return (isinstance(kind, str) and kind in MEMBERS) or not _KINDS.keys().isdisjoint(value)


def is_geometry(value: Any) -> bool:  # noqa: ANN401  (JSON)
    """Whether a value is a geometry of GeoJSON."""
    return (
        isinstance(value, dict)
        and value.get("type") in _GEOMETRIES
        and ("coordinates" in value or "geometries" in value)
    )


def _is_meant_as_one(value: Any) -> bool:  # noqa: ANN401  (JSON)
    """Whether a value has the members of a geometry, and nothing else, though its type is none."""
    return isinstance(value, dict) and value.keys() == {"type", "coordinates"}


def _instance(name: str, value: Any) -> Instance:  # noqa: ANN401  (JSON)
    if is_geometry(value) or _is_meant_as_one(value):
        return Instance("GeoProperty", value)
    if not _is_instance(value):
        if isinstance(value, dict) and isinstance(value.get("type"), list):
            return Instance("", value, fault="its type is a list")
        return Instance("", value)
    stated = value.get("type")
    carried = [m for m in _KINDS if m in value]
    member = MEMBERS.get(stated) if isinstance(stated, str) else None
    if member is None:  # the concise form, or a type of NGSI version 2
        member = carried[0]
    elif member not in value and stated == "Relationship" and "value" in value:
        member = "value"  # as NGSI version 2 writes it
    elif member not in value:
        has = f"{', '.join(carried)} and no {member}" if carried else f"no {member}"
        return Instance(str(stated), None, fault=f"it is a {stated}, but has {has}")
    return _told(name, value, stated, member, carried)


def _told(
    name: str, value: dict[str, Any], stated: object, member: str, carried: list[str]
) -> Instance:
    kind = stated if isinstance(stated, str) and stated in MEMBERS else _KINDS[member]
    content = value[member]
    concise = kind != stated
    if kind == "Property" and (
        stated == "geo:json" or (is_geometry(content) and (concise or name in _PLACES))
    ):
        kind = "GeoProperty"
    if kind == "Property" and _typed(stated) and isinstance(content, str):
        content = {"@type": stated, "@value": content}
    metadata = value.get("metadata")
    more = {k: v for k, v in value.items() if k not in _OWN}
    if isinstance(metadata, dict):
        more |= metadata
    dataset = value.get("datasetId")
    return Instance(
        kind,
        content,
        value.get("unitCode"),
        None if dataset is None else str(dataset),
        more,
        tuple(m for m in carried if m != member),
        foreign=None if _is_known(stated) else str(stated)[:80],
    )


# ── what a value is ──────────────────────────────────────────────────────────────────────────────


def texts(kind: str, content: Any) -> Iterable[Text]:  # noqa: ANN401  (JSON)
    """Yield the values of an attribute that is neither a relationship nor a place; of a list each by itself."""
    if kind == "LanguageProperty":
        yield from _languages(content)
    elif kind == "JsonProperty":
        yield Text(flat(content) if content != [] else "[]", fault=_empty(content))
    elif isinstance(content, list):
        for item in content or [None]:
            yield _text(item)
    else:
        yield _text(content)


def _text(value: Any) -> Text:  # noqa: ANN401  (JSON)
    if isinstance(value, dict) and "@value" in value:
        return _node(value)
    return Text(flat(value), datatype(value), fault=_empty(value))


def _empty(value: Any) -> str | None:  # noqa: ANN401  (JSON)
    if value is None or value == "":
        return EMPTY
    return NO_VALUE if value == NULL else None


def _node(node: dict[str, Any]) -> Text:
    """Read a value of JSON-LD with its type or language (JSON-LD 1.1, sections 4.2.1 and 4.2.4)."""
    value, kind, lang = node["@value"], node.get("@type"), node.get("@language")
    if isinstance(value, list | dict):
        return Text(flat(value))
    if isinstance(lang, str):
        return tagged(lang, value)
    if kind is None:
        return _text(value)
    found = _XSD.fullmatch(str(kind))
    name = found[1] if found else _typed(kind)
    if name is None or name not in (*_LEXICAL, "string"):
        return Text(flat(value), unknown=str(kind)[:80], fault=_empty(value))
    if name != "string" and not is_a(name, value):
        return Text(flat(value), fault=_empty(value), ill=name)
    return Text(flat(value), None if name == "string" else name, fault=_empty(value))


def _typed(kind: object) -> str | None:
    """Return the XSD datatype of NGSI-LD's DateTime, Date or Time, which are written in several ways."""
    return _TYPED.get(str(kind).lower().replace("-", ""))


def _is_known(stated: object) -> bool:
    """Whether a type is one of NGSI-LD, or of those that NGSI version 2 names."""
    return stated is None or stated in (*MEMBERS, *_SECOND) or _typed(stated) is not None


def is_a(name: str, value: Any) -> bool:  # noqa: ANN401  (JSON)
    """Whether a value is of an XSD datatype, and a date of the calendar."""
    text = flat(value) or ""
    if not re.fullmatch(_LEXICAL[name], text):
        return False
    try:
        if name in _CALENDAR:
            _CALENDAR[name].fromisoformat(text)
    except ValueError:
        return False
    return True


def tagged(lang: str, value: Any) -> Text:  # noqa: ANN401  (JSON)
    """Return a text in a language; `@none` is in none (JSON-LD 1.1, section 4.6.2)."""
    if type(value) is not str:
        return Text(flat(value), fault=f"its value in {lang!r} is not a text")
    if lang == "@none":
        return Text(value or None, fault=_empty(value))
    if not _TAG.fullmatch(lang):
        return Text(value, fault=f"{lang!r} is not the tag of a language")
    return Text(value or None, None, lang, _empty(value))


def _languages(content: Any) -> Iterable[Text]:  # noqa: ANN401  (JSON)
    if not isinstance(content, dict):
        yield Text(flat(content), fault="its languageMap is not an object")
        return
    for lang, value in content.items():
        for item in value if isinstance(value, list) else [value]:
            yield tagged(lang, item)
    if not content:
        yield Text(None, fault=EMPTY)


# ── what a relationship names ────────────────────────────────────────────────────────────────────


def targets(content: Any) -> Iterable[Text]:  # noqa: ANN401  (JSON)
    """Yield the IRIs that a relationship names: one, several, or each as the `object` of a list."""
    for item in content if isinstance(content, list) and content else [content]:
        target = item.get("object", item.get("@id")) if isinstance(item, dict) else item
        if type(target) is not str or not target.strip():
            yield Text(flat(item), fault="it names nothing" if not target else "it is no IRI")
        else:
            yield Text(target, fault=NO_VALUE if target == NULL else None)


def geometry(content: Any) -> Any:  # noqa: ANN401  (JSON)
    """Return a place as GeoJSON, which may be written as a text (clause 4.7)."""
    if type(content) is not str:
        return content
    try:
        return json.loads(content)
    except ValueError:
        return content
