"""RML in Turtle, old vocabulary or new, to frozen values. What is not covered is refused by name."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal

import pyoxigraph as ox

from ldt_graph.errors import MappingError, Place
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
from ldt_graph.namespaces import LDT, QL, RDF_TYPE, RML, RML_LEGACY, RR, XSD, local_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Node = ox.NamedNode | ox.BlankNode
Term = Any  # of pyoxigraph: NamedNode, BlankNode, Literal or Triple

_FORMULATIONS: dict[str, Literal["csv", "json"]] = {
    **dict.fromkeys((QL.CSV, RML.CSV, QL.TSV), "csv"),
    **dict.fromkeys((QL.JSONPath, RML.JSONPath, QL.JSON), "json"),
}
_TERM_TYPES: dict[str, TermType] = {
    **dict.fromkeys((RR.IRI, RML.IRI), "iri"),
    **dict.fromkeys((RR.BlankNode, RML.BlankNode), "bnode"),
    **dict.fromkeys((RR.Literal, RML.Literal), "literal"),
}
_KNOWN = frozenset(
    [
        "logicalSource",
        "source",
        "referenceFormulation",
        "iterator",
        "path",
        "root",
        "subjectMap",
        "subject",
        "predicateObjectMap",
        "predicateMap",
        "predicate",
        "objectMap",
        "object",
        "template",
        "constant",
        "reference",
        "column",
        "termType",
        "datatype",
        "datatypeMap",
        "language",
        "languageMap",
        "class",
        "parentTriplesMap",
        "joinCondition",
        "child",
        "parent",
        "childMap",
        "parentMap",
        "tableName",
    ]
)
_BASE = "urn:ldt-graph:mapping"


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
        quads = list(ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri=_BASE))
    except SyntaxError as error:
        raise MappingError(
            f"Not valid Turtle: {error.msg}.", place=Place(path.name, error.lineno)
        ) from None
    return _Document(path, text, quads).mapping()


class _Document:
    def __init__(self, path: Path, text: str, quads: Iterable[ox.Quad]) -> None:
        self.path = path
        self.lines = text.splitlines()
        self.terms: dict[Any, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self.names: dict[Node, str] = {}
        for quad in quads:
            self.terms[quad.subject][_word(quad.predicate.value)].append(quad.object)
        self.line = 1

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
        return Mapping(self.path, tuple(self._triples_map(n) for n in nodes))

    # ── places ─────────────────────────────────────────────────────────────────────────────────

    def _line(self, node: Node) -> int:
        """Find the line on which a named node is defined; Turtle readers do not tell it."""
        if isinstance(node, ox.BlankNode):
            return self.line
        local = re.escape(re.split(r"[#/:]", node.value)[-1])
        pattern = re.compile(rf"^\s*(<[^>]*{local}>|[\w-]*:{local})\s*(a\b|;|$|rml:|rr:)")
        return next((i for i, line in enumerate(self.lines, 1) if pattern.search(line)), 1)

    def _place(self, text: str | None = None) -> Place:
        """Return the first line from the current triples map on that holds `text`."""
        if text:
            for number, line in enumerate(self.lines[self.line - 1 :], self.line):
                if text in line:
                    return Place(self.path.name, number)
        return Place(self.path.name, self.line)

    def _error(self, node: Node, message: str, hint: str | None = None) -> MappingError:
        return MappingError(message, place=Place(self.path.name, self._line(node)), hint=hint)

    def _refuse_unknown(self) -> None:
        for node, said in self.terms.items():
            for word in said:
                if word.startswith("?"):
                    name = word[1:]
                    place = next(
                        (
                            i
                            for i, line in enumerate(self.lines, 1)
                            if re.search(rf":{name}\b", line)
                        ),
                        None,
                    )
                    raise MappingError(
                        f"{name} is not supported yet.",
                        place=Place(self.path.name, place or self._line(node)),
                        hint="docs/reference/mappings.md lists what a mapping may use.",
                    )

    # ── parts ──────────────────────────────────────────────────────────────────────────────────

    def _triples_map(self, node: Node) -> TriplesMap:
        self.line = self._line(node)
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

    def _node(self, term: Term) -> Node:
        if isinstance(term, ox.Literal):
            raise MappingError(
                f"Expected a node, found the text {term.value!r}.", place=self._place(term.value)
            )
        return term

    def _one(self, node: Node, word: str) -> Term | None:
        values = self.terms[node][word]
        if len(values) > 1:
            raise MappingError(
                f"{word} is given {len(values)} times; it may be given once.",
                place=self._place(word),
            )
        return values[0] if values else None

    def _text(self, node: Node, word: str) -> str | None:
        term = self._one(node, word)
        return None if term is None else term.value

    def _logical_source(self, triples_map: Node) -> LogicalSource:
        node = self._node(self._one(triples_map, "logicalSource"))
        source = self._one(node, "source")
        path = self._text(node, "tableName")
        if isinstance(source, ox.Literal):
            path = source.value
        elif source is not None:
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
        classes = tuple(sorted(self._iri(c) for c in self.terms[subject]["class"]))
        return self._term_map(subject, "iri", ("iri", "bnode")), classes

    def _iri(self, term: Term) -> str:
        if not isinstance(term, ox.NamedNode):
            raise MappingError(f"Expected an IRI, found {term}.", place=self._place())
        return term.value

    def _predicate_object(self, node: Node) -> PredicateObjectMap:
        said = self.terms[node]
        predicates = [
            *(self._term_map(self._node(n), "iri", ("iri",)) for n in said["predicateMap"]),
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
            return self._term_map(node, None, ("iri", "bnode", "literal"))
        parent_node = self._node(parent)
        if parent_node not in self.names:
            raise MappingError(
                f"No triples map {parent_node.value.removeprefix(_BASE)}.",
                place=self._place("parentTriplesMap"),
            )
        joins = tuple(self._join(self._node(j)) for j in self.terms[node]["joinCondition"])
        return ParentMap(self.names[parent_node], joins, self._place("parentTriplesMap"))

    def _join(self, node: Node) -> Join:
        ends = []
        for word in ("child", "parent"):
            value = self._text(node, word)
            if value is None and (expression := self._one(node, f"{word}Map")) is not None:
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
            return self._constant(self._one(node, "constant"), allowed)
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
                f"A {term_type} can't stand here.",
                place=place,
                hint=f"Allowed: {', '.join(allowed)}.",
            )
        return TermMap(expression, term_type, place, datatype, language)

    def _datatype(self, node: Node) -> TermMap | None:
        if (stated := self._one(node, "datatype")) is not None:
            return self._constant(stated, ("iri",))
        made = self._one(node, "datatypeMap")
        return None if made is None else self._term_map(self._node(made), "iri", ("iri",))

    def _language(self, node: Node) -> TermMap | None:
        if (stated := self._text(node, "language")) is not None:
            place = self._place(f'"{stated}"')
            if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", stated):
                raise MappingError(
                    f"{stated!r} is not a language tag.", place=place, hint="BCP 47: en, de-CH."
                )
            return TermMap(Constant(stated.lower(), "literal"), "literal", place)
        made = self._one(node, "languageMap")
        return None if made is None else self._term_map(self._node(made), "literal", ("literal",))


def _word(iri: str) -> str:
    """Return a term's name without its vocabulary; one that we do not know gets a `?` in front."""
    if iri.startswith(LDT):
        return "ldt:" + iri.removeprefix(LDT)
    for namespace in (RML, RML_LEGACY, RR):
        if iri.startswith(namespace):
            name = iri.removeprefix(namespace)
            return name if name in _KNOWN else "?" + name
    return iri if iri != RDF_TYPE else "a"


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
