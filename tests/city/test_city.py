"""The demo city's files are what independent simulators take: its grid converges, its water has pressure."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pandapower as pp
import pytest
import wntr
from pandapower import topology

from ldt_graph import assets
from ldt_graph.city import make_city
from ldt_graph.errors import SettingsError
from ldt_graph.twin import load_twin


@pytest.fixture(scope="module", params=[20_000, 100_000])
def city(request, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("city") / "twin"
    make_city(folder, population=request.param)
    return folder


def rows(city: Path, table: str) -> list[dict[str, str]]:
    with (city / "data" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def grid_of(city: Path) -> pp.pandapowerNet:
    net = pp.create_empty_network()
    bus = {
        b["id"]: pp.create_bus(net, float(b["nominal_kv"]), name=b["id"])
        for b in rows(city, "power/buses")
    }
    for g in rows(city, "power/grid_connections"):
        pp.create_ext_grid(net, bus[g["bus"]])
    for t in rows(city, "power/transformers"):
        std = f"{t['rated_mva']} MVA 110/20 kV"
        pp.create_transformer(net, bus[t["hv_bus"]], bus[t["lv_bus"]], std, name=t["id"])
    for line in rows(city, "power/lines"):
        ends = bus[line["from_bus"]], bus[line["to_bus"]]
        pp.create_line(
            net, *ends, float(line["length_km"]), "NA2XS2Y 1x240 RM/25 12/20 kV", name=line["id"]
        )
    for s in rows(city, "power/switches"):
        pp.create_switch(
            net, bus[s["bus_a"]], bus[s["bus_b"]], et="b", closed=s["state"] == "closed"
        )
    for s in rows(city, "power/stations"):
        pp.create_load(
            net, bus[s["bus"]], float(s["peak_mw"]), 0.2 * float(s["peak_mw"]), name=s["id"]
        )
    return net


def test_the_power_flow_converges_within_voltage_and_loading_limits(city: Path):
    net = grid_of(city)
    pp.runpp(net, numba=False)
    assert net.converged
    assert not topology.unsupplied_buses(net)
    assert net.res_bus.vm_pu.between(0.94, 1.06).all()
    assert net.res_line.loading_percent.max() < 100
    assert net.res_trafo.loading_percent.max() < 100


def test_the_water_model_runs_a_day_without_negative_pressure(city: Path, tmp_path: Path):
    model = wntr.network.WaterNetworkModel(str(city / "data" / "water.inp"))
    results = wntr.sim.EpanetSimulator(model).run_sim(file_prefix=str(tmp_path / "run"))
    pressure = results.node["pressure"].loc[:, model.junction_name_list]
    assert len(pressure) == 25
    assert pressure.min().min() > 0


def test_its_sizes_follow_the_cited_ratios(city: Path):
    import json

    people = sum(int(b["people"]) for b in rows(city, "buildings"))
    population = 20_000 if people < 50_000 else 100_000
    per = population / 100_000
    assert abs(people - population) < population / 100
    assert 290 * per <= len(rows(city, "power/stations")) <= 300 * per
    model = wntr.network.WaterNetworkModel(str(city / "data" / "water.inp"))
    kilometres = sum(p.length for _, p in model.pipes()) / 1000
    assert 210 * per <= kilometres <= 540 * per
    assert 8 * per <= len(model.reservoir_name_list) <= 21 * per
    assert len(json.loads((city / "data" / "signals.jsonld").read_text())) == round(57 * per)
    chargers = json.loads((city / "data" / "chargers.jsonld").read_text())
    assert 2 * len(chargers) == pytest.approx(200 * per, rel=0.1)
    with (city / "data" / "gtfs" / "stops.txt").open(encoding="utf-8") as file:
        assert len(file.readlines()) - 1 == pytest.approx(270 * per, rel=0.25)


def digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        found.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def test_a_seed_makes_the_same_bytes_and_another_seed_another_city(tmp_path: Path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_city(tmp_path / name, population=5_000, seed=seed)
    assert digest(tmp_path / "a" / "data") == digest(tmp_path / "b" / "data")
    assert digest(tmp_path / "a" / "data") != digest(tmp_path / "c" / "data")


def test_it_says_everywhere_that_it_is_invented(tmp_path: Path):
    make_city(tmp_path / "city", population=5_000)
    for file in (
        "README.md",
        "twin.toml",
        "data/districts.geojson",
        "data/water.inp",
        "data/gtfs/agency.txt",
        "data/facilities.csv",
        "data/power/stations.csv",
    ):
        assert "nvented" in (tmp_path / "city" / file).read_text(encoding="utf-8"), file


def test_a_city_of_no_size_or_over_other_files_is_refused(tmp_path: Path):
    with pytest.raises(SettingsError, match="can't be invented"):
        make_city(tmp_path / "small", population=10)
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(SettingsError, match="not an empty folder"):
        make_city(tmp_path)


def test_its_mappings_are_its_own_files_and_a_twin_that_names_one_as_shipped_is_told_what_ships(
    tmp_path: Path,
):
    make_city(tmp_path / "city", population=5_000)
    datasets = {d.name: d.mapping for d in load_twin(tmp_path / "city").datasets}
    own = {m for m in datasets.values() if m.endswith(".ttl")}
    assert own == {f"mappings/{p.name}" for p in (tmp_path / "city" / "mappings").iterdir()}
    assert not {Path(m).stem for m in own} & assets.names("mappings").keys()
    settings = tmp_path / "city" / "twin.toml"
    settings.write_text(settings.read_text().replace("mappings/buildings.ttl", "buildings"))
    with pytest.raises(SettingsError, match=r"twin\.toml:\d+: .*'buildings'.*Shipped: .*epanet"):
        load_twin(tmp_path / "city")
