"""Names that would speak to a terminal, terminals that can do little, and outputs that are closed or full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ldt_graph.cli import main
from ldt_graph.cli.terminal import clean
from ldt_graph.errors import ExitCode
from tests.test_cli import run

ROOT = Path(__file__).parents[1]
TWIN = """
name = "Names (invented)"
base = "https://example.org/names/"

[[dataset]]
name = "power"
source = "stations.csv"
mapping = "mappings/stations.ttl"
"""
MAPPING = """
@prefix rml: <http://w3id.org/rml/> .
@prefix ldt: <https://w3id.org/ldt-graph#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
<#Stations> rml:logicalSource [ rml:source "stations" ; rml:referenceFormulation rml:CSV ] ;
    rml:subjectMap [ rml:template "station/{id}" ; rml:class ldt:DistributionStation ] ;
    rml:predicateObjectMap [ rml:predicate dcterms:identifier ; rml:objectMap [ rml:reference "id" ] ] ,
        [ rml:predicate rdfs:label ; rml:objectMap [ rml:reference "name" ] ] .
"""
HOSTILE = {
    "1": "a[/red]b[bold]",
    "2": "stop :bus: here",
    "3": "\x1b]0;owned\x07\x1b[31mred",
    "4": "back\x08\x08\x7fspace\x9b1m",
    "5": "right-to-left\u202eevil",
    "6": "Zürich … 北",
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "twin #1 ?%20[a]"
    for name in ("data", "mappings"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "twin.toml").write_text(TWIN)
    (folder / "mappings" / "stations.ttl").write_text(MAPPING)
    rows = [f'{key},"{name}"' for key, name in HOSTILE.items()]
    (folder / "data" / "stations.csv").write_text("id,name\n" + "\n".join(rows) + "\n", "utf-8")
    assert main(["build", str(folder)]) in (ExitCode.OK, ExitCode.SET_ASIDE)
    return folder


def ldt(*arguments: object, env: dict[str, str] | None = None, **more) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "api")])}
    return subprocess.Popen(
        [sys.executable, "-m", "ldt_graph", *map(str, arguments)],
        env=environment | (env or {}), stderr=subprocess.PIPE, **more,
    )  # fmt: skip


@pytest.mark.parametrize("verb", [("find", ""), ("show", "3"), ("show", "1"), ("violations",)])
def test_names_neither_format_nor_colour_nor_beep(hostile, capsysbinary, monkeypatch, verb):
    monkeypatch.delenv("COLUMNS", raising=False)
    code, out, err = run(capsysbinary, *verb, hostile)
    assert code == ExitCode.OK, err
    shown = [c for c in out + err if (c < " " and c != "\n") or "\x7f" <= c <= "\x9f"]
    assert shown == []
    assert "\u202e" not in out
    if verb[0] == "find":
        for kept in ("a[/red]b[bold]", "stop :bus: here", r"\x1b[31mred", "Zürich … 北"):
            assert kept in out


def test_errors_show_names_as_they_are(hostile, capsysbinary):
    for name in ("[/red]", ":bus:", "\x1b[2J", "[link=https://example.org]"):
        code, _, err = run(capsysbinary, "show", name, hostile)
        assert code == ExitCode.FAILED
        assert clean(name) in err.replace("\n", "")
        assert "\x1b[2J" not in err


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("columns", [1, 20, 300])
def test_a_terminal_that_can_do_little_gets_all_the_same(hostile, encoding, columns):
    env = {"PYTHONIOENCODING": encoding, "COLUMNS": str(columns), "TERM": "dumb", "NO_COLOR": "1"}
    done = ldt("find", "", hostile, env=env, stdout=subprocess.PIPE)
    out, err = done.communicate(timeout=60)
    assert done.returncode == 0, err
    letters = "".join(out.decode(encoding).split())
    assert "a[/red]b[bold]" in letters
    assert ("Zürich" if encoding != "ascii" else r"Z\xfcrich") in letters


def test_a_reader_who_has_seen_enough_is_no_fault(hostile):
    read, write = os.pipe()
    os.close(read)
    done = ldt("find", "", hostile, "--json", stdout=write)
    os.close(write)
    assert done.communicate(timeout=60)[1] == b""
    assert done.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
@pytest.mark.parametrize("verb", [("find", ""), ("find", "", "--json"), ("export",), ("log",)])
def test_a_full_disk_is_told_in_a_sentence(hostile, verb):
    with Path("/dev/full").open("wb") as full:
        done = ldt(*verb[:2], hostile, *verb[2:], stdout=full)
        _, err = done.communicate(timeout=60)
    assert done.returncode == ExitCode.FAILED
    assert err.decode() == "ldt: The output can't be written: No space left on device.\n"


@pytest.mark.parametrize("closed", ["1", "2", "1 2"])
def test_closed_outputs_are_no_fault_of_ours(hostile, closed):
    shut = " ".join(f"{number}>&-" for number in closed.split())
    command = f'exec "{sys.executable}" -m ldt_graph find "" "$1" {shut}'
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "api")])}
    done = subprocess.run(["sh", "-c", command, "sh", str(hostile)], env=env, capture_output=True)
    assert done.returncode == (ExitCode.FAILED if "1" in closed else ExitCode.OK)
    assert b"Traceback" not in done.stderr
    if closed == "1":
        assert done.stderr == b"ldt: The output can't be written: standard output is closed.\n"


@pytest.mark.parametrize("begun", [b"ldt_graph.cli.asking", b"uvicorn.main"])
def test_ctrl_c_ends_any_verb_with_130_and_a_word(hostile, begun):
    """Whether it still imports or already serves: `-v` tells on standard error what Python has come to."""
    done = ldt(
        "serve", hostile, "--port", "0", stdout=subprocess.DEVNULL, env={"PYTHONVERBOSE": "1"}
    )
    assert done.stderr is not None
    while begun not in done.stderr.readline():
        assert done.poll() is None
    done.send_signal(signal.SIGINT)
    _, err = done.communicate(timeout=60)
    assert done.returncode in (130, 0)  # a server that serves ends well
    assert b"A fault of ours" not in err
    assert b"Traceback" not in err


def test_a_library_that_was_interrupted_may_say_so_in_its_own_way(monkeypatch, hostile, capsys):
    def interrupted(options: object) -> int:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr("ldt_graph.cli.asking.run_log", interrupted)
    assert main(["log", str(hostile)]) == 130
    assert capsys.readouterr().err == "ldt: Stopped.\n"


def test_an_export_goes_through_links_and_never_onto_a_device(hostile, tmp_path, capsysbinary):
    target, link = tmp_path / "kept.nq", tmp_path / "link.nq"
    target.write_text("before")
    target.chmod(0o600)
    link.symlink_to(target)
    assert run(capsysbinary, "export", hostile, "-o", link)[0] == ExitCode.OK
    assert link.is_symlink()
    assert "station/1" in target.read_text(encoding="utf-8")
    assert target.stat().st_mode & 0o777 == 0o600
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for wrong in (pipe, Path(os.devnull), tmp_path):
        code, _, err = run(capsysbinary, "export", hostile, "-o", wrong)
        assert code == ExitCode.USAGE
        assert "is no file: nothing is written over it" in err
    code, _, err = run(capsysbinary, "export", hostile, "-o", tmp_path / "no" / "where.nq")
    assert (code, "can't be written" in err) == (ExitCode.USAGE, True)
    assert {p.name for p in tmp_path.iterdir()} == {"kept.nq", "link.nq", "pipe"}


@pytest.mark.parametrize("text", ["\x00", "\x1b[0m", "\x9b", "a\u2028b", "\u202e", "\r"])
def test_no_control_stays(text):
    assert clean(text) != text
    assert clean(clean(text)) == clean(text)


def test_lines_stay_where_a_text_may_have_several():
    assert clean("a\nb\tc") == "a\nb\tc"
    assert clean("a\nb", lines=False) == r"a\nb"
