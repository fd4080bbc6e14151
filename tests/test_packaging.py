"""The declarative assets are found from a wheel, an editable install and a bare checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SHOW = (
    "from ldt_graph import assets; import ldt_api.app; "
    "print(assets.find('mappings', 'gtfs'), len(assets.ontology_files()), ldt_api.app.STATIC.is_dir())"
)

CITY = """
from pathlib import Path
from ldt_graph.city import make_city
from ldt_graph.sources.registry import formats
print(*(f for f in formats() if f in ("csv", "epanet")))
make_city(Path("city"), population=2_000)
print(*(p.name for p in Path("city/mappings").glob("water.ttl")))
"""


def python(folder: Path, *arguments: str, **environment: str) -> str:
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | environment
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=clean, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def tools() -> None:
    pytest.importorskip(
        "hatchling", reason="building a wheel needs hatchling: pip install hatchling"
    )


def install(root: Path, target: Path, *options: str) -> None:
    python(
        target.parent, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation",
        "--disable-pip-version-check", "--target", str(target), *options, str(root),
    )  # fmt: skip


def test_a_wheel_carries_them(root: Path, tmp_path: Path, tools):
    target = tmp_path / "site"
    install(root, target)
    found = python(tmp_path, "-c", SHOW, PYTHONPATH=str(target)).split()
    assert found[0].startswith(str(target / "ldt_graph" / "_assets"))
    assert found[1:] == ["4", "True"] or int(found[1]) >= 4
    lines = python(tmp_path, "-c", CITY, PYTHONPATH=str(target)).splitlines()
    assert lines == ["csv epanet", "water.ttl"]
    assert texts(target) == texts(root)


def texts(folder: Path) -> list[str]:
    """The statements that lie beside the modules."""
    found = (folder / "ldt_graph").rglob("*")
    return sorted(str(p.relative_to(folder)) for p in found if p.suffix in (".sql", ".cypher"))


def test_an_editable_install_finds_those_of_the_checkout(root: Path, tmp_path: Path, tools):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    code = f"import hatchling.build as b, os; os.chdir({str(root)!r}); print(b.build_editable({str(wheels)!r}))"
    name = python(tmp_path, "-c", code).split()[-1]
    site = tmp_path / "site"
    python(tmp_path, "-m", "zipfile", "-e", str(wheels / name), str(site))
    paths = [line for p in site.glob("*.pth") for line in p.read_text().split()]
    found = python(tmp_path, "-c", SHOW, PYTHONPATH=os.pathsep.join(paths)).split()
    assert found[0] == str(root / "mappings" / "mobility" / "gtfs.ttl")


def test_a_bare_checkout_finds_its_own(root: Path, tmp_path: Path):
    found = python(
        tmp_path, "-c", SHOW, PYTHONPATH=os.pathsep.join([str(root), str(root / "api")])
    ).split()
    assert found[0] == str(root / "mappings" / "mobility" / "gtfs.ttl")
