"""What a store and its graphs can be asked, and the registry that stores join by entry point.

A store registers in the group `ldt_graph.stores`: its name, and what is called as `make(record, settings)`.
Nothing else in the twin names one, but for the default.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ldt_graph.errors import QueryError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from importlib.metadata import EntryPoint

    from ldt_graph.graph.columns import NetworkColumns
    from ldt_graph.model import (
        Entity,
        EntityFilter,
        Page,
        Relation,
        Version,
        ViolationFilter,
        ViolationGroup,
        ViolationPage,
    )
    from ldt_graph.ontology import Ontology
    from ldt_graph.settings import Settings

CountBy = Literal["type", "domain", "dataset"]
Direction = Literal["out", "in"]

GROUP = "ldt_graph.stores"
DEFAULT = "embedded"


class Graph(Protocol):
    """A version of the twin that can be asked. Every answer is ordered, so that stores can be compared.

    A graph is safe to ask from several threads, can be hashed, and can be pointed at weakly.
    """

    @property
    def version(self) -> Version:
        """The version that every answer of this object comes from."""
        ...

    @property
    def ontology(self) -> Ontology:
        """The ontology of that version."""
        ...

    def find(self, where: EntityFilter, *, first: int, after: str | None = None) -> Page:
        """Return a page of the entities that match, in IRI order, after the IRI `after`."""
        ...

    def count(self, where: EntityFilter, by: CountBy) -> dict[str, int]:
        """Count matching entities by most specific type, domain or dataset; keys sorted."""
        ...

    def relations(
        self, iris: Sequence[str], direction: Direction = "out"
    ) -> dict[str, tuple[Relation, ...]]:
        """Return the relations from each entity (`out`) or to it (`in`), sorted by name and other end."""
        ...

    def resolve(self, name: str) -> str:
        """Return the IRI that a name means: an IRI, a CURIE `dataset:identifier`, or an identifier.

        Raises:
            UnknownEntity: Nothing has that name; the message says how to search.
            AmbiguousEntity: Several datasets have it; the message lists the CURIEs.
        """
        ...

    def describe(self, iri: str) -> Entity:
        """Return one entity.

        Raises:
            UnknownEntity: The version has no such entity.
        """
        ...

    def columns(self) -> NetworkColumns:
        """Return the version's network as columns. Linear in the version; whoever needs them again keeps them."""
        ...


class Store(Protocol):
    """Where versions of a twin are kept, to be opened as graphs.

    Raises:
        Unavailable: By any method: the store can't be reached, or holds no version yet. Asking again may help.
        VersionMoved: By a graph of a store that holds one version only: it holds another now.
    """

    def mark(self) -> Hashable:
        """Return what changes when `open()` would open something newer; cheap enough to be asked every second."""
        ...

    def open(self, version: Version | None = None) -> Graph:
        """Open a version, the newest by default.

        Raises:
            QueryError: The store does not hold that version; the message says who does.
        """
        ...

    def versions(self) -> Sequence[Version]:
        """Return every version up to the newest, oldest first."""
        ...

    def datasets(self, version: Version) -> Sequence[Mapping[str, Any]]:
        """Return each dataset of a version: its name, and the counts of its build."""
        ...

    def violations(
        self,
        version: Version,
        where: ViolationFilter,
        *,
        first: int | None = None,
        after: str | None = None,
    ) -> ViolationPage:
        """Return a page of what a version's build set aside or warned of, by dataset, file and row.

        Raises:
            QueryError: `after` is not the cursor of such a page.
        """
        ...

    def violation_groups(
        self, version: Version, where: ViolationFilter, by: Sequence[str]
    ) -> Sequence[ViolationGroup]:
        """Return a version's violations that are alike in the columns `by`, the largest groups first, then by these.

        The first of a group is the first in the order of `violations`.
        """
        ...

    def close(self) -> None:
        """Let go of what the store holds; its graphs are not asked any more."""
        ...


def store_names() -> tuple[str, ...]:
    """Return the names of the registered stores, sorted."""
    return tuple(sorted(_registered()))


def check_store(name: str) -> str:
    """Return the name of a registered store.

    Raises:
        SettingsError: There is none of that name; the message lists those there are.
    """
    if name not in _registered():
        raise SettingsError(
            f"There is no store {name!r}.",
            hint=f"Registered: {' or '.join(store_names()) or 'none; install the package again'}.",
        )
    return name


def open_store(name: str, record: str | None, settings: Settings) -> Store:
    """Return the store of that name.

    Args:
        name: As registered.
        record: Location of the twin's record, where the caller knows one; not every store needs it.
        settings: Where servers are, and how to reach them.

    Raises:
        SettingsError: There is no store of that name.
        MissingExtra: Its library is not installed.
    """
    return _registered()[check_store(name)].load()(record, settings)


def offset(after: str | None) -> int:
    """Return the position that a cursor of a list names; 0 without one.

    Raises:
        QueryError: It is none of ours.
    """
    if after is None:
        return 0
    if not (after.isascii() and after.isdecimal()) or len(after) > 18:
        raise QueryError(
            f"{after[:40]!r} is not a cursor of this list.", hint="Use pageInfo.endCursor."
        )
    return int(after)


def _registered() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
