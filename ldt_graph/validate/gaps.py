"""What is set aside leaves gaps: told of what is still there, so that an answer knows what it does not follow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.model import append, run
from ldt_graph.namespaces import IDENTIFIER, LDT, RDF_TYPE
from ldt_graph.states import States

if TYPE_CHECKING:
    import duckdb

    from ldt_graph.ontology import Ontology

_READS, _GAPS, _GROUPS, _SHARES, _OVERLAPS = (
    (Path(__file__).parent / name).read_text(encoding="utf-8")
    for name in ("reads.sql", "gaps.sql", "groups.sql", "shares.sql", "overlaps.sql")
)


def note_gaps(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> None:
    """Say `ldt:setAside` of everything that lost something which impact reads, with the place of its row.

    Conduction is lost at both ends, all else where it is stated. Cost: what was set aside,
    and a look-up of its ends.
    """
    if not con.execute("SELECT 1 FROM set_aside LIMIT 1").fetchone():
        return
    joins = ontology.subproperties(LDT.joins)
    stated = (
        *(LDT.directlyDependsOn, LDT.hasRequirement, LDT.hasMember),
        *(LDT.hasMembership, LDT.ofMember, LDT.share, LDT.requiredShare),
        *(LDT.requiredMembers, *States(ontology).attributes, *ontology.bridges()),
    )
    relations = sorted(joins.union(*map(ontology.subproperties, stated)))
    con.execute("CREATE OR REPLACE TEMP TABLE followed (iri VARCHAR, name VARCHAR, joint BOOLEAN)")
    columns = {
        "iri": relations,
        "name": [ontology.name_of(r) for r in relations],
        "joint": [r in joins for r in relations],
    }
    append(con, "followed", columns)
    run(con, _GAPS, {"gap": LDT.setAside, "type": RDF_TYPE})
    con.execute("DROP TABLE followed")


def check_groups(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> None:
    """Warn of supply groups that need more than they have, of members or shares, and of those that lost some.

    Looks at all groups, whatever changed: at what is stated of them and what was inferred.
    """
    con.execute("DELETE FROM violations WHERE stage = 'group'")
    values = {
        "required": sorted(ontology.subproperties(LDT.requiredMembers)),
        "member": sorted(ontology.subproperties(LDT.hasMember)),
        "type": RDF_TYPE,
        "identifier": IDENTIFIER,
    }
    run(con, _READS + _GROUPS, values)
    shares = {
        "required": sorted(ontology.subproperties(LDT.requiredShare)),
        "share": sorted(ontology.subproperties(LDT.share)),
        "membership": sorted(ontology.subproperties(LDT.hasMembership)),
        "of": sorted(ontology.subproperties(LDT.ofMember)),
        "member": values["member"],
    }
    read = {"read": sorted({p for each in shares.values() for p in each})}
    run(con, _READS + _SHARES, shares | read | {k: values[k] for k in ("type", "identifier")})


def check_overlaps(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> None:
    """Warn where the people of a place are stated of what lies in it too, or those of an asset of what it supplies.

    One warning for each branch of a mapping, at its first cell. Looks at all that states people, whatever changed.
    """
    con.execute("DELETE FROM violations WHERE stage = 'people'")
    around = ontology.subproperties(LDT.locatedIn) | ontology.subproperties(LDT.partOf)
    values = {
        "population": sorted(ontology.subproperties(LDT.population)),
        "lived_in": sorted(ontology.subclasses(LDT.Place) | ontology.subclasses(LDT.Building)),
        "around": sorted(around),
        "relations": sorted(around | ontology.subproperties(LDT.directlyDependsOn)),
        "type": RDF_TYPE,
        "identifier": IDENTIFIER,
    }
    run(con, _READS + _OVERLAPS, values)
