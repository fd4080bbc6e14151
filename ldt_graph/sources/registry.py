"""The registered connectors and formats: the entry points of whatever is installed, by name."""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, cast

from ldt_graph.errors import LdtError

if TYPE_CHECKING:
    from ldt_graph.sources.connect import Connector
    from ldt_graph.sources.formats import Format

CONNECTORS, FORMATS = "ldt_graph.connectors", "ldt_graph.formats"


def connectors() -> tuple[str, ...]:
    """Return the names of the registered connectors, sorted."""
    return tuple(sorted(_registered(CONNECTORS, tuple(sys.path))))


def formats() -> tuple[str, ...]:
    """Return the names of the registered formats, sorted."""
    return tuple(sorted(_registered(FORMATS, tuple(sys.path))))


def connector(name: str) -> Connector:
    """Load a registered connector."""
    return cast("Connector", _loaded(CONNECTORS, name))


def format_(name: str) -> Format:
    """Load a registered format; what reads it is imported when it reads."""
    return cast("Format", _loaded(FORMATS, name))


@cache
def _registered(group: str, path: tuple[str, ...]) -> dict[str, EntryPoint]:
    """Return the group's entry points. `path` is sys.path: another path, another answer."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise LdtError(
                f"Two packages register {point.name!r} in {group}: {other.value} and {point.value}.",
                hint="Uninstall one of them.",
            )
    if not found:
        raise LdtError(
            f"Nothing is registered in {group}: ldt-graph is not installed, or an older one is.",
            hint="Run `pip install ldt-graph`, or `pip install -e .` in a checkout.",
        )
    return found


def _loaded(group: str, name: str) -> object:
    point = _registered(group, tuple(sys.path))[name]
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise LdtError(
            f"{name!r}, which {group} names as {point.value}, can't be loaded: {error}.",
            hint="Reinstall the package that registers it.",
        ) from None
