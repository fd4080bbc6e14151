"""The commands as people type them: what they print, what they return, and what bad input gets."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pyarrow as pa
import pytest

from ldt_graph.cli import main
from ldt_graph.errors import ExitCode

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def demo(cities, tmp_path_factory) -> Path:
    return cities.copy(cities.demo(4_000), tmp_path_factory.mktemp("cli") / "city")


def run(capsysbinary, *arguments: object) -> tuple[int, str, str]:
    code = main([str(a) for a in arguments])
    out, err = capsysbinary.readouterr()
    return code, out.decode(), err.decode()


def test_a_twin_begins_with_init_and_is_never_overwritten(tmp_path, capsysbinary):
    code, out, _ = run(capsysbinary, "init", tmp_path / "new")
    assert code == ExitCode.OK
    assert "ldt build" in out
    code, _, err = run(capsysbinary, "init", tmp_path / "new")
    assert code == ExitCode.USAGE
    assert "exists already" in err


def test_the_demo_is_made_once_and_built_again(tmp_path, capsysbinary):
    command = ("demo", "--dir", tmp_path / "city", "--population", 2_000, "--no-serve")
    code, made, _ = run(capsysbinary, *command)
    assert code == ExitCode.OK
    assert "nothing changed" not in made
    code, again, _ = run(capsysbinary, *command)
    assert code == ExitCode.OK
    assert "nothing changed" in again
    assert "goes out at hour 0" in made
    assert "goes out at hour 0" in again


def test_find_show_and_count_agree(demo, capsysbinary):
    _, out, _ = run(capsysbinary, "find", "hospital", demo, "--json")
    [hospital] = json.loads(out)["entities"]
    _, out, _ = run(capsysbinary, "show", "HOSP-01", demo, "--json")
    shown = json.loads(out)
    assert shown["iri"] == hospital["iri"]
    assert {r["name"] for r in shown["relations"]} >= {"poweredBy", "directlyDependsOn"}
    _, out, _ = run(capsysbinary, "count", demo, "--type", "Hospital", "--json")
    assert json.loads(out) == {"Hospital": 1}
    _, out, _ = run(
        capsysbinary, "find", "ST-", demo, "--type", "DistributionStation", "--first", "2"
    )
    after = re.search(r"--after (\S+)", out)
    assert after is not None
    _, out, _ = run(capsysbinary, "find", "ST-", demo, "--first", 1, "--after", after[1], "--json")
    assert json.loads(out)["entities"][0]["iri"] > after[1]


def test_why_tells_all_that_had_to_fail_or_what_holds(demo, capsysbinary):
    code, out, _ = run(capsysbinary, "why", "HOSP-01", demo, "--of", "power:HV-01", "--json")
    why = json.loads(out)
    assert code == ExitCode.OK
    assert why["status"] == "failed"
    assert [s.rsplit("/", 1)[-1] for s in why["seeds"]] == ["HV-01"]
    assert why["failed"][0]["asset"] == why["iri"]
    assert all(f["causes"] for f in why["failed"] if f["reason"] != "outage")
    asked = ("why", "HOSP-01", demo, "--of", "power:HV-01")
    _, told, _ = run(capsysbinary, *asked)
    assert "and nothing less" in told.splitlines()[0]
    _, told, _ = run(capsysbinary, *asked, "--horizon", "1", "--clock", "4")
    assert "holds" in told


def test_a_question_is_answered_as_one_documented_object(demo, capsysbinary):
    code, out, _ = run(
        capsysbinary, "impact", demo, "--of", "power:HV-01", "--horizon", "6", "--json"
    )
    answer = json.loads(out)
    assert code == ExitCode.OK
    assert answer.keys() == {
        "version",
        "at",
        "horizon",
        "clock",
        "reading",
        "seeds",
        "summary",
        "hits",
    }
    assert answer["horizon"] == 6
    assert len(answer["hits"]) == sum(answer["summary"]["byStatus"].values())
    hit = answer["hits"][0]
    assert hit.keys() == {
        "iri",
        "identifier",
        "name",
        "type",
        "domain",
        "status",
        "hour",
        "because",
    }
    assert hit["because"][-1]["reason"] == "outage"


def test_an_outage_of_an_area_is_asked_for_by_its_file_circle_box_or_district(
    demo, tmp_path, capsysbinary
):
    point = {"type": "Point", "coordinates": [-30, 45]}
    (tmp_path / "at.geojson").write_text(json.dumps(point))
    grid = "ncols 1\nnrows 1\nxllcorner -30\nyllcorner 45\ncellsize 0.002\n0.3"
    (tmp_path / "depth.asc").write_text(grid)
    seeds = {}
    for name, *area in (
        ("circle", "--near", -30, 45, 150),
        ("file", "--in", tmp_path / "at.geojson", "--metres", 150),
        ("box", "--box", -30, 45, -29.998, 45.002),
        ("grid", "--in", tmp_path / "depth.asc"),
        ("district", "--district", "D-001"),
    ):
        code, out, _ = run(capsysbinary, "impact", demo, *area, "--json")
        assert code == 0
        seeds[name] = [s["iri"] for s in json.loads(out)["seeds"]]
    assert seeds["circle"] == seeds["file"] != []
    assert seeds["box"] == seeds["grid"] != []
    assert len(seeds["district"]) > 10
    code, _, err = run(capsysbinary, "impact", demo, "--near", -30, 45, 150, "--district", "D-001")
    assert (code, "Say which assets fail." in err) == (2, True)
    assert run(capsysbinary, "impact", demo, "--in", tmp_path / "none.geojson")[0] == 2


def test_hits_are_streamed_to_a_file_or_to_standard_output(demo, tmp_path, capsysbinary):
    ask = ("impact", demo, "--of", "power:ST-0002")
    hits = json.loads(run(capsysbinary, *ask, "--json")[1])["hits"]
    drawn = json.loads(run(capsysbinary, *ask, "--format", "geojson")[1])
    assert [f["id"] for f in drawn["features"]] == [h["iri"] for h in hits]
    path = tmp_path / "hits.arrow"
    assert run(capsysbinary, *ask, "--format", "arrow", "-o", path)[:2] == (0, "")
    assert pa.ipc.open_stream(path.read_bytes()).read_all()["iri"].to_pylist() == [h["iri"] for h in hits]  # fmt: skip
    for bad in (("--format", "png"), ("-o", path), ("--format", "arrow", "--json"), ("--format", "arrow", "-o", tmp_path)):  # fmt: skip
        assert run(capsysbinary, *ask, *bad)[0] == 2


def test_places_are_ranked_and_common_causes_named(demo, capsysbinary):
    code, out, _ = run(capsysbinary, "places", demo, "--size", 900, "--first", 2, "--json")
    found = json.loads(out)
    assert (code, len(found["places"])) == (0, 2)
    assert found["places"][0]["people"] >= found["places"][1]["people"] > 0
    assert found["places"][0]["short"] == {"people": 0, "facilities": 0, "assets": 0}
    code, out, _ = run(capsysbinary, "places", demo, "--size", 900, "--by", "assets-short")
    assert code == 0
    assert {"assets", "short"} <= {*out.split()}  # of the head, folded or not
    _, told, _ = run(capsysbinary, "places", demo, "--size", 900, "--first", 2)
    assert f"{found['count']:,} cells hold assets" in told
    along = ("places", demo, "--corridors", 20, "--length", 500, "--first", 2)
    found = json.loads(run(capsysbinary, *along, "--json")[1])
    assert all(p["along"] in p["assets"] and p["line"] for p in found["places"])
    assert f"{found['count']:,} corridors along lines" in run(capsysbinary, *along)[1]
    assert run(capsysbinary, "places", demo, "--size", 900, "--length", 500)[0] == 2
    code, out, _ = run(capsysbinary, "places", demo, "--common", 1, "--json")
    assert (code, type(json.loads(out))) == (0, list)
    assert run(capsysbinary, "places", demo)[0] == 2


def test_many_questions_are_answered_line_by_line(demo, tmp_path, capsysbinary):
    questions = tmp_path / "questions.txt"
    questions.write_text('ST-0001\n["power:ST-0001", "ST-0002"]\nnobody\n\n["bad\n[1]\nHV-01\n')
    code, out, _ = run(capsysbinary, "impact", demo, "--each", questions, "--ndjson")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == ExitCode.FAILED
    assert [line.get("line") for line in lines] == [None, None, 3, 5, 6, None]
    assert len(lines[1]["seeds"]) == 2
    assert "nobody" in lines[2]["error"]
    code, out, _ = run(capsysbinary, "impact", demo, "--of", "HV-01", "--json")
    assert json.loads(out)["summary"] == lines[-1]["summary"]


def test_versions_are_listed_compared_and_asked(demo, capsysbinary):
    _, out, _ = run(capsysbinary, "log", demo, "--json")
    assert [v["number"] for v in json.loads(out)] == [0]
    _, out, _ = run(capsysbinary, "diff", "0", "0", demo, "--json")
    assert json.loads(out) == {"added": 0, "removed": 0, "statements": []}
    code, out, _ = run(capsysbinary, "export", demo, "--format", "nquads")
    assert code == ExitCode.OK
    assert out.count(" .\n") > 1000
    assert run(capsysbinary, "export", demo, "--format", "nquads")[1] == out


@pytest.mark.parametrize(("format_", "begins"), [("pandapower", "{"), ("epanet", "[TITLE]")])
def test_a_simulators_network_goes_to_a_file_with_a_report_beside_it(
    demo, tmp_path, capsysbinary, format_, begins
):
    file = tmp_path / "net"
    code, out, err = run(capsysbinary, "export", demo, "--format", format_, "-o", str(file))
    assert (code, out) == (ExitCode.OK, "")
    assert "Written: " in err
    assert "first <" in err
    assert file.read_text(encoding="utf-8").startswith(begins)
    report = json.loads((tmp_path / "net.report.json").read_text(encoding="utf-8"))
    assert report["format"] == format_
    assert {"table", "id", "iri"} == set(report["ids"][0])
    _, out, err = run(capsysbinary, "export", demo, "--format", format_, "-o", str(file), "--json")
    assert json.loads(out) == report
    assert err == ""
    _, out, _ = run(capsysbinary, "export", demo, "--format", format_)
    assert out == file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["impact"], ExitCode.USAGE, "--of"),
        (["impact", "--of", "nobody"], ExitCode.FAILED, "ldt find nobody"),
        (["impact", "--of", ""], ExitCode.USAGE, "needs a name"),
        (["impact", "--of", "HV-01", "--horizon", "-1"], ExitCode.USAGE, "horizon"),
        (["impact", "--of", "HV-01", "--horizon", "nan"], ExitCode.USAGE, "horizon"),
        (["impact", "--of", "HV-01", "--as-of", "99"], ExitCode.FAILED, "99"),
        (["impact", "--of", "HV-01", "--as-of", "yesterday"], ExitCode.FAILED, "yesterday"),
        (["impact", "--each", "nowhere.txt"], ExitCode.USAGE, "nowhere.txt"),
        (["show", "nobody"], ExitCode.FAILED, "nobody"),
        (["find", "x", "--first", "-3"], ExitCode.USAGE, "-3"),
        (["export", "--format", "excel"], ExitCode.USAGE, "nquads"),
        (["export", "-o", "/nowhere/x.nq"], ExitCode.USAGE, "/nowhere/x.nq"),
        (["export", "--format", "epanet", "--no-inferred"], ExitCode.USAGE, "--no-inferred"),
        (["export", "--format", "epanet", "--dataset", "wasser"], ExitCode.USAGE, "wasser"),
        (["export", "--format", "epanet", "--dataset", "power"], ExitCode.USAGE, "no water"),
        (["export", "--format", "pandapower", "--dataset", "water"], ExitCode.USAGE, "no power"),
        (["export", "--format", "pandapower", "--json"], ExitCode.USAGE, "-o"),
        (["export", "--dataset", "water"], ExitCode.USAGE, "nquads"),
        (["export", "--json", "-o", "x.nq"], ExitCode.USAGE, "nquads"),
        (["diff", "7", "0"], ExitCode.FAILED, "7"),
    ],
)
def test_bad_input_gets_one_clear_line_and_its_exit_code(
    demo, capsysbinary, monkeypatch, arguments, code, words
):
    monkeypatch.chdir(demo)
    got, out, err = run(capsysbinary, *arguments)
    assert got == code
    assert words in err
    assert out == ""
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "verb", ["find x", "count", "violations", "log", "export", "serve", "build"]
)
def test_without_a_twin_every_verb_says_how_to_make_one(tmp_path, capsysbinary, monkeypatch, verb):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsysbinary, *verb.split())
    assert code == ExitCode.USAGE
    assert "ldt init" in err


# ── serving ──────────────────────────────────────────────────────────────────────────────────────


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def post(port: int, query: str) -> tuple[int, dict]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps({"query": query}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status, json.load(answer)


def until(condition, seconds: float = 60.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := condition():
                return found
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def ldt(*arguments: object) -> subprocess.Popen:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "api")])
    return subprocess.Popen(
        [sys.executable, "-c", "import sys; from ldt_graph.cli import main; sys.exit(main())", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": paths},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_serve_answers_during_a_build_and_moves_to_the_new_version(tmp_path, cities):
    city = cities.copy(cities.demo(4_000), tmp_path / "city")
    port = free_port()
    question = '{ impact(of: ["HV-01"]) { version { number } summary { byStatus { failed } } } }'
    server = ldt("serve", city, "--port", port)
    try:
        assert until(lambda: post(port, question))[1]["data"]["impact"]["version"]["number"] == 0
        with (city / "data" / "buildings.csv").open("a", encoding="utf-8") as file:
            file.write(
                (city / "data" / "buildings.csv").read_text().splitlines()[-1].replace("B-", "X-")
                + "\n"
            )
        build = ldt("build", city)
        seen = []
        while build.poll() is None:
            status, body = post(port, question)
            seen.append((status, body["data"]["impact"]["version"]["number"]))
        assert build.returncode == 0
        assert {s for s, _ in seen} == {200}
        assert len(seen) > 3
        until(lambda: post(port, question)[1]["data"]["impact"]["version"]["number"] == 1)
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(20) in (0, 130, -signal.SIGINT)


def test_a_port_that_is_taken_is_a_clear_error(demo, capsysbinary):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        code, _, err = run(capsysbinary, "serve", demo, "--port", holder.getsockname()[1])
    assert code != ExitCode.OK
    assert "--port" in err


def test_a_key_that_repeats_is_still_the_key_of_a_table(tmp_path, capsysbinary):
    features = [
        {"type": "Feature", "geometry": None, "properties": {"id": i, "name": n}}
        for i, n in (("p1", "One"), ("p1", "Two"), ("p3", "Three"))
    ]
    source = tmp_path / "pumps.geojson"
    source.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    code, _, err = run(capsysbinary, "init", tmp_path / "new", "--from", source, "--class", "Pump")
    assert (code, err) == (0, "")
    mapping = next((tmp_path / "new" / "mappings").glob("*.ttl")).read_text()
    assert 'rml:template "{id}"' in mapping


def test_ngsi_ld_begins_without_a_guess_and_init_says_so(tmp_path, capsysbinary):
    source = tmp_path / "pumps.jsonld"
    source.write_text(json.dumps([{"id": "urn:p", "type": "Pump", "a": {"type": "Property", "value": 1}}]))  # fmt: skip
    code, _, err = run(capsysbinary, "init", tmp_path / "new", "--from", source)
    assert code != 0
    assert 'mapping = "ngsi-ld"' in err


def test_one_decimal_comma_among_points_is_a_fault_and_no_custom(tmp_path, capsysbinary):
    source = tmp_path / "pumps.csv"
    source.write_text('id,lon,lat,power\nP1,9.9,48.4,30\nP2,9.8,48.5,"12,5"\n')
    assert run(capsysbinary, "init", tmp_path / "new", "--from", source)[0] == 0
    assert "decimal" not in (tmp_path / "new" / "twin.toml").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["criticality", "--limit", "4"], "arguments: --limit. `ldt criticality --help`"),
        (["places", "--sise", "3"], "--sise, but it takes --size. `ldt places --help`"),
        (["impact", "--of", "a", "--horizn=3"], "but it takes --horizon. `ldt impact --help`"),
    ],
)
def test_an_option_that_is_none_is_told_with_the_verb_and_what_comes_near(
    capsysbinary, words, said
):
    code, _, err = run(capsysbinary, *words)
    assert code == ExitCode.USAGE
    assert said in err


def test_a_table_as_europe_writes_it_is_read_as_it_is_meant(tmp_path, capsysbinary):
    source = tmp_path / "substations.csv"
    source.write_text(
        "Código;Nombre;Latitud;Longitud;Alimentada por\n"
        "SE-1;Norte;35,88;14,49;\nSE-2;Sur;35,87;14,51;SE-1\nSE-3;Este;35,889;14,5;SE-1\n",
        encoding="utf-8",
    )
    twin = tmp_path / "twin"
    assert run(capsysbinary, "init", twin, "--from", source)[0] == 0
    assert 'references = { "Alimentada por" = "substations" }' in (
        twin / "mappings" / "substations.ttl"
    ).read_text(encoding="utf-8")
    assert run(capsysbinary, "build", twin)[0] == 0
    code, out, _ = run(capsysbinary, "show", "SE-3", twin, "--json")
    assert code == 0
    assert json.loads(out)["name"] == "Este"
    assert json.loads(out)["geometry"] == "POINT(14.5 35.889)"


def test_the_folder_may_stand_behind_a_list(demo, capsysbinary, monkeypatch):
    monkeypatch.chdir(demo.parent)
    there = run(capsysbinary, "impact", "--of", "HV-01", "ST-0001", demo.name, "--json")
    assert there == run(capsysbinary, "impact", demo.name, "--of", "HV-01", "ST-0001", "--json")
    assert there[0] == 0
