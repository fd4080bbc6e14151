"""JSON whose numbers keep the form that the source gave them: `1.50`, `1E5`, digits past a double."""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING, Any, Self

from ldt_graph.sources.text import is_bad

if TYPE_CHECKING:
    from collections.abc import Callable


# Halves of characters, of which most are whole pairs, and NUL.
_ESCAPE = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")


class Number(float):
    """A number of JSON that Python would write otherwise. It is a float, which may be less exact; `str` gives its text."""

    __slots__ = ("text",)

    def __new__(cls, text: str) -> Self:
        """Keep a number's text."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    @property
    def whole(self) -> bool:
        """Whether it is written as an integer."""
        return self.text.removeprefix("-").isdigit()


class NoNumber(Number):
    """NaN or an infinity, which Python's JSON knows and JSON does not (RFC 8259, section 6)."""


class Doubled(dict[str, Any]):
    """An object that names a member twice; `dropped` holds what came before the last one of each name."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.dropped = [(n, v) for n, v in pairs if self[n] is not v]


class Parser:
    """Parses to integers, floats that are written as their source is, and `Number` for the others.

    Attributes:
        odd: Whether the last text may hold a value that no table can: half a character, NaN, a member twice.
    """

    def __init__(self) -> None:
        self.odd = False
        self._decode = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_float=_real,
            parse_int=_integer,
            parse_constant=self._constant,
        ).decode

    def parse(self, text: str) -> Any:  # noqa: ANN401  (any JSON value)
        """Parse a text.

        Raises:
            ValueError: It is not JSON.
            RecursionError: It nests too deep.
        """
        self.odd = is_bad(text) or ("\\u" in text and _ESCAPE.search(text) is not None)
        return self._decode(text)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        self.odd = True
        return Doubled(pairs)

    def _constant(self, name: str) -> NoNumber:
        self.odd = True
        return NoNumber(name)


def _real(text: str) -> float:
    value = float(text)
    # An exponent is written in several ways; other digits are the shortest that name the value, or the source's own.
    return value if repr(value) == text and "e" not in text else Number(text)


def _integer(text: str) -> int | Number:
    # Python refuses integers of thousands of digits, and knows no -0.
    return int(text) if len(text) < 1000 and text != "-0" else Number(text)


def datatype(value: object) -> str | None:
    """Return the XSD name of what a value of JSON is, or None (RML Core, natural mapping)."""
    if isinstance(value, Number):
        return "integer" if value.whole else "double"
    return {bool: "boolean", int: "integer", float: "double"}.get(type(value))


def dumps(value: object, number: Callable[[Number], str] = str) -> str:
    """Write JSON without blanks, each number as it was read.

    Args:
        value: What `Parser` made.
        number: How a number is written.
    """
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        members = [f"{quoted(k)}:{dumps(v, number)}" for k, v in value.items()]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join([dumps(v, number) for v in value]) + "]"
    if isinstance(value, Number):
        return number(value)
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def marked(number: Number) -> str:
    """Write a number as a text that begins with NUL: DuckDB rewrites numbers, and no text of a source has a NUL.

    The lift takes the mark away (`json_text` of `lift.terms`).
    """
    return f'"\\u0000{number.text}"'
