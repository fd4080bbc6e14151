"""Builds of a good twin and of the same with faults in it, and what each says."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from ldt_graph.pipeline import build
from ldt_graph.record import Record
from ldt_graph.twin import load_twin
from tests.cells.fault import Fault, Told, missed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ldt_graph.model import Violation


# What a thing elsewhere lacks because a fault took it away is a warning at that thing, where the row with the fault does not say
# that it is about that thing: who mends the one can't know of the other, and an answer about either is wrong meanwhile.
CONSEQUENCES = {
    "ldt:TransitLineOverlay-servesStop": "a trip or a stop time without its name: only the line knows that it had one",
    "ldt:PumpPowerOverlay-power": "a row that names another pump, or no longer is a row",
    "ldt:StationSupplyOverlay-supply": "a feeder that names another station",
}
# A line that stands in the good twin too, with a count and a first cell of what is left.
COUNTED = ("people:stated-twice",)


class Bench:
    """A good twin, built, whose files are changed and set back."""

    def __init__(self, folder: Path, data: Path | None = None) -> None:
        self.folder, self.data = folder, data or folder / "data"
        self.twin = load_twin(folder)
        self.good = self._build()

    def _build(self) -> dict[Told, Violation]:
        build(self.twin, data_root=self.data)
        record = Record(self.twin.record)
        found = record.violations(record.version())
        return {(v.source, v.row, v.column, v.line, v.rule, v.value, v.message): v for v in found}

    def told(self, faults: Sequence[Fault]) -> list[Told]:
        """Return the lines that a build with these faults has, and a build without them has not."""
        kept: dict[Path, bytes] = {}
        try:
            for fault in faults:
                path = self.data / fault.file
                kept.setdefault(path, path.read_bytes())
                path.write_bytes(fault.edit(path.read_bytes()))
            counted = {(v.dataset, v.rule) for v in self.good.values() if v.rule in COUNTED}
            told = {t: v for t, v in self._build().items() if t not in self.good}
            return [
                t
                for t, v in told.items()
                if t[4] not in CONSEQUENCES and (v.dataset, v.rule) not in counted
            ]
        finally:
            for path, data in kept.items():
                path.write_bytes(data)

    def misses(self, faults: Sequence[Fault]) -> dict[str, str]:
        """Return what is wrong, by fault: lines nearest to a fault are its own, each must be one at its cell."""
        lines = self.told(faults)
        own: dict[str, list[Told]] = {f.name: [] for f in faults}
        stray: list[Told] = []
        for line in lines:
            near = next((f for f in faults if not missed(f, [line])), None) or next(
                (f for f in faults if (f.source, f.row) == line[:2]), None
            )
            own[near.name].append(line) if near else stray.append(line)
        found = {f.name: why for f in faults if (why := missed(f, own[f.name]))}
        if stray and len(faults) == 1:
            found[faults[0].name] = f"{found.get(faults[0].name, '')} elsewhere: {stray}"
        elif stray:
            found["elsewhere"] = f"{stray} by {[f.name for f in faults]}"
        return found


def copied(folder: Path, to: Path) -> Path:
    """Copy a twin or its data, without its record."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns(".ldt"))
    return to
