"""What it costs to lift nested JSON and plain CSV, against SQL written by hand for the same statements; CPU seconds.

python bench/lift.py [--entities 100000]

Contenders run by turns, each in a process of its own, and count from opening the file to a table of statements in
DuckDB, with the columns that the record keeps. They must make the same statements: subject, predicate, object and
datatype. What is written by hand checks nothing, accounts for nothing, and knows beforehand what the file holds.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

BASE = "https://example.org/bench/"
LABEL, KIND = (
    "http://www.w3.org/2000/01/rdf-schema#label",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
)
V = "https://example.org/vocabulary#"
FIELDS = {  # predicate → (JSONPath, column, datatype)
    LABEL: ("$.name.value", "name", None),
    f"{V}capacity": ("$.capacity.value", "capacity", "integer"),
    f"{V}power": ("$.power.value", "power", "decimal"),
    f"{V}street": ("$.address.value.streetAddress", "street", None),
    f"{V}postcode": ("$.address.value.postalCode", "postcode", None),
    f"{V}lon": ("$.location.value.coordinates[0]", "lon", "double"),
    f"{V}lat": ("$.location.value.coordinates[1]", "lat", "double"),
}
XSD = "http://www.w3.org/2001/XMLSchema#"

PRODUCT = """
import duckdb, json, sys, time
from pathlib import Path
from ldt_graph.lift import lift, parse_mapping
from ldt_graph.model import Dataset, create_tables
from ldt_graph.sources import open_dataset
folder, file = Path(sys.argv[1]), sys.argv[2]
def run(file):
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    create_tables(con)
    before = time.process_time()
    tables = open_dataset(con, Dataset("d", file, "m", options={"table": "entities"}), folder)
    read = time.process_time() - before
    lift(con, parse_mapping(folder / (file + ".ttl")), tables, dataset="d", base=sys.argv[3])
    return con, time.process_time() - before, read
run("small" + Path(file).suffix)  # libraries are loaded
con, cpu, read = run(file)
assert not con.execute("FROM violations").fetchall()
"""
FLOOR = """
import duckdb, json, sys, time
def run(file):
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    before = time.process_time()
    con.execute(open(sys.argv[4]).read().replace("FILE", file))
    return con, time.process_time() - before, 0.0
file = sys.argv[1] + "/" + sys.argv[2]
run(file.replace("entities", "small"))
con, cpu, read = run(file)
"""
SUM = """
print(json.dumps([cpu, read, *con.execute("SELECT count(*), sum(hash(subject, predicate, object, datatype))::VARCHAR FROM statements").fetchone()]))
"""


def write(folder: Path, name: str, count: int) -> None:
    """Write invented entities as a JSON array and as CSV."""
    chance = random.Random(1)
    with (folder / f"{name}.json").open("w") as js, (folder / f"{name}.csv").open("w") as table:
        table.write("id," + ",".join(column for _, column, _ in FIELDS.values()) + "\n")
        for n in range(count):
            lon, lat = (round(base + chance.random(), 5) for base in (9, 48))
            row = [
                f"e{n}",
                f"Station {n}",
                chance.randrange(1, 40),
                chance.randrange(10, 999) / 10,
                f"Street {n % 997}",
                f"{chance.randrange(99999):05}",
                lon,
                lat,
            ]
            table.write(",".join(map(str, row)) + "\n")
            entity = {
                "id": row[0], "type": "Station", "name": {"type": "Property", "value": row[1]},
                "capacity": {"type": "Property", "value": row[2], "observedAt": "2026-01-01T00:00:00Z"},
                "power": {"type": "Property", "value": row[3], "unitCode": "KWT"},
                "address": {"type": "Property", "value": {"streetAddress": row[4], "postalCode": row[5], "addressCountry": "DE"}},
                "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}},
                "sockets": {"type": "Property", "value": [{"plug": "CCS", "kW": 50}, {"plug": "Type2", "kW": 22}]},
            }  # fmt: skip
            js.write(("[" if n == 0 else ",\n") + json.dumps(entity))
        js.write("]")


def mapping(*, nested: bool) -> str:
    """Return the mapping of the JSON, or of the CSV."""
    maps = [
        f'rml:predicateObjectMap [ rml:predicate <{p}> ; rml:objectMap [ rml:reference "{path if nested else column}"'
        + (f" ; rml:datatype <{XSD}{kind}>" if kind else "") + " ] ]"
        for p, (path, column, kind) in FIELDS.items()
    ]  # fmt: skip
    form = "JSONPath" if nested else "CSV"
    return (
        "@prefix rml: <http://w3id.org/rml/> .\n"
        f'<#E> a rml:TriplesMap ; rml:logicalSource [ rml:source "entities" ; rml:referenceFormulation rml:{form} ] ;\n'
        f'rml:subjectMap [ rml:template "{BASE}{{{"$.id" if nested else "id"}}}" ; rml:class <{V}Station> ] ;\n'
        + " ;\n".join(maps)
        + " ."
    )


def floor(*, nested: bool) -> str:
    """Return the SQL that a good hand writes: one projection, one pass over its columns."""
    columns = [column for _, column, _ in FIELDS.values()]
    if nested:
        paths = ", ".join(
            f"'{path}'" for path in ["$.id", *(path for path, _, _ in FIELDS.values())]
        )
        names = ", ".join(f"x[{n}] AS {c}" for n, c in enumerate(["id", *columns], start=1))
        rows = f"(SELECT {names} FROM (SELECT json_extract_string(json, [{paths}]) AS x FROM read_json_objects('FILE', format = 'array')))"
    else:
        rows = "read_csv('FILE', all_varchar = true)"
    rows = f"(SELECT *, row_number() OVER () AS row FROM {rows})"
    triples = ", ".join(
        f"{{'p': '{p}', 'o': {column}, 'd': nullif('{XSD}{kind or ''}', '{XSD}')}}"
        for p, (_, column, kind) in FIELDS.items()
    )
    return (
        f"CREATE TABLE statements AS SELECT 'd' AS dataset, s AS subject, t.p AS predicate, t.o AS object, 'literal' AS kind, "
        f"t.d AS datatype, NULL AS lang, 'observed' AS origin, id AS key, 'FILE' AS source, row, t.p AS rule, 0 AS level FROM "
        f"(SELECT id, row, '{BASE}' || id AS s, unnest([{{'p': '{KIND}', 'o': '{V}Station', 'd': NULL}}, {triples}]) AS t FROM {rows})"
    )


def measure(code: str, *arguments: str) -> list:
    """Run one contender; return CPU seconds, those of reading, statements and their hash."""
    done = subprocess.run(
        [sys.executable, "-c", code + SUM, *arguments], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, "entities", options.entities)
        write(folder, "small", 100)
        for file, nested in (("entities.json", True), ("entities.csv", False)):
            for each in (file, file.replace("entities", "small")):
                (folder / f"{each}.ttl").write_text(mapping(nested=nested))
            sql = folder / "floor.sql"
            sql.write_text(floor(nested=nested))
            turns = [
                [measure(code, name, file, BASE, str(sql)) for code in (PRODUCT, FLOOR)]
                for _ in range(options.turns)
            ]
            ours, hand = ([t[i] for t in turns] for i in (0, 1))
            assert ours[0][2:] == hand[0][2:], (ours[0], hand[0])
            cpu, read = min(t[0] for t in ours), min(t[1] for t in ours)
            by_hand = min(t[0] for t in hand)
            print(
                f"{file}: {ours[0][2]:,} statements. ldt-graph {cpu:.2f} CPU s ({read:.2f} of it reading), "
                f"by hand {by_hand:.2f}: {cpu / by_hand:.1f}x"
            )


if __name__ == "__main__":
    main()
