"""Verbs about what is wrong with the data: violations, fix."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldt_graph.cli.files import write_file
from ldt_graph.cli.numbers import count, folder, share
from ldt_graph.cli.stores import add_store, store_of, version_of
from ldt_graph.cli.terminal import print_json, print_table, say
from ldt_graph.errors import ExitCode, QueryError, SettingsError
from ldt_graph.model import ViolationFilter
from ldt_graph.twin import FILE, load_twin

if TYPE_CHECKING:
    import argparse
    from collections.abc import Generator, Iterable, Sequence

    from ldt_graph.graph import Store
    from ldt_graph.model import Version, Violation, ViolationGroup
    from ldt_graph.report import Point
    from ldt_graph.sources.cells import Files

_FILTERS = {
    "dataset": "dataset",
    "stage": "stage",
    "severity": "severity",
    "rule": "rule",
    "file": "source",
    "row": "row",
    "field": "column",
    "key": "key",
    "subject": "subject",
}
"""Option → what it is called in `ViolationFilter`."""
_PAGE, _GROUPS, _VERSIONS = 100, 12, 30


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verbs of this module."""
    _add_violations(verbs)
    _add_validate(verbs)
    _add_fix(verbs)


def _add_violations(verbs: Any) -> None:  # noqa: ANN401
    told = "what was set aside or warned of, by file, row and column"
    verb = verbs.add_parser("violations", help=told)
    verb.add_argument("dir", type=Path, nargs="?", default=Path(), help="the twin's folder")
    verb.add_argument("--record", help="ask this record instead of the twin's")
    verb.add_argument("--json", action="store_true", help="print JSON")
    for name in _FILTERS:
        verb.add_argument(f"--{name}", type=count if name == "row" else str)
    verb.add_argument("--waived", choices=("yes", "no"), help="only what is waived, or is not")
    verb.add_argument("--first", type=count, help=f"at most so many ({_PAGE} in a table)")
    verb.add_argument("--after", help="continue after this cursor")
    verb.add_argument("--as-of", help="a version's number, or a time")
    verb.add_argument(
        "--data", type=folder, help="the sources lie here, not in the twin's data folder"
    )
    add_report(verb)
    verb.add_argument(
        "--fix-csv", type=Path, metavar="FILE", help="write the suggested fixes as a patch"
    )
    verb.add_argument(
        "--min-confidence", type=share, default=0.9, help="of a fix in the patch (0.9)"
    )
    add_store(verb)
    verb.set_defaults(run=run_violations)


def add_report(verb: Any) -> None:  # noqa: ANN401
    """Add the options that say in which format a report is written, and where."""
    from ldt_graph.report import FORMATS

    formats = ("table", *FORMATS)
    verb.add_argument("--format", choices=formats, default="table", help="of what is printed")
    verb.add_argument("-o", "--output", type=Path, help="write here instead of to standard output")


def _add_validate(verbs: Any) -> None:  # noqa: ANN401
    told = "whether files conform to shapes: RDF as it is, other formats through a mapping"
    verb = verbs.add_parser("validate", help=told)
    verb.add_argument("data", nargs="+", metavar="DATA", help="files; - is standard input")
    verb.add_argument("--shapes", nargs="+", action="extend", required=True, metavar="SHAPES")
    verb.add_argument("--mapping", help="an RML file, or a mapping that ships")
    verb.add_argument(
        "--data-format", help="a source format or an RDF syntax, where the ending doesn't tell"
    )
    verb.add_argument(
        "--ontology", nargs="+", action="extend", default=[], type=Path, metavar="FILE"
    )
    verb.add_argument("--base", help="what relative IRIs of the mapping begin with")
    verb.add_argument(
        "--reference", action="append", default=[], metavar="COLUMN=DATASET", help="as in twin.toml"
    )
    verb.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="of the source format"
    )
    add_report(verb)
    verb.set_defaults(run=run_validate)


def _add_fix(verbs: Any) -> None:  # noqa: ANN401
    fix = verbs.add_parser("fix", help="try a patch of cells; --write mends the files")
    fix.add_argument("patch", type=Path)
    fix.add_argument("dir", type=Path, nargs="?", default=Path(), help="the twin's folder")
    fix.add_argument(
        "--data", type=folder, help="the sources lie here, not in the twin's data folder"
    )
    fix.add_argument("--write", action="store_true", help="write the files; else it is only tried")
    fix.add_argument("--json", action="store_true", help="print JSON")
    fix.set_defaults(run=run_fix)


def run_violations(options: argparse.Namespace) -> ExitCode:
    """Print violations and warnings, or write them for others."""
    store = store_of(options)
    version, where = version_of(store, options), _where(options)
    if options.fix_csv:
        return _write_patch(options, store, version, where)
    form = "json" if options.json else options.format
    first = options.first if form != "table" else options.first or _PAGE
    page = store.violations(version, where, first=first, after=options.after)
    if form == "table" and options.output is None:
        groups = store.violation_groups(version, where, ("severity", "dataset", "rule", "column"))
        print_violations(page.violations, groups)
    else:
        trend = trend_of(store, version) if form == "html" else ()
        _write(options, form, page.violations, version, trend)
    if page.cursor:
        more = f"{len(page.violations):,} of {page.total:,}; go on with --after {page.cursor}"
        say(more) if form == "table" else sys.stderr.write(more + "\n")
    return ExitCode.OK


def _where(options: argparse.Namespace) -> ViolationFilter:
    asked = {field: getattr(options, name) for name, field in _FILTERS.items()}
    waived = None if options.waived is None else options.waived == "yes"
    return ViolationFilter(**asked, waived=waived)


def print_violations(
    violations: Sequence[Violation], groups: Sequence[ViolationGroup], *, summary: bool = True
) -> None:
    """Print a table, and how many there are of each kind, the most first."""
    rows = [
        (
            v.severity if v.waived is None else f"{v.severity}, waived",
            ":".join(str(p) for p in (v.source or v.dataset, v.row, v.column) if p is not None),
            v.rule,
            v.message,
            "" if v.fix is None else f"{v.fix} ({v.confidence:.0%})",
        )
        for v in violations
    ]
    print_table(None, ("severity", "where", "rule", "what", "fix"), rows)
    if summary and groups:
        counted = [(g.count, *(value for _, value in g.by)) for g in groups[:_GROUPS]]
        say("")
        print_table(None, ("how many", "severity", "dataset", "rule", "field"), counted)
        if len(groups) > _GROUPS:
            say(f"… and {len(groups) - _GROUPS:,} kinds more.")


def trend_of(store: Store, version: Version) -> tuple[Point, ...]:
    """Return what was told of the last versions up to one, those that the store still answers for."""
    from ldt_graph.errors import Unavailable
    from ldt_graph.report import Point

    points = []
    known = [v for v in store.versions() if v.number <= version.number]
    for v in known[-_VERSIONS:]:
        try:
            said = store.datasets(v)
        except (QueryError, Unavailable):
            continue
        sums = (sum(d.get(n, 0) for d in said) for n in ("set_aside", "warnings", "waived"))
        points.append(Point(v.number, v.time, *sums))
    return tuple(points)


def _write(
    options: argparse.Namespace,
    form: str,
    violations: Sequence[Violation],
    version: Version,
    trend: tuple[Point, ...],
) -> None:
    from ldt_graph.report import Told, write_report

    if form == "table":
        raise SettingsError("A table goes to the terminal.", hint="Choose another --format for -o.")
    files = files_of(options)
    name = load_twin(options.dir).name if (options.dir / FILE).exists() else "A record"
    write_out(options.output, write_report(form, Told(name, violations, version, files, trend)))


def write_out(path: Path | None, data: bytes) -> None:
    """Write a report where it is wanted."""
    write_file(path, lambda file: file.write(data))


def files_of(options: argparse.Namespace) -> Files | None:
    """Return the files of the twin that the options name; None where they name a record alone."""
    from ldt_graph.sources.cells import Files

    if not (options.dir / FILE).exists():
        return None
    twin = load_twin(options.dir)
    return Files(twin.datasets, options.data or twin.data)


def _write_patch(
    options: argparse.Namespace, store: Store, version: Version, where: ViolationFilter
) -> ExitCode:
    from ldt_graph.patch import make_patch, write_patch

    files = files_of(options)
    if files is None:
        raise SettingsError("A patch needs the twin's files.", hint="Name the twin's folder.")
    found = store.violations(version, where).violations
    lines, left = make_patch(files, found, options.min_confidence)
    write_out(options.fix_csv, write_patch(lines))
    say(
        f"{options.fix_csv} mends {len(lines):,} cells. Try it: ldt fix {options.fix_csv} {options.dir}"
    )
    _say_left(left)
    without = sum(v.fix is None and v.waived is None for v in found)
    if without:
        say(f"{without:,} have no suggestion: their cells are for you.")
    return ExitCode.OK


def _say_left(left: dict[str, int]) -> None:
    for why, many in sorted(left.items()):
        say(f"{many:,} suggestions are not in it: {why}.")


def run_validate(options: argparse.Namespace) -> ExitCode:
    """Validate files; exit code 0 says that they conform, 3 that something does not."""
    from ldt_graph.check import BASE, Asked, check
    from ldt_graph.report import Told, write_report
    from ldt_graph.settings import Settings

    pairs, references = _pairs(options.option), _pairs(options.reference)
    with _given(options.data, options.data_format) as (root, paths, form):
        asked = Asked(
            paths,
            options.shapes,
            options.mapping,
            form,
            options.ontology,
            options.base or BASE,
            pairs,
            references,
            root,
        )
        checked = check(asked, Settings.from_environment())
        if options.format != "table":
            told = Told(", ".join(map(str, paths)), checked.violations, files=checked.files)
            write_out(options.output, write_report(options.format, told))
        elif options.output:
            raise SettingsError(
                "A table goes to the terminal.", hint="Choose another --format for -o."
            )
        else:
            print_violations(checked.violations, ()) if checked.violations else None
            bad = sum(v.severity == "violation" for v in checked.violations)
            odd = len(checked.violations) - bad
            verdict = "conforms" if checked.conforms else "does not conform"
            say(f"It {verdict}: {checked.entities:,} things, {bad:,} violations, {odd:,} warnings.")
    return ExitCode.OK if checked.conforms else ExitCode.SET_ASIDE


def _pairs(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Read `NAME=VALUE` options.

    Raises:
        SettingsError: One has no `=`.
    """
    wrong = [t for t in texts if "=" not in t]
    if wrong:
        raise SettingsError(f"{wrong[0]!r} is not NAME=VALUE.")
    return tuple((name, value) for name, _, value in (t.partition("=") for t in texts))


@contextmanager
def _given(data: Sequence[str], form: str | None) -> Generator[tuple[Path, list[Path], str | None]]:
    """Give the folder of the files that are named, they, and their format; standard input is one called `stdin`."""
    if "-" not in data:
        yield Path(), [Path(d) for d in data], form
        return
    if len(data) > 1:
        raise SettingsError("Standard input is validated alone.", hint="Write - as the only file.")
    content = sys.stdin.buffer.read()
    form = form or _looks_like(content)
    with tempfile.TemporaryDirectory(prefix="ldt-") as folder:
        Path(folder, "stdin").write_bytes(content)
        yield Path(folder), [Path("stdin")], form


def _looks_like(content: bytes) -> str:
    """Tell a format by the first bytes: JSON by its bracket, Turtle by what it begins with, else CSV."""
    head = content[: 1 << 16].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] in (b"{", b"["):
        return "ngsi-ld" if b"ngsi-ld" in head else "jsonld"
    if head.startswith((b"<?xml", b"<rdf:RDF")):
        return "rdfxml"
    turtle = (b"@", b"<", b"#", b"_:", b"PREFIX", b"BASE", b"prefix", b"base")
    return "turtle" if head.startswith(turtle) else "csv"


def run_fix(options: argparse.Namespace) -> ExitCode:
    """Try a patch, or apply it; exit code 3 where a line does not fit."""
    from ldt_graph.patch import apply_patch, read_patch

    twin = load_twin(options.dir)
    from ldt_graph.sources.cells import Files

    files = Files(twin.datasets, options.data or twin.data)
    applied = apply_patch(files, read_patch(options.patch), write=options.write)
    if options.json:
        print_json([a.document() for a in applied])
    else:
        _print_applied([asdict(a.line) | {"why": a.why} for a in applied], write=options.write)
    return ExitCode.OK if all(a.done for a in applied) else ExitCode.SET_ASIDE


def _print_applied(lines: Iterable[dict[str, Any]], *, write: bool) -> None:
    lines = list(lines)
    rows = [
        (
            f"{x['file']}:{x['row']}:{x['column']}",
            x["old"],
            x["new"],
            x["why"] or ("mended" if write else "fits"),
        )
        for x in lines
    ]
    print_table(None, ("where", "old", "new", ""), rows)
    good = sum(not x["why"] for x in lines)
    if write:
        say(f"{good:,} of {len(lines):,} cells were mended.")
    else:
        say(
            f"{good:,} of {len(lines):,} cells would be mended; nothing was written. --write does it."
        )
