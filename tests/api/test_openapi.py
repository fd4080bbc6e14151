"""The REST part by its own description: whatever is sent, answers are those that `/openapi.json` says, and none is a 5xx.

What sends is schemathesis: requests of the document and wrong ones, with its checks of statuses, media types and schemas.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from ldt_api.access import Access
from ldt_api.app import create_app
from ldt_api.keys import Keys
from schemathesis import checks

from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.record import Record
from tests.api.served import ROOT, threaded
from tests.api.test_app import commit
from tests.neo4j.server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUESTS = int(os.environ.get("TWIN_TEST_REQUESTS", "40"))
# What a schema can't say: a query may be a text and no document, and a null that a header holds is none of it.
LEFT_OUT = [checks.positive_data_acceptance, checks.negative_data_rejection] if hasattr(checks, "positive_data_acceptance") else []  # fmt: skip


@pytest.fixture(scope="module")
def described(tmp_path_factory) -> Iterator[tuple[Any, str]]:
    """Return the document as a server gives it to whoever has a key, and the key."""
    folder, port = tmp_path_factory.mktemp("openapi"), free_port()
    record, keys = Record(folder / "record"), Keys(folder / "keys.json")
    commit(record)
    secret = keys.add("reader", "read")
    access = Access.of("0.0.0.0", port, "", keys.path)
    app = create_app(EmbeddedStore(record.location), access=access)
    with threaded(app, port):
        headers = {"Authorization": f"Bearer {secret}"}
        yield schemathesis.openapi.from_url(f"http://127.0.0.1:{port}/openapi.json", headers=headers), secret  # fmt: skip


@pytest.mark.parametrize("keyed", [True, False])
def test_answers_are_those_of_the_document(described, keyed):
    document, secret = described
    headers = {"Authorization": f"Bearer {secret}"} if keyed else {}
    tried = []
    for found in document.get_all_operations():
        operation = found.ok()
        tried.append(operation.path)

        @seed(15)
        @settings(max_examples=REQUESTS, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None)  # fmt: skip
        @given(case=operation.as_strategy())
        def one(case) -> None:
            case.call_and_validate(headers=headers, excluded_checks=LEFT_OUT)

        one()
    assert tried == ["/graphql", "/health", "/ready"]


def test_the_document_has_every_route_that_holds_data():
    app: Any = create_app(EmbeddedStore("nowhere"))
    said = app.openapi()["paths"]
    told = re.findall(r"`(?:POST |GET )?(/[^`…]*)", (ROOT / "docs/reference/http.md").read_text().split("## Requests")[0])  # fmt: skip
    for route in app.routes:
        path = getattr(route, "path", "")
        assert path in (*said, "/", "/openapi.json", "/static", "/.well-known/security.txt"), path
        assert any(path.rstrip("/") == t.rstrip("/") for t in told), path
    assert json.dumps(said).count('"500"') == len(said)
