"""What every test may ask for."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

from tests.cities import Cities
from tests.examples import examples
from tests.neo4j.server import VERSIONS, NeedsServer, TestServer, UsersServer

# CI tries the same examples each time, so that it says something about the change; elsewhere they are others each time.
CI = bool(os.environ.get("CI"))
settings.register_profile("ldt", examples(100), deadline=None, print_blob=True, derandomize=CI)
settings.load_profile("ldt")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the real data and the public suites beside the checkout; skip without them, except in CI."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        message = (
            "The real cities and public test suites (../shared, beside the checkout) are not here."
        )
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def cities(tmp_path_factory) -> Cities:
    """Return the cities that are built once in a session, for all its workers."""
    base = tmp_path_factory.getbasetemp()
    shared_by_workers = "PYTEST_XDIST_WORKER" in os.environ
    return Cities((base.parent if shared_by_workers else base) / "cities")


def neo4j_versions() -> tuple[str, ...]:
    """Return the servers to test: the user's own, or both that are supported."""
    return ("yours",) if "TWIN_TEST_NEO4J_URI" in os.environ else tuple(VERSIONS)


def start_neo4j(version: str, home: Path) -> UsersServer | TestServer:
    """Start a server, or skip with what is missing; in CI what is missing is a failure."""
    if version == "yours":
        return UsersServer()
    message = "No Neo4j server. Start one and set TWIN_TEST_NEO4J_URI and TWIN_TEST_NEO4J_PASSWORD; its database will be emptied."
    if not os.environ.get("CI"):
        pytest.skip(message)
    try:
        server = TestServer(version, home)
        server.start()
    except NeedsServer as missing:
        pytest.fail(f"CI starts Neo4j {version} itself and needs {missing}.")
    return server


@pytest.fixture(scope="session")
def neo4j_home(tmp_path_factory) -> Path:
    """Return the folder of the servers' stores."""
    return tmp_path_factory.mktemp("neo4j")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a server in one worker, where tests run in several (`-n 2 --dist loadgroup`)."""
    for item in items:
        asked = getattr(item, "callspec", None)
        tested = asked.params.get("tested") if asked else None
        version = tested.server if tested else asked.params.get("neo4j") if asked else None
        if version:
            item.add_marker(pytest.mark.xdist_group(f"neo4j-{version}"))


_running: dict[str, UsersServer | TestServer] = {}


@pytest.fixture(scope="session", params=neo4j_versions())
def neo4j(request) -> UsersServer | TestServer:
    """Return a running server of each supported version."""
    return running_neo4j(request.param, request)


def running_neo4j(version: str, request: pytest.FixtureRequest) -> UsersServer | TestServer:
    """Return the session's server of a version, started by who asks first."""
    if version not in _running:
        server = start_neo4j(version, request.getfixturevalue("neo4j_home") / version)
        _running[version] = server
        request.session.config.add_cleanup(server.stop)
    return _running[version]


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End with one line on what was skipped, and what to do to run it."""
    reasons = Counter(
        str(r.longrepr[2]).removeprefix("Skipped: ").rstrip(".")
        for r in terminalreporter.stats.get("skipped", ())
        if isinstance(r.longrepr, tuple)
    )
    if reasons:
        why = "; ".join(f"{n} for this: {reason}" for reason, n in reasons.most_common())
        terminalreporter.write_line(f"{reasons.total()} tests were skipped, {why}.")
