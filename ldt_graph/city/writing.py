"""Files as a city's departments would hand them over."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

from ldt_graph.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


def refuse_taken(folder: Path) -> None:
    """Refuse a folder that holds anything.

    Raises:
        SettingsError: It does, or is no folder.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(
            f"{folder} is not an empty folder; nothing was written.",
            hint="Name another with --dir.",
        )


def write_twin(folder: Path, twin: str, readme: str, mappings: Mapping[str, Path]) -> None:
    """Write what makes data a twin: `twin.toml`, `README.md`, and copies of mappings by the names that they get."""
    (folder / "mappings").mkdir()
    for name, mapping in mappings.items():
        (folder / "mappings" / name).write_bytes(mapping.read_bytes())
    (folder / "twin.toml").write_text(twin, encoding="utf-8")
    (folder / "README.md").write_text(readme, encoding="utf-8")


def write_csv(path: Path, columns: Sequence[object], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file with a header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def write_json(path: Path, value: object) -> None:
    """Write JSON, one item of a top-level list a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(value, list):
        body = ",\n".join(json.dumps(v, ensure_ascii=False) for v in value)
        path.write_text(f"[\n{body}\n]\n", encoding="utf-8")
    else:
        path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_sections(path: Path, sections: Mapping[str, Iterable[Sequence[object]]]) -> None:
    """Write an EPANET input file: sections of tab-separated lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for name, lines in sections.items():
            file.write(f"[{name}]\n")
            file.writelines("\t".join(str(w) for w in line) + "\n" for line in lines)
            file.write("\n")
        file.write("[END]\n")
