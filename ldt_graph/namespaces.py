"""Every IRI that code needs, in one place."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final


class Namespace(str):
    """An IRI prefix whose attributes and items are IRIs: `LDT.Pump`, `RDF["type"]`."""

    __slots__ = ()

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        return str(self) + name

    def __getitem__(self, name: str) -> str:  # ty: ignore[incompatible-method-override]
        return str(self) + name


LDT: Final = Namespace("https://w3id.org/ldt-graph#")
RDF: Final = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS: Final = Namespace("http://www.w3.org/2000/01/rdf-schema#")
OWL: Final = Namespace("http://www.w3.org/2002/07/owl#")
XSD: Final = Namespace("http://www.w3.org/2001/XMLSchema#")
SH: Final = Namespace("http://www.w3.org/ns/shacl#")
DCTERMS: Final = Namespace("http://purl.org/dc/terms/")
GEO: Final = Namespace("http://www.opengis.net/ont/geosparql#")
RML: Final = Namespace("http://w3id.org/rml/")
RML_LEGACY: Final = Namespace("http://semweb.mmlab.be/ns/rml#")
RR: Final = Namespace("http://www.w3.org/ns/r2rml#")
QL: Final = Namespace("http://semweb.mmlab.be/ns/ql#")
NGSI_LD: Final = Namespace("https://uri.etsi.org/ngsi-ld/")
NGSI_LD_DEFAULT: Final = Namespace("https://uri.etsi.org/ngsi-ld/default-context/")
SHAPES: Final = Namespace("https://w3id.org/ldt-graph/shapes/")
SDM: Final = Namespace("https://smartdatamodels.org/")

ANNOTATING: Final = (
    DCTERMS,
    "http://purl.org/dc/elements/1.1/",
    "http://www.w3.org/2004/02/skos/core#",
    "http://purl.org/vocab/vann/",
    "http://creativecommons.org/ns#",
    "http://xmlns.com/foaf/0.1/",
    "http://www.w3.org/ns/prov#",
    "http://www.w3.org/2003/06/sw-vocab-status/ns#",
    "http://schema.org/",
    "https://schema.org/",
)
"""Vocabularies by which ontologies describe themselves: of a term they are annotations, never axioms."""

# Terms whose names are keywords or methods of str.
RDF_TYPE: Final = RDF["type"]
IDENTIFIER: Final = DCTERMS["identifier"]
NAME: Final = RDFS["label"]
AS_WKT: Final = GEO["asWKT"]

PREFIXES: Final[dict[str, str]] = {
    "ldt": LDT,
    "rdf": RDF,
    "rdfs": RDFS,
    "owl": OWL,
    "xsd": XSD,
    "sh": SH,
    "dcterms": DCTERMS,
    "geo": GEO,
}


_TERMS: Final[dict[str, str]] = {
    RDF: """
        type subject predicate object value first rest nil language direction Statement Bag Seq Alt List
        Property
    """,
    RDFS: """
        label comment seeAlso isDefinedBy member subClassOf subPropertyOf domain range Resource Class Literal
        Datatype Container ContainerMembershipProperty
    """,
    OWL: """
        sameAs differentFrom versionInfo deprecated topObjectProperty topDataProperty Thing NamedIndividual
        Ontology Class ObjectProperty DatatypeProperty AnnotationProperty
    """,
    DCTERMS: """
        abstract accessRights accrualMethod accrualPeriodicity accrualPolicy alternative audience available
        bibliographicCitation conformsTo contributor coverage created creator date dateAccepted
        dateCopyrighted dateSubmitted description educationLevel extent format hasFormat hasPart hasVersion
        identifier instructionalMethod isFormatOf isPartOf isReferencedBy isReplacedBy isRequiredBy issued
        isVersionOf language license mediator medium modified provenance publisher references relation
        replaces requires rights rightsHolder source spatial subject tableOfContents temporal title type valid
        Agent AgentClass BibliographicResource FileFormat Frequency Jurisdiction LicenseDocument
        LinguisticSystem Location LocationPeriodOrJurisdiction MediaType MediaTypeOrExtent MethodOfAccrual
        MethodOfInstruction PeriodOfTime PhysicalMedium PhysicalResource Policy ProvenanceStatement
        RightsStatement SizeOrDuration Standard
    """,
    GEO: """
        SpatialObject Feature SpatialObjectCollection FeatureCollection Geometry GeometryCollection hasSize
        hasMetricSize hasLength hasMetricLength hasPerimeterLength hasMetricPerimeterLength hasArea
        hasMetricArea hasVolume hasMetricVolume hasGeometry hasDefaultGeometry defaultGeometry hasBoundingBox
        hasCentroid dimension coordinateDimension spatialDimension isEmpty isSimple hasSerialization asWKT
        asGML asGeoJSON asKML asDGGS hasSpatialResolution hasMetricSpatialResolution hasSpatialAccuracy
        hasMetricSpatialAccuracy sfEquals sfDisjoint sfIntersects sfTouches sfCrosses sfWithin sfContains
        sfOverlaps ehEquals ehDisjoint ehMeet ehOverlap ehCovers ehCoveredBy ehInside ehContains rcc8eq rcc8dc
        rcc8ec rcc8po rcc8tppi rcc8tpp rcc8ntpp rcc8ntppi
    """,
}
STANDARDS: Final = {namespace: frozenset(words.split()) for namespace, words in _TERMS.items()}
"""The terms that the standards define which statements use beside the ontology: RDF 1.1, RDFS, OWL 2, DCMI, GeoSPARQL 1.1."""


@lru_cache(maxsize=16_384)
def local_name(iri: str) -> str:
    """Return what stands after the last `#`, `/` or `:` of an IRI; the IRI where that is nothing."""
    return re.split(r"[#/:]", iri)[-1] or iri


def curie(iri: str) -> str:
    """Shorten an IRI by the known prefixes: `ldt:Pump`; others stay in angle brackets."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and re.fullmatch(r"[\w.-]+", iri[len(namespace) :]):
            return f"{prefix}:{iri[len(namespace) :]}"
    return f"<{iri}>"
