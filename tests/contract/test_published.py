"""What a publication leaves in the server: what the model says, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ldt_graph.graph.neo4j import Server, publish
from ldt_graph.record import Record
from tests.contract.test_stores import TWINS, make
from tests.contract.twins import HOSTILE, HOSTILE_ONTOLOGY, commit, dump, expected

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def made() -> dict[str, Record]:
    return {}


@pytest.fixture(scope="module", params=TWINS)
def published(request, neo4j, made, tmp_path_factory) -> Iterator[tuple[Record, Server]]:
    """A record, and the server that it was published to."""
    name = request.param
    if name not in made:
        made[name] = make(name, tmp_path_factory.mktemp(name), request)
    with Server(neo4j.settings, wait=30) as server:
        publish(made[name], server, rebuild=True, everything=True)
        yield made[name], server


def test_the_server_holds_what_the_model_says_and_nothing_else(published):
    record, server = published
    nodes, relations = dump(server)
    wanted = expected(record, record.version())
    assert nodes == wanted[0]
    assert relations == wanted[1]
    found = server.read("MATCH (n) RETURN count(n) AS nodes")
    assert found is not None
    extra = server.read("MATCH (v:_Violations) RETURN count(v) AS n")
    assert extra is not None
    assert found["nodes"] == len(nodes) + 3 + extra["n"]  # Twin, _Ldt, _LdtLock


def test_publishing_again_writes_nothing(published):
    record, server = published
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
            "MATCH (o:Entity:Order)-[r:`ldt:poweredBy`]->(t:Entity:Twin_) "
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
            server.read(
                "MATCH (:Twin_)-[r:`=POWERED_BY`]->(:`hostile:Pump`:`ldt:Pump`) RETURN r.relation AS iri"
            )
            is not None
        )
