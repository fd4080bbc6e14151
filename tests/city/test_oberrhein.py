"""The demo twin of networks that two libraries ship: what it is made of, and that its links are called invented."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING

import pytest

from ldt_graph.city.oberrhein import QUESTION, make_oberrhein
from ldt_graph.cli import main
from ldt_graph.errors import ExitCode, MissingExtra, SettingsError
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import impact
from ldt_graph.impact.because.why import Why
from ldt_graph.model import EntityFilter, ViolationFilter
from ldt_graph.twin import load_twin
from tests.cities import record_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def twin(cities) -> Path:
    return cities.oberrhein()


@pytest.fixture(scope="module")
def graph(twin) -> EmbeddedGraph:
    return EmbeddedGraph.open(record_of(twin))


def links(twin: Path) -> list[dict[str, str]]:
    with (twin / "data" / "invented_links.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_each_pump_is_fed_by_the_station_that_the_reference_names(twin, shared):
    file = shared / "data" / "oberrhein-reference" / "pump_station_map.csv"
    with file.open(encoding="utf-8") as lines:
        wanted = {
            r["pump_id"]: (r["station_name"], float(r["distance_km"]))
            for r in csv.DictReader(lines)
        }
    pumps = [r for r in links(twin) if r["relation"] == "poweredBy"]
    found = {r["dependent"]: (r["supplier"], float(r["distance_km"])) for r in pumps}
    assert found.keys() == wanted.keys()
    for pump, (station, km) in wanted.items():
        assert found[pump] == (station, pytest.approx(km, abs=0.002))
    assert len({station for station, _ in found.values()}) == 7


def test_low_voltage_grids_hang_on_the_bus_that_is_near(twin):
    km = sorted(float(r["distance_km"]) for r in links(twin) if r["relation"] != "poweredBy")
    assert len(km) == 14
    assert km[12] < 0.04
    assert 0.3 < km[13] < 0.4


def test_the_networks_are_whole(graph):
    power = graph.count(EntityFilter(dataset="power"), "type")
    assert (power["ElectricBus"], power["PowerLine"], power["ElectricSwitch"]) == (179, 181, 322)
    assert (power["Load"], power["Generator"], power["GridConnection"]) == (147, 153, 2)
    low = graph.count(EntityFilter(dataset="low-voltage"), "type")
    assert (low["ElectricBus"], low["PowerLine"], low["Load"]) == (2940, 3000, 1506)
    water = graph.count(EntityFilter(dataset="water"), "type")
    assert (water["WaterJunction"], water["WaterMain"], water["Pump"]) == (920, 1043, 13)


def test_nothing_of_it_is_set_aside_and_every_thing_lies_in_the_valley(twin, graph):
    record = record_of(twin)
    assert (
        record.count_violations(record.version(), **ViolationFilter(severity="violation").asked)
        == 0
    )
    page = graph.find(EntityFilter(dataset="water"), first=2_000)
    for entity in page.entities:
        for x, y in (
            p.split()
            for p in (entity.geometry or "").strip("POINT()").split(", ")
            if p[:1].isdigit()
        ):
            assert 7.744 <= float(x) <= 7.938
            assert 48.328 <= float(y) <= 48.475


def test_an_outage_crosses_to_the_pumps_and_down_to_the_homes_by_links_called_invented(graph):
    answer = impact(graph, [QUESTION])
    failed = {h["iri"]: h for h in answer.hits("none") if h["status"] == "failed"}
    datasets = {iri.split("/")[4] for iri in failed}
    assert datasets == {"power", "low-voltage", "water"}
    pump = next(iri for iri, h in failed.items() if h["type"] == "Pump")
    why = answer.why(pump)
    assert isinstance(why, Why)
    assert "invented_links.csv" in str(why.failed[0].steps)


def test_the_page_that_is_written_says_what_is_invented(twin):
    said = (twin / "README.md").read_text(encoding="utf-8")
    assert "Invented: that 13 pumps" in said
    assert "Kentucky" in said
    assert "invented" in load_twin(twin).name


def test_it_is_the_same_each_time(twin, tmp_path):
    again = tmp_path / "again"
    make_oberrhein(again)
    for file in sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file()):
        assert (again / file).read_bytes() == (twin / file).read_bytes(), file


def test_a_folder_with_files_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match="not an empty folder"):
        make_oberrhein(tmp_path)


@pytest.mark.parametrize("library", ["pandapower", "wntr"])
def test_without_a_library_the_extra_is_named(tmp_path, monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra, match=r"ldt-graph\[oberrhein\]"):
        make_oberrhein(tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["oberrhein", "--population", "5000"], "--population"),
        (["oberrhein", "--seed", "2"], "--seed"),
        (["atlantis"], "atlantis"),
    ],
)
def test_a_demo_that_can_not_be_is_told_so(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", *arguments, "--no-serve"]) == ExitCode.USAGE
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
