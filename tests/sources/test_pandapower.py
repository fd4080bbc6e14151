"""Networks of pandapower and pandapipes: what the tables hold, and what is said of a network that is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from ldt_graph.errors import SourceError
from ldt_graph.graph.embedded import EmbeddedGraph
from ldt_graph.impact import engine_of
from ldt_graph.model import Crs
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.twin import load_twin
from tests.examples import examples
from tests.sources.test_sources import Opened, opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Tables = dict[str, dict[str, list[Any]]]


def stored(columns: dict[str, list[Any]]) -> dict[str, Any]:
    """An element table as pandas writes it."""
    rows = [list(r) for r in zip(*columns.values(), strict=True)]
    frame = {"columns": list(columns), "index": list(range(len(rows))), "data": rows}
    return {"_module": "pandas.core.frame", "_class": "DataFrame", "_object": json.dumps(frame)}


def written(tables: Tables, kind: str = "pandapowerNet", **members: Any) -> str:
    """A network in the form of to_json, of the tables given by column."""
    objects = {name: stored(columns) for name, columns in tables.items()} | members
    return json.dumps({"_module": "x", "_class": kind, "_object": objects})


def geo(x: object, y: object) -> str:
    return json.dumps({"coordinates": [x, y], "type": "Point"})


def grid() -> Tables:
    """A small grid: two lines in a row, a switch at the second and one between two buses."""
    return {
        "bus": {
            "name": ["A", "B", "C", "D"],
            "vn_kv": [0.4, 0.4, 0.4, 0.4],
            "geo": [geo(9.9, 48.4), geo(9.8, 48.4), geo(9.7, 48.4), None],
            "in_service": [True, True, True, True],
        },
        "line": {
            "name": ["AB", "BC"],
            "from_bus": [0, 1],
            "to_bus": [1, 2],
            "length_km": [1.0, 2.5],
            "geo": ['{"type": "LineString", "coordinates": [[9.9, 48.4], [9.8, 48.4]]}', None],
            "in_service": [True, False],
        },
        "trafo": {"name": ["T"], "hv_bus": [0], "lv_bus": [3], "in_service": [True]},
        "switch": {
            "name": ["S1", "S2"],
            "bus": [1, 2],
            "element": [1, 3],
            "et": ["l", "b"],
            "closed": [True, False],
        },
        "load": {"name": ["L"], "bus": [2], "p_mw": [0.1], "in_service": [True]},
        "ext_grid": {"name": ["G"], "bus": [0], "in_service": [True]},
    }


def pipes() -> Tables:
    """A small net of pipes."""
    return {
        "junction": {"name": ["A", "B", "C"], "pn_bar": [1.0] * 3, "in_service": [True] * 3},
        "junction_geodata": {"x": [1.0, 2.0, 3.0], "y": [0.0, 0.0, 0.0]},
        "pipe": {
            "name": ["AB"],
            "from_junction": [0],
            "to_junction": [1],
            "length_km": [0.5],
            "in_service": [True],
        },
        "pipe_geodata": {"coords": [[[1, 0], [1.5, 1], [2, 0]]]},
        "valve": {
            "name": ["V", "W"],
            "junction": [1, 0],
            "element": [2, 0],
            "et": ["ju", "pi"],
            "opened": [True, False],
        },
        "sink": {"name": ["S"], "junction": [2], "mdot_kg_per_s": [0.1], "in_service": [True]},
        "ext_grid": {"name": ["G"], "junction": [0], "p_bar": [1.0], "in_service": [True]},
    }


GAS = {"fluid": {"_class": "Fluid", "_object": json.dumps({"name": "lgas", "is_gas": True})}}


def read(tmp_path: Path, tables: Tables, kind: str = "pandapowerNet", **more: Any) -> Opened:
    members = more.pop("members", {})
    return opened(tmp_path, "net.json", written(tables, kind, **members), **more)


def joints(got: Opened) -> list[str]:
    """Return each joint as text."""
    rows = got.rows("terminals", "element_table", "element_id", "node_table", "node_id")
    return [f"{a}/{b} {c}/{d}" for a, b, c, d in rows]


# ── what is read ─────────────────────────────────────────────────────────────────────────────────


def test_every_element_is_joined_and_what_is_not_read_is_named(tmp_path):
    tables = {"bus": {"name": ["A", "B"], "in_service": [True, True]}}
    tables["asymmetric_load"] = {
        "name": ["H"],
        "bus": [1],
        "p_a_mw": [9.4e-05],
        "in_service": [True],
    }
    tables["tcsc"] = {"name": ["T"], "from_bus": [0], "to_bus": [1], "in_service": [True]}
    tables["vsc"] = {"name": ["V"], "bus": [0], "bus_dc": [0]}
    got = read(tmp_path, tables)
    assert joints(got) == ["tcsc/T bus/A", "tcsc/T bus/B", "asymmetric_load/H bus/B"]
    assert got.rows("asymmetric_load", "p_a_mw") == [("9.4e-05",)]
    assert [(r[0], r[2]) for r in got.reports] == [("source:not-read", "net.json#vsc")]


def test_a_grid_is_read_without_a_word_and_placed_in_degrees(tmp_path):
    got = read(tmp_path, grid())
    assert got.reports == []
    assert joints(got) == [
        *("line/AB bus/A", "line/BC switch/S1", "switch/S1 bus/B", "line/AB bus/B", "line/BC bus/C"),
        *("trafo/T bus/A", "trafo/T bus/D", "load/L bus/C", "ext_grid/G bus/A"),
        *("switch/S2 bus/C", "switch/S2 bus/D"),
    ]  # fmt: skip
    assert got.rows("bus", "geometry")[2:] == [("POINT(9.7 48.4)",), (None,)]
    assert got.rows("load", "geometry") == [("POINT(9.7 48.4)",)]
    assert got.rows("line", "geometry") == [("LINESTRING(9.9 48.4, 9.8 48.4)",), (None,)]
    assert got.rows("switch", "switch_state") == [("closed",), ("open",)]


def test_what_twin_toml_says_of_coordinates_outranks_the_standard(tmp_path):
    got = read(tmp_path, grid(), crs=Crs(unit="metre"))
    assert got.rows("bus", "geometry", "plan_geometry")[0] == (None, "POINT(9.9 48.4)")


def test_coordinates_of_before_pandapower_3_are_a_plan_and_told(tmp_path):
    tables = grid()
    del tables["bus"]["geo"], tables["line"]["geo"]
    tables["bus_geodata"] = {"x": [1.0, 2.0, 3.0, 4.0], "y": [0.0] * 4, "coords": [None] * 4}
    got = read(tmp_path, tables)
    assert got.rows("bus", "geometry", "plan_geometry")[0] == (None, "POINT(1 0)")
    assert [r[0] for r in got.reports] == ["source:no-crs"]


def test_numbers_keep_the_form_in_which_they_are_written(tmp_path):
    text = written(grid())
    for old, new in (('1.0, \\"{', '1.50, \\"{'), ("2.5, null", "12345678901234567890.123, null")):
        assert old in text
        text = text.replace(old, new)
    got = opened(tmp_path, "net.json", text)
    assert got.rows("line", "length_km") == [("1.50",), ("12345678901234567890.123",)]


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["A", "B", "C", "D"], ["A", "B", "C", "D"]),
        (["A", "B", "B", "D"], ["A", "bus-1", "bus-2", "D"]),
        (["A", None, "", "D"], ["A", "bus-1", "bus-2", "D"]),
        (["bus-1", "B", "C", 7], ["bus-0", "B", "C", "7"]),
        (["A", "A ", "C", "D"], ["bus-0", "bus-1", "C", "D"]),
    ],
)
def test_a_name_that_two_have_costs_those_two(tmp_path, names, ids):
    tables = grid()
    tables["bus"]["name"] = names
    got = read(tmp_path, tables)
    assert [r[0] for r in got.rows("bus", "id")] == ids
    told = [(r[0], r[1], r[2], r[4]) for r in got.reports]
    alike = [("source:name-twice", "warning", "net.json#bus", "name")]
    assert told == (alike if ids[0] == "bus-0" or names[1] == "B" == names[2] else [])


def test_what_no_table_uses_is_accounted_for(tmp_path):
    tables = grid() | {"res_bus": {"vm_pu": [1.0]}, "res_line": {"p": [1.0, 2.0]}}
    tables |= {"measurement": {"value": [1.0]}, "loda": {"bus": [1]}, "motor": {"bus": []}}
    got = read(tmp_path, tables, members={"name": "town", "f_hz": 50.0, "secret": [1]})
    unused = got.con.execute("SELECT kind, name, count FROM coverage ORDER BY ALL").fetchall()
    assert unused == [
        *(("member", "secret", 1), ("member", "settings", 2)),
        *(("table", "loda", 1), ("table", "measurement", 1), ("table", "res_…", 3)),
    ]  # fmt: skip
    assert got.reports == []


# ── nets of pipes ────────────────────────────────────────────────────────────────────────────────


def test_a_net_of_pipes_opens_by_its_content(tmp_path):
    got = read(tmp_path, pipes(), "pandapipesNet", members=GAS, crs=Crs(unit="metre"))
    assert got.reports == []
    assert joints(got) == [
        *("pipe/AB valve/W", "valve/W junction/A", "pipe/AB junction/B", "sink/S junction/C"),
        *("ext_grid/G junction/A", "valve/V junction/B", "valve/V junction/C"),
    ]  # fmt: skip
    assert {r[0] for r in got.rows("terminals", "relation")} == {"gasConnectedTo"}
    assert got.rows("valve", "switch_state", "medium") == [("closed", "Gas"), ("open", "Gas")]
    assert got.rows("pipe", "plan_geometry") == [("LINESTRING(1 0, 1.5 1, 2 0)",)]


@pytest.mark.parametrize(
    ("members", "more", "medium"),
    [
        (GAS, {}, "Gas"),
        ({}, {}, "Water"),
        ({"sector": "heat"}, {}, "Heating"),
        ({"sector": "all"}, {"heat_consumer": ("from_junction", "to_junction")}, "Heating"),
        ({}, {"circ_pump_mass": ("return_junction", "flow_junction")}, "Heating"),
    ],
)
def test_a_net_says_what_it_carries(tmp_path, members, more, medium):
    tables = pipes()
    for table, (first, last) in more.items():
        tables[table] = {"name": ["X"], first: [1], last: [0], "in_service": [True]}
    got = read(tmp_path, tables, "pandapipesNet", members=members, crs=Crs(unit="metre"))
    assert {r[0] for r in got.rows("junction", "medium")} == {medium}


def test_valves_as_pandapipes_wrote_them_before(tmp_path):
    tables = pipes()
    tables["valve"] = {"name": ["V"], "from_junction": [1], "to_junction": [2], "opened": [True]}
    got = read(tmp_path, tables, "pandapipesNet", members=GAS, crs=Crs(unit="metre"))
    assert joints(got)[-2:] == ["valve/V junction/B", "valve/V junction/C"]


TWIN = """
name = "T"
base = "https://example.org/t/"
[[dataset]]
name = "net"
source = "net.json"
mapping = "pandapipes"
crs = {{ unit = "metre" }}
"""


def test_the_return_heats_no_one_who_lost_the_flow(tmp_path):
    """A ring of two consumers: with the second flow pipe out, the second is cut off, though the return reaches it."""
    tables: Tables = {
        "junction": {"name": ["F1", "F2", "R1", "R2"], "in_service": [True] * 4},
        "pipe": {
            "name": ["flow", "return"],
            "from_junction": [0, 3],
            "to_junction": [1, 2],
            "in_service": [True] * 2,
        },
        "heat_consumer": {
            "name": ["near", "far"],
            "from_junction": [0, 1],
            "to_junction": [2, 3],
            "in_service": [True] * 2,
        },
        "circ_pump_pressure": {
            "name": ["plant"],
            "return_junction": [2],
            "flow_junction": [0],
            "in_service": [True],
        },
    }
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "net.json").write_text(written(tables, "pandapipesNet"))
    (tmp_path / "twin.toml").write_text(TWIN.format())
    built = build(load_twin(tmp_path))
    record = Record(load_twin(tmp_path).record)
    engine = engine_of(EmbeddedGraph.open(record, built.version))
    hits = engine.ask(["https://example.org/t/net/pipe/flow"]).hits("none")
    assert {h["iri"].rpartition("/")[2] for h in hits if h["status"] == "failed"} == {"F2", "far"}


# ── bad networks ─────────────────────────────────────────────────────────────────────────────────


def cell(table: str, column: str, row: int, value: object) -> Callable[[Tables], None]:
    """Change a cell."""

    def change(tables: Tables) -> None:
        tables[table][column][row] = value

    return change


def without(table: str, column: str) -> Callable[[Tables], None]:
    """Drop a column."""

    def change(tables: Tables) -> None:
        del tables[table][column]

    return change


# What is changed, and the report: rule, table, row, column, value.
BAD: dict[str, tuple[Callable[[Tables], None], tuple[object, ...]]] = {
    "from": (cell("line", "from_bus", 0, 9), ("source:dangling", "line", 1, "from_bus", "9")),
    "to": (cell("line", "to_bus", 1, 9), ("source:dangling", "line", 2, "to_bus", "9")),
    "no bus": (cell("line", "to_bus", 1, None), ("source:dangling", "line", 2, "to_bus", None)),
    "true": (cell("load", "bus", 0, True), ("source:dangling", "load", 1, "bus", "true")),
    "list": (cell("load", "bus", 0, [1]), ("source:dangling", "load", 1, "bus", "[1]")),
    "high": (cell("trafo", "hv_bus", 0, 9), ("source:dangling", "trafo", 1, "hv_bus", "9")),
    "low": (cell("trafo", "lv_bus", 0, 9), ("source:dangling", "trafo", 1, "lv_bus", "9")),
    "switch bus": (cell("switch", "bus", 1, 9), ("source:dangling", "switch", 2, "bus", "9")),
    "switch other": (cell("switch", "element", 1, 9), ("source:dangling", "switch", 2, "element", "9")),
    "switch line": (cell("switch", "element", 0, 9), ("source:dangling", "switch", 1, "element", "9")),
    "switch elsewhere": (cell("switch", "bus", 0, 3), ("source:dangling", "switch", 1, "bus", "3")),
    "switch kind": (cell("switch", "et", 0, "x"), ("source:unknown-word", "switch", 1, "et", "x")),
    "switch no trafo3w": (cell("switch", "et", 0, "t3"), ("source:dangling", "switch", 1, "element", "1")),
    "closed": (cell("switch", "closed", 0, "yes"), ("source:not-a-boolean", "switch", 1, "closed", "yes")),
    "closed or not": (cell("switch", "closed", 0, None), ("source:not-a-boolean", "switch", 1, "closed", None)),
    "in service": (cell("line", "in_service", 1, "no"), ("source:not-a-boolean", "line", 2, "in_service", "no")),
    "geo": (cell("bus", "geo", 1, "{"), ("source:coordinate", "bus", 2, "geo", "{")),
    "geo text": (cell("bus", "geo", 1, geo("x", 1)), ("source:coordinate", "bus", 2, "geo", geo("x", 1))),
    "geo far": (cell("bus", "geo", 1, geo(500, 1)), ("source:crs", "bus", 2, "geo", "500")),
    "line geo": (
        cell("line", "geo", 0, '{"type": "Lin", "coordinates": []}'),
        ("source:coordinate", "line", 1, "geo", '{"type": "Lin", "coordinates": []}'),
    ),
    "no to_bus": (without("line", "to_bus"), ("source:no-column", "line", None, "to_bus", None)),
    "no bus column": (without("load", "bus"), ("source:no-column", "load", None, "bus", None)),
    "no in_service": (without("load", "in_service"), ("source:no-column", "load", None, "in_service", None)),
    "no et": (without("switch", "et"), ("source:no-column", "switch", None, "et", None)),
    "no closed": (cell("switch", "closed", 1, 2), ("source:not-a-boolean", "switch", 2, "closed", "2")),
}  # fmt: skip
BAD_PIPES = {
    "to": (cell("pipe", "to_junction", 0, 9), ("source:dangling", "pipe", 1, "to_junction", "9")),
    "sink": (cell("sink", "junction", 0, 9), ("source:dangling", "sink", 1, "junction", "9")),
    "valve pipe": (cell("valve", "element", 1, 9), ("source:dangling", "valve", 2, "element", "9")),
    "valve elsewhere": (cell("valve", "junction", 1, 2), ("source:dangling", "valve", 2, "junction", "2")),
    "valve kind": (cell("valve", "et", 0, "junction"), ("source:unknown-word", "valve", 1, "et", "junction")),
    "opened": (cell("valve", "opened", 0, "half"), ("source:not-a-boolean", "valve", 1, "opened", "half")),
    "x": (cell("junction_geodata", "x", 1, "left"), ("source:coordinate", "junction_geodata", 2, "x", "left")),
    "y": (cell("junction_geodata", "y", 1, None), ("source:coordinate", "junction_geodata", 2, "y", None)),
    "coords": (cell("pipe_geodata", "coords", 0, 7), ("source:coordinate", "pipe_geodata", 1, "coords", "7")),
}  # fmt: skip


def reports(got: Opened) -> list[tuple[object, ...]]:
    return [(r[0], r[2].partition("#")[2], *r[3:]) for r in got.reports]


@pytest.mark.parametrize(("change", "told"), BAD.values(), ids=list(BAD))
def test_what_is_wrong_in_a_grid_is_told_once_by_row_and_column(tmp_path, change, told):
    tables = grid()
    change(tables)
    assert reports(read(tmp_path, tables)) == [told]


@pytest.mark.parametrize(("change", "told"), BAD_PIPES.values(), ids=list(BAD_PIPES))
def test_what_is_wrong_in_a_net_is_told_once_by_row_and_column(tmp_path, change, told):
    tables = pipes()
    change(tables)
    got = read(tmp_path, tables, "pandapipesNet", members=GAS, crs=Crs(unit="metre"))
    assert reports(got) == [told]


@pytest.mark.parametrize(
    ("old", "new", "rows"),
    [
        ('[1, 2, "', '["x", [1], "', 1),
        ('"index": [0, 1]', '"index": [0, 0]', 1),
        ('"index": [0, 1]', '"index": [0, [1]]', 1),
        ('"index": [0, 1]', '"index": [0, null]', 1),
        ('["BC", 1, 2, 2.5, null, false]', '["BC", 1, 2]', 1),
        ('["BC", 1, 2, 2.5, null, false]', "null", 1),
    ],
)
def test_a_row_that_is_none_is_set_aside_alone(tmp_path, old, new, rows):
    text = written(grid())
    frame = json.loads(text)["_object"]["line"]["_object"]
    changed = frame.replace(old, new) if old in frame else frame.replace('["BC", 1', '["BC", [1]')
    got = opened(tmp_path, "net.json", text.replace(json.dumps(frame), json.dumps(changed)))
    assert len(got.rows("line", "id")) in (1, 2)
    assert {r[2] for r in got.reports} <= {"net.json#line", "net.json#switch"}
    assert [r[3] for r in got.reports if r[2] == "net.json#line"] == [2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "no object"),
        ('{"_class": "pandapowerNet"}', "no object"),
        ('{"_class": "pandapowerNet", "_object": {}}', "no bus table"),
        ('{"_class": "pandapipesNet", "_object": {"bus": {}}}', "no junction table"),
        ('{"_class": "MultiNet", "_object": {"bus": {}}}', "its class is MultiNet"),
        ('{"_class": "pandapowerNet", "_object": {"bus": {}}}', "bus can't be read"),
        ('{"_class": "pandapowerNet", "_object": {"bus": {"_object": "{"}}}', "bus can't be read"),
        (
            '{"_class": "pandapowerNet", "_object": {"bus": {"_object": {"columns": ["name"], "index": [1, 2], "data": [["A"]]}}}}',
            "bus can't be read",
        ),
        ('{"_class": "pandapowerNet", "_object": {"bus": ', "Not valid JSON"),
    ],
)
def test_what_is_no_network_is_refused(tmp_path, text, message):
    with pytest.raises(SourceError, match=message):
        opened(tmp_path, "net.json", text, format="pandapower")


# ── a slip of the hand ───────────────────────────────────────────────────────────────────────────


@st.composite
def slipped(draw: st.DrawFn) -> tuple[Tables, Tables]:
    """A grid and the same after one slip that makes it no sound one: a word misspelt, a cell or a column gone."""
    tables = grid()
    ends = [("line", "from_bus"), ("line", "to_bus"), ("trafo", "hv_bus"), ("trafo", "lv_bus")]
    ends += [("load", "bus"), ("ext_grid", "bus"), ("switch", "bus"), ("switch", "element")]
    words = [("switch", "et"), ("switch", "closed"), ("bus", "in_service"), ("line", "in_service")]
    slip = draw(st.sampled_from(("end", "word", "gone", "column", "table")))
    table, column = draw(
        st.sampled_from(ends if slip == "end" else words if slip == "word" else ends + words)
    )
    row = draw(st.integers(0, len(tables[table][column]) - 1))
    if slip == "end":
        tables[table][column][row] = draw(st.sampled_from((17, -1, "1", 1.5, True, [1], {"a": 1})))
    elif slip == "word":
        tables[table][column][row] = draw(st.sampled_from(("x", "ja", 7, "L", [True])))
    elif slip == "gone":
        tables[table][column][row] = None
    elif slip == "column":
        tables[table] = {f"{c}x" if c == column else c: v for c, v in tables[table].items()}
    elif table != "bus":
        tables = {f"{t}x" if t == table else t: c for t, c in tables.items()}
    return grid(), tables


@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(slipped())
def test_a_slip_is_told_or_changes_nothing(tmp_path, pair):
    good, bad = (read(tmp_path, tables) for tables in pair)
    if joints(good) != joints(bad) or any(
        good.rows(t, "id", "in_service") != bad.rows(t, "id", "in_service")
        for t in good.tables.keys() & bad.tables.keys()
        if "in_service" in good.tables[t].columns
    ):
        assert bad.reports or bad.con.execute("FROM coverage WHERE kind = 'table'").fetchall()
