"""Cities that many tests look at: each is built once in a session, whichever worker asks first."""

from __future__ import annotations

import fcntl
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph.city import make_city
from ldt_graph.city.oberrhein import make_oberrhein
from ldt_graph.model import Anchor, Crs
from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.twin import load_twin

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
FOUR = ("demo", "micropolis", "in2", "oberrhein")
"""Cities that what is said of any city is tried on."""
BAD_ROWS = "B-BAD,many,ST-0001,J-00001,D-001,-30,45\nB-WORSE,2,NOWHERE,J-00001,D-001,-30,45\n"
GRID = """
name = "grid"
base = "https://example.org/grid/"

[[dataset]]
name = "power"
source = "power/power.json"
mapping = "pandapower"
crs = { unit = "metre" }
"""


class Cities:
    """Folders of built cities, shared by all workers of a session. Nobody writes to them: who must takes a `copy`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def demo(self, population: int = 20_000) -> Path:
        """Return the demo city's twin, built."""

        def make(folder: Path) -> None:
            make_city(folder, population=population)
            build(load_twin(folder))

        return self.once(f"demo-{population}", make)

    def faulty(self) -> Path:
        """Return the demo city with two rows that a build sets aside."""

        def make(folder: Path) -> None:
            shutil.copytree(self.demo(), folder)
            with (folder / "data" / "buildings.csv").open("a", encoding="utf-8") as file:
                file.write(BAD_ROWS)
            shutil.rmtree(folder / ".ldt")
            build(load_twin(folder))

        return self.once("faulty", make)

    def micropolis(self, data: Path) -> Record:
        """Return the record of the example city, whose data lie in a folder."""

        def make(folder: Path) -> None:
            twin = replace(load_twin(ROOT / "examples" / "micropolis"), record=str(folder))
            build(twin, data_root=data)

        return Record(str(self.once("micropolis", make)))

    def micropolis_on_earth(self, data: Path) -> Record:
        """Return the same with its plans laid somewhere on the earth, so that it has places."""

        def make(folder: Path) -> None:
            twin = load_twin(ROOT / "examples" / "micropolis")
            crs = Crs(unit="metre", anchor=Anchor(lon=-96.0, lat=30.0))
            placed = tuple(replace(d, crs=crs) for d in twin.datasets)
            build(replace(twin, record=str(folder), datasets=placed), data_root=data)

        return Record(str(self.once("micropolis-on-earth", make)))

    def in2(self, data: Path) -> Record:
        """Return the record of the smallest city of the same project, which has no buildings."""

        def make(folder: Path) -> None:
            twin = load_twin(ROOT / "examples" / "micropolis")
            there = tuple(d for d in twin.datasets if (data / d.source).exists())
            build(replace(twin, record=str(folder), datasets=there), data_root=data)

        return Record(str(self.once("in2", make)))

    def record(self, name: str, shared: Path) -> Record:
        """Return the record of one of the four cities, or of `demo-` of so many people."""
        kind, _, people = name.partition("-")
        if kind == "demo":
            return record_of(self.demo(int(people or 20_000)))
        if name == "oberrhein":
            return record_of(self.oberrhein())
        data = shared / "data" / f"infrarisk-{name}"
        return self.in2(data) if name == "in2" else self.micropolis(data)

    def oberrhein(self) -> Path:
        """Return the twin of networks that pandapower and wntr ship, built."""

        def make(folder: Path) -> None:
            make_oberrhein(folder)
            build(load_twin(folder))

        return self.once("oberrhein", make)

    def grid(self, name: str, data: Path) -> Path:
        """Return the twin of a published grid alone, which lies in a folder."""

        def make(folder: Path) -> None:
            (folder / "data" / "power").mkdir(parents=True)
            (folder / "twin.toml").write_text(GRID, encoding="utf-8")
            shutil.copy(data / name / "power" / "power.json", folder / "data" / "power")
            build(load_twin(folder))

        return self.once(f"grid-{name}", make)

    def copy(self, city: Path, to: Path, *, built: bool = True) -> Path:
        """Return a copy that its test may change; without its record where it is not wanted built."""
        ignored = shutil.ignore_patterns(*([] if built else [".ldt"]))
        return Path(shutil.copytree(city, to, ignore=ignored))

    def once(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return the folder of a name, made by the first who asks for it."""
        self.folder.mkdir(exist_ok=True)
        folder, done = self.folder / name, self.folder / f"{name}.done"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed half-way
                make(folder)
                done.touch()
        return folder


def record_of(twin: Path) -> Record:
    """Return a city's record."""
    return Record(load_twin(twin).record)
