"""A triples map as a plan: the queries that make its statements, and those that name its bad cells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from ldt_graph.errors import MappingError
from ldt_graph.lift.checks import Checks
from ldt_graph.lift.project import item
from ldt_graph.lift.scope import Field, Scope
from ldt_graph.lift.terms import Term, term
from ldt_graph.lift.values import Constant, ParentMap, TermMap
from ldt_graph.namespaces import RDF_TYPE, local_name
from ldt_graph.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as Dict

    from ldt_graph.lift.project import Projection
    from ldt_graph.lift.tables import Tables
    from ldt_graph.lift.values import Mapping, TriplesMap

    Projections = Dict[tuple[str, str | None], Projection]


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT into `into`. `rules` are the IRIs of the branches that it runs; `joins`: over all rows, as it joins others."""

    into: Literal["statements", "links"]
    sql: str
    rules: tuple[str, ...]
    joins: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Queries that make statements, SELECTs into `violations`, and the lines of `rules`, in order."""

    queries: tuple[Query, ...]
    violations: tuple[str, ...]
    rules: tuple[tuple[str | int | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """One predicate with one object, of the same row or of a joined one; `rule` is its IRI."""

    predicate: Term
    object: Term
    rule: str = ""
    join: Join | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """The rows that a branch joins: `on` compares the child's rows `r` with the parent's `p`, whose `rows` these are.

    Attributes:
        children: The child's references by name.
        made: What the mapping says.
        scope: Of the parent's rows.
    """

    rows: str
    on: str
    children: tuple[tuple[str, Field], ...]
    made: ParentMap
    scope: Scope


class _Planner:
    def __init__(
        self,
        triples_map: TriplesMap,
        mapping: Mapping,
        tables: Tables,
        dataset: str,
        base: str,
        projections: Projections,
        targets: Dict[str, str],
    ) -> None:
        self.map = triples_map
        self.maps = {m.name: m for m in mapping.triples_maps}
        self.tables = tables
        self.dataset = dataset
        self.base = base
        self.projections = projections
        self.targets = targets
        self.rules: dict[str, list[tuple[str | None, str, str]]] = {}
        self.scope = self._scope(triples_map, "r")
        self.subject = self._term(triples_map.subject)
        self.checks = Checks(dataset, self.scope, self.subject)

    def plan(self) -> Plan:
        branches = list(self._branches())
        simple = [b for b in branches if not b.join and not self._many(b)]
        named = [b for b in simple if self._named(b)]
        plain = [b for b in simple if b not in named]
        others = [b for b in branches if b not in simple]
        queries = [self._one_pass(group) for group in (plain, named) if group]
        queries += [self._one_branch(b) for b in others]
        return Plan(tuple(queries), tuple(self._violations(branches)), tuple(self._rule_lines()))

    def _named(self, branch: Branch) -> bool:
        """Whether a term of the branch names an entity whose IRI is yet to be found."""
        return bool(self.subject.target or branch.object.target)

    # ── rules ──────────────────────────────────────────────────────────────────────────────────

    def _rule(self, predicate: TermMap, made: TermMap | ParentMap) -> str:
        """Name a branch by the map, and by the predicate or, where the rows say it, what it reads."""
        stated = predicate.expression.value if isinstance(predicate.expression, Constant) else None
        word = local_name(stated) if stated else "-".join(predicate.references)
        iri = name = f"{self.base}rule/{quote(self.map.name)}/{quote(word)}"
        again = 1
        while name in self.rules:
            again += 1
            name = f"{iri}-{again}"
        references = made.references if isinstance(made, TermMap) else [j.child for j in made.joins]
        self.rules[name] = [
            (stated, part, reference)
            for part, read in (
                ("subject", self.map.subject.references),
                ("predicate", predicate.references),
                ("object", references),
            )
            for reference in read
        ] or [(stated, "object", "")]
        return name

    def _rule_lines(self) -> Iterable[tuple[str | int | None, ...]]:
        """Yield what each branch reads, as columns that the source itself has."""
        table = self.scope.table
        for rule, reads in self.rules.items():
            cells = [
                (predicate, part, column or None)
                for predicate, part, reference in reads
                for column in table.cells_of(reference.removesuffix(".iri"))
            ]
            for position, (predicate, part, column) in enumerate(cells):
                yield (
                    self.dataset,
                    rule,
                    self.map.name,
                    table.name,
                    predicate,
                    part,
                    position,
                    column,
                )

    # ── parts ──────────────────────────────────────────────────────────────────────────────────

    def _scope(self, triples_map: TriplesMap, alias: str) -> Scope:
        source = triples_map.source
        table = self.tables.require(source)
        projection = self.projections.get((table.name, source.iterator))
        return Scope(source, table, alias, self.targets, projection)

    def _term(self, made: TermMap, scope: Scope | None = None) -> Term:
        return term(made, scope or self.scope, self.base, self.dataset)

    def _branches(self) -> Iterable[Branch]:
        place = self.map.place
        for cls in self.map.classes:
            a, c = (TermMap(Constant(iri, "iri"), "iri", place) for iri in (RDF_TYPE, cls))
            yield Branch(self._term(a), self._term(c), self._rule(a, c))
        for pair in self.map.predicate_objects:
            for predicate in pair.predicates:
                for made in pair.objects:
                    rule = self._rule(predicate, made)
                    if isinstance(made, TermMap):
                        yield Branch(self._term(predicate), self._term(made), rule)
                    elif (joined := self._parent(predicate, made, rule)) is not None:
                        yield joined

    def _parent(self, predicate: TermMap, made: ParentMap, rule: str) -> Branch | None:
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
                    f"{self.map.name} refers to {made.parent}, which reads other rows, without a join condition.",
                    place=made.place,
                    hint="Add rml:joinCondition with rml:child and rml:parent.",
                )
            return Branch(self._term(predicate), self._term(parent.subject), rule)
        return self._join(predicate, made, rule, self._scope(parent, "p"), parent.subject)

    def _join(
        self, predicate: TermMap, made: ParentMap, rule: str, scope: Scope, subject: TermMap
    ) -> Branch:
        """Join the rows whose values are equal; of several values, where one is."""
        value = self._term(subject, scope)
        pairs = [
            (self._joined(self.scope, j.child, made), self._joined(scope, j.parent, made))
            for j in made.joins
        ]
        conditions = " AND ".join(f"{child.text} = {parent.text}" for child, parent in pairs)
        rows = scope.all
        several = {
            f.text: f for f in (*(f for _, f in value.fields), *(p for _, p in pairs)) if f.many
        }
        for number, field in enumerate(several.values()):
            rows = f"(SELECT p.*, unnest({field.many}) AS _p{number} FROM {rows} p)"
            text, kind = item(f"p._p{number}")
            value = _replace(value, field, text, kind)
            conditions = conditions.replace(field.text, text)
        names = tuple((j.child, child) for j, (child, _) in zip(made.joins, pairs, strict=True))
        value = replace(value, fields=())  # the parent's: it is read where it stands
        return Branch(
            self._term(predicate), value, rule, Join(rows, conditions, names, made, scope)
        )

    def _joined(self, scope: Scope, reference: str, made: ParentMap) -> Field:
        field = scope.field(reference, made.place)
        if field.target:
            raise MappingError(
                f"A join can't compare {reference}, which is known only when all datasets are lifted.",
                place=made.place,
                hint=f"Compare {reference.removesuffix('.iri')}.",
            )
        return field

    def _many(self, branch: Branch) -> list[Field]:
        """Return the fields of the row that hold several values in some row."""
        terms = (self.subject, branch.predicate, branch.object)
        names = [pair for t in terms for pair in t.fields]
        names += branch.join.children if branch.join else ()
        return [f for _, f in sorted({n: f for n, f in names if f.many}.items())]

    # ── queries ────────────────────────────────────────────────────────────────────────────────

    def _query(self, branches: list[Branch], rows: str, *, joins: bool = False) -> Query:
        """Read (s, t.p, t.o, t.k, t.d, t.l, t.r) of rows into statements, or into links where they name entities."""
        rules = tuple(b.rule for b in branches)
        where = "r.s IS NOT NULL AND r.t.p IS NOT NULL AND r.t.o IS NOT NULL"
        place = "r._key AS key, r._source AS source, r._row AS row, r.t.r AS rule"
        if not self._named(branches[0]):
            sql = (
                f"SELECT {literal(self.dataset)} AS dataset, r.s AS subject, r.t.p AS predicate, r.t.o AS object, "
                "r.t.k AS kind, r.t.d AS datatype, r.t.l AS lang, 'observed' AS origin, "
                f"{place}, 0 AS level FROM {rows} r WHERE {where}"
            )
            return Query("statements", sql, rules, joins)
        sql = (
            f"SELECT {literal(self.dataset)} AS dataset, r.s AS subject, r.st AS subject_target, {_column(self.subject)} "
            "AS subject_column, r.t.p AS predicate, r.t.o AS object, r.t.ot AS object_target, r.t.oc AS object_column, "
            f"r.t.k AS kind, r.t.d AS datatype, r.t.l AS lang, {place} FROM {rows} r WHERE {where}"
        )
        return Query("links", sql, rules, joins)

    def _one_pass(self, branches: list[Branch]) -> Query:
        """Make all statements of a row in one pass over the rows, in their order."""
        made = ", ".join(self._struct(b, b.predicate, b.object) for b in branches)
        rows = (
            f"(SELECT _key, _source, _row, {self.subject.whole} AS s, {self.subject.target or 'NULL::VARCHAR'} AS st, "
            f"unnest([{made}]) AS t FROM {self.scope.relation} r)"
        )
        # Two branches with one predicate may say the same of a row; a row says it once.
        predicates = [b.predicate.value for b in branches]
        if len(set(predicates)) < len(predicates):
            said = "_key, _source, _row, s, st, t.p, t.o, t.k, t.d, t.l" + (
                ", t.ot" if self._named(branches[0]) else ""
            )
            rows = (
                f"(SELECT _key, _source, _row, s, st, min_by(t, t.r) AS t FROM {rows} "
                f"GROUP BY {said} ORDER BY ALL)"
            )
        return self._query(branches, rows)

    def _struct(self, branch: Branch, predicate: Term, value: Term) -> str:
        fields = {
            "p": predicate.whole,
            "o": value.whole,
            "k": literal(value.kind),
            "d": value.datatype,
            "l": value.lang,
            "r": literal(branch.rule),
        }
        if self._named(branch):
            fields |= {"ot": value.target or "NULL::VARCHAR", "oc": _column(value)}
        return "{" + ", ".join(f"'{name}': {sql}" for name, sql in fields.items()) + "}"

    def _one_branch(self, branch: Branch) -> Query:
        """Make the statements of a branch that joins other rows, or whose values are several."""
        rows, (subject, predicate, value), joined, _ = self._unnested(branch)
        made = (
            f"(SELECT DISTINCT r._key, r._source, r._row, {subject.whole} AS s, {subject.target or 'NULL::VARCHAR'} AS st, "
            f"{self._struct(branch, predicate, value)} AS t FROM {rows} r {joined} ORDER BY ALL)"
        )
        return self._query([branch], made, joins=branch.join is not None)

    def _unnested(self, branch: Branch) -> tuple[str, tuple[Term, Term, Term], str, list[str]]:
        """Return the rows with every several-valued reference spread out, the terms over them, the join and what it compares."""
        rows = self.scope.all if branch.join else self.scope.relation
        terms = [self.subject, branch.predicate, branch.object]
        on = branch.join.on if branch.join else ""
        compared = [field.text for _, field in branch.join.children] if branch.join else []
        for number, field in enumerate(self._many(branch)):
            rows = f"(SELECT r.*, unnest({field.many}) AS _m{number} FROM {rows} r)"
            text, kind = item(f"r._m{number}")
            terms = [_replace(t, field, text, kind) for t in terms]
            on = on.replace(field.text, text)
            compared = [text if c == field.text else c for c in compared]
        joined = f"JOIN {branch.join.rows} p ON {on}" if branch.join else ""
        return rows, (terms[0], terms[1], terms[2]), joined, compared

    def _violations(self, branches: list[Branch]) -> Iterable[str]:
        whole = Branch(self.subject, self.subject)
        for branch in [whole, *branches]:
            rows, (subject, predicate, value), joined, compared = self._unnested(branch)
            for made in {
                id(t): t for t in ((subject,) if branch is whole else (predicate, value))
            }.values():
                if made.check and not (branch.join and made is value):
                    of = "NULL" if branch is whole else subject.value
                    yield self.checks.bad_value(rows, made, of, branch.rule or None)
            if branch.join:
                anti = f"{rows} r ANTI {joined}"
                yield self.checks.without_partner(branch, anti, compared, subject.value)
        yield from self._without_values(branches)
        if (
            self.map.subject.references
            and not set(self.map.subject.references) & self.map.source.optional_references
        ):
            yield self.checks.without_subject()

    def _without_values(self, branches: list[Branch]) -> Iterable[str]:
        """Name the JSON references that no row has: a misspelt one would make nothing, in silence."""
        yield from self.checks.absent(
            self.scope,
            {
                n: f
                for t in [self.subject, *(t for b in branches for t in (b.predicate, b.object))]
                for n, f in t.fields
            },
        )
        for branch in branches:
            if branch.join:
                yield from self.checks.absent(self.scope, dict(branch.join.children))
                parents = (j.parent for j in branch.join.made.joins)
                fields = {n: branch.join.scope.field(n, branch.join.made.place) for n in parents}
                yield from self.checks.absent(branch.join.scope, fields)


def _replace(made: Term, field: Field, text: str, kind: str) -> Term:
    """Read a several-valued reference from its spread-out column."""

    def swap(sql: str) -> str:
        swapped = sql.replace(field.text, text)
        return swapped.replace(field.json_type, kind) if field.json_type else swapped

    check = made.check
    if check is not None:
        check = replace(check, holds=swap(check.holds), value=swap(check.value))
    return Term(
        swap(made.value),
        made.kind,
        swap(made.datatype),
        swap(made.lang),
        check,
        made.fields,
        made.target,
    )


def _column(made: Term) -> str:
    """Return the column that names the entity of a term, as an SQL literal; NULL where none does."""
    return literal(made.fields[0][0].removesuffix(".iri")) if made.target else "NULL::VARCHAR"


def plan(
    triples_map: TriplesMap,
    mapping: Mapping,
    tables: Tables,
    *,
    dataset: str,
    base: str,
    projections: Projections,
    targets: Dict[str, str],
) -> Plan:
    """Compile a triples map to queries over its table.

    Args:
        triples_map: Of `mapping`.
        mapping: Where the triples maps are that it refers to.
        tables: What their logical sources name.
        dataset: The dataset's name.
        base: What relative IRIs and the rules' are resolved against; ends with `/`.
        projections: Of the JSON tables, by name and iterator.
        targets: Column → where the entities are looked for that it names.
    """
    return _Planner(triples_map, mapping, tables, dataset, base, projections, targets).plan()
