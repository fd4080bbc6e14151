"""Two stores of one truth: the same twin in, the same answers out, on every server that is supported."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from ldt_graph.errors import LdtError
from ldt_graph.graph.embedded import EmbeddedGraph, EmbeddedStore
from ldt_graph.graph.neo4j import Neo4jGraph, Server, publish
from ldt_graph.graph.neo4j.store import Neo4jStore
from ldt_graph.impact import impact
from ldt_graph.model import EntityFilter, Page, ViolationFilter
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.twin import load_twin
from tests.contract.twins import HOSTILE, HOSTILE_ONTOLOGY, commit, differences, dump, expected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ldt_graph.graph import Graph

TWINS = ("demo", "micropolis", "hostile")


@pytest.fixture(scope="module")
def records(tmp_path_factory) -> dict[str, Record]:
    return {}


def make(name: str, folder: Path, request) -> Record:
    """Build a twin of the contract."""
    if name == "demo":
        from ldt_graph.city import make_city

        make_city(folder / "city", population=4_000)
        twin = load_twin(folder / "city")
        build(twin)
        return Record(twin.record)
    if name == "micropolis":
        from dataclasses import replace

        root, shared = request.getfixturevalue("root"), request.getfixturevalue("shared")
        twin = replace(load_twin(root / "examples" / "micropolis"), record=str(folder / "record"))
        build(twin, data_root=shared / "data" / "infrarisk-micropolis")
        return Record(twin.record)
    ontology = folder / "hostile.ttl"
    ontology.write_text(HOSTILE_ONTOLOGY, encoding="utf-8")
    record = Record(str(folder / "record"))
    commit(record, HOSTILE, ontology=(ontology,))
    return record


@pytest.fixture(scope="module", params=TWINS)
def stores(
    request, neo4j, records, tmp_path_factory
) -> Iterator[tuple[Graph, Graph, Record, Server, Neo4jStore]]:
    """The same twin in both stores: (embedded, Neo4j, its record, the server, and the store)."""
    name = request.param
    if name not in records:
        records[name] = make(name, tmp_path_factory.mktemp(name), request)
    with Server(neo4j.settings, wait=30) as server:
        publish(records[name], server, rebuild=True, everything=True)
        served = Neo4jStore(None, neo4j.settings)
        yield EmbeddedGraph.open(records[name]), Neo4jGraph(server), records[name], server, served
        served.close()


def told(question: Callable[[], Any]) -> Any:
    """Return the answer, or the error as its class and words."""
    try:
        return question()
    except LdtError as error:
        return type(error), str(error)


def same(stores, question: Callable[[Graph], Any]) -> Any:
    """Ask both stores; return the answer that both gave."""
    embedded, neo4j = (told(lambda g=g: question(g)) for g in stores[:2])
    assert neo4j == embedded
    return embedded


FILTERS = [
    EntityFilter(),
    *(EntityFilter(type=t) for t in ("Pump", "Asset", "Entity", "Order", "Twin", "_Next", "a%60b", "Unknown", "", "nothing", "x`y\\")),
    *(EntityFilter(domain=d) for d in ("water", "order by", "nothing")),
    EntityFilter(dataset="power"),
    EntityFilter(dataset="water", type="Pump"),
    *(EntityFilter(text=t) for t in ("station", "ÜNÏCODE", "İ", "ß", "", "$", "`", "\n", "MATCH", "pump", "%", "long LONG", "üÜü")),
    EntityFilter(text="1", domain="energy"),
]  # fmt: skip


@pytest.mark.parametrize("where", FILTERS, ids=lambda f: repr(f)[13:-1].replace("None", ""))
def test_the_same_pages(stores, where):
    first = same(stores, lambda g: g.find(where, first=7))
    while (
        isinstance(first, Page) and first.cursor
    ):  # a name of two classes is an error, alike in both
        first = same(stores, lambda g, after=first.cursor: g.find(where, first=700, after=after))


@pytest.mark.parametrize("by", ["type", "domain", "dataset", "colour"])
def test_the_same_counts(stores, by):
    for where in FILTERS[:3]:
        same(stores, lambda g, where=where: g.count(where, by))


def test_the_same_entities_and_relations(stores):
    entities = same(stores, lambda g: g.find(EntityFilter(), first=20_000)).entities
    some = random.Random(1).sample(entities, min(300, len(entities)))
    for entity in some[:40]:
        same(stores, lambda g, iri=entity.iri: g.describe(iri))
    iris = [e.iri for e in some]
    related = same(stores, lambda g: g.relations([*iris, iris[0], "urn:nobody"]))
    assert any(related.values())
    same(stores, lambda g: g.find(EntityFilter(iris=tuple(iris)), first=5))


def test_the_same_names_resolve_or_fail_alike(stores):
    entities = same(stores, lambda g: g.find(EntityFilter(), first=200)).entities
    names = ["", " ", "nobody", "urn:nobody", ":", "a:b:c", "twin", "test:twin", "HV-01"]
    for entity in entities:
        names += [entity.iri, entity.identifier or "", f"{entity.dataset}:{entity.identifier}"]
    for name in names:
        same(stores, lambda g, name=name: g.resolve(name))


def test_the_same_network_and_so_the_same_impact(stores):
    embedded, neo4j, *_ = stores
    assert differences(embedded.columns(), neo4j.columns()) == []
    iris = random.Random(2).sample(list(embedded.columns().iris), 7)
    for seeds in [[iri] for iri in iris] + [iris[:3]]:
        same(stores, lambda g, seeds=seeds: impact(g, seeds).document(g.version))


def test_the_same_ontology_versions_and_violations(stores):
    embedded, neo4j, record, _, served = stores
    assert sorted(map(str, neo4j.ontology.triples)) == sorted(map(str, embedded.ontology.triples))
    assert neo4j.version == embedded.version
    assert list(served.versions()) == record.versions()
    assert served.datasets(neo4j.version) == record.metadata(embedded.version)["datasets"]
    reference = EmbeddedStore(record.location)
    for where in (
        ViolationFilter(),
        ViolationFilter(dataset="water"),
        ViolationFilter(severity="warning"),
    ):
        asked = {"first": 3, "after": None}
        while True:
            page = served.violations(neo4j.version, where, **asked)
            assert page == reference.violations(embedded.version, where, **asked)
            if page.cursor is None:
                break
            asked["after"] = page.cursor


def test_the_server_holds_what_the_model_says_and_nothing_else(stores):
    _, graph, record, server, _ = stores
    nodes, relations = dump(server)
    wanted = expected(record, graph.version)
    assert nodes == wanted[0]
    assert relations == wanted[1]
    found = server.read("MATCH (n) RETURN count(n) AS nodes")
    assert found is not None
    extra = server.read("MATCH (v:_Violations) RETURN count(v) AS n")
    assert extra is not None
    assert found["nodes"] == len(nodes) + 3 + extra["n"]  # Twin, _Ldt, _LdtLock


def test_publishing_again_writes_nothing(stores):
    _, _, record, server, _ = stores
    before = dump(server)
    with server.driver.session(database=server.database) as session:
        lock = session.run("MATCH (l:_LdtLock) RETURN l.taken AS t").single(strict=True)["t"]
        assert publish(record, server).how == "nothing"
        assert (
            session.run("MATCH (l:_LdtLock) RETURN l.taken AS t").single(strict=True)["t"] == lock
        )
    assert dump(server) == before


def test_a_hostile_page_has_what_was_said(neo4j, tmp_path):
    ontology = tmp_path / "hostile.ttl"
    ontology.write_text(HOSTILE_ONTOLOGY, encoding="utf-8")
    record = Record(str(tmp_path / "record"))
    commit(record, HOSTILE, ontology=(ontology,))
    with Server(neo4j.settings, wait=30) as server:
        publish(record, server, rebuild=True, everything=True)
        found = server.read(
            "MATCH (o:Entity:Order)-[r:ldt_POWERED_BY]->(t:Entity:Twin_) "
            "RETURN o.type_ AS types, o.iri_ AS iri, o.name__ AS name, o._ldt_ AS flag, r.source AS source, r.row AS row, r.origin AS origin"
        )
        assert found is not None
        assert sorted(found["types"]) == ["a", "b"]
        assert (found["iri"], found["name"], found["flag"]) == (7, 1.5, True)
        assert (found["source"], found["origin"]) == ("test.ttl", "observed")
        place = server.read("MATCH (n:Twin_) RETURN n.location.longitude AS x, n.geometry AS g")
        assert place is not None
        assert place["x"] == 9.9
        assert '"Point"' in place["g"]
        assert (
            server.read("MATCH (:Twin_)-[r:`=POWERED_BY`]->(:ldt_Pump) RETURN r.relation AS iri")
            is not None
        )
