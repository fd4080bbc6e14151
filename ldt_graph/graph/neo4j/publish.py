"""Bring a Neo4j server to a version of the record: by the difference, or beside what it holds.

What readers see changes in one step. A small difference goes in one transaction with the stamp. A large one
can't: its nodes are built beside the current ones under the label `_Next`, the stamp moves to that label,
and only then do the new nodes take the label `Entity` from the old ones. Every phase can be repeated, so a
publisher that died is finished, or its leavings swept, by the next.

`(:Twin)` is what readers read first: version and label. `(:_Ldt)` is the publisher's: its lock, and a
sequence that is odd while a commit is under way. Neo4j applies a transaction's changes one by one, so a reader
could otherwise see half of one (`reader.py` compares the sequence before and after).
"""

from __future__ import annotations

from collections import Counter, deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from ldt_graph.errors import BuildInProgress, QueryError, RecordError, ServerError, Unavailable
from ldt_graph.graph.neo4j.connection import checked
from ldt_graph.graph.neo4j.names import ENTITY, LOCK, NEXT, STATE, TWIN, VIOLATIONS, quote
from ldt_graph.graph.neo4j.versions import Difference, Publication, difference, publication

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    import neo4j

    from ldt_graph.graph.neo4j.connection import Server
    from ldt_graph.model import Version
    from ldt_graph.record import Record

FORMAT = 1
"""Of the model in Neo4j. A release that changes the model counts it up."""
BATCH = 10_000
WRITERS = 2
"""Transactions of a load at once."""
FEW = 1_000
"""Nodes that are as well written with the indexes in place."""
SMALL = 50_000
"""Changes that one transaction takes: 1 KB of heap each."""
_WAIT_FOR_LOCK = 5.0
Job = tuple[str, dict[str, Any], int]
"""A statement and its values, and how many nodes or relationships it creates."""
_PROGRESS: Callable[[str, int, int], None] = lambda what, done, of: None  # noqa: E731


@dataclass
class PublishReport:
    """What a publication did: numbers of nodes and relationships, and how.

    Attributes:
        previous: The version that the server held, or None.
        how: `nothing`, `load` (nothing was there), `difference`, or `beside` (a large one).
        kept: Removed entities that others had tied something to: stripped of what is ours, and left.
    """

    version: int
    previous: int | None = None
    how: str = "nothing"
    nodes: Counter[str] = field(default_factory=Counter)
    relationships: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    dry_run: bool = False

    def document(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "version": self.version,
            "previous": self.previous,
            "how": self.how,
            "nodes": {k: self.nodes[k] for k in ("added", "changed", "removed")},
            "relationships": {k: self.relationships[k] for k in ("added", "removed")},
            "kept": self.kept,
            "dryRun": self.dry_run,
        }


def publish(
    record: Record,
    server: Server,
    version: Version | None = None,
    *,
    dry_run: bool = False,
    rebuild: bool = False,
    everything: bool = False,
    beside: bool = False,
    progress: Callable[[str, int, int], None] = _PROGRESS,
) -> PublishReport:
    """Bring the server to a version of the record, the newest unless one is given.

    Args:
        record: Where the version is read.
        server: Where it goes.
        version: Which.
        dry_run: Find the difference, write nothing.
        rebuild: Build all of it anew instead of applying the difference.
        everything: With `rebuild`: empty the database first, of what others put there too.
        beside: Publish into a database that holds someone else's data, beside it.
        progress: Called with (what, done, of).

    Raises:
        RecordError: The record has no such version, or a name in it is too long for Neo4j's indexes.
        ServerError: The database holds another twin, someone else's data, or a newer release's model.
        BuildInProgress: Another publisher is at work.
        Unavailable: The server went away. Publish again: it goes on from there.
    """
    return _Publisher(record, server, progress).run(
        version or record.version(None),
        dry_run=dry_run,
        rebuild=rebuild,
        everything=everything,
        beside=beside,
    )


class _Publisher:
    def __init__(
        self, record: Record, server: Server, progress: Callable[[str, int, int], None]
    ) -> None:
        self.record = record
        self.server = server
        self.progress = progress

    def run(
        self, version: Version, *, dry_run: bool, rebuild: bool, everything: bool, beside: bool
    ) -> PublishReport:
        stamp = self._stamp()
        alone = self._check(stamp, rebuild=rebuild, everything=everything, beside=beside)
        whole = stamp is not None and stamp["label"] == ENTITY and not stamp["unfinished"]
        previous = stamp["version"] if stamp else None
        report = PublishReport(version.number, previous, dry_run=dry_run)
        if whole and previous == version.number and self._same_record(stamp) and not rebuild:
            return report
        if dry_run:
            change = None if rebuild else self._difference(stamp, version)
            return self._tell(report, change or publication(self.record, version))
        with ThreadPoolExecutor(1) as aside:
            # A first load is made ready while the server does what comes before it.
            ahead = aside.submit(publication, self.record, version) if stamp is None else None
            if not alone:  # what others broke already is told before anything is written
                self._index(ENTITY, "iri")
            self.server.write(_ENSURE_STATE, format=FORMAT)
            with self._lock():
                self._finish()
                if everything:
                    self._empty()
                stamp = self._stamp()
                change = None if rebuild else self._difference(stamp, version)
                if change is not None and change.size <= SMALL:
                    self._index(ENTITY)
                    return self._apply(report, stamp, change)
                made = ahead.result() if ahead else publication(self.record, version)
                self._tell(report, made)
                if stamp is None:
                    self._load(made, ENTITY)
                    self._switch(made.stamp | {"label": ENTITY}, made.violations)
                    report.how = "load"
                else:
                    self._beside(report, made)
            return report

    # ── looking ──────────────────────────────────────────────────────────────────────────────────

    def _stamp(self) -> dict[str, Any] | None:
        """Return what the server says of itself: the twin's stamp, and whether a publication was left unfinished."""
        found = self.server.read(_STAMP)
        if found is None or found["twin"] is None:
            return None
        return dict(found["twin"]) | {"unfinished": found["unfinished"]}

    def _same_record(self, stamp: dict[str, Any] | None) -> bool:
        return stamp is not None and stamp["record"] == self.record.identity

    def _check(
        self, stamp: dict[str, Any] | None, *, rebuild: bool, everything: bool, beside: bool
    ) -> bool:
        """Refuse what is not ours to write to; return whether this publication may take the database as its own."""
        found = self.server.read(_SURVEY)
        assert found is not None  # noqa: S101  (it always has a row)
        if everything and not rebuild:
            raise ServerError("--everything empties the database; it goes with --rebuild only.")
        where = f"Database {self.server.database!r} of {self.server.uri}"
        if found["format"] is not None and found["format"] > FORMAT:
            raise ServerError(
                f"{where} was published by a newer release (model {found['format']}, this one knows {FORMAT}).",
                hint="Publish with that release.",
            )
        if everything:
            return True
        if found["format"] is not None and found["format"] < FORMAT and found["unfinished"]:
            raise ServerError(
                f"{where} holds a half-finished publication of an older release (model {found['format']}).",
                hint="Finish it with that release, or publish with --rebuild --everything.",
            )
        base = self.record.metadata(self.record.version(None)).get("base")
        if stamp is not None and stamp["base"] != base:
            raise ServerError(
                f"{where} holds another twin: {stamp['base']}, not {base}.",
                hint="Name another database in LDT_NEO4J_DATABASE, or replace it with --rebuild --everything.",
            )
        if stamp is not None:
            return False
        others = self.server.read(_OTHERS)
        foreign = others["foreign"] if others else 0
        if found["format"] is None and foreign and not beside:
            raise ServerError(
                f"{where} holds {foreign:,} nodes that are not this twin's; nothing was written.",
                hint="--beside publishes beside them and never touches them; --rebuild --everything deletes them.",
            )
        return not foreign

    def _difference(self, stamp: dict[str, Any] | None, version: Version) -> Difference | None:
        """Return the difference to what the server holds; None where that can't be told."""
        if stamp is None or not self._same_record(stamp):
            return None
        try:
            held = self.record.version(stamp["version"])
        except RecordError:
            return None
        return difference(self.record, held, version)

    def _tell(self, report: PublishReport, change: Difference | Publication) -> PublishReport:
        report.nodes.update(change.node_counts)
        report.relationships.update(change.relationship_counts)
        if report.how == "nothing" and change.size:
            small = isinstance(change, Difference) and change.size <= SMALL
            report.how = (
                "difference" if small else ("load" if report.previous is None else "beside")
            )
        return report

    # ── constraints and indexes ──────────────────────────────────────────────────────────────────

    def _index(self, mark: str, key: str = "", *, wait: bool = True) -> None:
        """Create what is missing of a label's constraint and indexes, or the index of one key, and wait for them."""
        present = self._indexes()
        missing = [
            n for n in _SCHEMA[mark] if n.endswith(f"_{key}" if key else "") and n not in present
        ]
        for name in missing:
            self.server.schema(f"CREATE {_SCHEMA[mark][name]}")
        if missing and wait:
            self._await_indexes()

    def _await_indexes(self) -> None:
        self.server.schema("CALL db.awaitIndexes(600)")

    def _drop_indexes(self, mark: str) -> None:
        for name in sorted(_SCHEMA[mark].keys() & self._indexes()):
            kind = "CONSTRAINT" if _SCHEMA[mark][name].startswith("CONSTRAINT") else "INDEX"
            self.server.schema(f"DROP {kind} {name} IF EXISTS")

    def _indexes(self) -> set[str]:
        found = self.server.read("SHOW INDEXES YIELD name RETURN collect(name) AS names")
        return set(found["names"]) if found else set()

    # ── one publisher at a time ──────────────────────────────────────────────────────────────────

    @contextmanager
    def _lock(self) -> Generator[None]:
        """Hold the publisher's lock: an open transaction, so that a dead publisher holds nothing."""
        try:
            with self.server.transaction(timeout=_WAIT_FOR_LOCK) as attempt:
                attempt.run(_TAKE_LOCK).consume()
        except (QueryError, Unavailable):
            raise BuildInProgress(
                f"Another publisher is at work on {self.server.database!r} of {self.server.uri}.",
                hint="Try again when it has ended.",
            ) from None
        with self.server.transaction() as held:
            held.run(_TAKE_LOCK).consume()
            yield

    # ── a small difference ───────────────────────────────────────────────────────────────────────

    def _apply(
        self, report: PublishReport, stamp: dict[str, Any] | None, change: Difference
    ) -> PublishReport:
        """Apply a difference in one transaction, with the stamp."""
        assert stamp is not None  # noqa: S101  (a difference has two sides)
        hows = [tuple(h) for h in orjson.loads(stamp["_hows"])]
        code = {h: i for i, h in enumerate(hows)}
        for how in change.hows:
            if tuple(how) not in code:
                code[tuple(how)] = len(hows)
                hows.append(tuple(how))
        values = change.stamp | {
            "nextId": stamp["nextId"] + len(change.added),
            "_hows": orjson.dumps(hows).decode(),
        }
        values = {k: v for k, v in values.items() if stamp.get(k) != v}
        values["_previous"] = stamp["version"]
        with self._commit() as transaction:
            touched = transaction.run(_IDS, iris=change.touched).single(strict=True)["ids"]
            values["_touched"] = [
                *touched,
                *range(stamp["nextId"], stamp["nextId"] + len(change.added)),
            ]
            for text, rows in change.statements(code, stamp["nextId"]):
                for batch in _batches(rows, BATCH):
                    result = transaction.run(checked(text), rows=batch).single()
                    report.kept += (result or {}).get("kept", 0) or 0
            if change.violations is not None:
                _write_violations(transaction, change.violations)
            transaction.run(f"MATCH (t:{TWIN}) SET t += $values", values=values).consume()
        report.how = "difference"
        return self._tell(report, change)

    @contextmanager
    def _commit(self) -> Generator[neo4j.Transaction]:
        """Open the transaction that changes what readers see; the sequence is odd while it is committed."""
        try:
            with self.server.transaction() as transaction:
                yield transaction
                self.server.write(_ODD)
        finally:
            self.server.write(_EVEN)

    # ── all of it ────────────────────────────────────────────────────────────────────────────────

    def _load(self, made: Publication, mark: str) -> None:
        """Create every node and relationship of a version under a label that no reader reads.

        Of many nodes the indexes are built once they are there: kept up node by node they take three times as long.
        """
        self.server.write(f"MATCH (s:{STATE}) SET s.unfinished = $version", version=made.version)
        if made.node_counts["added"] > FEW:
            self._drop_indexes(mark)
        self._write("nodes", made.node_counts["added"], self._nodes(made, mark))
        self._index(mark, "id")
        self._index(mark, wait=False)
        jobs = self._relationships(made, mark)
        self._write("relationships", made.relationship_counts["added"], jobs)
        self._await_indexes()

    def _nodes(self, made: Publication, mark: str) -> Iterator[Job]:
        for labels, rows in made.nodes(BATCH):
            own = ":".join(quote(mark if n == ENTITY else n) for n in labels)
            keys = sorted({key for row in rows for key in row})
            given = ", ".join(f"{quote(key)}: $c{n}[i]" for n, key in enumerate(keys))
            columns = {f"c{n}": [row.get(key) for row in rows] for n, key in enumerate(keys)}
            text = f"UNWIND range(0, $last) AS i CREATE (:{own} {{{given}}})"
            yield text, columns | {"last": len(rows) - 1}, len(rows)

    def _relationships(self, made: Publication, mark: str) -> Iterator[Job]:
        text = _CREATE_RELATIONSHIPS.replace("ENTITY", quote(mark))
        hows = [{"type": type_} | known for type_, known in made.kinds]
        for rows in made.relationships(BATCH):
            yield text, _columns(rows, hows), len(rows)

    def _write(self, what: str, total: int, jobs: Iterable[Job]) -> None:
        """Run jobs in transactions of their own, a few at once, while the next are made ready."""
        done = 0
        with ThreadPoolExecutor(WRITERS) as pool:
            for size in _in_turn(pool, self._create, jobs):
                done += size
                self.progress(what, done, total)

    def _create(self, text: str, values: dict[str, Any], size: int) -> int:
        """Create things in one transaction; return how many. Whatever is missing is a fault, never left out."""
        counted = self.server.write(text, **values)
        created = counted.nodes_created + counted.relationships_created
        if created != size:
            raise ServerError(
                f"{self.server.uri} created {created:,} of {size:,}: somebody deleted nodes of this twin meanwhile.",
                hint="Publish again.",
            )
        return size

    def _beside(self, report: PublishReport, made: Publication) -> None:
        """Build a version beside the current one, switch to it, and sweep the old one away."""
        self._load(made, NEXT)
        self._switch(made.stamp | {"label": NEXT}, made.violations)
        report.how = "beside"
        report.kept += self._tidy()

    def _switch(self, values: dict[str, Any], violations: Sequence[str] | None) -> None:
        with self._commit() as transaction:
            fresh = {"_previous": None, "_touched": None} | values
            transaction.run(f"MERGE (t:{TWIN}) SET t += $values", values=fresh).consume()
            if violations is not None:
                _write_violations(transaction, violations)
        if values["label"] == ENTITY:
            self.server.write(_FINISHED)

    def _finish(self) -> None:
        """Finish or sweep what a publisher that died left behind."""
        stamp = self._stamp()
        if stamp is None:
            self._sweep(ENTITY, "n._ldt IS NOT NULL")
            self._sweep(NEXT, "n._ldt IS NOT NULL")
        elif stamp["label"] == NEXT:
            self._tidy()
        else:
            self._sweep(NEXT, f"NOT n:{ENTITY} AND n._ldt IS NOT NULL")
            self._in_batches(f"MATCH (n:{NEXT}) WITH n LIMIT $batch REMOVE n:{NEXT}")
            if stamp["unfinished"]:
                self.server.write(_FINISHED)

    def _tidy(self) -> int:
        """After a switch to the new nodes: move what others tied to the old, delete those, pass on the label."""
        kept = self._move_foreign()
        self._sweep(ENTITY, f"NOT n:{NEXT} AND n._ldt IS NOT NULL")
        self._in_batches(
            f"MATCH (n:{NEXT}) WHERE NOT n:{ENTITY} WITH n LIMIT $batch SET n:{ENTITY}"
        )
        with self._commit() as transaction:
            transaction.run(f"MATCH (t:{TWIN}) SET t.label = '{ENTITY}'").consume()
        self._in_batches(f"MATCH (n:{NEXT}) WITH n LIMIT $batch REMOVE n:{NEXT}")
        self.server.write(_FINISHED)
        return kept

    def _move_foreign(self) -> int:
        """Tie to the new nodes what others tied to the old ones; a node that went away keeps it, unlabelled."""
        self._in_batches(_MOVE_FOREIGN)
        found = self.server.read(_TIED)
        if found is None or not found["kept"]:
            return 0
        labels = "".join(f":{quote(name)}" for name in found["labels"])
        self._in_batches(f"{_STRIP_TIED} REMOVE n{labels} SET n = {{iri: n.iri}}")
        return found["kept"]

    def _sweep(self, label: str, where: str) -> None:
        self._in_batches(f"MATCH (n:{label}) WHERE {where} WITH n LIMIT $batch DETACH DELETE n")

    def _empty(self) -> None:
        self._in_batches(
            f"MATCH (n) WHERE NOT n:{STATE} AND NOT n:{LOCK} WITH n LIMIT $batch DETACH DELETE n"
        )

    def _in_batches(self, text: str) -> None:
        """Repeat a statement that changes at most $batch things until it changes nothing."""
        while self.server.write(text, batch=BATCH).contains_updates:
            pass


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


def _columns(rows: np.ndarray, hows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return [from, to, row or -1, how] as the values of `_CREATE_RELATIONSHIPS`: ids and hows, and positions in them."""
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


def _write_violations(transaction: neo4j.Transaction, chunks: Sequence[str]) -> None:
    transaction.run(f"MATCH (v:{VIOLATIONS}) DELETE v").consume()
    for part, text in enumerate(chunks):
        transaction.run(
            f"CREATE (:{VIOLATIONS} {{part: $part, data: $text}})", part=part, text=text
        ).consume()


def _batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


_STAMP = f"""
OPTIONAL MATCH (t:{TWIN})
OPTIONAL MATCH (s:{STATE})
RETURN properties(t) AS twin, s.unfinished IS NOT NULL AS unfinished LIMIT 1
"""
_SURVEY = f"""
OPTIONAL MATCH (s:{STATE})
RETURN s.format AS format, s.unfinished IS NOT NULL AS unfinished LIMIT 1
"""
_OTHERS = f"""
MATCH (n) WHERE n._ldt IS NULL AND NOT n:{TWIN} AND NOT n:{STATE} AND NOT n:{LOCK} AND NOT n:{VIOLATIONS}
RETURN count(n) AS foreign
"""
_KINDS = {
    "id": "RANGE INDEX {name} IF NOT EXISTS FOR (n:{mark}) ON (n._ldt)",
    "iri": "CONSTRAINT {name} IF NOT EXISTS FOR (n:{mark}) REQUIRE n.iri IS UNIQUE",
    "identifier": "RANGE INDEX {name} IF NOT EXISTS FOR (n:{mark}) ON (n.identifier)",
    "dataset": "RANGE INDEX {name} IF NOT EXISTS FOR (n:{mark}) ON (n.dataset)",
    "domain": "RANGE INDEX {name} IF NOT EXISTS FOR (n:{mark}) ON (n.domain)",
    "search": "TEXT INDEX {name} IF NOT EXISTS FOR (n:{mark}) ON (n._search)",
    "location": "POINT INDEX {name} IF NOT EXISTS FOR (n:{mark}) ON (n.location)",
}
_SCHEMA = {
    mark: {
        f"ldt_{word}_{key}": _KINDS[key].format(name=f"ldt_{word}_{key}", mark=mark) for key in keys
    }
    for mark, word, keys in (
        (ENTITY, "entity", tuple(_KINDS)),
        (NEXT, "next", ("id", "iri", "identifier")),
    )
}
"""Label → name of its constraint or an index → what to create."""
_ENSURE_STATE = (
    f"MERGE (:{LOCK}) MERGE (s:{STATE}) ON CREATE SET s.sequence = 0 SET s.format = $format"
)
_TAKE_LOCK = f"MATCH (s:{LOCK}) SET s.taken = timestamp()"
_ODD = f"MATCH (s:{STATE}) SET s.sequence = s.sequence + 1 + s.sequence % 2, s.since = timestamp()"
_EVEN = f"MATCH (s:{STATE}) SET s.sequence = s.sequence + s.sequence % 2"
_CREATE_RELATIONSHIPS = """
UNWIND $ids AS id
MATCH (n:ENTITY {_ldt: id})
WITH id, n ORDER BY id
WITH collect(n) AS nodes
WHERE size(nodes) = size($ids)
UNWIND range(0, size($rows) - 1) AS i
WITH nodes[$from[i]] AS a, nodes[$to[i]] AS b, $hows[$how[i]] AS h, $rows[i] AS row
CREATE (a)-[:$(h.type) {
    dataset: h.dataset, origin: h.origin, source: h.source, rule: h.rule, relation: h.relation, _how: h._how, row: row
}]->(b)
"""
"""Each node is looked up once, and one statement makes every type: measured, a city of 23 types in two thirds of the
time that a statement per type and source takes."""
_MOVE_FOREIGN = f"""
MATCH (o:{ENTITY})-[r]-() WHERE NOT o:{NEXT} AND o._ldt IS NOT NULL AND r._how IS NULL
WITH DISTINCT r, startNode(r) AS a, endNode(r) AS b
OPTIONAL MATCH (a2:{NEXT} {{iri: CASE WHEN a:{ENTITY} THEN a.iri END}})
OPTIONAL MATCH (b2:{NEXT} {{iri: CASE WHEN b:{ENTITY} THEN b.iri END}})
WITH r, a, b, a2, b2 WHERE a2 IS NOT NULL OR b2 IS NOT NULL LIMIT $batch
CALL (r, a, b, a2, b2) {{
    WITH coalesce(a2, a) AS s, coalesce(b2, b) AS e
    CREATE (s)-[c:$(type(r))]->(e) SET c = properties(r)
}}
DELETE r
"""
_TIED = f"""
MATCH (o:{ENTITY})-[r]-() WHERE NOT o:{NEXT} AND o._ldt IS NOT NULL AND r._how IS NULL
WITH collect(DISTINCT o) AS tied
RETURN size(tied) AS kept,
       reduce(all = [], n IN tied | all + [l IN labels(n) WHERE NOT l IN all]) AS labels
"""
_STRIP_TIED = f"""
MATCH (o:{ENTITY})-[x]-() WHERE NOT o:{NEXT} AND o._ldt IS NOT NULL AND x._how IS NULL
WITH DISTINCT o AS n LIMIT $batch
CALL (n) {{ MATCH (n)-[r]-() WHERE r._how IS NOT NULL DELETE r }}
"""
_IDS = f"MATCH (n:{ENTITY}) WHERE n.iri IN $iris RETURN collect(n._ldt) AS ids"
_FINISHED = f"MATCH (s:{STATE}) REMOVE s.unfinished"
