"""A model's schema into its properties: the tests on an entity, sorted by what they speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.derive import models, types
from ldt_graph.derive.compile import Compiler
from ldt_graph.derive.documents import Spot
from ldt_graph.derive.documents import root as root_of
from ldt_graph.derive.entities import Canonical, Normalized
from ldt_graph.derive.form import (
    All,
    Choice,
    Count,
    Each,
    Is,
    Kind,
    Model,
    Not,
    One,
    Property,
    Some,
    Star,
    Warned,
    both,
)
from ldt_graph.derive.position import Position, member
from ldt_graph.derive.settle import settle
from ldt_graph.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ldt_graph.contexts import Context
    from ldt_graph.derive.documents import Library
    from ldt_graph.derive.form import Path, Test
    from ldt_graph.derive.models import Source

_FORMS = {"canonical": Canonical, "normalized": Normalized}


def compiler_for(library: Library, form: str) -> Compiler:
    """Return what converts models into a form, `canonical` or `normalized`: what they share is converted once."""
    return Compiler(library, _FORMS[form]())


def assemble(source: Source, compiler: Compiler, context: Context, commit: str | None) -> Model:
    """Convert a model.

    Args:
        source: Its files.
        compiler: What converts it.
        context: What its names mean.
        commit: The commit of its repository, where the checkout does not know.

    Raises:
        SchemaError: Its schema can't be read, is nested too deeply, or goes in a circle.
    """
    document = compiler.library.read(source.schema)
    _ = document.draft  # an unknown one is an error
    root = root_of(document)
    compiler.warned = {
        Warned("", f"{document.name}#{pointer}", why, "patch"): None
        for pointer, why in document.repairs
    }
    name = source.name if source.folder else _stated(compiler, root) or source.name
    position = Position(context.of_types([name]), entity=True)
    try:
        test = settle(both((compiler.node(root, position),)))
        names = _names(compiler, root)
    except RecursionError:
        raise SchemaError("The schema is nested too deeply.", place=root.place) from None
    own, together = _sorted(test, {n: member(position, n) for n in names})
    schema = document.root if isinstance(document.root, dict) else {}
    return Model(
        name=name,
        repository=source.repository(schema),
        classes=_classes(compiler, root, position, name),
        properties=tuple(
            _property(source, n, own.get(n, ()), names[n], member(position, n).path)
            for n in sorted(names)
        ),
        together=together,
        schema=_text(schema.get("$id", schema.get("id"))) or document.name,
        version=_text(schema.get("$schemaVersion")) or _text(source.notes.get("x-version")),
        commit=commit or source.commit,
        licence=source.licence,
        words=_text(schema.get("description")) or "",
        warnings=tuple(sorted(compiler.warned, key=lambda w: (w.pointer, w.keyword, w.why))),
    )


def _text(value: Any) -> str | None:  # noqa: ANN401  (JSON)
    return value if isinstance(value, str) and value else None


# ── names ────────────────────────────────────────────────────────────────────────────────────────


def _names(compiler: Compiler, root: Spot) -> dict[str, list[Spot]]:
    """Return each attribute that the schema names at its root, with the places that define it."""
    found: dict[str, list[Spot]] = {}
    for spot in _in_place(compiler, root):
        properties = spot.schema.get("properties")
        for name in properties if isinstance(properties, dict) else ():
            found.setdefault(name, []).append(spot / "properties" / name)
        required = spot.schema.get("required")
        for name in required if isinstance(required, list) else ():
            if isinstance(name, str):
                found.setdefault(name, [])
    return found


def _in_place(compiler: Compiler, root: Spot) -> Iterator[Spot]:
    """Yield a schema and all that it applies to the same value."""
    seen, todo = set[Spot](), [root]
    while todo:
        spot = todo.pop(0)
        if spot in seen or not isinstance(spot.schema, dict):
            continue
        seen.add(spot)
        yield spot
        schema = spot.schema
        for word in types.IN_PLACE:
            parts = schema.get(word)
            todo += [spot / word / n for n in range(len(parts))] if isinstance(parts, list) else []
        todo += [spot / w for w in ("if", "then", "else") if w in schema]
        dependent = schema.get("dependentSchemas")
        todo += (
            [spot / "dependentSchemas" / n for n in dependent]
            if isinstance(dependent, dict)
            else []
        )
        if "$ref" in schema and (target := compiler.target(spot)) is not None:
            todo.append(target)


def _types(compiler: Compiler, root: Spot) -> list[str]:
    """Return the types that the schema allows its entities."""
    found: dict[str, None] = {}
    for spot in _in_place(compiler, root):
        properties = spot.schema.get("properties")
        stated = properties.get("type") if isinstance(properties, dict) else None
        if isinstance(stated, dict):
            values = [
                *(stated["enum"] if isinstance(stated.get("enum"), list) else ()),
                stated.get("const"),
            ]
            found |= dict.fromkeys(v for v in values if isinstance(v, str))
    return list(found)


def _stated(compiler: Compiler, root: Spot) -> str | None:
    named = _types(compiler, root)
    return named[0] if len(named) == 1 else None


def _classes(compiler: Compiler, root: Spot, position: Position, name: str) -> tuple[str, ...]:
    """Return the IRIs of a model's types: its own name, and what the schema allows beside it."""
    found = [position.context.expand(n) for n in (name, *_types(compiler, root))]
    return tuple(sorted({i for i in found if i and ":" in i and not set(i) & set(' <>"{}|\\^`')}))


# ── tests, sorted ────────────────────────────────────────────────────────────────────────────────


def _sorted(
    test: Test, members: dict[str, Any]
) -> tuple[dict[str, tuple[Test, ...]], tuple[Test, ...]]:
    """Sort the tests on an entity by the attribute that they speak of; what speaks of several comes apart."""
    by_predicate: dict[str, str] = {}
    for name, found in members.items():
        if found.path:
            by_predicate.setdefault(str(found.path[0]), name)
    identifier = next((n for n, m in members.items() if m.keyword == "@id"), None)
    own: dict[str, list[Test]] = {}
    together: list[Test] = []
    for each in test.tests if isinstance(test, All) else (test,):
        if isinstance(each, Is):
            continue  # an entity is an object
        named = {by_predicate.get(p, identifier if not p else None) for p in predicates(each)}
        if len(named) == 1 and (name := next(iter(named))) is not None:
            own.setdefault(name, []).append(each)
        else:
            together.append(each)
    return {n: tuple(t) for n, t in own.items()}, tuple(together)


def predicates(test: Test) -> frozenset[str]:
    """Return the first steps of what a test looks at; the empty text where it looks at the node itself."""
    match test:
        case All(tests) | Some(tests) | One(tests):
            return frozenset[str]().union(*(predicates(t) for t in tests))
        case Not(inner):
            return predicates(inner)
        case Each(path) | Count(path):
            step = path[0]
            if isinstance(step, Choice):
                return frozenset(step.steps[:1])
            return frozenset({step.step if isinstance(step, Star) else step})
    return frozenset({""})


def _property(
    source: Source, name: str, tests: tuple[Test, ...], spots: Sequence[Spot], path: Path | None
) -> Property:
    words = next(
        (
            w
            for s in spots
            if isinstance(s.schema, dict) and (w := _text(s.schema.get("description")))
        ),
        "",
    )
    counts = [t for t in tests if isinstance(t, Count) and t.test is None]
    highs = [c.high for c in counts if c.high is not None]
    return Property(
        name=name,
        path=path or (),
        kind=models.kind_of(source, name, words),
        node=_kinds(both(tests)),
        low=max((c.low for c in counts), default=0),
        high=min(highs) if highs else None,
        tests=tests,
        words=models.plain(words),
        unit=models.unit_of(source, name, words),
        pointers=tuple(str(s) for s in spots),
    )


def _kinds(test: Test) -> frozenset[Kind]:
    match test:
        case Is(kinds):
            return kinds
        case All(tests) | Some(tests) | One(tests):
            return frozenset[Kind]().union(*(_kinds(t) for t in tests))
        case Each(_, inner):
            return _kinds(inner)
    return frozenset()
