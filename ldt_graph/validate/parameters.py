"""What a word of a shape may say: of each what is wrong with a value, or None."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.namespaces import SH, XSD, curie
from ldt_graph.validate.graph import SHAPE_LISTS, SHAPE_WORDS, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ldt_graph.validate.graph import ShapesGraph, Term

    Fault = str | None

_KINDS = frozenset(words("BlankNode IRI Literal BlankNodeOrIRI BlankNodeOrLiteral IRIOrLiteral"))
_DATATYPES = frozenset(
    words(
        """
    anyURI base64Binary boolean byte date dateTime dateTimeStamp dayTimeDuration decimal double
    duration float gDay gMonth gMonthDay gYear gYearMonth hexBinary int integer language long Name
    NCName negativeInteger NMTOKEN nonNegativeInteger nonPositiveInteger normalizedString
    positiveInteger short string time token unsignedByte unsignedInt unsignedLong unsignedShort
    yearMonthDuration QName anySimpleType anyAtomicType NOTATION ENTITY ID IDREF
    """,
        XSD,
    )
)
_PATH_WORDS = words("""
    inversePath alternativePath zeroOrMorePath oneOrMorePath zeroOrOnePath
    """)


def written(term: Term) -> str:
    """Write a term as a message does."""
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
        return f"is {written(value)}, which is no datatype of XML Schema" + (
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
        return f"names {written(value)}, and nothing is said of it in this file"
    return None


def _shapes(graph: ShapesGraph, value: Term) -> Fault:
    items = graph.items(value)
    if items is None:
        return f"is {written(value)}, and must be a list of shapes"
    return next((f for item in items if (f := _shape(graph, item))), None)


def _list(graph: ShapesGraph, value: Term) -> Fault:
    return None if graph.items(value) is not None else f"is {written(value)}, and must be a list"


def _iris(graph: ShapesGraph, value: Term) -> Fault:
    items = graph.items(value)
    if items is None:
        return f"is {written(value)}, and must be a list of IRIs"
    return next((f for item in items if (f := _iri(graph, item))), None)


def _count(_graph: ShapesGraph, value: Term) -> Fault:
    fits = isinstance(value, ox.Literal) and value.datatype.value == XSD.integer
    if fits and re.fullmatch(r"\+?[0-9]+|-0+", value.value):
        return None
    return f"is {value}, and must be a whole number, 0 or more"


def _bound(_graph: ShapesGraph, value: Term) -> Fault:
    if not isinstance(value, ox.Literal):
        return f"is {written(value)}, and must be a literal"
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
        return f"is {written(value)}, and must be a list of language tags"
    return next((f for item in items if (f := _string(graph, item))), None)


def _kind(_graph: ShapesGraph, value: Term) -> Fault:
    if isinstance(value, ox.NamedNode) and value.value in _KINDS:
        return None
    names = ", ".join(sorted(curie(k) for k in _KINDS))
    return f"is {written(value)}, and must be one of {names}"


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


RULES: Mapping[str, Callable[[ShapesGraph, Term], Fault]] = {
    **dict.fromkeys(
        words(
            "targetClass targetSubjectsOf targetObjectsOf class equals disjoint lessThan lessThanOrEquals severity"
        ),
        _iri,
    ),
    **dict.fromkeys(
        words("minCount maxCount minLength maxLength qualifiedMinCount qualifiedMaxCount"), _count
    ),
    **dict.fromkeys(words("minExclusive minInclusive maxExclusive maxInclusive"), _bound),
    **dict.fromkeys(words("uniqueLang closed deactivated qualifiedValueShapesDisjoint"), _boolean),
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
