"""What is short or degraded, and groups by shares, over GraphQL (invented)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ldt_api.app import create_app
from starlette.testclient import TestClient

from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.record import Record
from tests.api.test_app import ask, commit

if TYPE_CHECKING:
    from collections.abc import Iterator

MORE = """
<second> a ldt:GridConnection ; dcterms:identifier "second" ; ldt:powerCapacity 1 ; ldt:electricallyConnectedTo <load> .
<grid> ldt:powerCapacity 9 .
<load> a ldt:Load ; dcterms:identifier "load" ; ldt:activePower 3 ; ldt:electricallyConnectedTo <station> ; ldt:locatedIn <north> .
<ward> a ldt:Hospital ; dcterms:identifier "ward" ; ldt:population 7 ; ldt:electricallyConnectedTo <load> ; ldt:locatedIn <north> .
<north> a ldt:District ; dcterms:identifier "north" .
<x> a ldt:Intersection ; dcterms:identifier "x" ; ldt:signalledBy <signal> ; ldt:locatedIn <north> . <signal> a ldt:TrafficSignal ; dcterms:identifier "signal" .
<depot> a ldt:Building ; dcterms:identifier "depot" ; ldt:hasRequirement <group> .
<group> a ldt:SupplyGroup ; dcterms:identifier "group" ; ldt:requiredShare 0.6 ; ldt:hasMember <signal> , <pump> ; ldt:hasMembership <m1> , <m2> .
<m1> a ldt:Membership ; ldt:ofMember <signal> ; ldt:share 0.7 . <m2> a ldt:Membership ; ldt:ofMember <pump> ; ldt:share 0.3 .
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    record = Record(tmp_path_factory.mktemp("statuses") / "record")
    commit(record, MORE)
    with TestClient(create_app(EmbeddedStore(record.location))) as client:
        yield client


def impact(client: TestClient, fields: str) -> Any:
    answer = ask(client, f'{{ impact(of: ["grid", "signal"]) {{ {fields} }} }}')
    assert "errors" not in answer, answer
    return answer["data"]["impact"]


def test_sums_people_districts_and_facilities_tell_the_statuses_apart(client):
    tally = "failed short degraded exposed"
    found = impact(
        client,
        f"summary {{ byStatus {{ {tally} }} people {{ {tally} }} criticalFacilities {{ {tally} }} byType {{ key {tally} }} "
        f"districts {{ identifier {tally} people {{ {tally} }} }} facilities {{ identifier status hour }} "
        "short { commodity capacity demand short from until sources } }",
    )["summary"]
    assert found["byStatus"] == {"failed": 1, "short": 4, "degraded": 1, "exposed": 1}
    assert found["people"] == {"failed": 0, "short": 7, "degraded": 0, "exposed": 0}
    assert found["criticalFacilities"]["short"] == 1
    assert {"key": "Intersection", "failed": 0, "short": 0, "degraded": 1, "exposed": 0} in found[
        "byType"
    ]
    assert found["facilities"] == [{"identifier": "ward", "status": "short", "hour": 0.0}]
    [north] = found["districts"]
    assert (north["short"], north["degraded"], north["people"]["short"]) == (2, 1, 7)
    [island] = found["short"]
    assert (island["capacity"], island["demand"], island["short"]) == (1.0, 3.0, 2.0)
    assert (island["from"], island["until"]) == (0.0, None)


def test_hits_and_reasons_say_how_much_and_since_when(client):
    fields = "hits(status: %s) { identifier status hour degradedFrom short { short unit } because { reason gate { required requiredShare workingShare } } }"
    found = {
        s: {h["identifier"]: h for h in impact(client, fields % f'"{s}"')["hits"]}
        for s in ("failed", "short", "degraded", "exposed")
    }
    assert {s: set(hits) for s, hits in found.items()} == {
        "failed": {"depot"},
        "short": {"station", "load", "ward", "second"},
        "degraded": {"x"},
        "exposed": {"pump"},
    }
    assert found["short"]["load"]["short"] == {"short": 2.0, "unit": "MW"}
    assert found["degraded"]["x"]["degradedFrom"] == 0.0
    gate = found["failed"]["depot"]["because"][0]["gate"]
    assert gate == {"required": None, "requiredShare": 0.6, "workingShare": 0.3}


def test_why_tells_the_seeds_that_leave_an_asset_short(client):
    why = impact(client, 'why(id: "load") { status hour seeds short { short } because { reason } sentences }')["why"]  # fmt: skip
    assert (why["status"], why["hour"], why["short"]) == ("short", 0.0, {"short": 2.0})
    assert [s.rsplit("/", 1)[1] for s in why["seeds"]] == ["grid"]
    assert [s["reason"] for s in why["because"]] == ["short", "outage"]


def test_a_scenario_changes_shares_and_tells_what_it_relieves(client):
    answer = ask(
        client,
        '{ scenario(of: ["signal"], changes: [{ do: GROUP, asset: "group", share: 0.3 }, { do: SHARE, asset: "group", by: "pump", share: 0.3 }]) '
        "{ saved { assets weak } weakened { assets } relieved { assets } changed(kind: SAVED) { identifier weak } } }",
    )
    assert answer["data"]["scenario"] == {
        "saved": {"assets": 1, "weak": 0},
        "weakened": {"assets": 0},
        "relieved": {"assets": 0},
        "changed": [{"identifier": "depot", "weak": None}],
    }


def test_the_status_is_an_enum(client):
    found = ask(client, '{ __type(name: "HitStatus") { enumValues { name } } }')
    assert [v["name"] for v in found["data"]["__type"]["enumValues"]] == [
        "failed",
        "short",
        "degraded",
        "exposed",
    ]
