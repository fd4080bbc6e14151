"""What holds for a hydraulic model as a whole: its units, and the lines of [OPTIONS] and [TIMES] that it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ldt_graph.epanet import Units, flow_unit, hours, units_of
from ldt_graph.errors import QueryError
from ldt_graph.namespaces import LDT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.export.simulators.facts import Facts, Thing
    from ldt_graph.export.simulators.report import Report

_OWN = (
    *("OPTIONS UNITS", "OPTIONS PATT", "OPTIONS DEMA MULT"),
    *("TIMES PATT TIME", "TIMES PATT START", "TIMES START CLOCKTIME"),
)
"""Lines that the writer makes itself."""
_GONE = ("OPTIONS QUAL", "OPTIONS HYDR", "OPTIONS MAP", "OPTIONS VERI")
"""Lines about what the twin does not hold: water quality, files of other programs."""
_DEFAULT = ("OPTIONS HEADLOSS H-W", "TIMES DURATION 24:00", "TIMES HYDRAULIC TIMESTEP 1:00")


@dataclass(frozen=True, slots=True)
class Settings:
    """Of a model.

    Attributes:
        clock: The hour of the day at which it starts.
        formula: H-W, D-W or C-M.
    """

    unit: str
    units: Units
    options: Sequence[str]
    times: Sequence[str]
    clock: float
    formula: str


def settings_of(facts: Facts, report: Report) -> Settings:
    """Return the settings of the model that the network's datasets describe; defaults, told, where none does.

    Raises:
        QueryError: Two models in different units, of whose settings and rules one file can't hold both.
    """
    used = {t.dataset for t in facts.things.values() if LDT.WaterNetwork not in t.classes}
    models = [
        t for t in facts.things.values() if LDT.WaterNetwork in t.classes and t.dataset in used
    ]
    if not models:
        first = next(iter(facts.things))
        for line in ("OPTIONS UNITS CMH", *_DEFAULT):
            report.add("assumed", "settings", first, value=line, why="no model states its own")
        return _settings([[*line.split()] for line in _DEFAULT], "CMH", report, first)
    _agree(models)
    model, *others = models
    for other in others:
        why = f"those of {model.dataset} hold"
        report.add("left out", "settings of another model", other.iri, why=why)
    lines = [text.split() for text in model.said.get(LDT.calculationSetting, ())]
    return _settings(lines, _unit(model), report, model.iri)


def _agree(models: Sequence[Thing]) -> None:
    units = {_unit(model): model.dataset for model in models}
    if len(units) > 1:
        told = ", ".join(f"{dataset} ({unit})" for unit, dataset in sorted(units.items()))
        raise QueryError(
            f"An EPANET file has one kind of units, and the twin's models have several: {told}.",
            hint="Write one at a time with --dataset.",
        )


def _unit(model: Thing) -> str:
    stated = [t.split() for t in model.said.get(LDT.calculationSetting, ())]
    words = [w[2] for w in stated if len(w) > 2 and _begins(w, "OPTIONS UNITS")]
    return (flow_unit(words[-1]) if words else None) or "CMH"


def _settings(lines: list[list[str]], unit: str, report: Report, first: str) -> Settings:
    kept: dict[str, list[str]] = {"OPTIONS": [], "TIMES": []}
    clock, formula = 0.0, "H-W"
    for words in lines:
        if _begins(words, "TIMES START CLOCKTIME"):
            clock = (hours(*words[3:5]) if len(words) > 3 else None) or 0.0
        if _begins(words, "OPTIONS HEADL") and len(words) > 2:
            formula = words[2].upper()
        if any(_begins(words, gone) for gone in _GONE):
            line = " ".join(words)
            why = "the twin holds nothing of it"
            if words[2:3] != ["NONE"]:
                report.add("left out", "setting", first, value=line, why=why)
        elif not any(_begins(words, own) for own in _OWN):
            kept.setdefault(words[0], []).append(" ".join(words[1:]))
    return Settings(unit, units_of(unit), kept["OPTIONS"], kept["TIMES"], clock % 24, formula)


def _begins(words: Sequence[str], keywords: str) -> bool:
    wanted = keywords.split()
    return len(words) >= len(wanted) and all(
        word.upper().startswith(key) for word, key in zip(words, wanted, strict=False)
    )
