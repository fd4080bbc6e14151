"""Follow and swap: the newest version of a store, swapped in when it is whole, and older ones when asked."""

from __future__ import annotations

import gc
import itertools
import logging
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakSet

from ldt_graph.deadline import go_on
from ldt_graph.errors import LdtError, Unavailable, VersionMoved
from ldt_graph.impact import network_of
from ldt_graph.record import version_at

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ldt_graph.graph import Graph, Store
    from ldt_graph.model import Version
    from ldt_graph.source_rows import SourceRows

log = logging.getLogger(__name__)


class _Held(NamedTuple):
    """A graph that is served, the mark under which the store had it, and which look at the store found it."""

    graph: Graph
    mark: Hashable
    look: int


class Following:
    """A store as the API sees it. A thread looks for newer versions; whoever has a graph keeps it to the end.

    A store that fails is asked again at the next look; until then what is in memory is served on, and
    `fault` says what was wrong.

    Args:
        store: Any store; its first version may still be in the making.
        poll: Seconds between two looks.
        keep: Older versions held in memory.
        sources: The twin's files, where they are at hand.
    """

    def __init__(
        self,
        store: Store,
        *,
        poll: float = 1.0,
        keep: int = 2,
        sources: SourceRows | None = None,
    ) -> None:
        self.store, self.sources = store, sources
        self.fault: Exception | None = None
        self._poll, self._keep = poll, keep
        self._held: _Held | None = None
        self._older: OrderedDict[int, Graph] = OrderedDict()
        self._loaded: WeakSet[Graph] = WeakSet()  # of these, who still lives
        self._looks = itertools.count()
        self._swapping, self._renewing = threading.Lock(), threading.Lock()
        self._loading = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="ldt-follow", daemon=True)

    def start(self) -> None:
        """Look once, then go on looking."""
        self._try()
        self._thread.start()

    def stop(self) -> None:
        """Stop looking, and let go of the store."""
        self._stop.set()
        self._thread.join()
        self.store.close()

    def ready(self) -> bool:
        """Return whether a version can be asked now."""
        return self._held is not None and not isinstance(self.fault, Unavailable)

    def missed(self, error: Unavailable) -> None:
        """Note that a question found the store gone."""
        self.fault = error

    def graph(self, as_of: str | None = None) -> Graph:
        """Return the newest version, or the one that a number or time names.

        Raises:
            Unavailable: The store can't be reached, or has no version yet.
            NoSuchVersion, QueryError: There is no such version, or the store does not hold it.
        """
        held = self._held
        newest = held.graph if held is not None and self.ready() else self.renew()
        if as_of is None:
            return newest
        version = version_at(self.store.versions(), as_of)
        if version.number == newest.version.number:
            return newest
        return self._remembered(version.number) or self._load(version)

    def renew(self) -> Graph:
        """Return what the store holds at this moment, its network unread.

        Raises:
            Unavailable: It can't be reached, or has no version yet.
        """
        with self._renewing:
            try:
                return self._look(whole=False).graph
            except Unavailable:
                raise
            except LdtError as error:
                if self._held is not None:
                    return self._held.graph
                raise Unavailable(
                    f"No version can be asked yet: {error.message}",
                    hint=f"{error.hint or ''} This server goes on looking.".strip(),
                ) from error

    def _follow(self) -> None:
        while not self._stop.wait(self._poll):
            self._try()

    def _try(self) -> None:
        """Look; a fault is said once, and does not end the following."""
        try:
            self._look(whole=True)
        except VersionMoved:
            pass  # the next look meets what it moved on to
        except Exception as error:  # whatever a store is made of: the next look may find it well
            if str(error) != str(self.fault):
                ours = isinstance(error, LdtError)
                log.warning("The store can't be read: %s", error, exc_info=None if ours else error)
            self.fault = error

    def _look(self, *, whole: bool) -> _Held:
        """Swap in what is newer, with its network read first if it is to be `whole`.

        Looks overlap: one that began earlier never replaces what a later one found.
        """
        look, mark, held = next(self._looks), self.store.mark(), self._held
        if held is None or held.mark != mark:
            found = _Held(self.store.open(), mark, look)
            if whole:
                network_of(found.graph)
            with self._swapping:
                if self._held is None or self._held.look < look:
                    self._held = found
                    log.info("Serving version %s.", found.graph.version.number)
                held = self._held
        elif whole:
            network_of(held.graph)
        self.fault = None
        return held

    def _remembered(self, number: int) -> Graph | None:
        with self._swapping:
            if number in self._older:
                self._older.move_to_end(number)
            return self._older.get(number)

    def _load(self, version: Version) -> Graph:
        """Open an older version, one at a time: each is a whole city."""
        with self._loading:
            go_on()  # whoever asked may have gone while others loaded
            graph = self._remembered(version.number)
            if graph is None:
                if len(self._loaded) > self._keep:
                    gc.collect()  # what a question leaves in a cycle of references is a city, too
                graph = self.store.open(version)
                self._loaded.add(graph)
            with self._swapping:
                self._older[version.number] = graph
                while len(self._older) > self._keep:
                    self._older.popitem(last=False)
            return graph
