"""Shapes derived from the models of Smart Data Models, against the oracle on official examples and on spoiled ones."""

from __future__ import annotations

import json
import os
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import shacl

from ldt_graph.derive import Derived, derive
from ldt_graph.derive.shipped import shipped
from tests.derive import oracle
from tests.derive.mutants import mutants

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ldt_graph.derive import Model

FORMS = {"canonical": "example.jsonld", "normalized": "example-normalized.jsonld"}
pytestmark = pytest.mark.xdist_group("derive")  # every model is converted once
MUTANTS = int(os.environ.get("TWIN_TEST_MUTANTS", "70"))


@pytest.fixture(scope="session")
def models(shared: Path) -> Path:
    return shared / "smart-data-models"


@pytest.fixture(scope="session")
def derived(models: Path) -> dict[str, Derived]:
    """Every model, in both forms."""
    return {"canonical": derive([models]), "normalized": derive([models], form="normalized")}


@dataclass
class Example:
    """An official example, with its model's shapes and the oracle."""

    model: Model
    form: str
    document: dict[str, Any]
    shapes: shacl.Shapes
    oracle: Any
    context: list[Any]

    @property
    def name(self) -> str:
        return f"{self.model.repository}/{self.model.name}/{FORMS[self.form]}"

    def accepted(self, document: dict[str, Any]) -> bool:
        plain = document if self.form == "canonical" else oracle.reduced(document)
        return oracle.accepts(self.oracle, plain)

    def rejected(self, documents: list[dict[str, Any]]) -> list[bool]:
        """Judge many documents at once; what is no JSON-LD is rejected."""
        texts = [
            oracle.ntriples({**d, "id": f"urn:e:{n}"}, self.context, f"e{n}x")
            for n, d in enumerate(documents)
        ]
        found = self.shapes.validate_text("".join(t or "" for t in texts), "ntriples").results
        bad = {r.focus_node for r in found}
        return [t is None or f"<urn:e:{n}>" in bad for n, t in enumerate(texts)]


@pytest.fixture(scope="session")
def examples(models: Path, derived: dict[str, Derived]) -> list[Example]:
    return list(_examples(models, derived))


def _examples(models: Path, derived: dict[str, Derived]) -> Iterator[Example]:
    for form, name in FORMS.items():
        for model in derived[form].models:
            folder = models / model.repository / model.name
            path = folder / "examples" / name
            if path.is_file():
                document = json.loads(path.read_text(encoding="utf-8"))
                yield Example(
                    model,
                    form,
                    document,
                    shacl.Shapes.from_text(derived[form].turtle([model]), "turtle"),
                    oracle.validator(folder / "schema.json", models),
                    oracle.pruned(oracle.contexts(models / model.repository), document),
                )


# ── every model ──────────────────────────────────────────────────────────────────────────────────


def test_every_model_converts_and_every_reference_is_resolved_or_listed(
    models: Path, derived: dict[str, Derived]
):
    schemas = sorted(models.glob("*/*/schema.json"))
    for form in derived.values():
        assert len(form.models) == len(schemas) > 480
        missing = {w for m in form.models for w in m.warnings if w.kind == "reference"}
        assert missing == set()
        assert all(m.classes and m.properties for m in form.models)
        assert len(shacl.Shapes.from_text(form.turtle(), "turtle")) > len(schemas)


def test_a_repository_that_is_not_at_hand_is_listed(models: Path, tmp_path: Path):
    folder = tmp_path / "dataModel.Energy" / "ACMeasurement"
    folder.mkdir(parents=True)
    schema = (models / "dataModel.Energy" / "ACMeasurement" / "schema.json").read_text(
        encoding="utf-8"
    )
    (folder / "schema.json").write_text(schema, encoding="utf-8")
    alone = derive([folder]).models[0]
    lost = [w for w in alone.warnings if w.kind == "reference"]
    assert {w.pointer.rpartition("#")[2] for w in lost} >= {"/allOf/0/$ref", "/allOf/1/$ref"}
    assert "common-schema.json" in lost[0].why
    whole = derive([folder], schemas=[models]).models[0]
    assert not [w for w in whole.warnings if w.kind == "reference"]


def test_the_same_schemas_give_the_same_bytes(models: Path):
    folder = models / "dataModel.Energy"
    assert derive([folder]).turtle() == derive([folder]).turtle()


def test_shapes_name_their_source_and_say_what_is_wrong(derived: dict[str, Derived]):
    text = derived["canonical"].turtle([m for m in derived["canonical"].models if m.name == "Pump"])
    assert ":PumpShape-power a sh:PropertyShape" in text
    shape = text.partition(":PumpShape-power a")[2].partition(" .\n")[0]
    assert 'sh:message "power is given at most once; it is a number, in KiloWatt."' in shape
    assert 'ldt:unit "KiloWatt"' in shape
    assert "Pump/schema.json#/allOf/2/properties/power>" in shape
    assert "CC BY 4.0" in text
    pump = next(m for m in derived["canonical"].models if m.name == "Pump")
    kinds = {p.name: p.kind for p in pump.properties}
    assert (kinds["startsAt"], kinds["power"], kinds["location"]) == (
        "Relationship",
        "Property",
        "GeoProperty",
    )


def test_the_shapes_that_ship_are_what_the_models_give(models: Path):
    for path, text in shipped(models):
        assert path.read_text(encoding="utf-8") == text, (
            f"{path.name}: see ldt_graph/derive/shipped.py"
        )


# ── agreement ────────────────────────────────────────────────────────────────────────────────────


def test_official_examples_are_judged_as_the_oracle_judges_them(
    root: Path, examples: list[Example]
):
    differ = Counter()
    wrong: dict[str, list[str]] = defaultdict(list)
    page = (root / "docs" / "reference" / "wrong-examples.md").read_text(encoding="utf-8")
    for example in examples:
        taken = example.accepted(example.document)
        if not taken:
            wrong[example.form].append(example.name)
        if taken == example.rejected([example.document])[0]:
            differ[example.form] += 1
            assert example.name in page, f"{example.name}: the page explains no disagreement"
    counts = Counter(e.form for e in examples)
    assert counts == {"canonical": 80, "normalized": 80}
    assert differ["canonical"] == 0
    assert differ["normalized"] <= 1
    listed = re.findall(r"^\| `([^`]+)`", page, re.MULTILINE)
    assert sorted(listed) == sorted(n for names in wrong.values() for n in names)


@pytest.mark.parametrize("form", FORMS)
def test_spoiled_examples_are_rejected_and_no_others(form: str, examples: list[Example]):
    counts, missed, alarms = Counter(), [], []
    for example in examples:
        if example.form != form or not example.accepted(example.document):
            continue
        chance = random.Random(f"7 {example.name}")
        made = list(mutants(example.document, MUTANTS, chance, normalized=form == "normalized"))
        told = example.rejected([m.document for m in made])
        for mutant, rejected in zip(made, told, strict=True):
            taken = example.accepted(mutant.document)
            counts[taken, rejected] += 1
            if taken and rejected and not mutant.empties and not mutant.names_nothing:
                alarms.append(f"{example.name}: {mutant}")
            elif not taken and not rejected:
                if _told_apart(example, mutant):
                    missed.append(f"{example.name}: {mutant}")
                else:
                    counts["same graph"] += 1
    least = 71 * MUTANTS if form == "canonical" else 10 * MUTANTS
    assert sum(n for key, n in counts.items() if key != "same graph") >= least
    assert alarms == []
    assert len(missed) <= 0.001 * counts[False, True], missed
    assert counts["same graph"] < 0.05 * counts[False, True]


def _told_apart(example: Example, mutant: Any) -> bool:
    """Whether a graph shows what is wrong: not where another reading of it is right."""
    if mutant.nested or mutant.empties:
        return False
    graph = oracle.seen(mutant.document, example.context)
    return not any(
        example.accepted(d) and oracle.seen(d, example.context) == graph for d in mutant.readings()
    )
