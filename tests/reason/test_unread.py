"""Every axiom of an ontology file is read, or told with its line; so is one that names what nothing declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ldt_graph import assets
from ldt_graph.axioms import unread
from ldt_graph.cli import main
from ldt_graph.consistency import judge
from ldt_graph.errors import ExitCode, LdtError, MissingExtra, OntologyError
from ldt_graph.ontology import Ontology
from ldt_graph.pipeline import build
from ldt_graph.twin import load_twin
from tests.reason.test_axioms import HEAD
from tests.validate.test_terms import GOOD
from tests.validate.written import THINGS, Written

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.axioms import Unread

XSD = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
DECLARED = """my:A a owl:Class . my:B a owl:Class . my:C a owl:Class . my:p a owl:ObjectProperty . my:q a owl:ObjectProperty .
my:r a owl:ObjectProperty . my:d a owl:DatatypeProperty . my:note a owl:AnnotationProperty .
"""
READ = [
    "my:A rdfs:subClassOf my:B .", "my:A owl:equivalentClass my:B .", "my:p rdfs:subPropertyOf my:q .",
    "my:p owl:equivalentProperty my:q .", "my:p owl:inverseOf my:q .", "my:p a owl:SymmetricProperty .",
    "my:p a owl:TransitiveProperty .", "my:p owl:propertyChainAxiom ( my:q my:r ) .",
    "my:p owl:propertyChainAxiom ( [ owl:inverseOf my:q ] my:r ) .", "my:p rdfs:subPropertyOf [ owl:inverseOf my:q ] .",
    "[ owl:inverseOf my:q ] rdfs:subPropertyOf my:p .", "my:p owl:equivalentProperty [ owl:inverseOf my:q ] .",
    "my:A owl:disjointWith my:B .", "[] a owl:AllDisjointClasses ; owl:members ( my:A my:B ) .",
    "my:C owl:disjointUnionOf ( my:A my:B ) .", "my:A owl:complementOf my:B .", "my:A rdfs:subClassOf owl:Nothing .",
    "my:A rdfs:subClassOf [ a owl:Class ; owl:complementOf my:B ] .", "my:p owl:propertyDisjointWith my:q .",
    "[] a owl:AllDisjointProperties ; owl:members ( my:p my:q ) .", "my:p a owl:IrreflexiveProperty .",
    "my:p a owl:AsymmetricProperty .", "my:p rdfs:domain my:A .", "my:p rdfs:range my:A .", "my:d rdfs:range xsd:integer .",
    "my:p rdfs:domain [ a owl:Class ; owl:unionOf ( my:A my:B ) ] .", "my:A rdfs:label 'a' ; my:note 'b' .",
    "my:x owl:differentFrom my:y .", "my:gas a ldt:Commodity . my:p ldt:carries my:gas .", "my:p rdfs:subPropertyOf ldt:poweredBy .",
    "<urn:other#Lamp> rdfs:subClassOf my:A .", "my:p rdfs:subPropertyOf ldt:poweredBy ; ldt:suffices 2 .",
]  # fmt: skip
NOT_READ = [
    ("my:p rdfs:subPropertyOf ldt:poweredBy ; ldt:suffices 0 .", "ldt:suffices"),
    ("my:p rdfs:subPropertyOf ldt:poweredBy ; ldt:suffices 'most' .", "ldt:suffices"),
    ("my:p ldt:suffices 1 .", "ldt:suffices"),
    ("my:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty my:p ; owl:someValuesFrom my:B ] .", "owl:someValuesFrom"),
    ("my:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty my:p ; owl:allValuesFrom my:B ] .", "owl:allValuesFrom"),
    ("my:A owl:equivalentClass [ a owl:Restriction ; owl:onProperty my:p ; owl:hasValue my:x ] .", "owl:hasValue"),
    ("my:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty my:p ; owl:hasSelf true ] .", "owl:hasSelf"),
    ("my:A owl:equivalentClass [ owl:intersectionOf ( my:B my:C ) ] .", "owl:intersectionOf"),
    ("my:A owl:equivalentClass [ owl:unionOf ( my:B my:C ) ] .", "owl:unionOf"),
    ("my:A owl:intersectionOf ( my:B my:C ) .", "owl:intersectionOf"),
    ("my:A owl:equivalentClass [ owl:oneOf ( my:x my:y ) ] .", "owl:oneOf"),
    ("my:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty my:p ; owl:maxCardinality 1 ] .", "owl:maxCardinality"),
    ("my:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty my:p ; owl:onClass my:B ; owl:minQualifiedCardinality 1 ] .", "owl:minQualifiedCardinality"),
    ("my:A owl:disjointWith [ owl:unionOf ( my:B my:C ) ] .", "owl:unionOf"),
    ("[ owl:unionOf ( my:B my:C ) ] rdfs:subClassOf my:A .", "rdfs:subClassOf"),
    ("my:d rdfs:range [ a rdfs:Datatype ; owl:onDatatype xsd:integer ; owl:withRestrictions ( [ xsd:minInclusive 0 ] ) ] .", "owl:withRestrictions"),
    ("my:p rdfs:domain [ owl:intersectionOf ( my:B my:C ) ] .", "owl:intersectionOf"),
    ("my:p a owl:ReflexiveProperty .", "owl:ReflexiveProperty"),
    ("[] a owl:NegativePropertyAssertion ; owl:sourceIndividual my:x ; owl:assertionProperty my:p ; owl:targetIndividual my:y .", "owl:NegativePropertyAssertion"),
    ("my:o a owl:Ontology ; owl:imports <https://example.org/elsewhere> .", "owl:imports"),
    ("my:x a my:A .", "rdf:type"),
    ("my:x my:p my:y .", "my:p"),
    ("my:A my:remark 'b' .", "my:remark"),
    ("my:A rdfs:subClassOf ldt:Asest .", "rdfs:subClassOf"),
    ("my:p rdfs:subPropertyOf ldt:powerdBy .", "rdfs:subPropertyOf"),
    ("my:p owl:inverseOf my:qq .", "owl:inverseOf"),
]  # fmt: skip


def doubts(folder: Path, axioms: str) -> list[Unread]:
    path = folder / "my.ttl"
    path.write_text(HEAD + XSD + DECLARED + axioms + "\n")
    files = [*assets.ontology_files(), path]
    found = unread(files, Ontology.parse(files))
    own = "<https://example.org/my#"
    return [
        u._replace(axiom=u.axiom.replace(own, "my:").rstrip(">"), why=u.why.replace(own, "my:"))
        for u in found
    ]


@pytest.mark.parametrize("axiom", READ)
def test_what_is_read_is_not_told(tmp_path: Path, axiom: str) -> None:
    assert doubts(tmp_path, axiom) == []


@pytest.mark.parametrize(("axiom", "word"), NOT_READ)
def test_what_is_not_read_is_told_by_name_and_line(tmp_path: Path, axiom: str, word: str) -> None:
    [told] = doubts(tmp_path, "my:B rdfs:subClassOf my:C .\n" + axiom)
    assert (told.file, told.line, told.axiom) == (
        "my.ttl",
        len((HEAD + XSD + DECLARED).splitlines()) + 2,
        word,
    )


def test_a_name_that_nothing_declares_comes_with_the_nearest(tmp_path: Path) -> None:
    [told] = doubts(tmp_path, "my:p rdfs:subPropertyOf ldt:powerdBy .")
    assert "nothing declares ldt:powerdBy, which it names; did you mean poweredBy?" in told.why


@pytest.mark.parametrize(
    "axiom",
    ["my:p a owl:FunctionalProperty .", "my:x owl:sameAs my:y .", "my:A owl:hasKey ( my:d ) ."],
)
def test_what_is_refused_is_refused_with_its_line(tmp_path: Path, axiom: str) -> None:
    with pytest.raises(
        OntologyError,
        match=rf"my\.ttl:{len((HEAD + XSD + DECLARED).splitlines()) + 1}: .* is refused",
    ):
        doubts(tmp_path, axiom)


def test_a_build_tells_what_is_not_read_and_keeps_telling(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    written = Written(tmp_path, top='ontology = ["my.ttl"]\n').dataset("things.csv", GOOD, THINGS)
    written.write("my.ttl", HEAD + "my:p a owl:ObjectProperty ,\n  owl:ReflexiveProperty .\n")
    [told] = written.told("ontology")
    assert (told.dataset, told.source, told.row, told.rule) == (
        "_ontology",
        "my.ttl",
        5,
        "ontology:not-read",
    )
    written.write("data/things.csv", GOOD + "Q,Pump\n")
    assert written.told("ontology") == [told]
    for _ in range(2):
        main(["build", str(tmp_path)])
        assert "my.ttl:5: owl:ReflexiveProperty on" in capsys.readouterr().out
    written.write("my.ttl", HEAD + "my:p a owl:ObjectProperty .\n")
    assert written.told("ontology") == []


# ── does it hold together? ───────────────────────────────────────────────────────────────────────

needs_hermit = pytest.mark.usefixtures("hermit")
BOTH = HEAD + "my:Both a owl:Class ; rdfs:subClassOf ldt:Pump , ldt:District .\n"
CLASH = [
    "ldt:Asset owl:disjointWith ldt:Place", "ldt:District rdfs:subClassOf ldt:Place", "ldt:Pump rdfs:subClassOf ldt:WaterAsset",
    "ldt:WaterAsset rdfs:subClassOf ldt:Asset", "<https://example.org/my#Both> rdfs:subClassOf ldt:District",
    "<https://example.org/my#Both> rdfs:subClassOf ldt:Pump",
]  # fmt: skip


@needs_hermit
def test_what_ships_and_the_examples_hold_together(
    root: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["ontology", "check"]) == ExitCode.OK
    assert "is consistent, and every class can have things" in capsys.readouterr().out
    for folder in sorted((root / "examples").iterdir()):
        if load_twin(folder).ontology:
            assert main(["ontology", "check", str(folder)]) == ExitCode.OK
    files = assets.ontology_files()
    assert unread(files, Ontology.parse(files)) == []


@needs_hermit
def test_a_class_that_nothing_can_be_of_is_named_with_the_axioms_that_clash(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    written = Written(tmp_path, top='ontology = ["my.ttl"]\n').write("my.ttl", BOTH)
    written.dataset("things.csv", GOOD, THINGS)
    assert main(["ontology", "check", str(tmp_path)]) == ExitCode.FAILED
    said = capsys.readouterr().out
    assert "a class that nothing can be of: <https://example.org/my#Both>" in said
    assert [line.strip() for line in said.splitlines() if line.startswith("  ")] == sorted(CLASH)
    [told] = written.told("ontology")
    assert told.rule == "ontology:unsatisfiable"
    written.write("data/things.csv", GOOD + "Q,Pump\n")
    assert written.told("ontology") == [told]


@needs_hermit
def test_an_inconsistent_ontology_is_told_before_data_is_touched(tmp_path: Path) -> None:
    written = Written(tmp_path, top='ontology = ["my.ttl"]\n').write(
        "my.ttl", BOTH + "my:x a my:Both .\n"
    )
    written.dataset("things.csv", "no such table", THINGS)
    with pytest.raises(OntologyError, match="inconsistent"):
        build(load_twin(tmp_path))


@needs_hermit
def test_a_datatype_that_hermit_does_not_know_is_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "my.ttl"
    path.write_text(HEAD + XSD + "my:d a owl:DatatypeProperty ; rdfs:range xsd:date .\n")
    verdict = judge(Ontology.parse([path]))
    assert verdict.sound
    assert verdict.left_out == ("<https://example.org/my#d> rdfs:range xsd:date",)


@pytest.mark.parametrize("missing", ["owlready2", "java"])
def test_without_owlready2_or_java_the_check_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(
        "ldt_graph.consistency.find_spec", lambda name: None if missing == "owlready2" else name
    )
    monkeypatch.setattr("ldt_graph.consistency.shutil.which", lambda name: None)
    with pytest.raises(
        MissingExtra, match="ldt-graph\\[owl\\]" if missing == "owlready2" else "Java"
    ) as caught:
        judge(Ontology(()))
    assert isinstance(caught.value, LdtError)
