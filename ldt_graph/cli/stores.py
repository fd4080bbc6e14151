"""What the options of a verb name: a record, a store, a version's graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.graph.store import DEFAULT, open_store
from ldt_graph.settings import Settings
from ldt_graph.twin import FILE, load_twin

if TYPE_CHECKING:
    import argparse

    from ldt_graph.graph import Graph, Store
    from ldt_graph.model import Version
    from ldt_graph.record import Record


def add_store(verb: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the option that names a store."""
    verb.add_argument("--store", metavar="NAME", help="ask this store instead of the twin's")


def record_of(options: argparse.Namespace) -> Record:
    """Return the record that the options name."""
    from ldt_graph.record import Record

    return Record(options.record or load_twin(options.dir).record)


def store_of(options: argparse.Namespace) -> Store:
    """Return the store that the options name, or the twin; a record that is named is asked itself."""
    name, record = options.store or DEFAULT, options.record
    if not record and (not options.store or (options.dir / FILE).exists()):
        twin = load_twin(options.dir)
        name, record = options.store or twin.store, twin.record
    return open_store(name, record, Settings.from_environment())


def graph_of(options: argparse.Namespace) -> Graph:
    """Open the version that the options name, in the store that they or the twin name."""
    store = store_of(options)
    return store.open(version_of(store, options) if options.as_of else None)


def version_of(store: Store, options: argparse.Namespace) -> Version:
    """Return the version that the options name, the newest by default."""
    from ldt_graph.record import version_at

    versions = store.versions()
    return version_at(versions, options.as_of) if options.as_of else versions[-1]
