"""Who runs dry, and when, against EPANET: networks that wntr ships, two cities. The whole table: `python -m tests.truth.water`."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from ldt_graph.impact import Outage
from tests.impact.proofs import HORIZON, check
from tests.truth.water import HOURS, compare, link, network, pumps_of

if TYPE_CHECKING:
    from pathlib import Path

    from ldt_graph.impact import ImpactEngine
    from tests.truth.water import Zoned

ALL = "all pumps"


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
def test_the_first_failure_of_a_zone_comes_within_an_hour_of_epanets_and_none_too_late(
    engines, name, event
):
    compared = compare(*asked(engines, name, event))
    first, true = min(compared.ours.values()), min(compared.theirs.values())
    assert abs(first - true) <= 1.0
    assert all(compared.by(hour).recall == 1.0 for hour in HOURS)


@pytest.mark.parametrize(
    ("name", "stopped"), [("Net3", "335"), ("ky4", "~@Pump-2"), ("micropolis", "W_WP5")]
)
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


SAMPLE = int(os.environ.get("TWIN_TEST_REASONS", "24"))
"""How many failures of the cities are proved; 5,000 take a quarter of an hour."""


def test_the_causes_of_sampled_failures_alone_reproduce_them(engines):
    chance, proved = random.Random(1), 0
    for number in range(SAMPLE):
        name = ("micropolis", "ky10", "invented", "Net3")[number % 4]
        file, engine = engines[name]
        pumps = pumps_of(file)
        stopped = pumps if chance.random() < 0.5 else chance.sample(pumps, 2)
        out = {link(n): float(chance.choice((0, 0, 3))) for n in stopped}
        out |= {link(n): 0.0 for n in chance.sample(list(network(file).pipe_name_list), 2)}
        answer = engine.ask([Outage(iri, hour) for iri, hour in out.items()], horizon=HORIZON)
        failed = [h["iri"] for h in answer.hits("none") if h["status"] == "failed"]
        if failed:
            check(engine, answer.why(chance.choice(failed)), out)
            proved += 1
    assert proved > SAMPLE // 4


def test_the_tank_of_micropolis_lasts_seven_and_a_half_hours_from_midnight(engines):
    file, engine = engines["micropolis"]
    answer = engine.ask([link(p) for p in pumps_of(file)], clock=0)
    [tank] = answer.summary()["storages"]
    level, area = 115 - 90, 3.14159265 * (50 / 2) ** 2  # feet, of the file
    assert tank["held"] == pytest.approx(level * area * 0.3048**3, rel=1e-6)
    assert tank["until"] == pytest.approx(7.59, abs=0.01)
    assert network(file).num_tanks == 1
