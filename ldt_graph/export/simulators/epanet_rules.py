"""What starts and stops links, in EPANET's words: [CONTROLS] and [RULES] of the texts that links keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ldt_graph.export.simulators.facts import Thing
    from ldt_graph.export.simulators.report import Report

_LINK = ("LINK", "PIPE", "PUMP", "VALVE")
_NODE = ("NODE", "JUNC", "RESERV", "TANK")
_CLAUSES = ("IF", "AND", "OR")
_ACTIONS = ("THEN", "ELSE")
Names = "Mapping[tuple[str, str], str]"
"""(Dataset, what its source calls a thing) → what the file calls it."""


@dataclass(slots=True)
class _Rule:
    """A rule whose actions come one by one."""

    head: str
    premises: list[str]
    priority: str
    actions: dict[str, list[str]] = field(default_factory=lambda: {a: [] for a in _ACTIONS})

    def lines(self) -> list[str]:
        found = [self.head, *self.premises]
        for word, acts in self.actions.items():
            found += [f"{word if n == 0 else 'AND'} {act}" for n, act in enumerate(acts)]
        return [*found, *([self.priority] if self.priority else []), ""]


class Rules:
    """The controls and rules of the links of a network.

    Args:
        nodes: What each dataset calls its nodes → what the file does.
        links: The same of links.
        report: Takes what is in no words of EPANET's, or names a thing that is not in the file.
    """

    def __init__(
        self,
        nodes: Mapping[tuple[str, str], str],
        links: Mapping[tuple[str, str], str],
        report: Report,
    ) -> None:
        self.nodes = nodes
        self.links = links
        self.report = report
        self.controls: list[str] = []
        self.acting: set[str] = set()
        self._rules: dict[tuple[str, str], _Rule] = {}

    def read(self, said: Iterable[tuple[Thing, str]]) -> None:
        """Take texts in the order of their sources."""
        for thing, text in said:
            try:
                self._read(thing, text)
            except (KeyError, IndexError) as error:
                why = "the file has not all that it names" if isinstance(error, KeyError) else ""
                why = why or "it is not in EPANET's words"
                self.report.add("left out", "control or rule", thing.iri, value=text, why=why)

    @property
    def rules(self) -> list[str]:
        """The lines of [RULES]."""
        heads: set[str] = set()
        found = []
        for rule in self._rules.values():
            while rule.head in heads:
                rule.head += "~"
            heads.add(rule.head)
            found += rule.lines()
        return found

    def _read(self, thing: Thing, text: str) -> None:
        words = text.split()
        if words[:1] == ["PATTERN"]:
            return
        if words[0].upper() == "RULE":
            self._rule(thing, text)
        elif words[0].upper().startswith(_LINK) and words[3].upper() in ("IF", "AT"):
            self._control(thing, words)
        else:
            raise IndexError
        self.acting.add(thing.iri)

    def _control(self, thing: Thing, words: list[str]) -> None:
        words[1] = self.links[thing.dataset, words[1]]
        if words[3].upper() == "IF":
            words[5] = self.nodes[thing.dataset, words[5]]
        line = " ".join(words)
        if line not in self.controls:
            self.controls.append(line)

    def _rule(self, thing: Thing, text: str) -> None:
        head, _, rest = text.partition(": ")
        clauses = _clauses(rest.split())
        premises = [self._named(thing.dataset, c) for c in clauses if c[0].upper() in _CLAUSES]
        actions = [self._named(thing.dataset, c) for c in clauses if c[0].upper() in _ACTIONS]
        priority = next((" ".join(c) for c in clauses if c[0].upper() == "PRIORITY"), "")
        word, _, action = actions[0].partition(" ")
        key = (thing.dataset, f"{head} {' '.join(premises)} {priority}")
        rule = self._rules.setdefault(key, _Rule(head, premises, priority))
        acts = rule.actions[word.upper()]
        if action not in acts:
            acts.append(action)

    def _named(self, dataset: str, clause: list[str]) -> str:
        """Return a clause with the file's name for what it is about."""
        kind = clause[1].upper()
        if kind.startswith(_LINK):
            clause = [*clause[:2], self.links[dataset, clause[2]], *clause[3:]]
        elif kind.startswith(_NODE):
            clause = [*clause[:2], self.nodes[dataset, clause[2]], *clause[3:]]
        return " ".join(clause)


def _clauses(words: list[str]) -> list[list[str]]:
    """Split a rule at the words that begin a clause; an object's own name, third in its clause, begins none."""
    found: list[list[str]] = []
    for word in words:
        starts = word.upper() in (*_CLAUSES, *_ACTIONS, "PRIORITY")
        if starts and not (found and len(found[-1]) == 2 and found[-1][1].upper() != "SYSTEM"):
            found.append([])
        found[-1].append(word)
    return found
