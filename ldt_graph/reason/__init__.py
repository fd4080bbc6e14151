"""Infer what the ontology says follows, over columns, each statement with its axiom and level."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.model import append
from ldt_graph.namespaces import OWL, RDF_TYPE, curie
from ldt_graph.reason.rules import compile_rules
from ldt_graph.sql import literal

if TYPE_CHECKING:
    import duckdb

    from ldt_graph.ontology import Ontology
    from ldt_graph.reason.rules import Chain, Link, Rules
    from ldt_graph.restrictions import ValueClass

_SQL = {p.stem: p.read_text(encoding="utf-8") for p in sorted(Path(__file__).parent.glob("*.sql"))}


@dataclass(frozen=True, slots=True)
class ReasonReport:
    """What was inferred: how many statements, by axiom, and the highest level."""

    inferred: int
    by_rule: dict[str, int]
    levels: int


def reason(con: duckdb.DuckDBPyConnection, ontology: Ontology) -> ReasonReport:
    """Append to `statements` what follows from them; what is stated is never inferred again.

    Semi-naive: every round joins only what the last one found. Of several derivations of a statement
    in one round, the one with the lowest level, then the first axiom and row, is kept. The result
    does not depend on the order of the input. Cost: linear in what is inferred, times the rounds.
    """
    rules = compile_rules(ontology)
    _register(con, rules)
    # Two halves to a round: the hierarchies, closed in one join, then the chains over both. In the first
    # round all statements are new, so that they are their own delta and one position of a chain finds all.
    _climb(con, rules, "statements")
    _infer(con, _derived(rules, con, first=True), "delta")
    while _count(con, "delta"):
        _climb(con, rules, "delta")
        con.execute("INSERT INTO delta FROM above")
        _infer(con, _derived(rules, con), "joined")
        con.execute("CREATE OR REPLACE TEMP TABLE delta AS FROM joined")
    return _report(con)


def _register(con: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    for table, hops in (("class_hop", rules.classes), ("property_hop", rules.properties)):
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} (below VARCHAR, above VARCHAR, hops INTEGER, rule VARCHAR)"
        )
        if hops:
            append(
                con,
                table,
                {k: [getattr(h, k) for h in hops] for k in ("below", "above", "hops", "rule")},
            )


def _climb(con: duckdb.DuckDBPyConnection, rules: Rules, table: str) -> None:
    """Close what a table says under the hierarchies, into `above`."""
    _infer(con, _hierarchy_sql(table), "above")
    if any(
        h.above == RDF_TYPE for h in rules.properties
    ):  # what became a type has classes above it
        _infer(con, _hierarchy_sql("above"), "typed")
        con.execute("INSERT INTO above FROM typed")


def _infer(con: duckdb.DuckDBPyConnection, derivations: str, table: str) -> None:
    """Keep of the derivations what is new, once, in order; append it to `statements`."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS "
        + _SQL["keep"].replace("/*derivations*/", derivations)
    )
    con.execute(f"INSERT INTO statements FROM {table}")


def _hierarchy_sql(delta: str) -> str:
    return _SQL["hierarchy"].replace("FROM delta d", f"FROM {delta} d")


def _derived(rules: Rules, con: duckdb.DuckDBPyConnection, *, first: bool = False) -> str:
    """Join every chain with the delta at each of its links in turn, `statements` at the others; class by values.

    In the `first` round it is `statements` at all of them, once.
    """
    present = {p for (p,) in con.execute("SELECT DISTINCT predicate FROM statements").fetchall()}
    parts = [
        _one_chain(chain, position)
        for chain in rules.chains
        if all(link.selves or any(p in present for p, _ in link.ways) for link in chain.links)
        for position in ([None] if first else range(len(chain.links)))
    ]
    table = "statements" if first else "delta"
    parts += [_by_value(v, table) for v in rules.values if v.predicate in present]
    return (
        " UNION ALL ".join(parts) or f"SELECT * FROM ({_hierarchy_sql('statements')}) WHERE false"
    )


def _by_value(value: ValueClass, table: str) -> str:
    """Return what a value makes of what has it."""
    rule = (
        f"{curie(value.predicate)} {curie(OWL.hasValue)} {curie(value.value)} ⊑ {curie(value.cls)}"
    )
    return (
        f"SELECT dataset, subject, {literal(RDF_TYPE)} AS predicate, {literal(value.cls)} AS object, 'iri' AS kind, "
        f"NULL::VARCHAR AS datatype, NULL::VARCHAR AS lang, key, source, row, {literal(rule)} AS rule, 1 + level AS level "
        f"FROM {table} WHERE predicate = {literal(value.predicate)} AND object = {literal(value.value)}"
    )


def _one_chain(chain: Chain, position: int | None) -> str:
    links = [
        f"{_link_sql(link, 'delta' if number == position else 'statements')} l{number}"
        for number, link in enumerate(chain.links)
    ]
    joins = links[0] + "".join(
        f" JOIN {link} ON l{number - 1}.b = l{number}.a"
        for number, link in enumerate(links[1:], start=1)
    )
    last = f"l{len(links) - 1}"
    said = next((n for n, link in enumerate(chain.links) if not link.selves), 0)
    levels = ", ".join(f"l{n}.level" for n in range(len(links)))
    level = f"greatest({levels})" if len(links) > 1 else levels
    return (
        f"SELECT l{said}.dataset, l0.a AS subject, {literal(chain.relation)} AS predicate, {last}.b AS object, "
        f"{last}.kind, NULL::VARCHAR AS datatype, NULL::VARCHAR AS lang, l{said}.key, l{said}.source, l{said}.row, "
        f"{literal(chain.rule)} AS rule, 1 + {level} AS level FROM {joins}"
    )


def _link_sql(link: Link, table: str) -> str:
    ways = []
    for relation, backwards in link.ways:
        ends = "object AS a, subject AS b" if backwards else "subject AS a, object AS b"
        kind = (
            "CASE WHEN starts_with(subject, '_:') THEN 'bnode' ELSE 'iri' END"
            if backwards
            else "kind"
        )
        ways.append(
            f"SELECT {ends}, {kind} AS kind, dataset, key, source, row, level FROM {table} "
            f"WHERE predicate = {literal(relation)} AND kind <> 'literal'"
        )
    if link.selves:
        node = "CASE WHEN starts_with(subject, '_:') THEN 'bnode' ELSE 'iri' END"
        classes = ", ".join(map(literal, link.selves))
        ways.append(
            f"SELECT subject AS a, subject AS b, {node} AS kind, dataset, key, source, row, level FROM {table} "
            f"WHERE predicate = {literal(RDF_TYPE)} AND object IN ({classes})"
        )
    return f"({' UNION ALL '.join(ways)})"


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]


def _report(con: duckdb.DuckDBPyConnection) -> ReasonReport:
    rows = con.execute(
        "SELECT rule, count(*), max(level) FROM statements WHERE origin = 'inferred' GROUP BY rule ORDER BY rule"
    ).fetchall()
    for table in ("delta", "above", "typed", "joined", "class_hop", "property_hop"):
        con.execute(f"DROP TABLE IF EXISTS {table}")
    return ReasonReport(
        inferred=sum(n for _, n, _ in rows),
        by_rule={rule: n for rule, n, _ in rows},
        levels=max((level for _, _, level in rows), default=0),
    )
