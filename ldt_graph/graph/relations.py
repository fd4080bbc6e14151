"""The relations between a version's entities, in memory: sorted columns with rows by both ends."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ldt_graph.model import Provenance, Relation
from ldt_graph.namespaces import RDF_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import duckdb

    from ldt_graph.graph.columns import Ints
    from ldt_graph.graph.store import Direction
    from ldt_graph.model import Origin
    from ldt_graph.ontology import Ontology

_HOWS, _RELATIONS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n\n", 1)


class How(NamedTuple):
    """How a relation is known, but for its row: what many relations share."""

    predicate: str
    origin: Origin
    dataset: str
    source: str | None
    rule: str | None


class Relations:
    """Statements between entities, each once; reading those of one entity costs what it has.

    Args:
        columns: `subject` and `object` (entities), `how` (into `hows`), `row` (-1 for none), in the order of
            `NetworkColumns.edges`.
        hows: By number.
        size: Number of entities.
    """

    def __init__(self, columns: Mapping[str, np.ndarray], hows: Sequence[How], size: int) -> None:
        self._columns = columns
        self._hows = hows
        self._incoming = np.argsort(columns["object"], kind="stable").astype(np.int32)
        self._start = {
            "out": _starts(columns["subject"], size),
            "in": _starts(columns["object"], size),
        }

    @classmethod
    def read(cls, con: duckdb.DuckDBPyConnection, size: int) -> Relations:
        """Read them from the tables `statements` and `entity`."""
        con.execute(_HOWS, {"type": RDF_TYPE})
        rows = con.execute("SELECT predicate, origin, dataset, source, rule FROM how ORDER BY id")
        hows = [How(*row) for row in rows.fetchall()]
        found = con.execute(_RELATIONS).fetchnumpy()
        columns = {k: np.ascontiguousarray(found[k]) for k in ("subject", "object", "how", "row")}
        return cls(columns, hows, size)

    def of(
        self, entity: int, direction: Direction, iri_of: Callable[[int], str], ontology: Ontology
    ) -> tuple[Relation, ...]:
        """Return an entity's relations, sorted by name and other end.

        Args:
            entity: Whose.
            direction: `out`: from it, `in`: to it.
            iri_of: IRI by entity.
            ontology: What names them.
        """
        start = self._start[direction]
        rows = slice(int(start[entity]), int(start[entity + 1]))
        where = rows if direction == "out" else self._incoming[rows]
        other = "object" if direction == "out" else "subject"
        found = []
        for target, number, row in zip(
            *(self._columns[c][where].tolist() for c in (other, "how", "row")), strict=True
        ):
            how = self._hows[number]
            place = None if row < 0 else row
            known = Provenance(how.dataset, how.origin, how.source, place, how.rule)
            name = ontology.name_of(how.predicate)
            found.append(Relation(name, how.predicate, iri_of(target), known))
        return tuple(sorted(found, key=attrgetter("order")))

    def edges(self, wanted: Collection[str]) -> tuple[dict[str, Ints], list[str], list[str]]:
        """Return the statements of some relations as the network has them. See `NetworkColumns`.

        Returns:
            Columns, and the sorted dictionaries of what occurs in them: predicates and texts.
        """
        network = np.array([h.predicate in wanted for h in self._hows], dtype=bool)
        keep = np.nonzero(network[self._columns["how"]])[0]
        columns = {k: v[keep].astype(np.int64) for k, v in self._columns.items()}
        coded, predicates, texts = code_hows(self._hows, np.unique(columns["how"]).tolist())
        how = columns.pop("how")
        return columns | {k: v[how] for k, v in coded.items()}, predicates, texts


def code_hows(
    hows: Sequence[How], used: Iterable[int]
) -> tuple[dict[str, Ints], list[str], list[str]]:
    """Return the columns of `NetworkColumns.edges` that a `How` decides, by number, and their dictionaries.

    Args:
        hows: By number.
        used: The numbers that occur: the dictionaries hold nothing else.
    """
    found = {i: hows[i] for i in used}
    predicates = sorted({h.predicate for h in found.values()})
    said = {t for h in found.values() for t in (h.dataset, h.source, h.rule)}
    texts = sorted(t for t in said if t is not None)
    number = {t: i for i, t in enumerate(texts)} | {None: -1}
    columns = {
        c: np.zeros(len(hows), dtype=np.int64)
        for c in ("predicate", "inferred", "source", "rule", "dataset")
    }
    for i, how in found.items():
        columns["predicate"][i] = predicates.index(how.predicate)
        columns["inferred"][i] = how.origin == "inferred"
        for c in ("source", "rule", "dataset"):
            columns[c][i] = number[getattr(how, c)]
    return columns, predicates, texts


def _starts(entities: np.ndarray, size: int) -> Ints:
    start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(entities, minlength=size), out=start[1:])
    return start
