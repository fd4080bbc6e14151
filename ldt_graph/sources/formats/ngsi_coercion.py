"""What a term's definition makes of an attribute's value (JSON-LD 1.1, sections 4.2, 4.3 and 4.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ldt_graph.contexts.terms import UNSAID
from ldt_graph.namespaces import NGSI_LD, XSD
from ldt_graph.sources.lexical import Number

if TYPE_CHECKING:
    from ldt_graph.contexts import Context, Term
    from ldt_graph.sources.formats.ngsi_values import Instance

_LINK = "urn:ngsi-ld:"


def coerced(each: Instance, name: str, context: Context) -> Instance:
    """Return an instance as its term has it: a list, a map of languages, a relationship, a text in a language.

    An instance that says what it is (normalized and concise form) is only told the language of its texts.
    """
    if _is_plain(each, context):
        return each
    term = context.terms.get(name)
    inner = context.below(name)
    if each.kind in ("Relationship", "ListRelationship"):
        return each._replace(content=_each(each.content, lambda v: _referred(v, inner)))
    if each.kind in ("Property", "ListProperty"):
        return each._replace(content=_each(each.content, lambda v: _value(v, None, inner)))
    if each.kind or each.fault:
        return each
    return _simplified(each, term, inner)


def _is_plain(each: Instance, context: Context) -> bool:
    """Whether an instance is as it is written whatever its term says: the usual ones, told apart at little cost."""
    if each.kind == "Property":
        return type(each.content) not in (list, dict) and context.language is None
    if each.kind == "Relationship":
        return type(each.content) is str and each.content.startswith(_LINK)
    return each.kind not in ("", "ListProperty", "ListRelationship")


def _simplified(each: Instance, term: Term | None, context: Context) -> Instance:
    content = each.content
    if term is None:
        return each._replace(content=_each(content, lambda v: _value(v, None, context)))
    if term.type == "@json":
        return each._replace(kind="JsonProperty")
    if "@language" in term.container and isinstance(content, dict) and "@value" not in content:
        return each._replace(kind="LanguageProperty")
    if "@index" in term.container and isinstance(content, dict) and "@value" not in content:
        content = _flattened(list(content.values()))
    if isinstance(content, dict) and content.keys() <= {"@list", "@set"} and content:
        content = next(iter(content.values()))
    ordered = "@list" in term.container or (
        isinstance(each.content, dict) and "@list" in each.content
    )
    ordered = ordered and isinstance(content, list)
    if term.type in ("@id", "@vocab"):
        vocab = term.type == "@vocab"
        content = _each(content, lambda v: _referred(v, context, vocab=vocab))
        return each._replace(
            kind="ListRelationship" if ordered else "Relationship", content=content
        )
    content = _each(content, lambda v: _value(v, term, context))
    return each._replace(kind="ListProperty" if ordered else "", content=content)


def _each(content: Any, change: Any) -> Any:  # noqa: ANN401  (JSON, a function)
    return [change(v) for v in content] if isinstance(content, list) else change(content)


def _flattened(values: list[Any]) -> list[Any]:
    return [v for held in values for v in (held if isinstance(held, list) else [held])]


def _referred(value: Any, context: Context, *, vocab: bool = False) -> Any:  # noqa: ANN401  (JSON)
    """Expand a name of a thing; whatever is none stays for the reader to tell."""
    if isinstance(value, dict) and type(held := value.get("object", value.get("@id"))) is str:
        return {**value, "object": _referred(held, context, vocab=vocab)}
    if type(value) is not str or not value or value.startswith(_LINK):
        return value
    return (context.expand(value) or value) if vocab else context.reference(value)


def _value(value: Any, term: Term | None, context: Context) -> Any:  # noqa: ANN401  (JSON)
    """Return a value with the datatype or language that its term or its context gives it."""
    if isinstance(value, dict):
        kind = value.get("@type")
        known = type(kind) is str and "@value" in value
        return {**value, "@type": _datatype(context.expand(kind) or kind, kind)} if known else value
    if term is not None and term.type not in (None, "@none", "@id", "@vocab"):
        scalar = type(value) in (str, bool) or isinstance(value, (Number, int, float))
        kind = _datatype(term.type, term.type)
        return {"@value": value, "@type": kind} if scalar else value
    language = context.language if term is None or term.language is UNSAID else term.language
    tagged = language and type(value) is str and value and not value.startswith(_LINK)
    return {"@value": value, "@language": language} if tagged else value


def _datatype(iri: str, written: str) -> str:
    """Return a datatype by the name that the reader knows; one that is none of XSD and NGSI-LD as it is written."""
    name = iri.removeprefix(NGSI_LD)
    if name != iri and "/" not in name:
        return name
    return iri if iri.startswith(XSD) else written
