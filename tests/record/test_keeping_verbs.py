"""`ldt compact` and `ldt verify`, as typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ldt_graph.cli import main
from ldt_graph.errors import ExitCode
from tests.record.cities import commits, files, record_of

if TYPE_CHECKING:
    from ldt_graph.record import Record


@pytest.fixture
def record(tmp_path) -> Record:
    return record_of(tmp_path / "record")


def run(record: Record, *arguments: str) -> int:
    return main([*arguments, "--record", record.location])


def test_compact_makes_one_file_of_a_dataset_and_says_so(record, capsys):
    assert run(record, "compact") == ExitCode.OK
    assert "Version 4 says what version 3 says" in capsys.readouterr().out
    assert run(record, "compact") == ExitCode.OK
    assert "one file already" in capsys.readouterr().out
    assert len(commits(record)) == 5


def test_forgetting_asks_first(record, capsys):
    before = files(record)
    assert run(record, "compact", "--forget", "2") == ExitCode.OK
    assert "This would remove 2 versions before 2" in capsys.readouterr().out
    assert files(record) == before
    assert run(record, "compact", "--forget", record.version(2).time, "--yes", "--json") == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["versions"], done["keptFrom"], done["removed"]) == (2, 2, True)
    assert [v.number for v in record.versions()] == [2, 3]
    assert run(record, "compact", "--forget", "1") == ExitCode.FAILED
    assert "It has 2 to 3" in capsys.readouterr().err


def test_verify_names_what_is_damaged_and_ends_with_1(record, capsys):
    assert run(record, "verify") == ExitCode.OK
    assert "Every file is what was written." in capsys.readouterr().out
    damaged = next(f for f in files(record) if "dataset=b" in str(f))
    damaged.write_bytes(damaged.read_bytes()[:50])
    assert run(record, "verify") == ExitCode.FAILED
    said = " ".join(capsys.readouterr().out.split())
    assert "0-3" in said
    assert damaged.name in said.replace(" ", "")
    assert run(record, "verify", "--newest", "--json") == ExitCode.FAILED
    [found] = json.loads(capsys.readouterr().out)
    assert (found["path"], found["versions"]) == (str(damaged), [3])
