"""What `ldt init` writes: a commented skeleton; or, from a table, a dataset and a mapping to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph import assets
from ldt_graph.errors import SettingsError
from ldt_graph.ontology import Ontology
from ldt_graph.starter.guess import Starter, look
from ldt_graph.starter.written import SKELETON, mapping_text, toml_text

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SKELETON", "write_starter"]


def write_starter(folder: Path, source: Path, cls: str | None) -> Starter:
    """Write twin.toml, a mapping and a copy of a table into a folder, from a look at the table.

    Raises:
        SettingsError: The class is none; the table has nothing that tells its rows apart.
        SourceError: It can't be read.
    """
    ontology = Ontology.parse(assets.ontology_files())
    made = look(source, ontology, cls)
    if made.key is None:
        raise SettingsError(
            f"No column of {source.name} tells its rows apart.",
            hint="Each row needs an identifier of its own: add a column `id`.",
        )
    for part in ("data", "mappings", "shapes", "ontology"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "data" / source.name).write_bytes(source.read_bytes())
    mapping = folder / "mappings" / f"{made.name}.ttl"
    mapping.write_text(mapping_text(made, ontology), encoding="utf-8")
    text = toml_text(made, source.name, ontology)
    (folder / "twin.toml").write_text(text, encoding="utf-8")
    return made
