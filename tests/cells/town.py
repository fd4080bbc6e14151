"""A small invented town that has a file of every format, and a shape of every kind."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import shapefile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PREFIXES = """@prefix rml: <http://w3id.org/rml/> . @prefix ldt: <https://w3id.org/ldt-graph#> . @prefix ex: <https://example.org/t#> .
@prefix dcterms: <http://purl.org/dc/terms/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
BASE = "https://example.org/town/"
WKT = ("geo:asWKT", "geometry", "geo:wktLiteral")


def mapped(
    table: str, subject: str, cls: str | None, *says: Sequence[str], source: str = ""
) -> str:
    """A triples map: `says` are predicate, reference and datatype (`iri`: an IRI, `{…}`: a template, none: a text)."""
    kind = f"; rml:class {cls} " if cls else ""
    form = "rml:JSONPath" if source else "rml:CSV"
    name = "".join(c for c in f"{table}{subject}{cls}" if c.isalnum())
    subject = f'rml:reference "{subject}"' if subject.endswith(".iri") else f'rml:template "{subject}"'  # fmt: skip
    parts = [
        f'<#{name}> a rml:TriplesMap ; rml:logicalSource [ rml:source "{table}" ; rml:referenceFormulation {form} {source}]',
        f"rml:subjectMap [ {subject} {kind}]",
    ]
    for predicate, reference, *types in says:
        how = "template" if "{" in reference else "reference"
        kind = "".join("; rml:termType rml:IRI" if t == "iri" else f"; rml:datatype {t}" for t in types)  # fmt: skip
        parts.append(f'rml:predicateObjectMap [ rml:predicate {predicate} ; rml:objectMap [ rml:{how} "{reference}" {kind} ] ]')  # fmt: skip
    return " ;\n    ".join(parts) + " .\n"


ITERATOR = '; rml:iterator "$[*]" '
OPTIONAL = '; ldt:optionalReference "{}" '
MAPPINGS = {
    "meters": mapped("meters", "meter/{id}", "ex:Meter", ("dcterms:identifier", "id"), ("ex:zone", "zone.iri", "iri"), ("ex:reading", "reading", "xsd:decimal"), ("ex:since", "since", "xsd:date"), ("ex:active", "active", "xsd:boolean"), WKT),
    "lots": mapped("lots", "lot/{id}", "ex:Lot", ("dcterms:identifier", "id"), ("ex:area", "area", "xsd:decimal"), ("ex:floors", "floors", "xsd:integer"), ("ex:meter", "meter.iri", "iri"), WKT),
    "zones": mapped("zones", "zone/{CODE}", "ex:Zone", ("dcterms:identifier", "CODE"), ("ldt:population", "POP", "xsd:integer"), ("rdfs:label", "NAME"), ("geo:asWKT", "geometry", "geo:wktLiteral")),
    "parks": mapped("parks", "park/{id}", "ex:Park", ("dcterms:identifier", "id"), ("ex:area", "size.value", "xsd:decimal"), ("ex:tag", "tags[*]"), ("ex:zone", "zone.iri", "iri"), source=ITERATOR),
    "sensors": mapped("sensors", "sensor/{id}", "ex:Sensor", ("dcterms:identifier", "id"), ("ex:low", "$.device.range.low", "xsd:decimal"), ("ex:high", "$.device.range.high", "xsd:decimal"), ("ex:kind", "$.device.kind"), ("ex:level", "readings[*].v", "xsd:decimal"), ("ex:zone", "zone.iri", "iri"), ("geo:asWKT", "POINT({place.lon} {place.lat})", "geo:wktLiteral"), source=ITERATOR),
    "bills": mapped("bills", "bill/{id}", "ex:Bill", ("dcterms:identifier", "id"), ("ex:amount", "amount", "xsd:decimal"), ("rdfs:label", "name")),
    "posts": mapped("posts", "post/{id}", "ex:Post", ("dcterms:identifier", "id"), ("ex:owner", "owner.iri", "iri"), ("ex:near", "near.iri", "iri")),
    "families": mapped("families", "family/{id}", "ex:Family", ("dcterms:identifier", "id")) + """
<#HomeMap> a rml:TriplesMap ; rml:logicalSource [ rml:source "families" ; rml:referenceFormulation rml:CSV ] ;
    rml:subjectMap [ rml:template "family/{id}" ] ;
    rml:predicateObjectMap [ rml:predicate ex:home ; rml:objectMap [ rml:parentTriplesMap <#HouseMap> ;
        rml:joinCondition [ rml:child "street" ; rml:parent "street" ] , [ rml:child "number" ; rml:parent "number" ] ] ] .
<#HouseMap> a rml:TriplesMap ; rml:logicalSource [ rml:source "houses" ; rml:referenceFormulation rml:CSV ] ;
    rml:subjectMap [ rml:template "house/{id}" ; rml:class ex:House ] ;
    rml:predicateObjectMap [ rml:predicate dcterms:identifier ; rml:objectMap [ rml:reference "id" ] ] .
""",
    "things": mapped("things", "thing/{id}", "ex:Thing", ("dcterms:identifier", "id"), ("ex:code", "code"), ("ex:short", "short"), ("ex:colour", "colour"), ("ex:low", "low", "xsd:integer"), ("ex:high", "high", "xsd:integer"), ("ex:size", "size"), ("ex:partner", "partner.iri", "iri"), ("ex:unit", "unit"), ("ex:zone", "zone.iri", "iri"), ("ex:old", "old"), ("ex:first", "first"), ("ex:second", "second")),
    "extra": mapped("extra", "thing.iri", None, ("ex:heightAboveSea", "height", "xsd:decimal"), ("ex:stray", "stray"), ("ex:nick", "nick")),
    "pairs": mapped("pairs", "one.iri", None, ("ex:above", "other.iri", "iri")),
}  # fmt: skip
ONTOLOGY = """
ex:Meter a owl:Class ; rdfs:subClassOf ldt:Asset . ex:Lot a owl:Class . ex:Zone a owl:Class ; rdfs:subClassOf ldt:Place .
ex:Thing a owl:Class . ex:Sensor a owl:Class ; rdfs:subClassOf ldt:Asset .
ex:height a owl:DatatypeProperty . ex:heightAboveSea a owl:DatatypeProperty ; rdfs:subPropertyOf ex:height .
ex:above a owl:ObjectProperty , owl:IrreflexiveProperty , owl:AsymmetricProperty ; rdfs:domain ex:Thing ; rdfs:range ex:Thing .
ex:zone a owl:ObjectProperty . ex:partner a owl:ObjectProperty . ex:meter a owl:ObjectProperty .
"""
SHAPES = """
ex:MeterShape a sh:NodeShape ; sh:targetClass ex:Meter ; sh:property ex:MeterShape-reading , ex:MeterShape-zone , ex:MeterShape-place .
ex:MeterShape-reading sh:path ex:reading ; sh:minCount 1 ; sh:maxCount 1 ; sh:minInclusive 0 ; sh:maxExclusive 1000 .
ex:MeterShape-zone sh:path ex:zone ; sh:minCount 1 ; sh:class ex:Zone .
ex:MeterShape-place sh:path geo:asWKT ; sh:minCount 1 .
ex:LotShape a sh:NodeShape ; sh:targetClass ex:Lot ; sh:property ex:LotShape-area , ex:LotShape-floors , ex:LotShape-meter .
ex:LotShape-area sh:path ex:area ; sh:minCount 1 ; sh:minExclusive 0 .
ex:LotShape-floors sh:path ex:floors ; sh:maxInclusive 99 .
ex:LotShape-meter sh:path ex:meter ; sh:minCount 1 ; sh:class ex:Meter .
ex:ZoneShape a sh:NodeShape ; sh:targetClass ex:Zone ; sh:property ex:ZoneShape-population , ex:ZoneShape-name .
ex:ZoneShape-population sh:path ldt:population ; sh:minInclusive 0 .
ex:ZoneShape-name sh:path rdfs:label ; sh:minCount 1 ; sh:maxLength 12 .
ex:ParkShape a sh:NodeShape ; sh:targetClass ex:Park ; sh:property ex:ParkShape-area , ex:ParkShape-tag .
ex:ParkShape-area sh:path ex:area ; sh:minCount 1 ; sh:minInclusive 1 .
ex:ParkShape-tag sh:path ex:tag ; sh:in ( "green" "lake" "play" "dogs" ) .
ex:SensorShape a sh:NodeShape ; sh:targetClass ex:Sensor ; sh:property ex:SensorShape-kind , ex:SensorShape-low , ex:SensorShape-level , ex:SensorShape-place .
ex:SensorShape-kind sh:path ex:kind ; sh:minCount 1 ; sh:in ( "water" "air" ) .
ex:SensorShape-low sh:path ex:low ; sh:lessThan ex:high .
ex:SensorShape-level sh:path ex:level ; sh:minInclusive -10 ; sh:maxInclusive 60 .
ex:SensorShape-place sh:path geo:asWKT ; sh:pattern "^POINT\\\\(-?(180|1[0-7][0-9]|[0-9]{1,2})(\\\\.[0-9]+)? -?([0-8]?[0-9])(\\\\.[0-9]+)?\\\\)$" .
ex:BillShape a sh:NodeShape ; sh:targetClass ex:Bill ; sh:property ex:BillShape-amount .
ex:BillShape-amount sh:path ex:amount ; sh:minCount 1 .
ex:ThingShape a sh:NodeShape ; sh:targetClass ex:Thing ; sh:closed true ;
    sh:ignoredProperties ( rdf:type dcterms:identifier ex:heightAboveSea ex:height ex:above ex:nick ) ;
    sh:property ex:ThingShape-code , ex:ThingShape-short , ex:ThingShape-colour , ex:ThingShape-low , ex:ThingShape-size , ex:ThingShape-partner ,
        ex:ThingShape-unit , ex:ThingShape-zone , ex:ThingShape-old , ex:ThingShape-first , ex:ThingShape-height , ex:ThingShape-nick , ex:ThingShape-high , ex:ThingShape-second ;
    sh:sparql [ a sh:SPARQLConstraint ; sh:message "The code is that of another thing" ;
        sh:select "SELECT $this ?path ?value WHERE { $this <https://example.org/t#code> ?value . ?o <https://example.org/t#code> ?value . BIND(<https://example.org/t#code> AS ?path) FILTER(STR($this) > STR(?o)) }" ] .
ex:ThingShape-code sh:path ex:code ; sh:minCount 1 ; sh:maxCount 1 ; sh:pattern "^T-[0-9]+$" .
ex:ThingShape-short sh:path ex:short ; sh:minLength 2 ; sh:maxLength 4 .
ex:ThingShape-colour sh:path ex:colour ; sh:in ( "red" "green" "blue" ) ; sh:minCount 1 .
ex:ThingShape-low sh:path ex:low ; sh:lessThanOrEquals ex:high .
ex:ThingShape-high sh:path ex:high .
ex:ThingShape-second sh:path ex:second .
ex:ThingShape-size sh:path ex:size ; sh:or ( [ sh:in ( "S" "M" ) ] [ sh:pattern "^[0-9]+$" ] ) .
ex:ThingShape-partner sh:path ex:partner ; sh:class ex:Thing ; sh:nodeKind sh:IRI .
ex:ThingShape-unit sh:path ex:unit ; sh:hasValue "m" .
ex:ThingShape-zone sh:path ex:zone ; sh:minCount 1 ; sh:node [ sh:property [ sh:path ldt:population ; sh:minCount 1 ] ] .
ex:ThingShape-old sh:path ex:old ; sh:not [ sh:pattern "^x" ] .
ex:ThingShape-first sh:path ex:first ; sh:disjoint ex:second .
ex:ThingShape-height sh:path ex:height ; sh:maxCount 1 ; sh:minInclusive 0 .
ex:ThingShape-nick sh:path ex:nick ; sh:maxCount 1 .
"""
TABLES: dict[str, tuple[list[str], list[list[str]], str]] = {
    "meters.tsv": (
        ["id", "zone", "reading", "since", "active", "lon", "lat"],
        [[f"M-{n}", f"Z{n % 3 + 1}", f"{n}.5", f"2024-02-{n + 10}", "true", f"9.9{n}", f"48.4{n}"] for n in range(1, 9)],
        "\t",
    ),
    "bills.csv": (["id", "amount", "name"], [[f"B-{n}", f"{n}.25", f"Straße {n}"] for n in range(1, 9)], ";"),
    "posts/posts.csv": (["id", "owner", "near"], [[f"P-{n}", f"Z{n % 3 + 1}", f"M-{n}"] for n in range(1, 6)], ","),
    "families/families.csv": (["id", "street", "number"], [[f"F-{n}", "High St", str(n)] for n in range(1, 7)], ","),
    "families/houses.csv": (["id", "street", "number"], [[f"H-{n}", "High St", str(n)] for n in range(1, 9)], ","),
    "things.csv": (
        ["id", "code", "short", "colour", "low", "high", "size", "partner", "unit", "zone", "old", "first", "second"],
        [[f"TH-{n}", f"T-{n}", "ab", "red", "1", "9", "S", f"TH-{n % 9 + 1}", "m", f"Z{n % 3 + 1}", "y", "p", "q"] for n in range(1, 10)],
        ",",
    ),
    "extra.csv": (["thing", "height", "stray", "nick"], [[f"TH-{n}", f"{n}.5", "", f"n{n}"] for n in range(1, 10)], ","),
    "pairs.csv": (["one", "other"], [[f"TH-{n}", f"TH-{n + 1}"] for n in range(1, 8)], ","),
}  # fmt: skip
DATASETS = {
    "meters": 'source = "meters.tsv"\nshapes = ["kinds.ttl"]\nx = "lon"\ny = "lat"\nreferences = { zone = "zones" }',
    "lots": 'source = "lots.parquet"\nshapes = ["kinds.ttl"]\nx = "x"\ny = "y"\nreferences = { meter = "meters" }',
    "zones": 'source = "zones.shp"\nshapes = ["kinds.ttl"]\ncrs = "EPSG:4326"',
    "parks": 'source = "parks.ndjson"\nshapes = ["kinds.ttl"]\nreferences = { zone = "zones" }',
    "sensors": 'source = "sensors.json"\nshapes = ["kinds.ttl"]\nreferences = { zone = "zones" }',
    "bills": 'source = "bills.csv"\nshapes = ["kinds.ttl"]\noptions = { encoding = "latin-1" }',
    "posts": 'source = "posts/posts.csv"\nreferences = { owner = "*", near = "meters" }',
    "families": 'source = "families"',
    "things": 'source = "things.csv"\nshapes = ["kinds.ttl"]\nreferences = { partner = "*", zone = "zones" }',
    "extra": 'source = "extra.csv"\nreferences = { thing = "things" }',
    "pairs": 'source = "pairs.csv"\nreferences = { one = "*", other = "*" }',
    "lamps": 'source = "lamps.jsonld"\nmapping = "ngsi-ld"\nshapes = ["lamps.ttl"]',
    "chargers": 'source = "chargers.jsonld"\nmapping = "ngsi-ld"\nshapes = ["mobility"]',
    "grid": 'source = "grid.json"\nmapping = "pandapower"\nshapes = ["energy"]',
    "gas": 'source = "gas.json"\nmapping = "pandapipes"\ncrs = { unit = "metre" }\nshapes = ["gas.ttl"]',
    "transit": 'source = "feed.zip"\nmapping = "gtfs"\nshapes = ["mobility"]',
    "roads": 'source = "roads"\nmapping = "tntp"\nformat = "tntp"\nshapes = ["mobility"]\ncrs = "EPSG:4326"',
}
LAMP_SHAPES = """
@prefix n: <https://uri.etsi.org/ngsi-ld/default-context/> .
ex:LampShape a sh:NodeShape ; sh:targetClass n:Streetlight ; sh:property ex:LampShape-power , ex:LampShape-state , ex:LampShape-height .
ex:LampShape-power sh:path n:power ; sh:minInclusive 0 ; sh:maxCount 1 .
ex:LampShape-state sh:path n:powerState ; sh:minCount 1 ; sh:in ( "on" "off" ) .
ex:LampShape-height sh:path n:lanternHeight ; sh:maxExclusive 40 .
"""
GAS_SHAPES = """
ex:PipeShape a sh:NodeShape ; sh:targetClass ldt:GasPipe ; sh:property ex:PipeShape-length .
ex:PipeShape-length sh:path ldt:lengthKm ; sh:minExclusive 0 .
ex:JunctionShape a sh:NodeShape ; sh:targetClass ldt:GasJunction ; sh:property ex:JunctionShape-pressure .
ex:JunctionShape-pressure sh:path ldt:nominalPressure ; sh:maxInclusive 100 .
"""


def stored(columns: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """An element table as pandas writes it."""
    rows = [list(r) for r in zip(*columns.values(), strict=True)]
    frame = {"columns": list(columns), "index": list(range(len(rows))), "data": rows}
    return {"_module": "pandas.core.frame", "_class": "DataFrame", "_object": json.dumps(frame)}


def network(kind: str, tables: Mapping[str, Mapping[str, Sequence[Any]]], **more: Any) -> str:
    members = {name: stored(columns) for name, columns in tables.items()} | more
    return json.dumps({"_module": "x", "_class": kind, "_object": members}, indent=2)


def _point(n: int) -> str:
    return json.dumps({"type": "Point", "coordinates": [9.9 + n / 100, 48.4]})


COUNT = 6
GRID = {
    "bus": {"name": [f"bus {n}" for n in range(COUNT)], "vn_kv": [0.4] * COUNT, "geo": [_point(n) for n in range(COUNT)], "in_service": [True] * COUNT},
    "line": {"name": [f"line {n}" for n in range(COUNT - 1)], "from_bus": [*range(COUNT - 1)], "to_bus": [*range(1, COUNT)], "length_km": [1.5] * (COUNT - 1), "in_service": [True] * (COUNT - 1)},
    "trafo": {"name": ["T1", "T2"], "hv_bus": [0, 1], "lv_bus": [3, 4], "sn_mva": [0.4, 0.4], "in_service": [True, True]},
    "switch": {"name": ["S1", "S2", "S3"], "bus": [1, 2, 3], "element": [1, 3, 2], "et": ["l", "b", "l"], "closed": [True, False, True]},
    "load": {"name": ["L1", "L2"], "bus": [2, 4], "p_mw": [0.1, 0.2], "q_mvar": [0.0, 0.0], "in_service": [True, True]},
    "ext_grid": {"name": ["G"], "bus": [0], "in_service": [True]},
}  # fmt: skip
GAS = {
    "junction": {"name": [f"J{n}" for n in range(COUNT)], "pn_bar": [1.0] * COUNT, "in_service": [True] * COUNT},
    "junction_geodata": {"x": [float(n) for n in range(COUNT)], "y": [0.0] * COUNT},
    "pipe": {"name": [f"pipe {n}" for n in range(COUNT - 1)], "from_junction": [*range(COUNT - 1)], "to_junction": [*range(1, COUNT)], "length_km": [0.5] * (COUNT - 1), "in_service": [True] * (COUNT - 1)},
    "valve": {"name": ["V1", "V2"], "junction": [1, 2], "element": [3, 2], "et": ["ju", "pi"], "opened": [True, True]},
    "sink": {"name": ["K1", "K2"], "junction": [2, 4], "mdot_kg_per_s": [0.1, 0.2], "in_service": [True, True]},
    "ext_grid": {"name": ["G"], "junction": [0], "p_bar": [1.0], "in_service": [True]},
}  # fmt: skip
FLUID = {"_class": "Fluid", "_object": json.dumps({"name": "lgas", "is_gas": True})}
PARKS = [
    {
        "id": f"K-{n}",
        "size": {"value": 10.5 * n},
        "tags": ["green", "lake"],
        "zone": f"Z{n % 3 + 1}",
    }
    for n in range(1, 8)
]
SENSORS = [
    {
        "id": f"S-{n}",
        "device": {"kind": "water", "range": {"low": 1, "high": 20 + n}},
        "readings": [{"v": 1.5}, {"v": 2.5}, {"v": 3.5}],
        "zone": f"Z{n % 3 + 1}",
        "place": {"lon": 9.9, "lat": 48.4},
    }
    for n in range(1, 8)
]
LAMPS = [
    {"id": f"urn:ngsi-ld:Streetlight:{n}", "type": "Streetlight", "power": 60, "powerState": "on", "lanternHeight": 8.5,
     "location": {"type": "Point", "coordinates": [9.9, 48.4]}}
    for n in range(1, 7)
]  # fmt: skip
CHARGERS = [
    {
        "id": f"urn:ngsi-ld:EVChargingStation:{n}",
        "type": "EVChargingStation",
        "capacity": {"type": "Property", "value": n, "observedAt": "2024-02-01T10:00:00Z"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [9.9, 48.4]}},
        "poweredBy": {"type": "Relationship", "object": f"{BASE}grid/load/L1"},
    }
    for n in range(1, 7)
]
FEED = {
    "agency": "agency_id,agency_name,agency_url,agency_timezone\nA,Town Transit,https://example.org/,Etc/UTC\n",
    "stops": "stop_id,stop_name,stop_lat,stop_lon,parent_station\n" + "".join(f"S{n},Stop {n},48.4{n},9.9{n},{'S1' if n > 4 else ''}\n" for n in range(1, 7)),
    "routes": "route_id,agency_id,route_short_name,route_type\n" + "".join(f"R{n},A,{n},3\n" for n in range(1, 5)),
    "trips": "route_id,service_id,trip_id\n" + "".join(f"R{n},D,T{n}\n" for n in range(1, 5)),
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + "".join(f"T{n},06:00:00,06:00:00,S{n},1\n" for n in range(1, 5)),
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nD,1,1,1,1,1,1,1,20260101,20261231\n",
}  # fmt: skip
NODES = "Node\tX\tY\t;\n" + "".join(f"{n}\t9.9{n}\t48.4{n}\t;\n" for n in range(1, 7))
LINKS = "<NUMBER OF LINKS> 5\n<END OF METADATA>\n\n~\tInit node\tTerm node\tFree flow time\t;\n" + "".join(f"{n}\t{n + 1}\t1.5\t;\n" for n in range(1, 6))  # fmt: skip


def zipped(files: Mapping[str, str]) -> Mapping[str, bytes]:
    return {f"{name}.txt": text.encode() for name, text in files.items()}


def write_town(folder: Path) -> Path:
    """Write the twin: `twin.toml`, mappings, shapes, an ontology, and data."""
    data = folder / "data"
    for name in ("data/posts", "data/families", "data/roads", "mappings", "shapes", "ontology"):
        (folder / name).mkdir(parents=True)
    for name, (header, rows, delimiter) in TABLES.items():
        encoding = "latin-1" if name == "bills.csv" else "utf-8"
        text = "".join(delimiter.join(cells) + "\n" for cells in [header, *rows])
        (data / name).write_bytes(text.encode(encoding))
    _write_others(data)
    for name, text in MAPPINGS.items():
        (folder / "mappings" / f"{name}.ttl").write_text(PREFIXES + text)
    (folder / "ontology" / "town.ttl").write_text(PREFIXES + ONTOLOGY)
    for name, text in (("kinds", SHAPES), ("lamps", LAMP_SHAPES), ("gas", GAS_SHAPES)):
        (folder / "shapes" / f"{name}.ttl").write_text(PREFIXES + text)
    head = f'name = "Town"\nbase = "{BASE}"\nontology = ["ontology/town.ttl"]\n'
    head += 'vocabularies = ["https://example.org/t#", "https://uri.etsi.org/ngsi-ld/"]\n'
    parts = [_dataset(name, text) for name, text in DATASETS.items()]
    (folder / "twin.toml").write_text(head + "".join(parts))
    return folder


def _dataset(name: str, text: str) -> str:
    own = f'mapping = "mappings/{name}.ttl"\n' if name in MAPPINGS else ""
    text = text.replace('["kinds.ttl"]', '["shapes/kinds.ttl"]').replace('["lamps', '["shapes/lamps').replace('["gas', '["shapes/gas')  # fmt: skip
    return f'\n[[dataset]]\nname = "{name}"\n{own}{text}\n'


def _write_others(data: Path) -> None:
    count = 8
    lots = {
        "id": [f"L-{n}" for n in range(count)],
        "area": [100.5 + n for n in range(count)],
        "floors": [2] * count,
        "meter": [f"M-{n + 1}" for n in range(count)],
        "x": [9.9] * count,
        "y": [48.4] * count,
    }
    pq.write_table(pa.table(lots), data / "lots.parquet")
    writer = shapefile.Writer(str(data / "zones.shp"), shapeType=shapefile.POINT)
    for name, size in (("CODE", 8), ("POP", 8), ("NAME", 20)):
        writer.field(name, "C", size)
    for n in range(1, 5):
        writer.point(9.9, 48.4)
        writer.record(f"Z{n}", str(n * 100), f"Zone {n}")
    writer.close()
    (data / "parks.ndjson").write_text("".join(json.dumps(p) + "\n" for p in PARKS))
    for name, items in (("sensors.json", SENSORS), ("lamps.jsonld", LAMPS), ("chargers.jsonld", CHARGERS)):  # fmt: skip
        (data / name).write_text(json.dumps(items, indent=2) + "\n")
    (data / "grid.json").write_text(network("pandapowerNet", GRID))
    (data / "gas.json").write_text(network("pandapipesNet", GAS, fluid=FLUID))
    with zipfile.ZipFile(data / "feed.zip", "w") as archive:
        for name, content in zipped(FEED).items():
            archive.writestr(zipfile.ZipInfo(name), content)
    (data / "roads" / "t_node.tntp").write_text(NODES)
    (data / "roads" / "t_net.tntp").write_text(LINKS)
