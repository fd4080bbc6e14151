"""Waivers: what twin.toml takes as it is stays in the graph, is marked and counted, and never silent."""

from __future__ import annotations

from datetime import date

import pytest

from ldt_graph.errors import InvalidData, SettingsError
from ldt_graph.pipeline import build
from ldt_graph.twin import load_twin
from tests.validate.written import THINGS, Written

AUTONOMY = (
    THINGS.rstrip(" .\n")
    + """ ;
    rml:predicateObjectMap [ rml:predicate ldt:autonomyHours ; rml:objectMap [ rml:reference "hours" ; rml:datatype xsd:decimal ] ] .
"""
)
ROWS = "id,class,hours\np1,Pump,-8\np2,Pump,-9\np3,Pump,x\n"
SHAPE = 'shape = "ldt:AssetShape-autonomyHours"'


def written(tmp_path, waive: str, rows: str = ROWS) -> Written:
    return Written(tmp_path).dataset("things.csv", rows, AUTONOMY, f"waive = [{waive}]")


def built(twin: Written, today: date = date(2026, 1, 1), **more):
    report = build(load_twin(twin.folder), today=today, **more)
    assert report.version is not None
    found = twin.record.violations(report.version)
    return report, {(v.rule, v.row): v for v in found}


def entities(twin: Written) -> set[str]:
    return {s for s, p, _ in twin.statements() if p.endswith("type")}


def test_an_entity_of_which_all_violations_are_waived_stays_and_is_counted(tmp_path):
    twin = written(tmp_path, f'{{ {SHAPE}, key = "p1", reason = "meter is being replaced" }}')
    report, found = built(twin)
    assert found["ldt:AssetShape-autonomyHours", 2].waived == "meter is being replaced"
    assert found["ldt:AssetShape-autonomyHours", 2].severity == "violation"
    assert found["ldt:AssetShape-autonomyHours", 3].waived is None
    assert entities(twin) == {"p1", "p3"}
    assert (report.waived, report.set_aside) == (1, 2)


def test_an_entity_with_a_violation_that_is_not_waived_is_set_aside(tmp_path):
    twin = written(tmp_path, '{ column = "other", key = "p1", reason = "no" }')
    assert built(twin)[0].waived == 0
    assert "p1" not in entities(twin)


@pytest.mark.parametrize(
    "key", ["p1", "things/p1", "*/p1", "https://example.org/t/things/p1", "?1"]
)
def test_a_key_is_the_rows_or_the_entitys(tmp_path, key):
    twin = written(tmp_path, f'{{ {SHAPE}, key = "{key}", reason = "r" }}')
    assert built(twin)[0].waived == 1


def test_a_waiver_of_the_twin_names_its_dataset_by_a_pattern(tmp_path):
    top = f'waive = [{{ {SHAPE}, dataset = "th*", reason = "r" }}]\n'
    twin = Written(tmp_path, top=top).dataset("things.csv", ROWS, AUTONOMY)
    assert built(twin)[0].waived == 2
    assert entities(twin) == {"p1", "p2", "p3"}


def test_a_waiver_that_is_over_counts_again_with_a_warning_at_its_line(tmp_path):
    twin = written(tmp_path, f'\n{{ {SHAPE}, reason = "a", until = 2026-06-30 }},\n')
    assert built(twin, date(2026, 6, 30))[0].waived == 2
    report, found = built(twin, date(2026, 7, 1))  # nothing but the day is another
    assert report.changed
    assert report.waived == 0
    [line] = [
        n
        for n, t in enumerate((tmp_path / "twin.toml").read_text().splitlines(), 1)
        if "reason" in t
    ]
    assert found["waiver:expired", line].source == "twin.toml"
    assert "until 2026-06-30" in found["waiver:expired", line].message
    assert entities(twin) == {"p3"}


def test_a_waiver_that_fits_nothing_is_warned_of(tmp_path):
    twin = written(tmp_path, '{ shape = "ldt:NoShape", reason = "r" }')
    report, found = built(twin)
    [(_, told)] = [(k, v) for k, v in found.items() if k[0] == "waiver:unmatched"]
    assert (told.severity, told.value, report.datasets[0].warnings) == (
        "warning",
        "ldt:NoShape, dataset things",
        1,
    )


def test_a_waiver_taken_away_counts_again_without_another_change(tmp_path):
    twin = written(tmp_path, f'{{ {SHAPE}, reason = "r" }}')
    assert built(twin)[0].waived == 2
    text = (tmp_path / "twin.toml").read_text()
    (tmp_path / "twin.toml").write_text(text.replace('reason = "r"', 'reason = "r", key = "p2"'))
    assert built(twin)[0].waived == 1
    assert entities(twin) == {"p2", "p3"}


def test_strict_stops_at_what_is_not_waived(tmp_path):
    rows = ROWS.replace("p3,Pump,x\n", "")
    twin = written(tmp_path, f'{{ {SHAPE}, reason = "r" }}', rows)
    assert built(twin, strict=True)[0].waived == 2
    twin.write("data/things.csv", ROWS)
    with pytest.raises(InvalidData, match="x is not of type decimal"):
        built(twin, strict=True)


@pytest.mark.parametrize(
    ("waive", "said"),
    [
        ('{ shape = "x" }', "reason"),
        ('{ reason = "r" }', "names what it waives"),
        ('{ reason = "r", shape = "x", until = "soon" }', "until is a day"),
        ('{ reason = "r", shape = "x", until = 2026-01-01T10:00:00 }', "until"),
        ('{ reason = "r", shapes = "x" }', "Did you mean 'shape'"),
        ('{ reason = "r", shape = "x", dataset = "y" }', "of that dataset"),
        ("3", "A waiver is a table"),
    ],
)
def test_a_waiver_that_says_nothing_is_an_error_with_its_line(tmp_path, waive, said):
    twin = written(tmp_path, waive)
    with pytest.raises(SettingsError, match=said) as error:
        load_twin(twin.folder)
    assert error.value.place is not None
    assert error.value.place.row
