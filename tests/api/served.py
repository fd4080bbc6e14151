"""A real server for tests, in a process of its own, over a twin of a few triples or a city."""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from ldt_api.serving import bounds

from tests.neo4j.server import free_port

if TYPE_CHECKING:
    from collections.abc import Generator

    from fastapi import FastAPI

ROOT = Path(__file__).parents[2]
SERVE = """
import resource, sys, uvicorn
from ldt_api.app import create_app
from ldt_api.serving import answer_evenly, bounds
from ldt_graph.graph.embedded import EmbeddedStore
if int(sys.argv[3]):
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[3]),) * 2)
app = create_app(EmbeddedStore(sys.argv[1]), budget=float(sys.argv[4]), poll=float(sys.argv[5]))
answer_evenly()
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), **bounds())
"""
CLOCK = os.sysconf("SC_CLK_TCK")


class Served:
    """A server that runs."""

    def __init__(self, port: int, process: subprocess.Popen, log: Path) -> None:
        self.port = port
        self.process = process
        self.log = log

    def ask(self, query: str, timeout: float = 30.0) -> dict:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            json.dumps({"query": query}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.load(answer)

    def ready(self) -> dict:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=30) as answer:
            return json.load(answer)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def head(self, length: str) -> bytes:
        return (
            f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Content-Type: application/json\r\n{length}\r\n\r\n"
        ).encode()

    def cpu(self) -> float:
        """Seconds of the processor that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK

    def memory(self) -> int:
        """Bytes of memory that it holds."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()


@contextmanager
def served(
    record: str, *, files: int = 0, budget: float = 30.0, poll: float = 1.0
) -> Generator[Served]:
    """Serve a record as `ldt serve` does, with so many open files, and seconds for a question and between two looks."""
    port = free_port()
    paths = os.pathsep.join([str(ROOT), str(ROOT / "api")])
    arguments = [record, str(port), str(files), str(budget), str(poll)]
    with tempfile.NamedTemporaryFile(prefix="ldt-served-", suffix=".log") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, *arguments],
            env=os.environ | {"PYTHONPATH": paths}, stderr=log,
        )  # fmt: skip
        yield from _until_over(Served(port, process, Path(log.name)))


@contextmanager
def threaded(app: FastAPI, port: int) -> Generator[None]:
    """Serve an application in a thread of this process."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, **bounds()))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        end = time.monotonic() + 60
        while not server.started and time.monotonic() < end:
            time.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        thread.join()


def _until_over(server: Served) -> Generator[Served]:
    process = server.process
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                server.ask("{ __typename }")
                break
            except OSError:
                time.sleep(0.1)
        yield server
    finally:
        process.kill()
        process.wait()
