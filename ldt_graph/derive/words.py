"""A plain sentence for each property shape: what a steward reads beside the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ldt_graph.derive.form import (
    All,
    Bound,
    Count,
    Datatype,
    Each,
    Is,
    Length,
    Matches,
    Multiple,
    Node,
    Not,
    One,
    OneOf,
    Some,
)
from ldt_graph.namespaces import RDF_TYPE, local_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ldt_graph.derive.form import Path, Property, Test

_KINDS = {
    "text": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "an object",
    "list": "a list",
}
_FORMATS = {
    "date": "a date as 2026-01-31",
    "time": "a time as 12:00:00",
    "date-time": "a date and time with its zone as 2026-01-31T12:00:00Z",
    "uri": "an absolute URI",
}
_BOUNDS = {
    "minInclusive": "{} or more",
    "minExclusive": "above {}",
    "maxInclusive": "{} or less",
    "maxExclusive": "below {}",
}
_MOST = 8


def sentence(found: Property) -> str:
    """Return what a value of a property must be, in one sentence."""
    value = phrase(_value(found.tests)) or "any value"
    unit = (
        f", in {found.unit}"
        if found.unit and found.unit.lower() not in ("no unit", "dimensionless")
        else ""
    )
    many = found.high != 1
    if found.low and many:
        often = "at least once" if found.low == 1 else f"at least {found.low} times"
    else:
        often = "once" if found.low else "any number of times" if many else "at most once"
    limit = f", and at most {found.high} times" if many and found.high is not None else ""
    return f"{found.name} is given {often}{limit}; {'each' if many else 'it'} is {value}{unit}."


def _value(tests: Iterable[Test]) -> list[Test]:
    """Return the tests on the values, out of those on the entity."""
    found: list[Test] = []
    for test in tests:
        match test:
            case Each(_, inner):
                found += _value((inner,)) if isinstance(inner, Each) else [inner]
            case All(inners) | Some(inners) | One(inners):
                found += [t for t in _value(inners) if t not in found]
            case Count(_, _, _, inner) if inner is not None:
                found.append(inner)
            case Is() | Node() | Matches() | Length():
                found.append(test)
    return found


def phrase(tests: Sequence[Test]) -> str:
    """Return what passes any of these tests, as a noun with what is said of it."""
    told = [p for t in tests if (p := _phrase(t))]
    return _listed(list(dict.fromkeys(told)), "or")


def _phrase(test: Test) -> str:
    match test:
        case All(tests):
            return _conjunction(tests)
        case Some(tests) | One(tests):
            return phrase(tests)
        case Is(kinds):
            return _listed([_KINDS[k] for k in _KINDS if k in kinds], "or")
        case OneOf(texts, numbers, booleans, iris):
            named = [*texts, *(f"{n:g}" for n in numbers), *(str(b).lower() for b in booleans)]
            named = named or [local_name(i) for i in iris]
            return _listed(named, "or") if len(named) == 1 else f"one of {_listed(named, 'or')}"
        case Matches(pattern, format):
            return _FORMATS.get(format or "", f"a text that matches {_short(pattern)}")
    return _rest(test)


def _rest(test: Test) -> str:
    match test:
        case Bound(word, value):
            return (
                f"a number of {_BOUNDS[word].format(f'{value:g}')}"
                if "In" in word
                else f"a number {_BOUNDS[word].format(f'{value:g}')}"
            )
        case Length(word, value):
            return (
                f"a text of {'at least' if word == 'minLength' else 'at most'} {value} characters"
            )
        case Multiple(value):
            return f"a multiple of {value:g}"
        case Datatype(iri):
            return f"a {local_name(iri)}"
        case Node(kind):
            return "an IRI" if kind == "iri" else ""
    return ""


def _conjunction(tests: Sequence[Test]) -> str:
    """Return a noun and what narrows it: the kind goes without saying where a format or a value says it."""
    members = [m for t in tests if (m := _member(t))]
    more = [p for t in tests if not isinstance(t, Is | Each | Count | Not) and (p := _phrase(t))]
    kinds = [_phrase(t) for t in tests if isinstance(t, Is)]
    if members and not more:
        inside = _listed(members, "and")
        return f"{(kinds or ['an object'])[0]} with {inside}"
    if not more:
        return kinds[0] if kinds else ""
    words = [more[0], *(_narrowed(m) for m in more[1:])]
    return " and ".join(words[:3])


def _narrowed(words: str) -> str:
    for start in ("a number of ", "a number ", "a text of ", "a text "):
        if words.startswith(start):
            return words.removeprefix(start)
    return words


def _member(test: Test) -> str:
    """Name a member that an object must have, or how one looks."""
    if isinstance(test, Count) and test.test is None and test.low:
        return _name(test.path)
    return ""


def _name(path: Path) -> str:
    last = path[-1]
    return "type" if last == RDF_TYPE else local_name(last) if isinstance(last, str) else "value"


def _listed(words: Sequence[str], last: str) -> str:
    kept = list(words[:_MOST]) + ([f"{len(words) - _MOST} more"] if len(words) > _MOST else [])
    return (
        kept[0] if len(kept) == 1 else f"{', '.join(kept[:-1])} {last} {kept[-1]}" if kept else ""
    )


def _short(pattern: str) -> str:
    return pattern if len(pattern) <= 60 else pattern[:57] + "..."
