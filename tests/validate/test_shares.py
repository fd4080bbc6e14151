"""What the build says of shares that make no whole, of members without one, and of a group that states too much (invented)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.validate.written import LINKS, THINGS, Written

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = {
    "share": ("share", "decimal"),
    "needs": ("requiredShare", "decimal"),
    "k": ("requiredMembers", "integer"),
}
SHARES = THINGS + "".join(
    f'<#{name.title()}Map> rml:logicalSource [ rml:source "things" ; ldt:optionalReference "{name}" ] ; rml:subjectMap [ rml:template "{{id}}" ] ;\n'
    f'    rml:predicateObjectMap [ rml:predicate ldt:{word} ; rml:objectMap [ rml:reference "{name}" ; rml:datatype xsd:{kind} ] ] .\n'
    for name, (word, kind) in COLUMNS.items()
)


def shared(folder: Path, needs: str, *shares: str, k: str = "") -> Written:
    """Return a pump that needs a group; a member's share is in hundredths of the text given, or it has none."""
    things = f"id,class,share,needs,k\nP,Pump,,,\nG,SupplyGroup,,{needs},{k}\n"
    rows = "P,hasRequirement,G\n"
    for number, share in enumerate(shares):
        things += f"S{number},Substation,,,\n"
        rows += f"P,poweredBy,S{number}\n"
        if share:
            things += f"M{number},Membership,{share},,\n"
            rows += f"G,hasMembership,M{number}\nM{number},ofMember,S{number}\n"
        else:
            rows += f"G,hasMember,S{number}\n"
    written = Written(folder).dataset("things.csv", things, SHARES, 'shapes = ["core"]')
    head = "from,relation,to\n"
    return written.dataset("links.csv", head + rows, LINKS, 'references = { from = "*", to = "*" }')


def told(written: Written) -> dict[str, tuple[str | None, int | None, str]]:
    return {v.rule: (v.source, v.row, v.message) for v in written.told("group")}


def test_shares_that_come_to_the_whole_and_to_what_is_needed_are_not_told_of(tmp_path: Path):
    written = shared(tmp_path, "1", "0.333", "0.333", "0.333")
    assert told(written) == {}
    assert written.told("validate") == []


@pytest.mark.parametrize(
    ("needs", "shares", "rule", "words"),
    [
        ("0.9", ("0.5", "0.3"), "too-small-shares", "needs 90 % and the shares of its members come to 80 %"),
        ("0.5", ("0.5", "0.3"), "shares-not-whole", "come to 80 %, not to 100 %"),
        ("0.5", ("0.7", "0.4"), "shares-not-whole", "come to 110 %"),
        ("0.5", ("0.6", "0.4", ""), "member-without-share", "1 member has none"),
        ("", ("0.6", "0.4"), "share-not-used", "counted by number"),
    ],
)  # fmt: skip
def test_shares_that_make_no_sense_are_told_at_a_cell(tmp_path, needs, shares, rule, words):
    found = told(shared(tmp_path, needs, *shares))
    source, row, message = found[f"group:{rule}"]
    assert source in ("things.csv", "links.csv")
    assert row is not None
    assert words in message


@pytest.mark.parametrize(
    ("needs", "shares", "k", "shape"),
    [
        ("0.5", ("0.6", "0.4"), "1", "SupplyGroupShape"),
        ("60", ("0.6", "0.4"), "", "SupplyGroupShape-requiredShare"),
        ("0.6", ("60", "0.4"), "", "MembershipShape-share"),
    ],
)
def test_a_group_that_states_a_number_and_a_share_and_a_share_out_of_range_are_refused(
    tmp_path, needs, shares, k, shape
):
    rules = {v.rule for v in shared(tmp_path, needs, *shares, k=k).told("validate")}
    assert any(rule.endswith(shape) for rule in rules), rules
