"""Publishing by difference, again and again, leaves what a rebuild from nothing leaves."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING

import pytest

from ldt_graph.errors import ServerError
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.graph.neo4j import Neo4jGraph, Server, publish
from ldt_graph.graph.neo4j import load as loading
from ldt_graph.impact import impact
from ldt_graph.model import EntityFilter
from ldt_graph.record import Record
from ldt_graph.testing import BASE
from tests.contract.twins import commit, differences, dump, expected
from tests.examples import share

if TYPE_CHECKING:
    from pathlib import Path

EDITS = share(100)  # of each server, others at each
CLASSES = (
    "Pump",
    "WaterMain",
    "PowerLine",
    "SupplyGroup",
    "Membership",
    "Hospital",
    "GridConnection , ldt:Source",
)
RELATIONS = ("poweredBy", "fedBy", "hydraulicallyConnectedTo", "electricallyConnectedTo", "hasMember", "hasRequirement", "hasMembership", "ofMember", "locatedIn")  # fmt: skip


def edited(lines: dict[str, str], chance: random.Random) -> None:
    """Change a small twin: entities come and go, change class, name, state and relations."""
    for _ in range(chance.randint(1, 4)):
        n = chance.randrange(12)
        kind = chance.random()
        if kind < 0.15:
            lines.pop(f"{n:02d}", None)
        elif kind < 0.5 or f"{n:02d}" not in lines:
            classes = " , ".join(
                f"ldt:{c}" for c in chance.sample(CLASSES, chance.choice((1, 1, 2)))
            )
            lines[f"{n:02d}"] = f'<e{n}> a {classes} ; dcterms:identifier "{n}"'
        elif kind < 0.8:
            lines[f"{n:02d}"] += f" ; ldt:{chance.choice(RELATIONS)} <e{chance.randrange(12)}>"
        else:
            stated = chance.choice(
                ('rdfs:label "name {n}"', "ldt:inService false", "ldt:autonomyHours {n}", "ldt:population {n}", "ldt:requiredMembers 1", "ldt:requiredShare 0.5", "ldt:share 0.{n}",
                 'geo:asWKT "POINT({n} 48)"^^geo:wktLiteral', "ldt:diameter 1.5 , 2.50")
            ).format(n=chance.randrange(9))  # fmt: skip
            lines[f"{n:02d}"] += f" ; {stated}"


def test_random_edits_published_one_by_one_equal_a_rebuild(neo4j, tmp_path: Path):
    chance = random.Random(neo4j.version)
    record, lines = Record(str(tmp_path / "record")), dict[str, str]()
    with Server(neo4j.settings, wait=30) as server:
        how = set[str]()
        graph: Neo4jGraph | None = None
        for number in range(EDITS):
            edited(lines, chance)
            if not lines:
                continue
            version = commit(record, " .\n".join(lines[k] for k in sorted(lines)) + " .")
            report = publish(record, server, rebuild=number == 0, everything=number == 0)
            how.add(report.how)
            assert dump(server) == expected(record, version), f"edit {number}"
            if number % 10 == 0:
                compare(record, server)
            graph = Neo4jGraph(server, after=graph)
            fresh = Neo4jGraph(server).columns()
            assert differences(fresh, graph.columns()) == [], f"edit {number}"
        assert {"load", "difference"} <= how
        kept = dump(server)
        publish(record, server, rebuild=True)
        assert dump(server) == kept
        publish(record, server, rebuild=True, everything=True)
        assert dump(server) == kept


def compare(record: Record, server: Server) -> None:
    embedded, neo4j = EmbeddedGraph.open(record), Neo4jGraph(server)
    page = embedded.find(EntityFilter(), first=100)
    assert neo4j.find(EntityFilter(), first=100) == page
    iris = [e.iri for e in page.entities]
    assert neo4j.relations(iris) == embedded.relations(iris)
    assert differences(embedded.columns(), neo4j.columns()) == []
    for iri in iris[:3]:
        assert impact(neo4j, [iri]).document() == impact(embedded, [iri]).document()


def test_a_large_difference_goes_beside_and_an_older_version_comes_back(
    neo4j, tmp_path, monkeypatch
):
    monkeypatch.setattr(sys.modules[publish.__module__], "SMALL", 3)
    record = Record(str(tmp_path / "record"))
    first = commit(
        record, "".join(f"<a{n}> a ldt:Pump ; ldt:fedBy <a{n + 1}> .\n" for n in range(20))
    )
    second = commit(
        record, "".join(f"<b{n}> a ldt:Pump ; ldt:fedBy <b{n + 1}> .\n" for n in range(20))
    )
    with Server(neo4j.settings, wait=30) as server:
        publish(record, server, first, rebuild=True, everything=True)
        assert publish(record, server, second).how == "beside"
        assert dump(server) == expected(record, second)
        assert publish(record, server, first).how == "beside"
        assert dump(server) == expected(record, first)
        left = server.read("MATCH (n:_Next) RETURN count(n) AS n")
        assert left is not None
        assert left["n"] == 0


def test_a_load_in_many_batches_leaves_all_of_it(neo4j, tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "BATCH", 7)
    monkeypatch.setattr(loading, "FEW", 2)
    record = Record(str(tmp_path / "record"))
    kinds = ("Pump", "WaterMain", "PowerLine")
    version = commit(
        record,
        "".join(
            f"<a{n}> a ldt:{kinds[n % 3]} ; ldt:fedBy <a{n * 7 % 50}> ; ldt:poweredBy <a{n * 3 % 50}> .\n"
            for n in range(50)
        ),
    )
    with Server(neo4j.settings, wait=30) as server:
        report = publish(record, server, rebuild=True, everything=True)
        assert report.how == "load"
        assert dump(server) == expected(record, version)
        found = server.read("SHOW INDEXES YIELD name, state WHERE state <> 'ONLINE' RETURN collect(name) AS names")  # fmt: skip
        assert found is not None
        assert found["names"] == []


def test_a_node_that_is_deleted_during_a_load_is_told_and_the_next_publish_completes(
    neo4j, tmp_path, monkeypatch
):
    record = Record(str(tmp_path / "record"))
    version = commit(record, "<a> a ldt:Pump . <b> a ldt:Pump ; ldt:fedBy <a> .")
    index = loading.create_indexes

    def interfered(server: Server, mark: str, key: str = "", **more: bool) -> None:
        index(server, mark, key, **more)
        if key == "id":
            server.write("MATCH (n:Entity {_ldt: 1}) DETACH DELETE n")

    with Server(neo4j.settings, wait=30) as server:
        with monkeypatch.context() as patch:
            patch.setattr(loading, "create_indexes", interfered)
            with pytest.raises(ServerError, match="somebody deleted nodes of this twin"):
                publish(record, server, rebuild=True, everything=True)
        publish(record, server)
        assert dump(server) == expected(record, version)


def test_a_dry_run_tells_the_difference_and_writes_nothing(neo4j, tmp_path):
    record = Record(str(tmp_path / "record"))
    first = commit(record, "<a> a ldt:Pump . <b> a ldt:Pump ; ldt:fedBy <a> .")
    with Server(neo4j.settings, wait=30) as server:
        publish(record, server, rebuild=True, everything=True)
        commit(record, '<a> a ldt:Pump ; rdfs:label "new" . <c> a ldt:Pump .')
        report = publish(record, server, dry_run=True)
        assert report.document()["nodes"] == {"added": 1, "changed": 1, "removed": 1}
        assert report.relationships["removed"] > 0
        assert dump(server) == expected(record, first)


@pytest.mark.parametrize("how", ["difference", "rebuild"])
def test_what_others_put_there_is_never_touched(neo4j, tmp_path, how):
    record = Record(str(tmp_path / "record"))
    commit(record, "<a> a ldt:Pump . <b> a ldt:Pump ; ldt:fedBy <a> . <c> a ldt:Pump .")
    with Server(neo4j.settings, wait=30) as server:
        publish(record, server, rebuild=True, everything=True)
        server.write(
            "MATCH (a:Entity {iri: $a}) MATCH (b:Entity {iri: $b}) "
            "CREATE (p:Person:Pump {name: 'Inspector'})-[:INSPECTS {on: 7}]->(a), (p)-[:INSPECTS]->(b), (a)-[:NEAR {m: 3}]->(b), "
            "(:Entity {name: 'not ours'}), (:Twin_ {name: 'nor this'})",
            a="https://example.org/test/test/a", b="https://example.org/test/test/b",
        )  # fmt: skip
        version = commit(record, '<a> a ldt:Pump ; rdfs:label "A" . <c> a ldt:Pump .')
        report = publish(record, server, rebuild=how == "rebuild")
        assert report.kept == 1
        assert dump(server) == expected(record, version)
        found = server.read(
            "MATCH (p:Person)-[r:INSPECTS]->(n) WITH p, n, r ORDER BY n.iri "
            "WITH p, collect([n.iri, labels(n), r.on]) AS tied "
            "MATCH (a)-[x:NEAR]->(b) RETURN p.name AS name, labels(p) AS labels, tied, x.m AS m, a.name AS a, keys(b) AS b, "
            "COUNT { MATCH (n:Entity {name: 'not ours'}) } AS others"
        )
        assert found is not None
        assert found["name"] == "Inspector"
        assert sorted(found["labels"]) == ["Person", "Pump"]
        assert [(t[0][-1], "Entity" in t[1], t[2]) for t in found["tied"]] == [
            ("a", True, 7),
            ("b", False, None),
        ]
        assert (found["m"], found["a"], found["b"], found["others"]) == (3, "A", ["iri"], 1)


CLASH = """
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix x: <https://example.org/clash#> .
x:Pump a owl:Class . x:poweredBy a owl:ObjectProperty .
"""


def test_a_name_that_clashes_from_now_on_has_its_prefix_at_the_next_publication(neo4j, tmp_path):
    ontology = tmp_path / "clash.ttl"
    ontology.write_text(CLASH, encoding="utf-8")
    record = Record(str(tmp_path / "record"))
    said = "<a> a ldt:Pump ; ldt:poweredBy <b> . <b> a ldt:DistributionStation ."
    first = commit(record, said)
    second = commit(record, said, ontology=(ontology,))
    asked = "MATCH (a:Entity {type: $type})-[r]->(b) WHERE r.rule ENDS WITH '#Triples' RETURN labels(a) AS labels, type(r) AS type"
    with Server(neo4j.settings, wait=30) as server:
        publish(record, server, first, rebuild=True, everything=True)
        for version, name, cls, type_ in (
            (second, "ldt:Pump", "ldt_Pump", "ldt_POWERED_BY"),
            (first, "Pump", "Pump", "POWERED_BY"),
        ):
            assert publish(record, server, version).how == "difference"
            found = server.read(asked, type=name)
            assert found is not None
            assert cls in found["labels"]
            assert found["type"] == type_
            assert dump(server) == expected(record, version)


def test_what_a_release_with_another_model_left_is_built_anew(neo4j, tmp_path):
    record = Record(str(tmp_path / "record"))
    version = commit(record, "<a> a ldt:Pump . <b> a ldt:Pump ; ldt:fedBy <a> .")
    with Server(neo4j.settings, wait=30) as server:
        publish(record, server, rebuild=True, everything=True)
        server.write("MATCH (t:Twin) REMOVE t._model, t.placesVersion")
        server.write("MATCH (s:_Ldt) SET s.format = 1")
        server.write("MATCH (n:Entity {iri: $iri}) SET n:Left", iri=f"{BASE}test/a")
        assert publish(record, server).how == "beside"
        assert dump(server) == expected(record, version)
        assert publish(record, server).how == "nothing"
