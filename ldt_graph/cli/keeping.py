"""Verbs that keep a record in order: compact, verify."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldt_graph.cli.terminal import print_json, print_table, say
from ldt_graph.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from ldt_graph.model import Version
    from ldt_graph.record import Record


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verbs of this module."""
    compact = verbs.add_parser(
        "compact", help="fold the record's files; with --forget: remove old versions"
    )
    compact.add_argument("dir", type=Path, nargs="?", default=Path())
    compact.add_argument("--record", help="this record instead of the twin's")
    compact.add_argument(
        "--forget",
        metavar="VERSION",
        help="remove the versions before this one (a number, or a time)",
    )
    compact.add_argument(
        "--yes", action="store_true", help="with --forget: do it; without, it is only told"
    )
    compact.add_argument("--json", action="store_true", help="print JSON")
    compact.set_defaults(run=run_compact)

    verify = verbs.add_parser("verify", help="compare the record's files with what was written")
    verify.add_argument("dir", type=Path, nargs="?", default=Path())
    verify.add_argument("--record", help="this record instead of the twin's")
    verify.add_argument("--newest", action="store_true", help="only what the newest version needs")
    verify.add_argument("--json", action="store_true", help="print JSON")
    verify.set_defaults(run=run_verify)


def run_compact(options: argparse.Namespace) -> ExitCode:
    """Fold files, or remove history; tell what came of it."""
    from ldt_graph.cli.asking import record_of

    record = record_of(options)
    if options.forget:
        return _forget(record, record.at(options.forget), yes=options.yes, as_json=options.json)
    before = record.newest()
    version = record.compact()
    if options.json:
        print_json({"version": version.number, "changed": version.number != before})
    elif version.number == before:
        say(f"Version {before}: each dataset is one file already.")
    else:
        say(f"Version {version.number} says what version {before} says, each dataset in one file.")
    return ExitCode.OK


def _forget(record: Record, version: Version, *, yes: bool, as_json: bool) -> ExitCode:
    gone = record.forget(version, dry_run=not yes)
    if as_json:
        print_json({**asdict(gone), "keptFrom": version.number, "removed": yes})
        return ExitCode.OK
    what = f"{_many(gone.versions, 'version')} before {version.number}: {_many(gone.files, 'file')}, {_many(gone.bytes, 'byte')}"
    say(f"Removed {what}." if yes else f"This would remove {what}. Add --yes to do it.")
    return ExitCode.OK


def _many(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def run_verify(options: argparse.Namespace) -> ExitCode:
    """List what is damaged, and the versions that need it."""
    from ldt_graph.cli.asking import record_of

    found = record_of(options).verify(newest=options.newest)
    if options.json:
        print_json([asdict(d) for d in found])
    elif found:
        print_table(None, ("versions", "file", "damage"), [(_span(d.versions), d.path, d.what) for d in found])  # fmt: skip
        say(
            "`ldt build` mends the newest version from its sources; older ones need a copy of the file."
        )
    else:
        say("Every file is what was written.")
    return ExitCode.FAILED if found else ExitCode.OK


def _span(numbers: tuple[int, ...]) -> str:
    """Return `3-7, 9` of sorted numbers."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}-{b}" if a != b else f"{a}" for a, b in spans)
