"""The house is as its page draws it, and no room of it outgrows a reader."""

from __future__ import annotations

import ast
import importlib.util
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

LONGEST, USUAL, FILE = 50, 25, 400


def code(root: Path) -> list[Path]:
    return [*sorted((root / "ldt_graph").rglob("*.py")), *sorted((root / "api").rglob("*.py"))]


def lengths(file: Path) -> dict[str, int]:
    """Lines of each function without its docstring."""
    found = {}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno is not None
            said = node.body[0] if ast.get_docstring(node) else None
            docs = said.end_lineno - said.lineno + 1 if said and said.end_lineno else 0
            found[f"{file.name}:{node.name}"] = node.end_lineno - node.lineno + 1 - docs
    return found


def percentile(values: list[int], share: float) -> int:
    return sorted(values)[int(len(values) * share)]


def test_functions_and_files_stay_short(root: Path) -> None:
    files = code(root)
    functions = {name: n for f in files for name, n in lengths(f).items()}
    assert {name: n for name, n in functions.items() if n > LONGEST} == {}
    assert percentile(list(functions.values()), 0.95) <= USUAL
    sizes = [len(f.read_text(encoding="utf-8").splitlines()) for f in files]
    assert percentile(sizes, 0.95) <= FILE


def test_the_page_of_the_house_is_drawn_from_its_imports(root: Path) -> None:
    spec = importlib.util.spec_from_file_location("house", root / "docs" / "house.py")
    assert spec is not None
    assert spec.loader is not None
    house = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(house)
    assert house.PAGE.read_text(encoding="utf-8") == house.draw()


def test_workers_keep_groups_of_tests_together(request: pytest.FixtureRequest) -> None:
    """xdist knows the group of a test by the end of its id; without it each worker makes each dear fixture."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("No workers run groups of tests: pytest -n 2 --dist loadgroup.")
    grouped = [i for i in request.session.items if i.get_closest_marker("xdist_group")]
    assert [i.nodeid for i in grouped if not i.nodeid.rpartition("]")[2].count("@")] == []
