"""What a shapes file must be: a shape that is not well formed means nothing, and an engine may let it conform in silence.

The rules are those of SHACL, sections 2 to 6, and what its appendix C checks by shapes of its own.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.errors import Place, ShapeError
from ldt_graph.namespaces import RDF_TYPE, SH, curie
from ldt_graph.validate.graph import words
from ldt_graph.validate.parameters import RULES, written
from ldt_graph.validate.queries import check_queries

if TYPE_CHECKING:
    from ldt_graph.validate.graph import ShapesGraph, Term

# SHACL (W3C Recommendation 2017): all of Core, SPARQL-based constraints and components.
_COVERED = """
    targetClass targetNode targetSubjectsOf targetObjectsOf property path severity message
    deactivated name description group order defaultValue class datatype nodeKind minCount maxCount
    minExclusive minInclusive maxExclusive maxInclusive minLength maxLength pattern flags languageIn
    uniqueLang equals disjoint lessThan lessThanOrEquals not and or xone node qualifiedValueShape
    qualifiedValueShapesDisjoint qualifiedMinCount qualifiedMaxCount closed ignoredProperties
    hasValue in inversePath alternativePath zeroOrMorePath oneOrMorePath zeroOrOnePath sparql select
    prefixes declare prefix namespace suggestedShapesGraph shapesGraph parameter optional
    labelTemplate validator nodeValidator propertyValidator ask
"""
_REPORT = """
    conforms result focusNode resultPath value resultMessage resultSeverity sourceConstraint
    sourceConstraintComponent sourceShape detail shapesGraphWellFormed
"""
"""The words of a report that a file may hold beside its shapes."""
_CLASSES = """
    Shape NodeShape PropertyShape PropertyGroup PrefixDeclaration SPARQLConstraint SPARQLExecutable
    SPARQLSelectExecutable SPARQLAskExecutable ConstraintComponent Parameter Parameterizable Validator
    SPARQLSelectValidator SPARQLAskValidator ValidationReport ValidationResult AbstractResult
"""
_KNOWN = frozenset(SH + word for word in (_COVERED + _REPORT).split())
_KNOWN_CLASSES = frozenset(SH + word for word in _CLASSES.split())
_ONCE = frozenset(
    words("""
    path minCount maxCount datatype nodeKind minExclusive minInclusive maxExclusive maxInclusive
    minLength maxLength pattern flags languageIn uniqueLang closed ignoredProperties in deactivated
    severity qualifiedMinCount qualifiedMaxCount qualifiedValueShapesDisjoint qualifiedValueShape
    """)
)
"""A shape has at most one of each."""
_OF_A_PATH = frozenset(
    words("""
    minCount maxCount uniqueLang lessThan lessThanOrEquals qualifiedValueShape
    """)
)
"""Constraints that count or compare the values of a path: a node shape has none."""


def check(graph: ShapesGraph) -> None:
    """Refuse what is no shapes file, or one that an engine would not take at its word.

    Raises:
        ShapeError: With the shape and its line.
    """
    parts = _parts(graph)
    for node, said in graph.triples():
        if node in parts:
            _check_words(graph, node, said.word, said.value)
    shapes = graph.shapes
    if not shapes:
        raise ShapeError(
            "There is no shape in this file.",
            place=Place(graph.path.name),
            hint="A shape is a sh:NodeShape or sh:PropertyShape, or has a target or a constraint.",
        )
    for shape in shapes:
        _check_shape(graph, shape)
    _check_recursion(graph)
    check_queries(graph)


def _parts(graph: ShapesGraph) -> set[Term]:
    """Return what is a shape or a part of one: it has a type or a word of SHACL, or such a thing points at it."""
    found: set[Term] = set(graph.shapes)
    for node, said in graph.triples():
        typed = isinstance(said.value, ox.NamedNode) and said.value.value.startswith(SH)
        if said.word in _KNOWN or (said.word == RDF_TYPE and typed):
            found.add(node)
            if isinstance(said.value, ox.BlankNode):
                found.add(said.value)
    return found


def _check_words(graph: ShapesGraph, node: Term, word: str, value: Term) -> None:
    """Refuse a word of SHACL's namespace that is none of SHACL's, or that is not supported."""
    if word == RDF_TYPE and isinstance(value, ox.NamedNode):
        unknown = (
            value.value if value.value.startswith(SH) and value.value not in _KNOWN_CLASSES else ""
        )
    else:
        unknown = word if word.startswith(SH) and word not in _KNOWN else ""
    if unknown:
        name = unknown.removeprefix(SH)
        near = difflib.get_close_matches(
            name, (_CLASSES if word == RDF_TYPE else _COVERED).split(), 1
        )
        graph.refuse(
            node,
            f"sh:{name} is not supported.",
            word,
            value,
            hint=f"Is it sh:{near[0]}?" if near else "SHACL Core and SHACL-SPARQL are.",
        )


def _check_shape(graph: ShapesGraph, shape: Term) -> None:
    for word in sorted(graph.words_of(shape)):
        values = graph.values(shape, word)
        if word in _ONCE and len(values) > 1:
            graph.refuse(
                shape, f"{curie(word)} is given {len(values)} times; a shape has one.", word
            )
        rule = RULES.get(word)
        for value in values:
            if rule and (fault := rule(graph, value)):
                graph.refuse(shape, f"{curie(word)} {fault}.", word, value)
    if isinstance(shape, ox.Literal):
        graph.refuse(shape, f"{shape} stands where a shape is asked for.")
    _check_kind(graph, shape)
    _check_together(graph, shape)


def _check_kind(graph: ShapesGraph, shape: Term) -> None:
    """A property shape has a path, a node shape has none."""
    words = graph.words_of(shape)
    asked = [w for n in graph.said for w, part in graph.parts(n) if part == shape]
    if not words:
        graph.refuse(
            shape, f"{written(shape)} is referred to as a shape, and nothing is said of it."
        )
    if SH.path not in words:
        if SH.property in asked or graph.is_a(shape, SH.PropertyShape):
            graph.refuse(shape, "A property shape has a sh:path, and this has none.")
        for word in sorted(words & _OF_A_PATH):
            graph.refuse(
                shape, f"{curie(word)} is of a property shape, and this has no sh:path.", word
            )
    elif graph.is_a(shape, SH.NodeShape):
        graph.refuse(shape, "A node shape has no sh:path.", SH.path)
    elif SH.closed in words:
        graph.refuse(shape, "sh:closed is of a node shape, and this has a sh:path.", SH.closed)


def _check_together(graph: ShapesGraph, shape: Term) -> None:
    """Refuse a parameter without those that it means nothing without."""
    words = graph.words_of(shape)
    for word, needs in _TOGETHER.items():
        if SH + word in words and not words & {SH + n for n in needs}:
            graph.refuse(shape, f"sh:{word} means nothing without {' or '.join(f'sh:{n}' for n in needs)}.", SH + word)  # fmt: skip


_TOGETHER = {
    "flags": ("pattern",),
    "ignoredProperties": ("closed",),
    "qualifiedValueShape": ("qualifiedMinCount", "qualifiedMaxCount"),
}


def _check_recursion(graph: ShapesGraph) -> None:
    """Refuse a shape that refers to itself: what that means is left open (SHACL, section 3.4.3)."""
    done: set[Term] = set()

    def follow(node: Term, way: tuple[tuple[Term, str], ...]) -> None:
        around = [n for n, _ in way]
        if node in around:
            names = [graph.name(n) for n in (*around[around.index(node) :], node)]
            holder, word = way[-1]
            graph.refuse(
                node,
                f"The shape refers to itself ({' → '.join(names)}), and SHACL does not say what that means.",
                word,
                node,
                at=holder,
            )
        if node not in done:
            for word, part in graph.parts(node):
                follow(part, (*way, (node, word)))
            done.add(node)

    for shape in graph.shapes:
        follow(shape, ())
