"""A report says what the build said, in every format; each can be read by those who know the format alone."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import time
from dataclasses import asdict, replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from sarif.loader import load_sarif_file

from ldt_graph.errors import SettingsError
from ldt_graph.model import Dataset, Version, Violation
from ldt_graph.namespaces import SH
from ldt_graph.report import FORMATS, Point, Told, write_report
from ldt_graph.report.paths import path_quads
from ldt_graph.sources.cells import Files

CSV = 'id,name,power\nPU-1,"Pump, old",5\nPU-2,Größe 2,-7\nPU-3,<img src=x onerror=alert(1)>,\n'
BAD = Violation(
    "pumps", "validate", "violation", "ldt:PumpShape-pumpPower", "https://example.org/t/pumps/PU-2", "pumps.csv", 3, "power", "-7",
    "A pump's power is 0 kW or more: -7.", key="pumps/PU-2", path="https://w3id.org/ldt-graph#pumpPower",
    component=SH.MinInclusiveConstraintComponent, expected=">= 0", fix="7", confidence=0.4,
)  # fmt: skip
ODD = Violation(
    "pumps", "lift", "warning", "lift:no-subject", None, "pumps.csv", 4, "name", "<img src=x onerror=alert(1)>", "</script><b>no</b> $name",
    waived="It is <so>",
)  # fmt: skip
NOWHERE = Violation(
    "pumps", "axiom", "warning", "axiom:range", None, None, None, None, None, "Nobody knows where."
)
ALL = (BAD, ODD, NOWHERE)


@pytest.fixture
def told(tmp_path) -> Told:
    (tmp_path / "pumps.csv").write_text(CSV, encoding="utf-8")
    files = Files([Dataset("pumps", "pumps.csv", "x")], tmp_path)
    trend = (Point(0, "2026-01-01T00:00:00Z", 3, 1, 0), Point(1, "2026-01-02T00:00:00Z", 1, 1, 1))
    return Told("My <city>", ALL, Version(1, "2026-01-02T00:00:00Z", 9, ("pumps",)), files, trend)


def test_json_and_csv_say_every_field(told):
    assert [Violation(**v) for v in json.loads(write_report("json", told))] == list(ALL)
    rows = [*csv.DictReader(io.StringIO(write_report("csv", told).decode(), newline=""))]
    assert [r["message"] for r in rows] == [v.message for v in ALL]
    assert rows[0].keys() == asdict(BAD).keys()


def test_a_format_that_there_is_not_is_named(told):
    with pytest.raises(SettingsError, match="xlsx"):
        write_report("xlsx", told)


# ── SARIF ────────────────────────────────────────────────────────────────────────────────────────

TEXT = {"text": str}
PLACE = {"uri": str, "uriBaseId?": str}
REGION = {"startLine": int, "startColumn?": int, "endColumn?": int, "snippet?": TEXT}
SARIF = {
    "$schema": str,
    "version": "2.1.0",
    "runs": [
        {
            "tool": {"driver": {"name": str, "version?": str, "rules?": [{"id": str, "properties?": dict}]}},
            "columnKind?": "unicodeCodePoints",
            "originalUriBaseIds?": {"DATA": {"description": TEXT}},
            "properties?": dict,
            "results": [
                {
                    "ruleId": str, "ruleIndex": int, "level": str, "message": TEXT, "partialFingerprints": dict, "properties": dict,
                    "locations?": [{"physicalLocation": {"artifactLocation": PLACE, "region?": REGION},
                                    "logicalLocations?": [{"fullyQualifiedName": str, "kind": str}]}],
                    "suppressions?": [{"kind": str, "status": str, "justification": str}],
                    "fixes?": [{"description": TEXT, "artifactChanges": [
                        {"artifactLocation": PLACE, "replacements": [{"deletedRegion": REGION, "insertedContent": TEXT}]}]}],
                }
            ],
        }
    ],
}  # fmt: skip
"""What SARIF 2.1.0 knows of what we write (sections 3.13 to 3.58): no other member is allowed, `?` may be missing."""


def conforms(value, form, where="log"):
    if isinstance(form, dict):
        assert isinstance(value, dict), where
        names = {n.removesuffix("?"): f for n, f in form.items()}
        assert value.keys() <= names.keys(), (where, value.keys() - names.keys())
        assert {n for n in form if not n.endswith("?")} <= value.keys(), where
        for name, inner in value.items():
            conforms(inner, names[name], f"{where}.{name}")
    elif isinstance(form, list):
        assert isinstance(value, list), where
        for n, inner in enumerate(value):
            conforms(inner, form[0], f"{where}[{n}]")
    elif isinstance(form, type):
        assert type(value) is form, (where, value)
    else:
        assert value == form, where


def test_sarif_has_the_members_that_the_standard_has(told):
    log = json.loads(write_report("sarif", told))
    conforms(log, SARIF)
    if schema := os.environ.get("TWIN_TEST_SARIF_SCHEMA"):
        jsonschema = pytest.importorskip("jsonschema")
        jsonschema.validate(log, json.loads(Path(schema).read_text()))


def test_sarif_leads_to_the_characters_of_the_cell(told):
    [run] = json.loads(write_report("sarif", told))["runs"]
    bad, odd, nowhere = run["results"]
    place = bad["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "pumps.csv"
    region = place["region"]
    line = CSV.splitlines()[region["startLine"] - 1]
    assert (
        line[region["startColumn"] - 1 : region["endColumn"] - 1]
        == "-7"
        == region["snippet"]["text"]
    )
    assert (
        bad["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"] == "7"
    )
    assert [r["level"] for r in run["results"]] == ["error", "warning", "warning"]
    assert odd["suppressions"][0]["justification"] == "It is <so>"
    assert "locations" not in nowhere
    assert [run["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] for r in run["results"]] == [
        v.rule for v in ALL
    ]


def test_a_viewer_reads_each_result_at_its_line(told, tmp_path):
    path = tmp_path / "told.sarif"
    path.write_bytes(write_report("sarif", told))
    seen = load_sarif_file(str(path))
    assert seen.get_distinct_tool_names() == ["ldt-graph"]
    levels = {"violation": "error", "warning": "warning"}
    assert [(r["Code"], r["Severity"], r["Location"], r["Line"], r["Description"]) for r in seen.get_records()] == [
        (v.rule, levels[v.severity], v.source or "-", v.row or "1", v.message) for v in ALL
    ]  # fmt: skip


def test_what_all_results_of_a_rule_say_stands_at_the_rule(told):
    other = replace(BAD, expected=None, path="urn:other")
    [run] = json.loads(write_report("sarif", replace(told, violations=[BAD, BAD, other])))["runs"]
    [rule] = run["tool"]["driver"]["rules"]
    assert {n: rule["properties"][n] for n in ("path", "expected")} == {
        "path": BAD.path,
        "expected": ">= 0",
    }
    said = [r["properties"] for r in run["results"]]
    assert "path" not in said[1]
    assert (said[2]["path"], said[2]["expected"]) == ("urn:other", None)


def test_a_fingerprint_stays_when_the_row_moves(told):
    def prints(*violations):
        log = json.loads(write_report("sarif", replace(told, violations=violations)))
        return [r["partialFingerprints"] for r in log["runs"][0]["results"]]

    assert prints(BAD) == prints(replace(BAD, row=4))
    assert prints(BAD) != prints(replace(BAD, value="-8"))


# ── SHACL ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("form", "kind"), [("shacl", ox.RdfFormat.TURTLE), ("shacl-jsonld", ox.RdfFormat.JSON_LD)]
)
def test_a_validation_report_has_a_sound_result_of_each(told, form, kind):
    store = ox.Store()
    store.load(write_report(form, told), format=kind)

    def ask(query: str) -> list[tuple[str, ...]]:
        found = store.query(f"PREFIX sh: <{SH}> PREFIX ldt: <https://w3id.org/ldt-graph#> {query}")
        assert isinstance(found, ox.QuerySolutions)
        return sorted(tuple(t.value for t in row) for row in found)

    [(conforms_,)] = ask("SELECT ?c { [] a sh:ValidationReport ; sh:conforms ?c }")
    assert conforms_ == "false"
    # SHACL, section 3.6.2: exactly one focus node, severity and component.
    each = ask(
        "SELECT ?m ?c { [] sh:result ?r . ?r a sh:ValidationResult ; sh:focusNode ?f ; sh:resultSeverity ?s ; sh:sourceConstraintComponent ?c ; sh:resultMessage ?m }"
    )
    assert each == sorted(
        [
            (BAD.message, SH.MinInclusiveConstraintComponent),
            (ODD.message, "https://w3id.org/ldt-graph#LiftNoSubjectConstraintComponent"),
            (NOWHERE.message, "https://w3id.org/ldt-graph#AxiomRangeConstraintComponent"),
        ]
    )
    assert ask("SELECT ?p ?v ?s { ?r sh:resultPath ?p ; sh:value ?v ; sh:sourceShape ?s }") == [
        (str(BAD.path), "-7", "https://w3id.org/ldt-graph#PumpShape-pumpPower")
    ]
    assert ask("SELECT ?f ?n { ?r ldt:inFile ?f ; ldt:inRow ?n }") == [
        ("pumps.csv", "3"),
        ("pumps.csv", "4"),
    ]


def test_nothing_told_conforms(told):
    text = write_report("shacl", replace(told, violations=())).decode()
    assert "sh:conforms true" in text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("https://example.org/p", []),
        ("^<https://example.org/p>", ["inversePath"]),
        ("(<urn:a>/<urn:b>)*", ["first", "rest", "first", "rest", "zeroOrMorePath"]),
        ("<urn:a>|^ldt:p+", ["alternativePath"]),
    ],
)
def test_a_path_is_written_as_the_nodes_of_shacl(path, words):
    head, triples = path_quads(path, "p")
    names = [re.split("[#/]", t.predicate.value)[-1] for t in triples]
    assert [n for n in words if n not in names] == []
    assert isinstance(head, ox.BlankNode) == bool(words)


def test_a_path_that_is_none_is_one_iri():
    head, triples = path_quads("what (is this", "p")
    assert isinstance(head, ox.NamedNode)
    assert triples == []


# ── sizes ────────────────────────────────────────────────────────────────────────────────────────


def test_ten_thousand_violations_take_a_page_of_less_than_two_megabytes(tmp_path):
    rows = [f"PU-{n},Pump {n},{-n}" for n in range(10_000)]
    (tmp_path / "pumps.csv").write_text("\n".join(["id,name,power", *rows]))
    many = [
        replace(
            BAD,
            row=n + 2,
            subject=f"https://example.org/t/pumps/PU-{n}",
            value=str(-n),
            message=f"Too little: {-n}.",
        )
        for n in range(10_000)
    ]
    told = Told("Many", many, files=Files([Dataset("pumps", "pumps.csv", "x")], tmp_path))
    for form in ("html", "sarif"):
        begun = time.process_time()
        made = write_report(form, told)
        assert time.process_time() - begun < 2, form
        # What SARIF's own tools read without being asked to.
        assert len(made) < (2_000_000 if form == "html" else 10_000_000)


def test_every_format_is_the_same_each_time(told):
    assert {f: write_report(f, told) for f in FORMATS} == {
        f: write_report(f, told) for f in FORMATS
    }
