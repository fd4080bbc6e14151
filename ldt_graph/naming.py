"""What people call classes and relations: one name for each IRI, whatever vocabularies a city mixes."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ldt_graph.errors import QueryError
from ldt_graph.namespaces import NGSI_LD_DEFAULT, PREFIXES, SDM

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_KNOWN = {iri: prefix for prefix, iri in PREFIXES.items()} | {NGSI_LD_DEFAULT: "ngsi", SDM: "sdm"}


class Terms(NamedTuple):
    """The classes, or the relations, of an ontology: those that it declares, and all that it says something of."""

    declared: frozenset[str]
    every: frozenset[str]


class Names:
    """The names of an ontology's classes and relations; immutable.

    Args:
        classes: Its classes.
        relations: Its relations.
    """

    def __init__(self, classes: Terms, relations: Terms) -> None:
        self._classes = classes.every
        self._prefixes = _prefixes(classes.every | relations.every)
        self._namespaces = {prefix: namespace for namespace, prefix in self._prefixes.items()}
        self._names = self._named(relations) | self._named(classes)

    def name_of(self, iri: str) -> str:
        """Return the name of a class or relation. See `Ontology.name_of`."""
        return self._names.get(iri) or self._qualified(iri)

    def class_of(self, name: str) -> str | None:
        """Return the class of the ontology that has this very name."""
        return self._iris.get(name)

    def class_called(self, text: str, present: Iterable[str] = ()) -> str:
        """Return the name of the class that a text means. See `Ontology.class_called`."""
        if text in self._iris:
            return text
        found = {self.name_of(c) for c in self._classes if split(c)[1] == text}
        if not found and ":" in text:
            return self._expanded(text)
        found = found or {name for name in present if name.endswith(f":{text}")}
        if len(found) > 1:
            raise QueryError(
                f"{len(found)} classes are called {text!r}.",
                hint=f"Say which: {', '.join(sorted(found))}.",
            )
        return found.pop() if found else text

    @cached_property
    def _iris(self) -> dict[str, str]:
        return {self.name_of(c): c for c in self._classes}

    def _expanded(self, text: str) -> str:
        prefix, _, local = text.partition(":")
        if prefix in self._namespaces:
            return self.name_of(self._namespaces[prefix] + local)
        return self.name_of(text) if re.match(r"urn:|[A-Za-z][\w+.-]*://", text) else text

    def _named(self, terms: Terms) -> dict[str, str]:
        declared = Counter(split(iri)[1] for iri in terms.declared)
        every = Counter(split(iri)[1] for iri in terms.every)
        return {
            iri: local if (declared if iri in terms.declared else every)[local] == 1 else full
            for iri in terms.every
            for local, full in [(split(iri)[1], self._qualified(iri))]
        }

    def _qualified(self, iri: str) -> str:
        namespace, local = split(iri)
        prefix = self._prefixes.get(namespace) or _hashed(namespace)
        return f"{prefix}:{local}" if namespace else iri


@lru_cache(maxsize=16_384)
def split(iri: str) -> tuple[str, str]:
    """Return an IRI as (namespace, local name), after its last `#`, `/` or `:`; ("", IRI) if nothing follows."""
    local = re.split(r"[#/:]", iri)[-1]
    return (iri[: -len(local)], local) if local else ("", iri)


def as_words(name: str) -> str:
    """Return a name as words, without its prefix: `ldt:waterSuppliedBy` → `water supplied by`, `EVCharger` → `EV charger`."""
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z]+", name.rpartition(":")[2])
    return " ".join(w if len(w) > 1 and w.isupper() else w.lower() for w in found)


def _prefixes(terms: Collection[str]) -> dict[str, str]:
    """Return a prefix by namespace: the known ones, then those whose last word tells them apart."""
    found = {split(iri)[0] for iri in terms} - _KNOWN.keys()
    words = Counter([*map(_word, found), *_KNOWN.values()])
    return _KNOWN | {
        namespace: _word(namespace) for namespace in found if words[_word(namespace)] == 1
    }


def _word(namespace: str) -> str:
    return (re.findall(r"[A-Za-z][\w-]*", namespace) or ["ns"])[-1]


def _hashed(namespace: str) -> str:
    """Return a prefix that no other namespace has, without knowing the others."""
    return f"{_word(namespace)}-{hashlib.sha256(namespace.encode()).hexdigest()[:8]}"
