"""The sums of an answer: by status, domain, type and district; people, critical facilities, storages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ldt_graph.impact.amounts import not_supplied, short
from ldt_graph.impact.forest import entries
from ldt_graph.impact.people import People

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.graph.columns import Ints
    from ldt_graph.impact.cascade import Cascade

Status = Literal["failed", "exposed"]


class Sums:
    """What the hits of a question add up to."""

    def __init__(self, cascade: Cascade, failed: Ints, exposed: Ints) -> None:
        self._cascade = cascade
        self._network = cascade.network
        self._parts: tuple[tuple[Status, Ints], ...] = ("failed", failed), ("exposed", exposed)
        self.people = People(cascade, cascade.failed(), exposed)

    @property
    def document(self) -> dict[str, Any]:
        """The sums, as in docs/reference/impact.md."""
        return {
            **self.brief,
            "peopleWithout": [*self.people.without()],
            "facilities": [*self._facilities()],
            "districts": self._districts(),
            "storages": [*self._storages()],
            "notSupplied": [*not_supplied(self._cascade, self._cascade.failed())],
            "short": [*short(self._cascade)],
        }

    @property
    def brief(self) -> dict[str, Any]:
        """The sums without lists."""
        columns = self._network.columns
        return {
            "byStatus": {s: len(v) for s, v in self._parts},
            "byDomain": self._by(self._network.domain_code, self._network.domain_names),
            "byType": self._by(self._network.type_code, self._network.type_names),
            "people": self.people.count,
            "criticalFacilities": {s: int(columns.critical[v].sum()) for s, v in self._parts},
        }

    def _by(self, code: Ints, names: list[str]) -> dict[str, dict[str, int]]:
        counts = {s: np.bincount(code[v], minlength=len(names)) for s, v in self._parts}
        hit = np.nonzero(counts["failed"] + counts["exposed"])[0].tolist()
        return {names[i]: {s: int(counts[s][i]) for s in ("failed", "exposed")} for i in hit}

    def _districts(self) -> list[dict[str, Any]]:
        start, place = self._network.places
        counts = {s: _per_place(v, start, place) for s, v in self._parts}
        c, people = self._network.columns, self.people.by_place()
        none = {"failed": 0, "exposed": 0}
        return [
            {"iri": c.iris[p], "identifier": c.identifiers[p], "name": c.names[p]}
            | {s: counts[s].get(p, 0) for s in ("failed", "exposed")}
            | {"people": people.get(p, none), "lives": self.people.lives(p)}
            for p in sorted(counts["failed"].keys() | counts["exposed"].keys() | people.keys())
        ]

    def _facilities(self) -> Iterator[dict[str, Any]]:
        """Yield the critical facilities that are hit, by hour, then those exposed; those that went out themselves too."""
        critical, hours = self._network.columns.critical, self._cascade.hours
        every = self._cascade.failed()
        for status, vertices in (("failed", every), ("exposed", dict(self._parts)["exposed"])):
            chosen = vertices[critical[vertices]]
            for v in chosen[np.argsort(hours[chosen], kind="stable")].tolist():
                hour = float(hours[v]) if status == "failed" else None
                yield {**self._cascade.before.who(v), "status": status, "hour": hour}

    def _storages(self) -> Iterator[dict[str, Any]]:
        """Yield the storages that fed an island: what they held, for how many, from when until when."""
        for islands in self._cascade.islands.values():
            stores = islands.stores
            for storage, use in sorted(islands.uses().items()):
                yield {
                    **self._cascade.before.who(int(stores.vertex[storage])),
                    "held": round(use.held, 6),
                    "unit": stores.unit,
                    "feeds": use.feeds,
                    "from": use.since,
                    "until": use.until,
                }


def _per_place(vertices: Ints, start: Ints, place: Ints) -> dict[int, int]:
    places, counts = np.unique(place[entries(start, vertices)], return_counts=True)
    return dict(zip(places.tolist(), counts.tolist(), strict=True))
