"""What is meant as a number may be written as any: JSON has one kind of number, which comes as three datatypes."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from ldt_graph import assets
from ldt_graph.namespaces import LDT, RDF_TYPE, RDFS, SH, XSD
from ldt_graph.validate import engine_shacl

FILES = [p for p in assets.names("shapes").values() if p.parent.name != "smart-data-models"]
NUMBERS = ("integer", "decimal", "double", "float")


def node(iri: str) -> ox.NamedNode:
    return ox.NamedNode(iri)


def store(files: list) -> ox.Store:
    found = ox.Store()
    for file in files:
        found.load(file.read_bytes(), format=ox.RdfFormat.TURTLE)
    return found


SHAPES = store(FILES)
TEXT = "".join(f"{q.triple} .\n" for q in SHAPES)
JUDGE = engine_shacl.compile(TEXT)


def numeric() -> list[tuple[str, str, str]]:
    """Each property shape of a number: its name, the class that it is asked of, and the property."""
    ontology, found = store(list(assets.ontology_files())), []
    meant = {
        q.subject
        for datatype in NUMBERS[1:]
        for q in ontology.quads_for_pattern(None, node(RDFS.range), node(XSD[datatype]))
    }
    for path in SHAPES.quads_for_pattern(None, node(SH.path), None):
        if path.object in meant:
            for asked in SHAPES.quads_for_pattern(None, node(SH.property), path.subject):
                for of in SHAPES.quads_for_pattern(asked.subject, node(SH.targetClass), None):
                    found.append((str(path.subject), str(of.object), str(path.object)))
    return sorted(found)


def broken(of: str, path: str, value: str) -> set[str]:
    data = f"<urn:a> <{RDF_TYPE}> {of} .\n<urn:a> {path} {value} .\n"
    return {r.shape for r in JUDGE.judge(data)}


@pytest.mark.parametrize("datatype", NUMBERS)
def test_a_number_of_any_datatype_is_a_number_to_every_shape(datatype: str):
    one = f'"1"^^<{XSD[datatype]}>'
    asked = numeric()
    assert len(asked) > 15
    assert [a for a in asked if a[0] in broken(a[1], a[2], one)] == []


def test_a_word_is_no_number_to_any_shape_but_one_that_asks_only_for_something():
    passed = [a for a in numeric() if a[0] not in broken(a[1], a[2], '"much"')]
    assert all("Overlay-" in name for name, _, _ in passed)


def test_a_load_says_how_much_it_draws_in_whole_numbers_or_not():
    load, power = f"<{LDT.Load}>", f"<{LDT.activePower}>"
    found = [broken(load, power, v) for v in (f'"2"^^<{XSD.integer}>', f'"2e0"^^<{XSD.double}>', '"two"')]  # fmt: skip
    name = f"<{LDT['LoadShape-activePower']}>"
    assert [name in f for f in found] == [False, False, True]
