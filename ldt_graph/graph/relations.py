"""The relations between a version's entities, in memory: sorted columns with rows by both ends."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ldt_graph.model import Provenance, Relation
from ldt_graph.namespaces import RDF_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    import duckdb

    from ldt_graph.graph.columns import Ints
    from ldt_graph.graph.store import Direction
    from ldt_graph.ontology import Ontology

_WORDS, _RELATIONS = (
    Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n\n", 1)
)
_CODED = ("source", "rule", "dataset")


class Relations:
    """Statements between entities, each once; reading those of one entity costs what it has.

    Args:
        columns: `subject`, `object` (entities), `predicate`, `dataset`, `source`, `rule` (into `texts`; -1 for
            none), `row` (-1 for none), `inferred`; sorted by subject, object, predicate, inferred, dataset,
            source, row, rule.
        texts: Sorted.
        size: Number of entities.
    """

    def __init__(self, columns: Mapping[str, np.ndarray], texts: Sequence[str], size: int) -> None:
        self._columns = columns
        self._texts = [*texts, None]  # -1 stands for none
        self._incoming = np.argsort(columns["object"], kind="stable").astype(np.int32)
        self._start = {
            "out": _starts(columns["subject"], size),
            "in": _starts(columns["object"], size),
        }

    @classmethod
    def read(cls, con: duckdb.DuckDBPyConnection, size: int) -> Relations:
        """Read them from the tables `statements` and `entity`."""
        con.execute(_WORDS)
        texts = [t for (t,) in con.execute("SELECT text FROM word ORDER BY id").fetchall()]
        columns = con.execute(_RELATIONS, {"type": RDF_TYPE}).fetchnumpy()
        return cls({k: np.ascontiguousarray(v) for k, v in columns.items()}, texts, size)

    def of(
        self, entity: int, direction: Direction, iri_of: Callable[[int], str], ontology: Ontology
    ) -> tuple[Relation, ...]:
        """Return an entity's relations, sorted by name and target.

        Args:
            entity: Whose.
            direction: `out`: from it, `in`: to it.
            iri_of: IRI by entity.
            ontology: What names them.
        """
        found = self._relations(entity, direction, iri_of, ontology)
        return tuple(sorted(found, key=attrgetter("order")))

    def _relations(
        self, entity: int, direction: Direction, iri_of: Callable[[int], str], ontology: Ontology
    ) -> Iterator[Relation]:
        start = self._start[direction]
        rows = slice(int(start[entity]), int(start[entity + 1]))
        where = rows if direction == "out" else self._incoming[rows]
        other = "object" if direction == "out" else "subject"
        names = (other, "predicate", "inferred", "dataset", "source", "row", "rule")
        text = self._texts
        for target, predicate, inferred, dataset, source, row, rule in zip(
            *(self._columns[n][where].tolist() for n in names), strict=True
        ):
            origin = "inferred" if inferred else "observed"
            known = Provenance(
                text[dataset] or "", origin, text[source], None if row < 0 else row, text[rule]
            )
            iri = text[predicate] or ""
            yield Relation(ontology.name_of(iri), iri, iri_of(target), known)

    def edges(self, wanted: Collection[str]) -> tuple[dict[str, Ints], list[str], list[str]]:
        """Return the statements of some relations as the network has them. See `NetworkColumns`.

        Returns:
            Columns, and the sorted dictionaries of what occurs in them: predicates and texts.
        """
        network = np.array([t in wanted for t in self._texts], dtype=bool)
        keep = np.nonzero(network[self._columns["predicate"]])[0]
        edges = {k: v[keep].astype(np.int64) for k, v in self._columns.items()}
        predicates, edges["predicate"] = self._recoded(edges["predicate"])
        used = np.unique(np.concatenate([edges[k] for k in _CODED]))
        texts, _ = self._recoded(used)
        rank = np.full(len(self._texts), -1, dtype=np.int64)
        rank[used[used >= 0]] = np.arange(len(texts))
        return edges | {k: rank[edges[k]] for k in _CODED}, predicates, texts

    def _recoded(self, codes: Ints) -> tuple[list[str], Ints]:
        """Return the texts that occur, sorted, and the codes as positions among them."""
        used, position = np.unique(codes, return_inverse=True)
        return [t for c in used.tolist() if (t := self._texts[c]) is not None], position


def _starts(entities: np.ndarray, size: int) -> Ints:
    start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(entities, minlength=size), out=start[1:])
    return start
