"""A triples map as a plan: the queries that make its statements, and those that name its bad cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.errors import MappingError
from ldt_graph.lift.scope import Field, Scope, literal
from ldt_graph.lift.terms import Term, term
from ldt_graph.lift.values import Constant, ParentMap, TermMap
from ldt_graph.namespaces import RDF_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from ldt_graph.lift.tables import Tables
    from ldt_graph.lift.values import Mapping, TriplesMap


@dataclass(frozen=True, slots=True)
class Plan:
    """SELECTs into `statements` and into `violations`, in order; (predicate, column) of each branch."""

    statements: tuple[str, ...]
    violations: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """One predicate with one object, of the same row or of a joined one."""

    predicate: Term
    object: Term
    join: str = ""


class _Planner:
    def __init__(
        self,
        triples_map: TriplesMap,
        mapping: Mapping,
        tables: Tables,
        dataset: str,
        base: str,
        con: duckdb.DuckDBPyConnection,
    ) -> None:
        self.map = triples_map
        self.maps = {m.iri: m for m in mapping.triples_maps}
        self.tables = tables
        self.dataset = dataset
        self.base = base
        self.con = con
        self.scope = self._scope(triples_map, "r")
        self.subject = self._term(triples_map.subject)

    def plan(self) -> Plan:
        branches = list(self._branches())
        arrays = self._arrays(
            [self.subject, *(t for b in branches for t in (b.predicate, b.object))]
        )
        simple = [b for b in branches if not b.join and not self._many(b, arrays)]
        others = [b for b in branches if b not in simple]
        statements = [self._one_pass(simple)] if simple else []
        statements += [self._one_branch(b, arrays) for b in others]
        return Plan(
            tuple(statements), tuple(self._violations(branches, arrays)), tuple(self._columns())
        )

    def _columns(self) -> Iterable[tuple[str, str]]:
        for pair in self.map.predicate_objects:
            names = [made.references for made in pair.objects if isinstance(made, TermMap)]
            for predicate in pair.predicates:
                if isinstance(predicate.expression, Constant):
                    yield from (
                        (predicate.expression.value, r[0].removesuffix(".iri")) for r in names if r
                    )

    # ── parts ──────────────────────────────────────────────────────────────────────────────────

    def _scope(self, triples_map: TriplesMap, alias: str) -> Scope:
        source = triples_map.source
        return Scope(source, self.tables.require(source), alias)

    def _term(self, made: TermMap, scope: Scope | None = None) -> Term:
        return term(made, scope or self.scope, self.base, self.dataset)

    def _branches(self) -> Iterable[Branch]:
        place = self.map.place
        for cls in self.map.classes:
            a, c = Constant(RDF_TYPE, "iri"), Constant(cls, "iri")
            yield Branch(self._term(TermMap(a, "iri", place)), self._term(TermMap(c, "iri", place)))
        for pair in self.map.predicate_objects:
            for predicate in pair.predicates:
                for made in pair.objects:
                    if isinstance(made, TermMap):
                        yield Branch(self._term(predicate), self._term(made))
                    elif (joined := self._parent(predicate, made)) is not None:
                        yield joined

    def _parent(self, predicate: TermMap, made: ParentMap) -> Branch | None:
        parent = self.maps.get(made.parent)
        if parent is None:
            raise MappingError(f"No triples map {made.parent}.", place=made.place)
        known = self.tables.find(parent.source)
        if known is None:
            return None
        if not made.joins:
            same = known is self.scope.table and parent.source.iterator == self.map.source.iterator
            if not same:
                raise MappingError(
                    f"{self.map.iri} refers to {made.parent}, which reads other rows, without a join condition.",
                    place=made.place,
                    hint="Add rml:joinCondition with rml:child and rml:parent.",
                )
            return Branch(self._term(predicate), self._term(parent.subject))
        scope = self._scope(parent, "p")
        conditions = " AND ".join(
            f"{self.scope.field(j.child, made.place).text} = {scope.field(j.parent, made.place).text}"
            for j in made.joins
        )
        return Branch(
            self._term(predicate),
            self._term(parent.subject, scope),
            f"JOIN {scope.relation} p ON {conditions}",
        )

    def _arrays(self, terms: Iterable[Term]) -> frozenset[str]:
        """Return the references that hold several values in some row, asking the data once."""
        fields = {
            name: f for t in terms for name, f in t.fields if f.many and "p._item" not in f.text
        }
        if not fields:
            return frozenset()
        spread = {n for n, f in fields.items() if f.spread}
        names = sorted(fields.keys() - spread)
        if names:
            asked = ", ".join(f"bool_or({fields[n].json_type} = 'ARRAY')" for n in names)
            held = self.con.execute(f"SELECT {asked} FROM {self.scope.relation} r").fetchall()[0]
            spread |= {n for n, many in zip(names, held, strict=True) if many}
        return frozenset(spread)

    def _many(self, branch: Branch, arrays: frozenset[str]) -> list[tuple[str, Field]]:
        terms = (self.subject, branch.predicate, branch.object)
        found = {name: f for t in terms for name, f in t.fields if name in arrays}
        return sorted(found.items())

    # ── queries ────────────────────────────────────────────────────────────────────────────────

    def _select(self, columns: str, rows: str, where: str) -> str:
        return (
            f"SELECT {literal(self.dataset)} AS dataset, {columns}, 'observed' AS origin, NULL::VARCHAR AS key, r._source AS source, "
            f"r._row AS row, {literal(self.map.iri)} AS rule, 0 AS level FROM {rows} WHERE {where}"
        )

    def _one_pass(self, branches: list[Branch]) -> str:
        """Make all statements of a row in one pass over the rows, in their order."""
        made = ", ".join(
            f"{{'p': {b.predicate.whole}, 'o': {b.object.whole}, 'k': {literal(b.object.kind)}, "
            f"'d': {b.object.datatype}, 'l': {b.object.lang}}}"
            for b in branches
        )
        # Two branches with one predicate may say the same of a row; a row says it once.
        predicates = [b.predicate.value for b in branches]
        rows = f"(SELECT _source, _row, {self.subject.whole} AS s, unnest([{made}]) AS t FROM {self.scope.relation} r) r"
        if len(set(predicates)) < len(predicates):
            rows = f"(SELECT DISTINCT * FROM {rows} ORDER BY ALL) r"
        return self._select(
            "r.s AS subject, r.t.p AS predicate, r.t.o AS object, r.t.k AS kind, r.t.d AS datatype, r.t.l AS lang",
            rows,
            "r.s IS NOT NULL AND r.t.p IS NOT NULL AND r.t.o IS NOT NULL",
        )

    def _one_branch(self, branch: Branch, arrays: frozenset[str]) -> str:
        """Make the statements of a branch that joins other rows, or whose values are several."""
        rows, (subject, predicate, value) = self._unnested(branch, arrays)
        inner = (
            f"SELECT DISTINCT r._source, r._row, {subject.whole} AS s, {predicate.whole} AS p, {value.whole} AS o, "
            f"{value.datatype} AS d, {value.lang} AS l FROM {rows} r {branch.join}"
        )
        return self._select(
            f"r.s AS subject, r.p AS predicate, r.o AS object, {literal(value.kind)} AS kind, "
            "r.d AS datatype, r.l AS lang",
            f"({inner}) r",
            "r.s IS NOT NULL AND r.p IS NOT NULL AND r.o IS NOT NULL "
            "ORDER BY r._source, r._row, r.s, r.p, r.o, r.d, r.l",
        )

    def _unnested(
        self, branch: Branch, arrays: frozenset[str]
    ) -> tuple[str, tuple[Term, Term, Term]]:
        """Return the rows with every several-valued reference spread out, and the terms over them."""
        rows = self.scope.relation
        terms = [self.subject, branch.predicate, branch.object]
        for number, (_, field) in enumerate(self._many(branch, arrays)):
            rows = f"(SELECT r.*, unnest({field.many}) AS _m{number} FROM {rows} r)"
            text = f"json_extract_string(r._m{number}, '$')"
            terms = [_replace(t, field, text, f"json_type(r._m{number})") for t in terms]
        return rows, (terms[0], terms[1], terms[2])

    def _violations(self, branches: list[Branch], arrays: frozenset[str]) -> Iterable[str]:
        whole = Branch(self.subject, self.subject)
        for branch in [whole, *branches]:
            rows, (subject, predicate, value) = self._unnested(branch, arrays)
            for made in {
                id(t): t for t in ((subject,) if branch is whole else (predicate, value))
            }.values():
                if made.check and not (branch.join and made is value):
                    yield self._violation(rows, made, "NULL" if branch is whole else subject.value)
        yield from self._without_values(branches, arrays)
        if (
            self.map.subject.references
            and not set(self.map.subject.references) & self.map.source.optional_references
        ):
            yield self._without_subject()

    def _violation(self, rows: str, made: Term, subject: str) -> str:
        check = made.check
        assert check is not None  # noqa: S101  (the caller asked)
        message = f"'The value ' || {check.value} || ' {check.message}.'"
        return (
            f"SELECT DISTINCT {literal(self.dataset)}, 'lift', 'violation', {literal(check.rule)}, {subject}, "
            f"r._source, r._row, {literal(check.column)}, {check.value}, {message} "
            f"FROM {rows} r WHERE {check.value} IS NOT NULL AND NOT ({check.holds}) ORDER BY r._source, r._row"
        )

    def _without_values(self, branches: list[Branch], arrays: frozenset[str]) -> Iterable[str]:
        """Name the JSON references that no row has: a misspelt one would make nothing, in silence."""
        terms = [
            self.subject,
            *(t for b in branches if not b.join for t in (b.predicate, b.object)),
        ]
        fields = {n: f for t in terms for n, f in t.fields if f.json_type}
        for name in sorted(fields.keys() - self.map.source.optional_references):
            held = (
                f"len({fields[name].many}) > 0"
                if name in arrays
                else f"{fields[name].json_type} IS NOT NULL"
            )
            yield (
                f"SELECT {literal(self.dataset)}, 'lift', 'violation', 'lift:no-such-reference', NULL, "
                f"min(r._source), NULL, {literal(name)}, NULL, 'No row has ' || {literal(name)} || "
                f"', which the mapping reads.' FROM {self.scope.relation} r HAVING count(*) > 0 AND NOT bool_or({held})"
            )

    def _without_subject(self) -> str:
        names = self.map.subject.references
        empty = " OR ".join(f"{f.text} IS NULL" for _, f in self.subject.fields)
        column = literal(names[0])
        return (
            f"SELECT {literal(self.dataset)}, 'lift', 'violation', 'lift:no-subject', NULL, r._source, r._row, "
            f"{column}, NULL, 'The row has no ' || {column} || ', so it names no entity.' "
            f"FROM {self.scope.relation} r WHERE {empty} ORDER BY r._source, r._row"
        )


def _replace(made: Term, field: Field, text: str, kind: str) -> Term:
    """Read a several-valued reference from its spread-out column."""

    def swap(sql: str) -> str:
        swapped = sql.replace(field.text, text)
        return swapped.replace(field.json_type, kind) if field.json_type else swapped

    check = made.check
    if check is not None:
        check = type(check)(
            check.rule, swap(check.holds), check.column, swap(check.value), check.message
        )
    return Term(
        swap(made.value), made.kind, swap(made.datatype), swap(made.lang), check, made.fields
    )


def plan(
    triples_map: TriplesMap,
    mapping: Mapping,
    tables: Tables,
    *,
    dataset: str,
    base: str,
    con: duckdb.DuckDBPyConnection,
) -> Plan:
    """Compile a triples map to queries over its table. `con` is asked which JSON values are arrays."""
    return _Planner(triples_map, mapping, tables, dataset, base, con).plan()
