"""A W3C `sh:ValidationReport` (SHACL, section 3.6): shapes' results as they are, all others under components of our own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyoxigraph as ox

from ldt_graph.namespaces import LDT, PREFIXES, RDF_TYPE, SH, XSD
from ldt_graph.report.paths import path_quads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ldt_graph.model import Violation
    from ldt_graph.report import Told

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*")
_SERIALIZED = {"turtle": ox.RdfFormat.TURTLE, "json-ld": ox.RdfFormat.JSON_LD}


def report(told: Told, form: str) -> bytes:
    """Write a validation report as `turtle` or `json-ld`.

    What is no result of a shape has a component of ours, `ldt:LiftDatatypeConstraintComponent`; what is about no entity has
    the row for its focus node. `ldt:inFile`, `ldt:inRow`, `ldt:inColumn`, `ldt:suggestedValue`, `ldt:confidence` and
    `ldt:waivedBecause` say what SHACL has no words for.
    """
    prefixes = {p: str(iri) for p, iri in PREFIXES.items()}
    made = ox.serialize(_triples(told), format=_SERIALIZED[form], prefixes=prefixes)
    return made or b""


def _triples(told: Told) -> Iterator[ox.Triple]:
    root = ox.BlankNode("report")
    yield ox.Triple(root, _named(RDF_TYPE), _named(SH.ValidationReport))
    conforms = "false" if told.violations else "true"
    yield ox.Triple(root, _named(SH.conforms), ox.Literal(conforms, datatype=_named(XSD.boolean)))
    for number, violation in enumerate(told.violations, 1):
        node = ox.BlankNode(f"r{number}")
        yield ox.Triple(root, _named(SH.result), node)
        yield from _result(node, violation, number)


def _result(node: ox.BlankNode, violation: Violation, number: int) -> Iterator[ox.Triple]:
    v = violation
    severity = SH.Violation if v.severity == "violation" else SH.Warning
    facts: list[tuple[str, ox.NamedNode | ox.BlankNode | ox.Literal | None]] = [
        (RDF_TYPE, _named(SH.ValidationResult)),
        (SH.focusNode, _focus(v)),
        (SH.resultSeverity, _named(severity)),
        (SH.resultMessage, ox.Literal(v.message)),
        (SH.sourceConstraintComponent, _named(_component(v))),
        (SH.sourceShape, _shape(v)),
        (SH.value, _term(v.value)),
        (LDT.inFile, _text(v.source)),
        (LDT.inRow, None if v.row is None else _whole(v.row)),
        (LDT.inColumn, _text(v.column)),
        (LDT.suggestedValue, _text(v.fix)),
        (LDT.confidence, None if v.confidence is None else _number(v.confidence)),
        (LDT.waivedBecause, _text(v.waived)),
    ]
    if v.path:
        head, triples = path_quads(v.path, f"p{number}")
        facts.append((SH.resultPath, head))
        yield from triples
    for predicate, term in facts:
        if term is not None:
            yield ox.Triple(node, _named(predicate), term)


def _component(violation: Violation) -> str:
    """Return the IRI of the constraint component: a shape's, or one of ours made of the rule's words."""
    if violation.component and _IRI.fullmatch(violation.component):
        return violation.component
    rule = violation.rule if violation.stage != "validate" else "shape"
    words = re.findall(r"[A-Za-z0-9]+", rule)
    return f"{LDT}{''.join(w[:1].upper() + w[1:] for w in words)}ConstraintComponent"


def _shape(violation: Violation) -> ox.NamedNode | None:
    if violation.stage != "validate":
        return None
    prefix, colon, name = violation.rule.strip("<>").partition(":")
    iri = (
        f"{PREFIXES[prefix]}{name}" if colon and prefix in PREFIXES else violation.rule.strip("<>")
    )
    return _named(iri) if _IRI.fullmatch(iri) else None


def _focus(violation: Violation) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    v = violation
    term = _term(v.subject)
    if term is not None:
        return term
    row = f"#{v.row}" if v.row is not None else ""
    return _named(f"urn:ldt-graph:row:{quote(v.dataset)}/{quote(v.source or '')}{row}")


def _term(text: str | None) -> ox.NamedNode | ox.BlankNode | ox.Literal | None:
    if text is None:
        return None
    if text.startswith("_:") and re.fullmatch(r"_:[A-Za-z0-9]+", text):
        return ox.BlankNode(text[2:])
    iri = _IRI.fullmatch(text) and ("://" in text or text.startswith("urn:"))
    return _named(text) if iri else ox.Literal(text)


def _named(iri: str) -> ox.NamedNode:
    return ox.NamedNode(iri)


def _text(text: str | None) -> ox.Literal | None:
    return None if text is None else ox.Literal(text)


def _whole(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=_named(XSD.integer))


def _number(number: float) -> ox.Literal:
    return ox.Literal(f"{number:g}", datatype=_named(XSD.decimal))
