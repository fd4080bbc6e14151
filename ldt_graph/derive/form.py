"""The intermediate form: tests on a node of a graph, and the properties of a model that they make up.

A test says what SHACL can say, and no more, but for `Unknown`: what JSON Schema asks and nothing here can
tell. `settle` takes those out, so that a test never refuses what the schema may accept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

from ldt_graph.namespaces import NGSI_LD, RDF

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")
Kind = Literal["text", "number", "integer", "boolean", "object", "list"]
NodeKind = Literal["iri", "blank"]
AttributeKind = Literal[
    "Property", "GeoProperty", "Relationship", "LanguageProperty", "JsonProperty", "VocabProperty",
    "ListProperty", "ListRelationship",
]  # fmt: skip
"""The kinds of attributes of NGSI-LD (ETSI GS CIM 009, clause 4.5)."""


def _hashed_once(cls: type[T]) -> type[T]:
    """Keep the hash of a value that may be large: tests are looked up again and again."""
    full = cls.__hash__

    def kept(self: T) -> int:
        found = self.__dict__.get("_hash")
        if found is None:
            found = self.__dict__["_hash"] = full(self)
        return found

    setattr(cls, "__hash__", kept)  # noqa: B010  (a plain assignment is no method to the type checker)
    return cls


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several steps."""

    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Star:
    """A step, taken as often as one likes."""

    step: str


Path = tuple["str | Choice | Star", ...]
FIRST: Path = (RDF.first,)
ITEMS: Path = (Star(RDF.rest), RDF.first)

CARRIED: Path = (
    Choice(
        tuple(
            NGSI_LD[w]
            for w in (
                *("hasValue", "hasObject", "hasLanguageMap", "hasJSON", "hasVocab"),
                *("hasValueList", "hasObjectList", "hasValues", "hasObjects"),
            )
        )
    ),
)
"""What carries an attribute's value (ETSI GS CIM 009, clause 4.5)."""


@dataclass(frozen=True, slots=True)
class Is:
    """The node is of one of these kinds; an object may be named, so an IRI may be a text or an object."""

    kinds: frozenset[Kind]


@dataclass(frozen=True, slots=True)
class Node:
    """The node is an IRI, or it is blank."""

    kind: NodeKind


@dataclass(frozen=True, slots=True)
class Bound:
    """A number lies within a bound.

    Attributes:
        word: `minInclusive`, `minExclusive`, `maxInclusive` or `maxExclusive`.
    """

    word: str
    value: int | float


@dataclass(frozen=True, slots=True)
class Length:
    """A text has at least or at most so many characters (`minLength`, `maxLength`)."""

    word: str
    value: int


@dataclass(frozen=True, slots=True)
class Matches:
    """A text matches a regular expression, or is written in a format that has a name."""

    pattern: str
    format: str | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """The node is one of these; numbers are compared by value."""

    texts: tuple[str, ...] = ()
    numbers: tuple[int | float, ...] = ()
    booleans: tuple[bool, ...] = ()
    iris: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Datatype:
    """A literal of a datatype."""

    iri: str


@dataclass(frozen=True, slots=True)
class Multiple:
    """A number is a multiple of another."""

    of: int | float


@dataclass(frozen=True, slots=True)
class Lifted:
    """An object as the lift writes it: a geometry as WKT, another one as JSON."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of NGSI-LD: of one of its kinds, or of no type and with what carries a value (the concise form)."""


@_hashed_once
@dataclass(frozen=True)
class Each:
    """Every value at the end of a path passes a test."""

    path: Path
    test: Test


@_hashed_once
@dataclass(frozen=True)
class Count:
    """A path leads to so many values; with a test, so many that pass it."""

    path: Path
    low: int = 0
    high: int | None = None
    test: Test | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """No statement of the node has another predicate than these."""

    predicates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """What can't be told from the graph."""

    why: str


@_hashed_once
@dataclass(frozen=True)
class All:
    """All of these; of nothing it is true."""

    tests: tuple[Test, ...]


@_hashed_once
@dataclass(frozen=True)
class Some:
    """At least one of these; of nothing it is false."""

    tests: tuple[Test, ...]


@_hashed_once
@dataclass(frozen=True)
class One:
    """Exactly one of these."""

    tests: tuple[Test, ...]


@_hashed_once
@dataclass(frozen=True)
class Not:
    """Not this."""

    test: Test


Test = (
    Is | Node | Bound | Length | Matches | OneOf | Datatype | Multiple | Lifted | Attribute | Each | Count | Closed | Unknown
    | All | Some | One | Not
)  # fmt: skip
TRUE = All(())
FALSE = Some(())


@dataclass(frozen=True, slots=True)
class Warned:
    """What the shapes do not say, or what is amiss in a schema.

    Attributes:
        keyword: The word of the schema that it is about.
        pointer: Where it stands: `file#/json/pointer`.
        why: One sentence.
        kind: `loss` (asked by the schema, not by the shapes), `reference` (a `$ref` that nothing here has),
            `lint` (the schema says something that is no JSON Schema, or not of its draft), `patch` (a fault of
            the schema that was mended) or `term` (a name that the contexts leave without an IRI).
    """

    keyword: str
    pointer: str
    why: str
    kind: str = "loss"


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a model.

    Attributes:
        name: Its name in JSON.
        path: Where its values stand in the graph.
        kind: What NGSI-LD calls it, where the model says so.
        node: What its values are.
        low: The fewest values.
        high: The most.
        tests: What holds of it, as tests on the entity.
        words: What it is, as the model describes it.
        unit: Its unit, as the model names it.
        pointers: Where the schema speaks of it.
    """

    name: str
    path: Path
    kind: AttributeKind | None
    node: frozenset[Kind]
    low: int
    high: int | None
    tests: tuple[Test, ...]
    words: str
    unit: str | None
    pointers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A model, ready to be written as shapes.

    Attributes:
        name: `Pump`.
        repository: `dataModel.WaterDistributionManagementEPANET`; where there is none, the folder's name.
        classes: The IRIs of its entities' types.
        properties: Sorted by name.
        together: Tests that speak of several properties.
        schema: The schema's own address.
        version: The version that the schema states.
        commit: The commit of the repository, where it is known.
        licence: The licence of the model, as its files name it.
        warnings: What the shapes leave out.
    """

    name: str
    repository: str
    classes: tuple[str, ...]
    properties: tuple[Property, ...]
    together: tuple[Test, ...]
    schema: str
    version: str | None
    commit: str | None
    licence: str | None
    words: str
    warnings: tuple[Warned, ...] = field(default=())


# ── tests are put together here, and nowhere else: what is plain is left out ─────────────────────


def both(tests: Iterable[Test]) -> Test:
    """Return the conjunction."""
    flat = dict[Test, None]()
    for test in tests:
        flat.update(dict.fromkeys(test.tests if isinstance(test, All) else (test,)))
    if FALSE in flat:
        return FALSE
    for test in [t for t in flat if isinstance(t, Is) and any(_implies(o, t) for o in flat)]:
        del flat[test]
    return next(iter(flat)) if len(flat) == 1 else All(tuple(flat))


def _implies(test: Test, kind: Is) -> bool:
    """Tell whether what a test names, or the format that it asks for, is of a kind anyway."""
    if isinstance(test, Matches):
        return test.format is not None and "text" in kind.kinds
    if not isinstance(test, OneOf):
        return False
    numbers = "number" in kind.kinds or (
        "integer" in kind.kinds and all(n == int(n) for n in test.numbers)
    )
    truths, texts = "boolean" in kind.kinds, "text" in kind.kinds
    return (
        (numbers or not test.numbers)
        and (truths or not test.booleans)
        and (texts or not (test.texts or test.iris))
    )


def either(tests: Iterable[Test]) -> Test:
    """Return the disjunction; an alternative that asks more than another is absorbed by it."""
    flat = dict[Test, frozenset[Test]]()
    for test in tests:
        for each in test.tests if isinstance(test, Some) else (test,):
            flat[each] = frozenset(each.tests if isinstance(each, All) else (each,))
    kept = [t for t, parts in flat.items() if not any(other < parts for other in flat.values())]
    return kept[0] if len(kept) == 1 else Some(tuple(kept))


def exactly_one(tests: Iterable[Test]) -> Test:
    """Return the test that just one of these passes."""
    possible = [t for t in tests if t != FALSE]
    if len(possible) == 1:
        return possible[0]
    if possible.count(TRUE) > 1:
        return FALSE
    return One(tuple(possible)) if possible else FALSE


def negated(test: Test) -> Test:
    """Return the negation."""
    if test == TRUE:
        return FALSE
    if test == FALSE:
        return TRUE
    return test.test if isinstance(test, Not) else Not(test)


def each(path: Path, test: Test) -> Test:
    """Return the test that every value passes this one."""
    return TRUE if test == TRUE else Count(path, 0, 0) if test == FALSE else Each(path, test)
