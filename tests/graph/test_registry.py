"""Stores join by entry point, and are chosen by name in one place."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ldt_graph.cli import main
from ldt_graph.errors import ExitCode, SettingsError
from ldt_graph.graph.store import open_store, store_names
from ldt_graph.settings import Settings
from ldt_graph.twin import load_twin

TWIN = """
name = "t"
base = "https://example.org/t/"
store = "{store}"

[[dataset]]
name = "a"
source = "a.csv"
mapping = "gtfs"
"""


@pytest.fixture
def turtle(tmp_path, monkeypatch):
    """An installed package that registers a store: its metadata is all that an installation leaves."""
    installed = tmp_path / "site" / "turtle_store-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: turtle-store\nVersion: 1\n")
    (installed / "entry_points.txt").write_text(
        "[ldt_graph.stores]\nturtle = tests.contract.turtle_store:TurtleStore\n"
    )
    monkeypatch.syspath_prepend(str(installed.parent))


def test_the_stores_that_ship_are_registered_like_any_other(turtle):
    assert {"embedded", "neo4j", "turtle"} <= set(store_names())


def test_a_store_of_another_package_is_opened_by_its_name(turtle, tmp_path):
    store = open_store("turtle", str(tmp_path), Settings())
    assert type(store).__name__ == "TurtleStore"
    (tmp_path / "twin.toml").write_text(TWIN.format(store="turtle"))
    assert load_twin(tmp_path).store == "turtle"


def test_an_unknown_name_is_an_error_that_lists_the_registered_ones(tmp_path, capsys):
    with pytest.raises(SettingsError, match=r"no store 'oracle'.*embedded or neo4j"):
        open_store("oracle", None, Settings())
    assert main(["find", "x", str(tmp_path), "--store", "oracle"]) == ExitCode.USAGE
    assert "embedded or neo4j" in capsys.readouterr().err.replace("\n", " ")


def test_the_embedded_store_says_that_it_needs_a_record():
    with pytest.raises(SettingsError, match="reads a record, and none is named"):
        open_store("embedded", None, Settings())


def test_the_registry_is_imported_without_any_store():
    code = "import sys, ldt_graph.graph.store; print([m for m in ('duckdb', 'neo4j', 'numpy', 'pyarrow') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
