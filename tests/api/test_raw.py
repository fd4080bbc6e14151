"""Bytes that no client library sends: heads that two readers may understand in two ways, odd targets, other protocols."""

from __future__ import annotations

import gzip
import json
import logging
import socket
from typing import TYPE_CHECKING

import pytest
from ldt_api.access import Access
from ldt_api.app import create_app
from ldt_api.keys import Keys

from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.record import Record
from tests.api.served import threaded
from tests.api.test_app import commit
from tests.neo4j.server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = json.dumps({"query": '{ asset(id: "pump") { iri } }'}).encode()
DATA = (b'{"data":', b"Station one")


class Raw:
    """A server that asks for keys, spoken to in bytes."""

    def __init__(self, port: int, secret: str) -> None:
        self.port, self.secret = port, secret

    def send(self, *lines: str, body: bytes = b"", target: str = "/graphql", method: str = "POST") -> bytes:  # fmt: skip
        """Send a request of these header lines, and return all that comes back until the server is silent."""
        head = "\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode("latin-1")
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(head + body)
            connection.settimeout(0.4)
            answer = b""
            try:
                while chunk := connection.recv(65_536):
                    answer += chunk
            except OSError:  # it waits for more, or has closed
                pass
        return answer

    @property
    def usual(self) -> tuple[str, ...]:
        return (f"Host: 127.0.0.1:{self.port}", "Content-Type: application/json", f"Authorization: Bearer {self.secret}", "Connection: close")  # fmt: skip


@pytest.fixture(scope="module")
def raw(tmp_path_factory) -> Iterator[Raw]:
    folder = tmp_path_factory.mktemp("raw")
    record, keys, port = Record(folder / "record"), Keys(folder / "keys.json"), free_port()
    commit(record)
    secret = keys.add("reader", "read")
    access = Access.of("0.0.0.0", port, "", keys.path)
    app = create_app(EmbeddedStore(record.location), access=access)
    with threaded(app, port):
        yield Raw(port, secret)


def statuses(answer: bytes) -> list[int]:
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


def test_an_honest_request_is_answered(raw):
    answer = raw.send(*raw.usual, f"Content-Length: {len(BODY)}", body=BODY)
    assert statuses(answer) == [200]
    assert DATA[0] in answer


SMUGGLED = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 5", "Content-Length: 57"), ("Content-Length: 5, 57",), ("Content-Length: +57",), ("Content-Length: 0x39",), ("Content-Length: -1",),
        ("Content-Length: 4", "Transfer-Encoding: chunked"), ("Transfer-Encoding: chunked", "Content-Length: 4"), ("Transfer-Encoding: gzip, chunked",), ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: xchunked",), ("Transfer-Encoding:\x0bchunked",), ("Transfer-Encoding : chunked",), (" Content-Length: 5",), ("Content-Length: 5", " 7"),
    ],
)  # fmt: skip
def test_a_body_of_two_lengths_or_none_is_one_request_at_most(raw, lines):
    """RFC 9112, 6.3 and 11.2: whatever follows is never read as a request of its own."""
    answer = raw.send(*raw.usual[:3], *lines, body=b"0\r\n\r\n" + SMUGGLED)
    assert statuses(answer)[:1] in ([], [400], [401], [413], [501]), answer
    assert statuses(answer)[1:] in ([], [400]), (
        answer
    )  # what follows has no key, and is not even asked for one
    assert not any(word in answer for word in DATA)


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (("Host: 127.0.0.1", "Host: evil.example.org"), 400), (("Host: evil.example.org", "Host: 127.0.0.1"), 400), ((), 400), (("Host: evil.example.org", "X-Forwarded-Host: 127.0.0.1"), 421),
        (("Host: evil.example.org", "Forwarded: host=127.0.0.1"), 421), (("Host: 127.0.0.1, evil.example.org",), 421), (("Host: 127.0.0.1\tevil",), 421), (("Host: 127.0.0.1#evil.example.org",), 421), (("Host: [::1]evil",), 421),
    ],
)  # fmt: skip
def test_a_server_that_is_called_twice_or_by_another_name_does_not_answer(raw, lines, status):
    answer = raw.send(*lines, *raw.usual[1:], f"Content-Length: {len(BODY)}", body=BODY)
    assert statuses(answer) in ([status], [421]), answer
    assert not any(word in answer for word in DATA)


@pytest.mark.parametrize("target", ["http://evil.example.org/graphql", "//evil.example.org/graphql", "/graphql/", "/./graphql", "/%67raphql/..", "*", "evil.example.org:443", "/graphql%00", "/static/..%2fgraphql", "/static/%2e%2e/app.py", "/static/..%5capp.py", "/static//etc/passwd", "/static/%2fetc%2fpasswd"])  # fmt: skip
def test_no_target_leads_past_the_gate_or_out_of_the_static_files(raw, target):
    for method in ("GET", "POST"):
        without = [line for line in raw.usual if not line.startswith("Authorization")]
        answer = raw.send(*without, f"Content-Length: {len(BODY)}", body=BODY, target=target, method=method)  # fmt: skip
        assert statuses(answer)[0] in (307, 400, 401, 404, 405), (target, answer)
        assert b"def create_app" not in answer
        assert b"root:" not in answer
        assert not any(word in answer for word in DATA)


@pytest.mark.parametrize(
    "lines",
    [("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"),
     ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: graphql-transport-ws")],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/graphql", "/", "/ws", "/subscriptions"])
def test_no_other_protocol_is_spoken(raw, lines, path):
    answer = raw.send(raw.usual[0], *lines, target=path, method="GET")
    assert 101 not in statuses(answer), answer


def test_a_websocket_is_no_way_past_the_gate(tmp_path):
    """Where the application is mounted under a server that speaks them."""
    from starlette.testclient import TestClient
    from starlette.websockets import WebSocketDisconnect

    keys = Keys(tmp_path / "keys.json")
    keys.add("reader", "read")
    app = create_app(EmbeddedStore(str(tmp_path)), access=Access.of("0.0.0.0", 1, "", keys.path))

    @app.websocket("/ws")
    async def ws(socket) -> None:
        await socket.accept()
        await socket.send_text("data")

    client = TestClient(app, base_url="http://127.0.0.1")
    for headers in ({}, {"Host": "evil.example.org"}, {"Origin": "https://evil.example.org"}):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/ws", headers=headers):
            pass


def test_what_is_packed_is_not_unpacked(raw):
    bomb = gzip.compress(b" " * 50_000_000)
    for coding in ("gzip", "deflate", "br", "gzip, identity"):
        answer = raw.send(*raw.usual, f"Content-Encoding: {coding}", f"Content-Length: {len(bomb)}", body=bomb)  # fmt: skip
        assert statuses(answer) == [415]


def test_a_question_is_asked_by_post_alone_and_one_at_a_time(raw):
    for target in ("/graphql?query={versions{number}}", "/graphql?query=mutation{x}"):
        answer = raw.send(*raw.usual, target=target, method="GET")
        assert b"text/html" in answer  # GraphiQL's page, whatever is asked
        assert b'"data"' not in answer
    batch = b"[" + BODY + b"," + BODY + b"]"
    answer = raw.send(*raw.usual, f"Content-Length: {len(batch)}", body=batch)
    assert statuses(answer) == [400]


def test_a_key_is_taken_from_its_header_alone_and_never_told(raw, caplog):
    caplog.set_level(logging.DEBUG)
    without = [line for line in raw.usual if not line.startswith("Authorization")]
    length = f"Content-Length: {len(BODY)}"
    for target in (f"/graphql?key={raw.secret}", f"/graphql?access_token={raw.secret}", f"/graphql?authorization=Bearer%20{raw.secret}"):  # fmt: skip
        answer = raw.send(*without, length, body=BODY, target=target)
        assert statuses(answer) == [401]
        assert raw.secret.encode() not in answer
    for header in (f"Cookie: key={raw.secret}", f"X-Api-Key: {raw.secret}", f"Authorization: Basic {raw.secret}", f"Authorization: {raw.secret}"):  # fmt: skip
        assert statuses(raw.send(*without, header, length, body=BODY)) == [401]
    assert statuses(raw.send(*raw.usual, f"Authorization: Bearer {raw.secret}", length, body=BODY)) == [401]  # fmt: skip
    raw.send(*raw.usual, body=b"{", target="/nothing")
    assert raw.secret not in caplog.text


def test_another_origin_is_allowed_nothing(raw):
    for origin in ("https://evil.example.org", "null"):
        answer = raw.send(raw.usual[0], f"Origin: {origin}", "Access-Control-Request-Method: POST", "Connection: close", method="OPTIONS")  # fmt: skip
        assert statuses(answer) == [403]
        assert b"access-control-allow" not in answer.lower()


def test_pipelined_requests_are_each_asked_for_their_key(raw):
    one = "\r\n".join([*raw.usual[:3], f"Content-Length: {len(BODY)}"])
    stranger = SMUGGLED.replace(b"Content-Length: 0", b"Content-Length: %d" % len(BODY)) + BODY
    answer = raw.send(*one.split("\r\n"), body=BODY + stranger)
    assert statuses(answer) == [200, 401]
