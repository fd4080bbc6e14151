"""Places make no difference, yet follow: rows that move are published as places, and nothing else."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest

from ldt_graph.errors import VersionMoved
from ldt_graph.graph.neo4j import Neo4jGraph, Server, places, publish
from ldt_graph.record import Record
from ldt_graph.testing import BASE
from tests.contract.twins import commit_rows, differences, dump, expected
from tests.examples import share

if TYPE_CHECKING:
    from pathlib import Path


EDITS = share(60)  # of each server, others at each
Row = tuple[str, str]


def row(key: str, said: str = "a ldt:Pump ; ldt:fedBy <e0>") -> Row:
    return f"test/{key}", f"<{key}> {said} ."


def city(size: int = 30) -> list[Row]:
    return [
        row(f"e{n}", f"a ldt:Pump ; ldt:fedBy <e{n // 3}> ; ldt:poweredBy <e{n // 2}>")
        for n in range(size)
    ]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(str(tmp_path / "record"))


@pytest.fixture
def server(neo4j):
    with Server(neo4j.settings, wait=30) as server:
        server.write("MATCH (n) DETACH DELETE n")
        yield server


def stamped(server: Server, key: str) -> object:
    found = server.read(f"MATCH (t:Twin) RETURN t.{key} AS value")
    assert found is not None
    return found["value"]


def test_a_row_at_the_top_is_that_row_and_every_other_place_follows(server, record):
    publish(record, server, commit_rows(record, city()))
    version = commit_rows(record, [row("new"), *city()])
    foretold = publish(record, server, dry_run=True)
    report = publish(record, server)
    assert report.how == "difference"
    assert report.document()["nodes"] == {"added": 1, "changed": 0, "removed": 0}
    assert report.relationships == {"added": report.relationships["added"], "removed": 0}
    of_the_row = [r for r in expected(record, version)[1] if r[0].endswith("/new")]
    assert report.relationships["added"] == len(of_the_row)
    assert report.places == len(expected(record, version)[1]) - len(of_the_row)
    assert foretold.document() == report.document() | {"dryRun": True}
    assert dump(server) == expected(record, version)
    assert stamped(server, "placesVersion") == version.number
    assert publish(record, server).how == "nothing"


def test_rows_in_another_order_or_file_change_nothing_but_places(server, record):
    publish(record, server, commit_rows(record, city()))
    for version in (
        commit_rows(record, city()[::-1]),
        commit_rows(record, city()[::-1], "renamed.csv"),
    ):
        report = publish(record, server, version)
        counts = report.document()
        assert counts["nodes"] == {"added": 0, "changed": 0, "removed": 0}
        assert counts["relationships"] == {"added": 0, "removed": 0}
        assert counts["places"] > 30
        assert dump(server) == expected(record, version)


def test_equal_rows_stay_two_and_one_that_goes_is_one(server, record):
    twice = [*city(6), ("test/x/1", "<e1> ldt:fedBy <e5> ."), ("test/x/2", "<e1> ldt:fedBy <e5> .")]
    publish(record, server, commit_rows(record, twice))
    assert places_of(server, "e1", "e5") == [8, 9]
    moved = [row("new"), *twice]
    assert publish(record, server, commit_rows(record, moved)).relationships["removed"] == 0
    assert places_of(server, "e1", "e5") == [9, 10]
    version = commit_rows(record, [r for r in moved if r[0] != "test/x/1"])
    report = publish(record, server, version)
    assert places_of(server, "e1", "e5") == [9]
    assert (report.relationships["added"], report.relationships["removed"]) == (0, 1)
    assert dump(server) == expected(record, version)


def places_of(server: Server, a: str, b: str) -> list[int]:
    found = server.read(
        "MATCH (a:Entity)-[r:FED_BY]->(b:Entity) WHERE a.iri ENDS WITH $a AND b.iri ENDS WITH $b RETURN collect(r.row) AS rows",
        a=f"/{a}",
        b=f"/{b}",
    )
    assert found is not None
    return sorted(found["rows"])


def test_a_key_that_changes_alone_changes_nothing_in_the_server(server, record):
    publish(record, server, commit_rows(record, city()))
    version = commit_rows(record, [(f"other/{key}", said) for key, said in city()])
    report = publish(record, server)
    assert (report.nodes.total(), report.relationships.total(), report.places) == (0, 0, 0)
    assert dump(server) == expected(record, version)


class Died(Exception):
    """The publisher was killed."""


def dying(monkeypatch, after: int) -> None:
    """Let the publisher die once so many batches of places are committed."""
    commits = iter(range(after))
    batches = places.Moves.batches

    def some(self, code):
        for batch in batches(self, code):
            if next(commits, None) is None:
                raise Died
            yield batch

    monkeypatch.setattr(places.Moves, "batches", some)


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_publisher_that_dies_before_all_places_followed_is_finished_by_the_next(
    server, record, monkeypatch, after
):
    monkeypatch.setattr(places, "BATCH", 7)
    first = commit_rows(record, city())
    publish(record, server, first)
    second = commit_rows(record, [row("new"), *city()], "renamed.csv")
    with monkeypatch.context() as patch, pytest.raises(Died):
        dying(patch, after)
        publish(record, server, second)
    assert (stamped(server, "version"), stamped(server, "placesVersion")) == (
        second.number,
        first.number,
    )
    assert places_apart(dump(server)) == places_apart(expected(record, second))
    seen = set(of_each(dump(server)))
    assert seen <= set(of_each(expected(record, first))) | set(of_each(expected(record, second)))
    assert Neo4jGraph(server).relations([f"{BASE}test/e5"])[f"{BASE}test/e5"]
    report = publish(record, server, second)
    assert report.places > 0
    assert (report.nodes.total(), report.relationships.total()) == (0, 0)
    assert dump(server) == expected(record, second)
    assert publish(record, server, second).how == "nothing"


def test_readers_see_the_old_place_or_the_new_and_never_half_of_one(server, record, monkeypatch):
    monkeypatch.setattr(places, "BATCH", 7)
    versions = [
        commit_rows(record, city(), "old.csv"),
        commit_rows(record, [row("new"), *city()], "new.csv"),
    ]
    publish(record, server, versions[0])
    iris = [f"{BASE}test/e{n}" for n in range(30)]
    whole = {("old.csv", n + 2) for n in range(30)} | {("new.csv", n + 3) for n in range(30)}
    seen: set[tuple[str | None, int | None]] = set()
    over = threading.Event()
    faults: list[Exception] = []

    def read() -> None:
        while not over.is_set():
            try:
                found = Neo4jGraph(server).relations(iris)
            except VersionMoved:
                continue
            except Exception as error:
                faults.append(error)
                return
            for known in (r.provenance for relations in found.values() for r in relations):
                seen.add((known.source, known.row))
            over.wait(0.03)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    try:
        for round_ in range(1, 9):
            publish(record, server, versions[round_ % 2])
    finally:
        over.set()
        for reader in readers:
            reader.join()
    assert faults == []
    assert {source for source, _ in seen} == {"old.csv", "new.csv"}
    assert seen <= whole


def test_a_network_that_was_read_before_all_places_followed_is_read_anew_for_the_next_version(
    server, record, monkeypatch
):
    publish(record, server, commit_rows(record, city(6)))
    graph = Neo4jGraph(server)
    graph.columns()
    with monkeypatch.context() as patch, pytest.raises(Died):
        dying(patch, 0)
        publish(record, server, commit_rows(record, [row("new"), *city(6)]))
    graph = Neo4jGraph(server, after=graph)
    graph.columns()  # with the old places
    publish(record, server, commit_rows(record, [row("new"), *city(6), row("last")]))
    assert (
        differences(Neo4jGraph(server).columns(), Neo4jGraph(server, after=graph).columns()) == []
    )


def of_each(dumped) -> list[str]:
    return [repr(r) for r in dumped[1]]


def places_apart(dumped):
    nodes, relations = dumped
    bare = [(*r[:3], [p for p in r[3] if p[0] not in ("source", "row")]) for r in relations]
    return nodes, sorted(bare)


def edited(rows: list[Row], chance: random.Random) -> list[Row]:
    """Change a table: rows come, often at the top, go, move, say something else, or stand there twice."""
    rows = list(rows)
    for _ in range(chance.randint(1, 3)):
        at, kind = chance.randrange(len(rows) + 1), chance.random()
        n, m = chance.randrange(12), chance.randrange(12)
        relation = chance.choice(("fedBy", "poweredBy", "hydraulicallyConnectedTo"))
        if kind < 0.35 or not rows:
            said = chance.choice((f"a ldt:Pump ; ldt:{relation} <e{m}>", f"ldt:{relation} <e{m}>"))
            rows.insert(
                0 if chance.random() < 0.5 else at, (f"test/{chance.random()}", f"<e{n}> {said} .")
            )
        elif kind < 0.5:
            rows.pop(at % len(rows))
        elif kind < 0.65:
            rows.insert(chance.randrange(len(rows)), rows.pop(at % len(rows)))
        elif kind < 0.8:
            key, said = rows[at % len(rows)]
            rows[at % len(rows)] = (key, said.replace(" .", f' ; rdfs:label "{m}" .'))
        elif kind < 0.95:
            key, said = rows[at % len(rows)]
            rows.insert(at, (f"{key}/{chance.random()}", said))
        else:
            chance.shuffle(rows)
    return rows


def test_random_tables_published_one_by_one_equal_a_rebuild_places_included(
    server, record, monkeypatch, neo4j
):
    monkeypatch.setattr(places, "BATCH", 5)
    chance = random.Random(neo4j.version)
    rows, source = city(4), "a.csv"
    graph: Neo4jGraph | None = None
    moved = died = 0
    for number in range(EDITS):
        rows = edited(rows, chance)
        source = chance.choice((source, source, source, "a.csv", "b.csv"))
        version = commit_rows(record, rows, source)
        if chance.random() < 0.3:
            with monkeypatch.context() as patch:
                dying(patch, chance.randrange(3))
                try:
                    publish(record, server, version)
                except Died:
                    died += 1
                    graph = Neo4jGraph(server, after=graph)
                    graph.columns()  # some of its places are still the old ones
                    continue
        moved += publish(record, server, version).places
        assert dump(server) == expected(record, version), f"edit {number}"
        assert stamped(server, "placesVersion") == version.number
        graph = Neo4jGraph(server, after=graph)
        fresh = Neo4jGraph(server).columns()
        assert differences(fresh, graph.columns()) == [], f"edit {number}"
    assert moved > EDITS
    assert died > EDITS // 20 or EDITS < 20  # of so few none may have died
    publish(record, server, version)
    kept = dump(server)
    publish(record, server, version, rebuild=True, everything=True)
    assert dump(server) == kept
