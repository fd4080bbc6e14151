"""What is told of a row that makes no statement: queries that name its cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as Dict

    from ldt_graph.lift.plan import Branch, Join
    from ldt_graph.lift.scope import Field, Scope
    from ldt_graph.lift.terms import Term


@dataclass(frozen=True, slots=True)
class Checks:
    """Queries into `violations` about the rows that a triples map reads.

    Attributes:
        dataset: Its name.
        scope: Of the rows.
        subject: What they describe.
    """

    dataset: str
    scope: Scope
    subject: Term

    def bad_value(self, rows: str, made: Term, subject: str, rule: str | None) -> str:
        """Name the values of a term that are none."""
        check = made.check
        assert check is not None  # noqa: S101  (the caller asked)
        message = f"'The value ' || {check.value} || ' {check.message}.'"
        return (
            f"SELECT DISTINCT {self._told(check.rule, rule)}, {subject} AS subject, r._source AS source, r._row AS row, r._key AS key, "
            f'{self.scope.cell(check.column)} AS "column", {check.value} AS value, {message} AS message, {literal(check.expected)} AS expected '
            f"FROM {rows} r WHERE {check.value} IS NOT NULL AND NOT ({check.holds}) ORDER BY r._source, r._row"
        )

    def _told(self, rule: str, branch: str | None = None) -> str:
        """Return SQL for what a line of `violations` says of its kind."""
        return (
            f"{literal(self.dataset)} AS dataset, 'lift' AS stage, 'violation' AS severity, {literal(rule)} AS rule, "
            f"{literal(branch)} AS branch"
        )

    def without_partner(self, branch: Branch, rows: str, children: list[str], subject: str) -> str:
        """Name each value that joins no row, at its first row: its statement is not made."""
        join = branch.join
        assert join is not None  # noqa: S101  (the caller asked)
        value = f"concat_ws(', ', {', '.join(children)})"
        stated = " AND ".join(f"{c} IS NOT NULL" for c in children)
        parents = ", ".join(j.parent for j in join.made.joins)
        message = f"v || {literal(f' joins no row of {join.scope.table.name} by {parents}')}"
        more = "CASE WHEN n > 1 THEN '; nor do ' || (n - 1) || ' rows more' ELSE '' END || '.'"
        place = "{'source': r._source, 'row': r._row, 'key': r._key}"
        return (
            f"SELECT {self._told('lift:no-partner', branch.rule)}, s AS subject, first.source AS source, first.row AS row, first.key AS key, "
            f'c AS "column", v AS value, {message} || {more} AS message '
            f"FROM (SELECT v, count(*) AS n, arg_min(s, place) AS s, arg_min(c, place) AS c, min(place) AS first "
            f"FROM (SELECT {value} AS v, {subject} AS s, {self._alone(join, children)} AS c, {place} AS place FROM {rows} WHERE {stated}) GROUP BY v)"
        )

    def _alone(self, join: Join, children: list[str]) -> str:
        """Return SQL for the column whose own value no row of the other side has; the first, where each has a partner."""
        names = [self.scope.cell(name) for name, _ in join.children]
        if len(names) == 1:
            return names[0]
        fields = [join.scope.field(j.parent, join.made.place) for j in join.made.joins]
        known = [
            f"WHEN {child} NOT IN (SELECT {field.text} FROM {join.scope.all} p WHERE {field.text} IS NOT NULL) THEN {name}"
            for name, child, field in zip(names, children, fields, strict=True)
        ]
        return f"CASE {' '.join(known)} ELSE {names[0]} END"

    def absent(self, scope: Scope, fields: Dict[str, Field]) -> Iterable[str]:
        """Name the JSON references that no row has."""
        for name in sorted(fields.keys() - scope.source.optional_references):
            if fields[name].held == 0:
                said = literal(name.removesuffix(".iri"))
                yield (
                    f'SELECT {self._told("lift:no-such-reference")}, f._source AS source, {said} AS "column", '
                    f"'No row has ' || {said} || ', which the mapping reads.' AS message "
                    f"FROM (SELECT min(_source) AS _source FROM {scope.table.relation}) f WHERE f._source IS NOT NULL"
                )

    def without_subject(self) -> str:
        """Name the rows that describe nothing, at the first cell that is empty."""
        empty = [(self.scope.cell(n), f"{f.text} IS NULL") for n, f in self.subject.fields]
        column = f"CASE {' '.join(f'WHEN {is_empty} THEN {cell}' for cell, is_empty in empty)} END"
        return (
            f"SELECT {self._told('lift:no-subject')}, r._source AS source, r._row AS row, r._key AS key, "
            f"{column} AS \"column\", 'The row has no ' || {column} || ', so it names no entity.' AS message "
            f"FROM {self.scope.relation} r WHERE {' OR '.join(e for _, e in empty)} ORDER BY r._source, r._row"
        )
