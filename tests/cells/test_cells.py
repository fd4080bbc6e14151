"""Seeded faults in good sources: each is told once, at exactly the cell that a steward edits, and nothing else is told.

`TWIN_TEST_CELLS` says how many are made in one build: 1 takes a few minutes, the number in CI a minute; elsewhere
a quarter of the builds are made, others each time.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ldt_graph.city import make_city
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.twin import load_twin
from tests.cells import city, forms, real
from tests.cells.bench import Bench
from tests.cells.fault import apart
from tests.cells.town import write_town
from tests.examples import some

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cells.fault import Fault

SIZE = int(os.environ.get("TWIN_TEST_CELLS", "20"))
Place = tuple[Bench, "list[Fault]"]


def _demo(folder: Path, request: pytest.FixtureRequest) -> Place:
    make_city(folder / "city", population=2_000)
    return Bench(folder / "city"), city.faults(folder / "city" / "data")


def _town(folder: Path, request: pytest.FixtureRequest) -> Place:
    return Bench(write_town(folder / "town")), forms.faults(folder / "town" / "data")


def _real(name: str, faults: Callable[[Path], list[Fault]]) -> Callable[..., Place]:
    def made(folder: Path, request: pytest.FixtureRequest) -> Place:
        shared = request.getfixturevalue("shared")
        twin, data = real.copied(request.getfixturevalue("root"), shared, name, folder)
        return Bench(twin, data), faults(data)

    return made


PLACES = {
    "demo": _demo,
    "town": _town,
    "micropolis": _real("micropolis", real.micropolis),
    "ulm": _real("ulm", real.ulm),
}


@pytest.fixture(scope="module", params=PLACES)
def place(request, tmp_path_factory) -> Place:
    """A good twin, built, and the faults that are made in it."""
    return PLACES[request.param](tmp_path_factory.mktemp(request.param), request)


def test_each_fault_is_told_once_and_at_its_cell(place: Place):
    bench, faults = place
    # Ulm's feed has no stop times: that its lines serve nothing is a warning of the good source.
    assert not [v for v in bench.good.values() if v.severity == "violation"]
    misses: dict[str, str] = {}
    for group in some(apart(faults, SIZE)):
        misses |= bench.misses(group)
    assert misses == {}


def test_a_change_elsewhere_leaves_what_is_told_of_a_cell_as_a_whole_build_tells_it(tmp_path: Path):
    """What several stages said of one cell is put together anew each time."""
    folder = write_town(tmp_path / "town")
    meters, bills = folder / "data" / "meters.tsv", folder / "data" / "bills.csv"
    good = meters.read_text()
    meters.write_text(good.replace("\t1.5\t", "\tmuch\t").replace("9.92\t48.42", "\t48.42"))
    assert told(folder) == told(folder)
    bills.write_bytes(bills.read_bytes().replace(b"1.25", b"1.26"))
    after = told(folder)
    (folder / ".ldt").rename(tmp_path / "kept")
    assert told(folder) == after
    assert [(row, column) for _, row, column, *_ in after] == [(2, "reading"), (3, "lon")]
    meters.write_text(good)
    assert told(folder) == []


def told(folder: Path) -> list[tuple]:
    """Build, and return the lines."""
    twin = load_twin(folder)
    build(twin)
    record = Record(twin.record)
    lines = record.violations(record.version())
    return [(v.source, v.row, v.column, v.line, v.severity, v.rule, v.message) for v in lines]


def test_there_are_faults_of_every_kind(tmp_path: Path):
    """The table of faults is as long and as wide as it claims to be."""
    make_city(tmp_path / "city", population=2_000)
    made = city.faults(tmp_path / "city" / "data")
    made += forms.faults(write_town(tmp_path / "town") / "data")
    assert len({f.name for f in made}) == len(made) >= 300
    endings = {f.file.rpartition(".")[2] for f in made}
    assert endings >= {
        "csv", "tsv", "txt", "inp", "geojson", "jsonld", "json", "ndjson", "parquet", "dbf", "zip", "tntp",
    }  # fmt: skip
