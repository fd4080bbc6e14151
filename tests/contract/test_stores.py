"""Stores of one truth: the same twin in, the same answers out of every store in the list."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from ldt_graph.errors import LdtError, QueryError
from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.impact import impact
from ldt_graph.model import Box, EntityFilter, Page, ViolationFilter
from ldt_graph.namespaces import LDT
from ldt_graph.record import Record
from tests.cities import Cities, record_of
from tests.contract.stores import STORES, Case
from tests.contract.twins import HOSTILE, HOSTILE_ONTOLOGY, commit, differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ldt_graph.graph import Graph, Store

TWINS = ("demo", "micropolis", "hostile")


class Stores(NamedTuple):
    """What the contract compares."""

    embedded: Graph
    graph: Graph
    record: Record
    reference: Store
    store: Store


@pytest.fixture(scope="module")
def records(tmp_path_factory) -> dict[str, Record]:
    return {}


def make(name: str, folder: Path, request) -> Record:
    """Build a twin of the contract."""
    cities: Cities = request.getfixturevalue("cities")
    if name == "demo":
        return record_of(cities.demo(4_000))
    if name == "micropolis":
        shared = request.getfixturevalue("shared")
        return cities.micropolis(shared / "data" / "infrarisk-micropolis")
    ontology = folder / "hostile.ttl"
    ontology.write_text(HOSTILE_ONTOLOGY, encoding="utf-8")
    record = Record(str(folder / "record"))
    commit(record, HOSTILE, ontology=(ontology,))
    return record


@pytest.fixture(scope="module", params=STORES, ids=str)
def tested(request) -> Case:
    return request.param


@pytest.fixture(scope="module", params=TWINS)
def twin(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def stores(request, tested, twin, records, tmp_path_factory) -> Iterator[Stores]:
    """The same twin in the embedded store, which is the measure, and in the one that is tested."""
    if twin not in records:
        records[twin] = make(twin, tmp_path_factory.mktemp(twin), request)
    record = records[twin]
    with tested.opened(record, tmp_path_factory.mktemp(f"{tested}-{twin}"), request) as store:
        reference = EmbeddedStore(record.location)
        yield Stores(reference.open(), store.open(), record, reference, store)


@pytest.fixture(autouse=True)
def allowed(request, tested) -> None:
    """Skip what a store need not pass, with the reason that stands beside it."""
    if reason := tested.lacks.get(request.function.__name__):
        pytest.skip(f"{tested}: {reason}")


def told(question: Callable[[], Any]) -> Any:
    """Return the answer, or the error as its class and words."""
    try:
        return question()
    except LdtError as error:
        return type(error), str(error)


def same(stores, question: Callable[[Graph], Any]) -> Any:
    """Ask both graphs; return the answer that both gave."""
    embedded, other = (told(lambda g=g: question(g)) for g in stores[:2])
    assert other == embedded
    return embedded


FILTERS = [
    EntityFilter(),
    *(EntityFilter(type=t) for t in ("Pump", "Asset", "Entity", "Order", "Twin", "_Next", "a%60b", "Unknown", "", "nothing", "x`y\\")),
    *(EntityFilter(domain=d) for d in ("water", "order by", "nothing")),
    EntityFilter(dataset="power"),
    EntityFilter(dataset="water", type="Pump"),
    *(EntityFilter(text=t) for t in ("station", "ÜNÏCODE", "İ", "ß", "", "$", "`", "\n", "MATCH", "pump", "%", "long LONG", "üÜü")),
    EntityFilter(text="1", domain="energy"),
    *(EntityFilter(type=t) for t in ("ldt:Pump", LDT.Pump, "hostile:Pump", "https://example.org/other#Entity", "Unknown")),
    *(EntityFilter(box=Box(*b)) for b in ((-180, -90, 180, 90), (9, 48, 10, 49), (9.5, 48, 10, 48.5), (-30.01, 44.99, -29.99, 45.01), (170, -90, -170, 90), (9.9, 48.4, 9.9, 48.4), (179, 0, -29.995, 90))),
    EntityFilter(box=Box(-31, 44, -29, 46), type="Pump", text="1"),
]  # fmt: skip


@pytest.mark.parametrize("where", FILTERS, ids=lambda f: repr(f)[13:-1].replace("None", ""))
def test_the_same_pages(stores, where):
    first = same(stores, lambda g: g.find(where, first=7))
    while isinstance(first, Page) and first.cursor:
        first = same(stores, lambda g, after=first.cursor: g.find(where, first=700, after=after))


@pytest.mark.parametrize("by", ["type", "domain", "dataset", "colour"])
def test_the_same_counts(stores, by):
    for where in FILTERS[:3]:
        same(stores, lambda g, where=where: g.count(where, by))


def test_the_same_entities_and_relations(stores):
    entities = same(stores, lambda g: g.find(EntityFilter(), first=20_000)).entities
    some = random.Random(1).sample(entities, min(300, len(entities)))
    for entity in some[:40]:
        same(stores, lambda g, iri=entity.iri: g.describe(iri))
    iris = [e.iri for e in some]
    for direction in ("out", "in"):
        asked = [*iris, iris[0], "urn:nobody"]
        related = same(stores, lambda g, a=asked, d=direction: g.relations(a, d))
        assert any(related.values())
    same(stores, lambda g: g.find(EntityFilter(iris=tuple(iris)), first=5))


def test_the_same_names_resolve_or_fail_alike(stores):
    entities = same(stores, lambda g: g.find(EntityFilter(), first=200)).entities
    names = ["", " ", "nobody", "urn:nobody", ":", "a:b:c", "twin", "test:twin", "HV-01"]
    for entity in entities:
        names += [entity.iri, entity.identifier or "", f"{entity.dataset}:{entity.identifier}"]
    names += [f"{e.identifier}0" for e in entities[::40]] + [e.iri[:-1] for e in entities[::40]]
    for name in names:
        same(stores, lambda g, name=name: g.resolve(name))


def test_the_same_network_and_so_the_same_impact(stores):
    columns = stores.embedded.columns()
    assert differences(columns, stores.graph.columns()) == []
    iris = random.Random(2).sample(list(columns.iris), 7)
    for seeds in [[iri] for iri in iris] + [iris[:3]]:
        same(stores, lambda g, seeds=seeds: impact(g, seeds).document(g.version))


def test_the_same_ontology_versions_and_datasets(stores):
    embedded, graph, record, _, store = stores
    assert sorted(map(str, graph.ontology.triples)) == sorted(map(str, embedded.ontology.triples))
    assert graph.version == embedded.version
    assert list(store.versions()) == record.versions()
    assert store.datasets(graph.version) == record.metadata(embedded.version)["datasets"]


@pytest.mark.parametrize("where", [ViolationFilter(), ViolationFilter(dataset="water"), ViolationFilter(stage="validate", severity="warning")])  # fmt: skip
def test_the_same_violations_by_page(stores, where):
    version, after, seen = stores.graph.version, None, 0
    while True:
        pages = [s.violations(version, where, first=3, after=after) for s in stores[3:]]
        assert pages[0] == pages[1]
        seen += len(pages[0].violations)
        if (after := pages[0].cursor) is None:
            break
    assert seen == pages[0].total
    everything = [s.violations(version, where) for s in stores[3:]]
    assert everything[0] == everything[1]
    for store in stores[3:]:
        with pytest.raises(QueryError, match="not a cursor"):
            store.violations(version, where, after="x")


@pytest.mark.parametrize("by", [("dataset", "rule"), ("severity",), ("source", "column"), ()])
def test_the_same_groups_of_violations(stores, by):
    version = stores.graph.version
    for where in (ViolationFilter(), ViolationFilter(severity="warning"), ViolationFilter(row=2), ViolationFilter(waived=True), ViolationFilter(fix=False)):  # fmt: skip
        groups = [list(s.violation_groups(version, where, by)) for s in stores[3:]]
        assert groups[0] == groups[1]
        assert sum(g.count for g in groups[0]) == stores[3].violations(version, where).total


def test_the_mark_stays_while_the_store_holds_the_same(stores):
    assert stores.store.mark() == stores.store.mark()
    assert {stores.store.mark()}


def test_older_versions_open_as_the_record_has_them(stores):
    for version in stores.record.versions():
        page = stores.store.open(version).find(EntityFilter(), first=5)
        assert page == stores.reference.open(version).find(EntityFilter(), first=5)
