"""Whether an ontology holds together: asked of HermiT, a reasoner for OWL 2 DL, through owlready2."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pyoxigraph as ox

from ldt_graph.axioms import is_axiom
from ldt_graph.errors import MissingExtra, OntologyError
from ldt_graph.namespaces import OWL, RDF_TYPE, RDFS, XSD, curie

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ldt_graph.ontology import Ontology
    from ldt_graph.triples import Triple

_DATATYPES = frozenset(
    XSD + name
    for name in [
        "decimal",
        "integer",
        "nonNegativeInteger",
        "nonPositiveInteger",
        "positiveInteger",
        "negativeInteger",
        "long",
        "int",
        "short",
        "byte",
        "unsignedLong",
        "unsignedInt",
        "unsignedShort",
        "unsignedByte",
        "double",
        "float",
        "string",
        "normalizedString",
        "token",
        "language",
        "Name",
        "NCName",
        "NMTOKEN",
        "boolean",
        "hexBinary",
        "base64Binary",
        "anyURI",
        "dateTime",
        "dateTimeStamp",
    ]
)
"""The datatypes of XML Schema that are in the OWL 2 datatype map: HermiT knows no others."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What HermiT says of an ontology.

    Attributes:
        consistent: Whether anything can be as it says.
        unsatisfiable: The classes that nothing can be of, as CURIEs.
        clash: Axioms that contradict each other and of which none can be left out; nothing where all is well, or
            where the cause is not found.
        left_out: Ranges that HermiT can't judge, as their datatype is not OWL's.
    """

    consistent: bool
    unsatisfiable: tuple[str, ...] = ()
    clash: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether the ontology is consistent and every class can have things."""
        return self.consistent and not self.unsatisfiable


def available() -> bool:
    """Whether owlready2 and Java are there."""
    return find_spec("owlready2") is not None and shutil.which("java") is not None


def judge(ontology: Ontology, *, explain: bool = True) -> Verdict:
    """Ask HermiT whether an ontology is consistent and each of its classes satisfiable.

    Starts Java once, and to explain a clash once more for each axiom near it: about a second each.

    Raises:
        MissingExtra: owlready2 or Java is not there.
        OntologyError: HermiT can't read the ontology.
    """
    triples, left_out = _readable(ontology.triples)
    consistent, classes = _ask(triples)
    if consistent and not classes:
        return Verdict(True, left_out=left_out)
    clash: tuple[str, ...] = ()
    if explain:
        first = _topmost(classes, ontology) if consistent else None
        clash = _clash(triples, first)
    return Verdict(consistent, tuple(map(curie, sorted(classes))), clash, left_out)


def _readable(triples: Iterable[Triple]) -> tuple[list[Triple], tuple[str, ...]]:
    kept, left_out = [], []
    for t in triples:
        if t.predicate == RDFS.range and t.object.startswith(XSD) and t.object not in _DATATYPES:
            left_out.append(f"{curie(t.subject)} rdfs:range {curie(t.object)}")
        else:
            kept.append(t)
    return kept, tuple(left_out)


def _ask(triples: Iterable[Triple]) -> tuple[bool, frozenset[str]]:
    """Return whether triples are consistent, and their classes that are not satisfiable."""
    if find_spec("owlready2") is None:
        raise MissingExtra("The check needs owlready2.", hint="pip install 'ldt-graph[owl]'.")
    if shutil.which("java") is None:
        raise MissingExtra(
            "The check needs Java, and there is no `java` on the PATH.",
            hint="Install a Java runtime, 8 or newer.",
        )
    import owlready2

    world = owlready2.World()
    text = ox.serialize(map(_quad, triples), format=ox.RdfFormat.N_TRIPLES)
    loaded = world.get_ontology("urn:ldt-graph:check#").load(
        fileobj=io.BytesIO(text or b""), format="ntriples"
    )
    try:
        with loaded:
            owlready2.sync_reasoner_hermit(world, debug=0)
        found = {c.iri for c in world.inconsistent_classes()}
    except owlready2.OwlReadyInconsistentOntologyError:
        return False, frozenset()
    except owlready2.OwlReadyJavaError as error:
        lines = [line for line in str(error).splitlines() if "Exception" in line]
        raise OntologyError(
            f"HermiT can't judge the ontology: {(lines or [str(error)])[0].rpartition('Exception: ')[2]}."
        ) from None
    finally:
        world.close()
    return True, frozenset(found - {OWL.Nothing})


def _quad(t: Triple) -> ox.Triple:
    if t.kind == "literal" and t.lang:
        value: ox.Literal | ox.NamedNode | ox.BlankNode = ox.Literal(t.object, language=t.lang)
    elif t.kind == "literal":
        value = ox.Literal(t.object, datatype=ox.NamedNode(t.datatype or XSD.string))
    else:
        value = _node(t.object)
    return ox.Triple(_node(t.subject), ox.NamedNode(t.predicate), value)


def _node(text: str) -> ox.NamedNode | ox.BlankNode:
    return ox.BlankNode(text[2:]) if text.startswith("_:") else ox.NamedNode(text)


def _topmost(classes: Collection[str], ontology: Ontology) -> str:
    """Return a class that is not satisfiable and stands below as few such as any: the cause lies there."""
    bad = set(classes)
    return min(bad, key=lambda c: (len(ontology.superclasses(c) & bad), c))


# ── why ──────────────────────────────────────────────────────────────────────────────────────────


def _clash(triples: Sequence[Triple], cls: str | None) -> tuple[str, ...]:
    """Return axioms that alone make a class unsatisfiable (None: the ontology inconsistent), each of them needed."""
    axioms, rest = _grouped(triples)
    near = _near(axioms, {cls} if cls else _individuals(triples))

    def clashes(some: Sequence[tuple[Triple, ...]]) -> bool:
        consistent, classes = _ask([*rest, *(t for axiom in some for t in axiom)])
        return cls in classes if cls else not consistent

    if not clashes(near):
        return ()
    for axiom in list(near):
        fewer = [a for a in near if a is not axiom]
        if clashes(fewer):
            near = fewer
    return tuple(sorted(_spoken(axiom) for axiom in near))


def _grouped(triples: Sequence[Triple]) -> tuple[list[tuple[Triple, ...]], list[Triple]]:
    """Return the axioms, each with what its blank nodes say, and the rest: declarations."""
    of_node: dict[str, list[Triple]] = {}
    for t in triples:
        of_node.setdefault(t.subject, []).append(t)
    pointed = {t.object for t in triples if t.kind == "bnode"}

    def whole(t: Triple) -> tuple[Triple, ...]:
        inner = of_node.get(t.object, ()) if t.kind == "bnode" else ()
        return (t, *(x for i in inner for x in whole(i)))

    axioms, rest = [], []
    for t in triples:
        if t.subject.startswith("_:"):
            if t.subject not in pointed and t.predicate == OWL.members:
                axioms.append((*whole(t), *(x for x in of_node[t.subject] if x is not t)))
        elif is_axiom(t):
            axioms.append(whole(t))
        elif t.predicate == RDF_TYPE:
            rest.append(t)
    return axioms, rest


def _near(axioms: Sequence[tuple[Triple, ...]], seeds: set[str]) -> list[tuple[Triple, ...]]:
    """Return the axioms that speak of the seeds, or of what those speak of."""
    both_ways = (
        OWL.disjointWith,
        OWL.equivalentClass,
        OWL.complementOf,
        OWL.members,
        OWL.inverseOf,
    )
    reached, found = set(seeds), dict.fromkeys(range(len(axioms)), False)
    while True:
        fresh = [
            n
            for n, taken in found.items()
            if not taken
            and (
                axioms[n][0].subject in reached
                or (axioms[n][0].predicate in both_ways and _terms(axioms[n]) & reached)
            )
        ]
        if not fresh:
            return [axioms[n] for n, taken in found.items() if taken]
        for n in fresh:
            found[n] = True
            reached |= _terms(axioms[n])


def _terms(axiom: Iterable[Triple]) -> set[str]:
    ends = {end for t in axiom for end in (t.subject, t.object)}
    return {e for e in ends if ":" in e and not e.startswith(("_:", OWL, RDFS))}


def _individuals(triples: Iterable[Triple]) -> set[str]:
    return {
        t.subject
        for t in triples
        if t.predicate == RDF_TYPE and not t.object.startswith((OWL, RDFS))
    }


def _spoken(axiom: tuple[Triple, ...]) -> str:
    t = axiom[0]
    if t.kind == "iri":
        return f"{curie(t.subject)} {curie(t.predicate)} {curie(t.object)}"
    named = ", ".join(dict.fromkeys(curie(x.object) for x in axiom if x.object in _terms(axiom)))
    subject = "" if t.subject.startswith("_:") else f"{curie(t.subject)} "
    return f"{subject}{curie(t.predicate)} of {named}"
