"""Verbs that ask something: find, show, count, impact, coverage, log, diff."""

from __future__ import annotations

import gc
import sys
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from ldt_graph.account import DatasetReport, grouped, some
from ldt_graph.cli.numbers import count
from ldt_graph.cli.stores import add_store, graph_of, record_of, store_of, version_of
from ldt_graph.cli.terminal import print_json, print_table, say
from ldt_graph.errors import ExitCode, LdtError, QueryError, SettingsError
from ldt_graph.model import Box, EntityFilter

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from ldt_graph.graph import Graph
    from ldt_graph.impact import Impact

_MOST = 8  # names in a line; --json has all


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verbs of this module."""
    for add in (_add_find, _add_show, _add_count, _add_impact, _add_coverage):
        add_store(add(verbs))
    _verb(verbs, "log", run_log, "list the versions of the record")
    told = "statements that version NEW added and removed against OLD (numbers, or times)"
    diff = _verb(verbs, "diff", run_diff, told, "old", "new")
    diff.add_argument("--first", type=count, default=100, help="at most so many (100)")
    diff.add_argument(
        "--places", action="store_true", help="where only the place differs, that too"
    )


def _verb(verbs: Any, name: str, run: Any, help_: str, *words: str) -> Any:  # noqa: ANN401
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
    find = _verb(verbs, "find", run_find, told, "text")
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
    show = _verb(verbs, "show", run_show, "show one entity and its relations", "name")
    _as_of(show)
    return show


def _add_count(verbs: Any) -> Any:  # noqa: ANN401
    verb = _verb(verbs, "count", run_count, "count entities")
    _filters(verb)
    verb.add_argument("--by", default="type", choices=("type", "domain", "dataset"))
    return verb


def _add_impact(verbs: Any) -> Any:  # noqa: ANN401
    told = "what fails if these assets fail, when, and why"
    impact = _verb(verbs, "impact", run_impact, told)
    named = "IRI, dataset:identifier or identifier"
    impact.add_argument("--of", nargs="+", action="extend", default=[], metavar="ASSET", help=named)
    each = "answer each line of a file (- for standard input) as a question of its own"
    impact.add_argument("--each", metavar="FILE", help=each)
    impact.add_argument("--ndjson", action="store_true", help="with --each: one JSON line each")
    impact.add_argument("--at", type=float, default=0.0, help="hour of the outage (0)")
    impact.add_argument("--horizon", type=float, default=24.0, help="last hour looked at (24)")
    _as_of(impact)
    return impact


def _add_coverage(verbs: Any) -> Any:  # noqa: ANN401
    told = "what the sources hold and nothing uses"
    coverage = _verb(verbs, "coverage", run_coverage, told)
    coverage.add_argument("--dataset")
    coverage.add_argument("--all", action="store_true", help="what is used, too")
    _as_of(coverage)
    return coverage


def _as_of(verb: Any) -> None:  # noqa: ANN401
    verb.add_argument("--as-of", help="a version's number, or a time")


def _filters(verb: Any) -> None:  # noqa: ANN401
    for name in ("type", "domain", "dataset"):
        verb.add_argument(f"--{name}")
    _as_of(verb)


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
        present = graph.count(EntityFilter(), by)
        if asked is None or asked in present:
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


def run_impact(options: argparse.Namespace) -> ExitCode:
    """Answer one question, or each line of a file."""
    from ldt_graph.impact import impact

    if bool(options.of) == bool(options.each):
        raise QueryError("Say which assets fail.", hint="Give --of ASSET…, or --each FILE.")
    graph = graph_of(options)
    if options.each:
        return _answer_each(options, graph)
    answer = impact(graph, options.of, at=options.at, horizon=options.horizon)
    if options.json or options.ndjson:
        print_json(answer.document(graph.version), pretty=not options.ndjson)
    else:
        print_impact(answer)
    return ExitCode.OK


def _answer_each(options: argparse.Namespace, graph: Graph) -> ExitCode:
    """Answer every line in one process, one JSON line each; a bad line is answered by its error."""
    from ldt_graph.impact import engine_of

    engine_of(graph)
    gc.freeze()  # or every collection walks the city anew: a quarter of the time
    try:
        return _answer_lines(options, graph)
    finally:
        gc.unfreeze()


def _answer_lines(options: argparse.Namespace, graph: Graph) -> ExitCode:
    from ldt_graph.impact import impact

    code = ExitCode.OK
    write = sys.stdout.buffer.write
    for number, line in enumerate(_lines(options.each), start=1):
        if not line.strip():
            continue
        try:
            answer = impact(graph, _seeds(line), at=options.at, horizon=options.horizon)
            value = answer.document(graph.version, explain="step")
        except LdtError as error:
            code = ExitCode.FAILED
            value = {"error": str(error), "line": number}
        write(orjson.dumps(value) + b"\n")
    return code


def _seeds(line: str) -> list[str]:
    if not line.lstrip().startswith("["):
        return line.split()
    try:
        names = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise QueryError(f"Not a JSON array: {line.strip()[:80]}") from None
    if not all(isinstance(n, str) for n in names):
        raise QueryError("A question is a JSON array of names.")
    return names


def _lines(path: str) -> Iterable[str]:
    if path == "-":
        yield from sys.stdin
        return
    try:
        with Path(path).open(encoding="utf-8") as file:
            yield from file
    except OSError as error:
        raise SettingsError(f"{path} can't be read: {error.strerror or error}.") from None


def print_impact(answer: Impact, *, chains: int = 4) -> None:
    """Print the sums, and the reasons of a few hits: one of each type, the critical first."""
    from ldt_graph.impact.tell import tell_chain

    summary = answer.summary()
    for seed in answer.seed_list():
        state = ", which was off already and changes nothing" if seed["alreadyOff"] else ""
        say(f"{_capital(answer.called(seed['iri']))} goes out at hour {seed['hour']:g}{state}.")
    status, people = summary["byStatus"], summary["people"]
    fail = "asset fails" if status["failed"] == 1 else "assets fail"
    hold = "is exposed but holds" if status["exposed"] == 1 else "are exposed but hold"
    say(
        f"Until hour {answer.horizon:g}: {status['failed']:,} {fail}, {status['exposed']:,} {hold}."
    )
    if any(people.values()):
        say(f"People: {people['failed']:,} hit, {people['exposed']:,} exposed.")
    for title, key in (("domain", "byDomain"), ("type", "byType")):
        rows = [(name, n["failed"], n["exposed"]) for name, n in summary[key].items()]
        if rows:
            print_table(None, (title, "failed", "exposed"), rows)
    _print_districts(summary["districts"])
    for position in answer.telling(chains):
        say("")
        for sentence in tell_chain(answer.because(position), answer.words):
            say(f"  {_capital(sentence)}")
    for note in summary["notes"]:
        say(f"Note: {note}")


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _print_districts(districts: Sequence[dict[str, Any]], *, most: int = 12) -> None:
    if not districts:
        return
    worst = sorted(districts, key=lambda d: (-d["failed"], -d["exposed"]))[:most]
    rows = [(d["name"] or d["identifier"], d["failed"], d["exposed"]) for d in worst]
    print_table(None, ("district", "failed", "exposed"), rows)
    if len(districts) > most:
        say(f"… and {len(districts) - most} districts more (--json lists all).")


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
