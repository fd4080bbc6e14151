"""Verbs that ask something: find, show, count, coverage, log, diff."""

from __future__ import annotations

from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldt_graph.account import DatasetReport, grouped, some
from ldt_graph.cli.numbers import count
from ldt_graph.cli.stores import add_store, graph_of, record_of, store_of, version_of
from ldt_graph.cli.terminal import print_json, print_table, say
from ldt_graph.errors import ExitCode, QueryError
from ldt_graph.model import Box, EntityFilter

if TYPE_CHECKING:
    import argparse

    from ldt_graph.graph import Graph


_MOST = 8  # names in a line; --json has all


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verbs of this module."""
    for add in (_add_find, _add_show, _add_count, _add_coverage):
        add_store(add(verbs))
    add_verb(verbs, "log", run_log, "list the versions of the record")
    told = "statements that version NEW added and removed against OLD (numbers, or times)"
    diff = add_verb(verbs, "diff", run_diff, told, "old", "new")
    diff.add_argument("--first", type=count, default=100, help="at most so many (100)")
    diff.add_argument(
        "--places", action="store_true", help="where only the place differs, that too"
    )


def add_verb(verbs: Any, name: str, run: Any, help_: str, *words: str) -> Any:  # noqa: ANN401
    """Add a verb that asks a twin."""
    verb = verbs.add_parser(name, help=help_)
    for word in words:
        verb.add_argument(word)
    verb.add_argument("dir", type=Path, nargs="?", default=Path(), help="the twin's folder")
    verb.add_argument("--record", help="ask this record instead of the twin's")
    verb.add_argument("--json", action="store_true", help="print JSON")
    verb.set_defaults(run=run)
    return verb


def _add_find(verbs: Any) -> Any:  # noqa: ANN401
    told = "find entities by a part of their name, identifier or IRI"
    find = add_verb(verbs, "find", run_find, told, "text")
    _filters(find)
    find.add_argument(
        "--box",
        nargs=4,
        type=float,
        metavar=("WEST", "SOUTH", "EAST", "NORTH"),
        help="only what lies in this box or meets it, in degrees",
    )
    find.add_argument("--first", type=count, default=20, help="at most so many (20)")
    find.add_argument("--after", help="continue after this IRI")
    return find


def _add_show(verbs: Any) -> Any:  # noqa: ANN401
    show = add_verb(verbs, "show", run_show, "show one entity and its relations", "name")
    add_as_of(show)
    return show


def _add_count(verbs: Any) -> Any:  # noqa: ANN401
    verb = add_verb(verbs, "count", run_count, "count entities")
    _filters(verb)
    verb.add_argument("--by", default="type", choices=("type", "domain", "dataset"))
    return verb


def _add_coverage(verbs: Any) -> Any:  # noqa: ANN401
    told = "what the sources hold and nothing uses"
    coverage = add_verb(verbs, "coverage", run_coverage, told)
    coverage.add_argument("--dataset")
    coverage.add_argument("--all", action="store_true", help="what is used, too")
    add_as_of(coverage)
    return coverage


def add_as_of(verb: Any) -> None:  # noqa: ANN401
    """Add the option that names a version."""
    verb.add_argument("--as-of", help="a version's number, or a time")


def _filters(verb: Any) -> None:  # noqa: ANN401
    for name in ("type", "domain", "dataset"):
        verb.add_argument(f"--{name}")
    add_as_of(verb)


def run_find(options: argparse.Namespace) -> ExitCode:
    """Print a page of entities."""
    box = Box(*options.box) if options.box else None
    where = EntityFilter(
        options.type, options.domain, options.dataset, options.text or None, box=box
    )
    graph = graph_of(options)
    page = graph.find(where, first=options.first, after=options.after)
    if not page.total:
        _refuse_unknown(graph, options)
    if options.json:
        print_json(asdict(page))
        return ExitCode.OK
    rows = [(f"{e.dataset}:{e.identifier}", e.type, e.name, e.iri) for e in page.entities]
    print_table(None, ("id", "type", "name", "iri"), rows)
    if page.cursor:
        say(f"{len(rows)} of {page.total:,}; go on with --after {page.cursor}")
    return ExitCode.OK


def _refuse_unknown(graph: Graph, options: argparse.Namespace) -> None:
    """Refuse a filter that no entity can meet, for its name is nowhere: nothing found would say too little.

    Raises:
        QueryError: Names what there is.
    """
    for by in ("dataset", "domain", "type"):
        asked = getattr(options, by)
        if asked is None:
            continue
        present = graph.count(EntityFilter(), by)
        if asked in present:
            continue
        if by == "type":
            called = graph.ontology.class_called(asked, present)
            if graph.ontology.class_of(called) or called in present:
                continue
        near = get_close_matches(asked, present, 3, 0.6) or sorted(present)[:_MOST]
        raise QueryError(f"The twin has no {by} {asked!r}.", hint=f"There is {', '.join(near)}.")


def run_show(options: argparse.Namespace) -> ExitCode:
    """Print one entity."""
    graph = graph_of(options)
    iri = graph.resolve(options.name)
    entity, relations = graph.describe(iri), graph.relations([iri])[iri]
    if options.json:
        print_json({**asdict(entity), "relations": [asdict(r) for r in relations]})
        return ExitCode.OK
    say(f"{entity.type} {entity.name or entity.identifier}  <{iri}>")
    facts = [
        ("types", ", ".join(entity.types)),
        ("domain", entity.domain),
        ("geometry", entity.geometry),
    ]
    facts += [
        (name, ", ".join(v.text for v in values)) for name, values in entity.attributes.items()
    ]
    print_table(None, ("attribute", "value"), facts)
    known = [
        (
            r.name,
            r.target,
            r.provenance.rule
            if r.provenance.origin == "inferred"
            else f"{r.provenance.source}:{r.provenance.row}",
        )
        for r in relations
    ]
    print_table(None, ("relation", "target", "how we know"), known)
    return ExitCode.OK


def run_count(options: argparse.Namespace) -> ExitCode:
    """Print counts."""
    graph = graph_of(options)
    where = EntityFilter(options.type, options.domain, options.dataset)
    counts = graph.count(where, options.by)
    if not counts:
        _refuse_unknown(graph, options)
    if options.json:
        print_json(counts)
    else:
        print_table(None, (options.by, "entities"), counts.items())
    return ExitCode.OK


def run_coverage(options: argparse.Namespace) -> ExitCode:
    """Print what the sources hold and nothing uses, or all of it."""
    store = store_of(options)
    reports = [
        DatasetReport.from_document(d)
        for d in store.datasets(version_of(store, options))
        if options.dataset in (None, d["name"])
    ]
    if not reports:
        raise QueryError(f"The twin has no dataset {options.dataset!r}.")
    if options.json:
        lines = [(r.name, c) for r in reports for c in (r.coverage if options.all else r.unused)]
        print_json([{"dataset": name, **asdict(line)} for name, line in lines])
        return ExitCode.OK
    rows = [
        (
            r.name,
            group.title,
            some(group.names, _MOST),
            "; ".join(
                filter(None, (group.state if group.state != "unused" else "", group.first.why))
            ),
            ":".join(str(p) for p in (group.first.source, group.first.row) if p),
        )
        for r in reports
        for group in grouped(r.coverage)
        if options.all or group.state == "unused"
    ]
    print_table(
        None, ("dataset", "not used" if not options.all else "held", "which", "why", "first"), rows
    )
    return ExitCode.OK


def run_log(options: argparse.Namespace) -> ExitCode:
    """Print the versions, newest first."""
    versions = record_of(options).versions()[::-1]
    if options.json:
        print_json([asdict(v) for v in versions])
    else:
        print_table(
            None,
            ("version", "time", "statements", "datasets"),
            [(v.number, v.time, v.statements, ", ".join(v.datasets)) for v in versions],
        )
    return ExitCode.OK


def run_diff(options: argparse.Namespace) -> ExitCode:
    """Print what changed between two versions."""
    import duckdb

    record = record_of(options)
    old, new = record.at(options.old), record.at(options.new)
    con = duckdb.connect()
    added, removed = record.diff(con, old, new, places=options.places)
    rows = con.execute(
        "SELECT sign, subject, predicate, object, source, row FROM difference ORDER BY subject, predicate, object, sign LIMIT ?",
        [options.first],
    ).fetchall()
    if options.json:
        names = ("sign", "subject", "predicate", "object", "source", "row")
        print_json(
            {
                "added": added,
                "removed": removed,
                "statements": [dict(zip(names, r, strict=True)) for r in rows],
            }
        )
        return ExitCode.OK
    say(f"Version {old.number} to {new.number}: {added:,} statements added, {removed:,} removed.")
    for sign, subject, predicate, obj, source, row in rows:
        say(f"{sign} <{subject}> <{predicate}> {obj}  [{source}:{row}]")
    return ExitCode.OK
