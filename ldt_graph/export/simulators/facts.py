"""The networks of one commodity, as a version says it: things, how they are joined, what they need."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ldt_graph.model import columns_table, run
from ldt_graph.namespaces import AS_WKT, IDENTIFIER, LDT, NAME
from ldt_graph.states import States
from ldt_graph.wkt import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

    from ldt_graph.ontology import Ontology

_SQL = Path(__file__).with_name("facts.sql").read_text(encoding="utf-8")
_STATES = (LDT.controlState, LDT.autonomyHours)
_NAMES = (IDENTIFIER, NAME, AS_WKT, LDT.planGeometry)


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of a network.

    Attributes:
        classes: Its classes and all above them.
        kind: Local name of its most specific class.
        said: Attribute → its values, in the order of their rows.
        source: The file that says what it is, and `row` where.
        on: Whether it conducts: it is in service, no open switch, and nothing else says that it is off.
    """

    iri: str
    classes: frozenset[str]
    kind: str
    dataset: str
    source: str | None
    row: int | None
    said: Mapping[str, Sequence[str]]
    on: bool

    def text(self, attribute: str) -> str | None:
        """Return the first value of an attribute."""
        return next(iter(self.said.get(attribute, ())), None)

    def number(self, attribute: str) -> float | None:
        """Return the first value of an attribute that is a number."""
        texts = self.said.get(attribute, ())
        return next((v for v in map(number, map(_Text, texts)) if v is not None), None)

    @property
    def identifier(self) -> str:
        """What its source calls it, else the end of its IRI."""
        return self.text(IDENTIFIER) or self.iri.rstrip("/").rpartition("/")[2]

    @property
    def idle(self) -> bool:
        """Whether it stands by: off, and able to start."""
        return any(v.strip().lower() == "stand-by" for v in self.said.get(LDT.controlState, ()))


class _Text(str):
    """A text that `wkt.number` takes for one of JSON's that keeps its text."""

    __slots__ = ()


class Joint(NamedTuple):
    """Two things that conduct to each other, or from the first to the second alone."""

    one: str
    other: str
    one_way: bool


class Need(NamedTuple):
    """That one thing needs another: by a relation, or as a member of a group of which `required` must work."""

    dependent: str
    relation: str
    supplier: str
    group: str | None = None
    required: int | None = None
    source: str | None = None
    row: int | None = None


@dataclass(frozen=True, eq=False)
class Facts:
    """The networks of one commodity, in IRI order."""

    ontology: Ontology
    commodity: str
    things: dict[str, Thing]
    joints: list[Joint]
    needs: list[Need] = field(default_factory=list)

    @cached_property
    def joined(self) -> dict[str, list[Joint]]:
        """IRI → the joints at it."""
        found: dict[str, list[Joint]] = {iri: [] for iri in self.things}
        for joint in self.joints:
            found[joint.one].append(joint)
            found[joint.other].append(joint)
        return found

    def is_source(self, thing: Thing) -> bool:
        """Whether it supplies this commodity without being supplied: it says so, or its class does."""
        if LDT.Source not in thing.classes:
            return False
        stated = thing.said.get(LDT.suppliesCommodity, ())
        known = {c for cls in thing.classes if (c := self.ontology.supplies(cls))}
        named = set(stated) | known
        return not named or self.commodity in named

    def draws(self, thing: Thing) -> float | None:
        """Return what it takes of this commodity an hour, where its class says by which attribute."""
        for cls, attribute in self.ontology.amounts(LDT.draws):
            if cls in thing.classes and self.ontology.commodity_of(attribute) == self.commodity:
                return thing.number(attribute)
        return None


class Source(NamedTuple):
    """Where a network is read from.

    Attributes:
        con: Holds `statements`.
        ontology: What they mean.
        datasets: Only things that these describe; all, if there are none.
    """

    con: duckdb.DuckDBPyConnection
    ontology: Ontology
    datasets: Sequence[str] = ()


def read_facts(
    source: Source,
    commodity: str,
    *,
    domain: str,
    attributes: Iterable[str],
    classes: Iterable[str] = (),
) -> Facts:
    """Read the networks of a commodity from `statements`; linear in them.

    Joints whose relation names no commodity count between things of its domain.

    Args:
        source: Where from.
        commodity: Its IRI.
        domain: What the ontology calls the domain of its assets.
        attributes: Those that are asked for; all below one count as it.
        classes: Things of these are read though nothing joins them.
    """
    con, ontology, datasets = source
    states = States(ontology)
    asked = {*attributes, *states.attributes, *_STATES, *_NAMES, LDT.suppliesCommodity}
    _prepare(con, ontology, commodity, asked, classes, datasets)
    things = _things(con, ontology, states)
    joints = [
        Joint(*row)
        for row in con.execute("SELECT * FROM joint ORDER BY ALL").fetchall()
        if row[0] in things and row[1] in things
    ]
    own = _of_commodity(con, ontology, joints, things, domain)
    used = {iri for joint in own for iri in joint[:2]}
    lone = {c for cls in classes for c in ontology.subclasses(cls)}
    kept = {i: t for i, t in things.items() if i in used or t.classes & lone}
    return Facts(ontology, commodity, kept, own, _needs(con, ontology, kept))


def _prepare(
    con: duckdb.DuckDBPyConnection,
    ontology: Ontology,
    commodity: str,
    attributes: Iterable[str],
    classes: Iterable[str],
    datasets: Sequence[str],
) -> None:
    wanted = [(p, a) for a in sorted(attributes) for p in sorted(ontology.subproperties(a))]
    both, one_way = (ontology.subproperties(r) for r in (LDT.connectedTo, LDT.conductsTo))
    joining = [
        (p, p in one_way)
        for p in sorted(both | one_way)
        if ontology.commodity_of(p) in (None, commodity)
    ]
    needing = sorted(
        ontology.subproperties(LDT.directlyDependsOn) | ontology.subproperties(LDT.hasRequirement)
    )
    element = sorted({c for cls in classes for c in ontology.subclasses(cls)})
    tables = {
        "wanted": {"predicate": [p for p, _ in wanted], "attribute": [a for _, a in wanted]},
        "joining": {"predicate": [p for p, _ in joining], "one_way": [o for _, o in joining]},
        "needing": {"predicate": needing},
        "membering": {"predicate": sorted(ontology.subproperties(LDT.hasMember))},
        "element": {"class": element},
        "asked": {"dataset": list(datasets)},
    }
    for name, columns in tables.items():
        types = {c: "BOOLEAN" if c == "one_way" else "VARCHAR" for c in columns}
        with columns_table(con, columns, types) as held:
            con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM {held}")
    run(con, _SQL)


def _things(con: duckdb.DuckDBPyConnection, ontology: Ontology, states: States) -> dict[str, Thing]:
    said: dict[str, dict[str, list[str]]] = {}
    rows = con.execute(
        "SELECT subject, attribute, object FROM statements JOIN wanted USING (predicate) "
        "WHERE subject IN (SELECT iri FROM thing) GROUP BY ALL ORDER BY subject, attribute, min(row), object"
    )
    while batch := rows.fetchmany(50_000):
        for subject, attribute, value in batch:
            said.setdefault(subject, {}).setdefault(attribute, []).append(value)
    found = {}
    for iri, classes, dataset, source, row in con.execute("FROM thing ORDER BY iri").fetchall():
        every = frozenset(c for cls in classes for c in ontology.superclasses(cls))
        deepest = max(classes, key=lambda c: (len(ontology.superclasses(c)), c))
        kind, of = ontology.name_of(deepest), said.get(iri, {})
        found[iri] = Thing(iri, every, kind, dataset, source, row, of, not states.off(every, of))
    return found


def _of_commodity(
    con: duckdb.DuckDBPyConnection,
    ontology: Ontology,
    joints: list[Joint],
    things: Mapping[str, Thing],
    domain: str,
) -> list[Joint]:
    """Keep the joints of the commodity, each pair once; those of no commodity only within the domain."""
    named = [p for (p,) in con.execute("SELECT predicate FROM joining").fetchall()]
    named = [p for p in named if ontology.commodity_of(p)]
    stated = set(
        con.execute(
            "SELECT DISTINCT subject, object FROM statements WHERE predicate IN (SELECT unnest(?::VARCHAR[]))",
            [named],
        ).fetchall()
    )
    kept: dict[frozenset[str], Joint] = {}
    for joint in joints:
        ends = (joint.one, joint.other)
        if ends not in stated and not all(
            domain in {ontology.domain_of(c) for c in things[e].classes} for e in ends
        ):
            continue
        pair = frozenset(ends)
        before = kept.get(pair)
        both = before is not None and (before.one != joint.one or not before.one_way)
        kept[pair] = Joint(*sorted(ends), False) if both else joint
    return sorted(kept.values())


def _needs(
    con: duckdb.DuckDBPyConnection, ontology: Ontology, things: Mapping[str, Thing]
) -> list[Need]:
    """Return what the things need, and what needs them; a member of a group counts in its group alone."""
    members, required = _groups(con, ontology)
    has_requirement = ontology.subproperties(LDT.hasRequirement)
    rows = con.execute("FROM need ORDER BY ALL").fetchall()
    alone = {
        (s, o): (ontology.name_of(p), src, row)
        for s, p, o, src, row in rows
        if p not in has_requirement
    }
    found: list[Need] = []
    for subject, predicate, group, source, row in rows:
        if predicate not in has_requirement:
            continue
        listed = members.get(group, [])
        k = required.get(group, len(listed))
        for member in listed:
            relation, at, line = alone.pop(
                (subject, member), (ontology.name_of(predicate), source, row)
            )
            found.append(Need(subject, relation, member, group, k, at, line))
    found += [
        Need(s, relation, o, None, None, at, line) for (s, o), (relation, at, line) in alone.items()
    ]
    return sorted(
        (n for n in found if n.dependent in things or n.supplier in things),
        key=lambda n: (n.dependent, n.group or "", n.supplier),
    )


def _groups(
    con: duckdb.DuckDBPyConnection, ontology: Ontology
) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Return group → its members, and how many must work."""
    said = "SELECT DISTINCT subject, object FROM statements WHERE predicate IN (SELECT unnest(?::VARCHAR[])) ORDER BY ALL"
    members: dict[str, list[str]] = {}
    pairs = con.execute(said, [sorted(ontology.subproperties(LDT.hasMember))]).fetchall()
    for group, member in pairs:
        members.setdefault(group, []).append(member)
    stated = con.execute(said, [sorted(ontology.subproperties(LDT.requiredMembers))]).fetchall()
    return members, {group: int(k) for group, k in stated if k.isdecimal()}
