"""A Neo4j server of the test's own, from the jars of Maven Central; or the user's, by TWIN_TEST_NEO4J_URI."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import neo4j

from ldt_graph.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Generator

VERSIONS = {"5.26.24": 17, "2026.09.0": 21}
"""Server version → the oldest Java that it runs on."""
PASSWORD = "invented-for-tests"
# A server lives for seconds here: what the optimising compiler and the parallel collector cost never comes back
# (start and stop of 5.26 on Java 17: 15 CPU seconds with them, 6 without).
_FLAGS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_OPENS = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
_POM = """<project><modelVersion>4.0.0</modelVersion><groupId>test</groupId><artifactId>server</artifactId><version>1</version>
<dependencies>
<dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{version}</version></dependency>
<dependency><groupId>org.neo4j</groupId><artifactId>neo4j-import-tool</artifactId><version>{version}</version></dependency>
</dependencies></project>
"""


class NeedsServer(Exception):
    """What is missing to run one."""


def jars(version: str) -> Path:
    """Return the folder of a version's jars, fetched by Maven at the first call."""
    cache = Path(os.environ.get("TWIN_TEST_CACHE", "~/.cache/ldt-graph")).expanduser()
    folder = cache / f"neo4j-{version}"
    with _alone(cache):
        if (folder / "lib").is_dir():
            return folder / "lib"
        if shutil.which("mvn") is None:
            raise NeedsServer("Maven (mvn), which fetches Neo4j's jars")
        folder.mkdir(exist_ok=True)
        (folder / "pom.xml").write_text(_POM.format(version=version))
        with tempfile.TemporaryDirectory(dir=folder) as made:
            subprocess.run(
                ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={made}/lib"],
                cwd=folder, check=True, capture_output=True,
            )  # fmt: skip
            (Path(made) / "lib").rename(folder / "lib")
    return folder / "lib"


@contextmanager
def _alone(cache: Path) -> Generator[None]:
    """Keep other processes from fetching meanwhile: Maven's own store is not made for two."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def java(oldest: int) -> str:
    """Return a Java that is new enough: JAVA_HOME's, the path's, or one that lies beside them."""
    homes = [os.environ.get("JAVA_HOME", ""), *map(str, sorted(Path("/usr/lib/jvm").glob("*")))]
    for command in ["java", *(f"{home}/bin/java" for home in homes if home)]:
        found = shutil.which(command)
        if found is not None:
            told = subprocess.run([found, "-version"], capture_output=True, text=True).stderr
            number = re.search(r'version "(\d+)', told)
            if number and int(number[1]) >= oldest:
                return found
    raise NeedsServer(f"Java {oldest} or newer")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class TestServer:
    """A server in a process of its own, with its store in a folder."""

    __test__ = False

    def __init__(self, version: str, home: Path, memory: str = "1g", **configuration: str) -> None:
        self.version = version
        self.home = home
        self.memory = memory
        self.configuration = configuration
        self.port = free_port()
        self.process: subprocess.Popen | None = None
        self._java, self._lib = java(VERSIONS[version]), jars(version)

    @property
    def settings(self) -> Settings:
        return Settings(neo4j_uri=f"bolt://127.0.0.1:{self.port}", neo4j_password=PASSWORD)

    def start(self) -> None:
        """Start, wait until it answers, and set the password at the first start."""
        fresh = not self.home.exists()
        self.home.mkdir(parents=True, exist_ok=True)
        launcher = Path(__file__).with_name("Launcher.java")
        opens = [f"--add-opens=java.base/{p}=ALL-UNNAMED" for p in _OPENS]
        more = [f"{k.replace('__', '.')}={v}" for k, v in self.configuration.items()]
        self.process = subprocess.Popen(
            [self._java, f"-Xmx{self.memory}", *_FLAGS, *opens, "-cp", f"{self._lib}/*", str(launcher), str(self.home), str(self.port), *more],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert self.process.stdout is not None
        while (line := self.process.stdout.readline()) != b"ready\n":
            if not line:
                raise RuntimeError(f"Neo4j {self.version} did not start; see {self.home}/logs")
        if fresh:
            self._set_password()

    def _set_password(self) -> None:
        uri = f"bolt://127.0.0.1:{self.port}"
        end = time.monotonic() + 60
        while True:
            try:
                with neo4j.GraphDatabase.driver(uri, auth=("neo4j", "neo4j")) as driver:
                    driver.execute_query(
                        "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $p", p=PASSWORD, database_="system"
                    )  # fmt: skip
                return
            except (neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.5)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self._close()

    def _close(self) -> None:
        assert self.process is not None
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait(60)

    def stop(self) -> None:
        """Stop it in good order."""
        if self.process is not None and self.process.poll() is None:
            self._close()

    def admin(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run neo4j-admin on the stopped server's store."""
        (self.home / "conf").mkdir(parents=True, exist_ok=True)
        (self.home / "conf" / "neo4j.conf").touch()
        return subprocess.run(
            [self._java, "-Xmx1g", *_FLAGS, *(f"--add-opens=java.base/{p}=ALL-UNNAMED" for p in _OPENS),
             "-cp", f"{self._lib}/*", "org.neo4j.cli.AdminTool", *arguments],
            capture_output=True, text=True, cwd=self.home,
            env=os.environ | {"NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")},
        )  # fmt: skip


class UsersServer:
    """The server that TWIN_TEST_NEO4J_URI names. Its database is emptied by the tests."""

    version = "yours"

    def __init__(self) -> None:
        self.settings = replace(
            Settings(),
            neo4j_uri=os.environ["TWIN_TEST_NEO4J_URI"],
            neo4j_user=os.environ.get("TWIN_TEST_NEO4J_USER", "neo4j"),
            neo4j_password=os.environ.get("TWIN_TEST_NEO4J_PASSWORD", ""),
        )

    def stop(self) -> None:
        """Leave it as it is."""


if __name__ == "__main__":
    for version in VERSIONS:
        jars(version)
