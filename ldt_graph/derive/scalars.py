"""Texts, numbers and truth values: `type`, `enum`, `const`, bounds, lengths, patterns and formats."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ldt_graph.derive import types
from ldt_graph.derive.form import (
    FALSE,
    TRUE,
    Bound,
    Is,
    Length,
    Matches,
    Multiple,
    Node,
    Not,
    OneOf,
    Unknown,
    both,
    either,
    negated,
)
from ldt_graph.derive.patterns import FORMATS, Untold, exactly, portable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.derive.compile import Compiler
    from ldt_graph.derive.documents import Spot
    from ldt_graph.derive.form import Kind, Test
    from ldt_graph.derive.position import Position

_LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_EXPANDED = ("@vocab", "@type")
_TYPED = "the contexts give every value a datatype here, so its own kind is not known"
LIST: Test = Is(frozenset({"list"}))
NO_LIST: Test = Not(LIST)
_WORDS = {
    "minimum": "minInclusive",
    "maximum": "maxInclusive",
    "exclusiveMinimum": "minExclusive",
    "exclusiveMaximum": "maxExclusive",
}
_SCALARS: frozenset[Kind] = frozenset({"text", "number", "integer", "boolean"})


def tests(compiler: Compiler, spot: Spot, position: Position) -> list[Test]:
    """Return what a schema says of a value itself."""
    types.check(compiler, spot)
    found = [of_kind(types.kinds(spot.schema, position), position)]
    texts = both(_texts(compiler, spot, position))
    numbers = both(_numbers(compiler, spot, position))
    found += [guarded(spot, position, "text", texts), guarded(spot, position, "number", numbers)]
    for word in ("enum", "const"):
        if word in spot.schema:
            found.append(_among(compiler, spot, position, word))
    return found


def of_kind(kinds: frozenset[Kind] | None, position: Position) -> Test:
    """Return the test that a node is of one of these kinds, as the contexts write them."""
    if position.entity:
        return TRUE if kinds is None or "object" in kinds else FALSE
    every = types.EVERY | ({"list"} if position.listed else frozenset())
    if kinds is None or kinds >= every:
        return TRUE
    if not kinds:
        return FALSE
    if position.datatype is None:
        apart = position.listed and "list" not in kinds and {"text", "object"} & kinds
        sure = _of_iris(position) if len({"text", "object"} & kinds) == 1 else TRUE
        return both((Is(kinds), sure, NO_LIST if apart else TRUE))
    if not kinds & _SCALARS:
        return Is(kinds)
    # Whatever it was in JSON, it is a literal of that datatype now.
    told = (
        TRUE
        if kinds >= types.EVERY - {"object"}
        else Unknown("the kind of a literal that a context types")
    )
    return both((Is(kinds | _SCALARS), told))


def _of_iris(position: Position) -> Test:
    """Return a test that holds, but can't be told of IRIs where contexts make them of texts: an object may have it."""
    made = position.coerced in ("@id", "@vocab")
    return either((negated(Node("iri")), Unknown("a text or an object"))) if made else TRUE


def guarded(spot: Spot, position: Position, kind: Kind, test: Test) -> Test:
    """Return a test that holds only for nodes of a kind: JSON Schema's keywords pass over values of other types."""
    if position.entity:
        return test if kind == "object" else TRUE
    kinds = types.kinds(spot.schema, position)
    if test == TRUE or (kinds is not None and kind not in _widened(kinds)):
        return TRUE
    if kinds is not None and _widened(kinds) == {kind}:
        return test
    others: list[Test] = [negated(Is(frozenset({kind})))]
    if kind in ("text", "object") and (kinds is None or {"text", "object"} <= kinds):
        apart = NO_LIST if position.listed else TRUE
        others.append(both((Node("iri"), apart, Unknown("a text or an object"))))
    if position.datatype and kind in ("text", "number"):
        others = [negated(Is(_SCALARS)), Unknown(_TYPED)]
    if position.listed and kind in ("text", "object") and (kinds is None or "list" in kinds):
        others.append(LIST)
    return either((*others, test))


def _widened(kinds: frozenset[Kind]) -> set[Kind]:
    return {"number" if k == "integer" else k for k in kinds}


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────


def _numbers(compiler: Compiler, spot: Spot, position: Position) -> Iterator[Test]:
    schema = spot.schema
    for word in (*_LIMITS, "multipleOf"):
        if word not in schema:
            continue
        value = schema[word]
        if isinstance(value, bool) and word.startswith("exclusive"):
            if not spot.document.before("06"):
                compiler.warn(
                    spot, word, "since draft 6 it is a number; it is read as draft 4 has it", "lint"
                )
        elif not _is_number(value):
            yield compiler.unknown(spot, word, f"{value!r} is no number", "lint")
        elif position.datatype:
            yield compiler.unknown(spot, word, _TYPED)
        elif word != "multipleOf":
            yield Bound(_exclusive(schema, word), value)
        elif value > 0:
            yield Multiple(value)
        else:
            yield compiler.unknown(spot, word, "it is above 0", "lint")


def _exclusive(schema: dict[str, Any], word: str) -> str:
    """Return the bound, which the exclusiveMinimum of draft 4 may make exclusive."""
    beside = schema.get("exclusive" + word.capitalize())
    return _WORDS["exclusive" + word.capitalize() if beside is True else word]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


# ── texts ────────────────────────────────────────────────────────────────────────────────────────


def _texts(compiler: Compiler, spot: Spot, position: Position) -> Iterator[Test]:
    schema = spot.schema
    for word in ("minLength", "maxLength", "pattern", "format"):
        if word not in schema:
            continue
        value = schema[word]
        if (
            position.datatype
            and types.kinds(schema, position) != {"text"}
            and (word != "format" or value in FORMATS)
        ):
            yield compiler.unknown(spot, word, _TYPED)
        elif position.coerced in _EXPANDED and (word != "format" or value in FORMATS):
            yield compiler.unknown(spot, word, "the contexts expand this text to an IRI")
        elif word.endswith("Length"):
            yield _length(compiler, spot, word, value)
        elif word == "pattern":
            yield _pattern(compiler, spot, value)
        else:
            yield _format(compiler, spot, value)


def _length(compiler: Compiler, spot: Spot, word: str, value: object) -> Test:
    if not _is_number(value) or value != int(value) or value < 0:  # ty: ignore[unsupported-operator, invalid-argument-type]
        return compiler.unknown(spot, word, f"{value!r} is no length", "lint")
    number = int(value)  # ty: ignore[invalid-argument-type]
    return TRUE if word == "minLength" and number == 0 else Length(word, number)


def _pattern(compiler: Compiler, spot: Spot, value: object) -> Test:
    if not isinstance(value, str):
        return compiler.unknown(spot, "pattern", f"{value!r} is no text", "lint")
    try:
        found = portable(value)
    except Untold as untold:
        return compiler.unknown(
            spot, "pattern", f"{untold}; XPath, and so SHACL, has no word for it"
        )
    tests = [*map(Matches, found.wanted), *(negated(Matches(p)) for p in found.unwanted)]
    if not found.exact:
        why = "what looks around and the edges of words are left out, for XPath, and so SHACL, has no words for them"
        tests.append(compiler.unknown(spot, "pattern", why))
    return both(tests)


def _format(compiler: Compiler, spot: Spot, value: object) -> Test:
    if isinstance(value, str) and value in FORMATS:
        return Matches(FORMATS[value], value)
    if isinstance(value, str) and value not in ("double", "float", "int32", "int64"):
        compiler.warn(
            spot,
            "format",
            f"{value} is taken for a remark: draft 2020-12 leaves formats to the reader",
        )
    return TRUE


# ── values that are named ────────────────────────────────────────────────────────────────────────


def _among(compiler: Compiler, spot: Spot, position: Position, word: str) -> Test:
    values = spot.schema[word] if word == "enum" else [spot.schema[word]]
    if not isinstance(values, list):
        return compiler.unknown(spot, word, "it is a list of values", "lint")
    plain = [v for v in values if isinstance(v, str | bool | int | float)]
    held = [v for v in values if isinstance(v, dict) or (isinstance(v, list) and position.listed)]
    found = [named(plain, position)] if plain else []
    return either((*found, *(compiler.constant(spot, word, v, position) for v in held)))


def named(values: list[Any], position: Position) -> Test:
    """Return the test that a node is one of these texts, numbers or truth values."""
    texts = tuple(dict.fromkeys(v for v in values if isinstance(v, str)))
    truths = tuple(v for v in (True, False) if any(v is w for w in values))
    numbers = tuple(dict.fromkeys(v for v in values if _is_number(v)))
    if position.datatype is not None or position.coerced == "@language":
        exact: list[Test] = [both((Is(_SCALARS), Matches(exactly(t)))) for t in texts]
        others: Test = both((Is(_SCALARS), Unknown(_TYPED))) if truths or numbers else FALSE
        return either((*exact, others))
    expand = position.context.expand if position.coerced in _EXPANDED else str
    iris = tuple(i for t in texts if (i := expand(t)) is not None and is_iri(i))
    found = OneOf(texts if position.coerced not in _EXPANDED else (), numbers, truths, iris)
    return both((found, _of_iris(position)))


def is_iri(text: str) -> bool:
    """Tell whether a text is written as an absolute IRI."""
    scheme, colon, rest = text.partition(":")
    plain = (
        scheme.isascii()
        and scheme[:1].isalpha()
        and scheme.replace("+", "").replace("-", "").replace(".", "").isalnum()
    )
    return bool(colon and plain and rest) and not set(text) & set(' <>"{}|\\^`\n\t')
