"""A version's entities in memory: columns by dense id, so that reading one costs the same in any city."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ldt_graph.graph.arrow import numbers, positions, scalar, true
from ldt_graph.graph.boxes import Bounds
from ldt_graph.graph.entities import lowered
from ldt_graph.graph.names import Candidate, parts
from ldt_graph.model import Entity, Value
from ldt_graph.namespaces import AS_WKT, IDENTIFIER, NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from ldt_graph.graph.columns import Bools, Ints
    from ldt_graph.model import EntityFilter
    from ldt_graph.ontology import Ontology

_ENTITIES, _ATTRIBUTES = (
    Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n\n", 1)
)
_BETWEEN = "\x1f"  # between the names of types: no IRI holds it


class _Coded(NamedTuple):
    """A column of few distinct texts: position in `words` by row, -1 for none."""

    words: list[str]
    code: np.ndarray

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> _Coded:
        coded = column.combine_chunks().dictionary_encode()
        code = numbers(coded.indices, missing=-1)
        return cls(coded.dictionary.to_pylist(), code.astype(np.int32))

    def texts(self, ids: Ints) -> list[str | None]:
        """Return the texts of some rows."""
        words = [*self.words, None]
        return [words[c] for c in self.code[ids].tolist()]

    def equal(self, word: str) -> Bools:
        """Return which rows hold a text."""
        return self.code == (self.words.index(word) if word in self.words else -2)


class EntityTable:
    """The entities of one version; an id is a position in IRI order. Immutable.

    Args:
        con: Holds `statements`, and what `project_entities` made of them.
        ontology: What names their classes and attributes.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, ontology: Ontology) -> None:
        self._ontology = ontology
        rows = con.sql(_ENTITIES, params={"between": _BETWEEN}).to_arrow_table()
        self.iris, self.identifiers, self.names, self._geometry, self._searched = (
            rows[c].combine_chunks() for c in ("iri", "identifier", "name", "geometry", "searched")
        )
        _, offsets, data = self.iris.buffers()
        self._offsets = np.frombuffer(offsets, dtype=np.int32)[: len(self.iris) + 1]
        self._bytes = data.to_pybytes() if data else b""
        self.coded = {c: _Coded.of(rows[c]) for c in ("type", "types", "domain", "dataset")}
        self._types = [tuple(t.split(_BETWEEN)) for t in self.coded["types"].words]
        self._attributes = _Attributes(con, len(self), ontology)

    def __len__(self) -> int:
        return len(self.iris)

    def index(self, iri: str) -> int | None:
        """Return an entity's id; None where there is none."""
        place = self.after(iri) - 1
        return (
            place if place >= 0 and self._key(place) == iri.encode(errors="surrogatepass") else None
        )

    def iri(self, entity: int) -> str:
        """Return an entity's IRI."""
        return self._key(entity).decode()

    def after(self, iri: str) -> int:
        """Return the id of the first entity whose IRI comes after this one, by bisection."""
        return bisect_right(range(len(self)), iri.encode(errors="surrogatepass"), key=self._key)

    def called(self, name: str) -> list[Candidate]:
        """Return the entities that a name may mean. See `Graph.resolve`."""
        dataset, local = parts(name)
        own = self.index(name)
        found = [] if own is None else [own]
        found += np.nonzero(_equal(self.identifiers, name))[0].tolist()
        found += np.nonzero(_equal(self.identifiers, local) & self.coded["dataset"].equal(dataset))[
            0
        ].tolist()
        datasets = self.coded["dataset"].texts(np.array(found, dtype=np.int64))
        return [
            Candidate(self.iri(i), dataset or "", self.identifiers[i].as_py())
            for i, dataset in zip(found, datasets, strict=True)
        ]

    def matching(self, where: EntityFilter) -> Ints | None:
        """Return the ids that match, in order; None where no condition is given."""
        masks = [*self._masks(where)]
        if not masks:
            return None
        return np.nonzero(np.logical_and.reduce(masks))[0]

    def entities(self, ids: Ints) -> tuple[Entity, ...]:
        """Return some entities. Costs what they hold."""
        attributes = self._attributes.of(ids)
        types = [self._types[c] for c in self.coded["types"].code[ids].tolist()]
        columns = (
            self._texts(self.iris, ids),
            self._texts(self.identifiers, ids),
            self._texts(self.names, ids),
            self.coded["type"].texts(ids),
            types,
            self.coded["domain"].texts(ids),
            self.coded["dataset"].texts(ids),
            self._texts(self._geometry, ids),
            attributes,
        )
        return tuple(Entity(*row) for row in zip(*columns, strict=True))

    def counts(self, ids: Ints | None, by: str) -> dict[str, int]:
        """Count entities by a coded column, keys sorted; "" stands for none."""
        words, code = self.coded[by]
        found = np.bincount((code if ids is None else code[ids]) + 1, minlength=len(words) + 1)
        return {k: int(n) for k, n in sorted(zip(["", *words], found, strict=True)) if n}

    def _masks(self, where: EntityFilter) -> Iterable[Bools]:
        if where.type is not None:
            present = (name for types in self._types for name in types)
            name = self._ontology.class_called(where.type, present)
            yield np.array([name in t for t in self._types], dtype=bool)[self.coded["types"].code]
        for column, word in (("domain", where.domain), ("dataset", where.dataset)):
            if word is not None:
                yield self.coded[column].equal(word)
        if where.text is not None:
            options = pc.MatchSubstringOptions(lowered(where.text))
            found = pc.call_function("match_substring", [self._searched], options)
            yield true(found)
        if where.iris is not None:
            mask = np.zeros(len(self), dtype=bool)
            mask[[i for iri in where.iris if (i := self.index(iri)) is not None]] = True
            yield mask
        if where.box is not None:
            yield self._bounds.meeting(where.box)

    @cached_property
    def _bounds(self) -> Bounds:
        return Bounds(self._geometry.to_pylist())

    def _key(self, entity: int) -> bytes:
        """Return an IRI as UTF-8, whose order is that of the code points."""
        return self._bytes[self._offsets[entity] : self._offsets[entity + 1]]

    def _texts(self, column: pa.Array, ids: Ints) -> list[str | None]:
        return column.take(positions(ids)).to_pylist()


class _Attributes:
    """Literals by entity: rows `start[id]` to `start[id + 1]` of columns."""

    def __init__(self, con: duckdb.DuckDBPyConnection, size: int, ontology: Ontology) -> None:
        left_out = {"identifier": IDENTIFIER, "name": NAME, "wkt": AS_WKT}
        rows = con.sql(_ATTRIBUTES, params=left_out).to_arrow_table()
        self._start = np.searchsorted(numbers(rows["id"].combine_chunks()), np.arange(size + 1))
        self._text = rows["object"].combine_chunks()
        self._coded = [_Coded.of(rows[c]) for c in ("predicate", "datatype", "lang")]
        self._names = [ontology.local_name(p) for p in self._coded[0].words]

    def of(self, ids: Ints) -> list[dict[str, tuple[Value, ...]]]:
        """Return the attributes of each entity: name → values, both sorted."""
        low, high = self._start[ids], self._start[ids + 1]
        rows = np.concatenate([np.arange(a, b) for a, b in zip(low, high, strict=True)] or [low])
        texts = self._text.take(positions(rows)).to_pylist()
        names = [self._names[c] for c in self._coded[0].code[rows].tolist()]
        columns = zip(texts, *(c.texts(rows) for c in self._coded[1:]), strict=True)
        said = iter(zip(names, (Value(*v) for v in columns), strict=True))
        return [_grouped([next(said) for _ in range(n)]) for n in (high - low).tolist()]


def _grouped(said: Sequence[tuple[str, Value]]) -> dict[str, tuple[Value, ...]]:
    found: dict[str, set[Value]] = {}
    for name, value in said:
        found.setdefault(name, set()).add(value)
    return {name: tuple(sorted(found[name], key=_value_order)) for name in sorted(found)}


def _value_order(value: Value) -> tuple[str, str, str]:
    return (value.text, value.datatype or "", value.lang or "")


def _equal(column: pa.Array, text: str) -> Bools:
    return true(pc.call_function("equal", [column, scalar(text)]))
