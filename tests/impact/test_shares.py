"""Members of a group that count by what they bring (invented)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import QueryError
from ldt_graph.impact import Scenario, compare, criticality_of, find_measures, impact
from ldt_graph.impact.answers.telling import tell_why
from ldt_graph.impact.networkx import to_networkx
from ldt_graph.impact.structure.shares import WHOLE, counted
from ldt_graph.testing import BASE, graph_of
from tests.examples import examples

if TYPE_CHECKING:
    from ldt_graph.graph.embedded import EmbeddedGraph


def city(required: str, **shares: str) -> EmbeddedGraph:
    """Return a pump that hangs on a group of stations, by name and share."""
    turtle = f'<pump> a ldt:Pump ; dcterms:identifier "pump" ; ldt:hasRequirement <group> . <group> a ldt:SupplyGroup ; dcterms:identifier "group" ; {required} .'
    for name, share in shares.items():
        turtle += f'<{name}> a ldt:Substation ; dcterms:identifier "{name}" . <group> ldt:hasMembership <of-{name}> .'
        turtle += f"<of-{name}> a ldt:Membership ; ldt:ofMember <{name}> ; ldt:share {share} ."
    return graph_of(turtle)


def status(graph: EmbeddedGraph, *of: str) -> str | None:
    hits = {h["identifier"]: h["status"] for h in impact(graph, of).hits("none")}
    return hits.get("pump")


def why(graph: EmbeddedGraph, *of: str) -> Any:
    return impact(graph, of).why(BASE + "test/pump")


def said(graph: EmbeddedGraph, *of: str) -> list[str]:
    answer = impact(graph, of)
    return tell_why(answer.why(BASE + "test/pump"), answer.words)


THREE = city("ldt:requiredShare 0.6", a="0.5", b="0.4", c="0.1")


@pytest.mark.parametrize(
    ("of", "expected"),
    [("a", "failed"), ("b", "exposed"), ("c", "exposed"), ("bc", "failed"), ("ab", "failed")],
)
def test_a_group_fails_when_the_shares_that_work_come_to_less_than_it_requires(of, expected):
    assert status(THREE, *of) == expected


def test_the_answer_says_how_much_is_needed_and_how_much_is_left():
    [hit] = impact(THREE, ["a"]).hits()
    gate = hit["because"][0]["gate"]
    assert (gate["required"], gate["members"], gate["working"]) == (None, 3, 2)
    assert (gate["requiredShare"], gate["workingShare"]) == (0.6, 0.5)
    assert "(needs 60 %, 50 % left)" in said(THREE, "a")[1]
    assert said(THREE, "c") == [
        "pump holds: substation a and substation b still work; 90 % of the group still works and 60 % must; substation c failed."
    ]


def test_a_reason_names_no_member_whose_share_was_not_needed():
    assert why(THREE, "a", "b", "c").seeds == (BASE + "test/a",)
    assert set(why(THREE, "b", "c").failed[0].causes) == {BASE + "test/b", BASE + "test/c"}


@pytest.mark.parametrize(
    ("required", "shares", "of", "expected"),
    [
        ("1", {"a": "0.6", "b": "0.4"}, "", None),
        ("1.0", {"a": "0.1", "b": "0.2", "c": "0.7"}, "a", "failed"),
        ("1.0", {"a": "0.333", "b": "0.333", "c": "0.333"}, "a", "failed"),
        ("0.666667", {"a": "0.333333", "b": "0.333333", "c": "0.333333"}, "a", "exposed"),
        ("0.3", {"a": "0.1", "b": "0.2", "c": "0.7"}, "c", "exposed"),
        ("0.300001", {"a": "0.1", "b": "0.2", "c": "0.7"}, "c", "failed"),
    ],
)
def test_shares_are_summed_exactly(required, shares, of, expected):
    graph = city(f"ldt:requiredShare {required}", **shares)
    assert impact(graph, ["a"]).summary()["alreadyOff"] == 0
    assert not of or status(graph, *of) == expected


def test_a_group_that_states_a_number_and_a_share_needs_both():
    graph = city("ldt:requiredShare 0.5 ; ldt:requiredMembers 2", a="0.5", b="0.4", c="0.1")
    assert [status(graph, *of) for of in ("b", "c", "bc", "a")] == [
        "exposed",
        "exposed",
        "failed",
        "exposed",
    ]


def test_a_group_whose_shares_come_to_too_little_is_off_from_the_start_and_told():
    graph = city("ldt:requiredShare 0.8", a="0.5", b="0.2")
    summary = impact(graph, ["pump"]).summary()
    text = "Group group needs 80 % and the shares of its members come to 70 %"
    assert summary["notes"][0] == f"pump was off already: {text}."
    assert f"{text}: what requires it is off from the start." in summary["notes"]


def test_criticality_and_exports_know_shares():
    found = criticality_of(THREE)
    assert list(map(_name, found.takers(BASE + "test/pump"))) == ["a"]
    relations = {d["relation"] for *_, d in to_networkx(found.network).edges(data=True)}
    assert {"hasMembership", "ofMember", "hasMember"} <= relations


def _name(vertex: int) -> str | None:
    return criticality_of(THREE).network.columns.identifiers[vertex]


# ── scenarios ────────────────────────────────────────────────────────────────────────────────────


def saved(
    *changes: dict[str, Any], of: str = "a", graph: EmbeddedGraph = THREE
) -> list[str | None]:
    found = compare(graph, Scenario.of(list(changes)), list(of))
    return [a["identifier"] for a in found.list_of("saved")]


def test_a_scenario_changes_the_share_that_is_required_or_that_a_member_brings():
    assert saved({"do": "group", "asset": "group", "share": 0.5}) == ["pump"]
    assert saved({"do": "group", "asset": "group", "share": 0.51}) == []
    assert saved({"do": "group", "asset": "group", "required": 2}) == ["pump"]
    assert saved({"do": "share", "asset": "group", "by": "c", "share": 0.2}) == ["pump"]
    assert saved({"do": "share", "asset": "group", "by": "c", "share": 0.19}) == []


def test_a_second_feed_brings_as_much_as_the_largest_member():
    turtle = '<spare> a ldt:Substation ; dcterms:identifier "spare" . <pump> a ldt:Pump ; dcterms:identifier "pump" ; ldt:poweredBy <a> , <b> ; ldt:hasRequirement <group> . <group> a ldt:SupplyGroup ; dcterms:identifier "group" ; ldt:requiredShare 0.6 ; ldt:hasMembership <ma> , <mb> . <ma> a ldt:Membership ; ldt:ofMember <a> ; ldt:share 0.7 . <mb> a ldt:Membership ; ldt:ofMember <b> ; ldt:share 0.3 . <a> a ldt:Substation ; dcterms:identifier "a" . <b> a ldt:Substation ; dcterms:identifier "b" .'
    graph = graph_of(turtle)
    feed = {"do": "feed", "asset": "pump", "by": "spare"}
    assert saved(feed, graph=graph) == ["pump"]
    found = find_measures(graph, ["a"], ["pump"], Scenario.of([feed]).changes)
    assert found.best is not None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"do": "group", "asset": "group"}, "either required or share"),
        ({"do": "group", "asset": "group", "required": 1, "share": 0.5}, "either"),
        ({"do": "group", "asset": "group", "share": 60}, "0 to 1, not 60"),
        ({"do": "share", "asset": "group", "by": "pump", "share": 0.5}, "is no member"),
        ({"do": "share", "asset": "group", "share": 0.5}, "needs by"),
        ({"do": "share", "asset": "pump", "by": "a", "share": 0.5}, "is no group"),
    ],
)
def test_what_makes_no_sense_is_refused(change, complaint):
    with pytest.raises(QueryError, match=complaint):
        saved(change)


def test_a_share_of_a_group_that_counts_its_members_is_refused():
    graph = city("ldt:requiredMembers 2", a="0.5", b="0.4", c="0.1")
    with pytest.raises(QueryError, match="counts its members"):
        saved({"do": "share", "asset": "group", "by": "a", "share": 1}, graph=graph)
    asks = {"do": "group", "asset": "group", "share": 0.95}
    assert saved(asks, graph=graph) == []
    with pytest.raises(QueryError, match="come to 90 %"):
        saved({"do": "share", "asset": "group", "by": "c", "share": 0}, asks, graph=graph)


# ── what members count ───────────────────────────────────────────────────────────────────────────


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6))
@examples(100)
def test_shares_that_were_rounded_make_the_whole_and_others_count_as_stated(thousandths):
    shares = {(0, m): x / 1000 for m, x in enumerate(thousandths)}
    counts = counted(0, range(len(thousandths)), shares)
    if sum(thousandths) == 999:
        assert WHOLE <= sum(counts) <= WHOLE + len(counts)
    else:
        assert counts == [1000 * x for x in thousandths]
