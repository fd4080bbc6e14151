"""What a name means: an IRI, a CURIE `dataset:identifier`, or the identifier that a source gave."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ldt_graph.errors import AmbiguousEntity, QueryError, UnknownEntity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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


def choose(name: str, candidates: Iterable[Candidate], version: int) -> str:
    """Return the IRI that a name means among the entities that match it in one of the three ways.

    An IRI outranks an identifier, an identifier outranks a CURIE.

    Raises:
        UnknownEntity: There is none; the message says how to search.
        AmbiguousEntity: There are several; the message lists the CURIEs, or the IRIs where those clash too.
    """
    found = sorted(set(candidates))
    if any(c.iri == name for c in found):
        return name
    exact = [c for c in found if c.identifier == name] or found
    if not exact:
        raise unknown(name, version)
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
    """

    def __init__(
        self, iris: Sequence[str], identifiers: Sequence[str | None], datasets: Sequence[str]
    ) -> None:
        self._iris, self._identifiers, self._datasets = iris, identifiers, datasets

    @cached_property
    def index(self) -> dict[str, int]:
        """Entity by IRI."""
        return {iri: i for i, iri in enumerate(self._iris)}

    def resolve(self, name: str, version: int) -> str:
        """Return the IRI that a name means. See `Graph.resolve`."""
        dataset, local = parts(name)
        found = [self.index[name]] if name in self.index else []
        found += self._identified.get(name, ())
        found += [i for i in self._identified.get(local, ()) if self._datasets[i] == dataset]
        candidates = [
            Candidate(self._iris[i], self._datasets[i], self._identifiers[i]) for i in found
        ]
        return choose(name, candidates, version)

    @cached_property
    def _identified(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for i, identifier in enumerate(self._identifiers):
            if identifier is not None:
                found.setdefault(identifier, []).append(i)
        return found


def unknown(name: str, version: int) -> UnknownEntity:
    """Return the error for a name that a version does not hold."""
    return UnknownEntity(
        f"No entity {name!r} in version {version}.",
        hint=f"`ldt find {name.rsplit('/', 1)[-1].rsplit(':', 1)[-1]}` lists what comes near.",
    )
