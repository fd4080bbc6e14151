"""How the elements of a network are joined: an element to its nodes, with the switches there in series between the two."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from ldt_graph.sources.formats.pandapower.frames import key_of, report, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ldt_graph.sources.formats.pandapower.frames import Frame
    from ldt_graph.sources.formats.pandapower.kinds import Kind
    from ldt_graph.sources.reading import Reading

Element = tuple[str, str]
"""A table, and what it calls an element."""


class Joint(NamedTuple):
    """Two elements that conduct to each other, or one way, and the row that says so."""

    one: Element
    other: Element
    table: str
    row: int
    one_way: bool = False


class Terminals:
    """The joints of a network. A node or an element that is named and not there is reported by its row and column."""

    def __init__(self, reading: Reading, kind: Kind, frames: Mapping[str, Frame]) -> None:
        self.reading = reading
        self.kind = kind
        self.frames = frames
        self.at: dict[tuple[str, object, object], list[Element]] = {}
        self.nodes: dict[str, dict[object, tuple[object, ...]]] = {}

    def joints(self) -> list[Joint]:
        """Return them all: those between two nodes last."""
        couplers = list(self._switches())
        return [*self._elements(), *couplers]

    def _elements(self) -> Iterator[Joint]:
        for table, columns in self.kind.ends.items():
            if table in self.frames:
                yield from self._ends(self.frames[table], columns)

    def _ends(self, frame: Frame, columns: Sequence[str]) -> Iterator[Joint]:
        for column in columns:
            if column not in frame.columns:
                self._without(frame, column)
                continue
            for row, key, node in zip(frame.rows, frame.index, frame.column(column), strict=True):
                element = (frame.name, frame.ids[key])
                if self._is_there(frame.name, row, element[1], column, node, self.kind.node):
                    switches = self.at.get((frame.name, key, key_of(node)), [])
                    chain = [element, *switches, self._node(node)]
                    one_way = frame.name in self.kind.one_way
                    ordered = chain[::-1] if one_way and column == columns[0] else chain
                    for pair in itertools.pairwise(ordered):
                        yield Joint(*pair, frame.name, row, one_way)

    def _switches(self) -> Iterator[Joint]:
        """Note the switches at elements; return the joints of those between two nodes."""
        frame = self.frames.get(self.kind.switches.table)
        if frame is None or not frame.index:
            return
        if "from_junction" in frame.columns:  # as pandapipes wrote valves before 0.11
            yield from self._ends(frame, ("from_junction", "to_junction"))
            return
        for column in (self.kind.node, "element", "et"):
            if column not in frame.columns:
                self._without(frame, column)
                return
        columns = (frame.rows, frame.index, *map(frame.column, (self.kind.node, "element", "et")))
        for row, key, node, element, said in zip(*columns, strict=True):
            switch = (frame.name, frame.ids[key])
            if said == self.kind.switches.couples:
                for column, end in ((self.kind.node, node), ("element", element)):
                    if self._is_there(frame.name, row, switch[1], column, end, self.kind.node):
                        yield Joint(switch, self._node(end), frame.name, row)
            else:
                self._at_element(frame, row, switch, (node, element, said))

    def _at_element(
        self, frame: Frame, row: int, switch: Element, cells: tuple[object, object, object]
    ) -> None:
        node, element, said = cells
        table = self.kind.switches.at.get(said) if isinstance(said, str) else None
        if table is None:
            known = ", ".join((self.kind.switches.couples, *self.kind.switches.at))
            message = f"et is one of {known}; {switch[1]} switches nothing."
            report(
                self.reading, frame.name, row, "source:unknown-word", message,
                column="et", value=text_of(said),
            )  # fmt: skip
            return
        if not self._is_there(frame.name, row, switch[1], "element", element, table):
            return
        where = (table, key_of(element), key_of(node))
        ends = self._nodes(table)[where[1]]
        if where[2] in ends:
            self.at.setdefault(where, []).append(switch)
            return
        known = self.frames[self.kind.node].ids
        if any(end not in known for end in ends):
            return  # that end is told, and may be where it stands
        message = f"{switch[1]} stands at a {self.kind.node} where no end of its {table} is; it switches nothing."
        report(
            self.reading, frame.name, row, "source:dangling", message,
            column=self.kind.node, value=text_of(node),
        )  # fmt: skip

    def _nodes(self, table: str) -> dict[object, tuple[object, ...]]:
        """Return element → the nodes at its ends."""
        if table not in self.nodes:
            frame = self.frames[table]
            columns = ([*map(key_of, frame.column(c))] for c in self.kind.ends[table])
            ends = zip(*columns, strict=True)
            self.nodes[table] = dict(zip(frame.index, ends, strict=True))
        return self.nodes[table]

    def _node(self, node: object) -> Element:
        return self.kind.node, self.frames[self.kind.node].ids[key_of(node)]

    def _is_there(
        self, table: str, row: int, name: str, column: str, key: object, wanted: str
    ) -> bool:
        known = self.frames[wanted].ids if wanted in self.frames else {}
        if key_of(key) in known:
            return True
        said = f"the {wanted} {text_of(key)}, which the network lacks"
        said = f"no {wanted}" if key is None else said
        report(
            self.reading, table, row, "source:dangling",
            f"{name} names {said}; it is joined to nothing there.",
            column=column, value=text_of(key),
        )  # fmt: skip
        return False

    def _without(self, frame: Frame, column: str) -> None:
        if frame.index:
            message = f"{frame.name} has no column {column}: its {len(frame.index)} elements are joined to nothing there."
            report(self.reading, frame.name, None, "source:no-column", message, column=column)
