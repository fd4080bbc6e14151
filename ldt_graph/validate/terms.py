"""Terms: every class, relation and attribute that statements use is declared, or is told with what was likely meant."""

from __future__ import annotations

import difflib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ldt_graph.model import append, run
from ldt_graph.namespaces import RDF, RDF_TYPE, STANDARDS, curie
from ldt_graph.naming import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

    from ldt_graph.ontology import Ontology

_READS, _USED, _REPORT = (
    (Path(__file__).parent / name).read_text(encoding="utf-8")
    for name in ("reads.sql", "terms.sql", "report_terms.sql")
)


class _Use(NamedTuple):
    """How a dataset uses a term."""

    dataset: str
    predicate: str
    cls: str | None
    literal: bool
    count: int


class _Doubt(NamedTuple):
    """What is doubtful of a use: its rule, what its cell says, and the sentence."""

    rule: str
    name: str
    message: str


def check_terms(
    con: duckdb.DuckDBPyConnection, ontology: Ontology, vocabularies: Sequence[str] = ()
) -> int:
    """Warn of every term that nothing declares, and of relations and attributes that are used as the other; return how many.

    A term is known where an ontology file declares it or sets it in a hierarchy, where a standard of `STANDARDS` or
    a vocabulary that the twin names has it. One line for a term of a dataset, with its count and its first cell.
    Looks at every statement, whatever changed: one grouping, and a search for the places of what is doubtful.

    Args:
        con: The build's connection.
        ontology: What declares terms.
        vocabularies: Namespaces whose terms the twin takes as they are.
    """
    con.execute("DELETE FROM violations WHERE stage = 'term'")
    run(con, _USED, {"type": RDF_TYPE})
    uses = [_Use(*row) for row in con.execute("FROM used ORDER BY ALL").fetchall()]
    con.execute("DROP TABLE used; CREATE OR REPLACE TEMP TABLE unknown_class (class VARCHAR)")
    known = _Known(ontology, tuple(vocabularies))
    found = [(use, doubt) for use in uses if (doubt := known.doubt(use))]
    if found:
        _report(con, found)
    return len(found)


def _report(con: duckdb.DuckDBPyConnection, found: Sequence[tuple[_Use, _Doubt]]) -> None:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE doubtful (id INTEGER, dataset VARCHAR, predicate VARCHAR, class VARCHAR, "
        "literal BOOLEAN, value_only BOOLEAN, rule VARCHAR, name VARCHAR, message VARCHAR)"
    )
    rows = [
        (n, u.dataset, u.predicate, u.cls, u.literal, d.rule == "term:kind", *d)
        for n, (u, d) in enumerate(found)
    ]
    append(con, "doubtful", {str(n): column for n, column in enumerate(zip(*rows, strict=True))})
    run(con, _READS + _REPORT)


class _Known:
    """The terms that the twin knows."""

    def __init__(self, ontology: Ontology, vocabularies: tuple[str, ...]) -> None:
        self._ontology = ontology
        self._vocabularies = vocabularies

    def doubt(self, use: _Use) -> _Doubt | None:
        """Return what is doubtful of a use; None where nothing is."""
        term = use.cls or use.predicate
        if not self._declares(term, self._classes if use.cls else self._properties):
            return self._unknown(use, term)
        return None if use.cls else self._other_kind(use)

    def _declares(self, term: str, declared: frozenset[str]) -> bool:
        namespace, local = split(term)
        return (
            term in declared
            or local in STANDARDS.get(namespace, ())
            or (namespace == RDF and local.removeprefix("_").isdecimal())
            or term.startswith(self._vocabularies)
        )

    def _unknown(self, use: _Use, term: str) -> _Doubt:
        if use.cls:
            word, declared = "class", self._classes
            means = "what is of this class alone is no asset of the twin: no domain, source, switch or shape is known of it"
        elif use.literal:
            word, declared = "attribute", self._properties
            means = "neither impact nor a shape reads it"
        else:
            word, declared, means = "relation", self._properties, "impact does not follow it"
        near = _near(term, declared)
        hint = (
            f" Did you mean {' or '.join(self._ontology.name_of(n) for n in near)}?" if near else ""
        )
        message = (
            f"No ontology file declares the {word} {curie(term)} ({_times(use)}): {means}.{hint}"
        )
        return _Doubt(f"term:unknown-{word}", split(term)[1] or term, message)

    def _other_kind(self, use: _Use) -> _Doubt | None:
        """Tell a relation with a text for its value, and an attribute with an entity for it."""
        above = self._ontology.superproperties(use.predicate)
        relation = use.predicate == RDF_TYPE or not above.isdisjoint(
            self._ontology.object_properties
        )
        if relation == (not above.isdisjoint(self._ontology.attributes)) or relation != use.literal:
            return None
        name = split(use.predicate)[1]
        says = (
            f"{name} is a relation, and its value here is no IRI but a text ({_times(use)}): impact does not follow it."
            if relation
            else f"{name} is an attribute, and its value here is an IRI ({_times(use)}): neither impact nor a shape reads it."
        )
        return _Doubt("term:kind", name, says)

    @cached_property
    def _classes(self) -> frozenset[str]:
        return self._ontology.classes | self._ontology.aligned_classes

    @cached_property
    def _properties(self) -> frozenset[str]:
        return self._ontology.properties | self._ontology.aligned_properties


def _times(use: _Use) -> str:
    return "once" if use.count == 1 else f"{use.count:,} times"


def _near(term: str, terms: Iterable[str]) -> list[str]:
    """Return the terms, at most three, whose local names are nearest to one's; of equal names that of its namespace."""
    namespace, name = split(term)
    called: dict[str, str] = {}
    for known in sorted(terms, key=lambda t: (split(t)[0] == namespace, t)):
        called[split(known)[1].lower()] = known
    return [called[n] for n in difflib.get_close_matches(name.lower(), sorted(called), 3, 0.75)]
