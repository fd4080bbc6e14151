"""Bad commands, made for every verb and option there is: a sentence, the right exit code, nothing written."""

from __future__ import annotations

import argparse
import hashlib
from typing import TYPE_CHECKING

import pytest

from ldt_graph.cli import main, parser
from ldt_graph.cli.numbers import count, port, share
from ldt_graph.errors import ExitCode
from tests.examples import some

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS: dict[object, tuple[str, ...]] = {
    int: ("x", "-1", "1.5", "", "nan", "99999999999999999999", "0x10", "１ｏ"),
    float: ("x", "-1", "nan", "inf", "-inf", "", "1e999", "1,5"),
}
WORDS = {
    "as_of": ("x", "-1", "99999", "2026-13-45", "", "2026-01-31T25:00:00Z", "9" * 30),
    "store": ("nowhere", "", "../x"),
    "record": ("/dev/null", "no/such/record"),
    "type": ("NoSuchClass", "no:such", ""),
    "dataset": ("no-such-dataset",),
    "format": ("no-such-format", ""),
    "to": ("nowhere", "bolt://", "http://127.0.0.1:1"),
    "each": ("no-such-file", "/"),
    "data": ("no-such-folder", "/dev/null"),
    "of": ("no:such", "", "💥"),
    "output": ("/", "/dev/null", "no/such/folder/x"),
}
FOLDERS = ("no-such-folder", "/dev/null", "a" * 300, "broken", "empty")
WANTS = {
    "find": ("",),
    "show": ("x",),
    "diff": ("0", "0"),
    "impact": ("--of", "x"),
}
FREE = {
    ("violations", "dataset"),
    ("demo", "seed"),
    ("build", "record"),
    ("serve", "record"),
    ("init", "dir"),
    ("demo", "dir"),
    ("serve", "host"),
    ("find", "box"),
}
"""Any whole number is a seed; what `init`, `demo` and `build` are given, they make; a host is looked up; a box may lie anywhere."""
NUMBERS[share] = (*NUMBERS[float], "1.1")
NUMBERS |= dict.fromkeys((count, port), (*NUMBERS[int], "65536000000"))


def verbs(of: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> dict:
    """Return the parser of each verb, and of each verb of a verb."""
    found = {}
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                found |= verbs(inner, (*path, name)) or {(*path, name): inner}
    return found


def commands() -> list[tuple[str, ...]]:
    made: set[tuple[str, ...]] = set()
    for verb, options in verbs(parser()).items():
        words = (*verb, *WANTS.get(verb[0], ()))
        made.add((*words, "TWIN", "--no-such-option"))
        made.add((*words, "TWIN", "one", "too many", "three", "four"))
        for action in options._actions:
            if (verb[0], action.dest) in FREE or isinstance(action, argparse._HelpAction):
                continue
            if action.dest == "dir" and not action.option_strings:
                made |= {(*words, folder) for folder in FOLDERS}
            if not action.option_strings or action.nargs == 0:
                continue
            name = action.option_strings[-1]
            values = NUMBERS.get(action.type) or WORDS.get(action.dest, ())
            made |= {(*words, "TWIN", name, value) for value in values}
            made.add((*words, "TWIN", name))
    return sorted(made)


@pytest.fixture(scope="module")
def place(tmp_path_factory, cities) -> Path:
    folder = tmp_path_factory.mktemp("bad")
    cities.copy(cities.demo(2_000), folder / "twin")
    for name in ("broken", "empty"):
        (folder / name).mkdir()
    (folder / "broken" / "twin.toml").write_text('name = "x\n')
    return folder


def state(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "lock"):
        digest.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def test_there_are_hundreds_of_them():
    assert len(commands()) > 200


@pytest.mark.parametrize("verb", sorted({c[0] for c in commands()}))
def test_bad_commands_get_a_sentence_and_write_nothing(place, monkeypatch, capsys, verb):
    monkeypatch.chdir(place)
    before, wrong = state(place), []
    for command in some(c for c in commands() if c[0] == verb):
        code = main(["twin" if word == "TWIN" else word for word in command])
        out, err = capsys.readouterr()
        said = "ldt" in err and "Traceback" not in err and "A fault of ours" not in err
        if code not in (ExitCode.FAILED, ExitCode.USAGE, ExitCode.UNAVAILABLE) or not said or out:
            wrong.append((" ".join(command), code, err.strip()[-200:], out[:80]))
    assert not wrong, "\n".join(map(str, wrong))
    assert state(place) == before
