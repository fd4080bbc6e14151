"""Publishers and servers die, readers read on: whole versions only, nothing lost, and it goes on afterwards."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from ldt_api.app import create_app
from starlette.testclient import TestClient

from ldt_graph.errors import BuildInProgress, RecordError, ServerError, Unavailable, VersionMoved
from ldt_graph.graph.neo4j import Neo4jGraph, Server, publish
from ldt_graph.graph.neo4j.files import write_files
from ldt_graph.graph.neo4j.store import Neo4jStore
from ldt_graph.model import EntityFilter
from ldt_graph.record import Record
from tests.api import clients
from tests.conftest import neo4j_versions, start_neo4j
from tests.contract.twins import commit, dump, expected
from tests.examples import SHARE, share
from tests.neo4j.server import TestServer

ROOT = Path(__file__).parents[2]
SIZE = 400


def city(tag: str, size: int = SIZE) -> str:
    """A chain of pumps that all carry the version's tag: two tags in one answer are a mixture."""
    return "".join(
        f'<p{n}> a ldt:Pump ; dcterms:identifier "{n}" ; rdfs:label "{tag}" ; ldt:fedBy <p{(n + 1) % size}> .\n'
        for n in range(size)
    )


def tags(server: Server) -> set[str | None]:
    """Read the whole twin; begin again where it moved on."""
    while True:
        try:
            page = Neo4jGraph(server).find(EntityFilter(type="Pump"), first=10_000)
        except VersionMoved:
            continue
        assert page.total == len(page.entities) == SIZE
        return {e.name for e in page.entities}


def publisher(record: Record, settings, *arguments: str) -> subprocess.Popen:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "api")]),
        "LDT_NEO4J_URI": settings.neo4j_uri,
        "LDT_NEO4J_USER": settings.neo4j_user,
        "LDT_NEO4J_PASSWORD": settings.neo4j_password,
    }
    code = "import sys; from ldt_graph.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", code, "publish", "--record", record.location, *arguments],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_a_publisher_killed_at_random_moments_leaves_whole_versions(neo4j, tmp_path):
    chance = random.Random(4)
    record = Record(str(tmp_path / "record"))
    versions = [commit(record, city(tag)) for tag in ("a", "b")]
    with Server(neo4j.settings, wait=30) as server:
        publish(record, server, versions[0], rebuild=True, everything=True)
        begun = time.monotonic()
        assert publisher(record, neo4j.settings, "--as-of", "1", "--rebuild").wait() == 0
        whole = time.monotonic() - begun
        for round_ in range(share(20)):
            target = str(round_ % 2)
            process = publisher(
                record,
                neo4j.settings,
                "--as-of",
                target,
                *(["--rebuild"] if round_ % 4 < 3 else []),
            )
            time.sleep(chance.uniform(whole * 0.3, whole))
            process.kill()
            process.wait()
            assert len(tags(server)) == 1, f"round {round_}"
        for version in (versions[1], versions[0]):
            publish(record, server, version)
            assert dump(server) == expected(record, version)
        left = server.read("MATCH (n:_Next) RETURN count(n) AS n")
        assert left is not None
        assert left["n"] == 0


def test_sixteen_readers_see_whole_versions_while_others_are_published(neo4j, tmp_path):
    record = Record(str(tmp_path / "record"))
    versions = [commit(record, city(tag)) for tag in ("a", "b", "c")]
    faults: list[object] = []
    seen: set[str | None] = set()
    over = threading.Event()

    def read(server: Server) -> None:
        while not over.is_set():
            try:
                found = tags(server)
            except Exception as error:
                faults.append(error)
                return
            seen.update(found)
            if len(found) != 1:
                faults.append(found)
            over.wait(0.1)  # sixteen that read without a break would only wait for one another

    with Server(neo4j.settings, wait=30) as server:
        publish(record, server, versions[0], rebuild=True, everything=True)
        readers = [threading.Thread(target=read, args=(server,)) for _ in range(16)]
        for reader in readers:
            reader.start()
        try:
            for round_ in range(1, 1 + share(40, least=6)):
                publish(record, server, versions[round_ % 3], rebuild=round_ % 4 == 0)
        finally:
            over.set()
            for reader in readers:
                reader.join()
    assert faults == []
    assert seen == {"a", "b", "c"}


# Both servers with TWIN_TEST_SHARE=1: starting one again takes a minute.
@pytest.mark.parametrize("version", neo4j_versions()[: None if SHARE >= 1 else 1])
def test_a_server_that_is_killed_loses_nothing_and_thirty_two_clients_find_it_again(
    version, tmp_path
):
    server = start_neo4j(version, tmp_path / "home")
    if not isinstance(server, TestServer):
        pytest.skip("The test kills its server; yours is left alone.")
    record = Record(str(tmp_path / "record"))
    versions = [commit(record, clients.city(tag, SIZE)) for tag in ("v0", "v1")]
    try:
        with Server(server.settings, wait=30) as connected:
            publish(record, connected, versions[0])
        store = Neo4jStore(None, server.settings)
        with TestClient(create_app(store, poll=0.2)) as client:

            def ask(query: str):
                answer = client.post("/graphql", json={"query": query})
                if answer.status_code == 503:
                    assert answer.headers["Retry-After"]
                return answer.status_code, answer.headers.get("X-LDT-Version"), answer.json()

            assert client.get("/ready").status_code == 200
            with clients.Clients(ask, pause=3.0) as asking:
                until(lambda: "v0" in asking.seen)
                process = publisher(record, server.settings, "--as-of", "1", "--rebuild")
                time.sleep(1.5)
                server.kill()
                process.wait()
                assert ask(clients.QUESTION)[0] == 503
                assert client.get("/ready").status_code == 503
                server.start()
                until(lambda: client.get("/ready").status_code == 200)
                with Server(server.settings, wait=30) as connected:
                    for version in (*versions, *versions)[: share(5, least=1)]:
                        publish(record, connected, version, rebuild=True)
                    publish(record, connected, versions[1])
                until(lambda: ask(clients.QUESTION)[1] == "1")
            assert asking.wrong == []
            assert next(asking.away) > 0
            assert asking.seen == {"v0", "v1"}
        with Server(server.settings, wait=30) as connected:
            assert dump(connected) == expected(record, versions[1])
    finally:
        server.stop()


def until(condition) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)


# ── what is refused, with the next step, and nothing written ─────────────────────────────────────


def test_a_wrong_account_database_or_address_is_a_clear_error(neo4j):
    for settings, words in (
        (replace(neo4j.settings, neo4j_password="wrong"), "LDT_NEO4J_PASSWORD"),
        (replace(neo4j.settings, neo4j_database="nowhere"), "LDT_NEO4J_DATABASE"),
        (replace(neo4j.settings, neo4j_uri="http://127.0.0.1:1"), "LDT_NEO4J_URI"),
    ):
        with pytest.raises(ServerError, match=words) as caught:
            Server(settings)
        assert settings.neo4j_password not in str(caught.value)
    with pytest.raises(Unavailable, match="LDT_NEO4J_URI"):
        Server(replace(neo4j.settings, neo4j_uri="bolt://127.0.0.1:1"))


def test_a_database_that_is_not_this_twins_is_left_alone(neo4j, tmp_path):
    record = Record(str(tmp_path / "record"))
    commit(record, "<a> a ldt:Pump .")
    with Server(neo4j.settings, wait=30) as server:
        publish(record, server, rebuild=True, everything=True)
        server.write("MATCH (n) DETACH DELETE n")
        server.write("CREATE (:Person {name: 'someone else'})-[:KNOWS]->(:Person)")
        with pytest.raises(ServerError, match="--beside"):
            publish(record, server)
        publish(record, server, beside=True)
        server.write("MATCH (t:Twin) SET t.base = 'https://example.org/other/'")
        with pytest.raises(ServerError, match="another twin"):
            publish(record, server)
        server.write("MATCH (t:Twin) SET t.base = 'https://example.org/test/'")
        server.write("MATCH (s:_Ldt) SET s.format = 0, s.unfinished = 7")
        with pytest.raises(ServerError, match="older release"):
            publish(record, server)
        server.write("MATCH (s:_Ldt) SET s.format = 99")
        with pytest.raises(ServerError, match="newer release"):
            publish(record, server)
        found = server.read("MATCH (p:Person) RETURN count(p) AS n")
        assert found is not None
        assert found["n"] == 2
        server.write("MATCH (s:_Ldt) SET s.format = 1 REMOVE s.unfinished")
        publish(record, server, rebuild=True, everything=True)


def test_entities_of_others_that_share_an_iri_are_told_before_anything_is_written(neo4j, tmp_path):
    record = Record(str(tmp_path / "record"))
    commit(record, "<a> a ldt:Pump .")
    with Server(neo4j.settings, wait=30) as server:
        server.write("MATCH (n) DETACH DELETE n")
        server.schema("DROP CONSTRAINT ldt_entity_iri IF EXISTS")
        server.write("UNWIND [1, 2] AS n CREATE (:Entity {iri: 'urn:theirs'})")
        with pytest.raises(ServerError, match="share"):
            publish(record, server, beside=True)
        found = server.read("MATCH (n) RETURN count(n) AS n")
        assert found is not None
        assert found["n"] == 2
        publish(record, server, rebuild=True, everything=True)


def test_a_name_that_the_indexes_can_not_take_is_told_and_the_old_version_stays(neo4j, tmp_path):
    record = Record(str(tmp_path / "record"))
    good = commit(record, '<a> a ldt:Pump ; dcterms:identifier "a" .')
    commit(record, f'<a> a ldt:Pump ; dcterms:identifier "{"a" * 8_001}" .')
    with Server(neo4j.settings, wait=30) as server:
        server.write("MATCH (n) DETACH DELETE n")
        with pytest.raises(RecordError, match=r"identifier of 8,001 bytes: https://.*/a\."):
            publish(record, server)
        publish(record, server, good)
        with pytest.raises(RecordError, match="Shorten it"):
            publish(record, server)
        assert Neo4jGraph(server).resolve("a").endswith("/a")
    commit(record, f"<{'a' * 8_001}> a ldt:Pump .")
    with pytest.raises(RecordError, match="an IRI of"):
        write_files(record, record.version(None), tmp_path / "files")


def test_a_text_that_the_import_files_can_not_tell_is_told(tmp_path):
    record = Record(str(tmp_path / "record"))
    commit(record, '<a> a ldt:Pump ; ldt:note "one", "t\\u001Fwo" .')
    with pytest.raises(RecordError, match=r"'t\\x1fwo': U\+001F"):
        write_files(record, record.version(None), tmp_path / "files")


def test_a_second_publisher_is_told(neo4j, tmp_path):
    record = Record(str(tmp_path / "record"))
    versions = [commit(record, f'<a> a ldt:Pump ; rdfs:label "{n}" .') for n in range(2)]
    with Server(neo4j.settings, wait=30) as server:
        publish(record, server, versions[0], rebuild=True, everything=True)
        with server.transaction() as held:
            held.run("MATCH (s:_LdtLock) SET s.taken = 0").consume()
            with pytest.raises(BuildInProgress, match="Another publisher"):
                publish(record, server)
        assert publish(record, server).how == "difference"


def test_a_reader_can_not_write_and_a_long_question_is_ended_by_the_server(neo4j):
    with Server(neo4j.settings, wait=30) as server, pytest.raises(ServerError, match="read"):
        server.read("CREATE (n:Person) RETURN n")
    with Server(replace(neo4j.settings, neo4j_timeout=1), wait=30) as server:
        begun = time.monotonic()
        with pytest.raises(Exception, match="LDT_NEO4J_TIMEOUT"):
            server.read(
                "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b RETURN sum(a * b) AS n"
            )
        assert time.monotonic() - begun < 20


@pytest.mark.parametrize("version", neo4j_versions())
def test_a_read_only_database_is_not_written_to(version, tmp_path):
    if version == "yours":
        pytest.skip("The test needs a server of its own settings.")
    server = start_neo4j(version, tmp_path / "home")
    assert isinstance(server, TestServer)
    server.stop()
    server.configuration["server__databases__read_only"] = "neo4j"
    server.start()
    record = Record(str(tmp_path / "record"))
    commit(record, "<a> a ldt:Pump .")
    try:
        with (
            Server(server.settings, wait=30) as connected,
            pytest.raises(ServerError, match="read-only"),
        ):
            publish(record, connected)
    finally:
        server.stop()
