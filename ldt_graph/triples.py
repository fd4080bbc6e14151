"""Ontology files as triples: read from Turtle, each with the line where it stands, and refused where they must be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from ldt_graph.errors import OntologyError, Place
from ldt_graph.namespaces import OWL, RDF_TYPE, XSD, curie
from ldt_graph.naming import split

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Triple(NamedTuple):
    """A triple in the record's columns; a blank node is written `_:label`."""

    subject: str
    predicate: str
    object: str
    kind: str
    datatype: str | None
    lang: str | None


REFUSED = {
    OWL.sameAs: "it makes individuals equal; identity is decided by the mapping",
    OWL.FunctionalProperty: "it makes individuals equal; state sh:maxCount 1 in a shape instead",
    OWL.InverseFunctionalProperty: "it makes individuals equal; state identity in the mapping instead",
    OWL.hasKey: "it makes individuals equal; state identity in the mapping instead",
}
"""Axioms that would make individuals equal (DESIGN §4), refused by name."""


def read_file(path: Path, number: int) -> list[Triple]:
    """Read a Turtle file; its blank nodes are told from those of other files by `number`.

    Raises:
        OntologyError: See `Ontology.parse`.
    """
    try:
        text = path.read_text(encoding="utf-8")
        quads = list(ox.parse(text, format=ox.RdfFormat.TURTLE))
    except (OSError, UnicodeDecodeError) as error:
        raise OntologyError(
            "The ontology file can't be read.",
            place=Place(str(path)),
            hint=f"{getattr(error, 'strerror', None) or error}.",
        ) from None
    except SyntaxError as error:
        raise OntologyError(
            f"Not valid Turtle: {error.msg}.", place=Place(str(path), error.lineno)
        ) from None
    labels: dict[str, str] = {}
    triples = [
        Triple(
            _term(q.subject, labels, number), q.predicate.value, *_object(q.object, labels, number)
        )
        for q in quads
    ]
    _refuse(triples, path, text)
    return triples


def _refuse(triples: Iterable[Triple], path: Path, text: str) -> None:
    for t in triples:
        axiom = t.predicate if t.predicate in REFUSED else t.object
        if axiom in REFUSED and (t.predicate in (axiom, RDF_TYPE)):
            raise OntologyError(
                f"{split(axiom)[1]} on {curie(t.subject)} is refused: {REFUSED[axiom]}.",
                place=Place(str(path), line_of(text, t.subject, curie(axiom))),
                hint="Take the axiom out of the ontology.",
            )


def line_of(text: str, subject: str, word: str, named: str = "") -> int | None:
    """Return the line of a Turtle file where a word is said of a subject.

    Args:
        text: The file.
        subject: Its IRI, or a blank node.
        word: A CURIE, `owl:inverseOf`, whatever the file's own prefix for it is; `rdf:type` may be `a`.
        named: What is said by it; where it stands, that line is returned.
    """
    said = _token(word) if word != "rdf:type" else rf"(?:\sa\s|{_token(word)})"
    for wanted in (named, ""):
        for block in re.finditer(
            rf"^[ \t]*(?:{_subject(text, subject)})(?=[\s;]).*?\.[ \t]*(?:#.*?)?$",
            text,
            re.M | re.S,
        ):
            found = re.search(said, block[0])
            if found and (value := re.compile(_token(wanted)).search(block[0], found.start())):
                return (
                    text.count(
                        "\n", 0, block.start() + (value.start() if wanted else found.start())
                    )
                    + 1
                )
    return None


def _subject(text: str, subject: str) -> str:
    """Return a pattern of all ways to write a subject in a file."""
    if subject.startswith("_:"):
        return r"\[.*?|_:\S+"
    names = [f"<{re.escape(subject)}>"]
    for prefix, namespace in re.findall(r"prefix\s+([\w.-]*):\s*<([^>]*)>", text, re.IGNORECASE):
        if namespace and subject.startswith(namespace):
            names.append(re.escape(f"{prefix}:{subject[len(namespace) :]}"))
    return "|".join(names)


def _token(term: str) -> str:
    """Return a pattern of a term by its local name."""
    local = split(term.strip("<>"))[1]
    return rf"[:#/]{re.escape(local)}\b" if local else ""


def _term(term: object, labels: dict[str, str], number: int) -> str:
    if isinstance(term, ox.NamedNode):
        return term.value
    # Blank nodes are numbered as they come, so that the same files make the same triples.
    return labels.setdefault(str(term), f"_:o{number}-{len(labels)}")


def _object(
    term: object, labels: dict[str, str], number: int
) -> tuple[str, str, str | None, str | None]:
    if isinstance(term, ox.Literal):
        plain = term.language is not None or term.datatype.value == XSD.string
        return term.value, "literal", None if plain else term.datatype.value, term.language
    return (
        _term(term, labels, number),
        "iri" if isinstance(term, ox.NamedNode) else "bnode",
        None,
        None,
    )
