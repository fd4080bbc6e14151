"""A third store, over Turtle: a file per version in which each statement says how it is known. Written for the contract."""

from __future__ import annotations

import json
from collections import Counter, defaultdict, namedtuple
from pathlib import Path

import duckdb
import numpy as np
import pyoxigraph as ox

from ldt_graph import model
from ldt_graph.errors import QueryError, Unavailable
from ldt_graph.graph.boxes import Bounds
from ldt_graph.graph.entities import lowered, ontology_of, project_entities
from ldt_graph.graph.facts import network_columns, vertex_facts
from ldt_graph.graph.names import Candidate, choose, parts, search, unknown
from ldt_graph.graph.relations import Relations
from ldt_graph.graph.store import offset
from ldt_graph.graph.table import EntityTable
from ldt_graph.namespaces import RDF, RDF_TYPE, XSD

# fmt: off
X = "urn:turtle-store:"
HOW = ("dataset", "origin", "key", "source", "row", "rule", "level")
Row = namedtuple("Row", model.STATEMENT_COLUMNS)


class TurtleStore:
    """The `Store` of a folder of Turtle files."""

    def __init__(self, record, settings):
        self._folder = Path(record)

    def mark(self):
        return len(self.versions())

    def open(self, version=None):
        version = version or self.versions()[-1]
        return TurtleGraph(version, list(_rows(self._folder / f"{version.number}.ttl")))

    def versions(self):
        found = [model.Version(n, t, s, tuple(d)) for n, t, s, d in self._about("version").values()]
        if not found:
            raise Unavailable("There is no Turtle yet.", hint="Write some.")
        return sorted(found, key=lambda v: v.number)

    def datasets(self, version):
        return self._about("datasets")[f"{X}{version.number}"]

    def violations(self, version, where, *, first=None, after=None):
        found = self._told(version, where)
        start = offset(after)
        page = tuple(found[start:][:first])
        end = start + len(page)
        return model.ViolationPage(page, len(found), str(end) if end < len(found) else None)

    def violation_groups(self, version, where, by):
        groups = defaultdict(list)
        for v in self._told(version, where):
            groups[tuple((c, getattr(v, c)) for c in by)].append(v)
        made = [model.ViolationGroup(shared, len(alike), alike[0]) for shared, alike in groups.items()]
        return sorted(made, key=lambda g: (-g.count, [(v is not None, v) for _, v in g.by]))

    def close(self):
        pass

    def _told(self, version, where):
        def meets(v, field, asked):
            value = getattr(v, field)
            return (value is not None) == asked if isinstance(asked, bool) else value == asked

        found = [model.Violation(*v) for v in self._about("violations")[f"{X}{version.number}"]]
        return [v for v in found if all(meets(v, f, a) for f, a in where.asked.items())]

    def _about(self, name):
        path = self._folder / "about.ttl"
        parsed = ox.parse(path=str(path), format=ox.RdfFormat.TURTLE) if path.exists() else ()
        return {t.subject.value: json.loads(t.object.value) for t in parsed if t.predicate.value == X + name}


def _rows(path):
    """Read statements: rdf:subject, rdf:predicate and rdf:object of a node, and how it is known."""
    said = defaultdict(dict)
    for t in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
        said[t.subject][t.predicate.value] = t.object
    for node in said.values():
        subject, predicate, term = (node[RDF[n]] for n in ("subject", "predicate", "object"))
        kind = {ox.NamedNode: "iri", ox.BlankNode: "bnode", ox.Literal: "literal"}[type(term)]
        text = str(term) if kind == "bnode" else term.value
        plain = kind != "literal" or term.language or term.datatype.value == XSD.string
        how = dict(zip(HOW, json.loads(node[X + "how"].value), strict=True))
        yield Row(subject=subject.value if isinstance(subject, ox.NamedNode) else str(subject), predicate=predicate.value, object=text, kind=kind,
                  datatype=None if plain else term.datatype.value, lang=getattr(term, "language", None), **how)


class TurtleGraph:
    """The `Graph` of one file: its entities by the shared projection, asked as plain objects."""

    def __init__(self, version, rows):
        self.version = version
        con = duckdb.connect()
        model.create_tables(con)
        model.append(con, "statements", dict(zip(model.STATEMENT_COLUMNS, zip(*rows, strict=True), strict=True)))
        self.ontology = ontology_of(con)
        project_entities(con, self.ontology)
        self._table = EntityTable(con, self.ontology)
        self._entities = {e.iri: e for e in self._table.entities(np.arange(len(self._table)))}
        self._columns = Relations.read(con, len(self._table)), vertex_facts(con, self.ontology, len(self._table))
        self._relations = {"out": defaultdict(set), "in": defaultdict(set)}
        for r in (r for r in rows if r.dataset != model.ONTOLOGY and r.kind == "iri" and r.predicate != RDF_TYPE):
            if {r.subject, r.object} <= self._entities.keys():
                how = model.Provenance(r.dataset, r.origin, r.source, r.row, r.rule)
                name = self.ontology.name_of(r.predicate)
                self._relations["out"][r.subject].add(model.Relation(name, r.predicate, r.object, how))
                self._relations["in"][r.object].add(model.Relation(name, r.predicate, r.subject, how))

    def _matching(self, where):
        found = list(self._entities.values())
        if where.type is not None:
            name = self.ontology.class_called(where.type, {t for e in found for t in e.types})
            found = [e for e in found if name in e.types]
        found = [e for e in found if where.domain in (None, e.domain) and where.dataset in (None, e.dataset)]
        if where.text is not None:
            text = lowered(where.text)
            found = [e for e in found if text in lowered("\x1f".join((t or "")[:2000] for t in (e.name, e.identifier, e.iri)))]
        if where.iris is not None:
            found = [e for e in found if e.iri in where.iris]
        if where.box is not None:
            found = [e for e, meets in zip(found, Bounds(e.geometry for e in found).meeting(where.box), strict=True) if meets]
        return found

    def find(self, where, *, first, after=None):
        if first < 0:
            raise QueryError(f"A page can't have {first} entities.", hint="Ask for 0 or more.")
        found = self._matching(where)
        rest = [e for e in found if after is None or e.iri > after]
        page = tuple(rest[:first])
        return model.Page(page, len(found), page[-1].iri if page and len(rest) > first else None)

    def count(self, where, by):
        if by not in ("type", "domain", "dataset"):
            raise QueryError(f"Can't count by {by!r}.", hint="Count by type, domain or dataset.")
        return dict(sorted(Counter(getattr(e, by) or "" for e in self._matching(where)).items()))

    def relations(self, iris, direction="out"):
        return {i: tuple(sorted(self._relations[direction].get(i, ()), key=lambda r: r.order)) for i in iris}

    def resolve(self, name):
        dataset, local = parts(name)
        found = (Candidate(e.iri, e.dataset, e.identifier) for e in self._entities.values())
        return choose(name, [c for c in found if name in (c.iri, c.identifier) or (dataset, local) == c[1:]], self.version.number, lambda text: search(self, text))

    def describe(self, iri):
        if iri not in self._entities:
            raise unknown(iri, self.version.number)
        return self._entities[iri]

    def columns(self):
        return network_columns(self._table, *self._columns, self.ontology)
