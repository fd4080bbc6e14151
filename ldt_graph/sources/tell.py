"""Tell what a dataset's source is: the connector by where it points, the formats by name and content."""

from __future__ import annotations

import difflib
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ldt_graph.errors import Place, SettingsError, SourceError
from ldt_graph.sources import registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from ldt_graph.model import Dataset
    from ldt_graph.sources.connect import ByteSource, Found


COORDINATES = ("x", "y")
"""The options that name columns of coordinates."""


@dataclass(frozen=True, slots=True)
class Part:
    """Files that one format reads together; the first one names it."""

    format: str
    files: tuple[ByteSource, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What is read of a source, in order; what is not, by name, and why."""

    parts: tuple[Part, ...]
    unread: Mapping[str, str]


def tell(dataset: Dataset, data_root: Path) -> Told:
    """Say which formats read which files. Of their bytes it opens the first of a `.json` file only.

    Raises:
        SourceError: There is nothing at the source, or nothing that a format reads.
        SettingsError: twin.toml names a format, a connector or an option that does not exist.
    """
    found = registry.connector(_connector(dataset, data_root)).find(dataset, data_root)
    parts = tuple(_parts(dataset, found))
    if not parts:
        raise _nothing(dataset, found)
    _check_options(dataset, parts)
    read = {f.name for part in parts for f in part.files}
    left = {f.name: "no format reads it" for f in found.files if f.name not in read}
    return Told(parts, left | dict(found.closed))


# ── where it comes from ──────────────────────────────────────────────────────────────────────────


def _connector(dataset: Dataset, data_root: Path) -> str:
    """Name the connector: by the scheme, else a folder, an archive of a known ending, a zip, or a file."""
    known = registry.connectors()
    scheme, colon, _ = dataset.source.partition("://")
    if colon:
        if scheme in known:
            return scheme
        raise SettingsError(
            f"Dataset {dataset.name}: nothing is registered that reads {scheme}://.",
            place=Place("twin.toml", dataset.line or None),
            hint=f"Connectors: {', '.join(known)}.",
        )
    path = data_root / dataset.source
    if not path.exists():
        raise SourceError(
            f"Dataset {dataset.name} has no file {dataset.source!r} in {data_root}.",
            hint="Check `source` in twin.toml, and --data.",
        )
    if path.is_dir():
        return "folder"
    ending = path.suffix.lower()
    if ending.removeprefix(".") in known:
        return ending.removeprefix(".")
    return "zip" if ending not in _by_suffix() and zipfile.is_zipfile(path) else "file"


# ── what it looks like ───────────────────────────────────────────────────────────────────────────


def _parts(dataset: Dataset, found: Found) -> Iterable[Part]:
    stated = dataset.format or (_whole(found) if found.collection else None)
    told = _as_stated(dataset, found, stated) if stated else _file_by_file(dataset, found)
    named = {f.name for files in told.values() for f in files}
    others = [*(f for f in found.files if f.name not in named), *found.beside]
    parts = [
        Part(name, files)
        for name, mine in told.items()
        for files in registry.format_(name).parts(mine, others)
    ]
    return sorted(parts, key=lambda p: p.files[0].name)


def _whole(found: Found) -> str | None:
    """Name the format that a file of this name gives to all: a feed by its `stops.txt`."""
    names = {PurePosixPath(f.name).name for f in found.files}
    marks = ((n, registry.format_(n).mark) for n in registry.formats())
    return next((name for name, mark in marks if mark in names), None)


def _as_stated(dataset: Dataset, found: Found, name: str) -> Mapping[str, list[ByteSource]]:
    known = registry.formats()
    if name not in known:
        raise SettingsError(
            f"Dataset {dataset.name} names the format {name!r}, which does not exist.",
            place=Place("twin.toml", dataset.line or None),
            hint=f"Formats: {', '.join(known)}.",
        )
    suffixes = registry.format_(name).suffixes
    every = not suffixes or not found.collection
    return {name: [f for f in found.files if every or f.suffix in suffixes]}


def _file_by_file(dataset: Dataset, found: Found) -> Mapping[str, list[ByteSource]]:
    told: dict[str, list[ByteSource]] = {}
    for file in found.files:
        names = _by_suffix().get(file.suffix, [])
        if len(names) > 1:
            names = [_by_content(dataset, file, names)]
        if names:
            told.setdefault(names[0], []).append(file)
    return told


def _by_suffix() -> dict[str, list[str]]:
    """Return ending → the formats that have it."""
    found: dict[str, list[str]] = {}
    for name in registry.formats():
        for suffix in registry.format_(name).suffixes:
            found.setdefault(suffix, []).append(name)
    return found


def _by_content(dataset: Dataset, file: ByteSource, names: list[str]) -> str:
    """Tell networks of pandapower and pandapipes, GeoJSON and NGSI-LD from other JSON by the first characters of the file."""
    if file.suffix != ".json":
        raise SettingsError(
            f"Dataset {dataset.name}: several formats read {file.suffix}: {', '.join(names)}.",
            place=Place("twin.toml", dataset.line or None),
            hint=f"Name one: format = {names[0]!r}.",
        )
    try:
        head = file.head(4096).decode("utf-8", errors="replace")
    except OSError as error:
        raise unreadable(file.label, error) from None
    if '"pandapowerNet"' in head or '"pandapipesNet"' in head:
        return "pandapower"
    if '"FeatureCollection"' in head:
        return "geojson"
    if '"@context"' in head or ('"urn:ngsi-ld:' in head and '"type"' in head):
        return "ngsi-ld"
    return "json"


def unreadable(label: str, error: OSError) -> SourceError:
    """Return the error for bytes that can't be had."""
    return SourceError(f"The file can't be read: {error.strerror or error}.", place=Place(label))


# ── what can't be told ───────────────────────────────────────────────────────────────────────────


def _nothing(dataset: Dataset, found: Found) -> SourceError:
    if not found.collection:
        return SourceError(
            "No format is known by this ending.",
            place=Place(found.files[0].label),
            hint=f"Name it in twin.toml: format = one of {', '.join(registry.formats())}.",
        )
    names = [*(f.name for f in found.files), *found.closed]
    return SourceError(
        f"Dataset {dataset.name}: {dataset.source} holds no file that a format reads.",
        hint=f"It holds {', '.join(names[:8])}{', …' if len(names) > 8 else ''}."
        if names
        else None,
    )


def _check_options(dataset: Dataset, parts: Sequence[Part]) -> None:
    known = options_of(parts)
    for option in dataset.options:
        # x and y are keys of their own, of which `open_dataset` says which columns there are.
        if option not in known and option not in COORDINATES:
            near = difflib.get_close_matches(option, known, 1)
            names = sorted({p.format for p in parts})
            raise SettingsError(
                f"Dataset {dataset.name}: the format {' or '.join(names)} has no option {option!r}.",
                place=Place("twin.toml", dataset.line or None),
                hint=f"Did you mean {near[0]!r}?"
                if near
                else f"Options: {', '.join(sorted(known)) or 'none'}.",
            )


def options_of(parts: Sequence[Part]) -> set[str]:
    """Return the options that at least one of the formats has."""
    return {o for p in parts for o in registry.format_(p.format).options}
