"""The sums of an answer: by status, domain, type and district; people, critical facilities, storages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ldt_graph.impact.answers.people import People
from ldt_graph.impact.structure.rows import entries
from ldt_graph.impact.walk.amounts import not_supplied
from ldt_graph.impact.walk.statuses import tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.graph.columns import Ints
    from ldt_graph.impact.walk.cascade import Cascade
    from ldt_graph.impact.walk.statuses import Status, Statuses


class Sums:
    """What the hits of a question add up to."""

    def __init__(self, cascade: Cascade, statuses: Statuses) -> None:
        self._cascade = cascade
        self._network = cascade.network
        self._statuses = statuses
        self._parts = {
            s: v for s, v in statuses.parts.items() if len(v) or s in ("failed", "exposed")
        }
        standing: dict[Status, Ints] = {s: v for s, v in self._parts.items() if s != "failed"}
        self.people = People(cascade, cascade.failed(), standing)

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
            "short": [s.document for s in self._statuses.shortages.islands],
        }

    @property
    def brief(self) -> dict[str, Any]:
        """The sums without lists."""
        columns = self._network.columns
        return {
            "byStatus": tally({s: len(v) for s, v in self._parts.items()}),
            "byDomain": self._by(self._network.domain_code, self._network.domain_names),
            "byType": self._by(self._network.type_code, self._network.type_names),
            "people": self.people.count,
            "criticalFacilities": tally(
                {s: int(columns.critical[v].sum()) for s, v in self._parts.items()}
            ),
        }

    def _by(self, code: Ints, names: list[str]) -> dict[str, dict[str, int]]:
        counts = {s: np.bincount(code[v], minlength=len(names)) for s, v in self._parts.items()}
        hit = np.nonzero(np.sum([*counts.values()], axis=0))[0].tolist()
        return {names[i]: tally({s: int(c[i]) for s, c in counts.items()}) for i in hit}

    def _districts(self) -> list[dict[str, Any]]:
        start, place = self._network.places
        counts = {s: _per_place(v, start, place) for s, v in self._parts.items()}
        c, people = self._network.columns, self.people.by_place()
        none = {"failed": 0, "exposed": 0}
        return [
            {"iri": c.iris[p], "identifier": c.identifiers[p], "name": c.names[p]}
            | tally({s: n.get(p, 0) for s, n in counts.items()})
            | {"people": people.get(p, none), "lives": self.people.lives(p)}
            for p in sorted(people.keys() | set().union(*counts.values()))
        ]

    def _facilities(self) -> Iterator[dict[str, Any]]:
        """Yield the critical facilities that are hit, by hour, then the others; those that went out themselves too."""
        critical, statuses = self._network.columns.critical, self._statuses
        every = self._cascade.failed()
        chosen = every[critical[every]]
        hours = self._cascade.hours
        for v in chosen[np.argsort(hours[chosen], kind="stable")].tolist():
            yield {**self._cascade.before.who(v), "status": "failed", "hour": float(hours[v])}
        for status, vertices in self._parts.items():
            for v in vertices[critical[vertices]].tolist() if status != "failed" else ():
                hour = statuses.since[status][v] if status in statuses.since else None
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
