"""JSON Schema into tests on the nodes that a document becomes (draft 2020-12, and back to draft 4)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from ldt_graph.derive import constants, lists, objects, scalars, sets, types
from ldt_graph.derive.documents import LISTS, MEMBERS, SINGLES, Missing, Spot, walk
from ldt_graph.derive.form import (
    TRUE,
    Unknown,
    Warned,
    both,
    either,
    exactly_one,
    negated,
)
from ldt_graph.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from ldt_graph.derive.documents import Library
    from ldt_graph.derive.form import Path, Test
    from ldt_graph.derive.position import Position

    Read = Callable[[Spot, Position], Test]


class Compiler:
    """The conversion of one model: it follows references, and collects what it can't say.

    Args:
        library: The schemas at hand.
        entity: How the attributes of an entity are written.
    """

    def __init__(self, library: Library, entity: Entity) -> None:
        self.library = library
        self.entity = entity
        self.warned: dict[Warned, None] = {}
        self._kept: dict[tuple[object, ...], tuple[Test, dict[Warned, None]]] = {}
        self._cyclic: dict[Spot, bool] = {}
        self._leads: dict[Spot, frozenset[Spot]] = {}
        self._entered: list[Spot] = []

    # ── warnings ─────────────────────────────────────────────────────────────────────────────────

    def warn(self, spot: Spot, keyword: str, why: str, kind: str = "loss") -> None:
        """Note what the shapes don't say, or what is amiss."""
        self.warned.setdefault(Warned(keyword, str(spot / keyword if keyword else spot), why, kind))

    def unknown(self, spot: Spot, keyword: str, why: str, kind: str = "loss") -> Test:
        """Note it, and return the test that says so."""
        self.warn(spot, keyword, why, kind)
        return Unknown(f"{spot}: {why}")

    def _once(self, key: tuple[object, ...], make: Callable[[], Test]) -> Test:
        """Make a test, or take the one that was made before, with the warnings that it gave."""
        if key not in self._kept:
            outer, self.warned = self.warned, {}
            try:
                self._kept[key] = (make(), self.warned)
            finally:
                self.warned = outer
        test, warned = self._kept[key]
        self.warned |= warned
        return test

    # ── one value ────────────────────────────────────────────────────────────────────────────────

    def node(self, spot: Spot, position: Position) -> Test:
        """Return the test on a node that stands for one value, which is no list outside an RDF list."""
        return self._once((spot, *position.key), lambda: self._node(spot, position))

    def _node(self, spot: Spot, position: Position) -> Test:
        if not isinstance(spot.schema, dict):
            return self.truth(spot)
        self._lint(spot)
        tests = self.applied(spot, position, self.node)
        if not self.alone(spot):
            tests += scalars.tests(self, spot, position)
            tests += objects.tests(self, spot, position)
            if position.listed:
                tests += lists.tests(self, spot, position)
        return both(tests)

    def _lint(self, spot: Spot) -> None:
        """Warn of words that look like keywords or members gone astray."""
        for word, value in spot.schema.items():
            if word in _STRAY or (
                word not in _KNOWN and isinstance(value, dict) and not _PARTS.isdisjoint(value)
            ):
                self.warn(
                    spot, word, f"{word} is no keyword of JSON Schema here: it says nothing", "lint"
                )

    def truth(self, spot: Spot) -> Test:
        """Return the test of a schema that is no object."""
        schema = spot.schema
        if schema is True:
            return TRUE
        if schema is False:
            return either(())
        return self.unknown(spot, "", "a schema is an object, true or false", "lint")

    def alone(self, spot: Spot) -> bool:
        """Tell whether `$ref` stands alone: before draft 2019-09 what stands beside it says nothing."""
        return "$ref" in spot.schema and spot.document.before("2019-09")

    # ── several values ───────────────────────────────────────────────────────────────────────────

    def values(self, spot: Spot, path: Path, position: Position) -> Test:
        """Return the test on a subject whose values are the nodes of a path, in no order; none is fine."""
        return sets.values(self, spot, path, position)

    def members(self, spot: Spot, word: str, value: Any, path: Path, position: Position) -> Test:  # noqa: ANN401  (JSON)
        """Return the test that the values of a path are just this one, or these."""
        return constants.members(self, spot, word, value, path, position)

    def member(self, spot: Spot, name: str, position: Position) -> Test:
        """Return what a schema says of a member, as a test on the object's node."""
        of = self.entity.member if position.entity else objects.of_member
        return self._once((spot, name, *position.key), lambda: of(self, spot, name, position))

    def required(self, spot: Spot, name: str, position: Position) -> Test:
        """Return the test that an object's node has a member."""
        if position.entity:
            return self.entity.required(self, spot, name, position)
        return objects.is_required(self, spot, name, position)

    def beside(self, position: Position) -> tuple[str, ...]:
        """Return the predicates that a node may have beside its members."""
        return self.entity.beside if position.entity else ()

    def constant(self, spot: Spot, word: str, value: Any, position: Position) -> Test:  # noqa: ANN401  (JSON)
        """Return the test that a node stands for this value."""
        return constants.constant(self, spot, word, value, position)

    # ── what applies schemas in place ────────────────────────────────────────────────────────────

    def applied(self, spot: Spot, position: Position, read: Read) -> list[Test]:
        """Return the tests of the keywords that apply a schema to the value itself."""
        schema = spot.schema
        tests = [self.reference(spot, w, position, read) for w in REFERENCES if w in schema]
        if self.alone(spot):
            return tests
        for word, join in (("allOf", both), ("anyOf", either), ("oneOf", exactly_one)):
            if word in schema:
                parts = [read(s, position) for s in self.listed(spot, word)]
                tests.append(join(parts) if parts else Unknown(f"{spot}: {word}"))
        if "not" in schema:
            tests.append(self.negation(spot, position, read))
        if "if" in schema:
            condition = read(spot / "if", position)
            if "then" in schema:
                tests.append(either((negated(condition), read(spot / "then", position))))
            if "else" in schema:
                tests.append(either((condition, read(spot / "else", position))))
        return tests

    def negation(self, spot: Spot, position: Position, read: Read) -> Test:
        """Return the test of `not`."""
        if types.members_may_be_lists(self, spot / "not"):
            return self.unknown(spot, "not", "a member and a list of it alone are one graph")
        return negated(read(spot / "not", position))

    def listed(self, spot: Spot, word: str) -> list[Spot]:
        """Return the schemas that a keyword lists; none, with a warning, where it lists nothing."""
        parts = spot.schema[word]
        if not isinstance(parts, list) or not parts:
            self.warn(spot, word, f"{word} is a list of schemas, and not empty", "lint")
            return []
        return [spot / word / n for n in range(len(parts))]

    # ── references ───────────────────────────────────────────────────────────────────────────────

    def reference(self, spot: Spot, word: str, position: Position, read: Read) -> Test:
        """Return the test of the schema that a reference means.

        Raises:
            SchemaError: References go in a circle without a step into the data.
        """
        target = self.target(spot, word)
        if target is None:
            return Unknown(f"{spot}: an unresolved reference")
        if spot in self._entered:
            circle = [*self._entered[self._entered.index(spot) :], spot]
            raise SchemaError(
                f"References go in a circle: {' → '.join(map(str, circle))}.",
                place=(spot / word).place,
                hint="A definition that is its own definition says nothing.",
            )
        if self._holds_itself(target):
            if position.depth == 0:
                return self.unknown(
                    spot, word, "a definition that holds itself is followed four levels deep"
                )
            position = position.deeper()
        self._entered.append(spot)
        try:
            return read(target, position)
        finally:
            self._entered.pop()

    @contextmanager
    def below(self) -> Generator[None]:
        """Step into the data: what is entered there is no circle."""
        entered, self._entered = self._entered, []
        try:
            yield
        finally:
            self._entered = entered

    def _holds_itself(self, target: Spot) -> bool:
        if target not in self._cyclic:
            seen, todo = set[Spot](), list(self._leads_to(target))
            while todo:
                spot = todo.pop()
                if spot not in seen:
                    seen.add(spot)
                    todo += self._leads_to(spot)
            self._cyclic[target] = any(_within(target, s) or _within(s, target) for s in seen)
        return self._cyclic[target]

    def _leads_to(self, spot: Spot) -> frozenset[Spot]:
        """Return what the references in a schema mean."""
        if spot not in self._leads:
            holders = [Spot(spot.document, p, s) for p, s in walk(spot.schema, spot.pointer)]
            pairs = [(h, w) for h in holders for w in REFERENCES if w in h.schema]
            found = (self.target(h, w) for h, w in pairs)
            self._leads[spot] = frozenset(t for t in found if t is not None)
        return self._leads[spot]

    def target(self, spot: Spot, word: str = "$ref") -> Spot | None:
        """Return what a reference means; None, with a warning, where nothing here has it."""
        stated = spot.schema[word]
        if not isinstance(stated, str):
            self.warn(spot, word, "a reference is a text", "lint")
            return None
        try:
            target = self.library.follow(spot, "#" if word == "$recursiveRef" else stated)
        except Missing as missing:
            self.warn(spot, word, f"{missing}; what it asks is left out", "reference")
            return None
        if word == "$dynamicRef":
            self.warn(spot, word, "it is taken for a plain reference", "lint")
        return target


_STRAY = frozenset(
    {"min", "max", "length", "minlength", "maxlength", "minitems", "maxitems", "optional"}
)
_PARTS = frozenset({"type", "$ref", "properties", "enum", "allOf", "anyOf", "oneOf", "items"})
_KNOWN = MEMBERS | SINGLES | LISTS | frozenset({"const", "default", "examples", "example", "enum"})


class Entity(Protocol):
    """How the attributes of an entity are written in the graph."""

    @property
    def beside(self) -> tuple[str, ...]:
        """The predicates that an entity may have beside its attributes."""
        ...

    def member(self, compiler: Compiler, spot: Spot, name: str, position: Position) -> Test:
        """Return what a schema says of an attribute."""
        ...

    def required(self, compiler: Compiler, spot: Spot, name: str, position: Position) -> Test:
        """Return the test that an entity has an attribute."""
        ...


REFERENCES = ("$ref", "$recursiveRef", "$dynamicRef")


def _within(outer: Spot, inner: Spot) -> bool:
    """Tell whether a schema stands in another, or is it."""
    same = outer.document is inner.document
    return same and (inner.pointer + "/").startswith(outer.pointer + "/")
