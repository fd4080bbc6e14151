"""Find the declarative assets (ontology, mappings, shapes, contexts) in a wheel, an editable install or a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from ldt_graph.errors import LdtError

AssetKind = Literal["ontology", "mappings", "shapes"]


@cache
def root() -> Path:
    """Return the folder that holds `ontology/`, `mappings/`, `shapes/` and `contexts/`."""
    package = Path(__file__).parent
    for candidate in (package / "_assets", package.parent):
        if (candidate / "ontology" / "ldt.ttl").is_file():
            return candidate
    raise LdtError(
        f"The ontology, mappings, shapes and contexts that ship with ldt-graph are not beside {package}.",
        hint="Reinstall the package.",
    )


def ontology_files() -> tuple[Path, ...]:
    """Return every shipped ontology and alignment file, sorted."""
    return tuple(sorted((root() / "ontology").rglob("*.ttl")))


def context_files() -> tuple[Path, ...]:
    """Return every shipped JSON-LD context, and the index of their addresses, sorted."""
    return tuple(
        sorted(p for p in (root() / "contexts").rglob("*") if p.suffix in (".jsonld", ".toml"))
    )


@cache
def names(kind: AssetKind) -> dict[str, Path]:
    """Return the shipped files of a kind by their stem: `gtfs` → `mappings/mobility/gtfs.ttl`."""
    return {p.stem: p for p in sorted((root() / kind).rglob("*.ttl"))}


def find(kind: AssetKind, name: str) -> Path:
    """Return the shipped file of that name.

    Raises:
        LdtError: Nothing ships under that name; the message lists what does.
    """
    shipped = names(kind)
    if name not in shipped:
        raise LdtError(
            f"No shipped file {name!r} in {kind}.", hint=f"Shipped: {', '.join(shipped)}."
        )
    return shipped[name]
