"""Where the text of a context comes from: a folder of the package, or a file of the twin; never the network."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ldt_graph import assets
from ldt_graph.errors import ContextError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
"""The NGSI-LD core context of no version, which is the newest (ETSI GS CIM 009, clause 4.4)."""

_CORE = re.compile(r"uri\.etsi\.org/ngsi-ld/v1/ngsi-ld-core-context(-v[\d.]+)?(\.jsonld)?")
_BRANCH = r"(?:(?:refs/heads/)?(?:master|main)|HEAD)"
# Addresses under which GitHub, and what mirrors it, serve a file of a repository's main branch.
_GITHUB = [
    re.compile(rf"raw\.githubusercontent\.com/([^/]+)/([^/]+)/{_BRANCH}/(.+)"),
    re.compile(rf"github\.com/([^/]+)/([^/]+)/(?:blob|raw)/{_BRANCH}/(.+)"),
    re.compile(r"([^/.]+)\.github\.io/([^/]+)/(.+)"),
    re.compile(r"cdn\.jsdelivr\.net/gh/([^/]+)/([^/@]+)(?:@(?:master|main|latest))?/(.+)"),
]


def address(ref: str) -> str:
    """Return what all spellings of an address have in common: no scheme, no `www.`, GitHub's by owner, repository and path."""
    parts = urlsplit(ref.strip())
    if parts.scheme not in ("http", "https"):
        return ref.strip()
    host = parts.netloc.lower().removeprefix("www.")
    plain = host + parts.path.rstrip("/")
    for form in _GITHUB:
        if found := form.fullmatch(plain):
            return "github:" + "/".join(found.groups())
    return f"{plain}?{parts.query}" if parts.query else plain


def is_core(ref: str) -> bool:
    """Whether a reference names the NGSI-LD core context, of whatever version."""
    return _CORE.fullmatch(address(ref)) is not None


def load(ref: str, extra: Mapping[str, Path] | None = None) -> dict[str, Any]:
    """Return the document that a reference names, with its `@context`.

    Args:
        ref: An address, in any of its spellings, or what `extra` calls it.
        extra: A twin's own contexts, which come first: reference → file.

    Raises:
        ContextError: Nothing is known under that reference, or its file holds no context.
    """
    return Library(extra or {}).load(ref)


class Library:
    """The shipped contexts and a twin's own. Documents are read once and shared: they are not to be changed."""

    def __init__(self, extra: Mapping[str, Path]) -> None:
        self._extra = {address(ref): path for ref, path in extra.items()}

    def load(self, ref: str) -> dict[str, Any]:
        """Return the document that a reference names; as the function `load`."""
        path = self._extra.get(address(ref)) or shipped().get(address(ref))
        if path is None:
            raise ContextError(
                f"The context {ref} can't be had: nothing ships under that address, and nothing is fetched.",
                ref=ref,
                hint=f'Name its file in twin.toml: contexts = {{ "{ref}" = "contexts/mine.jsonld" }}.',
            )
        return _document(path, ref)


@cache
def shipped() -> dict[str, Path]:
    """Return the shipped contexts: address → file."""
    folder = assets.root() / "contexts"
    entries = tomllib.loads((folder / "index.toml").read_text(encoding="utf-8"))["context"]
    return {address(a): folder / e["file"] for e in entries for a in e["addresses"]}


def _document(path: Path, ref: str) -> dict[str, Any]:
    try:
        stat = path.stat()
        return _read(path, stat.st_mtime_ns, stat.st_size)
    except (OSError, UnicodeDecodeError) as error:
        why = f"{path} can't be read: {error}"
    except (ValueError, RecursionError) as error:
        why = f"{path} is not JSON: {error}"
    except TypeError:
        why = f"{path} has no @context"
    raise ContextError(f"The context {ref} can't be had: {why}.", ref=ref)


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int, _size: int) -> dict[str, Any]:
    document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or "@context" not in document:
        raise TypeError
    return document
