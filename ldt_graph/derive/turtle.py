"""Tests as SHACL in Turtle: the bodies of shapes, byte for byte the same each time."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, get_args

from ldt_graph.derive.form import (
    CARRIED,
    FALSE,
    All,
    Attribute,
    AttributeKind,
    Bound,
    Choice,
    Closed,
    Count,
    Datatype,
    Each,
    Is,
    Length,
    Lifted,
    Matches,
    Multiple,
    Node,
    Not,
    One,
    OneOf,
    Some,
    Star,
)
from ldt_graph.namespaces import NGSI_LD, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ldt_graph.derive.form import Kind, Path, Test

_LOCAL = re.compile(r"[A-Za-z_](?:[\w-]*\w)?", re.ASCII)
_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\f": "\\f",
    "\b": "\\b",
}
_FORBIDDEN = frozenset('<>"{}|^`\\')
_ONCE = (
    "sh:in ",
    "sh:datatype ",
    "sh:nodeKind ",
    "sh:m",
    "sh:pattern ",
    "sh:closed ",
    "sh:qualified",
)
"""Words that a shape states once."""


def text(value: str) -> str:
    """Return a text as a literal."""
    return (
        '"' + "".join(_ESCAPES.get(c, c if c >= " " else f"\\u{ord(c):04X}") for c in value) + '"'
    )


def iri(value: str) -> str:
    """Return an IRI, by a prefix where one is known."""
    for prefix, namespace in PREFIXES.items():
        if value.startswith(namespace) and _LOCAL.fullmatch(value[len(namespace) :]):
            return f"{prefix}:{value[len(namespace) :]}"
    return (
        "<" + "".join(f"%{ord(c):02X}" if c in _FORBIDDEN or c <= " " else c for c in value) + ">"
    )


def number(value: int | float) -> str:
    """Return a number: whole ones as integers, others as doubles, as JSON-LD has them."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e21):
        return str(int(value))
    mantissa, _, exponent = f"{Decimal(repr(value)):E}".partition("E")
    return f"{mantissa}E{int(exponent)}"


def path(steps: Path) -> str:
    """Return a property path."""
    parts = [_step(s) for s in steps]
    return parts[0] if len(parts) == 1 else f"( {' '.join(parts)} )"


def _step(step: str | Choice | Star) -> str:
    if isinstance(step, Choice):
        return f"[ sh:alternativePath ( {' '.join(map(iri, step.steps))} ) ]"
    if isinstance(step, Star):
        return f"[ sh:zeroOrMorePath {iri(step.step)} ]"
    return iri(step)


class Shapes:
    """What tests become, and the helpers that they refer to by name.

    Args:
        named: Returns the name of a shape that stands for a test elsewhere in the file, if one does.
    """

    def __init__(self, named: Callable[[Test], str | None]) -> None:
        self._named = named
        self.helpers: dict[str, list[str]] = {}

    # ── a test as the body of a shape ────────────────────────────────────────────────────────────

    def body(self, test: Test, *, known: bool = False) -> list[str]:
        """Return what a shape says that a node conforms to just where it passes a test.

        Args:
            test: A test, without `Unknown`.
            known: The shape is the one that stands for the test.
        """
        name = None if known else self._named(test)
        if name is not None:
            return [f"sh:node {name}"]
        if isinstance(test, All):
            return self._conjunction(test.tests)
        return [self._constraint(test)]

    def _conjunction(self, tests: Sequence[Test]) -> list[str]:
        parts: list[str] = []
        for part in [
            p for t in self._joined(tests) for p in ([t] if isinstance(t, str) else self.body(t))
        ]:
            word = next((w for w in _ONCE if part.startswith(w)), None)
            key = part.split(" ", 1)[0] + " "
            if word and any(p.startswith(key) for p in parts):
                part = f"sh:and ( [ {part} ] )"
            if part not in parts:
                parts.append(part)
        return parts

    def _joined(self, tests: Sequence[Test]) -> list[Test | str]:
        """Put what is said of one path into one property shape."""
        paths: dict[Path, list[Test]] = {}
        for test in tests:
            if isinstance(test, Each) or (isinstance(test, Count) and test.test is None):
                paths.setdefault(test.path, []).append(test)
        done: set[Path] = set()
        found: list[Test | str] = []
        for test in tests:
            at = test.path if isinstance(test, Each | Count) else None
            if at is None or (isinstance(test, Count) and test.test is not None):
                found.append(test)
            elif at not in done:
                done.add(at)
                found.append(f"sh:property [ {self.line(self.about(at, paths[at]))} ]")
        return found

    def about(self, at: Path, tests: Iterable[Test]) -> list[str]:
        """Return the body of a property shape from tests on the values of one path."""
        counts = [t for t in tests if isinstance(t, Count)]
        parts = [f"sh:path {path(at)}"]
        low = max((c.low for c in counts), default=0)
        highs = [c.high for c in counts if c.high is not None]
        parts += [f"sh:minCount {low}"] if low else []
        parts += [f"sh:maxCount {min(highs)}"] if highs else []
        inner = [t.test for t in tests if isinstance(t, Each)]
        return parts + self.values(inner)

    def values(self, tests: Sequence[Test]) -> list[str]:
        """Return what a property shape says of its values, as one constraint: a wrong value is told once."""
        parts = self._conjunction(
            [
                p
                for t in tests
                for p in (t.tests if isinstance(t, All) and not self._named(t) else (t,))
            ]
        )
        if len(parts) < 2:
            return parts
        return [f"sh:and ( {' '.join(_member([p]) for p in parts)} )"]

    def _constraint(self, test: Test) -> str:
        match test:
            case Is(kinds):
                return self._kinds(kinds)
            case Each() | Count(_, _, _, None):
                return f"sh:property [ {self.line(self.about(test.path, (test,)))} ]"
            case Count():
                return f"sh:property [ {self.line(self._qualified(test))} ]"
            case Some(tests):
                return (
                    "sh:in ( )"
                    if test == FALSE
                    else f"sh:or ( {' '.join(map(self.member, tests))} )"
                )
            case One(tests):
                return f"sh:xone ( {' '.join(map(self.member, tests))} )"
            case Not(inner):
                return f"sh:not {self.member(inner)}"
            case OneOf():
                return self._among(test)
        return self._leaf(test)

    def _leaf(self, test: Test) -> str:
        match test:
            case Node(kind):
                return f"sh:nodeKind sh:{'IRI' if kind == 'iri' else 'BlankNode'}"
            case Bound(word, value):
                return f"sh:{word} {number(value)}"
            case Length(word, value):
                return f"sh:{word} {value}"
            case Matches(pattern, None):
                return f"sh:pattern {text(pattern)}"
            case Matches(pattern, str(form)):
                return f"sh:node {self._format(form, pattern)}"
            case Lifted():
                return f"sh:node {self._helper('Lifted', _HELPERS['Lifted'])}"
            case Attribute():
                return f"sh:node {self._helper('Attribute', _HELPERS['Attribute'])}"
            case Datatype(value):
                return f"sh:datatype {iri(value)}"
            case Closed(allowed):
                return f"sh:closed true ; sh:ignoredProperties ( {' '.join(map(iri, allowed))} )"
            case Multiple(value):
                return f"sh:node {self._multiple(value)}"
        raise TypeError(f"{test} is nothing that SHACL can say")

    def member(self, test: Test) -> str:
        """Return a shape as a member of a list: by name where it is a helper."""
        return _member(self.body(test))

    def line(self, parts: Iterable[str]) -> str:
        """Put the parts of a body into a line."""
        return " ; ".join(parts)

    def _qualified(self, test: Count) -> list[str]:
        parts = [
            f"sh:path {path(test.path)}",
            f"sh:qualifiedValueShape {self.member(test.test or All(()))}",
        ]
        parts += [f"sh:qualifiedMinCount {test.low}"] if test.low else []
        return parts + ([f"sh:qualifiedMaxCount {test.high}"] if test.high is not None else [])

    # ── values that are named, and kinds ─────────────────────────────────────────────────────────

    def _among(self, test: OneOf) -> str:
        """Numbers are compared by value, and so within bounds: `1.5` is written in several ways."""
        plain = [
            *map(text, test.texts),
            *map(iri, test.iris),
            *(str(b).lower() for b in test.booleans),
        ]
        ways = [f"[ sh:in ( {' '.join(plain)} ) ]"] if plain else []
        ways += [
            f"[ sh:minInclusive {number(n)} ; sh:maxInclusive {number(n)} ]" for n in test.numbers
        ]
        if len(ways) > 1:
            return f"sh:or ( {' '.join(ways)} )"
        return ways[0][2:-2] if ways else "sh:in ( )"

    def _kinds(self, kinds: frozenset[Kind]) -> str:
        ways = [
            _member([self._kind(k)])
            for k in _ORDER
            if k in kinds and not (k == "integer" and "number" in kinds)
        ]
        if len(ways) > 1:
            return f"sh:or ( {' '.join(ways)} )"
        return self._kind(next(iter(kinds)))

    def _kind(self, kind: Kind) -> str:
        if kind == "boolean":
            return "sh:datatype xsd:boolean"
        if kind == "object":
            return "sh:nodeKind sh:BlankNodeOrIRI"
        name = {"text": "Text", "number": "Number", "integer": "Integer", "list": "List"}[kind]
        if kind == "integer":
            self._kind("number")
        return f"sh:node {self._helper(name, _HELPERS[name])}"

    def _helper(self, name: str, body: Sequence[str]) -> str:
        self.helpers.setdefault(name, list(body))
        return f":{name}"

    def _format(self, form: str, pattern: str) -> str:
        self._kind("text")
        return self._helper(_capital(form), ["sh:node :Text", f"sh:pattern {text(pattern)}"])

    def _multiple(self, value: int | float) -> str:
        shown = re.sub(r"[^0-9A-Za-z]", "-", f"{value:g}")
        of = number(value)
        query = f"SELECT $this WHERE {{ FILTER (isNumeric($this) && FLOOR($this / {of}) != $this / {of}) }}"
        return self._helper(
            f"MultipleOf-{shown}",
            [f"sh:sparql [ a sh:SPARQLConstraint ; sh:select {text(query)} ]"],
        )


_ORDER: tuple[Kind, ...] = ("text", "number", "integer", "boolean", "object", "list")
_NUMBERS = "[ sh:datatype xsd:integer ] [ sh:datatype xsd:double ] [ sh:datatype xsd:decimal ] [ sh:datatype xsd:float ]"
_ATTRIBUTES = " ".join(iri(NGSI_LD[k]) for k in get_args(AttributeKind))
_HELPERS = {
    "Text": [
        "sh:nodeKind sh:IRIOrLiteral",
        f"sh:not [ sh:or ( {_NUMBERS} [ sh:datatype xsd:boolean ] ) ]",
    ],
    "Number": [f"sh:or ( {_NUMBERS} )"],
    "Integer": [
        "sh:node :Number",
        'sh:pattern "^[+\\\\-]?[0-9]+(\\\\.0*)?$|[Ee]\\\\+?(1[6-9]|[2-9][0-9]|[0-9]{3})$"',
    ],
    "Lifted": [
        'sh:or ( [ sh:datatype geo:wktLiteral ] [ sh:datatype xsd:string ; sh:pattern "^\\\\s*[{\\\\[].*[}\\\\]]\\\\s*$" ] )'
    ],
    "Attribute": [
        f"sh:or ( [ sh:property [ sh:path rdf:type ; sh:qualifiedValueShape [ sh:in ( {_ATTRIBUTES} ) ] ; "
        f"sh:qualifiedMinCount 1 ] ] [ sh:property [ sh:path rdf:type ; sh:maxCount 0 ] ; sh:property [ "
        f"sh:path {path(CARRIED)} ; sh:minCount 1 ] ] )"
    ],
    "List": [
        "sh:or ( [ sh:property [ sh:path rdf:first ; sh:minCount 1 ] ] [ sh:in ( rdf:nil ) ] )"
    ],
}


def _member(parts: Sequence[str]) -> str:
    if len(parts) == 1 and re.fullmatch(r"sh:node (:[\w-]+|<[^>]*>)", parts[0]):
        return parts[0].removeprefix("sh:node ")
    return f"[ {' ; '.join(parts)} ]" if parts else "[ ]"


def _capital(words: str) -> str:
    return "".join(w[:1].upper() + w[1:] for w in words.split("-"))
