"""Neo4j at three sizes, side by side with its peers on the same server in one run: publish, network, pages, impact.

pip install --no-deps rdflib-neo4j   # the peer; left out where it is missing
python bench/neo4j.py [--sizes 10000 100000 250000]

The server is the tests' own (Java and Maven are needed), or the one that LDT_NEO4J_URI names; its database is
emptied. Cities are invented: pumps and stations, four relations to an entity.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Run as a script, this file would be found in place of the driver, which has its name.
sys.path[:] = [
    str(Path(__file__).parent.parent),
    *(p for p in sys.path if Path(p or ".").resolve() != Path(__file__).parent),
]

import duckdb
import pyarrow as pa

from ldt_graph import assets
from ldt_graph.graph.neo4j import Neo4jGraph, Server, publish
from ldt_graph.graph.neo4j.connection import checked
from ldt_graph.impact import ImpactEngine, engine_of, network_of
from ldt_graph.model import STATEMENT_COLUMNS, EntityFilter, create_tables
from ldt_graph.namespaces import LDT, RDF_TYPE
from ldt_graph.ontology import Ontology
from ldt_graph.pipeline import keep_ontology
from ldt_graph.record import Record
from ldt_graph.settings import Settings
from tests.neo4j.server import TestServer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

BASE = "https://example.org/invented/"
ROW_BY_ROW = 2_000  # entities and relations that the slow peer gets; rates are compared
WARM = 20_000  # entities that both publishers have published before they are measured: a JVM needs that


def city(folder: Path, size: int) -> Record:
    """A record of `size` entities with four relations each; what depends on one is at most ten hops away."""
    chance = random.Random(1)
    rows = []

    def say(subject: int, predicate: str, value: str, kind: str = "literal") -> None:
        rows.append(
            (
                "b",
                f"{BASE}b/e{subject}",
                predicate,
                value,
                kind,
                None,
                None,
                "observed",
                f"b/e{subject}",
                "b.csv",
                subject,
                "b#M",
                0,
            )
        )

    for n in range(size):
        say(n, RDF_TYPE, LDT.Pump if n % 3 else LDT.DistributionStation, "iri")
        say(n, "http://purl.org/dc/terms/identifier", f"e{n}")
        say(n, "http://www.w3.org/2000/01/rdf-schema#label", f"Invented {n}")
        say(n, LDT.diameter, str(n % 7))
        for relation in (LDT.poweredBy, LDT.fedBy, LDT.controlledBy, LDT.colocatedWith):
            target = max(0, n // 4 - chance.randint(0, 3))
            if target != n:
                say(n, relation, f"{BASE}b/e{target}", "iri")
    con = duckdb.connect()
    create_tables(con)
    table = pa.table({c: [r[i] for r in rows] for i, c in enumerate(STATEMENT_COLUMNS)})
    con.register("_rows", table)
    con.execute("INSERT INTO statements SELECT * FROM _rows")
    keep_ontology(con, Ontology.parse(assets.ontology_files()))
    record = Record(str(folder))
    record.commit(con, {"name": "bench", "base": BASE, "datasets": []})
    return record


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    value = call()
    return time.perf_counter() - start, value


def best(*calls: Callable[[], Any], times: int = 5) -> list[float]:
    """Return the least seconds that each call took.

    They take turns, so that a slow moment of the machine hits all; a turn is three calls in a row, so that none is
    timed only with the processor's caches full of another's data.
    """
    rounds = [[min(timed(call)[0] for _ in range(3)) for call in calls] for _ in range(times)]
    return [min(times) for times in zip(*rounds, strict=True)]


def merge_row_by_row(driver, count: int) -> float:
    """Nodes and relations a second, one MERGE each, in one transaction per 500."""
    with driver.session() as session:
        session.run(
            "CREATE CONSTRAINT bench IF NOT EXISTS FOR (n:Row) REQUIRE n.iri IS UNIQUE"
        ).consume()
        start = time.perf_counter()
        for first in range(0, count, 500):
            with session.begin_transaction() as tx:
                for n in range(first, first + 500):
                    tx.run(
                        "MERGE (n:Row {iri: $i}) SET n.name = $n", i=f"r{n}", n=f"Row {n}"
                    ).consume()
                    tx.run(
                        "MATCH (a:Row {iri: $a}) MATCH (b:Row {iri: $b}) MERGE (a)-[:NEXT {row: $n}]->(b)",
                        a=f"r{n}", b=f"r{max(0, n - 1)}", n=n,
                    ).consume()  # fmt: skip
                tx.commit()
        rate = 2 * count / (time.perf_counter() - start)
        session.run("MATCH (n:Row) DETACH DELETE n").consume()
    return rate


def rdflib_neo4j(settings: Settings, count: int) -> float | None:
    """Nodes and relations a second through rdflib-neo4j, batched as its documentation says."""
    try:
        from rdflib import DCTERMS, RDF, RDFS, Graph, Literal, URIRef

        peer = importlib.import_module("rdflib_neo4j")
    except ImportError:
        return None
    auth = {
        "uri": settings.neo4j_uri,
        "database": "neo4j",
        "user": settings.neo4j_user,
        "pwd": settings.neo4j_password,
    }
    config = peer.Neo4jStoreConfig(
        auth_data=auth,
        handle_vocab_uri_strategy=peer.HANDLE_VOCAB_URI_STRATEGY.IGNORE,
        batching=True,
        batch_size=10_000,
    )
    graph = Graph(store=peer.Neo4jStore(config=config))
    start = time.perf_counter()
    for n in range(count):
        subject = URIRef(f"{BASE}peer/e{n}")
        graph.add((subject, RDF.type, URIRef(LDT.Pump)))
        graph.add((subject, DCTERMS.identifier, Literal(f"e{n}")))
        graph.add((subject, RDFS.label, Literal(f"Invented {n}")))
        graph.add((subject, URIRef(LDT.diameter), Literal(str(n % 7))))
        for k, relation in enumerate(("poweredBy", "fedBy", "controlledBy", "colocatedWith")):
            target = URIRef(f"{BASE}peer/e{max(0, n // 4 - k)}")
            graph.add((subject, URIRef(LDT + relation), target))
    graph.close(True)
    return 5 * count / (time.perf_counter() - start)


def clear(server: Server) -> None:
    with server.driver.session() as session:
        text = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"
        session.run(text).consume()


def by_rows(server: Server, text: str) -> float:
    """Rows a second of a query whose rows are fetched one by one."""
    with server.driver.session() as session:
        session.run(checked(text)).consume()
        seconds, rows = timed(lambda: sum(1 for _ in session.run(checked(text))))
    return rows / seconds


def measure_publish(size: int, settings: Settings, server: Server) -> dict:
    """Ours and the peer's on the same work: `size` entities with four relations each, from nothing; by turns, the best."""
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        record = city(Path(folder) / "record", size)
        for _ in range(max(1, 30_000 // size)):
            clear(server)
            theirs.append(rdflib_neo4j(settings, size))
            clear(server)
            seconds, report = timed(lambda: publish(record, server))
            ours.append(seconds)
    items = report.nodes["added"] + report.relationships["added"]
    rate, peer = items / min(ours), max(filter(None, theirs), default=None)
    result = {
        "entities": report.nodes["added"],
        "relationships": report.relationships["added"],
        "publish_s": min(ours),
        "publish_per_s": rate,
        "rdflib_neo4j_per_s": peer,
    }
    return result | ({"publish_vs_rdflib_neo4j": rate / peer} if peer else {})


def measure_network(server: Server) -> dict:
    """The network as packed lists, against its nodes and relationships fetched row by row (rates of 100,000 rows)."""
    network = network_of(Neo4jGraph(server))
    (seconds,) = best(lambda: network_of(Neo4jGraph(server)), times=7)
    nodes, edges = network.size, len(network.columns.edges["row"])
    node_rate = by_rows(
        server,
        "MATCH (n:Entity) RETURN n.iri, n.identifier, n.name, n.type, n.dataset, n.domain, n._network LIMIT 100000",
    )
    edge_rate = by_rows(
        server,
        "MATCH (a:Entity)-[r]->(b:Entity) RETURN a.iri, b.iri, type(r), r.dataset, r.source, r.row, r.rule LIMIT 100000",
    )
    rows = nodes / node_rate + edges / edge_rate
    return {
        "network_s": seconds,
        "network_edges": edges,
        "network_per_s": edges / seconds,
        "rows_s": rows,
        "network_ratio": rows / seconds,
    }


def measure(size: int, settings: Settings, server: Server) -> dict:
    published = measure_publish(size, settings, server)
    engine = engine_of(Neo4jGraph(server))
    asked = measure_network(server) | measure_page(server) | measure_impact(size, engine, server)
    return published | asked


def measure_page(server: Server) -> dict:
    """A page of 1,000 entities, against the bare driver's packed query of 8 fields: as one writes it, and led by the index."""
    graph = Neo4jGraph(server)
    packed = (
        "WITH n ORDER BY n.iri LIMIT 1000 WITH collect(n) AS ns RETURN [n IN ns | n.iri] AS a, [n IN ns | n.identifier] AS b, "
        "[n IN ns | n.name] AS c, [n IN ns | n.type] AS d, [n IN ns | n.domain] AS e, [n IN ns | n.dataset] AS f, "
        "[n IN ns | labels(n)] AS g, [n IN ns | n._record] AS h"
    )

    def bare(text: str) -> Any:
        with server.driver.session() as session:
            return session.execute_read(lambda tx: tx.run(checked(text)).single())

    ours, plain, led = best(
        lambda: graph.find(EntityFilter(), first=1000),
        lambda: bare(f"MATCH (n:Entity) {packed}"),
        lambda: bare(f"MATCH (n:Entity) WHERE n.iri > '' {packed}"),
        times=7,
    )
    return {
        "page_ms": ours * 1e3,
        "bare_ms": plain * 1e3,
        "bare_by_index_ms": led * 1e3,
        "page_ratio": ours / plain,
        "page_ratio_by_index": ours / led,
    }


def measure_impact(size: int, engine: ImpactEngine, server: Server) -> dict:
    """Everything that an outage reaches, against the same reachability in Cypher: told by name, and only counted."""
    iris = engine.network.columns.iris

    def reach(seed: str, told: str) -> Any:
        with server.driver.session() as session:
            text = f"MATCH (s:Entity {{iri: $i}})<-[:POWERED_BY|FED_BY|CONTROLLED_BY*1..10]-(x:Entity) RETURN {told}"
            return session.execute_read(lambda tx: tx.run(checked(text), i=seed).value()[0])

    def names(seed: str) -> list[str]:
        return [iris[v] for v in engine.ask([seed]).failed.tolist()]

    named, counted = "collect(DISTINCT x.iri)", "count(DISTINCT x)"
    found = {}
    for seed in (1, size // 4_000, size // 500):
        iri = f"{BASE}b/e{seed}"
        if names(iri) != sorted(reach(iri, named)):
            raise SystemExit(f"e{seed}: the impact is not what Cypher reaches")
        ours, theirs, ours_counted, theirs_counted = best(
            lambda i=iri: names(i),
            lambda i=iri: reach(i, named),
            lambda i=iri: len(engine.ask([i])),
            lambda i=iri: reach(i, counted),
        )
        found[f"impact_e{seed}"] = {
            "hits": len(names(iri)),
            "ms": ours * 1e3,
            "cypher_ms": theirs * 1e3,
            "ratio": theirs / ours,
            "counted_ms": ours_counted * 1e3,
            "cypher_counted_ms": theirs_counted * 1e3,
            "ratio_counted": theirs_counted / ours_counted,
        }
    return found


@contextmanager
def where(version: str) -> Generator[Settings]:
    """Give the settings of the user's server, or of one started for this run."""
    if "LDT_NEO4J_URI" in os.environ:
        yield Settings.from_environment()
        return
    with tempfile.TemporaryDirectory() as folder:
        started = TestServer(version, Path(folder) / "home", memory="3g")
        started.start()
        try:
            yield started.settings
        finally:
            started.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 250_000])
    parser.add_argument("--server", default="5.26.24", help="version to start (5.26.24)")
    options = parser.parse_args()
    with where(options.server) as settings, Server(settings, wait=30) as server:
        clear(server)
        merge = merge_row_by_row(server.driver, ROW_BY_ROW)
        measure_publish(WARM, settings, server)
        for size in options.sizes:
            found = measure(size, settings, server)
            found["publish_vs_merge"] = found["publish_per_s"] / merge
            print(json.dumps(found, indent=1), flush=True)


if __name__ == "__main__":
    sys.exit(main())
