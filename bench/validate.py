"""SHACL validation at three sizes: end to end, against other engines on the same data, each in a process of its own.

Entities of 11 statements, of which about 4 in 100 break a shape. Of the stage it is the way from statements in DuckDB to
lines of `violations`; of an engine alone, from N-Triples in a file to its results. All must find the same.

python bench/validate.py [--entities 1000 10000 100000] [--slow]
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LDT = "https://w3id.org/ldt-graph#"
BASE = "https://example.org/bench/"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SUBCLASS = "http://www.w3.org/2000/01/rdf-schema#subClassOf"
XSD = "http://www.w3.org/2001/XMLSchema#"
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ldt: <https://w3id.org/ldt-graph#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix dcterms: <http://purl.org/dc/terms/> .
ldt:BenchShape a sh:NodeShape ; sh:targetClass ldt:Pump , ldt:Substation ;
    sh:property ldt:B-identifier , ldt:B-name , ldt:B-state , ldt:B-power , ldt:B-capacity , ldt:B-since ,
        ldt:B-poweredBy , ldt:B-joins , ldt:B-code , ldt:B-inService .
ldt:B-identifier a sh:PropertyShape ; sh:path dcterms:identifier ; sh:minCount 1 ; sh:maxCount 1 .
ldt:B-name a sh:PropertyShape ; sh:path ldt:name ; sh:maxCount 1 ; sh:datatype xsd:string ; sh:severity sh:Warning .
ldt:B-state a sh:PropertyShape ; sh:path ldt:state ; sh:in ( "open" "closed" ) ; sh:message "A switch is open or closed" .
ldt:B-power a sh:PropertyShape ; sh:path ldt:power ; sh:datatype xsd:decimal ; sh:minInclusive 0 ; sh:maxInclusive 1000 .
ldt:B-capacity a sh:PropertyShape ; sh:path ldt:capacity ; sh:datatype xsd:integer ; sh:minInclusive 0 .
ldt:B-since a sh:PropertyShape ; sh:path ldt:since ; sh:datatype xsd:date .
ldt:B-poweredBy a sh:PropertyShape ; sh:path ldt:poweredBy ; sh:minCount 1 ; sh:class ldt:Asset .
ldt:B-joins a sh:PropertyShape ; sh:path ldt:joins ; sh:nodeKind sh:IRI .
ldt:B-code a sh:PropertyShape ; sh:path ldt:code ; sh:pattern "^[A-Z]{2}[0-9]{3}$" .
ldt:B-inService a sh:PropertyShape ; sh:path ldt:inService ; sh:datatype xsd:boolean ; sh:maxCount 1 .
"""
AXIOMS = [(f"{LDT}{c}", SUBCLASS, f"{LDT}Asset", "iri", None) for c in ("Pump", "Substation")]


def statements(count: int) -> list[tuple]:
    """(subject, predicate, object, kind, datatype); the same ones each time."""
    chance = random.Random(7)
    found = []
    for n in range(count):
        bad = chance.randrange(9) if chance.random() < 0.04 else None
        other = [f"{BASE}{chance.randrange(count)}" for _ in range(2)]
        day = f"20{chance.randrange(10, 24)}-0{chance.randrange(1, 10)}-1{chance.randrange(10)}"
        cells = [
            (TYPE, f"{LDT}{('Pump', 'Substation')[n % 2]}", "iri", None),
            ("http://purl.org/dc/terms/identifier", f"A-{n}", "literal", None),
            (f"{LDT}name", f"Asset number {n}", "literal", None),
            (f"{LDT}state", "opn" if bad == 1 else "open", "literal", None),
            (f"{LDT}power", f"{-5 if bad == 2 else chance.random() * 100:.3f}", "literal", f"{XSD}decimal"),
            (f"{LDT}capacity", "x" if bad == 3 else str(chance.randrange(100)), "literal", f"{XSD}integer"),
            (f"{LDT}since", "2020" if bad == 4 else day, "literal", f"{XSD}date"),
            (f"{LDT}poweredBy", f"{BASE}none" if bad == 5 else other[0], "iri", None),
            (f"{LDT}joins", other[1], "literal" if bad == 6 else "iri", None),
            (f"{LDT}code", "zz" if bad == 7 else f"AB{n % 1000:03d}", "literal", None),
            (f"{LDT}inService", "maybe" if bad == 8 else "true", "literal", f"{XSD}boolean"),
        ]  # fmt: skip
        if bad == 0:
            cells[2] = ("http://purl.org/dc/terms/identifier", f"B-{n}", "literal", None)
        found += [(f"{BASE}{n}", *cell) for cell in cells]
    return found


def ntriples(rows: list[tuple]) -> str:
    def term(value: str, kind: str, datatype: str | None) -> str:
        return f"<{value}>" if kind == "iri" else f'"{value}"' + (f"^^<{datatype}>" if datatype else "")  # fmt: skip

    return "".join(f"<{s}> <{p}> {term(o, k, d)} .\n" for s, p, o, k, d in [*AXIOMS, *rows])


def found(results) -> tuple[int, str]:
    """How many results, and the hash of (focus, component) of all."""
    lines = sorted(f"{focus.strip('<>')} {component}" for focus, component in results)
    return len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


# ── one engine in a process of its own: prepare, then what is measured ─────────────────────────────


def stage(folder: Path):
    import duckdb
    import numpy as np  # a build has it long before: it holds the columns that its readers make

    from ldt_graph.model import create_tables
    from ldt_graph.ontology import Ontology
    from ldt_graph.validate import validate

    con = duckdb.connect()
    create_tables(con)
    con.execute(f"INSERT INTO statements FROM '{folder}/statements.parquet'")
    meaning = Ontology(()).with_triples([(*a, None) for a in AXIOMS])
    np.empty(0, object)

    def run():
        validate(con, {"bench": [folder / "shapes.ttl"]}, meaning)
        rows = con.execute("SELECT subject, component FROM violations").fetchall()
        return [(s, c) for s, cs in rows for c in cs.split()]

    return run


def bare(folder: Path):
    import shacl

    def run():
        shapes = shacl.Shapes.from_file(str(folder / "shapes.ttl"))
        results = shapes.validate_file(str(folder / "data.nt")).results
        return [(r.focus_node, r.component_iri) for r in results]

    return run


def reference(folder: Path, library: str = "pyshacl"):
    pyshacl, rdflib = (importlib.import_module(n) for n in (library, "rdflib"))
    from rdflib import SH

    def run():
        rdflib.NORMALIZE_LITERALS = False  # ty: ignore[missing-attribute]
        data = rdflib.Graph().parse(folder / "data.nt", format="nt")
        shapes = rdflib.Graph().parse(folder / "shapes.ttl")
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
        return [
            (str(report.value(r, SH.focusNode)), str(report.value(r, SH.sourceConstraintComponent)))
            for r in report.objects(None, SH.result)
        ]

    return run


def turbo(folder: Path):
    return reference(folder, "pyshacl_turbo")


def change(folder: Path):
    """One cell of one row is another: judged alone."""
    import duckdb

    from ldt_graph.model import Touched, create_tables
    from ldt_graph.ontology import Ontology
    from ldt_graph.validate import validate

    con = duckdb.connect()
    create_tables(con)
    con.execute(f"INSERT INTO statements FROM '{folder}/statements.parquet'")
    meaning = Ontology(()).with_triples([(*a, None) for a in AXIOMS])
    shapes = {"bench": [folder / "shapes.ttl"]}
    con.execute("CREATE TEMP TABLE unsound (subject VARCHAR)")
    con.execute("CREATE TEMP TABLE other AS FROM statements WHERE false")
    validate(con, shapes, meaning, touched=Touched("other", "unsound"))
    cell = f"subject = '{BASE}11' AND predicate = '{LDT}power'"
    con.execute(f"INSERT INTO other FROM statements WHERE {cell}")
    con.execute(f"UPDATE statements SET object = '-7' WHERE {cell}")
    con.execute(f"INSERT INTO other FROM statements WHERE {cell}")

    def run():
        validate(con, shapes, meaning, touched=Touched("other", "unsound"))
        return con.execute("SELECT subject, component FROM violations").fetchall()

    return run


ENGINES = {
    "stage": (stage, None, None),
    "shacl alone": (bare, None, "shacl"),
    "pyshacl": (reference, 10_000, "pyshacl"),
    "pyshacl-turbo": (turbo, None, "pyshacl_turbo"),
    "stage, one row": (change, None, None),
}
"""Name → engine, up to how many entities, the library it needs."""


def measure(name: str, folder: Path) -> dict:
    run = ENGINES[name][0](folder)
    wall, cpu = time.perf_counter(), time.process_time()
    results = run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    count, digest = found(results)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "cpu": cpu,
        "wall": wall,
        "peak": peak / 1024,
        "results": count,
        "digest": digest,
    }


def write(folder: Path, count: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = statements(count)
    subjects, predicates, objects, kinds, datatypes = map(list, zip(*rows, strict=True))
    size = len(rows)
    columns = {
        "dataset": ["bench"] * size, "subject": subjects, "predicate": predicates, "object": objects, "kind": kinds,
        "datatype": datatypes, "lang": pa.nulls(size, pa.string()), "origin": ["observed"] * size,
        "key": [s.removeprefix(BASE) for s in subjects], "source": ["bench.csv"] * size,
        "row": [n // 11 + 2 for n in range(size)], "rule": [f"{p}Map" for p in predicates], "level": [0] * size,
    }  # fmt: skip
    pq.write_table(pa.table(columns), folder / "statements.parquet")
    (folder / "data.nt").write_text(ntriples(rows))
    (folder / "shapes.ttl").write_text(SHAPES)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--entities", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--slow", action="store_true", help="the slow engines at every size")
    parser.add_argument("--one", nargs=2)
    parser.add_argument("--write", nargs=2)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], Path(options.one[1]))))
        return
    if options.write:
        write(Path(options.write[0]), int(options.write[1]))
        return
    for count in options.entities:
        print(f"{count:,} entities, {count * 11:,} statements")
        with tempfile.TemporaryDirectory() as name:
            # Elsewhere too: a process begins with the peak of the one that it is forked from.
            subprocess.run([sys.executable, __file__, "--write", name, str(count)], check=True)
            compare(Path(name), count, slow=options.slow)


def compare(folder: Path, count: int, *, slow: bool) -> None:
    seen: dict[str, dict] = {}
    for name, (_, most, library) in ENGINES.items():
        if most and count > most and not slow:
            continue
        if library and importlib.util.find_spec(library) is None:
            print(f"{name:>16}  not installed")
            continue
        out = subprocess.run([sys.executable, __file__, "--one", name, str(folder)], check=True, capture_output=True, text=True)  # fmt: skip
        seen[name] = told = json.loads(out.stdout.splitlines()[-1])
        ratio = told["cpu"] / seen["stage"]["cpu"]
        print(
            f"{name:>16}  {told['cpu']:8.3f} CPU s {told['wall']:8.3f} s  {told['peak']:7.0f} MB  "
            f"{told['results']:>6} results  {ratio:8.3f} of the stage's CPU"
        )
    answers = {n: (t["results"], t["digest"]) for n, t in seen.items() if n != "stage, one row"}
    assert len(set(answers.values())) == 1, answers


if __name__ == "__main__":
    main()
