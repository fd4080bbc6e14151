"""Validate files without a twin: RDF as it is, other formats through a mapping, by the stages that a build runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph import assets
from ldt_graph.check.rdf import SYNTAXES, read_rdf, syntax_of
from ldt_graph.errors import SettingsError
from ldt_graph.model import Dataset, Violation, create_tables
from ldt_graph.sources.cells import Files, plain_source
from ldt_graph.violations import ORDER
from ldt_graph.workspace import connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from ldt_graph.ontology import Ontology
    from ldt_graph.settings import Settings

BASE = "urn:ldt-graph:data/"
"""What relative IRIs of a mapping begin with, unless the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of it.

    Attributes:
        entities: How many things the files describe.
        violations: In their order.
        files: Where they stand.
    """

    entities: int
    violations: tuple[Violation, ...]
    files: Files

    @property
    def conforms(self) -> bool:
        """Whether nothing would be set aside."""
        return all(v.severity != "violation" for v in self.violations)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be validated, and how.

    Attributes:
        data: Files.
        shapes: Files, folders of them, or shapes that ship by name.
        mapping: A file, or a mapping that ships by name; of a format that has one that ships it needs none.
        format: Of the data, where their endings don't tell: a source format, or one of `SYNTAXES`.
        ontology: Files beside the ontology that ships.
        base: What relative IRIs of the mapping begin with.
        options: Of the source format.
        references: Column → where what it names is looked for, as in twin.toml.
        root: The folder that they are relative to.
    """

    data: Sequence[Path]
    shapes: Sequence[str]
    mapping: str | None = None
    format: str | None = None
    ontology: Sequence[Path] = ()
    base: str = BASE
    options: tuple[tuple[str, str], ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    root: Path = Path()


def check(asked: Asked, settings: Settings) -> Checked:
    """Validate some files together: what one says, the others see. Nothing is recorded.

    Raises:
        LdtError: What the stages raise; SettingsError where a mapping is missing.
    """
    from ldt_graph.ontology import Ontology

    ontology = Ontology.parse([*assets.ontology_files(), *asked.ontology])
    shapes = [file for name in asked.shapes for file in _shapes(name)]
    datasets = _datasets(asked)
    files = Files(datasets, asked.root)
    with connect(settings) as con:
        create_tables(con)
        for dataset in datasets:
            _read(con, dataset, asked, ontology, files)
        entities = _judge(con, datasets, shapes, ontology, asked, settings)
        found = con.execute(f"FROM violations ORDER BY {ORDER}").fetchall()
    return Checked(entities, tuple(Violation(*row) for row in found), files)


def _datasets(asked: Asked) -> list[Dataset]:
    found: dict[str, Dataset] = {}
    for path in asked.data:
        stem = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "data"
        name, again = stem, 1
        while name in found:
            name, again = f"{stem}-{again + 1}", again + 1
        form = None if asked.format in SYNTAXES else asked.format
        found[name] = Dataset(
            name,
            str(path),
            asked.mapping or "",
            form,
            options=dict(asked.options),
            references=dict(asked.references),
        )
    return list(found.values())


def _read(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, asked: Asked, ontology: Ontology, files: Files
) -> None:
    path = asked.root / dataset.source
    syntax = (
        asked.format if asked.format in SYNTAXES else None if asked.format else syntax_of(path.name)
    )
    if syntax == "jsonld" and asked.format is None and (asked.mapping or b"ngsi-ld" in _head(path)):
        syntax = None
    if syntax is None:
        _lift(con, dataset, asked, ontology)
        return
    source = plain_source(dataset, path, dataset.source, syntax)
    files.add(dataset.name, dataset.source, source)
    read_rdf(con, source.text, syntax, dataset=dataset.name, source=dataset.source)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(1 << 16)
    except OSError as error:
        raise SettingsError(f"{path} can't be read: {error.strerror or error}.") from None


def _lift(
    con: duckdb.DuckDBPyConnection, dataset: Dataset, asked: Asked, ontology: Ontology
) -> None:
    from ldt_graph.lift import lift, parse_mapping
    from ldt_graph.sources import open_dataset
    from ldt_graph.sources.tell import tell

    told = tell(dataset, asked.root)
    name = asked.mapping or next(
        (p.format for p in told.parts if p.format in assets.names("mappings")), None
    )
    if name is None:
        raise SettingsError(
            f"{dataset.source} is no RDF: how its columns are read is what a mapping says.",
            hint="Give --mapping FILE; `ldt init DIR --from FILE` writes one to begin with.",
        )
    mapping = parse_mapping(_asset("mappings", name))
    tables = open_dataset(con, dataset, asked.root, ontology.units)
    lift(
        con,
        mapping,
        tables,
        dataset=dataset.name,
        base=f"{asked.base}{dataset.name}/",
        references=dataset.references,
    )


def _judge(
    con: duckdb.DuckDBPyConnection,
    datasets: Sequence[Dataset],
    shapes: Sequence[Path],
    ontology: Ontology,
    asked: Asked,
    settings: Settings,
) -> int:
    from ldt_graph import validate as judge
    from ldt_graph.link import link
    from ldt_graph.repair import repair
    from ldt_graph.sources import locate

    link(con, datasets, ontology)
    every = {d.name: shapes for d in datasets}
    judge.validate(con, every, ontology, settings=settings)
    judge.check_references(con, ontology, base=asked.base)
    repair(con, every, ontology, datasets, base=asked.base)
    for dataset in datasets:
        if con.execute("SELECT 1 FROM rules WHERE dataset = ? LIMIT 1", [dataset.name]).fetchone():
            locate(con, dataset, asked.root)
    judge.tell_once(con)
    # Of a part of a twin nobody knows what lies outside of it.
    con.execute("DELETE FROM violations WHERE rule = 'reference:external'")
    said = "SELECT subject FROM statements UNION SELECT subject FROM set_aside"
    return con.execute(f"SELECT count(DISTINCT subject) FROM ({said})").fetchall()[0][0]


def _shapes(name: str) -> list[Path]:
    """Return what names shapes: the Turtle files of a folder, a file, or shapes that ship."""
    folder = Path(name)
    if not folder.is_dir():
        return [_asset("shapes", name)]
    found = sorted(folder.rglob("*.ttl"))
    if not found:
        raise SettingsError(f"There is no shapes file (*.ttl) in {name}.")
    return found


def _asset(kind: assets.AssetKind, name: str) -> Path:
    if Path(name).is_file():
        return Path(name)
    if "." in name or "/" in name:
        raise SettingsError(f"{name} is no file.")
    return assets.find(kind, name)


__all__ = ["BASE", "SYNTAXES", "Asked", "Checked", "check"]
