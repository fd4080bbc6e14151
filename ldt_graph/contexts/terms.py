"""What a context says of one term (JSON-LD 1.1 API, section 4.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from ldt_graph.errors import ContextError

if TYPE_CHECKING:
    from collections.abc import Mapping

UNSAID: Literal["unsaid"] = "unsaid"
"""Of a language or a context: nothing is said, which is not the same as null."""

KEYWORDS = frozenset(
    f"@{word}"
    for word in [
        *("base", "container", "context", "direction", "graph", "id", "import", "included"),
        *("index", "json", "language", "list", "nest", "none", "prefix", "propagate"),
        *("protected", "reverse", "set", "type", "value", "version", "vocab"),
    ]
)
_CONTAINERS = ("@list", "@set", "@language", "@index", "@id", "@type", "@graph")
_MEMBERS = frozenset(
    f"@{word}"
    for word in [
        *("id", "reverse", "container", "context", "direction", "index"),
        *("language", "nest", "prefix", "protected", "type"),
    ]
)
_KEYWORD_LIKE = re.compile(r"@[A-Za-z]+")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*")
_DELIMITERS = tuple(":/?#[]@")


@dataclass(frozen=True, slots=True)
class Term:
    """A term's definition.

    Attributes:
        iri: What it stands for: an IRI or a keyword; None where the context says that it means nothing.
        type: What its values are coerced to: `@id`, `@vocab`, `@json`, `@none` or a datatype.
        language: Of its texts; None: of no language; `UNSAID`: the context's own.
        container: How its values are held.
        context: A context for what stands below it, or `UNSAID`; `base` is where that context stands.
        prefix: Whether compact IRIs may begin with it.
        protected: Whether no later context may say otherwise.
        reverse: Whether it is read from the value to the thing.
        more: Words that it has and that nothing here follows.
    """

    iri: str | None
    type: str | None = None
    language: str | None = UNSAID
    container: frozenset[str] = frozenset()
    context: Any = UNSAID
    base: str = ""
    prefix: bool = False
    protected: bool = False
    reverse: bool = False
    more: frozenset[str] = frozenset()


def keyword_like(text: str) -> bool:
    """Whether a text looks like a keyword, which JSON-LD reserves."""
    return _KEYWORD_LIKE.fullmatch(text) is not None


def is_iri(text: str) -> bool:
    """Whether a text is an absolute IRI or the name of a blank node."""
    return text.startswith("_:") or _IRI.fullmatch(text) is not None


def invalid(code: str, term: str, value: object = None) -> NoReturn:
    """Raise what JSON-LD calls this fault of a term."""
    shown = "" if value is None else f" is {str(value)[:80]!r}"
    raise ContextError(f"The context says of {term!r} what JSON-LD forbids ({code}){shown}.")


class Maker:
    """Makes the terms of one local context, in whatever order they need each other."""

    def __init__(self, active: Any, local: Mapping[str, Any], base: str, *, override: bool) -> None:  # noqa: ANN401  (a context in the making)
        self.active, self.local, self.base, self.override = active, local, base, override
        self.protected = self._flag(local, "@protected", "@context")
        self._made: dict[str, bool] = {}

    def make(self, term: str) -> None:
        """Define a term, and before it what its definition is written with."""
        if self._made.get(term, True) is False:
            invalid("cyclic IRI mapping", term)
        if term in self._made:
            return
        self._made[term] = False
        if self._is_defined(term):
            before = self.active.terms.pop(term, None)
            made = self._definition(term, self.local[term])
            if made is not None:
                self.active.terms[term] = self._kept(term, before, made)
            elif before is not None:
                self.active.terms[term] = before
        self._made[term] = True

    def _is_defined(self, term: str) -> bool:
        value = self.local[term]
        if term == "":
            invalid("invalid term definition", term)
        if term == "@type":
            ok = isinstance(value, dict) and value and value.keys() <= {"@container", "@protected"}
            if not ok or value.get("@container", "@set") != "@set":
                invalid("keyword redefinition", term)
            return True
        if term in KEYWORDS:
            invalid("keyword redefinition", term)
        return not keyword_like(term)

    def _kept(self, term: str, before: Term | None, made: Term) -> Term:
        """Return the definition that holds: a protected one stays (section 4.2.2, step 27)."""
        if before is None or not before.protected or self.override:
            return made
        if replace(made, protected=True) != before:
            invalid("protected term redefinition", term, made.iri)
        return before

    def _definition(self, term: str, value: Any) -> Term | None:  # noqa: ANN401  (JSON)
        simple = isinstance(value, str)
        said = {"@id": value} if value is None or simple else value
        if not isinstance(said, dict):
            invalid("invalid term definition", term, value)
        if unknown := said.keys() - _MEMBERS:
            invalid("invalid term definition", term, min(unknown))
        protected = self.protected
        if "@protected" in said:
            protected = self._flag(said, "@protected", term)
        if "@reverse" in said:
            return self._reversed(term, said, protected=protected)
        iri = self._mapping(term, said)
        if iri == UNSAID:
            return None
        open_ = (iri or "").endswith(_DELIMITERS) or (iri or "").startswith("_:")
        prefix = simple and not set(":/") & set(term) and open_
        if "@prefix" in said:
            prefix = self._flag(said, "@prefix", term)
            if set(":/") & set(term) or (prefix and iri in KEYWORDS):
                invalid("invalid term definition", term)
        kind, container = self._type(term, said), self._container(term, said.get("@container"))
        if "@type" in container and kind not in (None, "@id", "@vocab"):
            invalid("invalid type mapping", term, kind)
        return Term(
            iri,
            kind,
            self._language(term, said),
            container,
            said.get("@context", UNSAID),
            self.base if "@context" in said else "",
            prefix=prefix,
            protected=protected,
            more=frozenset(said.keys() & {"@nest", "@index", "@direction"}),
        )

    def _reversed(self, term: str, said: Mapping[str, Any], *, protected: bool) -> Term | None:
        text = said["@reverse"]
        if {"@id", "@nest"} & said.keys():
            invalid("invalid reverse property", term)
        if not isinstance(text, str):
            invalid("invalid IRI mapping", term, text)
        if text not in KEYWORDS and keyword_like(text):
            return None
        iri = self.active.iri(text, vocab=True, maker=self)
        if iri is None or not is_iri(iri):
            invalid("invalid IRI mapping", term, text)
        container = self._container(term, said.get("@container"))
        if not container <= {"@set", "@index"}:
            invalid("invalid reverse property", term)
        kind = self._type(term, said)
        return Term(iri, kind, container=container, protected=protected, reverse=True)

    def _mapping(self, term: str, said: Mapping[str, Any]) -> str | None:
        """Return what a term stands for; `UNSAID` where it is to be passed over."""
        if "@id" in said and said["@id"] != term:
            return self._stated(term, said)
        if ":" in term[1:]:
            prefix, _, rest = term.partition(":")
            if prefix in self.local:
                self.make(prefix)
            held = self.active.terms.get(prefix)
            return held.iri + rest if held and held.iri else term
        if "/" in term:
            iri = self.active.iri(term, vocab=True)
            if iri is None or not is_iri(iri):
                invalid("invalid IRI mapping", term, iri)
            return iri
        if term == "@type":
            return "@type"
        if self.active.vocab is None:
            invalid("invalid IRI mapping", term)
        return self.active.vocab + term

    def _stated(self, term: str, said: Mapping[str, Any]) -> str | None:
        text = said["@id"]
        if text is None:
            return None
        if not isinstance(text, str):
            invalid("invalid IRI mapping", term, text)
        if text not in KEYWORDS and keyword_like(text):
            return UNSAID
        iri = self.active.iri(text, vocab=True, maker=self)
        if iri is None or (iri not in KEYWORDS and not is_iri(iri)):
            invalid("invalid IRI mapping", term, text)
        if iri == "@context":
            invalid("invalid keyword alias", term)
        if ":" in term[1:-1] or "/" in term:
            self._made[term] = True
            if self.active.iri(term, vocab=True, maker=self) != iri:
                invalid("invalid IRI mapping", term, text)
        return iri

    def _type(self, term: str, said: Mapping[str, Any]) -> str | None:
        text = said.get("@type")
        if "@type" not in said:
            return None
        if not isinstance(text, str):
            invalid("invalid type mapping", term, text)
        kind = self.active.iri(text, vocab=True, maker=self)
        if kind is None or (kind not in ("@id", "@vocab", "@json", "@none") and not is_iri(kind)):
            invalid("invalid type mapping", term, text)
        return kind

    def _language(self, term: str, said: Mapping[str, Any]) -> str | None:
        text = said.get("@language")
        if "@language" not in said or "@type" in said:
            return UNSAID
        if text is not None and not isinstance(text, str):
            invalid("invalid language mapping", term, text)
        return text.lower() if text else None

    def _container(self, term: str, said: Any) -> frozenset[str]:  # noqa: ANN401  (JSON)
        held = said if isinstance(said, list) else [] if said is None else [said]
        if not all(isinstance(c, str) and c in _CONTAINERS for c in held) or (
            "@list" in held and len(held) > 1
        ):
            invalid("invalid container mapping", term, said)
        return frozenset(held)

    def _flag(self, said: Mapping[str, Any], word: str, term: str) -> bool:
        value = said.get(word, False)
        if not isinstance(value, bool):
            invalid(f"invalid {word} value", term, value)
        return value
