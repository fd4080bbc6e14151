"""Names in Neo4j: each function is injective and has its inverse, whatever the ontology calls things."""

from __future__ import annotations

import re

from ldt_graph.errors import QueryError

TWIN, STATE, LOCK = "Twin", "_Ldt", "_LdtLock"
ENTITY, NEXT, VIOLATIONS = "Entity", "_Next", "_Violations"
_LABELS = frozenset((TWIN, STATE, LOCK, NEXT, VIOLATIONS))
_PROPERTIES = frozenset(
    ("iri", "identifier", "name", "type", "domain", "dataset", "location", "geometry",
     "_ldt", "_record", "_network", "_search", "_untyped")
)  # fmt: skip
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_SNAKE = re.compile(r"_?[A-Z][A-Z0-9]*(?:_[A-Z][A-Z0-9]*)*")


def relationship_type(relation: str) -> str:
    """Return the type of a relation's local name: `poweredBy` → `POWERED_BY`.

    A capital begins a word, so `hasEVCharger` is `HAS_E_V_CHARGER` and `PoweredBy` `_POWERED_BY`. A
    name that is no camel case stays as it is, marked with `=` where it would pass for a type.
    """
    if _PLAIN.fullmatch(relation):
        return re.sub(r"(?=[A-Z])", "_", relation).upper()
    marked = relation.startswith("=") or _SNAKE.fullmatch(relation)
    return f"={relation}" if marked else relation


def relation_name(type_: str) -> str:
    """Return the relation's local name of a type: the inverse of `relationship_type`."""
    if type_.startswith("="):
        return type_[1:]
    if not _SNAKE.fullmatch(type_):
        return type_
    first, *others = type_.split("_")
    return first.lower() + "".join(w[:1] + w[1:].lower() for w in others)


def label(class_name: str) -> str:
    """Return the label of a class's local name: the name, with `_` after it where it is one of our marks."""
    return _dodge(class_name, _LABELS)


def class_name(label_: str) -> str:
    """Return the class's local name of a label: the inverse of `label`."""
    return _undodge(label_, _LABELS)


def property_key(attribute: str) -> str:
    """Return the property of an attribute's local name: the name, with `_` after it where it is taken."""
    return _dodge(attribute, _PROPERTIES)


def attribute_name(key: str) -> str:
    """Return the attribute's local name of a property: the inverse of `property_key`."""
    return _undodge(key, _PROPERTIES)


def quote(name: str) -> str:
    r"""Return a name as a Cypher identifier (openCypher 9, section 4.1.4).

    Raises:
        QueryError: The name is empty, or holds a control character or a backslash, which Cypher 5 would
            read as an escape (`\u0060` ends a quotation). No IRI holds them.
    """
    if not name or "\\" in name or any(ord(c) < 32 for c in name):
        raise QueryError(f"{name!r} can't be a name in Neo4j.")
    return "`" + name.replace("`", "``") + "`"


def _dodge(name: str, taken: frozenset[str]) -> str:
    return f"{name}_" if name.rstrip("_") in taken else name


def _undodge(name: str, taken: frozenset[str]) -> str:
    return name[:-1] if name.endswith("_") and name.rstrip("_") in taken else name
