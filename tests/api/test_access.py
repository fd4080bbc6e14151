"""Who may ask: for every field and route, whoever may not gets no data and learns of none."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from ldt_api.access import Access
from ldt_api.app import create_app
from ldt_api.keys import SCOPES, Key, Keys
from ldt_api.schema import make_schema
from ldt_api.serving import serve
from starlette.testclient import TestClient

from ldt_graph.cli import main
from ldt_graph.errors import ExitCode, SettingsError
from ldt_graph.graph.embedded import EmbeddedStore
from ldt_graph.record import Record
from tests.api.test_app import commit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE = "http://127.0.0.1:8000"
OPEN = {"/", "/health", "/ready", "/static/graphiql.js", "/.well-known/security.txt"}
DATA = ("grid", "station", "pump", "city", "Pump", "number")
SCHEMA: Any = make_schema()._schema


def questions() -> list[str]:
    """Each field of the query type, asked with what it needs."""
    needed = {"id": '"pump"', "of": '["grid"]'}
    asked = ["{ __typename }", "{ __schema { types { name } } }", "{ nothing }", "{"]
    for name, field in SCHEMA.query_type.fields.items():
        given = ", ".join(f"{n}: {needed[n]}" for n in field.args if n in needed)
        asked.append(f"{{ {name}{f'({given})' if given else ''} {{ __typename }} }}")
    return asked


def routes() -> list[tuple[str, str]]:
    """Each route of the application with each method, and some that there are not."""
    app: Any = create_app(EmbeddedStore("nowhere"))
    paths = {getattr(r, "path", "") for r in app.routes} - {"/static", ""}
    found = [(m, p) for p in sorted(paths) for m in ("GET", "POST", "PUT", "DELETE", "OPTIONS")]
    return [*found, ("GET", "/nothing"), ("GET", "/static/../app.py"), ("GET", "/graphql/")]


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture(scope="module")
def secrets(keys) -> dict[str, str]:
    made = {scope: keys.add(f"{scope}@example.org", scope) for scope in SCOPES}
    made["revoked"] = keys.add("gone", "admin")
    keys.revoke("gone")
    return made


@pytest.fixture(scope="module")
def client(tmp_path_factory, keys, secrets) -> Iterator[TestClient]:
    record = Record(tmp_path_factory.mktemp("access") / "record")
    commit(record)
    access = Access.of("0.0.0.0", 8000, "twin.example.org", keys.path)
    app = create_app(EmbeddedStore(record.location), access=access)
    with TestClient(app, base_url=HERE, follow_redirects=False) as client:
        yield client


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


STRANGERS = {
    "no key": ({}, 401),
    "wrong key": (bearer("ldt_" + "x" * 43), 401),
    "empty key": (bearer(""), 401),
    "key of another kind": ({"Authorization": "Basic bGR0OmxkdA=="}, 401),
    "foreign host": ({"Host": "evil.example.org"}, 421),
    "foreign host with the port": ({"Host": "evil.example.org:8000"}, 421),
    "host that begins like ours": ({"Host": "127.0.0.1.evil.example.org"}, 421),
    "host with an account": ({"Host": "127.0.0.1@evil.example.org"}, 421),
    "no host": ({"Host": ""}, 421),
    "foreign origin": ({"Origin": "https://evil.example.org"}, 403),
    "foreign port": ({"Origin": "http://127.0.0.1:9000"}, 403),
    "hidden origin": ({"Origin": "null"}, 403),
}


@pytest.mark.parametrize("who", [*STRANGERS, "revoked", "foreign host, good key", "foreign origin, good key"])  # fmt: skip
def test_whoever_may_not_ask_gets_no_data_of_any_field(client, secrets, who):
    headers, status = STRANGERS.get(who, ({}, 0))
    if who == "revoked":
        headers, status = bearer(secrets["revoked"]), 401
    elif not headers and status == 0:
        headers, status = STRANGERS[who.split(",")[0]]
        headers = headers | bearer(secrets["admin"])
    bodies = set()
    for query in questions():
        answer = client.post("/graphql", json={"query": query}, headers=headers)
        assert answer.status_code == status, query
        assert answer.json().keys() == {"errors"}
        bodies.add(answer.content)
    [body] = bodies  # nothing tells one question from another
    assert not any(word in body.decode() for word in DATA)


@pytest.mark.parametrize("who", STRANGERS)
def test_whoever_may_not_ask_learns_of_no_route(client, who):
    headers, status = STRANGERS[who]
    unknown = client.get("/no/such/route", headers=headers)
    assert unknown.status_code == status
    for method, path in routes():
        answer = client.request(method, path, headers=headers)
        if status == 401 and method == "GET" and (path in OPEN or path == "/graphql"):
            assert answer.status_code in (200, 404, 503)
            assert not any(word in answer.text for word in ("Station one", "city.ttl", "a.csv"))
        else:
            assert (answer.status_code, answer.content) == (status, unknown.content), path


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "twin.example.org", "TWIN.example.org.", "192.0.2.7:8000", "[::1]:8000"])  # fmt: skip
def test_a_key_opens_whatever_the_server_is_called(client, secrets, scope, host):
    headers = bearer(secrets[scope]) | {"Host": host, "Origin": f"http://{host}"}
    answer = client.post("/graphql", json={"query": '{ asset(id: "pump") { iri } }'}, headers=headers)  # fmt: skip
    assert answer.status_code == 200
    assert answer.json()["data"]["asset"]


def test_a_refusal_names_the_command(client):
    answer = client.post("/graphql", json={"query": "{ __typename }"})
    assert "ldt keys add NAME --scope read" in answer.json()["errors"][0]["message"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_every_answer_has_the_security_headers(client, secrets):
    for headers in ({}, {"Host": "evil"}, bearer(secrets["read"])):
        for method, path in routes():
            answer = client.request(method, path, headers=headers)
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
            assert "access-control-allow-origin" not in answer.headers


def test_a_fault_of_ours_has_them_too_and_says_nothing(tmp_path, monkeypatch):
    store = EmbeddedStore(str(tmp_path))
    with TestClient(create_app(store), raise_server_exceptions=False) as client:
        monkeypatch.setattr("ldt_api.asking.parsed", lambda _: 1 / 0)
        answer = client.post("/graphql", json={"query": "{ __typename }"})
    assert answer.status_code == 500
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "division" not in answer.text
    assert "A fault of ours" in answer.text


def test_no_answer_tells_where_the_record_lies(tmp_path):
    with TestClient(create_app(EmbeddedStore(str(tmp_path / "secret-place")))) as client:
        answers = [client.get("/ready"), client.post("/graphql", json={"query": "{ countBy { key } }"})]  # fmt: skip
    for answer in answers:
        assert answer.status_code == 503
        assert "secret-place" not in answer.text
        assert str(tmp_path) not in answer.text


# ── addresses, keys ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_this_machine_alone_needs_no_key(host, tmp_path):
    assert Access.of(host, 8000, "", tmp_path / "keys.json").keys is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "twin.example.org", "localhost.evil.org"])  # fmt: skip
def test_any_other_address_needs_one(host, tmp_path, keys, secrets):
    with pytest.raises(SettingsError, match="ldt keys add NAME --scope read"):
        Access.of(host, 8000, "", tmp_path / "keys.json")
    assert Access.of(host, 8000, "", keys.path).keys is not None


def test_a_local_page_of_another_name_may_not_read_a_local_twin(tmp_path):
    record = Record(tmp_path / "record")
    commit(record)
    access = Access.of("127.0.0.1", 8000)
    with TestClient(create_app(EmbeddedStore(record.location), access=access), base_url=HERE) as client:  # fmt: skip
        asked = {"query": "{ versions { number } }"}
        assert client.post("/graphql", json=asked).status_code == 200
        assert client.post("/graphql", json=asked, headers={"Host": "rebound.example.org:8000"}).status_code == 421  # fmt: skip
        assert client.post("/graphql", json=asked, headers={"Origin": "http://rebound.example.org:8000"}).status_code == 403  # fmt: skip


@pytest.mark.parametrize("held", SCOPES)
@pytest.mark.parametrize("needed", SCOPES)
def test_a_scope_holds_those_before_it(held, needed):
    allowed = Key("a", held, "", "").allows(needed)
    assert allowed == (SCOPES.index(held) >= SCOPES.index(needed))


def test_a_key_is_shown_once_and_kept_as_a_hash_that_its_owner_alone_reads(tmp_path, capsys):
    arguments = ["--dir", str(tmp_path)]
    assert main(["keys", "add", "maria", "--scope", "steward", *arguments, "--json"]) == 0
    secret = json.loads(capsys.readouterr().out)["key"]
    file = tmp_path / ".ldt" / "keys.json"
    assert secret not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    keys = Keys(file)
    found = keys.find(secret)
    assert found is not None
    assert (found.name, found.scope) == ("maria", "steward")
    assert keys.find(secret[:-1]) is None
    assert main(["keys", "list", *arguments]) == 0
    listed = capsys.readouterr().out
    assert "maria  steward" in listed
    assert secret not in listed
    assert main(["keys", "revoke", "maria", *arguments]) == 0
    assert keys.find(secret) is None  # the file is read again


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["add"], "has a name"), (["revoke"], "has a name"), (["revoke", "nobody"], "no key 'nobody'"),
     (["add", "a b"], "can't name"), (["add", "x", "--scope", "root"], "no scope 'root'")],
)  # fmt: skip
def test_a_bad_command_about_keys_is_told_and_writes_nothing(tmp_path, capsys, arguments, words):
    assert main(["keys", *arguments, "--dir", str(tmp_path)]) == ExitCode.USAGE
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_name_is_taken_once(keys, secrets):
    with pytest.raises(SettingsError, match="Revoke it first"):
        keys.add("read@example.org", "read")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"keys": [{}]}', '{"keys": [{"name": "a", "scope": "all", "hash": "", "made": ""}]}', "\x00"])  # fmt: skip
def test_a_file_that_is_none_of_keys_is_told_and_opens_nothing(tmp_path: Path, text):
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match="not a file of keys"):
        Access.of("0.0.0.0", 8000, "", path)


def test_a_contact_is_served_as_security_txt_where_there_is_one(tmp_path):
    store = EmbeddedStore(str(tmp_path))
    with TestClient(create_app(store, contact="mailto:security@example.org")) as client:
        answer = client.get("/.well-known/security.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert fields["Contact"] == "mailto:security@example.org"
    ahead = datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC)
    assert 100 < ahead.days < 366  # RFC 9116, 2.5.5
    with TestClient(create_app(store)) as client:
        assert client.get("/.well-known/security.txt").status_code == 404


@pytest.mark.parametrize("contact", ["me", "mailto:a b", "mailto:a\nContact: b", "javascript:alert(1)"])  # fmt: skip
def test_a_contact_that_is_no_address_is_told(tmp_path, contact):
    with pytest.raises(SettingsError, match="LDT_SECURITY_CONTACT"):
        serve(EmbeddedStore(str(tmp_path)), "127.0.0.1", 0, contact=contact)
