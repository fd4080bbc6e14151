"""Whatever is edited, a build that goes on from the last version gives what a build from nothing gives."""

from __future__ import annotations

import io
import os
import random
import shutil
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ldt_graph.errors import LdtError
from ldt_graph.export import export
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import impact
from ldt_graph.model import SIDE_TABLES, EntityFilter
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.twin import load_twin
from tests.change.town import Town
from tests.examples import CI, share

if TYPE_CHECKING:
    from pathlib import Path

SEQUENCES = int(os.environ.get("TWIN_TEST_SEQUENCES", share(6, least=2 if CI else 1)))
EDITS = 5


def built(folder: Path, record: Path) -> str | None:
    """Build into a record; return the error where there is one."""
    from dataclasses import replace

    try:
        build(replace(load_twin(folder), record=str(record)))
    except LdtError as error:
        return str(error)
    return None


def state(record: Path) -> dict[str, Any]:
    """All that the newest version holds, sorted, and what it answers."""
    kept = Record(str(record))
    version = kept.version()
    con = duckdb.connect()
    kept.load(con, version)
    for name in SIDE_TABLES:
        kept.load_side(con, name, version)
    said = kept.metadata(version)
    tables = {
        name: con.execute(f"FROM {name} ORDER BY ALL").fetchall()
        for name in ("statements", *SIDE_TABLES)
    }
    out = io.BytesIO()
    export(con, "nquads", out, base="https://example.org/town/")
    answers = {"datasets": said["datasets"], "inferred": said["inferred"], "nquads": out.getvalue()}
    return tables | answers | asked(EmbeddedGraph.open(kept))


def asked(graph: EmbeddedGraph) -> dict[str, Any]:
    page = graph.find(EntityFilter(), first=50)
    iris = [e.iri for e in page.entities]
    found = {"page": page, "relations": graph.relations(iris), "count": graph.count(EntityFilter(), "type")}  # fmt: skip
    return found | {iri: impact(graph, [iri]).document() for iri in iris[:17]}


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_random_edits_give_what_a_build_from_nothing_gives(tmp_path: Path, seed: int) -> None:
    town = Town(tmp_path / "town", random.Random(seed))
    assert built(town.folder, tmp_path / "record") is None
    done = []
    for _ in range(EDITS):
        done.append(town.edit())
        shutil.rmtree(tmp_path / "fresh", ignore_errors=True)
        error = built(town.folder, tmp_path / "fresh")
        assert built(town.folder, tmp_path / "record") == error, done
        if error is None:
            same(state(tmp_path / "record"), state(tmp_path / "fresh"), done)
    kept = state(tmp_path / "record")
    Record(str(tmp_path / "record")).compact()
    same(state(tmp_path / "record"), kept, [*done, "compact"])


def same(ours: dict[str, Any], fresh: dict[str, Any], done: list[str]) -> None:
    for name, rows in fresh.items():
        if ours[name] != rows and isinstance(rows, list):
            more = [r for r in ours[name] if r not in rows]
            less = [r for r in rows if r not in ours[name]]
            pytest.fail(f"{name} after {done}: too many {more[:3]}, missing {less[:3]}, {len(ours[name])} for {len(rows)}")  # fmt: skip
        assert ours[name] == rows, (name, done)
