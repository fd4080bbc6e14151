"""What every test may ask for."""

from __future__ import annotations

import gc
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from ldt_graph import consistency
from ldt_graph.consistency import available
from tests.cities import Cities
from tests.examples import CI, examples
from tests.neo4j.server import VERSIONS, NeedsServer, TestServer, UsersServer

if TYPE_CHECKING:
    from collections.abc import Generator

# CI tries the same examples each time, so that it says something about the change; elsewhere they are others each time.
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


@pytest.fixture(scope="session", autouse=True)
def asked_no_reasoner() -> Generator[None]:
    """Let no build start Java for HermiT, which is seconds for each ontology of a test; `hermit` lets it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(consistency, "available", lambda: False)
        yield


@pytest.fixture
def hermit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let builds ask HermiT; skip where it is not there, except in CI."""
    if not (available() or CI):
        pytest.skip("HermiT needs owlready2 and Java.")
    monkeypatch.setattr(consistency, "available", available)


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


# What takes longest begins first, so that no worker is left alone with it at the end.
LONGEST = (
    *("tests/test_docs.py", "tests/derive", "tests/truth", "tests/cells", "tests/conformance"),
    *("tests/change", "tests/contract", "tests/repair", "tests/validate", "tests/api"),
)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Keep tests of a server, or of a fixture that is dear, in one worker; what takes longest begins first.

    It wraps what xdist does, which reads the groups before a plain hook of this file is called.
    """
    for item in items:
        if not item.get_closest_marker("xdist_group") and (group := group_of(item)):
            item.add_marker(pytest.mark.xdist_group(group))
    yield
    items.sort(key=lambda item: order(item.nodeid))


def order(nodeid: str) -> int:
    """Return when tests of a folder begin."""
    places = (n for n, folder in enumerate(LONGEST) if nodeid.startswith(folder))
    return next(places, len(LONGEST))


def group_of(item: pytest.Item) -> str:
    """Return the server that a test needs, or the fixtures that it shares with others of its module; "" if it needs none."""
    made = {n: f[-1].scope for n, f in item._fixtureinfo.name2fixturedefs.items()}  # ty: ignore[missing-attribute]
    call = getattr(item, "callspec", None)
    params = call.params if call else {}
    server = getattr(params.get("tested"), "server", None) or params.get("neo4j")
    if server:
        return f"neo4j-{server}"
    if "module" not in made.values():
        return ""
    chosen = [str(v) for n, v in sorted(params.items()) if made.get(n) == "module"]
    return "-".join([item.nodeid.partition("::")[0], *chosen])


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


def pytest_collection_finish() -> None:
    """Let the garbage collector pass by what all the imports made, which stays: a fifth of the processor's time."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Let everything be collected at the end, of which some libraries keep account."""
    gc.unfreeze()


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
