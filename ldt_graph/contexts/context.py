"""An active context: what names mean (JSON-LD 1.1 API, sections 4.1 and 5.2)."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from ldt_graph.contexts.library import Library
from ldt_graph.contexts.terms import KEYWORDS, UNSAID, Maker, invalid, is_iri, keyword_like
from ldt_graph.errors import ContextError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ldt_graph.contexts.terms import Term

_OWN = frozenset(
    f"@{w}"
    for w in [
        "base",
        "direction",
        "import",
        "language",
        "propagate",
        "protected",
        "version",
        "vocab",
    ]
)


class Context:
    """What the names of a document mean. Made by `of` and `extended`, and not changed after.

    Attributes:
        terms: Name → definition.
        vocab: What names of no term are appended to.
        base: What relative IRIs are resolved against.
        language: Of texts that say nothing of theirs.
        previous: The context that holds again below the thing, where this one is of its type alone.
    """

    def __init__(self, library: Library) -> None:
        self.library = library
        self.terms: dict[str, Term] = {}
        self.vocab: str | None = None
        self.base: str | None = None
        self.language: str | None = None
        self.direction: str | None = None
        self.previous: Context | None = None
        self._known: dict[str, str | None] = {}

    @classmethod
    def of(
        cls,
        context: Any,  # noqa: ANN401  (JSON)
        extra: Mapping[str, Path] | Library | None = None,
        base: str = "",
    ) -> Context:
        """Return the context that `@context` states: an address, a map, null, or a list of these.

        Args:
            context: Its value.
            extra: A twin's own contexts, or the library that holds them.
            base: Where it stands; addresses are relative to it.

        Raises:
            ContextError: A part can't be had, or says what JSON-LD forbids.
        """
        library = extra if isinstance(extra, Library) else Library(extra or {})
        return cls(library).extended(context, base=base)

    # ── what names mean ────────────────────────────────────────────────────────────────────────

    def expand(self, name: str) -> str | None:
        """Return what the name of an attribute or a type stands for: an IRI or a keyword; None: nothing."""
        if name not in self._known:
            self._known[name] = self.iri(name, vocab=True)
        return self._known[name]

    def reference(self, text: str) -> str:
        """Return the IRI of a thing that is named by an IRI, a compact IRI or a relative one."""
        if text.startswith("urn:") and "urn" not in self.terms and text not in self.terms:
            return text
        return self.iri(text, vocab=False, relative=True) or text

    def iri(
        self, text: str, *, vocab: bool, relative: bool = False, maker: Maker | None = None
    ) -> str | None:
        """Expand an IRI (section 5.2); `maker` defines the terms that it is written with."""
        if text in KEYWORDS:
            return text
        if keyword_like(text):
            return None
        if maker is not None and text in maker.local:
            maker.make(text)
        held = self.terms.get(text)
        if held is not None and (vocab or held.iri in KEYWORDS):
            return held.iri
        if ":" in text[1:]:
            compact = self._compact(text, maker)
            if compact is not None:
                return compact
        if vocab and self.vocab is not None:
            return self.vocab + text
        return urljoin(self.base, text) if relative and self.base else text

    def _compact(self, text: str, maker: Maker | None) -> str | None:
        prefix, _, rest = text.partition(":")
        if prefix == "_" or rest.startswith("//"):
            return text
        if maker is not None and prefix in maker.local:
            maker.make(prefix)
        held = self.terms.get(prefix)
        if held is not None and held.iri and held.prefix:
            return held.iri + rest
        return text if is_iri(text) else None

    # ── contexts within ────────────────────────────────────────────────────────────────────────

    def of_types(self, types: list[str]) -> Context:
        """Return the context of a thing of these types, with those that stand at its types (section 5.1, step 11)."""
        found = self
        for name in sorted(types):
            term = self.terms.get(name)
            if term is not None and term.context is not UNSAID:
                found = found.extended(term.context, base=term.base, propagate=False)
        return found

    def below(self, name: str) -> Context:
        """Return the context of what stands below an attribute: without that of the thing's type, with the attribute's own."""
        term = self.terms.get(name)
        outer = self.previous or self
        if term is None or term.context is UNSAID:
            return outer
        return outer.extended(term.context, base=term.base, override=True)

    def extended(
        self,
        local: Any,  # noqa: ANN401  (JSON)
        *,
        base: str = "",
        propagate: bool = True,
        override: bool = False,
        remotes: tuple[str, ...] = (),
    ) -> Context:
        """Return this context with another one after it (section 4.1.2).

        Args:
            local: The value of `@context`.
            base: Where it stands.
            propagate: Whether it holds below the thing that it is said of.
            override: Whether it may redefine protected terms, as a context of an attribute may.
            remotes: Addresses that are being read.

        Raises:
            ContextError: As `of`.
        """
        parts = local if isinstance(local, list) else [local]
        if isinstance(local, dict):
            propagate = _checked(local, "@propagate", bool, default=propagate)
        found = self._copied()
        if not propagate and found.previous is None:
            found.previous = self
        for part in parts:
            if part is None:
                found = found._emptied(override=override, propagate=propagate)
            elif isinstance(part, str):
                found = found._remote(part, base, remotes)
            elif isinstance(part, dict):
                found._read(part, base, remotes, override=override)
            else:
                raise ContextError(f"@context is {str(part)[:80]!r}, which is no context.")
        return found

    def _copied(self) -> Context:
        found = copy(self)
        found.terms, found._known = dict(self.terms), {}
        return found

    def _emptied(self, *, override: bool, propagate: bool) -> Context:
        held = min((n for n, t in self.terms.items() if t.protected), default=None)
        if held is not None and not override:
            invalid("invalid context nullification", held)
        found = Context(self.library)
        found.previous = None if propagate else self
        return found

    def _remote(self, ref: str, base: str, remotes: tuple[str, ...]) -> Context:
        address, document = self._load(ref, base)
        if address in remotes:
            raise ContextError(f"The context {address} is read within itself.", ref=address)
        try:
            return self.extended(document["@context"], base=address, remotes=(*remotes, address))
        except ContextError as error:
            if error.ref is not None:
                raise
            raise ContextError(
                f"The context {address} is not valid: {error.message}", ref=address
            ) from None

    def _load(self, ref: str, base: str) -> tuple[str, dict[str, Any]]:
        address = ref if urlsplit(ref).scheme or not base else urljoin(base, ref)
        return address, self.library.load(address)

    def _read(
        self, local: dict[str, Any], base: str, remotes: tuple[str, ...], *, override: bool
    ) -> None:
        if "@version" in local and local["@version"] != 1.1:
            raise ContextError(f"@version is {local['@version']!r}; JSON-LD knows 1.1.")
        if "@import" in local:
            local = {**self._imported(local["@import"], base), **local}
        if "@base" in local and not remotes:
            stated = _checked(local, "@base", str)
            self.base = urljoin(self.base or "", stated) if stated is not None else None
        if "@vocab" in local:
            stated = _checked(local, "@vocab", str)
            self.vocab = None if stated is None else self.iri(stated, vocab=True, relative=True)
        if "@language" in local:
            stated = _checked(local, "@language", str)
            self.language = stated.lower() if stated else None
        if "@direction" in local:
            self.direction = _checked(local, "@direction", str)
        maker = Maker(self, local, base, override=override)
        for term in local:
            if term not in _OWN:
                maker.make(term)

    def _imported(self, ref: object, base: str) -> dict[str, Any]:
        if not isinstance(ref, str):
            raise ContextError(f"@import is {ref!r}, which is no address.")
        address, document = self._load(ref, base)
        found = document["@context"]
        if not isinstance(found, dict) or "@import" in found:
            raise ContextError(
                f"The context {address} can't be imported: it is no plain map.", ref=address
            )
        return found


def _checked(local: dict[str, Any], word: str, kind: type, *, default: Any = None) -> Any:  # noqa: ANN401  (JSON)
    value = local.get(word, default)
    if value is not None and not isinstance(value, kind):
        raise ContextError(f"{word} is {str(value)[:80]!r}, which JSON-LD does not know.")
    return value
