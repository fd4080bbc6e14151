"""People are counted once, where they live: who is hit, and who loses what (invented)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.impact import engine_of, impact
from ldt_graph.testing import BASE, graph_of
from tests.examples import examples

TWO = """
<grid> a ldt:GridConnection ; dcterms:identifier "grid" ; ldt:electricallyConnectedTo <a> , <b> .
<a> a ldt:DistributionStation ; dcterms:identifier "a" .
<b> a ldt:DistributionStation ; dcterms:identifier "b" .
<pump> a ldt:Pump ; dcterms:identifier "pump" ; ldt:poweredBy <b> .
<north> a ldt:District ; dcterms:identifier "north" ; ldt:population 10 .
"""


def summary(graph, *of, **hours):
    return impact(graph, of, **hours).summary()


def test_a_home_that_loses_power_and_water_is_counted_once_and_under_both():
    graph = graph_of(
        TWO
        + """
    <home> a ldt:Building ; ldt:population 4 ; ldt:locatedIn <north> ; ldt:poweredBy <a> ; ldt:waterSuppliedBy <pump> .
    <flat> a ldt:Building ; ldt:population 3 ; ldt:locatedIn <north> ; ldt:waterSuppliedBy <pump> ; ldt:waterAutonomyHours 5 .
    """
    )
    found = engine_of(graph).ask([BASE + "test/a", BASE + "test/pump"]).summary()
    assert found["people"] == {"failed": 7, "exposed": 0}
    assert found["peopleWithout"] == [
        {"commodity": "Electricity", "people": 4, "from": 0.0},
        {"commodity": "Water", "people": 7, "from": 0.0},
    ]
    [north] = found["districts"]
    assert (north["people"], north["lives"]) == ({"failed": 7, "exposed": 0}, 10)
    assert any("Of 3 people" in note for note in found["notes"])
    early = summary(graph, "pump", horizon=4)
    assert early["people"] == {"failed": 4, "exposed": 3}
    assert [p["people"] for p in early["peopleWithout"]] == [4]


def test_a_home_that_failed_still_loses_its_water_when_that_fails_later():
    graph = graph_of(
        TWO.replace("<pump> a ldt:Pump ;", "<pump> a ldt:Pump ; ldt:autonomyHours 6 ;")
        + "<home> a ldt:Building ; ldt:population 4 ; ldt:poweredBy <b> ; ldt:waterSuppliedBy <pump> ."
    )
    without = summary(graph, "b")["peopleWithout"]
    assert [(p["commodity"], p["from"]) for p in without] == [("Electricity", 0.0), ("Water", 6.0)]
    assert [p["commodity"] for p in summary(graph, "b", horizon=5)["peopleWithout"]] == [
        "Electricity"
    ]


def test_people_of_a_place_without_homes_follow_what_supplies_the_place():
    graph = graph_of(
        TWO
        + """
    <south> a ldt:District ; dcterms:identifier "south" ; ldt:population 50 ; ldt:poweredBy <a> .
    <home> a ldt:Building ; ldt:population 20 ; ldt:locatedIn <south> .
    <own> a ldt:Building ; ldt:population 5 ; ldt:locatedIn <south> ; ldt:poweredBy <b> .
    """
    )
    assert summary(graph, "a")["people"] == {"failed": 45, "exposed": 0}
    assert summary(graph, "b")["people"] == {"failed": 5, "exposed": 0}
    assert summary(graph, "grid")["people"] == {"failed": 50, "exposed": 0}


def test_people_whom_an_asset_serves_do_not_live_in_it():
    graph = graph_of(
        TWO.replace(
            "<a> a ldt:DistributionStation ;",
            "<a> a ldt:DistributionStation ; ldt:population 500 ;",
        )
        + "<line> a ldt:PowerLine ; ldt:poweredBy <a> . <home> a ldt:Building ; ldt:population 4 ; ldt:poweredBy <line> ."
    )
    assert summary(graph, "grid")["people"] == {"failed": 4, "exposed": 0}


def test_people_in_what_goes_out_itself_are_hit():
    graph = graph_of(
        TWO
        + """
    <block> a ldt:Building ; dcterms:identifier "block" ; ldt:population 30 .
    <flat> a ldt:Building ; dcterms:identifier "flat" ; ldt:population 3 ; ldt:partOf <block> .
    """
    )
    assert summary(graph, "block")["people"] == {"failed": 30, "exposed": 0}
    assert summary(graph, "flat")["people"] == {"failed": 3, "exposed": 0}
    assert summary(graph, "block", "flat")["people"] == {"failed": 30, "exposed": 0}


def test_places_that_share_homes_count_the_people_beside_them_once():
    graph = graph_of(
        TWO
        + """
    <south> a ldt:District ; ldt:population 100 ; ldt:poweredBy <a> .
    <school> a ldt:ServiceArea ; ldt:population 80 ; ldt:poweredBy <a> .
    <home> a ldt:Building ; ldt:population 4 ; ldt:locatedIn <south> , <school> .
    """
    )
    assert summary(graph, "a")["people"] == {"failed": 100, "exposed": 0}


def test_critical_facilities_are_listed_with_their_hours():
    graph = graph_of(
        TWO
        + """
    <clinic> a ldt:Hospital ; dcterms:identifier "clinic" ; ldt:poweredBy <a> ; ldt:autonomyHours 8 .
    <ward> a ldt:Hospital ; dcterms:identifier "ward" ; ldt:poweredBy <a> ; ldt:autonomyHours 80 .
    """
    )
    found = [(f["identifier"], f["status"], f["hour"]) for f in summary(graph, "a")["facilities"]]
    assert found == [("clinic", "failed", 8.0), ("ward", "exposed", None)]
    assert [f["hour"] for f in summary(graph, "clinic", at=2)["facilities"]] == [2.0]


@st.composite
def towns(draw):
    """Places in places and homes in them; what they state; which station feeds each home."""
    places = draw(st.integers(1, 5))
    within = [draw(st.sampled_from([*range(p), None])) if p else None for p in range(places)]
    homes = draw(st.lists(st.tuples(st.integers(0, places - 1), st.integers(0, 9), st.booleans()), max_size=8))  # fmt: skip
    stated = [draw(st.integers(0, 30)) for _ in range(places)]
    return within, stated, homes


@given(towns())
@examples(40)
def test_never_more_are_hit_than_live_there_and_each_once(town):
    within, stated, homes = town
    turtle = TWO.split("<north>")[0]
    for p, (outer, people) in enumerate(zip(within, stated, strict=True)):
        turtle += f"<p{p}> a ldt:District ; ldt:population {people} . "
        turtle += "" if outer is None else f"<p{p}> ldt:locatedIn <p{outer}> . "
    for h, (place, people, first) in enumerate(homes):
        turtle += f"<h{h}> a ldt:Building ; ldt:population {people} ; ldt:locatedIn <p{place}> ; ldt:poweredBy <{'a' if first else 'b'}> . "
    graph = graph_of(turtle)

    def lives(place):
        inside = sum(people for at, people, _ in homes if at == place)
        return max(
            stated[place], inside + sum(lives(p) for p, o in enumerate(within) if o == place)
        )

    def hit(place, of):
        inside = sum(n for at, n, first in homes if at == place and of[first])
        return inside + sum(hit(p, of) for p, o in enumerate(within) if o == place)

    for seeds, of in ((["a"], (False, True)), (["b"], (True, False)), (["grid"], (True, True))):
        found = summary(graph, *seeds)
        roots = [p for p, o in enumerate(within) if o is None]
        assert found["people"]["failed"] == sum(hit(p, of) for p in roots)
        for district in found["districts"]:
            place = int(district["iri"].rsplit("p", 1)[1])
            assert district["people"]["failed"] == hit(place, of) <= district["lives"]
            assert district["lives"] == lives(place)
