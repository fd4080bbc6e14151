"""Terms of one name in several contexts that ship are aligned, or it is said why they are not."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from ldt_graph import assets
from ldt_graph.axioms import unread
from ldt_graph.contexts import CORE, Context
from ldt_graph.contexts.library import shipped
from ldt_graph.namespaces import LDT
from ldt_graph.naming import split
from ldt_graph.ontology import Ontology

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return Ontology.parse(assets.ontology_files())


def meanings() -> dict[str, set[str]]:
    """Return every name of the contexts of models → what they make of it, the core context last."""
    found: dict[str, set[str]] = defaultdict(set)
    for address, file in shipped().items():
        if file.parent.name == "smart-data-models" and address.startswith("github:smart-data"):
            owner, repository, path = address.removeprefix("github:").split("/", 2)
            context = Context.of([f"https://{owner}.github.io/{repository}/{path}", CORE])
            for name in context.terms:
                iri = context.expand(name)
                if iri is not None and not iri.startswith("@"):
                    found[name].add(iri)
    return found


def clashes(said: Mapping[str, set[str]], ontology: Ontology) -> set[str]:
    """Return the names that mean several things of which neither a hierarchy nor a reason tells the difference."""
    reasons = {t.subject for t in ontology.triples if t.predicate == LDT.notAligned}
    found = set()
    for name, iris in said.items():
        open_ = sorted(i for i in iris if i not in reasons and split(i)[0] not in reasons)
        above = [ontology.superproperties(i) | ontology.superclasses(i) for i in open_]
        if above and not frozenset.intersection(*above):
            found.add(name)
    return found


def test_a_name_of_two_contexts_is_aligned_or_said_to_be_another(ontology: Ontology) -> None:
    said = meanings()
    assert sum(len(iris) > 1 for iris in said.values()) > 90
    assert clashes(said, ontology) == set()


def test_a_new_clash_is_found(ontology: Ontology) -> None:
    known = {"refDevice": {f"https://smartdatamodels.org/dataModel.{r}/refDevice" for r in ("Device", "Energy")}}  # fmt: skip
    assert clashes(known, ontology) == set()
    known["refDevice"].add("https://smartdatamodels.org/dataModel.Weather/refDevice")
    assert clashes(known, ontology) == {"refDevice"}


def test_the_table_speaks_of_terms_that_the_contexts_have(ontology: Ontology) -> None:
    known = {iri for iris in meanings().values() for iri in iris}
    own = ("https://smartdatamodels.org/", "https://uri.fiware.org/", "https://smart-data-models.")
    table = assets.root() / "ontology" / "alignments" / "smart-data-models.ttl"
    said = Ontology.parse([table]).triples
    spoken = {x for t in said for x in (t.subject, t.object) if x.startswith(own)}
    namespaces = {t.subject for t in said if t.predicate == LDT.notAligned and not split(t.subject)[1]}  # fmt: skip
    assert {s for s in spoken - known - namespaces if not s.endswith(("#", "/"))} == set()


def test_every_axiom_of_the_table_is_read(ontology: Ontology) -> None:
    assert unread(assets.ontology_files(), ontology) == []
