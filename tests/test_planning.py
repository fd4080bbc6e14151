"""The commands of planners: criticality, scenario, measures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ldt_graph.errors import ExitCode
from tests.test_cli import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def city(cities, tmp_path_factory) -> Path:
    return cities.copy(cities.demo(3_000), tmp_path_factory.mktemp("planning") / "city")


@pytest.fixture
def tie(city: Path) -> str:
    folder = city / "scenarios"
    folder.mkdir(exist_ok=True)
    text = 'name = "Tie"\n[[change]]\ndo = "close"\nasset = "power:TIE-01-01"\non = 2027-03-01\n'
    (folder / "tie.toml").write_text(text)
    return "tie"


def test_criticality_is_printed_and_documented(city, capsysbinary):
    code, out, _ = run(capsysbinary, "criticality", city, "--by", "assets", "--first", 3, "--json")
    found = json.loads(out)
    assert code == ExitCode.OK
    assert (len(found["assets"]), found["by"], found["of"]) == (3, "assets", None)
    worst = found["assets"][0]
    _, out, _ = run(capsysbinary, "impact", city, "--of", worst["iri"], "--json")
    summary = json.loads(out)["summary"]
    assert worst["assets"] == summary["byStatus"]["failed"]
    assert worst["people"] == summary["people"]["failed"]
    code, out, _ = run(capsysbinary, "criticality", city, "--of", "CONTROL-01")
    assert "takes CONTROL-01 out" in out
    assert "status" in out
    assert "failed" in out
    code, out, _ = run(capsysbinary, "criticality", city, "--by", "assets-degraded", "--first", 2)
    assert (
        out.split("until hour 24.")[1].split().count("degraded") == 1
    )  # of the head, folded or not
    code, _, err = run(capsysbinary, "criticality", city, "--domain", "watr")
    assert code == ExitCode.USAGE
    assert "water" in err


def test_a_scenario_is_found_by_name_and_holds_on_its_day(city, tie, capsysbinary):
    asked = ("scenario", tie, city, "--of", "L-00001", "--json", "--date")
    code, out, _ = run(capsysbinary, *asked, "2027-03-01")
    then = json.loads(out)
    assert code == ExitCode.OK
    assert then["scenario"]["changes"][0]["holds"]
    assert then["difference"]["saved"]["assets"] == len(then["difference"]["lists"]["saved"]) > 0
    _, out, _ = run(capsysbinary, *asked, "2027-02-28")
    assert json.loads(out)["difference"]["saved"]["assets"] == 0
    code, out, _ = run(capsysbinary, *asked[:-2], "--date", "2027-02-28")
    assert "not on that day" in out


def test_wrong_scenarios_are_refused(city, tie, capsysbinary):
    for name, day, said in (
        ("ti", "2027-03-01", "There is tie."),
        (tie, "tomorrow", "no day"),
        ("./none.toml", "2027-03-01", "can't be read"),
    ):
        code, _, err = run(capsysbinary, "scenario", name, city, "--of", "L-00001", "--date", day)
        assert code == ExitCode.USAGE
        assert said in err


def test_the_sums_of_many_questions_are_those_of_each(city, tmp_path, capsysbinary):
    questions = tmp_path / "questions.txt"
    questions.write_text("L-00001\nnobody\nTIE-01-01\n")
    code, out, _ = run(capsysbinary, "impact", city, "--each", questions, "--summary")
    first, error, tie = map(json.loads, out.splitlines())
    assert code == ExitCode.FAILED
    assert error["line"] == 2
    assert tie["alreadyOff"] == tie["seeds"]
    _, out, _ = run(capsysbinary, "impact", city, "--of", "L-00001", "--json")
    whole = json.loads(out)["summary"]
    assert first["summary"] == {k: whole[k] for k in first["summary"]}
    assert len(first["summary"]["byType"]) > 2
    code, _, err = run(capsysbinary, "impact", city, "--of", "L-00001", "--summary")
    assert code == ExitCode.USAGE
    assert "--each" in err


def test_measures_are_printed_with_their_bound(city, tie, capsysbinary):
    asked = ("measures", city, "--of", "L-00001", "--keep", "HOSP-01")
    code, out, _ = run(capsysbinary, *asked)
    assert code == ExitCode.OK
    assert "Cheapest, at 1: close power:TIE-01-01." in out
    assert "Nothing cheaper does" in out
    assert "nothing (0): HOSP-01 failed all the same" in out
    code, out, _ = run(capsysbinary, *asked[:3], "L-00002", *asked[4:], "--keep-from", "short")
    assert (code, "failed or short without any measure" in out) == (ExitCode.OK, True)
    _, out, _ = run(capsysbinary, *asked, "--from", tie, "--json")
    found = json.loads(out)
    assert found["exact"]
    assert found["measures"] == [{"do": "close", "asset": "power:TIE-01-01", "on": "2027-03-01"}]
    dear = city / "scenarios" / "battery.toml"
    dear.write_text('[[change]]\ndo = "autonomy"\nasset = "HOSP-01"\nhours = 0\n')
    code, out, _ = run(capsysbinary, *asked, "--from", "battery")
    assert code == ExitCode.FAILED
    assert "none suffice" in out
    dear.unlink()
