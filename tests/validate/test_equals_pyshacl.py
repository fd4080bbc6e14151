"""Shapes that ship and shapes that are derived, over the official examples: the stage finds what pyshacl finds, result for result.

A shapes file can differ only over data that holds something it is about, so that a derived one meets the examples of
its classes, as they are and spoiled, and one that ships meets all of them at once. CI takes some of the derived ones;
`TWIN_TEST_SHARE=1` takes all, which is minutes.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import pyoxigraph as ox
import pytest

from ldt_graph import assets
from ldt_graph.derive import derive
from ldt_graph.model import STATEMENT_COLUMNS, append, create_tables
from ldt_graph.namespaces import RDF_TYPE, RDFS, SH
from ldt_graph.ontology import Ontology
from ldt_graph.settings import Settings
from ldt_graph.validate import engine_pyshacl, validate
from ldt_graph.validate.graph import ShapesGraph
from ldt_graph.validate.messages import short
from tests.conformance.test_shacl import statement
from tests.conformance.test_shacl import text as text_of
from tests.derive import oracle
from tests.derive.mutants import mutants
from tests.examples import SHARE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ldt_graph.derive import Form

pytestmark = pytest.mark.xdist_group("derive")
FORMS: dict[Form, str] = {"canonical": "example.jsonld", "normalized": "example-normalized.jsonld"}
STRIDE = 1 if SHARE >= 1 else 27
SPOILED = 8 if STRIDE == 1 else 3
"""Copies of each example with a fault in them: of a sound one nothing is said."""
ONTOLOGY = Ontology.parse(assets.ontology_files())
WRITTEN = [n for n in sorted(assets.names("shapes")) if not n.startswith("sdm-")]
DERIVED = [(n, f) for n in sorted(assets.names("shapes")) if n.startswith("sdm-") for f in FORMS]
PAIRS = [*((n, "canonical") for n in WRITTEN), *DERIVED[::STRIDE]]

DIFFERS: dict[str, str] = {}
"""Shapes file or model, and component → why the two differ there; one that no longer does must leave."""


class Finding(NamedTuple):
    """A result, of blank nodes their kind alone; `shape` is None where it has no name."""

    focus: str | None
    severity: str
    value: str | None
    path: str | None
    component: str
    shape: str | None


@dataclass(frozen=True)
class Sample:
    """An example or a spoiled copy of it: its statements."""

    model: str
    classes: frozenset[str]
    text: str


@pytest.fixture(scope="module")
def samples(shared: Path) -> dict[str, list[Sample]]:
    models = shared / "smart-data-models"
    return {form: list(_samples(models, form)) for form in FORMS}


def _samples(models: Path, form: Form) -> Iterator[Sample]:
    for path in sorted(models.glob(f"*/*/examples/{FORMS[form]}")):
        repository, model = path.parts[-4:-2]
        document = json.loads(path.read_text(encoding="utf-8"))
        context = oracle.pruned(oracle.contexts(models / repository), document)
        made = mutants(
            document, SPOILED, random.Random(f"pairs {path}"), normalized=form == "normalized"
        )
        for number, each in enumerate([document, *(m.document for m in made)]):
            name = f"{repository}-{model}-{number}"
            text = oracle.ntriples({**each, "id": f"urn:e:{name}"}, context, name.replace("-", ""))
            if text:
                yield Sample(f"{repository}/{model}", _classes(text), text)


def _classes(text: str) -> frozenset[str]:
    return frozenset(
        text_of(q.object) or "" for q in _parsed(text) if q.predicate.value == RDF_TYPE
    )


def _parsed(text: str) -> list[ox.Quad]:
    return list(ox.parse(text, format=ox.RdfFormat.N_TRIPLES))


def stage(text: str, shapes: Path) -> Counter[Finding]:
    """Put the data into the stage as one dataset."""
    with duckdb.connect(config={"threads": 1}) as con:
        create_tables(con)
        rows = [
            (*statement(q), "observed", "k", "f", n, "r", 0) for n, q in enumerate(_parsed(text))
        ]
        append(
            con, "statements", dict(zip(STATEMENT_COLUMNS, zip(*rows, strict=True), strict=True))
        )
        validate(con, {"test": [shapes]}, ONTOLOGY, settings=Settings(threads=1))
        found = con.execute(
            "SELECT subject, severity, value, path, rule, component FROM violations WHERE stage = 'validate' AND component IS NOT NULL"
        ).fetchall()
    return Counter(
        Finding(_blank(focus), severity, _blank(value), None if path and "<" in path else path, component, rule)
        for focus, severity, value, path, rule, components in found
        for component in components.split()
    )  # fmt: skip


def _blank(term: str | None) -> str | None:
    return "_:" if term and term.startswith("_:") else term


def reference(text: str, shapes: Path) -> Counter[Finding]:
    """Ask pyshacl alone: the file as it is, over the data with what the hierarchies say of them."""
    judge = engine_pyshacl.compile(_raw(shapes))
    return Counter(
        Finding(
            _plain(r.focus),
            "violation" if r.severity == SH.Violation else "warning",
            r.value and _plain(r.value),
            r.path and r.path[1:-1],
            r.component,
            short(r.shape[1:-1]) if r.shape.startswith("<") else None,
        )
        for r in judge.judge(text + _meant(text))
    )


@cache
def _raw(shapes: Path) -> str:
    quads = ox.parse(shapes.read_bytes(), format=ox.RdfFormat.TURTLE)
    return "".join(f"{q.triple} .\n" for q in quads)


def _plain(term: str) -> str:
    if term.startswith("_:"):
        return "_:"
    [quad] = _parsed(f"<urn:s> <urn:p> {term} .")
    return text_of(quad.object) or ""


def _meant(text: str) -> str:
    """Write what the hierarchies of classes and of relations say beside what is stated."""
    lines = {f"<{a}> <{RDFS.subClassOf}> <{b}> .\n" for a, b in ONTOLOGY.subclass_axioms}
    above = _above()
    for q in _parsed(text):
        lines |= {f"{q.subject} <{p}> {q.object} .\n" for p in above.get(q.predicate.value, ())}
    return "".join(sorted(lines))


@cache
def _above() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for prop in ONTOLOGY.aligned_properties:
        for below in ONTOLOGY.subproperties(prop) - {prop}:
            found[below].add(prop)
    return found


Difference = tuple[str, Finding]


def differences(text: str, shapes: Path, patch: pytest.MonkeyPatch) -> list[Difference]:
    """Return what one finds and the other does not, by columns and by the engine alone.

    A shape without a name has in the stage one that no shape has.
    """
    graph = ShapesGraph.read(shapes, shapes.read_text(encoding="utf-8"))
    names = {short(n.value) for n in graph.shapes if isinstance(n, ox.NamedNode)}
    theirs = reference(text, shapes)
    COMPARED[shapes.stem] += theirs.total()
    found: list[Difference] = []
    for screened in (0, 10**9):
        patch.setattr("ldt_graph.validate.judge.SCREENED", screened)
        ours: Counter[Finding] = Counter()
        for finding, times in stage(text, shapes).items():
            ours[finding if finding.shape in names else finding._replace(shape=None)] += times
        found += [("pyshacl alone", f) for f in (theirs - ours).elements()]
        found += [("the stage alone", f) for f in (ours - theirs).elements()]
    return found


COMPARED: Counter[str] = Counter()
"""Shapes file → results that were compared."""


def settled(found: dict[str, list[Difference]]) -> None:
    """Take what is listed, and nothing else; what is listed has to be there."""
    seen = {f"{k} {short(f.component)}": d for k, ds in found.items() for d in ds for f in d[1:]}
    assert {k: d for k, d in seen.items() if k not in DIFFERS} == {}
    assert {k for k in DIFFERS if k.split()[0] in found} <= seen.keys()


@pytest.mark.parametrize(("name", "form"), PAIRS)
def test_shapes_that_ship_are_judged_as_pyshacl_judges_them(
    samples, name: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "".join(s.text for s in samples[form])
    settled({name: differences(text, assets.find("shapes", name), monkeypatch)})


@pytest.mark.parametrize("form", FORMS)
def test_derived_shapes_are_judged_as_pyshacl_judges_them(
    shared: Path, tmp_path: Path, samples, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = sorted({s.model for s in samples[form]})[::STRIDE]
    derived = derive([shared / "smart-data-models" / m for m in models], form=form)
    found = {}
    for model in derived.models:
        path = tmp_path / f"{model.name}.ttl"
        path.write_text(derived.turtle([model]), encoding="utf-8")
        own = [s.text for s in samples[form] if not s.classes.isdisjoint(model.classes)]
        found[f"{model.repository}/{model.name}"] = differences("".join(own), path, monkeypatch)
    assert sum(COMPARED[m.name] for m in derived.models) > 0
    settled(found)
