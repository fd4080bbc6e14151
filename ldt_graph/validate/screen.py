"""Sound nodes are told by columns: where all that a shape asks of a node surely holds, no engine has to look at it.

A shape is a condition in SQL where it can be, and the condition says "surely": it is true only of what conforms, and
whatever it leaves open (a number written in an unusual way, a letter beyond ASCII, a constraint that it doesn't
know) an engine judges. So a verdict is always an engine's, but for "nothing is wrong here".
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.namespaces import RDF, RDF_TYPE, SH, XSD
from ldt_graph.sql import literal
from ldt_graph.validate.graph import words
from ldt_graph.validate.said import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import duckdb

    from ldt_graph.validate.graph import ShapesGraph, Term
    from ldt_graph.validate.judge import Run
    from ldt_graph.validate.said import Meaning

_NOTHING = frozenset(
    words("""
    name description message severity order group defaultValue targetClass targetNode
    targetSubjectsOf targetObjectsOf path deactivated minCount maxCount flags
    """)
)
"""What asks nothing of a value itself."""
_ROOT = frozenset((SH.property, SH.node, SH["and"]))
_INTEGER = "[+-]?[0-9]{1,15}"
_NUMBER = "[+-]?([0-9]{1,9}([.][0-9]{1,6})?|[0-9]{1,15})"
"""Numbers of at most 15 digits: as floats of 64 bits no two of them are the same, and they are in the order of the decimals."""
_DAY = "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"
_NUMBERS = {XSD.integer: _INTEGER, XSD.decimal: _NUMBER, XSD.double: _NUMBER}
_FORMS = {
    **{d: (form, "") for d, form in _NUMBERS.items()},
    XSD.date: (_DAY, "DATE"),
    XSD.dateTime: (f"{_DAY}T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z?", "TIMESTAMP"),
}
"""Datatype → a form of its values, and what such a text must be read as besides."""
_KINDS = {
    SH.IRI: ("iri",),
    SH.BlankNode: ("bnode",),
    SH.Literal: ("literal",),
    SH.BlankNodeOrIRI: ("bnode", "iri"),
    SH.BlankNodeOrLiteral: ("bnode", "literal"),
    SH.IRIOrLiteral: ("iri", "literal"),
}
_BOUNDS = {SH.minInclusive: ">=", SH.minExclusive: ">", SH.maxInclusive: "<=", SH.maxExclusive: "<"}
_PLAIN_PATTERN = re.compile(
    r"(?:[^\\\[\](){}]|\\[dDwWsS.\\/+*?()|^$\[\]{}-]|\[\^?(?:[A-Za-z0-9 _.,:;/+*?()|$'!@#%=~-]|\\[dws.\\/+*?()|\[\]^$-])+\]|\((?:\?:)?|\)|\{[0-9]+(?:,[0-9]*)?\})*"
)
"""Patterns that DuckDB's engine and others read alike, of ASCII."""
_PRINTABLE = "[ -~]*"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a shape asks of a node by one property.

    Attributes:
        predicates: The property and those below it.
        condition: SQL on a statement `s`: its object surely is as it should be.
        turned: Properties that are read backwards: with these, only how many ends there are is asked.
    """

    predicates: tuple[str, ...]
    least: int
    most: int | None
    condition: str
    turned: tuple[str, ...] = ()


class _Open(Exception):
    """Something that a condition can't say."""


def screen(con: duckdb.DuckDBPyConnection, run: Run, near: str) -> None:
    """Put into `kept` what of `focus` may not conform. Cost: for each shape a look at what it reads, in columns.

    Args:
        con: The build's connection.
        run: Whose focus nodes.
        near: Where the statements stand that its near shapes read.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE kept AS FROM focus WHERE false")
    tables = dict.fromkeys(run.near, near) | dict.fromkeys(run.far, "statements")
    for root, table in tables.items():
        doubt = "true"
        with suppress(_Open):
            reader = _Reader(con, run.shapes.graph, run.meaning, table)
            doubt = _doubt(*reader.asks(root.node), table)
        con.execute(
            f"INSERT INTO kept FROM focus s WHERE s.file = {run.number} AND s.shape = {root.number} AND ({doubt})"
        )


def _doubt(asks: Sequence[Ask], own: str, table: str) -> str:
    """Return when something that a shape asks of a node may not hold: SQL on a focus node `s`.

    That a node says something more often than it may is looked for by hashes: equal ones of different nodes make
    a doubt too many, and never one too few.
    """
    doubts = [f"NOT coalesce({own}, false)"] if own != "true" else []
    cases: dict[str, list[str]] = {}
    most: dict[tuple[int, tuple[str, ...]], list[str]] = {}
    for ask in asks:
        for predicate in ask.predicates if ask.condition != "true" else ():
            cases.setdefault(predicate, []).append(ask.condition)
        if ask.most is not None:
            shared = ask.predicates if len(ask.predicates) > 1 else ()
            most.setdefault((ask.most, shared), []).extend(ask.predicates)
        if ask.least:
            doubts.append(f"(s.kind = 'literal' OR s.object NOT IN ({_having(ask, table)}))")
    if cases:
        whens = " ".join(f"WHEN {literal(p)} THEN {_all(c)}" for p, c in cases.items())
        doubts.append(
            f"s.object IN (SELECT s.subject FROM {table} s WHERE s.predicate IN {names(cases)} "
            f"AND NOT coalesce(CASE s.predicate {whens} END, false))"
        )
    for (number, shared), predicates in most.items():
        by = "" if shared else ", hash(predicate)"
        doubts.append(
            f"hash(s.object) IN (SELECT hash(subject) FROM {table} WHERE predicate IN {names(predicates)} "
            f"GROUP BY hash(subject){by} HAVING count(*) > {number})"
        )
    return " OR ".join(doubts) or "false"


def _having(ask: Ask, table: str) -> str:
    """Return SQL for the nodes that have as many ends as are asked for. One thing is one end, however often it is said."""
    out = f"FROM {table} WHERE predicate IN {names(ask.predicates or ('',))}"
    if ask.least == 1 and not ask.turned:
        return f"SELECT subject {out}"
    term = "CASE kind WHEN 'literal' THEN concat('l', datatype, '@', lang) ELSE '' END"
    into = f"FROM {table} WHERE kind <> 'literal' AND predicate IN {names(ask.turned or ('',))}"
    ends = f"SELECT subject AS node, object AS other, {term} AS term {out} UNION ALL SELECT object, subject, '' {into}"
    return f"SELECT node FROM ({ends}) GROUP BY node HAVING count(DISTINCT (other, term)) >= {ask.least}"


class _Reader:
    """Reads shapes as conditions."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, graph: ShapesGraph, meaning: Meaning, table: str
    ) -> None:
        self.con, self.graph, self.meaning, self.table = con, graph, meaning, table
        self.rules: dict[str, Callable[[Term, Term], str]] = {
            SH.datatype: self._datatype,
            SH.nodeKind: self._kind,
            SH["class"]: self._class,
            SH["in"]: self._in,
            SH.pattern: self._pattern,
            SH.minLength: lambda _, v: f"(length(s.object) >= {_int(v)} AND {_TEXTUAL})",
            SH.maxLength: lambda _, v: f"(length(s.object) <= {_int(v)} AND {_TEXTUAL})",
            SH.uniqueLang: lambda _, __: "s.lang IS NULL",
            SH.node: lambda _, v: self._of_value(v),
            SH["and"]: lambda _, v: _all(self._of_value(i) for i in self.graph.items(v) or ()),
            SH["or"]: lambda _, v: _any(self._perhaps(i) for i in self.graph.items(v) or ()),
            **{w: self._bound(op) for w, op in _BOUNDS.items()},
        }

    def asks(self, node: Term) -> tuple[list[Ask], str]:
        """Return what a shape asks of a focus node's properties, and the condition on the node itself.

        Raises:
            _Open: Something of it can't be said.
        """
        graph = self.graph
        if self._off(node):
            return [], "true"
        if SH.path in graph.words_of(node):
            return [self._ask(node)], "true"
        found: list[Ask] = []
        own = [self.condition(node, leaving=_ROOT)]
        inner = [v for w in (SH.node, SH.property) for v in graph.values(node, w)]
        inner += [i for v in graph.values(node, SH["and"]) for i in graph.items(v) or ()]
        for part in inner:
            asks, more = self.asks(part)
            found += asks
            own.append(more)
        return found, _all(own)

    def _ask(self, node: Term) -> Ask:
        graph = self.graph
        path = graph.value(node, SH.path)
        least, most = (graph.value(node, w) for w in (SH.minCount, SH.maxCount))
        condition = self.condition(node)
        many = not isinstance(path, ox.NamedNode)
        if many and (condition != "true" or most is not None):
            raise _Open
        out, turned = self._ends(path)
        return Ask(
            out,
            0 if least is None else _int(least),
            None if most is None else _int(most),
            condition,
            turned,
        )

    def _ends(self, path: Term | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the properties that a path leads along, and those along which it leads backwards, one step each."""
        graph = self.graph
        listed = None if path is None else graph.value(path, SH.alternativePath)
        out: set[str] = set()
        turned: set[str] = set()
        for step in [path] if listed is None else graph.items(listed) or [None]:
            back = None if step is None else graph.value(step, SH.inversePath)
            named = step if back is None else back
            if not isinstance(named, ox.NamedNode):
                raise _Open
            (out if back is None else turned).update(self.meaning.below(named.value))
        return tuple(sorted(out)), tuple(sorted(turned))

    def condition(self, node: Term, leaving: frozenset[str] = frozenset()) -> str:
        """Return when a term surely has what a shape asks of it: SQL on `s.object` and the columns beside it."""
        said = [s for s in self.graph.said.get(node, ()) if s.word not in leaving | _NOTHING]
        asked = [s for s in said if s.word.startswith(SH)]
        if any(s.word not in self.rules for s in asked):
            raise _Open
        return _all(self.rules[s.word](node, s.value) for s in asked)

    def _of_value(self, node: Term) -> str:
        """Return the condition of a shape that looks at a value, and at nothing that is said of it."""
        if self._off(node):
            return "true"
        if self.graph.words_of(node) & {SH.path, SH.property}:
            raise _Open
        return self.condition(node)

    def _off(self, node: Term) -> bool:
        off = self.graph.value(node, SH.deactivated)
        return isinstance(off, ox.Literal) and off.value in ("true", "1")

    def _perhaps(self, node: Term) -> str:
        try:
            return self._of_value(node)
        except _Open:
            return "false"

    def _datatype(self, _: Term, value: Term) -> str:
        iri = value.value if isinstance(value, ox.NamedNode) else ""
        if iri == XSD.string:
            return "(s.kind = 'literal' AND s.datatype IS NULL AND s.lang IS NULL)"
        typed = f"s.kind = 'literal' AND s.datatype = {literal(iri)}"
        if iri == XSD.boolean:
            return f"({typed} AND s.object IN ('true', 'false', '0', '1'))"
        if iri not in _FORMS:
            if iri.startswith((XSD, RDF)):
                raise _Open
            return f"({typed})"
        form, cast = _FORMS[iri]
        read = f" AND TRY_CAST(s.object AS {cast}) IS NOT NULL" if cast else ""
        return f"({typed} AND regexp_full_match(s.object, {literal(form)}){read})"

    def _kind(self, _: Term, value: Term) -> str:
        return f"s.kind IN {names(_KINDS[str(value)[1:-1]])}"

    def _class(self, _: Term, value: Term) -> str:
        classes = (
            self.meaning.classes.subclasses(value.value) if isinstance(value, ox.NamedNode) else ()
        )
        said = f"predicate = {literal(RDF_TYPE)} AND object IN {names(sorted(classes))}"
        return (
            f"(s.kind <> 'literal' AND s.object IN (SELECT subject FROM {self.table} WHERE {said}))"
        )

    def _in(self, _: Term, value: Term) -> str:
        groups: dict[str, list[str]] = {}
        for item in self.graph.items(value) or ():
            if isinstance(item, ox.NamedNode):
                groups.setdefault("s.kind = 'iri'", []).append(item.value)
            elif isinstance(item, ox.Literal) and item.language is None:
                plain = item.datatype.value == XSD.string
                typed = "IS NULL" if plain else f"= {literal(item.datatype.value)}"
                groups.setdefault(f"s.kind = 'literal' AND s.lang IS NULL AND s.datatype {typed}", []).append(item.value)  # fmt: skip
        return _any(f"({kind} AND s.object IN {names(texts)})" for kind, texts in groups.items())

    def _pattern(self, node: Term, value: Term) -> str:
        import duckdb

        text = value.value if isinstance(value, ox.Literal) else ""
        plain = text.isascii() and _PLAIN_PATTERN.fullmatch(text) and not re.search("--|~~", text)
        if self.graph.values(node, SH.flags) or not plain:
            raise _Open
        try:
            self.con.execute("SELECT regexp_matches('', ?)", [text]).fetchall()
        except duckdb.Error:
            raise _Open from None
        return f"({_TEXTUAL} AND regexp_full_match(s.object, {literal(_PRINTABLE)}) AND regexp_matches(s.object, {literal(text)}))"

    def _bound(self, operator: str) -> Callable[[Term, Term], str]:
        # A form for each datatype alone: a pattern that is no constant is compiled for each row.
        whens = " ".join(
            f"WHEN {literal(d)} THEN regexp_full_match(s.object, {literal(form)})"
            for d, form in _NUMBERS.items()
        )

        def condition(node: Term, value: Term) -> str:
            known = isinstance(value, ox.Literal) and value.datatype.value in _NUMBERS
            if not known or not re.fullmatch(_NUMBER, value.value):
                raise _Open
            compared = f"TRY_CAST(s.object AS DOUBLE) {operator} {float(value.value)!r}"
            asked = {str(d)[1:-1] for d in self.graph.values(node, SH.datatype)}
            # Where one of these datatypes is asked for, the form is asked for with it.
            return compared if asked & _NUMBERS.keys() else f"(CASE s.datatype {whens} END AND {compared})"  # fmt: skip

        return condition


_TEXTUAL = "s.kind IN ('iri', 'literal')"


def _int(value: Term) -> int:
    return int(value.value) if isinstance(value, ox.Literal) else 0


def _all(conditions: Iterable[str]) -> str:
    held = [c for c in dict.fromkeys(conditions) if c != "true"]
    return f"({' AND '.join(held)})" if held else "true"


def _any(conditions: Iterable[str]) -> str:
    held = list(dict.fromkeys(conditions))
    return f"({' OR '.join(held)})" if held else "false"
