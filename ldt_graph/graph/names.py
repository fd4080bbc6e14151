"""What a name means: an IRI, a CURIE `dataset:identifier`, or the identifier that a source gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ldt_graph.errors import AmbiguousEntity, QueryError, UnknownEntity

if TYPE_CHECKING:
    from collections.abc import Iterable


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


def unknown(name: str, version: int) -> UnknownEntity:
    """Return the error for a name that a version does not hold."""
    return UnknownEntity(
        f"No entity {name!r} in version {version}.",
        hint=f"`ldt find {name.rsplit('/', 1)[-1].rsplit(':', 1)[-1]}` lists what comes near.",
    )
