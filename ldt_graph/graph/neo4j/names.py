"""Names in Neo4j: each function is injective and has its inverse, whatever the ontology calls things.

A class or relation has one name (`Ontology.name_of`): its local name, or `prefix:Local` where two share it. Labels
and types are made of that name alone, so that they lead back to it, and it to the IRI.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ldt_graph.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable

TWIN, STATE, LOCK = "Twin", "_Ldt", "_LdtLock"
ENTITY, NEXT, VIOLATIONS = "Entity", "_Next", "_Violations"
_LABELS = frozenset((TWIN, STATE, LOCK, NEXT, VIOLATIONS))
_PROPERTIES = frozenset(
    ("iri", "identifier", "name", "type", "domain", "dataset", "location", "geometry",
     "_ldt", "_record", "_network", "_search", "_untyped")
)  # fmt: skip
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_PREFIX = r"[a-z][a-z0-9-]*"
_TYPE = re.compile(rf"(?:(?P<prefix>{_PREFIX})_)?(?P<type>_?[A-Z][A-Z0-9]*(?:_[A-Z][A-Z0-9]*)*)")


@lru_cache(maxsize=4096)
def relationship_type(relation: str) -> str:
    """Return the type of a relation's name: `poweredBy` → `POWERED_BY`, `ldt:poweredBy` → `ldt_POWERED_BY`.

    A capital begins a word, so `hasEVCharger` is `HAS_E_V_CHARGER` and `PoweredBy` `_POWERED_BY`. A
    name that is no camel case stays as it is, marked with `=` where it would pass for another's type.
    """
    prefix, local = _parted(relation)
    if not _PLAIN.fullmatch(local):
        return _marked(relation, relation_name)
    type_ = re.sub(r"(?=[A-Z])", "_", local).upper()
    return f"{prefix}_{type_}" if prefix else type_


def relation_name(type_: str) -> str:
    """Return the relation's name of a type: the inverse of `relationship_type`."""
    if type_.startswith("="):
        return type_[1:]
    found = _TYPE.fullmatch(type_)
    if not found:
        return type_
    first, *others = found["type"].split("_")
    local = first.lower() + "".join(w[:1] + w[1:].lower() for w in others)
    return f"{found['prefix']}:{local}" if found["prefix"] else local


def label(class_name: str) -> str:
    """Return the label of a class's name: `Pump`, and `ldt_Pump` of `ldt:Pump`.

    A name that is one of our marks has `_` after it; one that would pass for another's label is marked with `=`.
    """
    prefix, local = _parted(class_name)
    return _dodge(f"{prefix}_{local}" if prefix else _marked(class_name, _unlabelled), _LABELS)


def class_name(label_: str) -> str:
    """Return the class's name of a label: the inverse of `label`; `Ontology.class_of` leads on to its IRI."""
    return _unlabelled(_undodge(label_, _LABELS))


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


def _parted(name: str) -> tuple[str, str]:
    """Return a name as (prefix or nothing, local name)."""
    found = re.fullmatch(rf"({_PREFIX}):(.+)", name)
    return (found[1], found[2]) if found else ("", name)


def _unlabelled(label_: str) -> str:
    return label_[1:] if label_.startswith("=") else re.sub(rf"^({_PREFIX})_(?=.)", r"\1:", label_)


def _marked(name: str, meaning: Callable[[str], str]) -> str:
    """Return a name, marked where it would mean another."""
    return name if meaning(name) == name else f"={name}"
