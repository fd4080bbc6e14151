"""What was set aside, and groups that can't hold, are said in the build and in each answer that they touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ldt_graph.impact import impact
from ldt_graph.impact.answers.telling import tell_why
from tests.validate.test_terms import links
from tests.validate.written import THINGS, Written

if TYPE_CHECKING:
    from pathlib import Path

GROUPS = THINGS + (
    '<#GroupMap> rml:logicalSource [ rml:source "things" ; ldt:optionalReference "needs" ] ; rml:subjectMap [ rml:template "{id}" ] ;\n'
    '    rml:predicateObjectMap [ rml:predicate ldt:requiredMembers ; rml:objectMap [ rml:reference "needs" ; rml:datatype xsd:integer ] ] .\n'
)


def grouped(folder: Path, needs: int, members: str) -> Written:
    things = f"id,class,needs\nP,Pump,\nA,Substation,\nB,Substation,\nG,SupplyGroup,{needs}\n"
    rows = "P,hasRequirement,G\n" + "".join(f"P,poweredBy,{m}\nG,hasMember,{m}\n" for m in members)
    return links(folder, rows, things).write(
        "things.ttl", (folder / "things.ttl").read_text().split("<#")[0] + GROUPS
    )


def notes(written: Written, of: str) -> list[str]:
    return impact(written.graph, [of]).summary()["notes"]


def test_a_group_that_needs_more_than_it_has_is_told_at_its_cell_and_in_answers(
    tmp_path: Path,
) -> None:
    written = grouped(tmp_path, 3, "AB")
    [told] = written.told("group")
    assert (told.rule, told.severity) == ("group:too-few-members", "warning")
    assert (told.source, told.row, told.column, told.value) == ("things.csv", 5, "needs", "3")
    assert notes(written, "things:P") == [
        "P was off already: Group G needs 3 members and has 2.",
        "Group G needs 3 members and has 2: what requires it is off from the start.",
    ]
    assert notes(written, "things:A") == notes(written, "things:P")[1:]


def test_a_group_that_lost_a_member_is_told_and_so_is_what_it_stops(tmp_path: Path) -> None:
    written = grouped(tmp_path, 2, "AC")
    told = {v.rule: v for v in written.told("group", "reference")}
    assert told.keys() == {"group:too-few-members", "reference:dangling"}
    lost = told["reference:dangling"]
    assert (lost.source, lost.row, lost.column, lost.value) == ("links.csv", 5, "to", "C")
    assert "Besides: Group G lost 1 member that was set aside: it has 1 and needs 2" in lost.message
    first, *_, last = notes(written, "things:P")
    assert first == "P was off already: Group G needs 2 members and has 1."
    assert "The build set aside something of 2 entities that impact would read" in last


def test_why_a_thing_holds_says_what_was_set_aside_behind_it(tmp_path: Path) -> None:
    things = "id,class,needs\nA,Substation,\nB,Substation,\nP,Pump,\nQ,Pump,\n"
    rows = "P,poweredBy,B\nQ,poweredBy,A\nB,poweredBy,A | C\n"
    written = links(tmp_path, rows, things)
    written.told()
    answer = impact(written.graph, ["things:A"])
    holds, fails = (answer.why(written.graph.resolve(f"things:{x}")) for x in "PQ")
    said = "Of B, which it hangs on, the build set aside: poweredBy A | C."
    assert holds.document["doubt"] == said
    assert tell_why(holds, answer.words)[-1] == said
    assert "doubt" not in fails.document


@pytest.mark.parametrize("needs", [1, 2])
def test_a_group_that_holds_is_told_of_only_where_it_lost_something(
    tmp_path: Path, needs: int
) -> None:
    written = grouped(tmp_path, needs, "AB")
    assert written.told("group") == []
    assert notes(written, "things:P") == []


def test_an_asset_that_a_row_set_aside_switched_off_says_so(tmp_path: Path) -> None:
    things = "id,class,needs\nQ,GridConnection,\nL,PowerLine,\nS,Substation,\nP,Pump,\nK,ElectricBus,\nB,ElectricBus,\n"
    rows = "Q,electricallyConnectedTo,K\nS,electricallyConnectedTo,B\nQ,electricallyConnectedTo,L\nL,electricallyConnectedTo,S\nP,poweredBy,S\n"
    written = links(tmp_path, rows, things)
    written.told()
    assert notes(written, "things:P") == []
    written.write("data/things.csv", things.replace("L,PowerLine,\n", "")).told()
    first, last = notes(written, "things:P")
    assert first == "P was off already; of S the build set aside: electricallyConnectedTo from L."
    assert "of 2 entities" in last
    written.write("data/things.csv", things).told()
    assert notes(written, "things:P") == []


@pytest.mark.parametrize(
    ("relation", "whole", "rule"),
    [
        ("locatedIn", "District", "people:stated-twice"),
        ("partOf", "Building", "people:stated-twice"),
        ("poweredBy", "Substation", "people:served"),
        ("heatSuppliedBy", "Building", None),
    ],
)
def test_people_who_are_stated_twice_are_told_once_at_the_first_cell(
    tmp_path: Path, relation: str, whole: str, rule: str | None
) -> None:
    people = GROUPS.replace("requiredMembers", "population")
    things = f"id,class,needs\nW,{whole},9\nV,{whole},5\nH,Building,4\nI,Building,3\n"
    rows = "".join(f"{h},{relation},{w}\n" for h, w in ("HW", "IW", "HV"))
    written = links(tmp_path, rows, things).write(
        "things.ttl", (tmp_path / "things.ttl").read_text().split("<#")[0] + people
    )
    told = written.told("people")
    assert [v.rule for v in told] == [rule] * bool(rule)
    for v in told:
        assert (v.source, v.row, v.column, v.value) == ("things.csv", 2, "needs", "9")
        assert "W states 9 people, and 2 " in v.message
        assert "state 7: each person is counted once" in v.message
        assert v.message.endswith("So it is with 1 more.")
