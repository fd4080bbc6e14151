"""Who runs dry, and when, against EPANET: networks that wntr ships, two cities. The whole table: `python -m tests.truth.water`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.truth.water import Zoned, compare, link, network, pumps_of

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.impact import ImpactEngine

ALL = "all pumps"


@pytest.fixture(scope="session")
def engines(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Zoned:
    """Return network → its file and engine, each made once."""
    return Zoned(shared, tmp_path_factory.mktemp("water"))


ONE_ZONE = [
    ("Net1", ALL),
    ("micropolis", ALL),
    ("invented", ALL),
    ("ky10", "~@Pump-8"),
    ("ky10", "~@Pump-9"),
    ("ky10", "~@Pump-13"),
]
"""Outages after which each zone has its own tanks alone."""
MORE_ZONES = [("ky4", ALL), ("ky10", ALL)]


def asked(engines: Zoned, name: str, event: str) -> tuple[ImpactEngine, Path, list[str]]:
    file, engine = engines[name]
    return engine, file, pumps_of(file) if event == ALL else [event]


@pytest.mark.parametrize(("name", "event"), [*ONE_ZONE, *MORE_ZONES])
def test_whoever_epanet_leaves_short_is_said_to_fail(engines, name, event):
    compared = compare(*asked(engines, name, event))
    assert compared.theirs
    assert compared.recall == 1.0
    assert compared.precision >= 0.98


@pytest.mark.parametrize(("name", "event"), ONE_ZONE)
def test_the_first_failure_of_a_zone_comes_within_an_hour_of_epanets(engines, name, event):
    compared = compare(*asked(engines, name, event))
    first, true = min(compared.ours.values()), min(compared.theirs.values())
    assert abs(first - true) <= 1.0


@pytest.mark.parametrize(("name", "stopped"), [("Net3", "335"), ("ky4", "~@Pump-2")])
def test_what_starts_in_epanet_holds_and_is_named(engines, name, stopped):
    file, engine = engines[name]
    compared = compare(engine, file, [stopped])
    assert not compared.theirs
    assert not compared.ours
    starts = engine.ask([link(stopped)]).must_start
    assert starts
    assert all(start.rules and start.saves for start in starts)
    others = [iri for s in starts for iri in (s.asset["iri"], *s.instead)]
    dry = engine.ask([link(stopped), *others])
    assert len(dry.failed) >= max(s.saves for s in starts)


def test_the_tank_of_micropolis_lasts_seven_and_a_half_hours_from_midnight(engines):
    file, engine = engines["micropolis"]
    answer = engine.ask([link(p) for p in pumps_of(file)], clock=0)
    [tank] = answer.summary()["storages"]
    level, area = 115 - 90, 3.14159265 * (50 / 2) ** 2  # feet, of the file
    assert tank["held"] == pytest.approx(level * area * 0.3048**3, rel=1e-6)
    assert tank["until"] == pytest.approx(7.59, abs=0.01)
    assert network(file).num_tanks == 1
