"""The models that a file, a folder or a checkout holds, and what their `model.yaml` says of kinds and units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast, get_args

import yaml

from ldt_graph.contexts import CORE, Context
from ldt_graph.contexts import Library as Contexts
from ldt_graph.derive.documents import ADDRESSES
from ldt_graph.derive.form import AttributeKind
from ldt_graph.errors import ContextError, Place, SchemaError
from ldt_graph.namespaces import NGSI_LD, NGSI_LD_DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SCHEMA, NOTES, CONTEXT = "schema.json", "model.yaml", "context.jsonld"
_REPOSITORY = re.compile(r"dataModels?\..+")
_SAID = re.compile(r"\s*(?P<kind>\w+)\s*\.(?:\s|$)")
_UNIT = re.compile(r"Units?:\s*'(?P<unit>[^']+)'")
_MARKS = re.compile(r"(?:Model|Units?|Enum|Format|Privacy|Multilingual)\s*:\s*'[^']*'\s*\.?\s*")
_KINDS = {k.lower(): k for k in get_args(AttributeKind)}
_LICENCES = (
    (
        re.compile(r"Creative Commons Attribution 4\.0", re.IGNORECASE),
        "https://creativecommons.org/licenses/by/4.0/",
    ),
    (
        re.compile(r"Apache License,?\s+Version 2\.0", re.IGNORECASE),
        "https://www.apache.org/licenses/LICENSE-2.0",
    ),
)


@dataclass(frozen=True)
class Source:
    """A model's files.

    Attributes:
        schema: Its schema.
        folder: Its folder, which the model is named after; None for a schema file that stands alone.
    """

    schema: Path
    folder: Path | None

    @property
    def checkout(self) -> Path:
        """Return the folder of its repository."""
        return self.folder.parent if self.folder else self.schema.parent

    @property
    def name(self) -> str:
        """Return the model's name, by its folder or file."""
        if self.folder:
            return self.folder.name
        return (
            self.schema.name.removesuffix(".json").removesuffix(".schema").removesuffix("-schema")
            or self.schema.name
        )

    def repository(self, root: Any) -> str:  # noqa: ANN401  (JSON)
        """Return the name of its repository: the checkout's, or the one in the schema's own address."""
        named = self.checkout.resolve().name
        if _REPOSITORY.fullmatch(named):
            return named
        own = root.get("$id", "") if isinstance(root, dict) else ""
        found = next(
            (m for p in ADDRESSES if isinstance(own, str) and (m := p.fullmatch(own))), None
        )
        return found["repository"] if found else named

    @cached_property
    def notes(self) -> dict[str, Any]:
        """Return what its model.yaml says, every value as a text; nothing where there is none.

        Raises:
            SchemaError: It is not YAML.
        """
        path = self.schema.parent / NOTES
        if not path.is_file():
            return {}
        try:
            read = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_LOADER)  # noqa: S506  (texts alone)
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            raise SchemaError(
                f"Not valid YAML: {getattr(error, 'problem', None) or error}.",
                place=Place(path.as_posix(), mark.line + 1 if mark else None),
            ) from None
        inner = read.get(self.name, next(iter(read.values()), {})) if isinstance(read, dict) else {}
        return inner if isinstance(inner, dict) else {}

    def noted(self, name: str) -> dict[str, Any]:
        """Return what model.yaml notes of an attribute under `x-ngsi`."""
        properties = self.notes.get("properties")
        found = properties.get(name) if isinstance(properties, dict) else None
        noted = found.get("x-ngsi") if isinstance(found, dict) else None
        return noted if isinstance(noted, dict) else {}

    @property
    def licence(self) -> str | None:
        """Return the address of the licence that its LICENSE.md holds; None where it has none that is known."""
        for folder in (self.schema.parent, self.checkout):
            path = folder / "LICENSE.md"
            if path.is_file():
                text = path.read_text(encoding="utf-8", errors="replace")
                return next((iri for words, iri in _LICENCES if words.search(text)), None)
        return None

    @property
    def commit(self) -> str | None:
        """Return the commit that the checkout stands at; None where it is no git repository."""
        git = self.checkout / ".git"
        head = _first_line(git / "HEAD")
        if not head.startswith("ref: "):
            return head or None
        branch = head.removeprefix("ref: ")
        packed = git / "packed-refs"
        lines = packed.read_text(encoding="utf-8").splitlines() if packed.is_file() else []
        named = next((line.split()[0] for line in lines if line.endswith(" " + branch)), None)
        return _first_line(git / branch) or named


_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].strip() if path.is_file() else ""


def sources(paths: Sequence[Path]) -> list[Source]:
    """Return the models in schema files, models' folders, checkouts, and folders of checkouts, sorted.

    Raises:
        SchemaError: Nothing stands at a path, or no schema.
    """
    found: dict[Path, Source] = {}
    for path in paths:
        for source in _in(path):
            found.setdefault(source.schema.resolve(), source)
    return sorted(
        found.values(), key=lambda s: (s.checkout.resolve().name, s.name, s.schema.as_posix())
    )


def _in(path: Path) -> Iterator[Source]:
    if path.is_file() or not path.exists():
        folder = path.absolute().parent if path.name == SCHEMA else None
        yield Source(path, folder)
    elif (path / SCHEMA).is_file():
        yield Source(path / SCHEMA, path.absolute())
    else:
        schemas = sorted({*path.glob(f"*/{SCHEMA}"), *path.glob(f"*/*/{SCHEMA}")})
        if not schemas:
            raise SchemaError(
                f"No {SCHEMA} in this folder, nor one or two folders below it.",
                place=Place(path.as_posix()),
                hint="Name a schema file, a model's folder, or a checkout of a repository of models.",
            )
        yield from (Source(s, s.absolute().parent) for s in schemas)


def context_of(source: Source, repository: str, stated: Sequence[Path]) -> Context:
    """Return what names mean in a model: its repository's context, then NGSI-LD's (ETSI GS CIM 009, clause 5.5.7).

    Args:
        source: The model.
        repository: Its repository, whose context may ship.
        stated: Context files that take the place of the repository's; NGSI-LD's follows unless it is among them.

    Raises:
        ContextError: A context can't be had, or says what JSON-LD forbids.
    """
    own = source.checkout / CONTEXT
    files = list(stated) or ([own] if own.is_file() else [])
    library = Contexts({path.as_posix(): path for path in files})
    parts = [library.load(path.as_posix())["@context"] for path in files]
    if not files:
        address = (
            f"https://raw.githubusercontent.com/smart-data-models/{repository}/master/{CONTEXT}"
        )
        try:
            parts = [library.load(address)["@context"]]
        except ContextError:
            parts = []
    context = Context.of(parts, library)
    value = context.terms.get("value")
    core = context.vocab == NGSI_LD_DEFAULT and value is not None and value.iri == NGSI_LD.hasValue
    return context if stated and core else context.extended(CORE)


def kind_of(source: Source, name: str, words: str) -> AttributeKind | None:
    """Return what NGSI-LD calls an attribute, by model.yaml, else by the first word of its description."""
    noted = str(source.noted(name).get("type", "")).lower()
    said = _SAID.match(words)
    found = _KINDS.get(noted) or (_KINDS.get(said["kind"].lower()) if said else None)
    return cast("AttributeKind | None", found)


def unit_of(source: Source, name: str, words: str) -> str | None:
    """Return an attribute's unit as the model names it."""
    found = _UNIT.search(words)
    unit = source.noted(name).get("units") or (found["unit"] if found else None)
    return unit.strip() if isinstance(unit, str) and unit.strip() else None


def plain(words: str) -> str:
    """Return a description without what it says of kinds, units and models."""
    said = _SAID.match(words)
    rest = words[said.end() :] if said and said["kind"].lower() in _KINDS else words
    return " ".join(_MARKS.sub("", rest).split())
