"""The documentation is run: its commands, files, questions and answers; and it names everything there is.

Where the demo city changes on purpose, `TWIN_TEST_WRITE=1 pytest tests/test_docs.py` writes its answers into the pages.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from ldt_api.app import create_app
from ldt_api.schema import make_schema
from starlette.testclient import TestClient

from ldt_graph import assets, errors, twin
from ldt_graph.cli import parser
from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.record import Record
from ldt_graph.settings import Settings
from ldt_graph.sources.registry import connectors, formats

ROOT = Path(__file__).parents[1]
DOCS = sorted(
    [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
)
WRITE = bool(os.environ.get("TWIN_TEST_WRITE"))
NUMBER = re.compile(r"(?:\d[\d,.]*\d|\d)")
RUN = ("bash", "python", "graphql", "file")
BLOCK = re.compile(
    r"(?P<notes>(?:^<!-- .*? -->\n)*)^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass
class Block:
    kind: str
    text: str
    notes: dict[str, str]
    line: int
    answer: Block | None = None


def blocks_of(path: Path, kinds: tuple[str, ...] = RUN) -> list[Block]:
    """Return what a page runs, each with the text or json block that follows as its answer."""
    text = path.read_text(encoding="utf-8")
    found: list[Block] = []
    for match in BLOCK.finditer(text):
        notes = dict(re.findall(r"<!-- (\w+): (.*?) -->", match["notes"]))
        kind = "file" if "file" in notes else match["kind"]
        block = Block(kind, match["text"], notes, text[: match.start("kind")].count("\n") + 1)
        if kind in kinds:
            found.append(block)
        elif kind in ("text", "json") and found and found[-1].answer is None:
            found[-1].answer = block
    return found


@pytest.fixture(scope="module")
def built(cities) -> Path:
    """The demo city, as `ldt demo` makes it."""
    return cities.demo()


LDT = [sys.executable, "-c", "import sys; from ldt_graph.cli import main; sys.exit(main())"]
ENVIRONMENT = {
    **{k: v for k, v in os.environ.items() if not k.startswith("LDT_")},
    "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "api")]),
    "COLUMNS": "200",
}


@pytest.fixture
def place(built: Path, tmp_path: Path) -> Path:
    """A folder as the reader has it: the demo city and the examples, and `ldt` on the path."""
    shutil.copytree(built, tmp_path / "demo-city")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "bin").mkdir()
    ldt = tmp_path / "bin" / "ldt"
    ldt.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{LDT[2]}" "$@"\n')
    pip = tmp_path / "bin" / "pip"
    # Packages of the reader's own go beside the page, not into the Python that runs the tests.
    target = f'--target "{tmp_path / "site"}" --no-deps --no-build-isolation -q'
    pip.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pip "$@" {target}\n')
    for script in (ldt, pip):
        script.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    "path", [d for d in DOCS if blocks_of(d)], ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_what_a_page_shows_works_as_it_says(path: Path, place: Path, request):
    environment = ENVIRONMENT | {
        "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{place / 'site'}{os.pathsep}{ENVIRONMENT['PYTHONPATH']}",
    }
    for block in blocks_of(path):
        where = f"{path.relative_to(ROOT)}:{block.line}"
        if block.notes.get("needs", "").startswith("infrarisk"):
            environment["MICROPOLIS"] = str(
                request.getfixturevalue("shared") / "data" / block.notes["needs"]
            )
        if block.kind == "file":
            target = place / block.notes["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        elif block.kind == "graphql":
            assert block.answer is not None, f"{where}: a question without its answer"
            check(json.dumps(ask(place / "demo-city", block.text)), block.answer, where, path)
        else:
            command = ["bash", "-euc"] if block.kind == "bash" else [sys.executable, "-c"]
            done = subprocess.run(
                [*command, block.text], cwd=place, env=environment, capture_output=True, text=True
            )
            assert done.returncode == int(block.notes.get("exit", 0)), f"{where}\n{done.stderr}"
            if block.answer is not None:
                check(done.stdout, block.answer, where, path)


def ask(folder: Path, question: str) -> dict:
    record = Record(twin.load_twin(folder).record)
    with TestClient(create_app(EmbeddedStore(record.location))) as client:
        return client.post("/graphql", json={"query": question}).json()


def check(printed: str, answer: Block, where: str, path: Path) -> None:
    """Every line of the answer is printed, in order; spaces don't count, nor what follows a line's words."""
    if WRITE:
        text = path.read_text(encoding="utf-8")
        fresh = of_today(answer, printed)
        path.write_text(text.replace(answer.text, fresh, 1), encoding="utf-8")
        answer = Block(answer.kind, fresh, answer.notes, answer.line)
    if answer.kind == "json":
        assert json.loads(printed) == json.loads(answer.text), where
        return
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    position = 0
    for expected in (" ".join(line.split()) for line in answer.text.splitlines()):
        if expected in ("", "…"):
            continue
        rest = lines[position:]
        found = next((i for i, line in enumerate(rest) if expected in line), None)
        assert found is not None, f"{where}: {expected!r} is not in\n" + "\n".join(rest)
        position += found + 1


def of_today(answer: Block, printed: str) -> str:
    """Return an answer with the numbers that are printed today, where all else is the same."""
    fresh, position = answer.text, 0
    if answer.kind == "json":
        pairs = zip(leaves(json.loads(answer.text)), leaves(json.loads(printed)), strict=True)
        for old, new in pairs:
            position = fresh.index(old, position)
            fresh = fresh[:position] + new + fresh[position + len(old) :]
            position += len(new)
        return fresh
    for line in filter(None, map(str.strip, answer.text.splitlines())):
        if line not in printed:
            words = r"\s+".join(map(re.escape, NUMBER.sub("#", line).split())).replace(
                r"\#", NUMBER.pattern
            )
            if found := re.search(words, printed):
                fresh = fresh.replace(line, found[0].rstrip(), 1)
    return fresh


def leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [json.dumps(value, ensure_ascii=False)]


# ── it names everything there is ─────────────────────────────────────────────────────────────────


def page(name: str) -> str:
    return (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")


def verbs() -> dict:
    [action] = [a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)]
    return action.choices


def test_every_verb_and_option_is_documented():
    text = page("cli.md")
    for name, verb in verbs().items():
        [row] = [line for line in text.splitlines() if re.match(rf"\| `{name}[ `]", line)]
        for action in verb._actions:
            for option in action.option_strings:
                if option.startswith("--") and option != "--help":
                    assert f"`{option}" in row or f"`-o`/`{option}" in row, f"ldt {name} {option}"


def test_every_exit_code_is_documented():
    for code in errors.ExitCode:
        assert f"| {int(code)} | {code.name} |" in page("cli.md")


def test_every_setting_is_documented_with_its_default():
    for setting in fields(Settings):
        [row] = [
            r for r in page("settings.md").splitlines() if f"`LDT_{setting.name.upper()}`" in r
        ]
        assert setting.default is not None
        if isinstance(setting.default, (int, str)) and setting.default != "":
            assert f"`{setting.default}`" in row


def every_error(
    root: type[errors.LdtError] = errors.LdtError,
) -> list[type[errors.LdtError]]:
    return [root, *(e for c in root.__subclasses__() for e in every_error(c))]


def test_every_error_is_documented_with_its_exit_code_and_drawn_in_the_tree():
    for error in every_error():
        assert error.__name__ in (errors.__doc__ or "")
        if error is not errors.LdtError:
            rows = [
                r
                for r in page("settings.md").splitlines()
                if r.startswith(f"| `{error.__name__}` |")
            ]
            assert [r.split("|")[3].strip() for r in rows] == [str(int(error.exit_code))]


def test_every_key_of_twin_toml_is_documented():
    keys = twin._TWIN.keys() | twin._DATASET.keys()
    assert not {
        k for k in keys if f"`{k}`" not in page("twin.md") and f"`[[{k}]]`" not in page("twin.md")
    }


def test_every_format_mapping_and_shapes_file_is_documented():
    assert not {f for f in (*formats(), *connectors()) if f"`{f}`" not in page("sources.md")}
    assert not {m for m in assets.names("mappings") if f"`{m}`" not in page("twin.md")}
    assert not {s for s in assets.names("shapes") if f"`{s}`" not in page("twin.md")}


def test_every_word_that_a_mapping_may_use_is_documented():
    from ldt_graph.lift.document import KNOWN

    legacy = {"column", "tableName", "path", "root", "child", "parent", "childMap", "parentMap"}
    named = {"logicalSource", "subjectMap", "predicateObjectMap", "predicateMap", "objectMap"}
    implied = {"datatypeMap", "languageMap", "source"}
    missing = {
        word
        for word in KNOWN - legacy - named - implied
        if (f"`{word} " if ":" in word else f"rml:{word}`") not in page("mappings.md")
    }
    assert not missing


def test_the_schema_in_the_reference_is_the_schema_that_is_served():
    """Regenerate: python -m ldt_api.schema > docs/reference/schema.graphql"""
    assert page("schema.graphql") == make_schema().as_str() + "\n"


def test_links_between_pages_lead_somewhere():
    for doc in DOCS:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", doc.read_text(encoding="utf-8")):
            assert (doc.parent / target).exists(), f"{doc.name}: {target}"
