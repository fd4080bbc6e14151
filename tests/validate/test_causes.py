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
