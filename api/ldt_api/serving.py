"""The server: one port, and connections in bounds of number and time."""

from __future__ import annotations

import gc
import logging
import re
import socket
import sys
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from ldt_api.access import Access
from ldt_api.app import create_app
from ldt_graph.errors import SettingsError

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from ldt_graph.graph import Store
    from ldt_graph.source_rows import SourceRows

log = logging.getLogger(__name__)
HEADER_SECONDS = 10.0
"""In which a request's headers must be here."""
IDLE_SECONDS = 5
"""After which a connection that asks nothing more is closed."""
TAKE_SECONDS, TAKE_BYTES = 10.0, 65_536
"""Of an answer, so many bytes must be taken in so many seconds: until then it is in memory."""
MAX_CONNECTIONS = 500
MAX_HEADER = 16_384
_SWITCH = 0.0005
_BURST = 64
"""Connections taken in one turn of the loop, before any of them can be closed again: the depth of the queue."""
_SPARE = 2 * _BURST  # files that the process needs beside its connections, such a turn included


class Patient(H11Protocol):
    """A connection that waits for headers for so long, and that gives its place to a new one where it waits for nothing."""

    _late: asyncio.TimerHandle | None = None
    _untaken: asyncio.TimerHandle | None = None
    since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Take a connection; beyond the limit, close the one that has said nothing whole for longest."""
        if len(self.connections) >= max_connections() and not self._make_room():
            transport.abort()
            return
        super().connection_made(transport)
        self.since = self.loop.time()
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; from the first byte of a request, its headers have their time."""
        if self.transport is None:  # not taken
            return
        super().data_received(data)
        if self.asking:
            self._wait(0)
        elif self._late is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        if self.transport is not None:
            self._wait(0)
            self.resume_writing()
            super().connection_lost(exc)

    def eof_received(self) -> None:
        """Close a connection that was half closed before it asked anything."""
        if self.transport is not None and not self.asking:
            self.transport.close()

    def pause_writing(self) -> None:
        """Hold what the client does not take, for a while."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        if self._untaken is not None:
            self._untaken.cancel()

    def _watch(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._untaken = self.loop.call_later(TAKE_SECONDS, self._taken, left)

    def _taken(self, before: int) -> None:
        if before - self.transport.get_write_buffer_size() < TAKE_BYTES:
            self.transport.abort()
        else:
            self._watch()

    @property
    def asking(self) -> bool:
        """Whether a request is under way."""
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def complete(self) -> bool:
        """Whether a request is under way, and here to its end: whoever is still at its body may have stopped."""
        return self.asking and not self.cycle.more_body

    def _wait(self, seconds: float = HEADER_SECONDS) -> None:
        if self._late is not None:
            self._late.cancel()
        self._late = self.loop.call_later(seconds, self._close) if seconds else None

    def _close(self) -> None:
        self._late = None
        if not self.asking:
            self.transport.abort()

    def _make_room(self) -> bool:
        idle = [c for c in self.connections if isinstance(c, Patient) and not c.complete]
        if not idle:
            return False
        oldest = min(idle, key=lambda c: c.since)
        self.connections.discard(oldest)
        oldest.transport.abort()
        return True


def max_connections() -> int:
    """Return how many connections there may be: at most what the process has files for."""
    try:
        import resource

        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    except ImportError:  # not on this system
        return MAX_CONNECTIONS
    return max(16, min(MAX_CONNECTIONS, files - _SPARE)) if files > 0 else MAX_CONNECTIONS


def serve(
    store: Store,
    host: str,
    port: int,
    *,
    hosts: str = "",
    keys: Path | None = None,
    contact: str = "",
    sources: SourceRows | None = None,
) -> None:
    """Serve until stopped.

    Args:
        store: What is asked.
        host: Address to listen on.
        port: Port to listen on.
        hosts: Names, by commas, that this server is called by beside its address.
        sources: The twin's files, where they are at hand.
        keys: File of the keys that open it. An address that is not this machine's own needs one.
        contact: Address, as an IRI, for who finds a weakness of the server.

    Raises:
        SettingsError: The port is taken, the address is not this machine's, or it is open and there is no key; or
            the contact is no IRI.
    """
    import uvicorn

    if contact and not re.fullmatch(r"(mailto:|https://|tel:)[!-~]+", contact):
        raise SettingsError(
            f"{contact!r} is no contact.",
            hint="Write mailto:, https:// or tel: in LDT_SECURITY_CONTACT.",
        )
    access = Access.of(host, port, hosts, keys)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"{host}:{port} can't be served: {error.strerror}.",
                hint="Choose another with --port.",
            ) from None
    shown = f"[{host}]" if ":" in host else host
    log.info("GraphiQL: http://%s:%s/graphql", shown, port)
    needs = "" if access.keys is None else "; a key is needed"
    print(f"GraphiQL: http://{shown}:{port}/graphql   (stop with Ctrl-C{needs})", flush=True)  # noqa: T201
    app = create_app(store, access=access, contact=contact, sources=sources)
    answer_evenly()
    uvicorn.run(app, host=host, port=port, **bounds())


def answer_evenly() -> None:
    """Set up this process so that short questions are answered beside dear ones; call it when the application is made.

    The loop needs a few turns for each answer, and waits for each until a thread that computes lets go: after 5 ms
    unless told otherwise, which made the median beside two dear questions 90 ms, and 20 ms with 0.5. And whatever
    lives as long as the process is not looked through for garbage: 85 ms at a time, in which nobody is answered, are 15.
    """
    sys.setswitchinterval(_SWITCH)
    gc.collect()
    gc.freeze()


def bounds() -> dict[str, Any]:
    """Return uvicorn's settings for a server that anybody may reach."""
    return {
        "http": Patient,
        "ws": "none",
        "backlog": _BURST,
        "log_level": "error",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": IDLE_SECONDS,
        "timeout_graceful_shutdown": 5,
        "h11_max_incomplete_event_size": MAX_HEADER,
    }
