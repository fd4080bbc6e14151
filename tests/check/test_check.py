"""`ldt validate` judges files without a twin, by the stages that a build runs, and says where each fault stands."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from ldt_graph.check.lines import Lines
from ldt_graph.cli import main
from tests.validate.written import HEAD, THINGS

SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <urn:ex:> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:PumpShape a sh:NodeShape ; sh:targetClass ex:Pump ; sh:property ex:PumpShape-power .
ex:PumpShape-power sh:path ex:power ; sh:minInclusive 0 ; sh:message "Power is 0 or more" .
"""
DATA = """@prefix ex: <urn:ex:> .
# A comment with ex:p2 ex:power -5 .
ex:p1 a ex:Pump ;
    ex:label "a . b ; c" ;
    ex:power 5 .

ex:p2 a ex:Pump ; ex:power
    -5 .
"""


@pytest.fixture
def shapes(tmp_path):
    (tmp_path / "shapes.ttl").write_text(SHAPES)
    return str(tmp_path / "shapes.ttl")


def run(capsysbinary, *arguments):
    code = main([str(a) for a in arguments])
    out, err = capsysbinary.readouterr()
    return code, out.decode(), err.decode()


def judged(capsysbinary, *arguments):
    code, out, _ = run(capsysbinary, "validate", *arguments, "--format", "json")
    return code, json.loads(out)


def write(tmp_path, syntax: str) -> str:
    form = {"ttl": None, "nt": ox.RdfFormat.N_TRIPLES, "nq": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG,
            "rdf": ox.RdfFormat.RDF_XML, "jsonld": ox.RdfFormat.JSON_LD}[syntax]  # fmt: skip
    path = tmp_path / f"data.{syntax}"
    triples = ox.parse(DATA, format=ox.RdfFormat.TURTLE)
    path.write_text(DATA) if form is None else path.write_bytes(
        ox.serialize(triples, format=form) or b""
    )
    return str(path)


@pytest.mark.parametrize("syntax", ["ttl", "nt", "nq", "trig", "rdf", "jsonld"])
def test_every_syntax_is_judged_with_the_line_of_the_fault(tmp_path, capsysbinary, shapes, syntax):
    path = write(tmp_path, syntax)
    code, [found] = judged(capsysbinary, path, "--shapes", shapes)
    assert code == 3
    assert (found["subject"], found["value"], found["fix"]) == ("urn:ex:p2", "-5", "5")
    line = (tmp_path / f"data.{syntax}").read_text().splitlines()[found["row"] - 1]
    assert "-5" in line
    assert not line.startswith("#")


def test_sound_data_conform(tmp_path, capsysbinary, shapes):
    (tmp_path / "data.ttl").write_text(DATA.replace("-5 .", "5 ."))
    code, out, _ = run(capsysbinary, "validate", tmp_path / "data.ttl", "--shapes", shapes)
    assert (code, "It conforms: 2 things," in out) == (0, True)


@pytest.mark.parametrize("syntax", ["ttl", "jsonld", "rdf"])
def test_standard_input_is_told_by_its_looks(tmp_path, capsysbinary, shapes, monkeypatch, syntax):
    class Standard:
        buffer = io.BytesIO(Path(write(tmp_path, syntax)).read_bytes())

    monkeypatch.setattr(sys, "stdin", Standard)
    code, [found] = judged(capsysbinary, "-", "--shapes", shapes)
    assert (code, found["source"]) == (3, "stdin")


def test_files_are_judged_together(tmp_path, capsysbinary, shapes):
    (tmp_path / "a.ttl").write_text("<urn:ex:p9> a <urn:ex:Pump> .")
    (tmp_path / "b.ttl").write_text("\n<urn:ex:p9> <urn:ex:power> -1 .")
    code, [found] = judged(capsysbinary, tmp_path / "a.ttl", tmp_path / "b.ttl", "--shapes", shapes)
    assert (code, found["source"], found["row"]) == (3, str(tmp_path / "b.ttl"), 2)


def test_a_table_is_judged_through_a_mapping(tmp_path, capsysbinary):
    mapping = (
        HEAD
        + THINGS.rstrip(" .\n")
        + (
            ' ;\n rml:predicateObjectMap [ rml:predicate ldt:pumpPower ; rml:objectMap [ rml:reference "kw" ; rml:datatype xsd:decimal ] ] .\n'
        )
    )
    (tmp_path / "m.ttl").write_text(mapping)
    (tmp_path / "things.csv").write_text('id,class,kw\na,Pump,5\nb,Pump,-5\nc,Pump,"7,5"\n')
    data = tmp_path / "things.csv"
    code, found = judged(capsysbinary, data, "--shapes", "water", "--mapping", tmp_path / "m.ttl")
    assert code == 3
    assert [(f["row"], f["column"], f["fix"]) for f in found] == [(3, "kw", "5"), (4, "kw", "7.5")]
    code, out, _ = run(
        capsysbinary,
        "validate",
        data,
        "--shapes",
        "water",
        "--mapping",
        tmp_path / "m.ttl",
        "--format",
        "sarif",
    )
    assert [
        r["locations"][0]["physicalLocation"]["region"]["startColumn"]
        for r in json.loads(out)["runs"][0]["results"]
    ] == [8, 8]
    code, _, err = run(capsysbinary, "validate", data, "--shapes", "water")
    assert (code, "--mapping" in err) == (2, True)


def test_ngsi_ld_needs_no_mapping(tmp_path, capsysbinary):
    entity = {
        "id": "urn:ngsi-ld:Pump:1",
        "type": "Pump",
        "pumpPower": {"type": "Property", "value": -5},
    }
    (tmp_path / "pumps.jsonld").write_text(
        json.dumps(
            [entity | {"@context": "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"}]
        )
    )
    code, found = judged(capsysbinary, tmp_path / "pumps.jsonld", "--shapes", "water")
    assert (code in (0, 3), [f["row"] for f in found if f["stage"] == "validate"]) == (
        True,
        [1] if code == 3 else [],
    )


def test_what_is_no_rdf_is_named_with_its_line(tmp_path, capsysbinary, shapes):
    (tmp_path / "x.ttl").write_text("<urn:a> <urn:b> <urn:c> .\n<urn:a> <urn:b .\n")
    code, _, err = run(capsysbinary, "validate", tmp_path / "x.ttl", "--shapes", shapes)
    assert (code, "x.ttl:2" in err) == (1, True)
    code, _, err = run(capsysbinary, "validate", tmp_path / "none.ttl", "--shapes", shapes)
    assert (code, "can't be read" in err) == (1, True)
    code, _, err = run(capsysbinary, "validate", tmp_path / "x.ttl", "--shapes", "nothing")
    assert (code, "Shipped" in err) == (1, True)


def test_lines_are_those_of_the_triple_in_odd_turtle():
    text = '''@prefix : <urn:ex:> . @base <http://b.org/x/> .
<y> :a "one", """three "quoted"
four""" ; # :b
   :b [ :c 5 ;
        :d ( 1 2 ) ] , :e.f .
PREFIX p: <urn:p#>
p:x a p:Y ; p:z "é\\u00e9"@en , "7"^^p:t , true .
'''
    lines = Lines(text, read=True, base="urn:base/")
    assert list(ox.parse(text, format=ox.RdfFormat.TURTLE))
    assert lines.of("http://b.org/x/y", "urn:ex:a", 'three "quoted"\nfour') == 2
    assert lines.of("_:b0", "urn:ex:c", "5") == 4
    assert lines.of("http://b.org/x/y", "urn:ex:b", "urn:ex:e.f") == 5
    assert lines.of("urn:p#x", "urn:p#z", "éé") == 7
    assert lines.of("urn:p#x", "urn:p#z", "true") == 7
    assert lines.of("urn:p#x", "urn:p#none", "1") is None


def test_a_folder_of_shapes_is_all_its_files(capsysbinary, tmp_path, shapes):
    folder = tmp_path / "shapes"
    (folder / "deep").mkdir(parents=True)
    Path(shapes).rename(folder / "deep" / "a.ttl")
    code, told = judged(capsysbinary, write(tmp_path, "ttl"), "--shapes", folder)
    assert (code, len(told)) == (3, 1)
    (tmp_path / "nothing").mkdir()
    code, _, err = run(
        capsysbinary, "validate", write(tmp_path, "ttl"), "--shapes", tmp_path / "nothing"
    )
    assert code == 2
    assert "There is no shapes file (*.ttl) in" in err
