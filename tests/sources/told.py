"""A source read as a build reads it: its rows, and all that was said of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb

from ldt_graph import assets
from ldt_graph.errors import SourceError
from ldt_graph.lift import lift, parse_mapping
from ldt_graph.model import Dataset, create_tables
from ldt_graph.ontology import Ontology
from ldt_graph.sources import open_dataset
from tests.sources.mutations import leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ATTRIBUTES = Ontology.parse(assets.ontology_files()).units


class Told:
    """A dataset read, and lifted where asked."""

    def __init__(
        self, folder: Path, source: str, contexts: Mapping[str, Path] | None = None, **more: Any
    ) -> None:
        self.con = duckdb.connect()
        create_tables(self.con)
        dataset = Dataset("d", source, "none", **more)
        self.tables = open_dataset(self.con, dataset, folder, ATTRIBUTES, contexts)

    def rows(self, table: str, *columns: str) -> list[tuple]:
        found = self.tables[table]
        wanted = ", ".join(f'"{c if c[0] == "_" else found.sql_column(c)}"' for c in columns)
        return self.con.execute(f"SELECT {wanted} FROM {found.relation} ORDER BY rowid").fetchall()

    @property
    def reports(self) -> list[tuple]:
        return self.con.execute(
            'SELECT rule, severity, row, "column", value FROM violations ORDER BY row, rule, "column"'
        ).fetchall()

    @property
    def rules(self) -> list[str]:
        return [r[0] for r in self.reports]

    @property
    def messages(self) -> str:
        return "\n".join(
            m for (m,) in self.con.execute("SELECT message FROM violations").fetchall()
        )

    @property
    def unused(self) -> dict[str, int]:
        return dict(
            self.con.execute(
                "SELECT kind || ' ' || name, count FROM coverage WHERE NOT used"
            ).fetchall()
        )

    def cells(self) -> set[str]:
        """Every cell of every table."""
        return {
            cell
            for name, table in self.tables.items()
            for row in self.rows(name, *table.columns)
            for cell in row
            if cell is not None
        }

    def lifted(self, mapping: str) -> list[tuple]:
        """Statements of the shipped mapping: subject, predicate's last word, object, datatype's or language."""
        lift(
            self.con,
            parse_mapping(assets.find("mappings", mapping)),
            self.tables,
            dataset="d",
            base="http://b/d/",
        )
        return self.con.execute(
            "SELECT subject, regexp_extract(predicate, '[^#/]*$'), object, "
            "coalesce(lang, regexp_extract(datatype, '[^#/]*$')) FROM statements ORDER BY ALL"
        ).fetchall()


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def pack(path: Path, files: Mapping[str, str | bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)


def as_json(folder: Path, name: str, document: Any) -> str:
    write(folder, {name: json.dumps(document, ensure_ascii=False)})
    return name


def lost_in_silence(read: Callable[[Path, Any], Told], document: Any) -> list[str]:
    """Return the values of a document that are in no cell, where nothing is said of it; an error says enough."""
    with TemporaryDirectory() as made:
        try:
            got = read(Path(made), document)
        except SourceError:
            return []
        held = " ".join(got.cells())
        lost = [leaf for leaf in leaves(document) if leaf not in held]
        return [] if got.reports or got.unused else lost
