"""The network as a server holds it: packed columns, read in ranges of ids, and what they say as `NetworkColumns`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import orjson

from ldt_graph.graph.columns import NetworkColumns, network_relations
from ldt_graph.graph.neo4j.names import quote, relationship_type
from ldt_graph.graph.neo4j.statements import statement
from ldt_graph.graph.relations import code_hows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ldt_graph.graph.relations import How
    from ldt_graph.ontology import Ontology

    Ask = Callable[..., Mapping[str, Any]]

CHUNK = 10_000
"""Nodes, by their ids, that one statement reads."""
_READERS = 2
"""Ranges that are read at once."""
_NODES = ("ldt", "iri", "identifier", "name", "type", "dataset", "domain", "network")
_EDGES = ("a", "b", "how", "row")


class Packed(NamedTuple):
    """Nodes, and relationships between them by the nodes' ids (`a`, `b`), as the server has them."""

    nodes: dict[str, list[Any]]
    edges: dict[str, np.ndarray]

    def without(self, touched: Sequence[int]) -> Packed:
        """Return what is left without these nodes and the relationships from them."""
        gone = set(touched)
        stays = [i for i, number in enumerate(self.nodes["ldt"]) if number not in gone]
        keep = ~np.isin(self.edges["a"], touched)
        return Packed(
            {k: [v[i] for i in stays] for k, v in self.nodes.items()},
            {k: v[keep] for k, v in self.edges.items()},
        )


def read_all(ask: Ask, label: str, ontology: Ontology, ids: int) -> Packed:
    """Read the network of all nodes, whose ids are below `ids`."""
    bounds = [{"low": low, "high": low + CHUNK} for low in range(0, ids, CHUNK)]
    nothing = Packed({k: [] for k in _NODES}, {k: np.zeros(0, dtype=np.int64) for k in _EDGES})
    return _read(ask, label, ontology, nothing, "n._ldt >= $low AND n._ldt < $high", bounds)


def read_touched(
    ask: Ask, label: str, ontology: Ontology, before: Packed, touched: Sequence[int]
) -> Packed:
    """Read what a difference touched, and take the rest from what was read before it."""
    bounds = [{"ids": touched[i : i + CHUNK]} for i in range(0, len(touched), CHUNK)]
    return _read(ask, label, ontology, before.without(touched), "n._ldt IN $ids", bounds)


def _read(
    ask: Ask,
    label: str,
    ontology: Ontology,
    known: Packed,
    condition: str,
    bounds: Sequence[dict[str, Any]],
) -> Packed:
    names = {relationship_type(ontology.name_of(p)) for p in network_relations(ontology)}
    types = "|".join(map(quote, sorted(names)))
    texts = (
        statement("edges", LABEL=label, TYPES=types, CONDITION=condition),
        statement("nodes", LABEL=label, CONDITION=condition),
    )
    nodes, edges = known.nodes, {k: v.tolist() for k, v in known.edges.items()}
    with ThreadPoolExecutor(_READERS) as pool:
        asked = [[pool.submit(ask, text, **bound) for bound in bounds] for text in texts]
        for columns, answers in zip((edges, nodes), asked, strict=True):
            for answer in answers:
                for key in columns:
                    columns[key] += answer.result()[key]
    return Packed(nodes, {k: np.array(v, dtype=np.int64) for k, v in edges.items()})


def columns_of(packed: Packed, ids: int, hows: Sequence[How], ontology: Ontology) -> NetworkColumns:
    """Return what was read as every store delivers it.

    Args:
        packed: As the server has it.
        ids: Above every node's id.
        hows: How a relationship is known, by number.
        ontology: Of the version.
    """
    order = sorted(range(len(packed.nodes["iri"])), key=packed.nodes["iri"].__getitem__)
    columns = {k: [v[i] for i in order] for k, v in packed.nodes.items()}
    vertex = np.zeros(max(ids, 1), dtype=np.int64)
    vertex[np.array(columns["ldt"], dtype=np.int64)] = np.arange(len(order))
    wanted = set(network_relations(ontology))
    coded, predicates, texts = _edges(packed.edges, vertex, hows, wanted)
    return NetworkColumns(
        iris=columns["iri"],
        edges=coded,
        predicates=predicates,
        texts=texts,
        identifiers=columns["identifier"],
        names=columns["name"],
        types=columns["type"],
        datasets=columns["dataset"],
        domains=columns["domain"],
        **_facts(columns["network"]),
    )


def _facts(said: Sequence[str | None]) -> dict[str, Any]:
    """Return the columns of `VertexFacts` from what is said of each vertex, as JSON."""
    facts = {v: orjson.loads(text) for v, text in enumerate(said) if text is not None}

    def mask(key: str) -> np.ndarray:
        found = np.zeros(len(said), dtype=bool)
        found[[v for v, known in facts.items() if key in known]] = True
        return found

    population = np.zeros(len(said))
    for v, known in facts.items():
        population[v] = known.get("population", 0.0)

    def pairs(key: str) -> list[tuple[int, str]]:
        return [(v, text) for v, known in facts.items() for text in known.get(key, ())]

    def amounts(key: str) -> list[tuple[int, str, float]]:
        return [(v, a, x) for v, known in facts.items() for a, x in known.get(key, ())]

    return {
        "off": mask("off"),
        "buffers": sorted(amounts("buffers"), key=lambda b: (b[1], b[0])),
        **{
            key: {v: known[key] for v, known in facts.items() if key in known}
            for key in ("required", "required_shares", "shares")
        },
        "sources": pairs("sources"),
        "population": population,
        "critical": mask("critical"),
        "storage": mask("storage"),
        "standby": pairs("standby"),
        "holds": amounts("holds"),
        "draws": amounts("draws"),
        "provides": amounts("provides"),
        "profiles": pairs("profiles"),
        "degraded": pairs("degraded"),
        "gaps": pairs("gaps"),
        "travel": amounts("travel"),
    }


def _edges(
    edges: dict[str, np.ndarray], vertex: np.ndarray, hows: Sequence[How], wanted: set[str]
) -> tuple[dict[str, np.ndarray], list[str], list[str]]:
    """Return the edges as every store has them: sorted, with sorted dictionaries of what occurs."""
    keep = np.isin(edges["how"], [i for i, h in enumerate(hows) if h.predicate in wanted])
    edges = {k: v[keep] for k, v in edges.items()}
    coded, predicates, texts = code_hows(hows, np.unique(edges["how"]).tolist())
    columns = {k: v[edges["how"]] for k, v in coded.items()}
    columns |= {"subject": vertex[edges["a"]], "object": vertex[edges["b"]], "row": edges["row"]}
    last_first = ("rule", "row", "source", "dataset", "inferred", "predicate", "object", "subject")
    order = np.lexsort([columns[k] for k in last_first])
    return {k: v[order] for k, v in columns.items()}, predicates, texts
