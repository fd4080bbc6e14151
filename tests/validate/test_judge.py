"""What the stage finds is what an engine finds that is given all: whatever is screened, batched, or left out as out of reach."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import duckdb
import pyoxigraph as ox
import pytest
import shacl
from hypothesis import given
from hypothesis import strategies as st

from ldt_graph.errors import MissingExtra, SettingsError
from ldt_graph.model import STATEMENT_COLUMNS, Touched, append, columns_sql, create_tables
from ldt_graph.namespaces import RDF_TYPE, RDFS, XSD
from ldt_graph.ontology import Ontology
from ldt_graph.settings import Settings
from ldt_graph.validate import engine, judge, validate
from ldt_graph.validate.reach import Reach, Step
from ldt_graph.validate.shapes import read_shapes
from tests.examples import examples

if TYPE_CHECKING:
    from pathlib import Path

EX = "urn:ex#"
HEAD = f"""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <{EX}> . @prefix xsd: <{XSD}> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix rdfs: <{RDFS}> .
"""
NODES = [f"{EX}{n}" for n in "abcdef"]
TARGETS = """sh:targetClass ex:C|sh:targetClass ex:D|sh:targetClass ex:C , ex:E|sh:targetSubjectsOf ex:p|sh:targetObjectsOf ex:q
sh:targetNode ex:a , "5"|a rdfs:Class ; sh:targetNode ex:b""".replace("\n", "|").split("|")
OTHER = """
ex:Other a sh:NodeShape ; sh:property [ sh:path ex:q ; sh:minCount 1 ] .
ex:Plain a sh:NodeShape ; sh:nodeKind sh:IRIOrLiteral ; sh:or ( [ sh:datatype xsd:integer ] [ sh:class ex:D ] ) .
"""
NEAR = [
    "sh:path ex:p ; sh:minCount 1",
    "sh:path ex:p ; sh:maxCount 1",
    "sh:path ex:r ; sh:minCount 1 ; sh:maxCount 2",
    "sh:path ex:p ; sh:minCount 2",
    "sh:path ex:p ; sh:datatype xsd:integer",
    "sh:path ex:p ; sh:datatype xsd:string ; sh:minLength 2 ; sh:maxLength 3",
    "sh:path ex:p ; sh:datatype xsd:decimal ; sh:minInclusive 0 ; sh:maxExclusive 5.0",
    "sh:path ex:p ; sh:datatype xsd:date",
    'sh:path ex:p ; sh:datatype xsd:dateTime ; sh:message "A time"',
    "sh:path ex:p ; sh:datatype xsd:boolean ; sh:severity sh:Warning",
    "sh:path ex:p ; sh:datatype xsd:double ; sh:minExclusive 5",
    "sh:path ex:p ; sh:datatype ex:own",
    "sh:path ex:p ; sh:minInclusive 5 ; sh:maxInclusive 5.5",
    'sh:path ex:p ; sh:in ( 5 "x" ex:a "y"@en "05"^^xsd:integer )',
    'sh:path ex:p ; sh:pattern "^[x-z5]+$"',
    'sh:path ex:p ; sh:pattern "\\\\d{1,2}|x\\\\w?" ; sh:flags "i"',
    'sh:path ex:p ; sh:pattern "^\\\\w+\\\\s?(a|5.?)*$"',
    "sh:path ex:p ; sh:nodeKind sh:IRI",
    "sh:path ex:p ; sh:nodeKind sh:BlankNodeOrLiteral",
    "sh:path ex:q ; sh:class ex:C ; sh:nodeKind sh:IRI",
    "sh:path ex:q ; sh:class ex:C , ex:E",
    "sh:path ex:p ; sh:hasValue 5",
    "sh:path ex:p ; sh:uniqueLang true",
    'sh:path ex:p ; sh:languageIn ( "en" )',
    "sh:path ex:p ; sh:equals ex:r",
    "sh:path ex:p ; sh:disjoint ex:q",
    "sh:path ex:p ; sh:lessThan ex:r",
    "sh:path ex:p ; sh:not [ sh:datatype xsd:string ]",
    "sh:path ex:p ; sh:or ( [ sh:datatype xsd:integer ] [ sh:datatype xsd:string ; sh:maxLength 1 ] [ sh:path ex:q ; sh:minCount 1 ] )",
    "sh:path ex:p ; sh:xone ( [ sh:datatype xsd:integer ] [ sh:minInclusive 5 ] )",
    "sh:path ex:p ; sh:and ( [ sh:nodeKind sh:Literal ] ex:Plain )",
    "sh:path ex:p ; sh:node ex:Plain",
    "sh:path ex:p ; sh:datatype xsd:integer ; sh:deactivated true",
    "sh:path ex:q ; sh:node ex:Other",
    "sh:path ex:q ; sh:property [ sh:path ex:p ; sh:datatype xsd:integer ]",
    "sh:path ( ex:q ex:p ) ; sh:minCount 1 ; sh:datatype xsd:integer",
    "sh:path ( ex:q [ sh:inversePath ex:q ] ) ; sh:maxCount 1",
    "sh:path [ sh:inversePath ex:q ] ; sh:maxCount 1 ; sh:class ex:C",
    "sh:path [ sh:alternativePath ( ex:p [ sh:zeroOrOnePath ex:q ] ) ] ; sh:maxCount 2",
    "sh:path [ sh:inversePath ( ex:q ex:q ) ] ; sh:maxCount 0",
    "sh:path ex:q ; sh:qualifiedValueShape [ sh:class ex:D ] ; sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 1",
    "sh:path ex:q ; sh:qualifiedValueShape [ sh:property [ sh:path ex:p ; sh:minCount 1 ] ] ; sh:qualifiedMinCount 1",
]
FAR = [
    "sh:path [ sh:zeroOrMorePath ex:q ] ; sh:maxCount 2",
    "sh:path ( [ sh:oneOrMorePath ex:q ] ex:p ) ; sh:datatype xsd:integer",
    'sh:path ex:p ; sh:sparql [ sh:select "SELECT $this ?value WHERE { ?value <urn:ex#q> $this }" ; sh:message "A query" ]',
]
WHOLE = [
    "sh:nodeKind sh:IRI",
    "sh:class ex:D",
    "sh:in ( ex:a ex:b 5 )",
    "sh:closed true ; sh:ignoredProperties ( rdf:type ex:r )",
    "sh:node ex:Other , ex:Plain",
    "sh:and ( ex:Other [ sh:property [ sh:path ex:p ; sh:maxCount 1 ] ] )",
    "sh:not [ sh:class ex:D ]",
    'sh:minLength 3 ; sh:pattern "^urn"',
    "sh:deactivated true ; sh:nodeKind sh:Literal",
]
VALUES = [
    *((v, XSD.integer) for v in ["5", "+5", "05", "-0", "5.0", " 5", "x", "9" * 40, ""]),
    *((v, XSD.decimal) for v in ["5", "5.", ".5", "4.9999999999999999999", "-0.0", "1e3"]),
    *((v, XSD.double) for v in ["5", "5E0", "NaN", "INF", "5.0000000000000000001"]),
    *((v, XSD.boolean) for v in ["true", "1", "TRUE", "none"]),
    *((v, XSD.date) for v in ["2020-02-29", "2021-02-29", "0000-01-01", "2020-01-01Z", "-0044-03-15"]),
    *((v, XSD.dateTime) for v in ["2020-02-29T24:00:00", "2020-01-01T23:59:60", "2020-01-01T01:02:03Z"]),
    *((v, None) for v in ["x", "xy", "X", "5", "", "é", "x\n", 'q"\\', "urn:ex#a", "5a", "𝟓"]),
    ("5", XSD.byte), ("5", f"{EX}own"), ("5", XSD.float),
]  # fmt: skip

literals = st.sampled_from([("literal", v, d, None) for v, d in VALUES] + [("literal", "y", None, t) for t in ("en", "en-GB", "de")])  # fmt: skip
nodes = st.sampled_from([("iri", n, None, None) for n in NODES] + [("bnode", "_:x", None, None)])
triples = st.one_of(
    st.tuples(st.sampled_from([*NODES, "_:x"]), st.sampled_from([f"{EX}p", f"{EX}r", f"{EX}pp"]), literals | nodes),
    st.tuples(st.sampled_from([*NODES, "_:x"]), st.just(f"{EX}q"), nodes),
    st.tuples(st.sampled_from([*NODES, "_:x"]), st.just(RDF_TYPE), st.sampled_from([("iri", f"{EX}{c}", None, None) for c in "CDE"])),
)  # fmt: skip


def _kind(asked: str) -> str:
    return (
        "sh:nodeKind" if "sh:nodeKind" in asked and not asked.startswith("sh:property") else asked
    )


graphs = st.lists(triples, max_size=25, unique=True)
property_shapes = st.sampled_from(NEAR * 3 + FAR).map(lambda s: f"sh:property [ {s} ]")
shapes = st.lists(
    st.tuples(
        st.sampled_from(TARGETS),
        # A shape has a word once: `sh:nodeKind` twice is refused.
        st.lists(property_shapes | st.sampled_from(WHOLE), min_size=1, max_size=3, unique_by=_kind),
    ),
    min_size=1,
    max_size=3,
)


@pytest.fixture(scope="module")
def ontology(tmp_path_factory: pytest.TempPathFactory) -> Ontology:
    file = tmp_path_factory.mktemp("ontology") / "ex.ttl"
    file.write_text(
        HEAD + "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        "ex:C a owl:Class . ex:D a owl:Class ; rdfs:subClassOf ex:C . ex:E a owl:Class .\n"
        "ex:p a rdf:Property . ex:pp a rdf:Property ; rdfs:subPropertyOf ex:p .\n"
    )
    return Ontology.parse([file])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shapes") / "shapes.ttl"


def written(parts) -> str:
    made = [f"ex:S{n} a sh:NodeShape ; {target} ; {' ; '.join(asks)} .\n" for n, (target, asks) in enumerate(parts)]  # fmt: skip
    return HEAD + OTHER + "".join(made)


def connection(graph) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={"threads": 1})
    create_tables(con)
    fill(con, "statements", graph)
    return con


def fill(con, table: str, graph) -> None:
    rows = [
        ("t", s, p, o, kind, d, lang, "observed", "k", "t.ttl", n, "r", 0)
        for n, (s, p, (kind, o, d, lang)) in enumerate(graph)
    ]
    if rows:
        append(con, table, dict(zip(STATEMENT_COLUMNS, zip(*rows, strict=True), strict=True)))


def told(con, shapes: Path, ontology: Ontology, touched: Touched | None = None, name: str = "shacl", more: tuple[Path, ...] = ()) -> Counter:  # fmt: skip
    validate(con, {"t": [shapes, *more]}, ontology, touched=touched, settings=Settings(threads=2, shacl=name))  # fmt: skip
    rows = con.execute(
        "SELECT subject, value, component, severity, rule FROM violations WHERE component IS NOT NULL"
    ).fetchall()
    return Counter((s, v, c, sev, rule) for s, v, cs, sev, rule in rows for c in cs.split())


def bare(graph, shapes: Path) -> Counter:
    """What the engine says of the whole graph, with all that the ontology says, by shapes as they are written."""
    lines = [f"<{EX}D> <{RDFS.subClassOf}> <{EX}C> ."]
    above = (
        "p" if "ex:p " in shapes.read_text() else "pp"
    )  # a relation above is known where a shape speaks of it
    for s, p, (kind, o, d, lang) in graph:
        subject = ox.BlankNode(s[2:]) if s.startswith("_:") else ox.NamedNode(s)
        term = {"iri": lambda o=o: ox.NamedNode(o), "bnode": lambda o=o: ox.BlankNode(o[2:]), "literal": lambda o=o, d=d, lang=lang: ox.Literal(o, language=lang) if lang else ox.Literal(o, datatype=d and ox.NamedNode(d))}[kind]()  # fmt: skip
        lines += [f"{subject} <{q}> {term} ." for q in {p, p.replace("#pp", f"#{above}")}]
    results = shacl.Shapes.from_text(shapes.read_text(), "turtle").validate_text("\n".join(lines), "ntriples").results  # fmt: skip
    return Counter(
        (
            plain(r.focus_node),
            None if r.value is None else plain(r.value),
            r.component_iri,
            "violation" if r.severity == "Violation" else "warning",
        )
        for r in results
    )


def plain(term: str) -> str:
    if term.startswith("_:"):
        return "_:x"
    if term.startswith("<"):
        return term[1:-1]
    [triple] = ox.parse(f"<urn:s> <urn:p> {term} .", format=ox.RdfFormat.N_TRIPLES)
    return triple.object.value


@examples(100)
@given(graph=graphs, parts=shapes)
def test_the_stage_finds_what_an_engine_finds_that_is_given_all(file: Path, ontology: Ontology, graph, parts) -> None:  # fmt: skip
    file.write_text(written(parts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge, "BATCH_SIZE", 2)
        patch.setattr(judge, "SCREENED", 0)
        found = told(connection(graph), file, ontology)
    assert Counter(row[:-1] for row in found.elements()) == bare(graph, file)


@examples(100)
@given(graph=graphs, parts=shapes, others=shapes, screened=st.sampled_from([0, judge.SCREENED]), data=st.data())  # fmt: skip
def test_a_change_judged_alone_leaves_what_a_whole_run_leaves(file: Path, ontology: Ontology, graph, parts, others, screened, data) -> None:  # fmt: skip
    file.write_text(written(parts))
    other = file.with_name(
        "other.ttl"
    )  # of a change, all files are judged over one part of the statements
    other.write_text(written(others).replace("ex:S", "ex:T"))
    con = connection(graph)
    told(con, file, ontology, more=(other,))
    gone = data.draw(st.lists(st.sampled_from(graph), max_size=4, unique=True)) if graph else []
    come = [t for t in data.draw(st.lists(triples, max_size=4, unique=True)) if t not in graph]
    # As a build reopens a version: what was set aside stands again, and what changed is beside it.
    con.execute("INSERT INTO statements SELECT * EXCLUDE (stage) FROM set_aside; DELETE FROM set_aside")  # fmt: skip
    con.execute("CREATE TABLE unsound AS SELECT DISTINCT subject FROM violations")
    con.execute(f"CREATE TABLE other_statement ({columns_sql(STATEMENT_COLUMNS)})")
    con.execute("DELETE FROM statements")
    now = [t for t in graph if t not in gone] + come
    fill(con, "statements", now)
    fill(con, "other_statement", gone + come)
    fresh = connection(now)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge, "SCREENED", screened)
        again = told(con, file, ontology, Touched("other_statement", "unsound"), more=(other,))
    assert again == told(fresh, file, ontology, more=(other,))
    left = "SELECT subject, predicate, object FROM statements ORDER BY ALL"
    assert con.execute(left).fetchall() == fresh.execute(left).fetchall()
    cells = 'SELECT * EXCLUDE (message, "column") FROM violations ORDER BY ALL'
    assert con.execute(cells).fetchall() == fresh.execute(cells).fetchall()


@pytest.mark.parametrize("gone", [True, False])
@pytest.mark.parametrize(
    ("ask", "changed", "other"),
    [
        ("sh:path ex:q ; sh:class ex:C", "a", "b"),
        ("sh:path ( ex:q ex:q ) ; sh:class ex:C", "a", "b"),
        ("sh:path [ sh:inversePath ex:q ] ; sh:class ex:C", "c", "b"),
        ("sh:path ( ex:q ex:q ) ; sh:class ex:C", "b", "none"),
        ("sh:path [ sh:inversePath ( ex:q ex:q ) ] ; sh:maxCount 1", "none", "b"),
    ],
)
def test_what_is_near_a_change_is_read_where_nothing_changed(file: Path, ontology: Ontology, ask: str, changed: str, other: str, gone: bool) -> None:  # fmt: skip
    file.write_text(written([("sh:targetClass ex:C", [f"sh:property [ {ask} ]"])]))
    iri = {n: ("iri", f"{EX}{n}", None, None) for n in [*"abcCD", "none"]}
    graph = [(f"{EX}{n}", RDF_TYPE, iri["C"]) for n in "abc"]
    graph += [(f"{EX}a", f"{EX}q", iri["b"]), (f"{EX}b", f"{EX}q", iri["c"])]
    change = [(f"{EX}{changed}", f"{EX}q", iri[other]), (f"{EX}{changed}", RDF_TYPE, iri["D"])]  # fmt: skip
    now = [t for t in graph if not (gone and t in change)] + ([] if gone else change)
    con, fresh = connection(now), connection(now)
    con.execute("CREATE TABLE unsound (subject VARCHAR)")
    con.execute(f"CREATE TABLE other_statement ({columns_sql(STATEMENT_COLUMNS)})")
    fill(con, "other_statement", change)
    found = told(con, file, ontology, Touched("other_statement", "unsound"))
    assert found == told(fresh, file, ontology)


@pytest.mark.parametrize("ask", [*NEAR, *FAR[:2], *WHOLE])
def test_the_reference_engine_finds_the_same(file: Path, ontology: Ontology, ask: str) -> None:
    said = ask if ask in WHOLE else f"sh:property [ {ask} ]"
    file.write_text(written([("sh:targetClass ex:C", [said])]))
    # Of these pyshacl has another opinion or none: Python reads " 5" as a number, lets $ stand before a line's end,
    # compares what has a datatype of its own, and fails at decimals that are none.
    # To the fast engine a decimal of more than 18 places is none.
    odd = {" 5", "x\n", "1e3", "5.", "", "NaN", "INF", "4.9999999999999999999"}
    own = {XSD.date, XSD.dateTime, XSD.byte, XSD.float, f"{EX}own"}
    own |= {XSD.boolean} if "clusive" in ask else set()
    pairs = [("literal", v, d, None) for v, d in VALUES if d not in own and v not in odd]
    graph = [(f"{EX}{n % 40}", f"{EX}p", value) for n, value in enumerate(pairs)]
    graph += [(f"{EX}{n}", RDF_TYPE, ("iri", f"{EX}{'CD'[n % 2]}", None, None)) for n in range(40)]
    graph += [(f"{EX}{n}", f"{EX}q", ("iri", f"{EX}{n * 7 % 50}", None, None)) for n in range(30)]
    fast, slow = (told(connection(graph), file, ontology, name=n) for n in ("shacl", "pyshacl"))
    assert fast == slow


@pytest.mark.parametrize(
    ("ask", "levels"),
    [
        ("sh:path ex:p ; sh:datatype xsd:string", [{Step(f"{EX}p")}]),
        ("sh:path ex:p ; sh:class ex:D", [{Step(f"{EX}p")}, {Step(RDF_TYPE)}]),
        ("sh:path ( ex:p ex:q ) ; sh:minCount 1", [{Step(f"{EX}p")}, {Step(f"{EX}q")}]),
        ("sh:path [ sh:inversePath ( ex:p ex:q ) ] ; sh:minCount 1", [{Step(f"{EX}q", True)}, {Step(f"{EX}p", True)}]),
        ("sh:path ex:p ; sh:lessThan ex:r", [{Step(f"{EX}p"), Step(f"{EX}r")}]),
        ("sh:path ex:p ; sh:node ex:Other", [{Step(f"{EX}p")}, {Step(f"{EX}q")}]),
        ("sh:path ex:q ; sh:qualifiedValueShape [ sh:closed true ] ; sh:qualifiedMinCount 1", [{Step(f"{EX}q")}, {Step(None)}]),
    ],
)  # fmt: skip
def test_a_verdict_looks_as_far_as_its_shape(file: Path, ask: str, levels: list[set[Step]]) -> None:
    file.write_text(written([("sh:targetClass ex:C", [f"sh:property [ {ask} ]"])]))
    [root] = read_shapes(file).roots
    assert [set(level.reads) for level in root.reach.levels if level.reads] == levels
    assert root.reach.bounded


@pytest.mark.parametrize("ask", FAR)
def test_a_path_that_repeats_and_a_query_look_everywhere(file: Path, ask: str) -> None:
    file.write_text(written([("sh:targetClass ex:C", [f"sh:property [ {ask} ]"])]))
    [root] = read_shapes(file).roots
    assert not root.reach.bounded or root.reach.queried
    assert root.reach.queried == ("sparql" in ask)
    assert Reach.union([root.reach]) == root.reach


def test_an_engine_is_chosen_by_name_and_its_absence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    with pytest.raises(SettingsError, match="LDT_SHACL is shacl or pyshacl"):
        engine.engine_of("topbraid")

    def absent(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(engine, "import_module", absent)
    with pytest.raises(MissingExtra, match=r"ldt-graph\[pyshacl\]"):
        engine.engine_of("pyshacl")
    with pytest.raises(MissingExtra, match="LDT_SHACL=pyshacl"):
        engine.engine_of("shacl")
    assert Settings.from_environment({"LDT_SHACL": "pyshacl"}).shacl == "pyshacl"
