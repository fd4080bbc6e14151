"""What runs at the start of an EPANET file, and which files are wrong, against EPANET's own library (in wntr)."""

from __future__ import annotations

import contextlib
import logging
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from wntr.epanet.exceptions import EpanetException
from wntr.epanet.toolkit import ENepanet

from ldt_graph.errors import SourceError
from ldt_graph.model import Crs
from tests.examples import examples
from tests.sources.test_sources import Opened, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

logging.getLogger("wntr.epanet.toolkit").setLevel(logging.CRITICAL)

TOWN = """[JUNCTIONS]
 J1 10 5
 J2 10 5
 J3 10 5
[RESERVOIRS]
 R1 60
 R2 60
[TANKS]
 T1 40 3 1 5 10 0
[PIPES]
 P1 J1 J2 100 200 100 0 Open
 P2 J2 J3 100 200 100 {pipe}
 P3 J3 T1 100 200 100
[PUMPS]
 PU1 R1 J1 HEAD 1
 PU2 R2 J3 HEAD 1 {pump}
[VALVES]
 V1 J1 J3 200 {valve}
[CURVES]
 1 50 30
 VC 0 0
 VC 10 100
[PATTERNS]
 Z 0 0 0
 A 0 1 1
 B 1 0
[STATUS]
 {status}
[CONTROLS]
 {control}
[RULES]
 {rule}
[TIMES]
 {times}
[OPTIONS]
 UNITS LPS
 {option}
[END]
"""
PLAIN = dict.fromkeys(("pump", "status", "control", "rule", "times", "option"), "")
PLAIN |= {"pipe": "0 Open", "valve": "TCV 0 0"}
INFLOW, STATUS, SETTING = 8, 11, 12  # codes of EPANET's toolkit


def town(**said: str) -> str:
    """The town with other words at one place."""
    return TOWN.format(**PLAIN | said)


def epanet(text: str, folder: Path) -> dict[str, bool] | None:
    """Return which links run at the start, as EPANET computes it; None where it refuses the file."""
    path = folder / "epanet.inp"
    path.write_text(text)
    engine = ENepanet()
    try:
        engine.ENopen(str(path), str(folder / "epanet.rpt"), "")
    except EpanetException:
        return None
    try:
        engine.ENopenH()
        engine.ENinitH(0)
        engine.ENrunH()
        return {name: _runs(engine, name) for name in ("P1", "P2", "P3", "PU1", "PU2", "V1")}
    except EpanetException:
        return {}
    finally:
        with contextlib.suppress(EpanetException):
            engine.ENclose()


def _runs(engine: ENepanet, name: str) -> bool:
    link = engine.ENgetlinkindex(name)
    status, setting, flow = (engine.ENgetlinkvalue(link, c) for c in (STATUS, SETTING, INFLOW))
    return status > 0 and not (name.startswith("PU") and setting == 0) and abs(flow) > 1e-4


def runs(got: Opened) -> dict[str, bool]:
    """Return which links run at the start, as it is read."""
    tables = ("pipes", "check_valves", "pumps", "valves", "one_way_valves")
    rows = [row for t in tables for row in got.rows(t, "id", "in_service")]
    return {name: on == "true" for name, on in rows}


STATES = {
    "status": (
        *("PU2 0", "PU2 0.0", "PU2 0.00", "PU2 0e0", "PU2 CLOSED", "PU2 closed", "PU2 Closed.", "PU2 1.2", "PU2 OPEN"),
        *("P2 CLOSED", "P2 Open", "PU1 PU2 CLOSED", "P1 P2 CLOSED", "V1 CLOSED", "V1 OPEN", "V1 0", '"PU2" CLOSED'),
        *("PU2 CLOSED\n PU2 OPEN", "PU2 OPEN\n PU2 0", "P1 PU2 0.0", "PU2 1e-9"),
    ),
    "pump": (
        *("SPEED 0", "speed 0.0", "SPEED 1.5", "SPEED 0 PATTERN B", "PATTERN Z", "PATTERN A", "PATTERN B", "POWER 5"),
        *("HEAD 1 SPEED 0 SPEED 1", "SPEED 0 SPEED"),
    ),
    "pipe": ("Closed", "0 closed", "CLOSEDX", "0 OPEN", "0", ""),
    "valve": ("FCV 0 0", "FCV 5 0", "GPV VC 0", "TCV 5 0", "TCV 0 0 CLOSED", "PSV 0 0"),
    "control": (
        *("LINK PU2 CLOSED AT TIME 0", "LINK PU2 0 AT TIME 0", "LINK P2 0 AT TIME 0", "LINK PU2 CLOSED AT TIME 0:00"),
        *("LINK PU2 CLOSED AT CLOCKTIME 12 AM", "LINK PU2 CLOSED AT CLOCKTIME 12 PM", "LINK PU2 0 AT TIME 5 HOURS"),
        *("LINK PU2 CLOSED IF NODE T1 ABOVE 2", "LINK PU2 CLOSED IF NODE T1 ABOVE 3", "LINK PU2 CLOSED IF NODE T1 ABOVE 4"),
        *("LINK PU2 CLOSED IF NODE T1 BELOW 3", "PUMP PU2 CLOSED AT TIME 0", "LINK PU2 0.5 AT TIME 0"),
        "LINK PU2 CLOSED AT TIME 0\n LINK PU2 OPEN AT TIME 0",
    ),
    "rule": (
        "RULE 1\nIF SYSTEM TIME >= 0\nTHEN PUMP PU2 STATUS IS CLOSED",
        "RULE 1\nIF TANK T1 LEVEL > 1\nTHEN PUMP PU2 SETTING = 0\nELSE PUMP PU2 STATUS IS OPEN\nPRIORITY 1",
    ),
}  # fmt: skip
TOGETHER = (
    {"pump": "PATTERN B", "status": "PU2 CLOSED"},
    {"pump": "PATTERN A", "times": "PATTERN START 1:00"},
    {"pump": "PATTERN A", "times": "PATTERN TIMESTEP 0:30\n PATTERN START 30 MIN"},
    {"pump": "PATTERN A", "times": "PATTERN START 3"},
    {"pump": "SPEED 0", "status": "PU2 OPEN"},
    {"pump": "PATTERN Z", "control": "LINK PU2 OPEN AT TIME 0"},
    {"valve": "GPV VC", "status": "V1 CLOSED"},
    {"valve": "FCV 0", "status": "V1 OPEN"},
    {"valve": "FCV 5", "status": "V1 0"},
    {"valve": "TCV 0", "status": "V1 CLOSED", "control": "LINK V1 0 AT TIME 0"},
    {"control": "LINK PU2 CLOSED AT CLOCKTIME 6 AM", "times": "START CLOCKTIME 6 AM"},
    {"control": "LINK PU2 CLOSED AT CLOCKTIME 18:30", "times": "START CLOCKTIME 6:30 PM"},
)
VARIANTS = [*({k: v} for k, each in STATES.items() for v in each), *TOGETHER]


@pytest.mark.parametrize("said", VARIANTS, ids=lambda s: "+".join(s.values()) or "plain")
def test_what_runs_equals_epanets(tmp_path, said):
    truth = epanet(town(**said), tmp_path)
    got = opened(tmp_path, "w.inp", town(**said))
    assert truth
    assert runs(got) == truth


REFUSED = {
    "status": (
        *("PU2 ACTIVE", "PU2 clo", "PU2 -1", "XX CLOSED", "PU2", "PU2 CLOSED extra", "PU2, CLOSED", "PU2 nan0"),
    ),
    "pump": ("PATTERN Q", "SPED 0", "SPEED x", "SPEED -1", "HEAD 9", "POWER 0", "POWER x"),
    "pipe": ("Opne", "0 Opne", "x Open", "0 1", "-1"),
    "valve": ("XYZ 0 0", "FCV CLOSED 0", "FCV x 0", "GPV Q 0", "TCV 0 x", "TCV"),
    "control": (
        *("LINK PU9 CLOSED AT TIME 0", "LINK PU2 CLSD AT TIME 0", "LINK PU2 CLOSED AT TIME x", "LINK PU2 CLOSED IF NODE T1"),
        *("LINK PU2 CLOSED IF NODE T9 ABOVE 2", "LINK PU2 CLOSED IF NODE T1 ABVE 2", "LINK PU2 CLOSED IF NODE T1 ABOVE x"),
        *("LINK PU2 CLOSED AT CLOCKTIME 14 PM", "LINK PU2 -1 AT TIME 0", "LINK PU2 CLOSED"),
    ),
    "rule": (
        "IF SYSTEM TIME > 0\nTHEN PUMP PU2 STATUS IS CLOSED",
        "RULE 1\nIF SYSTEM TIME > 0\nTHEN PUMP PU9 STATUS IS CLOSED",
        "RULE 1\nIF SYSTEM TIME > 0\nTHEN PUMP PU2 STATUS IS CLSD",
        "RULE 1\nIF SYSTEM TIME > 0\nTHEN PUMP PU2 STATUS CLOSED",
        "RULE 1\nIF SYSTEM TIME > x\nTHEN PUMP PU2 STATUS IS CLOSED",
        "RULE 1\nIF TANK T9 LEVEL > 1\nTHEN PUMP PU2 STATUS IS CLOSED",
        "RULE 1\nIF TANK T1 LVEL > 1\nTHEN PUMP PU2 STATUS IS CLOSED",
        "RULE 1\nIF TANK T1 LEVEL OVER 1\nTHEN PUMP PU2 STATUS IS CLOSED",
        "RULE 1\nIF TANK T1 LEVEL >\nTHEN PUMP PU2 STATUS IS CLOSED",
        "RULE 1\nWHEN TANK T1 LEVEL > 1\nTHEN PUMP PU2 STATUS IS CLOSED",
        "RULE 1\nTHEN PUMP PU2 STATUS IS CLOSED",
        "RULE 1\nIF TANK T1 LEVEL > 1\nTHEN PUMP PU2 STATUS IS CLOSED\nPRIORITY high",
    ),
    "option": ("UNTS LPS", "UNITS XYZ", "PATERN 2", "DEMAND MULTIPLIER x"),
    "times": ("PATERN START 1", "PATTERN START x"),
}  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [{k: v} for k, each in REFUSED.items() for v in each],
    ids=lambda s: "+".join(s.values()),
)
def test_what_epanet_refuses_is_reported_or_refused(tmp_path, said):
    assert epanet(town(**said), tmp_path) is None
    try:
        reports = opened(tmp_path, "w.inp", town(**said)).reports
    except SourceError:
        return
    assert reports


FULL = town(
    pump="SPEED 1.1",
    valve="FCV 5 0",
    status="PU2 CLOSED\n P1 OPEN",
    control="LINK PU2 OPEN IF NODE T1 BELOW 2\n LINK P1 CLOSED AT TIME 5:00",
    rule="RULE 1\n IF TANK T1 LEVEL BELOW 2\n AND SYSTEM TIME > 3\n THEN PUMP PU2 STATUS IS OPEN\n PRIORITY 2",
    times="PATTERN TIMESTEP 1:00",
    option="DEMAND MULTIPLIER 2\n[DEMANDS]\n J1 4 A\n[TAGS]\n NODE J1 x",
).replace("10 0\n", "10 0 VC NO\n")


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The full town after one slip of the hand: a line or a word deleted, repeated or swapped, a letter wrong."""
    lines = FULL.splitlines()[:-1]
    at, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    words = lines[at].split()
    word, second = (draw(st.integers(0, len(words) - 1)) for _ in range(2))
    slip = draw(st.sampled_from(("line", "word", "letter", "swap", "again", "lines")))
    if slip == "letter":
        place = draw(st.integers(0, len(words[word]) - 1))
        words[word] = (
            f"{words[word][:place]}{draw(st.sampled_from('xQ-'))}{words[word][place + 1 :]}"
        )
    elif slip == "word":
        del words[word]
    elif slip == "again":
        words.insert(word, words[word])
    elif slip == "swap":
        words[word], words[second] = words[second], words[word]
    lines[at] = " ".join(words)
    if slip == "line":
        del lines[at]
    elif slip == "lines":
        lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines) + "\n[END]\n"


class Apart:
    """EPANET in a process of its own: its library dies of some files."""

    def __init__(self) -> None:
        self.pool = ProcessPoolExecutor(1, get_context("spawn"))

    def epanet(self, text: str, folder: Path) -> dict[str, bool] | None:
        try:
            return self.pool.submit(epanet, text, folder).result()
        except BrokenProcessPool:
            self.pool = ProcessPoolExecutor(1, get_context("spawn"))
            return None


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    """Return EPANET in a process of its own."""
    made = Apart()
    yield made
    made.pool.shutdown()


@examples(80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutated())
def test_a_slip_is_told_or_runs_as_epanet_runs_it(tmp_path, apart, text):
    truth = apart.epanet(text, tmp_path)
    try:
        got = opened(tmp_path, "w.inp", text, crs=Crs("EPSG:4326"))
    except SourceError:
        return
    # A link whose node is not there is told when the dataset is linked.
    nodes = {r[0] for t in ("junctions", "reservoirs", "tanks") for r in got.rows(t, "id")}
    links = [r for t in ("pipes", "pumps", "valves") for r in got.rows(t, "node1", "node2")]
    assume(all(end in nodes for ends in links for end in ends))
    unused = got.con.execute("FROM coverage WHERE kind = 'word'").fetchall()
    if truth is None:
        assert got.reports or unused
    elif not got.reports:
        # Of a pump that runs here, pressure may stop the flow there.
        assert all(on for name, on in runs(got).items() if truth.get(name) and name[0] == "P")
