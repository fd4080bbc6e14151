"""What only degrades or leaves short counts where outages are ranked and where measures are chosen (invented)."""

from __future__ import annotations

import pytest

from ldt_graph.cli import ranked
from ldt_graph.errors import QueryError
from ldt_graph.impact import criticality_of, find_measures
from ldt_graph.impact.answers.consequence import BY, MARKS, Consequence, Counts
from ldt_graph.impact.structure.changes import change_of
from ldt_graph.testing import BASE, graph_of

CITY = """
<cabinet> a ldt:Asset ; dcterms:identifier "cabinet" .
<kiosk> a ldt:Building ; dcterms:identifier "kiosk" ; ldt:poweredBy <lamp> . <lamp> a ldt:Asset ; dcterms:identifier "lamp" .
<big> a ldt:GridConnection ; dcterms:identifier "big" ; ldt:powerCapacity 10 ; ldt:electricallyConnectedTo <bus> .
<small> a ldt:GridConnection ; dcterms:identifier "small" ; ldt:powerCapacity 4 ; ldt:electricallyConnectedTo <bus> .
<bus> a ldt:ElectricBus ; dcterms:identifier "bus" .
<home> a ldt:Building ; dcterms:identifier "home" ; ldt:population 900 ; ldt:electricallyConnectedTo <bus> .
<load> a ldt:Load ; dcterms:identifier "load" ; ldt:activePower 6 ; ldt:electricallyConnectedTo <bus> .
<ward> a ldt:Hospital ; dcterms:identifier "ward" ; ldt:electricallyConnectedTo <bus> .
""" + "".join(
    f'<x{n}> a ldt:Intersection ; dcterms:identifier "x{n}" ; ldt:signalledBy <cabinet> .\n'
    for n in range(40)
)


def called(graph, vertices):
    columns = graph.columns()
    return [columns.identifiers[v] for v in vertices]


def test_what_degrades_or_leaves_short_is_no_longer_harmless():
    graph = graph_of(CITY)
    found = criticality_of(graph)
    ranked_ = called(graph, found.rank())
    assert ranked_ == ["bus", "lamp", "big", "cabinet"]
    assert called(graph, found.rank("people-short"))[0] == "big"
    assert called(graph, found.rank("assets-degraded"))[0] == "cabinet"
    big, cabinet = (
        found.entry(found.network.vertex(BASE + "test/" + i)) for i in ("big", "cabinet")
    )
    assert (big["people"], big["assets"]) == (0, 0)
    assert big["short"] == {"people": 900, "facilities": 1, "assets": 5}
    assert cabinet["degraded"] == {"people": 0, "facilities": 0, "assets": 40}


def test_what_takes_an_asset_out_says_what_it_leaves_it_as():
    graph = graph_of(CITY)
    found = criticality_of(graph)
    ward = BASE + "test/ward"
    said = [
        (e["identifier"], e["status"]) for e in (found.entry(v, ward) for v in found.rank(of=ward))
    ]
    assert said == [("bus", "failed"), ("big", "short")]
    assert called(graph, found.takers(ward, "short")) == ["big"]
    crossing = BASE + "test/x7"
    assert called(graph, found.takers(crossing, "degraded")) == ["cabinet"]
    assert not len(found.takers(crossing))
    assert found.entry(found.network.vertex(ward), crossing)["status"] is None
    for ask in (found.takers, found.consequences):
        with pytest.raises(QueryError, match="left 'exposed'"):
            ask(ward, "exposed")  # ty: ignore[invalid-argument-type]


def test_what_was_degraded_before_is_not_laid_to_a_later_failure():
    dark = """
    <x> a ldt:Intersection ; dcterms:identifier "x" ; ldt:signalledBy <a> , <b> .
    <a> a ldt:Asset ; dcterms:identifier "a" ; ldt:inService false . <b> a ldt:Asset ; dcterms:identifier "b" .
    """
    found = criticality_of(graph_of(dark))
    assert called(graph_of(dark), found.takers(BASE + "test/x", "degraded")) == ["b"]
    both = """
    <x> a ldt:Intersection ; dcterms:identifier "x" ; ldt:hasRequirement <g> ; ldt:signalledBy <a> , <b> .
    <g> a ldt:SupplyGroup ; dcterms:identifier "g" ; ldt:requiredMembers 2 ; ldt:hasMember <a> , <b> .
    <a> a ldt:Asset ; dcterms:identifier "a" ; ldt:inService false . <b> a ldt:Asset ; dcterms:identifier "b" .
    """
    assert not len(criticality_of(graph_of(both)).rank())


def test_consequences_are_ordered_by_what_is_asked_then_by_the_rest():
    none = Counts(0, 0, 0)
    kiosk = Consequence(Counts(0, 0, 1), none, none)
    third = Consequence(none, Counts(900, 1, 40), none)
    assert sorted([third, kiosk], key=Consequence.rank) == [kiosk, third]
    assert sorted([kiosk, third], key=lambda c: c.rank("people-short")) == [third, kiosk]
    with pytest.raises(QueryError, match="ranked by 'beauty'"):
        kiosk.rank("beauty")  # ty: ignore[invalid-argument-type]


def chosen(found):
    return None if found.best is None else [found.candidates[c].asset for c in found.best.chosen]


def test_measures_keep_from_being_short_what_would_not_fail():
    ties = """
    <far> a ldt:Switch ; dcterms:identifier "far" ; ldt:switchState "open" ; ldt:electricallyConnectedTo <l> , <n> .
    <near> a ldt:Switch ; dcterms:identifier "near" ; ldt:switchState "open" ; ldt:electricallyConnectedTo <bus> , <plant> .
    <poor> a ldt:Switch ; dcterms:identifier "poor" ; ldt:switchState "open" ; ldt:electricallyConnectedTo <bus> , <worse> .
    <plant> a ldt:GridConnection ; dcterms:identifier "plant" ; ldt:powerCapacity 3 .
    <worse> a ldt:GridConnection ; dcterms:identifier "worse" ; ldt:powerCapacity 0.5 .
    <l> a ldt:GridConnection ; dcterms:identifier "l" . <n> a ldt:ElectricBus ; dcterms:identifier "n" .
    """
    graph = graph_of(CITY + ties)
    assert chosen(find_measures(graph, ["big"], ["home"])) == []
    found = find_measures(graph, ["big"], ["home"], keep_from="short")
    assert [[found.candidates[c].asset for c in t.chosen] for t in found.sets] == [["test:near"]]
    document = found.document()
    assert (document["keepFrom"], document["exact"]) == ("short", True)
    assert [(c["cost"], c["down"][0]["status"]) for c in document["cheaper"]] == [(0, "short")]
    assert document["tried"]["singles"] == 2  # what joins nothing to the island is not tried


def test_measures_keep_from_being_degraded_what_is_not_closed():
    more = '<spare> a ldt:Asset ; dcterms:identifier "spare" .'
    graph = graph_of(CITY + more)
    feed = change_of({"do": "feed", "asset": "x1", "by": "spare", "relation": "signalledBy"})
    asked = (graph, ["cabinet"], ["x1"], [feed])
    assert chosen(find_measures(*asked)) == chosen(find_measures(*asked, keep_from="short")) == []
    found = find_measures(*asked, keep_from="degraded")
    assert chosen(found) == ["x1"]
    assert find_measures(*asked[:3], [], keep_from="degraded").best is None
    with pytest.raises(QueryError, match="left 'harm'"):
        find_measures(*asked, keep_from="harm")  # ty: ignore[invalid-argument-type]


def test_every_list_of_what_outages_are_ranked_by_is_the_same():
    from ldt_api.consequences import By, KeepFrom

    every = [k if m == "failed" else f"{k}-{m}" for m in MARKS for k in Counts._fields]
    assert list(MARKS) == list(ranked.MARKS) == [mark.value for mark in KeepFrom]
    assert every == list(BY) == list(ranked.BY) == [by.value for by in By]
