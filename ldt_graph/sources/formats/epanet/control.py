"""What runs in an EPANET file, and what can start or stop it (EPANET 2.2 user manual, appendix C.2).

A link's state is its own line's, then what [STATUS], the pattern of a pump's speed and the [CONTROLS] that hold
at the start make of it, in the order in which EPANET applies them. [RULES] are first asked after the start.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ldt_graph.sources.formats.epanet.text import hours, number

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from ldt_graph.sources.formats.epanet.links import Link, Value
    from ldt_graph.sources.formats.epanet.series import Pattern
    from ldt_graph.sources.formats.epanet.text import Input, Line
    from ldt_graph.sources.reading import Cell

_OBJECTS = ("NODE", "JUNC", "RESERV", "TANK", "LINK", "PIPE", "PUMP", "VALVE")
_ATTRIBUTES = (
    *("DEMA", "HEAD", "GRADE", "LEVEL", "PRES", "FLOW", "STATUS", "SETT", "POWE"),
    *("TIME", "CLOCKTIME", "FILLTIME", "DRAINTIME"),
)
_STATES = ("OPEN", "CLOSED", "ACTIVE")
_RELATIONS = ("=", "<", ">", "IS", "NOT", "BELOW", "ABOVE")
# Clauses of a rule, and after which others they stand.
_BEFORE = {"IF": ("RULE",), "THEN": ("IF",), "ELSE": ("THEN",), "PRIO": ("THEN", "ELSE")}
_MORE = {"AND": ("IF", "THEN", "ELSE"), "OR": ("IF",)}


@dataclass(frozen=True, slots=True)
class Action:
    """What a control, a rule or a pattern does to a link: `text` says it, at line `row`."""

    link: str
    effect: Literal["start", "stop"]
    kind: Literal["control", "rule", "pattern"]
    text: str
    row: int


@dataclass
class Control:
    """The links of a file as they are at its start, and all that acts on them."""

    file: Input
    links: dict[str, Link]
    nodes: Container[str]
    levels: Mapping[str, Cell]
    patterns: Mapping[str, Pattern]
    actions: list[Action] = field(default_factory=list)

    def apply(self) -> None:
        """Apply all in EPANET's order."""
        self._status()
        self._speed_patterns()
        self._controls()
        for rule in self._grouped():
            self._rule(rule)

    def state(self) -> dict[str, tuple[Cell, Cell]]:
        """Return link → (`stand-by` or `controlled`, the line that says so): what is off and can be started, or on and can be stopped."""
        found: dict[str, tuple[Cell, Cell]] = {}
        for act in self.actions:
            on = self.links[act.link].on
            if act.link not in found and on is not None and on == (act.effect == "stop"):
                found[act.link] = ("controlled" if on else "stand-by", str(act.row))
        return found

    def _act(self, name: str, value: Value, kind: str, text: str, row: int) -> None:
        effect = "stop" if self.links[name].set(value).on is False else "start"
        self.actions.append(Action(name, effect, kind, text, row))  # ty: ignore[invalid-argument-type]

    # ── [STATUS] ─────────────────────────────────────────────────────────────────────────────────

    def _status(self) -> None:
        said: dict[str, Line] = {}
        for line in self.file.lines("STATUS", 2, 3):
            at = min(len(line.words), 3) - 1
            value = self._value(line, at)
            if value is None:
                continue
            names = [line.words[0]] if at == 1 else self._between(line)
            for name in names:
                if self._settable(line, 0, name, value, told=at == 1):
                    self.links[name] = self.links[name].set(value)
                    if name in said:
                        self.file.replaced("STATUS", said[name])
                    said[name] = line

    def _between(self, line: Line) -> list[str]:
        """Return the links from one name to another: by number where both begin with one, else by letters."""
        first, last = line.words[:2]
        low, high = _whole(first), _whole(last)
        if low > 0 and high > 0:
            found = [name for name in self.links if low <= _whole(name) <= high]
        else:
            found = [name for name in self.links if first <= name <= last]
        if not found:
            message = f"No link lies between {first} and {last}; the line was set aside."
            self.file.report(
                line, "source:unknown-id", message, column="link", value=f"{first} {last}"
            )
        return found

    def _value(self, line: Line, position: int, *more: str) -> Value | None:
        """Return what a word sets a link to, or None where it is reported."""
        text = line.words[position]
        for word in ("OPEN", "CLOSED", *more):
            if line.says(position, word):
                return word
        if number(text) is None:
            known = ("OPEN", "CLOSED", *more)
            self.file.unknown(line, position, "status", "status or setting", known)
            return None
        value = self.file.number(line, position, "status", least="zero")
        return None if value is None else float(value)

    def _settable(
        self, line: Line, position: int, name: str, value: Value, *, told: bool = True
    ) -> bool:
        """Whether EPANET sets this link to this value; it says why not, if it is `told`."""
        if not self.file.names(line, position, "link", self.links):
            return False
        link = self.links[name]
        initial = position == 0
        number_ = isinstance(value, float)
        if link.kind == "check valve":
            why = f"{name} is a pipe with a check valve, which nothing else opens or closes"
        elif number_ and link.kind == "GPV":
            why = f"{name} is a valve by its curve, which takes OPEN or CLOSED alone"
        elif number_ and link.kind == "pipe" and initial:
            why = f"{name} is a pipe, which a number in [STATUS] does not open or close in EPANET"
        else:
            return True
        if told:
            text = line.words[-1] if initial else str(value)
            self.file.report(
                line,
                "source:not-settable",
                f"{why}; it was set aside.",
                column="status",
                value=text,
            )
        return False

    # ── patterns of speed ────────────────────────────────────────────────────────────────────────

    def _speed_patterns(self) -> None:
        step, start = self.file.time("PATT TIME", 1.0), self.file.time("PATT START", 0.0)
        period = int(start / step + 1e-9) if step else 0
        for name, link in list(self.links.items()):
            if link.pattern is None:
                continue
            line, factors = self.patterns[link.pattern]
            self.links[name] = link.set(factors[period % len(factors)])
            for speed in sorted({float(f != 0) for f in factors}):
                self._act(
                    name, speed, "pattern", f"PATTERN {link.pattern} of its speed", line.number
                )

    # ── [CONTROLS] ───────────────────────────────────────────────────────────────────────────────

    def _controls(self) -> None:
        clock = self.file.time("START CLOCKTIME", 0.0) % 24
        for line in self.file.lines("CONTROLS", 6, 8):
            value = self._value(line, 2)
            name = line.words[1]
            if value is None or not self._settable(line, 1, name, value):
                continue
            holds = self._holds(line, clock)
            if holds is None:
                continue
            self._act(name, value, "control", line.text, line.number)
            if holds:
                self.links[name] = self.links[name].set(value)

    def _holds(self, line: Line, clock: float) -> bool | None:
        """Whether a control's condition holds at the start, as far as the file tells; None where it is reported."""
        for keyword, start in (("TIME", 0.0), ("CLOCKTIME", clock)):
            if line.says(4, keyword):
                time = hours(*line.words[5:7])
                if time is None:
                    message = (
                        f"{' '.join(line.words[5:7])!r} is not a time; the control was set aside."
                    )
                    self.file.report(
                        line, "source:not-a-time", message, column="time", value=line.words[5]
                    )
                    return None
                return math.isclose(time % 24 if keyword == "CLOCKTIME" else time, start)
        return self._level_holds(line)

    def _level_holds(self, line: Line) -> bool | None:
        if len(line.words) < 8:
            message = (
                f"A control by a node needs 8 words, this has {len(line.words)}; it was set aside."
            )
            self.file.report(line, "source:row-too-short", message, value=line.text)
            return None
        node, above = line.words[5], line.says(6, "ABOVE")
        if not self.file.names(line, 5, "node", self.nodes):
            return None
        if not above and not line.says(6, "BELOW"):
            self.file.unknown(line, 6, "condition", "condition", ("ABOVE", "BELOW"))
            return None
        bound = self.file.number(line, 7, "level", self.file.units.length)
        if bound is None:
            return None
        level = self.levels.get(node)  # of a tank; the pressure at a junction no file tells
        if level is None:
            return False
        return float(level) >= float(bound) if above else float(level) <= float(bound)

    # ── [RULES] ──────────────────────────────────────────────────────────────────────────────────

    def _grouped(self) -> Iterator[list[Line]]:
        group: list[Line] = []
        for line in self.file.lines("RULES", 2):
            if line.says(0, "RULE"):
                yield group
                group = [line]
            elif group:
                group.append(line)
            else:
                message = "The line belongs to no RULE; it was set aside."
                self.file.report(line, "source:outside-rule", message, value=line.text)
        yield group

    def _rule(self, lines: list[Line]) -> None:
        """Keep what a rule does, if EPANET would take all of its lines."""
        clauses = self._clauses(lines[1:]) if lines else None
        if not clauses:
            return
        self.file.rest("RULES", lines[0], 2)
        premises = [line for part, line in clauses if part == "IF"]
        acts = [(p, line, self._action(line)) for p, line in clauses if p in ("THEN", "ELSE")]
        sound = [self._premise(line) for line in premises]
        if not premises or not acts:
            message = f"{lines[0].text} lacks an IF or a THEN; it was set aside."
            self.file.report(lines[0], "source:bad-rule", message, value=lines[0].text)
        elif all(sound) and all(value is not None for _, _, value in acts):
            condition = " ".join(line.text for line in premises)
            ranked = [f" {line.text}" for part, line in clauses if part == "PRIO"]
            for part, line, value in acts:
                action = f"{part} {' '.join(line.words[1:])}"
                text = f"{lines[0].text}: {condition} {action}{''.join(ranked)}"
                self._act(line.words[2], value or 0.0, "rule", text, line.number)

    def _clauses(self, lines: list[Line]) -> list[tuple[str, Line]]:
        """Return each line and whether it belongs to IF, THEN or ELSE; nothing where one is out of place."""
        found: list[tuple[str, Line]] = []
        part = "RULE"
        for line in lines:
            word = next((w for w in (*_BEFORE, *_MORE) if line.says(0, w)), None)
            if word is None:
                known = ("IF", "THEN", "ELSE", "PRIORITY", "AND", "OR")
                self.file.unknown(line, 0, "rule", "clause of a rule", known)
                return []
            if part not in _MORE.get(word, _BEFORE.get(word, ())):
                message = f"{line.words[0]} is out of place here; its rule was set aside."
                self.file.report(line, "source:bad-rule", message, value=line.text)
                return []
            if word == "PRIO":
                self.file.number(line, 1, "priority")
            part = part if word in _MORE else word
            found.append((part, line))
        return found

    def _premise(self, line: Line) -> bool:
        system = line.says(1, "SYST")
        at = 2 if system else 3
        if len(line.words) < at + 3:
            message = f"A premise needs {at + 3} words, this has {len(line.words)}; its rule was set aside."
            self.file.report(line, "source:row-too-short", message, value=line.text)
            return False
        if not system and not self._names(line):
            return False
        for position, column, known in (
            (at, "attribute", _ATTRIBUTES),
            (at + 1, "relation", _RELATIONS),
        ):
            if not any(line.says(position, k) for k in known):
                self.file.unknown(line, position, column, f"{column} of a rule", known)
                return False
        return self._is_value(line, at + 2)

    def _is_value(self, line: Line, position: int) -> bool:
        """Whether a premise compares with a status, a number or a time; the last may have a unit or AM and PM."""
        self.file.rest("RULES", line, position + 2)
        given = line.words[position : position + 2]
        if hours(*given) is not None or any(line.says(position, s) for s in _STATES):
            return True
        self.file.unknown(line, position, "value", "value of a rule", _STATES)
        return False

    def _names(self, line: Line) -> bool:
        """Whether an object of a rule is one, and of the file."""
        kind = next((i for i, k in enumerate(_OBJECTS) if line.says(1, k)), None)
        if kind is None:
            self.file.unknown(line, 1, "object", "object of a rule", (*_OBJECTS, "SYSTEM"))
            return False
        what, known = ("node", self.nodes) if kind < 4 else ("link", self.links)
        return self.file.names(line, 2, what, known)

    def _action(self, line: Line) -> Value | None:
        if len(line.words) < 6:
            message = (
                f"An action needs 6 words, this has {len(line.words)}; its rule was set aside."
            )
            self.file.report(line, "source:row-too-short", message, value=line.text)
            return None
        self.file.rest("RULES", line, 6)
        for position, column, known in (
            (1, "object", _OBJECTS[4:]),
            (3, "attribute", ("STATUS", "SETT")),
            (4, "relation", ("IS", "=")),
        ):
            if not any(line.says(position, k) for k in known):
                self.file.unknown(line, position, column, f"{column} of an action", known)
                return None
        value = self._value(line, 5, "ACTIVE")
        settable = value is not None and self._settable(line, 2, line.words[2], value)
        return value if settable else None


def _whole(name: str) -> int:
    """Return the number that a name begins with, or 0, as C's atol does."""
    digits = name[: len(name) - len(name.lstrip("0123456789"))]
    return int(digits or 0)
