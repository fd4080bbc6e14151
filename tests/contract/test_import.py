"""`ldt export --format neo4j-csv` writes what neo4j-admin takes, and the import is a publication."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from ldt_graph.cli import main
from ldt_graph.errors import ExitCode
from ldt_graph.graph.neo4j import Server, publish
from ldt_graph.record import Record
from tests.conftest import neo4j_versions, start_neo4j
from tests.contract.twins import HOSTILE, HOSTILE_ONTOLOGY, commit, dump, expected
from tests.neo4j.server import TestServer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("version", neo4j_versions())
def test_an_imported_twin_is_a_published_one(version: str, tmp_path: Path, capsysbinary):
    server = start_neo4j(version, tmp_path / "home")
    if not isinstance(server, TestServer):
        pytest.skip("An import needs a server that is stopped; yours is left alone.")
    server.stop()
    ontology = tmp_path / "hostile.ttl"
    ontology.write_text(HOSTILE_ONTOLOGY, encoding="utf-8")
    record = Record(str(tmp_path / "record"))
    first = commit(record, HOSTILE, ontology=(ontology,))
    files = tmp_path / "files"
    arguments = ["export", "--record", record.location, "--format", "neo4j-csv", "-o", str(files)]
    assert main(arguments) == ExitCode.OK
    command = shlex.split(capsysbinary.readouterr()[0].decode())
    assert main(arguments) == ExitCode.USAGE  # the folder is not empty now
    done = server.admin(*command[1:])
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    server.start()
    try:
        with Server(server.settings, wait=30) as connected:
            assert dump(connected) == expected(record, first)
            assert publish(record, connected).how == "nothing"
            second = commit(record, HOSTILE.replace("; DROP", ""), ontology=(ontology,))
            assert publish(record, connected).how == "difference"
            assert dump(connected) == expected(record, second)
    finally:
        server.stop()
