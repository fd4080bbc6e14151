"""Term maps as SQL expressions, with the check that each needs of a row's values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.errors import MappingError
from ldt_graph.lift.lexical import LEXICAL
from ldt_graph.lift.values import Constant, Reference, Template
from ldt_graph.namespaces import XSD
from ldt_graph.sql import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from ldt_graph.lift.scope import Field, Scope
    from ldt_graph.lift.values import TermMap

_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*:"
# RFC 3987, section 2.2: what no IRI may hold.
_IRI = rf"^{_SCHEME}[^\x00-\x20<>\"{{}}|^`\\]*$"

MACROS = """
CREATE OR REPLACE TEMP MACRO iri_safe(v) AS CASE
    WHEN regexp_full_match(v, '[A-Za-z0-9._~-]*') THEN v
    ELSE list_aggregate(list_transform(string_split(v, ''), lambda c: CASE
        WHEN regexp_full_match(c, '[A-Za-z0-9._~-]') OR unicode(c) >= 160 THEN c
        ELSE url_encode(c) END), 'string_agg', '') END;
CREATE OR REPLACE TEMP MACRO exact_decimal(made, v) AS
    CASE WHEN TRY_CAST(made AS DOUBLE) = TRY_CAST(v AS DOUBLE)
        AND len(regexp_replace(v, '[eE].*|[^0-9]', '', 'g')) < 18 THEN made ELSE v END;
CREATE OR REPLACE TEMP MACRO decimal_text(v) AS CASE
    WHEN contains(v, 'e') OR contains(v, 'E')
    THEN exact_decimal(regexp_replace(regexp_replace(TRY_CAST(v AS DECIMAL(38, 18))::VARCHAR, '0+$', ''), '\\.$', ''), v)
    ELSE v END;
CREATE OR REPLACE TEMP MACRO json_text(v) AS CASE
    WHEN starts_with(v, chr(0)) THEN substr(v, 2)
    WHEN contains(v, '"\\u0000') THEN regexp_replace(v, '"\\\\u0000([^"]*)"', '\\1', 'g')
    ELSE v END;
"""
"""`iri_safe`: percent-encoding of template values, all but iunreserved (R2RML, section 7.3). `decimal_text`: a
decimal has no exponent (XML Schema 1.1 part 2, section 3.3.3); 9.4e-05 is written 0.000094 where that is as much. `json_text`:
a number that the reader wrote as a text behind a NUL, or a document with such, as the source has them."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a value must be: `holds` is SQL; `column` and `value` name the cell when it does not, `expected` what it should be."""

    rule: str
    holds: str
    column: str
    value: str
    message: str
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A term as SQL expressions. With a `target` the value is not an IRI but names an entity, to be linked."""

    value: str
    kind: str
    datatype: str
    lang: str
    check: Check | None
    fields: tuple[tuple[str, Field], ...]
    target: str | None = None

    @property
    def whole(self) -> str:
        """SQL of the value where its check holds, else NULL."""
        return f"CASE WHEN {self.check.holds} THEN {self.value} END" if self.check else self.value


def term(made: TermMap, scope: Scope, base: str, dataset: str) -> Term:
    """Compile a term map. `base` is what relative IRIs are resolved against."""
    fields = tuple((name, scope.field(name, made.place)) for name in made.references)
    by_name = dict(fields)
    if any(f.target for _, f in fields):
        return _named(made, fields)
    value, check = _value(made, by_name, base, dataset)
    datatype = _datatype(made, by_name, base, dataset, natural=scope.source.natural)
    constant = made.expression if isinstance(made.expression, Constant) else None
    lang = literal(constant.lang) if constant and constant.lang else "NULL::VARCHAR"
    if made.language is not None:
        lang = f"lower({_value(made.language, by_name, base, dataset)[0]})"
    if made.term_type == "literal" and made.references and check is None:
        value, check = _lexical(made, value)
    return Term(value, made.term_type, datatype, lang, check, fields)


def _named(made: TermMap, fields: tuple[tuple[str, Field], ...]) -> Term:
    """Return a term that names an entity of the twin: its IRI is found when everything is lifted."""
    if not isinstance(made.expression, Reference) or len(fields) > 1:
        names = ", ".join(name for name, f in fields if f.target)
        raise MappingError(
            f"{names} is an IRI that is known only when all datasets are lifted; it stands alone.",
            place=made.place,
            hint=f'Write rml:reference "{names}" ; rml:termType rml:IRI.',
        )
    field = fields[0][1]
    null = "NULL::VARCHAR"
    return Term(field.text, "iri", null, null, None, fields, field.target)


def _value(
    made: TermMap, fields: dict[str, Field], base: str, dataset: str
) -> tuple[str, Check | None]:
    expression = made.expression
    if isinstance(expression, Constant):
        return _constant(expression, base), None
    if isinstance(expression, Reference):
        text = fields[expression.name].text
        if made.term_type == "iri":
            return _reference_iri(expression.name, text, base)
        return (_blank(text, dataset) if made.term_type == "bnode" else text), None
    if made.term_type == "iri":
        return _template_iri(expression, fields, base), None
    text = _join(expression, lambda name: fields[name].text)
    return (_blank(text, dataset) if made.term_type == "bnode" else text), None


def _constant(constant: Constant, base: str) -> str:
    if constant.kind == "iri" and constant.value.startswith("urn:ldt-graph:mapping"):
        return literal(base + constant.value.removeprefix("urn:ldt-graph:mapping").lstrip("#"))
    return literal(constant.value)


def _join(template: Template, of: Callable[[str], str]) -> str:
    parts = [
        of(part) if i % 2 else literal(part)
        for i, part in enumerate(template.parts)
        if i % 2 or part
    ]
    return "(" + " || ".join(parts or ["''"]) + ")"


def _template_iri(template: Template, fields: dict[str, Field], base: str) -> str:
    absolute = re.match(_SCHEME, template.parts[0])
    text = _join(template, lambda name: f"iri_safe({fields[name].text})")
    return text if absolute else f"({literal(base)} || {text})"


def _reference_iri(name: str, text: str, base: str) -> tuple[str, Check]:
    value = f"CASE WHEN regexp_matches({text}, '^{_SCHEME}') THEN {text} ELSE {literal(base)} || {text} END"
    holds = f"regexp_matches({value}, '{_IRI}')"
    return value, Check("lift:bad-iri", holds, name, text, "is not an IRI", "an IRI")


def _blank(text: str, dataset: str) -> str:
    return f"('_:b' || md5({literal(dataset + '|')} || {text}))"


def _datatype(
    made: TermMap, fields: dict[str, Field], base: str, dataset: str, *, natural: bool
) -> str:
    if isinstance(made.expression, Constant):
        return literal(made.expression.datatype)
    if made.datatype is not None:
        value = _value(made.datatype, fields, base, dataset)[0]
        return f"nullif({value}, {literal(XSD.string)})"
    if (
        natural
        and made.term_type == "literal"
        and isinstance(made.expression, Reference)
        and made.language is None
    ):
        return _natural(fields[made.expression.name])
    return "NULL::VARCHAR"


def _natural(field: Field) -> str:
    """RML Core, natural mapping of JSON values: numbers and booleans keep their type."""
    if field.json_type is None:
        return "NULL::VARCHAR"
    # DuckDB's type of an integer past 64 bits is DOUBLE.
    number = (
        f"CASE WHEN regexp_full_match({field.text}, '-?[0-9]+') "
        f"THEN {literal(XSD.integer)} ELSE {literal(XSD.double)} END"
    )
    return (
        f"CASE {field.json_type} WHEN 'BIGINT' THEN {literal(XSD.integer)} "
        f"WHEN 'UBIGINT' THEN {literal(XSD.integer)} WHEN 'HUGEINT' THEN {literal(XSD.integer)} "
        f"WHEN 'DOUBLE' THEN {number} WHEN 'BOOLEAN' THEN {literal(XSD.boolean)} END"
    )


def _lexical(made: TermMap, text: str) -> tuple[str, Check | None]:
    """Return a typed literal's text, and the check of its lexical form where the datatype has one."""
    stated = made.datatype.expression if made.datatype else None
    if not isinstance(stated, Constant) or stated.value not in LEXICAL:
        return text, None
    value = f"decimal_text({text})" if stated.value == XSD.decimal else text
    holds = LEXICAL[stated.value].holds(value)
    kind = re.split(r"[#/]", stated.value)[-1]
    said = f"is not of type {kind}"
    return value, Check("lift:datatype", holds, made.references[0], text, said, kind)
