"""What a shapes file must be: a shape that is not well formed means nothing, and an engine may let it conform in silence.

The rules are those of SHACL, sections 2 to 6, and what its appendix C checks by shapes of its own.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.errors import Place, ShapeError
from ldt_graph.namespaces import RDF_TYPE, SH, XSD, curie
from ldt_graph.validate.graph import SHAPE_LISTS, SHAPE_WORDS
from ldt_graph.validate.queries import check_queries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ldt_graph.validate.graph import ShapesGraph, Term

    Fault = str | None

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
_KINDS = frozenset(
    SH + word
    for word in ["BlankNode", "IRI", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"]
)
_DATATYPES = frozenset(
    XSD + word
    for word in ["anyURI", "base64Binary", "boolean", "byte", "date", "dateTime", "dateTimeStamp", "dayTimeDuration", "decimal", "double", "duration", "float", "gDay", "gMonth", "gMonthDay", "gYear", "gYearMonth", "hexBinary", "int", "integer", "language", "long", "Name", "NCName", "negativeInteger", "NMTOKEN", "nonNegativeInteger", "nonPositiveInteger", "normalizedString", "positiveInteger", "short", "string", "time", "token", "unsignedByte", "unsignedInt", "unsignedLong", "unsignedShort", "yearMonthDuration", "QName", "anySimpleType", "anyAtomicType", "NOTATION", "ENTITY", "ID", "IDREF"]
)
_ONCE = frozenset(
    SH + word
    for word in ["path", "minCount", "maxCount", "datatype", "nodeKind", "minExclusive", "minInclusive", "maxExclusive", "maxInclusive", "minLength", "maxLength", "pattern", "flags", "languageIn", "uniqueLang", "closed", "ignoredProperties", "in", "deactivated", "severity", "qualifiedMinCount", "qualifiedMaxCount", "qualifiedValueShapesDisjoint", "qualifiedValueShape"]
)
"""A shape has at most one of each."""
_OF_A_PATH = frozenset(
    SH + word
    for word in ["minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals", "qualifiedValueShape"]
)
"""Constraints that count or compare the values of a path: a node shape has none."""
_PATH_WORDS = tuple(
    SH + word
    for word in ["inversePath", "alternativePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath"]
)


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
            hint=f"Is it sh:{near[0]}?" if near else "SHACL Core and SHACL-SPARQL are.",
        )


def _check_shape(graph: ShapesGraph, shape: Term) -> None:
    for word in sorted(graph.words(shape)):
        values = graph.values(shape, word)
        if word in _ONCE and len(values) > 1:
            graph.refuse(
                shape, f"{curie(word)} is given {len(values)} times; a shape has one.", word
            )
        rule = _RULES.get(word)
        for value in values:
            if rule and (fault := rule(graph, value)):
                graph.refuse(shape, f"{curie(word)} {fault}.", word)
    if isinstance(shape, ox.Literal):
        graph.refuse(shape, f"{shape} stands where a shape is asked for.")
    _check_kind(graph, shape)
    _check_together(graph, shape)


def _check_kind(graph: ShapesGraph, shape: Term) -> None:
    """A property shape has a path, a node shape has none."""
    words = graph.words(shape)
    asked = [w for n in graph.said for w, part in graph.parts(n) if part == shape]
    if not words:
        graph.refuse(
            shape, f"{_written(shape)} is referred to as a shape, and nothing is said of it."
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
    words = graph.words(shape)
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

    def follow(node: Term, way: tuple[Term, ...]) -> None:
        if node in way:
            names = dict.fromkeys(graph.name(n) for n in (*way[way.index(node) :], node))
            graph.refuse(
                node,
                f"The shape refers to itself ({' → '.join((*names, graph.name(node)))}), and SHACL does not say what that means.",
                next(
                    (w for w, part in graph.parts(way[-1]) if part == node and way[-1] == node), ""
                ),
            )
        if node not in done:
            for _, part in graph.parts(node):
                follow(part, (*way, node))
            done.add(node)

    for shape in graph.shapes:
        follow(shape, ())


# ── rules of one value: what is wrong with it, or None ───────────────────────────────────────────


def _written(term: Term) -> str:
    return curie(term.value) if isinstance(term, ox.NamedNode) else str(term)


def _iri(_graph: ShapesGraph, value: Term) -> Fault:
    return None if isinstance(value, ox.NamedNode) else f"is {value}, and must be an IRI"


def _datatype(graph: ShapesGraph, value: Term) -> Fault:
    if (
        isinstance(value, ox.NamedNode)
        and value.value.startswith(XSD)
        and value.value not in _DATATYPES
    ):
        near = difflib.get_close_matches(value.value, _DATATYPES, 1)
        return f"is {_written(value)}, which is no datatype of XML Schema" + (
            f"; is it {curie(near[0])}?" if near else ""
        )
    return _iri(graph, value)


def _node(_graph: ShapesGraph, value: Term) -> Fault:
    return (
        f"is {value}, and must be an IRI or a literal" if isinstance(value, ox.BlankNode) else None
    )


def _shape(graph: ShapesGraph, value: Term) -> Fault:
    if isinstance(value, ox.Literal):
        return f"is {value}, and must be a shape"
    if value not in graph.said:
        return f"names {_written(value)}, and nothing is said of it in this file"
    return None


def _shapes(graph: ShapesGraph, value: Term) -> Fault:
    items = graph.items(value)
    if items is None:
        return f"is {_written(value)}, and must be a list of shapes"
    return next((f for item in items if (f := _shape(graph, item))), None)


def _list(graph: ShapesGraph, value: Term) -> Fault:
    return None if graph.items(value) is not None else f"is {_written(value)}, and must be a list"


def _iris(graph: ShapesGraph, value: Term) -> Fault:
    items = graph.items(value)
    if items is None:
        return f"is {_written(value)}, and must be a list of IRIs"
    return next((f for item in items if (f := _iri(graph, item))), None)


def _count(_graph: ShapesGraph, value: Term) -> Fault:
    fits = isinstance(value, ox.Literal) and value.datatype.value == XSD.integer
    if fits and re.fullmatch(r"\+?[0-9]+|-0+", value.value):
        return None
    return f"is {value}, and must be a whole number, 0 or more"


def _bound(_graph: ShapesGraph, value: Term) -> Fault:
    if not isinstance(value, ox.Literal):
        return f"is {_written(value)}, and must be a literal"
    if value.language or value.datatype.value in (XSD.string, XSD.boolean):
        return f"is {value}, with which nothing can be compared"
    form = _FORMS.get(value.datatype.value)
    return f"is {value}, which is no value of its datatype" if form and not form.fullmatch(value.value) else None  # fmt: skip


_FORMS: Mapping[str, re.Pattern[str]] = {
    XSD.integer: re.compile(r"[+-]?[0-9]+"),
    XSD.decimal: re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
    XSD.double: re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN"),
    XSD.date: re.compile(r"-?[0-9]{4,}-[0-9]{2}-[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?"),
    XSD.dateTime: re.compile(
        r"-?[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?"
    ),
}


def _boolean(_graph: ShapesGraph, value: Term) -> Fault:
    fits = isinstance(value, ox.Literal) and value.datatype.value == XSD.boolean
    if fits and value.value in ("true", "false", "1", "0"):
        return None
    return f"is {value}, and must be true or false"


def _string(_graph: ShapesGraph, value: Term) -> Fault:
    if isinstance(value, ox.Literal) and value.datatype.value == XSD.string:
        return None
    return f"is {value}, and must be a string"


def _text(graph: ShapesGraph, value: Term) -> Fault:
    return None if isinstance(value, ox.Literal) and value.language else _string(graph, value)


def _languages(graph: ShapesGraph, value: Term) -> Fault:
    items = graph.items(value)
    if items is None:
        return f"is {_written(value)}, and must be a list of language tags"
    return next((f for item in items if (f := _string(graph, item))), None)


def _kind(_graph: ShapesGraph, value: Term) -> Fault:
    if isinstance(value, ox.NamedNode) and value.value in _KINDS:
        return None
    names = ", ".join(sorted(curie(k) for k in _KINDS))
    return f"is {_written(value)}, and must be one of {names}"


def _flags(graph: ShapesGraph, value: Term) -> Fault:
    if fault := _string(graph, value):
        return fault
    strange = sorted(set(value.value) - set("smix")) if isinstance(value, ox.Literal) else []
    return f'has "{strange[0]}"; s, m, i and x are supported' if strange else None


def _pattern(graph: ShapesGraph, value: Term) -> Fault:
    """Refuse what XPath's expressions have and others read as something else; the engine tells what it can't read."""
    if fault := _string(graph, value):
        return fault
    text = value.value if isinstance(value, ox.Literal) else ""
    if re.search(r"\[(?:[^\]\\]|\\.)*-\[", text):
        return f'is "{text}": a class without another, [a-z-[aeiou]], is not supported'
    return None


def _path(graph: ShapesGraph, value: Term) -> Fault:
    return _path_fault(graph, value, ())


def _path_fault(graph: ShapesGraph, value: Term, around: tuple[Term, ...]) -> Fault:
    """Say what is wrong with a path (SHACL, section 2.3.1)."""
    if isinstance(value, ox.NamedNode):
        return None
    if not isinstance(value, ox.BlankNode) or value in around:
        return f"is {value}, which is no path" if value not in around else "leads back to itself"
    listed = graph.items(
        value
    )  # a list counts, whatever else is said of it: so the W3C's suite asks
    words = [] if listed else [w for w in _PATH_WORDS if graph.values(value, w)]
    inner = [v for w in words for v in graph.values(value, w)]
    if len(inner) + (listed is not None) != 1:
        return "is no path: it is an IRI, a list of paths, or one of " + ", ".join(
            curie(w) for w in _PATH_WORDS
        )
    if words == [SH.alternativePath]:
        listed = graph.items(inner[0])
    if listed is None and words == [SH.alternativePath]:
        return "has a sh:alternativePath that is no list"
    if listed is not None and len(listed) < 2:
        return "has a list of fewer than two paths"
    steps = inner if listed is None else listed
    return next((f for s in steps if (f := _path_fault(graph, s, (*around, value)))), None)


_RULES: Mapping[str, Callable[[ShapesGraph, Term], Fault]] = {
    **{
        SH + w: _iri
        for w in ["targetClass", "targetSubjectsOf", "targetObjectsOf", "class", "equals", "disjoint", "lessThan", "lessThanOrEquals", "severity"]
    },
    **{
        SH + w: _count
        for w in ["minCount", "maxCount", "minLength", "maxLength", "qualifiedMinCount", "qualifiedMaxCount"]
    },
    **{SH + w: _bound for w in ["minExclusive", "minInclusive", "maxExclusive", "maxInclusive"]},
    **{
        SH + w: _boolean
        for w in ["uniqueLang", "closed", "deactivated", "qualifiedValueShapesDisjoint"]
    },
    **dict.fromkeys(SHAPE_WORDS, _shape),
    **dict.fromkeys(SHAPE_LISTS, _shapes),
    SH.targetNode: _node,
    SH.datatype: _datatype,
    SH.nodeKind: _kind,
    SH["in"]: _list,
    SH.ignoredProperties: _iris,
    SH.languageIn: _languages,
    SH.pattern: _pattern,
    SH.flags: _flags,
    SH.path: _path,
    SH.message: _text,
}
