"""Feeds that count as independent and lie together are named as one, with the proof (invented)."""

from __future__ import annotations

import pytest

from ldt_graph.errors import QueryError
from ldt_graph.impact import impact
from ldt_graph.impact.spatial.commons import common_causes
from ldt_graph.testing import BASE, graph_of

CLINIC = """
<grid> a ldt:GridConnection ; dcterms:identifier "grid" ; ldt:electricallyConnectedTo <hv> .
<hv> a ldt:ElectricBus ; geo:asWKT "POINT (10 50)" .
<w> a ldt:PowerLine ; geo:asWKT "LINESTRING (10 50, 10.01 50.01, 10.05 50.01)" ; ldt:electricallyConnectedTo <hv> , <a> .
<e> a ldt:PowerLine ; geo:asWKT "LINESTRING (10 50, 10.02 50.0, 10.03 %s, 10.05 50.0)" ; ldt:electricallyConnectedTo <hv> , <b> .
<a> a ldt:DistributionStation ; geo:asWKT "POINT (10.05 50.01)" .
<b> a ldt:DistributionStation ; geo:asWKT "POINT (10.05 50.0)" .
<feeds> a ldt:SupplyGroup ; ldt:requiredMembers %d ; ldt:hasMember <a> , <b> .
<clinic> a ldt:Hospital ; dcterms:identifier "clinic" ; ldt:hasRequirement <feeds> ; ldt:poweredBy <a> , <b> ; ldt:autonomyHours 50 .
"""


def found(turtle, metres):
    return [
        tuple(iri.removeprefix(BASE + "test/") for iri in (*c.members, *c.assets))
        for c in common_causes(graph_of(turtle), metres)
    ]


def test_two_feeds_in_one_trench_are_named_with_their_nearest_points_and_rows():
    graph = graph_of(CLINIC % ("50.00995", 1))
    [cause] = common_causes(graph, 10)
    assert cause.owner["identifier"] == "clinic"
    assert [a.removeprefix(BASE + "test/") for a in cause.assets] == ["w", "e"]
    assert cause.metres == pytest.approx(5.56, abs=0.01)
    (lon, lat), (lon2, lat2) = cause.points
    assert (lon, lat, lon2, lat2) == pytest.approx((10.03, 50.01, 10.03, 50.00995), abs=1e-6)
    assert all(e is not None and e.source == "test.ttl" and e.row for e in cause.evidence)
    assert impact(graph, list(cause.assets), horizon=60).summary()["facilities"][0]["hour"] == 50


def test_feeds_that_are_apart_or_meet_only_where_they_hang_on_the_same_are_none():
    assert found(CLINIC % ("50.00995", 1), 5) == []
    assert found(CLINIC % ("50.005", 1), 10) == []


def test_without_a_member_to_spare_there_is_no_independence_to_lose():
    assert found(CLINIC % ("50.00995", 2), 10) == []


def test_members_in_one_building_are_named_with_it():
    housed = CLINIC % ("50.005", 1) + "<cellar> a ldt:Building . <a> ldt:partOf <cellar> . <b> ldt:partOf <cellar> ."  # fmt: skip
    assert found(housed, 10) == [("a", "b", "a", "b")]
    [cause] = common_causes(graph_of(housed), 10)
    assert cause.inside == BASE + "test/cellar"


def test_a_third_feed_elsewhere_keeps_the_owner():
    third = '<spare> a ldt:GridConnection ; geo:asWKT "POINT (10.2 50)" ; ldt:electricallyConnectedTo <c> . <c> a ldt:DistributionStation . <feeds> ldt:hasMember <c> .'  # fmt: skip
    assert found(CLINIC % ("50.00995", 1) + third, 10) == []
    assert found(CLINIC % ("50.00995", 2) + third, 10) == [("a", "b", "w", "e")]


def test_a_negative_distance_is_refused():
    with pytest.raises(QueryError, match="0 or more metres"):
        common_causes(graph_of(CLINIC % ("50.005", 1)), -1)
