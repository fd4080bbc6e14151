"""Thirty-two clients while the twin is built again and again: none fails, none is told of two versions at once."""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from pathlib import Path

import pytest

from ldt_graph.record import Record
from tests.api.clients import Clients, city
from tests.api.served import served
from tests.contract.twins import commit

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGSTOP"), reason="stops a process by a signal of Unix"
)
REBUILDS = int(os.environ.get("TWIN_TEST_REBUILDS", "4"))
AWAY = 4.0 if REBUILDS >= 10 else 1.0
"""Seconds in which a version can't be read."""


def test_clients_meet_whole_versions_and_none_fails_while_one_can_not_be_read(tmp_path):
    record = Record(str(tmp_path / "record"))
    commit(record, city("v0"))
    with served(record.location, poll=0.05) as server:

        def ask(query: str):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            connection.request(
                "POST",
                "/graphql",
                json.dumps({"query": query}),
                {"Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            body = json.load(answer)
            connection.close()
            return answer.status, answer.headers["X-LDT-Version"], body

        with Clients(ask) as clients:
            for number in range(1, REBUILDS + 1):
                if number == REBUILDS // 2:
                    build_unreadable(server, record, number)
                else:
                    commit(record, city(f"v{number}"))
            until(lambda: ask("{ assets { totalCount } }")[1] == str(REBUILDS))
            time.sleep(0.2)
        assert server.ready() == {"ready": True}
    assert clients.wrong == []
    assert next(clients.away) == 0
    assert {"v0", f"v{REBUILDS}"} <= clients.seen
    assert next(clients.answers) > 32


def build_unreadable(server, record: Record, number: int) -> None:
    """Build a version whose files are away when the server first looks, and for a while."""
    table = Path(record.location)
    server.process.send_signal(signal.SIGSTOP)
    before = set(table.rglob("*.parquet"))
    commit(record, city(f"v{number}"))
    made = set(table.rglob("*.parquet")) - before
    assert made
    for file in made:
        file.rename(file.with_suffix(".away"))
    server.process.send_signal(signal.SIGCONT)
    until(lambda: "fault" in server.ready())
    time.sleep(AWAY)
    assert "fault" in server.ready()
    for file in made:
        file.with_suffix(".away").rename(file)
    until(lambda: server.ready() == {"ready": True})


def until(condition) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
