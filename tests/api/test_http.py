"""GraphQL over HTTP: what each audit of the `graphql-http` suite (1.23) asks, by its id there, and media types.

With `TWIN_TEST_GRAPHQL_HTTP`, a folder in which `npm install graphql-http graphql` was run, the suite itself is run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from ldt_api.answers import GRAPHQL, JSON, accepted
from ldt_api.app import create_app
from starlette.testclient import TestClient

from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.record import Record
from tests.api.served import served
from tests.api.test_app import commit

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def record(tmp_path_factory) -> Record:
    record = Record(tmp_path_factory.mktemp("http") / "record")
    commit(record)
    return record


@pytest.fixture(scope="module")
def client(record) -> Iterator[TestClient]:
    with TestClient(create_app(EmbeddedStore(record.location))) as client:
        yield client


def post(client: TestClient, body: Any, accept: str | None = None, kind: str | None = JSON):
    headers = {"accept": accept} if accept else {}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = client.build_request("POST", "/graphql", content=content, headers=headers)
    if accept is None:
        del request.headers["accept"]
    if kind is not None:
        request.headers["content-type"] = kind
    return client.send(request)


ASKED = {"query": "{ __typename }"}
NAMED = {"query": "query Query { __typename }", "operationName": "Query"}
TYPE = {"query": "query Type($name: String!) { __type(name: $name) { name } }", "variables": {"name": "sometype"}}  # fmt: skip
WRONG = {
    "parse": {"query": "{"},
    "validate": {"query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }"},
    "variable": {"query": "query CoerceFailure($id: ID!){ __typename }", "variables": {"id": None}},
}
ODD: list[Any] = [{"obj": "ect"}, 0, False, ["array"]]


@pytest.mark.parametrize(
    ("audits", "accept", "media"),
    [("22EB 34A2", GRAPHQL, GRAPHQL), ("4655 13EE", JSON, JSON), ("47DE", "*/*", JSON), ("80D8 82A3 78D5 2C94 03D4", None, JSON)],
)  # fmt: skip
def test_an_answer_has_the_media_type_that_is_accepted(client, audits, accept, media):
    answer = post(client, ASKED, accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"
    assert answer.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("media", [JSON, GRAPHQL])
@pytest.mark.parametrize(
    "asked",
    [NAMED, TYPE, ASKED | {"extensions": {"some": "value"}}, ASKED | {"variables": []},
     *(ASKED | {name: None} for name in ("variables", "operationName", "extensions"))],
)  # fmt: skip
def test_parameters_are_taken(client, media, asked):
    """8161 B8B3 94B0-2 0220-2 2EA1 28B9 428F 1B7A."""
    answer = post(client, asked, media)
    assert answer.status_code == 200
    assert "errors" not in answer.json()


def test_requests_are_utf_8(client):
    """BF61."""
    query = '{ __type(name: "Run🏃Swim🏊") { name } }'
    assert post(client, {"query": query}, kind="application/json; charset=utf-8").status_code == 200
    assert post(client, ASKED, kind="application/json; charset=latin-1").status_code == 415


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/graphql"])  # fmt: skip
def test_what_a_page_from_elsewhere_may_send_is_no_request(client, kind):
    """9ABE."""
    assert post(client, ASKED, kind=kind).status_code == 415


@pytest.mark.parametrize("media", [JSON, GRAPHQL])
@pytest.mark.parametrize(
    "body",
    [b"", b'{ "not a JSON', {"notquery": ""}, [ASKED], *({"query": odd} for odd in ODD),
     *(ASKED | {"operationName": odd} for odd in ODD), *(ASKED | {n: odd} for odd in ["string", 0, False, ["array"]] for n in ("variables", "extensions"))],
)  # fmt: skip
def test_a_request_that_is_none_is_a_bad_one(client, media, body):
    """A5BF 423L LKJ0-3 6C00-3 4760-3 58B0-3 B6DC BCF8 B7N8 8764 3E3A."""
    answer = post(client, body, media)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith(media)
    assert answer.json().keys() == {"errors"}


@pytest.mark.parametrize("what", WRONG)
def test_a_document_that_can_not_be_executed_has_no_data(client, what):
    """572B FDE2 7B9B 865D 556A D586 51FE 74FF 5E5B 86EE."""
    for media, status in ((JSON, 200), (GRAPHQL, 400)):
        answer = post(client, WRONG[what], media)
        assert answer.status_code == status
        assert answer.json().keys() == {"errors"}


def test_what_was_executed_in_part_is_an_answer(client):
    """EE52."""
    asked = {"query": '{ a: asset(id: "pump") { iri } b: asset(id: "pump", asOf: "9") { iri } }'}
    answer = post(client, asked, GRAPHQL)
    assert answer.status_code == 200
    assert answer.json()["data"]["a"]
    assert answer.json()["errors"]


def test_what_takes_neither_media_type_gets_neither(client):
    assert post(client, ASKED, "text/html").status_code == 406


@pytest.mark.parametrize(
    ("accept", "media"),
    [("", JSON), ("application/*", JSON), (f"{JSON}, {GRAPHQL}", GRAPHQL), (f"{GRAPHQL};q=0.5, {JSON}", JSON),
     (f"{GRAPHQL};q=0, */*", JSON), (f"{GRAPHQL}; charset=utf-8, {JSON};q=0.9", GRAPHQL), ("text/plain, */*;q=0.1", JSON), (f"{JSON};q=0", None), (f"{JSON};q=x", None)],
)  # fmt: skip
def test_the_heavier_media_type_wins(accept, media):
    assert accepted(accept) == media


@pytest.mark.skipif(
    "TWIN_TEST_GRAPHQL_HTTP" not in os.environ or shutil.which("node") is None,
    reason="The suite itself needs Node.js and TWIN_TEST_GRAPHQL_HTTP; its audits are ported above",
)
def test_the_suite_itself_has_no_error_and_no_warning(record, tmp_path):
    folder = os.environ["TWIN_TEST_GRAPHQL_HTTP"]
    with served(record.location) as server:
        script = tmp_path / "audit.mjs"
        script.write_text(
            f"import {{auditServer}} from '{folder}/node_modules/graphql-http/lib/index.mjs';\n"
            f"const found = await auditServer({{url: 'http://127.0.0.1:{server.port}/graphql'}});\n"
            "console.log(JSON.stringify(found.map(({id, status}) => [id, status])));\n"
        )
        done = subprocess.run(["node", str(script)], capture_output=True, text=True, check=True)
    found = dict(json.loads(done.stdout))
    assert len(found) > 50
    assert {k: v for k, v in found.items() if v in ("error", "warn")} == {}
