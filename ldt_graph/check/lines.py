"""In which line of a text a triple stands. Parsers of RDF do not say it; this reads the text beside them."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

from ldt_graph.namespaces import RDF_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<skip>\s+|\#[^\n]*)
    | (?P<iri><[^<>"{}|^`\\\s]*>)
    | (?P<text>\"{3}(?:[^"\\]|\\.|\"{1,2}(?!\"))*\"{3} | '{3}(?:[^'\\]|\\.|'{1,2}(?!'))*'{3}
        | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*')
    | (?P<tag>@[A-Za-z][A-Za-z0-9-]*) | (?P<type>\^\^)
    | (?P<mark>[;,\[\](){}] | \.(?![0-9]))
    | (?P<word>(?:[^\s;,\[\](){}<>"'#^.\\] | \\. | \.(?=[^\s;,\[\](){}<>"'#.]) | (?<=:)\#)+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
Key = tuple[str | None, str | None, str | None]


class Lines:
    """Lines of a text by what they say; the first one, where it is said twice.

    Args:
        text: Turtle, TriG, N-Triples or N-Quads are read; of other syntaxes terms are looked for as they are.
        read: Whether it is one of the first four.
        base: What relative IRIs are resolved against.
    """

    def __init__(self, text: str, *, read: bool, base: str) -> None:
        self._text = text
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]
        self._found: dict[Key, int] = {}
        if read:
            for subject, predicate, value, at in _Walk(text, base).triples():
                line = self._line(at)
                for key in (
                    (subject, predicate, value),
                    (subject, predicate, None),
                    (subject, None, None),
                ):
                    self._found.setdefault(key, line)
        self._read = read

    def of(self, subject: str, predicate: str, value: str) -> int | None:
        """Return the line of a triple, else of what is next to it; blank nodes are one and the same here."""
        s = None if subject.startswith("_:") else subject
        o = None if value.startswith("_:") else value
        if self._read:
            keys: list[Key] = [(s, predicate, o), (s, predicate, None)]
            return next((self._found[k] for k in keys if k in self._found), None)
        at = self._text.find(s) if s else 0
        if at < 0 and s:
            at = self._text.find(re.split(r"[/#]", s)[-1])
        if at < 0:
            return None
        behind = self._text.find(o, at + len(s or "")) if o else -1
        return self._line(behind if 0 <= behind < at + 10_000 else at)

    def _line(self, at: int) -> int:
        return bisect_right(self._starts, at)


class _Frame(NamedTuple):
    """Where reading goes on behind a bracket: the subject and predicate outside of it."""

    subject: str | None
    predicate: str | None
    began: bool
    listed: bool


class _Walk:
    """Reads the tokens of a text that a parser has found sound."""

    def __init__(self, text: str, base: str) -> None:
        self._text, self._base = text, base
        self._prefixes: dict[str, str] = {}
        self._subject: str | None = None
        self._predicate: str | None = None
        self._began = self._listed = False

    def triples(self) -> Iterator[tuple[str | None, str | None, str | None, int]]:
        """Yield subject, predicate, object (None: a blank node) and where the object begins."""
        stack: list[_Frame] = []
        words = self._words()
        for kind, text, at in words:
            if kind in ("tag", "word") and text.lower() in ("@prefix", "prefix", "@base", "base"):
                self._declare(text.lower(), words)
            elif kind == "type":
                next(words, None)
            elif kind == "mark":
                yield from self._mark(text, at, stack)
            elif kind != "tag":
                yield from self._term(self._value(kind, text), at)

    def _mark(
        self, mark: str, at: int, stack: list[_Frame]
    ) -> Iterator[tuple[str | None, str | None, str | None, int]]:
        if mark in "[(":
            stack.append(_Frame(self._subject, self._predicate, self._began, self._listed))
            self._subject, self._predicate, self._began, self._listed = (
                None,
                None,
                mark == "[",
                mark == "(",
            )
        elif mark in "])" and stack:
            self._subject, self._predicate, self._began, self._listed = stack.pop()
            yield from self._term(None, at)
        elif mark == ";":
            self._predicate = None
        elif mark in ".{}":
            self._subject, self._predicate, self._began = None, None, False

    def _term(
        self, term: str | None, at: int
    ) -> Iterator[tuple[str | None, str | None, str | None, int]]:
        if self._listed:
            return
        if not self._began:
            self._subject, self._began = term, True
        elif self._predicate is None:
            self._predicate = term
        else:
            yield self._subject, self._predicate, term, at

    def _words(self) -> Iterator[tuple[str, str, int]]:
        for match in _TOKEN.finditer(self._text):
            if match.lastgroup != "skip":
                yield str(match.lastgroup), match[0], match.start()

    def _declare(self, word: str, words: Iterator[tuple[str, str, int]]) -> None:
        if word.endswith("base"):
            self._base = self._value("iri", next(words)[1]) or self._base
        else:
            name = next(words)[1]
            self._prefixes[name.removesuffix(":")] = self._value("iri", next(words)[1]) or ""

    def _value(self, kind: str, text: str) -> str | None:
        if kind == "iri":
            return (
                urljoin(self._base, _plain(text[1:-1])) if ":" not in text else _plain(text[1:-1])
            )
        if kind == "text":
            size = 3 if text[:3] in ('"""', "'''") else 1
            return _plain(text[size:-size])
        prefix, colon, local = text.partition(":")
        if colon and prefix != "_":
            return self._prefixes.get(prefix, "") + re.sub(r"\\(.)", r"\1", local)
        return None if colon else RDF_TYPE if text == "a" else text


def _plain(text: str) -> str:
    def read(match: re.Match[str]) -> str:
        code = match[1]
        return (
            chr(int(code[1:], 16)) if code[0] in "uU" and len(code) > 1 else _PLAIN.get(code, code)
        )

    return _ESCAPE.sub(read, text)
