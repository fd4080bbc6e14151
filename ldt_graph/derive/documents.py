"""JSON Schema documents on this disk: `$ref` is followed into the checkouts at hand, and never over a network."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urldefrag, urljoin

from ldt_graph.derive.geojson import geojson_schema
from ldt_graph.derive.patches import repaired
from ldt_graph.errors import Place, SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# Both addresses of a file of a repository of an organisation: pages (github.io) and raw files.
ADDRESSES = (
    re.compile(r"https?://[\w-]+\.github\.io/(?P<repository>[^/]+)/(?P<path>.+)"),
    re.compile(
        r"https?://raw\.githubusercontent\.com/[^/]+/(?P<repository>[^/]+)/(?:refs/heads/)?[^/]+/(?P<path>.+)"
    ),
    re.compile(
        r"https?://github\.com/[^/]+/(?P<repository>[^/]+)/(?:blob|raw|tree)/[^/]+/(?P<path>.+)"
    ),
)
_DRAFT = re.compile(
    r"https?://json-schema\.org/draft[-/](?P<draft>0[3-7]|2019-09|2020-12)/(?:hyper-)?schema#?/?"
)
_DRAFTS = ("03", "04", "05", "06", "07", "2019-09", "2020-12")
_NEWEST = "2020-12"
MEMBERS = frozenset(
    ["properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "dependencies"]
)
"""Keywords whose value maps names to schemas."""
SINGLES = frozenset(
    [
        "additionalItems",
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    ]
)
"""Keywords whose value is a schema (`items` may be a list of them)."""
LISTS = frozenset(["allOf", "anyOf", "oneOf", "prefixItems", "items"])
"""Keywords whose value is a list of schemas."""


@dataclass(frozen=True, eq=False)
class Document:
    """A schema file.

    Attributes:
        path: Where it lies; None for one that is known by its address alone.
        root: What it says.
        name: How messages call it.
        repairs: The places where a patch mended it, each with its reason.
    """

    path: Path | None
    root: Any
    name: str
    repairs: tuple[tuple[str, str], ...] = ()

    @cached_property
    def draft(self) -> str:
        """Return the draft of JSON Schema that it is written in: `07`, `2020-12`; the newest where it doesn't say.

        Raises:
            SchemaError: One that nothing here knows.
        """
        stated = self.root.get("$schema") if isinstance(self.root, dict) else None
        if stated is None or stated in (
            "http://json-schema.org/schema#",
            "http://json-schema.org/schema",
        ):
            return _NEWEST
        found = _DRAFT.fullmatch(stated) if isinstance(stated, str) else None
        if found is None or found["draft"] == "03":
            raise SchemaError(
                f"The draft {stated!r} of JSON Schema is not known.",
                place=Place(f"{self.name}#/$schema"),
                hint="Drafts 4 to 7, 2019-09 and 2020-12 are.",
            )
        return found["draft"]

    def before(self, draft: str) -> bool:
        """Tell whether its draft is older than another."""
        return _DRAFTS.index(self.draft) < _DRAFTS.index(draft)

    @cached_property
    def anchors(self) -> dict[str, str]:
        """Return the pointer of each subschema that has an anchor or an address of its own."""
        found: dict[str, str] = {}
        base = _own_address(self.root)
        for pointer, schema in walk(self.root):
            for word in ("$anchor", "$dynamicAnchor"):
                if isinstance(schema.get(word), str):
                    found.setdefault("#" + schema[word], pointer)
            own = schema.get("$id", schema.get("id"))
            if isinstance(own, str) and pointer:
                name = own if own.startswith("#") else urljoin(base, own.rstrip("#"))
                found.setdefault(name, pointer)
        return found


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a document.

    Attributes:
        document: The document.
        pointer: Its JSON Pointer (RFC 6901).
        schema: What stands there; None where nothing does.
    """

    document: Document
    pointer: str
    schema: Any = field(compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.document.name}#{self.pointer}"

    def __truediv__(self, step: str | int) -> Spot:
        if isinstance(step, int):
            return Spot(self.document, f"{self.pointer}/{step}", self.schema[step])
        inner = self.schema.get(step) if isinstance(self.schema, dict) else None
        return Spot(self.document, f"{self.pointer}/{escaped(step)}", inner)

    @property
    def place(self) -> Place:
        """Return the place that an error names."""
        return Place(str(self))


def root(document: Document) -> Spot:
    """Return a document's root."""
    return Spot(document, "", document.root)


def escaped(step: str) -> str:
    """Return a name as a step of a JSON Pointer."""
    return step.replace("~", "~0").replace("/", "~1") if "~" in step or "/" in step else step


class Missing(Exception):
    """A `$ref` leads to nothing here; the message says what is missing."""


class Library:
    """The schemas at hand.

    Args:
        folders: Folders whose subfolders are checkouts, named as their repositories.
        repair: Whether patches mend what is known to be wrong in a file.
    """

    def __init__(self, folders: Sequence[Path], *, repair: bool = False) -> None:
        self.repair = repair
        self.folders = tuple(folders)
        self._read: dict[Path, Document] = {}
        self._known: dict[str, Document] = {}

    def read(self, path: Path) -> Document:
        """Read a schema file.

        Raises:
            SchemaError: Missing, not JSON (with its line), or neither an object nor a truth value.
        """
        key = path.resolve()
        if key not in self._read:
            said, told = _parse(path), []
            if self.repair:
                said, told = repaired(said, key.as_posix())
            self._read[key] = Document(path, said, self._name(path), tuple(told))
        return self._read[key]

    def _name(self, path: Path) -> str:
        full = path.resolve()
        for folder in self.folders:
            if full.is_relative_to(folder.resolve()):
                return full.relative_to(folder.resolve()).as_posix()
        return path.as_posix()

    def follow(self, spot: Spot, reference: str) -> Spot:
        """Return the schema that a `$ref` means.

        Raises:
            Missing: Nothing here has it.
            SchemaError: The file that it leads to can't be read.
        """
        address, fragment = urldefrag(reference)
        inner = spot.document.anchors.get(self._absolute(spot, address)) if address else None
        if inner is not None:
            return _inside(spot.document, inner, fragment, reference)
        if address:
            return _inside(self._document(spot, address), "", fragment, reference)
        return _inside(spot.document, _resource(spot), fragment, reference)

    def _absolute(self, spot: Spot, address: str) -> str:
        return urljoin(_own_address(spot.document.root), address)

    def _document(self, spot: Spot, address: str) -> Document:
        absolute = self._absolute(spot, address)
        if absolute == _own_address(spot.document.root):
            return spot.document
        if (made := geojson_schema(absolute)) is not None:
            return self._known.setdefault(absolute, Document(None, made, absolute))
        for path in self._candidates(spot, address, absolute):
            if path.is_file():
                return self.read(path)
        raise Missing(f"{address} is not among the files here")

    def _candidates(self, spot: Spot, address: str, absolute: str) -> Iterator[Path]:
        if "://" not in address and spot.document.path is not None:
            beside = (spot.document.path.parent / unquote(address)).resolve()
            if any(beside.is_relative_to(f.resolve()) for f in self.folders):
                yield beside
        for pattern in ADDRESSES:
            if found := pattern.fullmatch(absolute):
                steps = unquote(found["path"]).split("/")
                if ".." not in steps:
                    yield from (f.joinpath(found["repository"], *steps) for f in self.folders)


def _own_address(root: Any) -> str:  # noqa: ANN401  (JSON)
    own = root.get("$id", root.get("id")) if isinstance(root, dict) else None
    return own.rstrip("#") if isinstance(own, str) else ""


def _resource(spot: Spot) -> str:
    """Return the pointer of the subschema with an address of its own that a spot stands in, or the document's."""
    if spot.document.before("2019-09"):
        return ""
    holders = [p for a, p in spot.document.anchors.items() if not a.startswith("#")]
    inside = [p for p in holders if spot.pointer == p or spot.pointer.startswith(p + "/")]
    return max(inside, key=len, default="")


def _inside(document: Document, pointer: str, fragment: str, reference: str) -> Spot:
    if fragment and not fragment.startswith("/"):
        anchored = document.anchors.get("#" + unquote(fragment))
        if anchored is None:
            raise Missing(f"{reference}: {document.name} has no anchor {fragment!r}")
        return Spot(document, anchored, at(document.root, anchored))
    full = pointer + unquote(fragment)
    try:
        return Spot(document, full, at(document.root, full))
    except (KeyError, IndexError, ValueError, TypeError):
        raise Missing(f"{reference}: {document.name} has nothing at {fragment}") from None


def at(root: Any, pointer: str) -> Any:  # noqa: ANN401  (JSON)
    """Return what a JSON Pointer names (RFC 6901).

    Raises:
        KeyError: Nothing stands there (or IndexError, ValueError, TypeError, as its holder has it).
    """
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        root = root[int(name)] if isinstance(root, list) else root[name]
    return root


def walk(schema: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:  # noqa: ANN401  (JSON)
    """Yield each subschema that is an object, with its pointer."""
    if not isinstance(schema, dict):
        return
    yield pointer, schema
    for word, value in schema.items():
        if word in MEMBERS and isinstance(value, dict):
            for name, inner in value.items():
                yield from walk(inner, f"{pointer}/{word}/{escaped(name)}")
        elif word in LISTS and isinstance(value, list):
            for number, inner in enumerate(value):
                yield from walk(inner, f"{pointer}/{word}/{number}")
        elif word in SINGLES:
            yield from walk(value, f"{pointer}/{word}")


def _parse(path: Path) -> Any:  # noqa: ANN401  (JSON)
    try:
        root = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_no_number)
    except OSError as error:
        raise SchemaError(
            f"The schema can't be read: {error.strerror or error}.",
            place=Place(path.as_posix()),
            hint="Name a schema.json, a model's folder, or a checkout.",
        ) from None
    except UnicodeDecodeError as error:
        raise SchemaError(
            f"The schema is not UTF-8: {error.reason}.", place=Place(path.as_posix())
        ) from None
    except json.JSONDecodeError as error:
        raise SchemaError(
            f"Not valid JSON: {error.msg}.", place=Place(path.as_posix(), error.lineno)
        ) from None
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"Not valid JSON: {error}.", place=Place(path.as_posix())) from None
    if not isinstance(root, dict | bool):
        raise SchemaError(
            f"A schema is an object, true or false; this is {_called(root)}.",
            place=Place(f"{path.as_posix()}#"),
        )
    return root


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _called(value: object) -> str:
    if value is None:
        return "null"
    return (
        "a list" if isinstance(value, list) else "a text" if isinstance(value, str) else "a number"
    )
