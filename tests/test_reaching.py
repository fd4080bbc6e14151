"""The command about ways over the roads: reach."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ldt_graph.errors import ExitCode
from tests.test_cli import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def city(cities) -> Path:
    return cities.demo(3_000)


def test_without_an_outage_all_ways_are_told(city, capsysbinary):
    code, out, _ = run(capsysbinary, "reach", city, "--json")
    found = json.loads(out)
    assert code == ExitCode.OK
    assert found["total"] == len(found["ways"]) > 0
    assert {w["status"] for w in found["ways"]} == {"unchanged"}
    code, out, _ = run(capsysbinary, "reach", city)
    assert out.startswith(f"{found['total']} ways, in minutes:")


def test_a_closed_road_tells_what_is_longer_and_by_which_links(city, capsysbinary):
    code, out, _ = run(capsysbinary, "reach", city, "--of", "roads:8-7", "--json", "--first", 1)
    found = json.loads(out)
    [worst] = found["ways"]
    assert (code, worst["status"], found["closed"][0].rsplit("/", 1)[-1]) == (0, "longer", "8-7")
    assert worst["extra"] == pytest.approx(worst["after"]["minutes"] - worst["before"]["minutes"])
    code, out, _ = run(capsysbinary, "reach", city, "--of", "roads:8-7", "--links", "--first", 1)
    assert f"longer by\n{worst['before']['facility']['name']}" in "\n".join(s.rstrip() for s in out.splitlines())  # fmt: skip
    for leg in worst["after"]["links"]:
        assert f"[{leg['source']}:{leg['row']}]" in out
    assert f"{found['longer'] - 1} ways more" in out


def test_an_answer_about_a_road_names_the_ways_from_the_nearest(city, capsysbinary):
    _, out, _ = run(capsysbinary, "impact", city, "--of", "roads:8-7", "--json")
    summary = json.loads(out)["summary"]["reach"]
    _, out, _ = run(capsysbinary, "reach", city, "--of", "roads:8-7", "--nearest", "--json")
    found = json.loads(out)
    assert summary["longer"] == found["longer"] == len(summary["changed"]) > 0
    _, out, _ = run(capsysbinary, "impact", city, "--of", "roads:8-7")
    assert f"1 road link is closed: of the ways from the nearest critical facility of each kind, in minutes, {found['longer']} are longer" in out  # fmt: skip
    _, out, _ = run(capsysbinary, "impact", city, "--of", "CONTROL-01", "--json")
    assert json.loads(out)["summary"]["reach"] is None


def test_ways_of_others_are_told_by_name(city, capsysbinary):
    asked = ("reach", city, "--from", "DEPOT-BUS", "--to", "HOSP-01", "roads:1")
    _, out, _ = run(capsysbinary, *asked, "--json")
    found = json.loads(out)
    assert {w["place"]["identifier"] for w in found["ways"]} == {"HOSP-01", "1"}
    assert {w["kind"] for w in found["ways"]} == {"Depot"}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("--from", "HOSP-01-FEEDS"), "states neither a road node"),
        (
            ("--near", "-30", "45", "100", "--district", "D-001"),
            "Give one of --in, --near, --box and --district",
        ),
        (("--of", "roads:8-7", "--horizon", "-1"), "horizon must be 0 or more"),
        (("--first", "-1"), "'-1'"),
        (("--clock", "7"), "--clock is of an outage, and nothing goes out"),
        (("--of", ""), "An asset needs a name"),
    ],
)
def test_a_wrong_question_is_told(city, capsysbinary, asked, told):
    code, out, err = run(capsysbinary, "reach", city, *asked)
    assert code == ExitCode.USAGE, err
    assert told in err
    assert out == ""


@pytest.mark.parametrize("option", ["--of", "--from", "--to"])
def test_a_name_that_is_none_is_told(city, capsysbinary, option):
    code, _, err = run(capsysbinary, "reach", city, option, "HOSP-0")
    assert code == ExitCode.FAILED
    assert "No entity 'HOSP-0'" in err


def test_a_twin_without_roads_says_so(cities, tmp_path, capsysbinary):
    twin = cities.copy(cities.demo(3_000), tmp_path / "twin", built=False)
    head, _, sets = (twin / "twin.toml").read_text().partition("[[dataset]]")
    (twin / "twin.toml").write_text(f"{head}[[dataset]]{sets.partition('[[dataset]]')[0]}")
    assert run(capsysbinary, "build", twin)[0] == ExitCode.OK
    code, _, err = run(capsysbinary, "reach", twin)
    assert code == ExitCode.USAGE
    assert "holds no road network" in err
