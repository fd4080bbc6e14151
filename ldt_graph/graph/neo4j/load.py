"""All of a version under a label that no reader reads: nodes without indexes, then relationships while those are built."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from ldt_graph.errors import ServerError
from ldt_graph.graph.neo4j.cypher import cypher, labelled
from ldt_graph.graph.neo4j.names import ENTITY, quote
from ldt_graph.graph.neo4j.schema import await_indexes, create_indexes, drop_indexes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ldt_graph.graph.neo4j.connection import Server
    from ldt_graph.graph.neo4j.versions import Publication

BATCH = 10_000
WRITERS = 2
"""Transactions of a load at once."""
FEW = 1_000
"""Nodes that are as well written with the indexes in place."""
Job = tuple[str, dict[str, Any], int]
"""A statement and its values, and how many nodes or relationships it creates."""


def load(
    server: Server, made: Publication, mark: str, progress: Callable[[str, int, int], None]
) -> None:
    """Create every node and relationship of a version, its nodes labelled `mark` in place of `Entity`.

    Of many nodes the indexes are built once they are there: kept up node by node they take three times as long.

    Raises:
        ServerError: Somebody deleted nodes meanwhile.
    """
    if made.node_counts["added"] > FEW:
        drop_indexes(server, mark)
    _write(server, "nodes", made.node_counts["added"], _nodes(made, mark), progress)
    create_indexes(server, mark, "id")
    create_indexes(server, mark, wait=False)
    jobs = _relationships(made, mark)
    _write(server, "relationships", made.relationship_counts["added"], jobs, progress)
    await_indexes(server)


def _nodes(made: Publication, mark: str) -> Iterator[Job]:
    for labels, rows in made.nodes(BATCH):
        own = labelled(mark if n == ENTITY else n for n in labels)
        keys = sorted({key for row in rows for key in row})
        given = ", ".join(f"{quote(key)}: $c{n}[i]" for n, key in enumerate(keys))
        columns = {f"c{n}": [row.get(key) for row in rows] for n, key in enumerate(keys)}
        text = f"UNWIND range(0, $last) AS i CREATE (:{own} {{{given}}})"
        yield text, columns | {"last": len(rows) - 1}, len(rows)


def _relationships(made: Publication, mark: str) -> Iterator[Job]:
    text = cypher("load_relationships", LABEL=[mark])
    hows = [{"type": type_} | known for type_, known in made.kinds]
    for rows in made.relationships(BATCH):
        yield text, _columns(rows, hows), len(rows)


def _columns(rows: np.ndarray, hows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return [from, to, row or -1, how] as the values of `load_relationships`: ids and hows, and positions in them."""
    ids, at = np.unique(rows[:, :2], return_inverse=True)
    at = at.reshape(-1, 2)
    codes, how = np.unique(rows[:, 3], return_inverse=True)
    return {
        "ids": ids.tolist(),
        "hows": [hows[code] for code in codes.tolist()],
        "from": at[:, 0].tolist(),
        "to": at[:, 1].tolist(),
        "how": how.tolist(),
        "rows": [row if row >= 0 else None for row in rows[:, 2].tolist()],
    }


def _write(
    server: Server,
    what: str,
    total: int,
    jobs: Iterable[Job],
    progress: Callable[[str, int, int], None],
) -> None:
    """Run jobs in transactions of their own, a few at once, while the next are made ready."""

    def create(text: str, values: dict[str, Any], size: int) -> int:
        return _create(server, text, values, size)

    done = 0
    with ThreadPoolExecutor(WRITERS) as pool:
        for size in _in_turn(pool, create, jobs):
            done += size
            progress(what, done, total)


def _create(server: Server, text: str, values: dict[str, Any], size: int) -> int:
    """Create things in one transaction; return how many. Whatever is missing is a fault, never left out."""
    counted = server.write(text, **values)
    created = counted.nodes_created + counted.relationships_created
    if created != size:
        raise ServerError(
            f"{server.uri} created {created:,} of {size:,}: somebody deleted nodes of this twin meanwhile.",
            hint="Publish again.",
        )
    return size


def _in_turn(
    pool: ThreadPoolExecutor, call: Callable[..., int], jobs: Iterable[Job]
) -> Iterator[int]:
    """Yield what a call returns of each job, in order, while it is at work on the next."""
    waiting: deque[Future[int]] = deque()
    for job in jobs:
        waiting.append(pool.submit(call, *job))
        if len(waiting) > WRITERS:
            yield waiting.popleft().result()
    for future in waiting:
        yield future.result()
