"""An NGSI-LD entity into the rows of its tables (ETSI GS CIM 009, clause 4.5)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ldt_graph.namespaces import NGSI_LD, local_name
from ldt_graph.sources.formats.jsons import flat
from ldt_graph.sources.formats.ngsi_coercion import coerced
from ldt_graph.sources.formats.ngsi_context import Contexts
from ldt_graph.sources.formats.ngsi_tables import Tables
from ldt_graph.sources.formats.ngsi_values import (
    EMPTY,
    NULL,
    Instance,
    Text,
    geometry,
    instances,
    is_a,
    targets,
    texts,
)
from ldt_graph.sources.geometry import check_geometry, has_altitude, simple
from ldt_graph.sources.units import CODES, converted
from ldt_graph.wkt import number

if TYPE_CHECKING:
    from ldt_graph.contexts import Context
    from ldt_graph.sources.reading import Reading

_MEMBERS = ("id", "type", "@context", "@id", "@type", "scope")
_TIMES = ("observedAt", "createdAt", "modifiedAt", "deletedAt", "expiresAt")
_LOCATION = ("location", NGSI_LD.location)
_RELATIONS = ("Relationship", "ListRelationship")
_NOTHING = "its context says that it means nothing"


class Entities:
    """The entities of a file, row by row into the tables."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.to = Tables(reading)
        self.contexts = Contexts(reading, self.to)

    def read(self, item: Any, outer: Any, row: int) -> None:  # noqa: ANN401  (JSON)
        """Read an entity; one without id or type, or whose context can't be had, is set aside."""
        entity = item if isinstance(item, dict) else {}
        self.to.row = row
        context = self.contexts.of(entity.get("@context", outer), row)
        if context is None:
            return
        iri = _member(entity, "id", context)
        types = _member(entity, "type", context)
        types = [t for t in (types if isinstance(types, list) else [types]) if type(t) is str and t]
        if type(iri) is not str or not iri or not types:
            self.reading.report(
                "source:bad-entity",
                "An NGSI-LD entity needs id and type; it was set aside.",
                row=row,
                column="type" if type(iri) is str and iri else "id",
                value=str(item)[:200],
            )
            return
        within = self.contexts.of_types(context, types)
        if within is None:
            return
        self.to.id = context.reference(iri)
        for kind in dict.fromkeys(types):
            self._type(kind, context.expand(kind))
        if entity.get("scope"):
            self.reading.unused("member", "scope", "scopes are not kept", row=row)
        for name, value in entity.items():
            if name not in _MEMBERS:
                self._named(name, within, value)

    def _type(self, kind: str, full: str | None) -> None:
        if full is None or full.startswith("@"):
            self.reading.unused("entry", f"type {kind}", _NOTHING, row=self.to.row)
        else:
            self.to.add("entities", kind, full)

    def _named(self, name: str, context: Context, value: Any) -> None:  # noqa: ANN401  (JSON)
        """Read an attribute, unless its context makes none of its name."""
        full, term = context.expand(name), context.terms.get(name)
        why = None
        if full is None:
            why = _NOTHING
        elif full.startswith("@"):
            why = f"its context makes {full} of it"
        elif term is not None and term.reverse:
            why = "its context reads it backwards (@reverse), which is not followed"
        if why is None:
            self._attribute(name, full or "", context, value)
        elif full not in ("@id", "@type") or value not in (self.to.id, None):
            self.reading.unused("member", name, why, row=self.to.row)

    # ── attributes ───────────────────────────────────────────────────────────────────────────────

    def _attribute(self, name: str, full: str, context: Context, value: Any) -> None:  # noqa: ANN401  (JSON)
        found = instances(name, value)
        apart = self._apart(name, full, found) if len(found) > 1 else ()
        for n, each in enumerate(found):
            called = name
            if each.dataset and len(found) > 1:
                called = f"{name}.{unquote(local_name(each.dataset))}"
            if each.fault:
                self.to.bad(name, each.fault, value)
                continue
            self._beside(name, each)
            each = coerced(each, name, context)
            self._said(called if n in apart else name, full, each, apart=n in apart)
            if each.dataset and len(found) > 1 and n not in apart and each.kind not in _RELATIONS:
                self._values(called, full, each, apart=True)
            if each.more or each.unit is not None or each.dataset:
                converts = n not in apart and self.reading.attributes.get(full)
                self._annotate(called, each._replace(unit=None) if converts else each)

    def _beside(self, name: str, each: Instance) -> None:
        """Account for what stands beside the member that counts."""
        for member in each.spare:
            why = "another member is its value"
            self.reading.unused("member", f"{name}.{member}", why, row=self.to.row)
        if each.foreign:
            why = "no type of NGSI; the member tells what it says"
            self.reading.unused("word", f"type {each.foreign}", why, row=self.to.row)

    def _apart(self, name: str, full: str, found: list[Instance]) -> set[int]:
        """Return which instances are not the value (clause 4.5.5): of an attribute of the ontology all but the default one."""
        again = [d for d, n in Counter(i.dataset for i in found).items() if n > 1]
        if again:
            self.to.cause(
                "source:double-instance",
                f"Several instances of {name} have {f'the datasetId {again[0]}' if again[0] else 'no datasetId'}; each is taken.",
                name,
                again[0],
                "warning",
            )
        related = any(i.kind in _RELATIONS for i in found)
        known = full in self.reading.attributes or name in _LOCATION
        if not known or related or None in again:
            return set()
        if all(i.dataset for i in found):
            self.to.bad(
                name,
                "it has several instances, and none of them is the default one",
                [i.content for i in found],
            )
        return {n for n, i in enumerate(found) if i.dataset}

    def _said(self, name: str, full: str, each: Instance, *, apart: bool) -> None:
        if each.kind in _RELATIONS:
            self._relations(name, full, each.content)
        elif each.kind == "GeoProperty":
            self._place(name, full, each.content, apart=apart)
        elif each.kind or not isinstance(each.content, list | str):
            self._values(name, full, each, apart=apart)
        else:
            self._simplified(name, full, each.content)
        if each.kind in ("ListProperty", "ListRelationship") and isinstance(each.content, list):
            # Its order, and what it says twice, which statements do not keep.
            self.to.add("annotations", f"{name}.list", flat(each.content), None)

    def _simplified(self, name: str, full: str, content: Any) -> None:  # noqa: ANN401  (JSON)
        """Tell relationships from texts by what an NGSI-LD identifier looks like: the simplified form does not say."""
        items = content if isinstance(content, list) else [content]
        links = [i for i in items if type(i) is str and i.startswith("urn:ngsi-ld:")]
        if links:
            self._relations(name, full, links)
        others = [i for i in items if type(i) is not str or not i.startswith("urn:ngsi-ld:")]
        if others or not items:
            self._values(name, full, Instance("", others), apart=False)

    def _values(self, name: str, full: str, each: Instance, *, apart: bool) -> None:
        observed = each.more.get("observedAt")
        for text in texts(each.kind, each.content):
            if text.fault:
                self.to.told(name, text, each.content)
                continue
            self._untyped(name, text)
            if apart:
                self.to.add(
                    "annotations",
                    f"{name}.{text.lang}" if text.lang else name,
                    text.text,
                    text.datatype,
                )
            elif text.lang:
                self.to.add("texts", name, full, text.text, text.lang.lower())
            elif (made := self._in_unit(name, full, text, each.unit)) is not None:
                self.to.add(
                    "properties",
                    name,
                    full,
                    made.text,
                    made.datatype,
                    flat(each.unit),
                    flat(observed),
                )

    def _untyped(self, name: str, text: Text) -> None:
        """Tell of a value that is kept as a text, for its datatype is not known, or it is not of it."""
        if text.unknown:
            why = "the datatype is not known; the value is kept as a text"
            self.reading.unused("entry", f"{name} @type {text.unknown}", why, row=self.to.row)
        if text.ill:
            self.reading.report(
                "source:datatype",
                f"The value of {name} is no {text.ill}; it is kept as a text.",
                row=self.to.row,
                column=name,
                value=text.text,
                severity="warning",
            )

    def _in_unit(self, name: str, full: str, text: Text, code: Any) -> Text | None:  # noqa: ANN401  (JSON)
        """Return the value in the attribute's unit of the ontology; None where it can't be."""
        if code is None:
            return text
        wanted = self.reading.attributes.get(full)
        known = isinstance(code, str) and code in CODES
        if not wanted:
            if not known:
                message = f"{flat(code)!r} is no unit code of UN/CEFACT that is known here; values of {name} are kept as they stand."
                self.to.cause("source:unit", message, name, flat(code), "warning")
            return text
        made = converted(text.text or "", str(code), wanted) if known else None
        if made is not None:
            return text if made == text.text else Text(made, "decimal")
        if known and number(_parsed(text.text)) is None:
            return text
        why = (
            f"does not measure what {wanted} does"
            if known
            else "is no unit code of UN/CEFACT that is known here"
        )
        self.to.cause(
            "source:unit",
            f"The unit of {name} is {wanted}, and {flat(code)!r} {why}; the value was set aside.",
            name,
            f"{text.text} {flat(code)}",
            "violation",
        )
        return None

    def _relations(self, name: str, full: str, content: Any) -> None:  # noqa: ANN401  (JSON)
        for target in targets(content):
            if target.fault:
                self.to.told(name, target, content, relation=True)
            else:
                self.to.add("relationships", name, full, target.text)

    def _place(self, name: str, full: str, content: Any, *, apart: bool) -> None:  # noqa: ANN401  (JSON)
        found = geometry(content)
        if found in (None, "", NULL):
            self.to.told(name, Text(None, fault=EMPTY), content)
            return
        found = simple(found) if isinstance(found, dict) else found
        fault = check_geometry(found)
        if fault:
            self.reading.report(
                "source:bad-geometry",
                f"The geometry was left out: {fault}.",
                row=self.to.row,
                column=name,
                value=str(content)[:200],
            )
            return
        if has_altitude(found):
            self.reading.unused(
                "member",
                f"{name} altitude",
                "a place is kept without its altitude",
                row=self.to.row,
            )
        if apart:
            self.to.add("annotations", name, flat(found), None)
        elif name in _LOCATION or full in _LOCATION:
            self.to.add("locations", name, found)
        else:
            self.to.add("places", name, full, found)

    # ── what is said of an attribute ─────────────────────────────────────────────────────────────

    def _annotate(self, name: str, each: Instance) -> None:
        said = {"unitCode": each.unit, "datasetId": each.dataset}
        for member, value in said.items():
            if value is not None:
                self.to.add("annotations", f"{name}.{member}", flat(value), None)
        for member, value in each.more.items():
            called = f"{name}.{member}"
            if member == "entity":
                self.reading.unused(
                    "member", called, "an entity within a relationship is not read", row=self.to.row
                )
            elif member in _TIMES:
                self._time(called, value)
            else:
                for inner in instances(member, value):
                    self._sub(called, inner)

    def _time(self, called: str, value: Any) -> None:  # noqa: ANN401  (JSON)
        good = type(value) is str and is_a("dateTime", value)
        if not good:
            self.to.cause(
                "source:time",
                f"{called} is no dateTime; it is kept as a text.",
                called,
                flat(value),
                "warning",
            )
        self.to.add("annotations", called, flat(value), "dateTime" if good else None)

    def _sub(self, called: str, inner: Instance) -> None:
        self._beside(called, inner)
        if inner.fault:
            self.to.bad(called, inner.fault, inner.content)
        elif inner.kind in _RELATIONS:
            for target in targets(inner.content):
                if target.fault:
                    self.to.told(called, target, inner.content)
                else:
                    self.to.add("annotations", called, target.text, "anyURI")
        elif inner.kind == "GeoProperty":
            self.to.add("annotations", called, flat(inner.content), None)
        else:
            self._values(called, "", inner, apart=True)
        self._annotate(called, inner)


def _parsed(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None


def _member(entity: dict[str, Any], name: str, context: Context) -> Any:  # noqa: ANN401  (JSON)
    """Return an entity's `id` or `type`, whatever its context calls them."""
    keyword = f"@{name}"
    for usual in (name, keyword):
        if usual in entity:
            return entity[usual]
    return next((v for n, v in entity.items() if context.expand(n) == keyword), None)
