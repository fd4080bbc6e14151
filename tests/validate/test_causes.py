"""One cause is one line: what follows from it is counted there, and `set_aside` holds all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from tests.validate.test_terms import links
from tests.validate.written import THINGS, Written

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = '<#P> rml:logicalSource [ rml:source "things" ] ; rml:subjectMap [ rml:template "{id}" ] ;\n rml:predicateObjectMap [ rml:predicate ldt:population ; rml:objectMap [ rml:reference "people" ; rml:datatype xsd:integer ] ] .\n'


def town(folder: Path, people: int) -> Written:
    things = f"id,class,people\nN,District,{people}\n" + "".join(
        f"B{n},Building,1\n" for n in range(40)
    )
    rows = "".join(f"B{n},locatedIn,N\n" for n in range(40))
    written = links(folder, rows, things)
    return written.write("things.ttl", (folder / "things.ttl").read_text() + PEOPLE)


def set_aside(written: Written) -> int:
    con = duckdb.connect()
    written.record.load_side(con, "set_aside", written.record.version())
    return con.execute("SELECT count(*) FROM set_aside").fetchall()[0][0]


def test_what_goes_with_a_thing_that_is_set_aside_is_counted_under_its_cause(
    tmp_path: Path,
) -> None:
    written = town(tmp_path, -5)
    [told] = written.told("validate", "reference")
    assert (told.source, told.row, told.column, told.value) == ("things.csv", 2, "people", "-5")
    assert told.message.endswith("40 relations to or from it were set aside with it.")
    assert set_aside(written) == 43
    written.write("data/links.csv", "from,relation,to\nB0,locatedIn,N\n")
    [told] = written.told("validate", "reference")
    assert told.message.endswith(" 1 relation to or from it was set aside with it.")
    written.write(
        "data/things.csv", (written.folder / "data" / "things.csv").read_text().replace("-5", "5")
    )
    assert written.told("validate", "reference") == []


def test_a_missing_thing_is_one_line_with_its_first_cell_and_the_number_of_the_others(
    tmp_path: Path,
) -> None:
    written = town(tmp_path, 5)
    rows = (
        "from,relation,to\n"
        + "".join(f"B{n},locatedIn,M\n" for n in range(40))
        + "B1,locatedIn,K\n"
    )
    one, two = written.write("data/links.csv", rows).told("reference")
    assert (one.row, one.column, one.value) == (2, "to", "M")
    assert one.message.endswith("39 more cells say so.")
    assert (two.row, two.value) == (42, "K")
    assert set_aside(written) == 41


def test_a_missing_iri_and_what_lies_outside_are_one_line_each(tmp_path: Path) -> None:
    mapping = THINGS + PEOPLE.replace("population", "poweredBy").replace("people", "by").replace("rml:datatype xsd:integer", "rml:termType rml:IRI")  # fmt: skip
    things = "id,class,by\n" + "".join(
        f"B{n},Building,{'nowhere' if n % 2 else f'urn:x:{n}'}\n" for n in range(40)
    )
    outside, missing = sorted(
        Written(tmp_path).dataset("things.csv", things, mapping).told("reference"),
        key=lambda v: v.row or 0,
    )
    assert (outside.rule, outside.row, outside.column, outside.value) == (
        "reference:external",
        2,
        "by",
        "urn:x:0",
    )
    assert "(so do 19 more, 20 things in all)" in outside.message
    assert (missing.rule, missing.row, missing.column) == ("reference:dangling", 3, "by")
    assert missing.message.endswith("so do 19 more.")


def test_what_a_thing_lacks_for_a_relation_that_names_nothing_is_told_there(tmp_path: Path) -> None:
    things = "id,class,x\nP1,Pump,\nP2,Pump,\nS,Substation,\n"
    rows = "from,relation,to\nP1,poweredBy,S\nP2,poweredBy,{}\nP1,pumpsTo,P2\nP2,pumpsTo,P1\n"
    written = links(tmp_path, rows.partition("\n")[2].format("S"), things, 'shapes = ["water"]')

    def lines() -> list[tuple]:
        found = written.told("validate", "reference")
        return [(v.source, v.row, v.column, v.rule, v.message) for v in found]

    before = lines()
    written.write("data/links.csv", rows.format("X"))
    [told] = [x for x in lines() if x not in before]
    assert told[:4] == ("links.csv", 3, "to", "reference:dangling")
    assert told[4].endswith(" Besides: A pump says what powers it; this does not.")
    after = lines()
    written.write("data/things.csv", things + "T,Substation,\n")  # says nothing of P2
    assert told in lines()
    (tmp_path / ".ldt").rename(tmp_path / "kept")
    assert told in lines()
    assert len(after) == len(before) + 1


def test_a_group_that_lost_a_member_is_told_where_the_member_is(tmp_path: Path) -> None:
    things = "id,class,x\nG,SupplyGroup,\nA,Substation,\nB,Substation,\n"
    rows = "G,hasMember,A\nG,hasMember,B\n"
    written = links(tmp_path, rows, things)
    assert written.told("group") == []
    written.write("data/things.csv", things.replace("A,Substation", "A,"))
    assert written.told("group") == []
    [told] = [v for v in written.told("reference") if v.severity == "violation"]
    assert (told.rule, told.row) == ("reference:no-class", 3)
    assert (
        "Besides: Group G lost 1 member that was set aside: it has 1 and needs all of them."
        in told.message
    )
