"""Who may ask: by the name that they call the server, the page that they come from, and the key that they bring."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ldt_api.answers import fault
from ldt_api.keys import SCOPES, Keys
from ldt_graph.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fastapi import Response

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
OPEN = re.compile(r"/|/health|/ready|/static/.*|/\.well-known/security\.txt")
"""What needs no key: whether the server lives, and pages that hold no data. GraphiQL is one, with GET."""
NOT_ENOUGH = "The key's scope is not enough: `{}` is needed."
_HELD = "ldt.scope"  # in an ASGI scope: what the request's key is for
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^:\[\]\s/@]+)(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Access:
    """What a server asks of its clients.

    Attributes:
        hosts: Names that it is called by. Another name is an attack: a page elsewhere whose own name was made to
            lead here (DNS rebinding).
        keys: Its keys; None where this machine alone reaches it.
    """

    hosts: frozenset[str]
    keys: Keys | None = None

    @classmethod
    def of(cls, host: str, port: int, hosts: str = "", keys: Path | None = None) -> Access:
        """Return what a server at an address asks.

        Args:
            host: The address that it listens on.
            port: Its port.
            hosts: More names of it, by commas.
            keys: File of its keys.

        Raises:
            SettingsError: The address is open to others and there is no key.
        """
        named = {n.strip().lower().strip("[]") for n in hosts.split(",") if n.strip()}
        known = frozenset(LOOPBACK | named | {host.strip("[]").lower()})
        if is_loopback(host):
            return cls(known)
        held = Keys(keys) if keys is not None else None
        if held is None or not held.all():
            raise SettingsError(
                f"{host}:{port} is open to other machines, and there is no key that would keep strangers out.",
                hint="Make one: `ldt keys add NAME --scope read`; or listen on 127.0.0.1.",
            )
        return cls(known, held)

    def refusal(self, scope: Any) -> Response | None:  # noqa: ANN401  (ASGI)
        """Return the answer of a request that may not be answered; it tells nothing of what there is."""
        told = [(k.lower(), v.decode("latin-1")) for k, v in scope["headers"]]
        host = _one(told, b"host")
        name = _name(host)
        if name is None or not (name in self.hosts or self._any_address(name)):
            return fault(
                "This server is not called that. Whoever runs it names it in LDT_HOSTS.", 421
            )
        origins = [v for k, v in told if k == b"origin"]
        if any(not _same(origin, host) for origin in origins):
            return fault("Pages from elsewhere may not ask.", 403)
        if self.keys is None or _open(scope):
            return None
        return self._without_key(scope, _one(told, b"authorization"))

    def _any_address(self, name: str) -> bool:
        """Whether a server that listens on every address is called by one of them: no name leads there unseen."""
        if not self.hosts & {"0.0.0.0", "::"}:  # noqa: S104  (it is compared, not listened on)
            return False
        try:
            return bool(ipaddress.ip_address(name))
        except ValueError:
            return False

    def _without_key(self, scope: Any, authorization: str | None) -> Response | None:  # noqa: ANN401  (ASGI)
        kind, _, secret = (authorization or "").partition(" ")
        try:
            key = self.keys.find(secret.strip()) if self.keys else None
        except SettingsError:
            key = None  # a file that can't be read opens nothing
        if kind.lower() != "bearer" or key is None:
            text = (
                "A key is needed: send `Authorization: Bearer KEY`. Whoever runs this server makes "
                "one with `ldt keys add NAME --scope read`."
            )
            return fault(text, 401, headers={"WWW-Authenticate": 'Bearer realm="ldt-graph"'})
        if not key.allows("read"):
            return fault(NOT_ENOUGH.format("read"), 403)
        scope[_HELD] = key.scope
        return None


class Gate:
    """Lets in who may ask.

    Args:
        app: The ASGI application behind it.
        access: What it asks.
    """

    def __init__(self, app: Any, access: Access) -> None:  # noqa: ANN401  (an ASGI application)
        self._app, self._access = app, access

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  (ASGI)
        """Pass a request on, or answer it here."""
        refused = None if scope["type"] == "lifespan" else self._access.refusal(scope)
        if refused is not None and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await (self._app if refused is None else refused)(scope, receive, send)


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def scope_held(scope: Any) -> str:  # noqa: ANN401  (ASGI)
    """Return what a request that was let in may see: all, where no key was asked for."""
    return scope.get(_HELD, SCOPES[-1])


def _open(scope: Any) -> bool:  # noqa: ANN401  (ASGI)
    path, reads = scope["path"], scope.get("method") in ("GET", "HEAD")
    return reads and (path == "/graphql" or OPEN.fullmatch(path) is not None)


def _one(headers: Iterable[tuple[bytes, str]], name: bytes) -> str | None:
    """Return a header's value, where it is said once."""
    found = [v for k, v in headers if k == name]
    return found[0] if len(found) == 1 else None


def _name(host: str | None) -> str | None:
    match = _HOST.fullmatch(host or "")
    return match["name"].strip("[]").lower().rstrip(".") if match else None


def _same(origin: str, host: str | None) -> bool:
    """Whether a page's origin is this server as it was called."""
    return urlsplit(origin).scheme in ("http", "https") and urlsplit(origin).netloc == host
