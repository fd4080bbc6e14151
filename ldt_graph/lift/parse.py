"""RML in Turtle, old vocabulary or new, to frozen values. What is not covered is refused by name."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pyoxigraph as ox

from ldt_graph.errors import MappingError, Place
from ldt_graph.lift.document import BASE, Document
from ldt_graph.lift.values import (
    Constant,
    Join,
    LogicalSource,
    Mapping,
    ParentMap,
    PredicateObjectMap,
    Reference,
    Template,
    TermMap,
    TermType,
    TriplesMap,
)
from ldt_graph.namespaces import QL, RML, RR, XSD, local_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ldt_graph.lift.document import Node, Term

_FORMULATIONS: dict[str, Literal["csv", "json"]] = {
    **dict.fromkeys((QL.CSV, RML.CSV, QL.TSV), "csv"),
    **dict.fromkeys((QL.JSONPath, RML.JSONPath, QL.JSON), "json"),
}
_TERM_TYPES: dict[str, TermType] = {
    **dict.fromkeys((RR.IRI, RML.IRI), "iri"),
    **dict.fromkeys((RR.BlankNode, RML.BlankNode), "bnode"),
    **dict.fromkeys((RR.Literal, RML.Literal), "literal"),
}
_KINDS: dict[TermType, str] = {"iri": "An IRI", "bnode": "A blank node", "literal": "A literal"}


def parse_mapping(path: Path) -> Mapping:
    """Read a mapping file (RML Core 2023 or the legacy `rr:`/`rml:`/`ql:` terms) to frozen values.

    Raises:
        MappingError: Missing file, not Turtle, no triples map, or a feature that is refused by name; with
            the line of the mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"The mapping can't be read: {error}.", place=Place(str(path))) from None
    try:
        quads = list(ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri=BASE))
    except SyntaxError as error:
        raise MappingError(
            f"Not valid Turtle: {error.msg}.", place=Place(path.name, error.lineno)
        ) from None
    return _Parser(path, text, quads).mapping()


class _Parser(Document):
    def mapping(self) -> Mapping:
        self._refuse_unknown()
        nodes = [n for n in self.terms if "logicalSource" in self.terms[n]]
        for n, said in self.terms.items():
            if "predicateObjectMap" in said and "logicalSource" not in said:
                raise self._error(
                    n, "A triples map without a logical source.", "Give it rml:logicalSource."
                )
        if not nodes:
            raise MappingError(
                "The mapping holds no triples map.",
                place=Place(self.path.name),
                hint="A triples map has rml:logicalSource and a subject map.",
            )
        nodes.sort(key=self._line)
        self.names = _names(nodes)
        maps = tuple(self._triples_map(n) for n in nodes)
        self._refuse_unattached()
        return Mapping(self.path, maps)

    # ── parts ──────────────────────────────────────────────────────────────────────────────────

    def _triples_map(self, node: Node) -> TriplesMap:
        self.line = self._line(node)
        self._is(node, "a triples map")
        said = self.terms[node]
        subject, classes = self._subject(node)
        return TriplesMap(
            name=self.names[node],
            source=self._logical_source(node),
            subject=subject,
            classes=classes,
            predicate_objects=tuple(
                self._predicate_object(self._node(o)) for o in said["predicateObjectMap"]
            ),
            place=Place(self.path.name, self.line),
        )

    def _logical_source(self, triples_map: Node) -> LogicalSource:
        node = self._node(self._one(triples_map, "logicalSource"))
        self._is(node, "a logical source")
        source = self._one(node, "source")
        path = self._text(node, "tableName")
        if isinstance(source, ox.Literal):
            path = source.value
        elif source is not None:
            self._is(self._node(source), "a source")
            path = self._text(self._node(source), "path")
        if not path:
            raise MappingError(
                "The logical source names no file or table.",
                place=self._place("ource"),
                hint='Write rml:source "stops".',
            )
        formulation = self._text(node, "referenceFormulation")
        if formulation is not None and formulation not in _FORMULATIONS:
            raise MappingError(
                f"The reference formulation {local_name(formulation)} is not supported yet.",
                place=self._place(local_name(formulation)),
                hint="Use rml:CSV for tables and rml:JSONPath for JSON.",
            )
        return LogicalSource(
            table=path,
            formulation=_FORMULATIONS.get(formulation or "", "csv"),
            iterator=self._text(node, "iterator"),
            natural=formulation == RML.JSONPath,
            place=self._place(f'"{path}"'),
            optional=self._text(node, "ldt:optional") == "true",
            many_rows=self._text(node, "ldt:manyRows") == "true",
            optional_references=frozenset(
                t.value for t in self.terms[node]["ldt:optionalReference"]
            ),
            key=tuple(t.value for t in self.terms[node]["ldt:key"]),
        )

    def _subject(self, node: Node) -> tuple[TermMap, tuple[str, ...]]:
        maps, constants = self.terms[node]["subjectMap"], self.terms[node]["subject"]
        if len(maps) + len(constants) != 1:
            raise self._error(
                node, f"A triples map needs one subject map, this has {len(maps) + len(constants)}."
            )
        if constants:
            return self._constant(constants[0], ("iri", "bnode")), ()
        subject = self._node(maps[0])
        self._is(subject, "a subject map")
        classes = tuple(sorted(self._iri(c) for c in self.terms[subject]["class"]))
        return self._term_map(subject, "iri", ("iri", "bnode")), classes

    def _iri(self, term: Term) -> str:
        if not isinstance(term, ox.NamedNode):
            raise MappingError(f"Expected an IRI, found {term}.", place=self._place())
        return term.value

    def _predicate_object(self, node: Node) -> PredicateObjectMap:
        self._is(node, "a predicate-object map")
        said = self.terms[node]
        predicates = [
            *(self._role(n, "a predicate map", "iri", ("iri",)) for n in said["predicateMap"]),
            *(self._constant(t, ("iri",)) for t in said["predicate"]),
        ]
        objects = [
            *(self._object(self._node(n)) for n in said["objectMap"]),
            *(self._constant(t, ("iri", "bnode", "literal")) for t in said["object"]),
        ]
        if not predicates or not objects:
            missing = "object" if predicates else "predicate"
            raise MappingError(
                f"A predicate-object map without {missing}.", place=self._place("redicateObjectMap")
            )
        return PredicateObjectMap(tuple(predicates), tuple(objects))

    def _object(self, node: Node) -> TermMap | ParentMap:
        parent = self._one(node, "parentTriplesMap")
        if parent is None:
            return self._role(node, "an object map", None, ("iri", "bnode", "literal"))
        self._is(node, "an object map with a parent")
        parent_node = self._node(parent)
        if parent_node not in self.names:
            raise MappingError(
                f"No triples map {parent_node.value.removeprefix(BASE)}.",
                place=self._place("parentTriplesMap"),
            )
        joins = tuple(self._join(self._node(j)) for j in self.terms[node]["joinCondition"])
        return ParentMap(self.names[parent_node], joins, self._place("parentTriplesMap"))

    def _join(self, node: Node) -> Join:
        self._is(node, "a join condition")
        ends = []
        for word in ("child", "parent"):
            value = self._text(node, word)
            if value is None and (expression := self._one(node, f"{word}Map")) is not None:
                self._is(self._node(expression), "a child or parent map")
                value = self._text(self._node(expression), "reference")
            if value is None:
                raise MappingError(
                    f"A join condition without {word}.", place=self._place("joinCondition")
                )
            ends.append(value)
        return Join(*ends)

    def _constant(self, term: Term, allowed: tuple[TermType, ...]) -> TermMap:
        if isinstance(term, ox.Literal):
            plain = term.language is not None or term.datatype.value == XSD.string
            constant = Constant(
                term.value, "literal", None if plain else term.datatype.value, term.language
            )
        elif isinstance(term, ox.NamedNode):
            constant = Constant(term.value, "iri")
        else:
            constant = Constant(f"_:{term.value}", "bnode")
        if constant.kind not in allowed:
            raise MappingError(
                f"{constant.value!r} is a {constant.kind} where {allowed[0]} is needed.",
                place=self._place(constant.value),
            )
        return TermMap(constant, constant.kind, self._place(local_name(constant.value)))

    def _role(
        self, term: Term, role: str, default: TermType | None, allowed: tuple[TermType, ...]
    ) -> TermMap:
        node = self._node(term)
        self._is(node, role)
        made = self._term_map(node, default, allowed)
        for word, stated in (("datatype", made.datatype), ("language", made.language)):
            if stated and made.term_type != "literal":
                raise MappingError(
                    f"{_KINDS[made.term_type]} has no {word}.",
                    place=self._place(word),
                    hint=f"Leave {word} out, or give it rml:termType rml:Literal.",
                )
        if made.datatype and made.language:
            raise self._both()
        return made

    def _both(self) -> MappingError:
        return MappingError(
            "A literal has a datatype or a language, not both.", place=self._place("language")
        )

    def _term_map(
        self, node: Node, default: TermType | None, allowed: tuple[TermType, ...]
    ) -> TermMap:
        given = [w for w in ("template", "constant", "reference", "column") if self.terms[node][w]]
        if len(given) != 1:
            raise MappingError(
                f"A term map needs one of template, constant and reference, this has {len(given)}.",
                place=self._place(given[0] if given else None),
            )
        if given[0] == "constant":
            constant = self._constant(self._one(node, "constant"), allowed)
            return self._typed(constant, self._datatype(node), self._language(node))
        text = self._text(node, given[0]) or ""
        place = self._place(text)
        expression = _template(text, place) if given[0] == "template" else Reference(text)
        datatype, language = self._datatype(node), self._language(node)
        stated = self._text(node, "termType")
        if stated is not None and stated not in _TERM_TYPES:
            raise MappingError(
                f"The term type {local_name(stated)} is not supported.",
                place=self._place(local_name(stated)),
            )
        term_type: TermType = (
            _TERM_TYPES[stated]
            if stated
            else "literal"
            if (datatype or language) and default is None
            else default or ("iri" if isinstance(expression, Template) else "literal")
        )
        if term_type not in allowed:
            raise MappingError(
                f"{_KINDS[term_type]} can't stand here.",
                place=place,
                hint=f"Allowed: {', '.join(allowed)}.",
            )
        return TermMap(expression, term_type, place, datatype, language)

    def _typed(self, made: TermMap, datatype: TermMap | None, language: TermMap | None) -> TermMap:
        """Return a constant with what its map says beside it."""
        constant = made.expression
        assert isinstance(constant, Constant)  # noqa: S101  (the caller's)
        if made.term_type != "literal":
            return replace(made, datatype=datatype, language=language)
        said = {"datatype": constant.datatype, "lang": constant.lang}
        for name, stated in (("datatype", datatype), ("lang", language)):
            if stated and not isinstance(stated.expression, Constant):
                raise MappingError(
                    "A constant's datatype and language are constants too.", place=made.place
                )
            if stated and isinstance(stated.expression, Constant):
                said[name] = stated.expression.value
        if datatype and language:
            raise self._both()
        return replace(made, expression=replace(constant, **said))

    def _datatype(self, node: Node) -> TermMap | None:
        if (stated := self._one(node, "datatype")) is not None:
            return self._constant(stated, ("iri",))
        made = self._one(node, "datatypeMap")
        return None if made is None else self._role(made, "a datatype map", "iri", ("iri",))

    def _language(self, node: Node) -> TermMap | None:
        if (stated := self._text(node, "language")) is not None:
            place = self._place(f'"{stated}"')
            if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", stated):
                raise MappingError(
                    f"{stated!r} is not a language tag.", place=place, hint="BCP 47: en, de-CH."
                )
            return TermMap(Constant(stated.lower(), "literal"), "literal", place)
        made = self._one(node, "languageMap")
        if made is None:
            return None
        return self._role(made, "a language map", "literal", ("literal",))


def _names(nodes: Iterable[Node]) -> dict[Node, str]:
    """Name triples maps: by their local names, those without one by number; no two alike."""
    names: dict[Node, str] = {}
    for number, node in enumerate(nodes, start=1):
        own = local_name(node.value) if isinstance(node, ox.NamedNode) else f"map-{number}"
        name, again = own, 1
        while name in names.values():
            again += 1
            name = f"{own}-{again}"
        names[node] = name
    return names


def _template(text: str, place: Place) -> Template:
    r"""Split a template at its braces; `\\{` and `\\}` are braces of the text (R2RML, section 7.3)."""
    parts, current, inside, i = [], "", False, 0
    while i < len(text):
        char = text[i]
        if char == "\\" and i + 1 < len(text):
            current += text[i + 1]
            i += 1
        elif char == ("}" if inside else "{"):
            parts.append(current)
            current, inside = "", not inside
        elif char in "{}":
            raise MappingError(f"Unbalanced braces in the template {text!r}.", place=place)
        else:
            current += char
        i += 1
    if inside:
        raise MappingError(f"Unbalanced braces in the template {text!r}.", place=place)
    return Template((*parts, current))
