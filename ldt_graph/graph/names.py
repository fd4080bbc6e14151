"""What a name means: an IRI, a CURIE `dataset:identifier`, or the identifier that a source gave."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from ldt_graph.errors import AmbiguousEntity, QueryError, UnknownEntity
from ldt_graph.model import EntityFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ldt_graph.graph.store import Graph


NEAR = 500
"""Entities that are compared with a name that is none, for each of its parts."""


class Candidate(NamedTuple):
    """An entity that a name may mean."""

    iri: str
    dataset: str
    identifier: str | None


def parts(name: str) -> tuple[str, str]:
    """Split a name as a CURIE: (dataset, identifier).

    Raises:
        QueryError: The name is empty.
    """
    if not name.strip():
        raise QueryError(
            "An asset needs a name.", hint="Give an IRI, dataset:identifier or identifier."
        )
    dataset, _, local = name.partition(":")
    return dataset, local


def choose(
    name: str,
    candidates: Iterable[Candidate],
    version: int,
    search: Callable[[str], Iterable[Candidate]],
) -> str:
    """Return the IRI that a name means among the entities that match it in one of the three ways.

    An IRI outranks an identifier, an identifier outranks a CURIE.

    Args:
        name: The name.
        candidates: Entities that it may mean.
        version: That was looked in.
        search: Returns some entities whose identifier or IRI has a text in it, for names that come near.

    Raises:
        UnknownEntity: There is none; the message names what comes near.
        AmbiguousEntity: There are several; the message lists the CURIEs, or the IRIs where those clash too.
    """
    found = sorted(set(candidates))
    if any(c.iri == name for c in found):
        return name
    exact = [c for c in found if c.identifier == name] or found
    if not exact:
        raise unknown(name, version, partial(nearest, name, search))
    if len(exact) > 1:
        curies = {f"{c.dataset}:{c.identifier}" for c in exact}
        choices = sorted(curies) if len(curies) == len(exact) else [c.iri for c in exact]
        raise AmbiguousEntity(
            f"{len(exact)} entities are called {name!r}.", hint=f"Say which: {', '.join(choices)}."
        )
    return exact[0].iri


class Directory:
    """What the names of a version's entities mean, from memory; the dictionaries are made when first needed.

    Args:
        iris: The entities' IRIs; an entity is a position in this list.
        identifiers: The id that the source gave, by entity.
        datasets: The dataset that describes it, by entity.
        known: What the names of the first of these mean, if that is known.
    """

    def __init__(
        self,
        iris: Sequence[str],
        identifiers: Sequence[str | None],
        datasets: Sequence[str],
        known: Directory | None = None,
    ) -> None:
        self._iris, self._identifiers, self._datasets = iris, identifiers, datasets
        self._known = known

    @cached_property
    def index(self) -> dict[str, int]:
        """Entity by IRI."""
        known = self._known.index if self._known else {}
        return known | {self._iris[i]: i for i in range(len(known), len(self._iris))}

    def resolve(self, name: str, version: int) -> str:
        """Return the IRI that a name means. See `Graph.resolve`."""
        dataset, local = parts(name)
        found = [self.index[name]] if name in self.index else []
        found += self._identified.get(name, ())
        found += [i for i in self._identified.get(local, ()) if self._datasets[i] == dataset]
        candidates = [
            Candidate(self._iris[i], self._datasets[i], self._identifiers[i]) for i in found
        ]
        return choose(name, candidates, version, self._search)

    def unknown(self, name: str) -> UnknownEntity:
        """Return the error for a name that is none of an entity."""
        return unknown(name, None, partial(nearest, name, self._search))

    def _search(self, text: str) -> Iterable[Candidate]:
        folded = text.casefold()
        found = (
            i for i, name in enumerate(self._identifiers) if name and folded in name.casefold()
        )
        for i in islice(found, NEAR):
            yield Candidate(self._iris[i], self._datasets[i], self._identifiers[i])

    @cached_property
    def _identified(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        known, first = (
            ({}, 0) if self._known is None else (self._known._identified, len(self._known.index))
        )
        for i in range(first, len(self._iris)):
            identifier = self._identifiers[i]
            if identifier is not None:
                found.setdefault(identifier, [*known.get(identifier, ())]).append(i)
        return known | found


def unknown(
    name: str, version: int | None, near: Callable[[], list[str]] | None = None
) -> UnknownEntity:
    """Return the error for a name that a version does not hold; None for one whose number is not known here."""
    where = "this version" if version is None else f"version {version}"
    hint = f"`ldt find {_local(name)}` lists what comes near."
    return UnknownEntity(f"No entity {name!r} in {where}.", hint=hint, near=near)


def nearest(name: str, search: Callable[[str], Iterable[Candidate]]) -> list[str]:
    """Return at most three names that come near one: they begin or end as it does, for half of it or more."""
    local = _local(name)
    for kept in range(len(local), max(2, len(local) // 2) - 1, -1):
        found = {c for part in {local[:kept], local[-kept:]} for c in search(part)}
        ranked = sorted((-_alike(local, c), *c) for c in found if c.identifier)
        near = [f"{dataset}:{identifier}" for much, _, dataset, identifier in ranked if much < -0.6]
        if near:
            return near[:3]
    return []


def search(graph: Graph, text: str) -> list[Candidate]:
    """Return the first entities of a graph that have a text in their name, identifier or IRI."""
    page = graph.find(EntityFilter(text=text), first=NEAR)
    return [Candidate(e.iri, e.dataset, e.identifier) for e in page.entities]


def _alike(local: str, candidate: Candidate) -> float:
    return SequenceMatcher(None, local.casefold(), str(candidate.identifier).casefold()).ratio()


def _local(name: str) -> str:
    return name.rsplit("/", 1)[-1].rsplit("#", 1)[-1].rsplit(":", 1)[-1]
