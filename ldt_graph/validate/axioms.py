"""Axioms that data can contradict: disjointness, domain and range, irreflexivity, asymmetry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.axioms import constraints
from ldt_graph.model import append, run
from ldt_graph.namespaces import RDF_TYPE, XSD

if TYPE_CHECKING:
    import duckdb

    from ldt_graph.axioms import Constraint
    from ldt_graph.ontology import Ontology

_SQL = "".join(
    (Path(__file__).parent / name).read_text(encoding="utf-8")
    for name in ("reads.sql", "axioms.sql")
)
_WHOLE = frozenset(
    XSD + name
    for name in [
        "integer",
        "int",
        "long",
        "short",
        "byte",
        "nonNegativeInteger",
        "positiveInteger",
        "negativeInteger",
        "nonPositiveInteger",
        "unsignedInt",
        "unsignedLong",
        "unsignedShort",
        "unsignedByte",
    ]
)
_LITERALS = {
    **dict.fromkeys(_WHOLE, "whole"),
    **dict.fromkeys((XSD.decimal, XSD.double, XSD.float), "number"),
    XSD.boolean: "boolean",
    **dict.fromkeys((XSD.date, XSD.dateTime), "date"),
}


def check_axioms(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> None:
    """Warn of what contradicts the ontology: one line for an axiom and a dataset, with its first cell and how often.

    A domain and a range are checked, not inferred from: what stands there must be of the class, by what is stated
    and what follows; a value must read as the datatype. Things that no source describes are left to others.
    Looks at every statement of the relations that axioms speak of, whatever changed: a few joins.
    """
    con.execute("DELETE FROM violations WHERE stage = 'axiom'")
    asked = constraints(ontology)
    if not asked:
        return
    con.execute(
        'CREATE OR REPLACE TEMP TABLE "constraint" (id INTEGER, kind VARCHAR, term VARCHAR, read VARCHAR, name VARCHAR, axiom VARCHAR)'
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE constraint_other (id INTEGER, other VARCHAR, literal VARCHAR)"
    )
    rows = [
        (n, c.kind, c.term, read, ontology.name_of(c.term), c.axiom)
        for n, c in enumerate(asked)
        for read in _read(c, ontology)
    ]
    con.execute("CREATE OR REPLACE TEMP TABLE constraint_fits (id INTEGER, datatype VARCHAR)")
    fits = [(n, d) for n, c in enumerate(asked) for o in c.others for d in _fitting(o)]
    others = [(n, o, _literal(o)) for n, c in enumerate(asked) for o in c.others]
    tables = {'"constraint"': rows, "constraint_other": others, "constraint_fits": fits}
    for table, found in tables.items():
        if found:
            append(con, table, {str(n): v for n, v in enumerate(zip(*found, strict=True))})
    con.execute("CREATE TEMP TABLE IF NOT EXISTS unknown_class (class VARCHAR)")
    run(con, _SQL, {"type": RDF_TYPE})
    con.execute("".join(f"DROP TABLE {table};" for table in tables))


def _read(constraint: Constraint, ontology: Ontology) -> list[str]:
    """Return the relations whose statements an axiom speaks of: its own, or where that is never written those below it."""
    if ontology.materialised(constraint.term):
        return [constraint.term]
    return sorted(ontology.subproperties(constraint.term))


def _literal(term: str) -> str | None:
    if not term.startswith(XSD):
        return None
    return _LITERALS.get(term, "text")


def _fitting(term: str) -> list[str]:
    """Return the datatypes whose values read as this one without a look."""
    family = _LITERALS.get(term)
    wider = ("whole", "number") if family == "number" else (family,)
    return sorted(d for d, f in _LITERALS.items() if f in wider) if family else []
