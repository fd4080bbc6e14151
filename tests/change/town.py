"""An invented town in five rows a file, and the edits that people make to such files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from pathlib import Path

PREFIXES = """@prefix rml: <http://w3id.org/rml/> . @prefix ldt: <https://w3id.org/ldt-graph#> .
@prefix dcterms: <http://purl.org/dc/terms/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def source(table: str, more: str = "") -> str:
    return f'rml:logicalSource [ rml:source "{table}" ; rml:referenceFormulation rml:CSV {more}]'


def says(predicate: str, reference: str, more: str = "") -> str:
    return f'rml:predicateObjectMap [ rml:predicate {predicate} ; rml:objectMap [ rml:reference "{reference}" {more}] ]'


IRI, WHOLE = "; rml:termType rml:IRI ", "; rml:datatype xsd:integer "
MAPPINGS = {
    "stations": f"""<#StationMap> {source("stations")} ;
    rml:subjectMap [ rml:template "station/{{id}}" ; rml:class ldt:DistributionStation ] ;
    {says("dcterms:identifier", "id")} ; {says("rdfs:label", "name")} ; {says("ldt:population", "people", WHOLE)} ;
    {says("ldt:poweredBy", "feeder.iri", IRI)} ;
    {says("geo:asWKT", "geometry", "; rml:datatype geo:wktLiteral ")} .
<#StationNoteMap> {source("stations")} ; rml:subjectMap [ rml:template "station/{{id}}" ] ; {says("rdfs:comment", "name")} .""",
    "buildings": f"""<#BuildingMap> {source("buildings", "; ldt:manyRows true ")} ;
    rml:subjectMap [ rml:template "{{id}}" ; rml:class ldt:Building ] ;
    {says("dcterms:identifier", "id")} ; {says("ldt:population", "people", WHOLE)} ;
    {says("ldt:poweredBy", "station.iri", IRI)} ; {says("ldt:locatedIn", "where.iri", IRI)} ;
    rml:predicateObjectMap [ rml:predicate ldt:partOf ; rml:objectMap [ rml:parentTriplesMap <#OwnerMap> ;
        rml:joinCondition [ rml:child "owner" ; rml:parent "name" ] ] ] .
<#OwnerMap> {source("owners")} ; rml:subjectMap [ rml:template "owner/{{code}}" ; rml:class ldt:District ] ;
    {says("dcterms:identifier", "code")} ; {says("rdfs:label", "name")} .""",
    "needs": f"""<#NeedMap> {source("needs")} ; rml:subjectMap [ rml:reference "who.iri" ] ;
    {says("ldt:dependsVia", "note")} ;
    rml:predicateObjectMap [ rml:predicate ldt:fedBy ; rml:objectMap [ rml:reference "whom.iri" ; rml:termType rml:IRI ] ] .""",
    "notes": f"""[] {source("notes")} ; rml:subjectMap [ rml:constant ldt:Town ] ; {says("rdfs:comment", "text")} .""",
}
FILES = {
    "stations.csv": "id,name,people,feeder,lon,lat\nA,Alpha,10,,9.9,48.4\nB,Beta,20,A,9.8,48.3\nC,Gamma,5,B,9.7,48.2\n",
    "buildings/buildings.csv": "id,people,station,kind,place,owner\n1,3,A,stations,north,Ada\n2,4,B,stations,C,Bob\n3,0,stations:C,buildings,1,Ada\n",
    "buildings/owners.csv": "code,name\nx,Ada\ny,Bob\n",
    "needs.csv": "who,whom,note\n1,A,n\n2,B,m\n2,B,m\n",
    "notes.csv": "text\nhello\nhello\nworld\n",
}
ENTITIES = [
    {"id": f"urn:ngsi-ld:Vehicle:{n}", "type": "Vehicle", "speed": {"type": "Property", "value": n},
     "refStation": {"type": "Relationship", "object": f"urn:ngsi-ld:Vehicle:{n - 1}"}}
    for n in range(3)
]  # fmt: skip
PIPES = """[TITLE]
Town (invented)
[JUNCTIONS]
 J1 10 5
 J2 10 5
[RESERVOIRS]
 R1 50
[PIPES]
 P1 R1 J1 100 200 100 0 Open
 P2 J1 J2 100 200 100 0 Open
[COORDINATES]
 J1 9.9 48.4
 J2 9.8 48.3
 R1 9.7 48.2
[END]
"""
DATASETS = {
    "stations": 'source = "stations.csv"\nmapping = "stations.ttl"\nshapes = ["energy"]\nx = "lon"\ny = "lat"\nreferences = { feeder = "stations" }',
    "buildings": 'source = "buildings"\nmapping = "buildings.ttl"\nreferences = { station = "*", where = "{kind}" }',
    "needs": 'source = "needs.csv"\nmapping = "needs.ttl"\nreferences = { who = "buildings#BuildingMap", whom = "stations#DistributionStation" }',
    "notes": 'source = "notes.csv"\nmapping = "notes.ttl"',
    "vehicles": 'source = "vehicles.jsonld"\nmapping = "ngsi-ld"\nshapes = ["mobility"]',
    "water": 'source = "water.inp"\nmapping = "epanet"\nshapes = ["water"]\ncrs = "EPSG:4326"',
}
CELLS = ("A", "B", "C", "1", "2", "3", "n/a", "-5", "", "stations:A", "buildings:1", "9.5", "x", "Ada", "stations", "nowhere", "x y", "ä|b")  # fmt: skip


class Town:
    """The twin in a folder, and edits of it."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder = folder
        self.chance = chance
        self.present = dict(DATASETS)
        self.shape = ""
        for name, text in FILES.items():
            self._write(f"data/{name}", text.replace("place,", "where,"))
        self._write("data/vehicles.jsonld", json.dumps(ENTITIES))
        self._write("data/water.inp", PIPES)
        for name, text in MAPPINGS.items():
            self._write(f"{name}.ttl", PREFIXES + text + "\n")
        self._toml()

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _toml(self) -> None:
        head = 'name = "Town"\nbase = "https://example.org/town/"\n'
        parts = [f'\n[[dataset]]\nname = "{name}"\n{text}\n' for name, text in self.present.items()]
        self._write("twin.toml", head + "".join(parts))

    def edit(self) -> str:
        """Make one edit; return what it was."""
        edits = (self._rows,) * 8 + (self._entity, self._entity, self._pipe, self._pipe, self._mapping, self._dataset, self._whole)  # fmt: skip
        return self.chance.choice(edits)()

    def _rows(self) -> str:
        name = self.chance.choice(sorted(FILES))
        path = self.folder / "data" / name
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        what = self.chance.choice(("insert", "delete", "move", "cell", "cell", "twice", "top"))
        columns = len(head.split(","))
        made = ",".join(self.chance.choice(CELLS) for _ in range(columns))
        if what in ("insert", "top") or not rows:
            rows.insert(0 if what == "top" else self.chance.randint(0, len(rows)), made)
        elif what == "delete" and len(rows) > 1:
            rows.pop(self.chance.randrange(len(rows)))
        elif what == "move":
            rows.insert(
                self.chance.randint(0, len(rows) - 1), rows.pop(self.chance.randrange(len(rows)))
            )
        elif what == "twice":
            rows.append(self.chance.choice(rows))
        else:
            at = self.chance.randrange(len(rows))
            cells = rows[at].split(",")
            cells[self.chance.randrange(columns)] = self.chance.choice(CELLS)
            rows[at] = ",".join(cells)
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        return f"{what} in {name}"

    def _entity(self) -> str:
        path = self.folder / "data" / "vehicles.jsonld"
        entities = json.loads(path.read_text())
        at = self.chance.randrange(len(entities))
        what = self.chance.choice(("value", "again", "drop", "move", "attribute"))
        if what == "value":
            entities[at]["speed"] = {"type": "Property", "value": self.chance.randint(0, 9)}
        elif what == "again":
            entities.append(dict(self.chance.choice(entities)))
        elif what == "drop" and len(entities) > 1:
            entities.pop(at)
        elif what == "move":
            entities.insert(0, entities.pop(at))
        else:
            entities[at][f"note{self.chance.randint(0, 2)}"] = {"type": "Property", "value": "n"}
        path.write_text(json.dumps(entities))
        return f"{what} of a vehicle"

    def _pipe(self) -> str:
        path = self.folder / "data" / "water.inp"
        lines = path.read_text().splitlines()
        at = lines.index("[PIPES]") + 1
        number = self.chance.randint(3, 6)
        what = self.chance.choice(("add", "status", "again"))
        if what == "status":
            lines[at] = lines[at].replace("Open", "Closed") if "Open" in lines[at] else lines[at].replace("Closed", "Open")  # fmt: skip
        else:
            ends = self.chance.choice(("J1 J2", "R1 J2"))
            lines.insert(at, f" P{number if what == 'add' else 1} {ends} 10 20 100 0 Open")
        path.write_text("\n".join(lines) + "\n")
        return f"{what} a pipe"

    def _mapping(self) -> str:
        name = self.chance.choice(sorted(MAPPINGS))
        path = self.folder / f"{name}.ttl"
        text = path.read_text()
        old, new = self.chance.choice(
            (("rdfs:label", "rdfs:seeAlso"), ("rdfs:comment", "ldt:note"), ("station/", "place/"), (" .", " . # "))
        )  # fmt: skip
        if self.chance.random() < 0.5:
            old, new = new, old
        path.write_text(text.replace(old, new) if new != " . # " else text + "# a remark\n")
        return f"{old} becomes {new} in {name}.ttl"

    def _dataset(self) -> str:
        name = self.chance.choice(sorted(DATASETS.keys() - {"stations", "buildings"}))
        if name in self.present:
            del self.present[name]
        else:
            self.present[name] = DATASETS[name]
        self._toml()
        return f"{name} comes or goes"

    def _whole(self) -> str:
        name = self.chance.choice(sorted(FILES))
        self._write(f"data/{name}", FILES[name].replace("place,", "where,"))
        return f"{name} as at first"
