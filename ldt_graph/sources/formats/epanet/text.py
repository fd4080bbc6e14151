"""The text of an EPANET 2 input file: sections, words, numbers and units (EPANET 2.2 user manual, appendix C.2)."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ldt_graph.epanet import FLOW, Units, flow_unit, hours, number, units_of
from ldt_graph.sources.reading import plain

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from ldt_graph.sources.reading import Cell, Reading

# EPANET tells its sections by their first four letters.
# fmt: off
_SECTIONS = {
    name[:4]: name
    for name in (
        "TITLE", "JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "CONTROLS", "RULES", "DEMANDS", "SOURCES",
        "EMITTERS", "PATTERNS", "CURVES", "QUALITY", "STATUS", "ROUGHNESS", "ENERGY", "REACTIONS", "MIXING", "REPORT",
        "TIMES", "OPTIONS", "COORDINATES", "VERTICES", "LABELS", "BACKDROP", "TAGS", "LEAKAGE",
    )
}
_UNUSED = {
    "TITLE": "a text about the file",
    "LABELS": "texts on EPANET's map", "BACKDROP": "a picture behind EPANET's map",
    **dict.fromkeys(("EMITTERS", "LEAKAGE"), "outflow that depends on pressure"),
    **dict.fromkeys(("SOURCES", "QUALITY", "REACTIONS", "MIXING"), "water quality"),
    **dict.fromkeys(("ENERGY", "ROUGHNESS", "REPORT"), "steers EPANET's own calculation"),
}
# What an option and a time begin with, as far as EPANET reads them.
_OPTIONS = (
    "UNITS", "PRES", "HEADL", "HEADERROR", "HYDR", "QUAL", "VISC", "DIFF", "SPEC", "TRIAL", "ACCU", "FLOWCHANGE", "UNBA",
    "PATT", "DEMA MULT", "DEMA MODE", "EMIT", "TOLER", "MAP", "VERI", "MINI", "REQ", "CHECKFREQ", "MAXCHECK", "DAMPLIMIT",
    "RQTOL", "SEGM",
)
_TIMES = (
    "STAT", "DURA", "HYDR TIME", "QUAL TIME", "MINI", "RULE TIME", "PATT TIME", "PATT START", "REPO TIME", "REPO START",
    "START CLOCKTIME",
)
# fmt: on
_WORD = re.compile(r'"([^"]*)"?|([^\s"]+)')
Least = Literal["any", "zero", "above zero"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a section: its number in the file and its words."""

    number: int
    words: list[str]

    def word(self, position: int) -> Cell:
        """Return a word, or None past the end."""
        return self.words[position] if position < len(self.words) else None

    def says(self, position: int, keyword: str) -> bool:
        """Whether a word is a keyword: EPANET compares as many letters as the keyword has, in any case."""
        return position < len(self.words) and self.words[position].upper().startswith(keyword)

    def begins(self, keywords: str) -> bool:
        """Whether its first words are these keywords."""
        return all(self.says(i, k) for i, k in enumerate(keywords.split()))

    @property
    def text(self) -> str:
        """Its words, a blank apart."""
        return " ".join(self.words)


class Input:
    """A file's lines by section, and what is to be said of them.

    Raises:
        SourceError: No sections, or flow units that EPANET does not know.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._times: dict[str, float] = {}
        self.sections = self._split(reading.lines())
        if not self.sections.keys() & {"JUNCTIONS", "RESERVOIRS", "TANKS"}:
            raise reading.error(
                "Not an EPANET file: it has no [JUNCTIONS], [RESERVOIRS] or [TANKS]."
            )
        self.units = self._units()
        self.multiplier = self._multiplier()
        self._account()

    def lines(self, section: str, least: int, most: int | None = None) -> list[Line]:
        """Return a section's lines, without those of fewer than `least` words; words past `most` are accounted for."""
        kept = []
        for line in self.sections.get(section, []):
            if len(line.words) < least:
                self.report(
                    line,
                    "source:row-too-short",
                    f"A line of [{section}] needs {least} words, this has {len(line.words)}; it was set aside.",
                    value=line.text,
                )
                continue
            kept.append(line)
            self.rest(section, line, most)
        return kept

    def rest(self, section: str, line: Line, most: int | None) -> None:
        """Account for the words of a line past the last one that EPANET knows."""
        more = len(line.words) - (most or len(line.words))
        if more > 0:
            name, why = f"[{section}] past word {most}", "EPANET's manual has no word there"
            self.reading.unused("word", name, why, row=line.number, count=more)

    # ── reports ──────────────────────────────────────────────────────────────────────────────────

    def report(
        self,
        line: Line,
        rule: str,
        message: str,
        *,
        column: str | None = None,
        value: Cell = None,
        warning: bool = False,
    ) -> None:
        """Report a line, or the cell of one."""
        severity = "warning" if warning else "violation"
        self.reading.report(
            rule, message, row=line.number, column=column, value=value, severity=severity
        )

    def unknown(
        self, line: Line, position: int, column: str, what: str, known: Sequence[str]
    ) -> None:
        """Report a word that EPANET does not know there, with the nearest one that it does."""
        word = line.words[position]
        near = difflib.get_close_matches(word.upper(), known, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        self.report(
            line, "source:unknown-word", f"{word!r} is no {what}.{hint}", column=column, value=word
        )

    def names(
        self, line: Line, position: int, what: str, known: Container[str], column: str | None = None
    ) -> bool:
        """Whether a word names a thing of the file; report it where it does not."""
        word = line.words[position]
        if word in known:
            return True
        message = f"The file has no {what} {word!r}."
        self.report(line, "source:unknown-id", message, column=column or what, value=word)
        return False

    def of_known(
        self, section: str, lines: list[Line], position: int, what: str, known: Container[str]
    ) -> list[Line]:
        """Return the lines that name a thing of the file; the others are one line of the report."""
        strange = [line for line in lines if line.words[position] not in known]
        if strange:
            message = f"Lines of [{section}] that name a {what} that the file lacks, and were set aside: {len(strange)}."
            value = strange[0].words[position]
            self.report(strange[0], "source:unknown-id", message, column=what, value=value)
        return [line for line in lines if line.words[position] in known] if strange else lines

    # ── numbers ──────────────────────────────────────────────────────────────────────────────────

    def number(
        self, line: Line, position: int, column: str, factor: float = 1.0, least: Least = "any"
    ) -> Cell:
        """Return a number in the twin's units, as written where they are the file's; report what is none, or too small."""
        text = line.word(position)
        if text is None:
            return None
        value = number(text)
        if value is None:
            self.report(
                line,
                "source:not-a-number",
                f"{text!r} is not a number.",
                column=column,
                value=text,
            )
        elif (least == "zero" and value < 0) or (least == "above zero" and value <= 0):
            bound = "is 0 or more" if least == "zero" else "is above 0"
            self.report(
                line,
                "source:out-of-range",
                f"{column} {bound}, not {text}.",
                column=column,
                value=text,
            )
        else:
            return written(value * factor) if factor != 1.0 or "e" in text.lower() else text
        return None

    # ── what holds for the whole file ────────────────────────────────────────────────────────────

    def _split(self, lines: Iterable[str]) -> dict[str, list[Line]]:
        sections: dict[str, list[Line]] = {}
        outside: list[Line] = []
        current = outside
        texts = list(lines)
        for number_, raw in enumerate(texts, start=1):
            text = raw.split(";", 1)[0].strip()
            if text.startswith("["):
                name = text.strip("[]").upper()
                if name.startswith("END"):
                    self._past_end(texts, number_)
                    break
                current = sections.setdefault(self._section(name, number_), [])
            elif text:
                current.append(Line(number_, words(text)))
        if outside and sections:
            message = f"{len(outside)} lines stand before the first section; they were set aside."
            self.report(outside[0], "source:outside-section", message, value=outside[0].text)
        return sections

    def _section(self, name: str, row: int) -> str:
        """Return the section that EPANET takes a heading for; told, if the rest of its letters are others."""
        full = _SECTIONS.get(name[:4], name)
        if not full.startswith(name):
            message = f"The heading {name!r} was read as [{full}]."
            self.reading.report(
                "source:unknown-section", message, row=row, value=name, severity="warning"
            )
        return full

    def _past_end(self, lines: Sequence[str], end: int) -> None:
        more = [n for n, text in enumerate(lines[end:], start=end + 1) if text.strip()]
        if more:
            why = "EPANET reads nothing after it"
            self.reading.unused("section", "[END]", why, row=more[0], count=len(more))

    def _account(self) -> None:
        for name, lines in self.sections.items():
            if not lines:
                continue
            if name in _UNUSED:
                self.reading.unused(
                    "section", f"[{name}]", _UNUSED[name], row=lines[0].number, count=len(lines)
                )
            elif name not in _SECTIONS.values():
                self.report(
                    lines[0],
                    "source:unknown-section",
                    f"EPANET has no section [{name}]; its {len(lines)} lines were left out.",
                    value=name,
                    warning=True,
                )
        self._steering("OPTIONS", _OPTIONS)
        self._steering("TIMES", _TIMES)

    def _steering(self, section: str, known: Sequence[str]) -> None:
        """Report the lines that steer EPANET's calculation with a word that it does not know."""
        for line in self.sections.get(section, []):
            if not any(line.begins(k) for k in known):
                self.unknown(line, 0, section.lower(), f"word of [{section}]", known)

    def last(self, section: str, keywords: str) -> Line | None:
        """Return the last line that begins so; those before it are replaced."""
        found = [line for line in self.sections.get(section, []) if line.begins(keywords)]
        for line in found[:-1]:
            self.replaced(section, line)
        return found[-1] if found else None

    def time(self, keywords: str, default: float) -> float:
        """Return a time of [TIMES] in hours; what is wrong with it is told once."""
        if keywords not in self._times:
            self._times[keywords] = self._time(keywords, default)
        return self._times[keywords]

    def _time(self, keywords: str, default: float) -> float:
        line = self.last("TIMES", keywords)
        if line is None:
            return default
        given = line.words[len(keywords.split()) :]
        time = hours(*given[:2]) if given else None
        if time is None:
            message = f"{' '.join(given)!r} is not a time; EPANET's default was taken."
            self.report(line, "source:not-a-time", message, column="time", value=" ".join(given))
        return default if time is None else time

    def replaced(self, section: str, line: Line) -> None:
        """Account for a line that a later one replaces."""
        self.reading.unused("entry", f"[{section}]", "a later line replaces it", row=line.number)

    def _units(self) -> Units:
        stated = self.last("OPTIONS", "UNITS")
        name = (stated.word(1) or "").upper() if stated else "GPM"
        found = flow_unit(name)
        if found is None:
            raise self.reading.error(
                f"The flow units {name!r} are not EPANET's.",
                row=stated.number if stated else None,
                hint=f"They are: {', '.join(FLOW)}.",
            )
        return units_of(found)

    def _multiplier(self) -> float:
        """Return what EPANET multiplies every demand with: the option, or MULTIPLY of [DEMANDS]."""
        value = 1.0
        for section, keywords in (("OPTIONS", "DEMA MULT"), ("DEMANDS", "MULT")):
            line = self.last(section, keywords)
            if line is not None:
                at = len(keywords.split())
                self.rest(section, line, at + 1)
                value = float(self.number(line, at, "multiplier", least="above zero") or value)
        return value


def words(text: str) -> list[str]:
    """Split a line into words; a text in double quotes is one."""
    return [quoted or bare for quoted, bare in _WORD.findall(text)] if '"' in text else text.split()


def written(value: float) -> str:
    """Write a converted number: twelve digits, which hide what the conversion adds behind them."""
    return plain(float(f"{value:.12g}")).removesuffix(".0")
