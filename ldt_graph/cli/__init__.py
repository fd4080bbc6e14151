"""The command line: `ldt VERB`. Every verb is a function of one of the modules here."""

from __future__ import annotations

import argparse
import re
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ldt_graph import __version__
from ldt_graph.cli import (
    asking,
    exporting,
    judging,
    keeping,
    keys,
    making,
    meaning,
    outages,
    placing,
    planning,
    reaching,
    shapes,
    terminal,
)
from ldt_graph.cli.terminal import complain
from ldt_graph.errors import ExitCode, LdtError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is a sentence, not a list of all that could have been said."""

    verbs: Mapping[str, _Parser]

    def error(self, message: str) -> NoReturn:
        complain(
            f"{message[:1].upper()}{message[1:].rstrip('.')}. `{self.prog} --help` tells more."
        )
        raise SystemExit(int(ExitCode.USAGE))


def parser() -> _Parser:
    """Return the parser of every verb; docs/reference/cli.md is tested against it."""
    top = _Parser(
        prog="ldt", description="A knowledge twin for cities: build it, ask it, take the RDF away."
    )
    top.add_argument("--version", action="version", version=f"ldt-graph {__version__}")
    top.add_argument("--debug", action="store_true", help="show tracebacks of faults that are ours")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    top.verbs = verbs.choices
    making.add_verbs(verbs)
    exporting.add_verbs(verbs)
    asking.add_verbs(verbs)
    outages.add_verbs(verbs)
    planning.add_verbs(verbs)
    placing.add_verbs(verbs)
    reaching.add_verbs(verbs)
    judging.add_verbs(verbs)
    keeping.add_verbs(verbs)
    meaning.add_verbs(verbs)
    keys.add_verbs(verbs)
    shapes.add_verbs(verbs)
    return top


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse; the twin's folder may stand after options too, where argparse would not look for it."""
    top = parser()
    options, rest = top.parse_known_args(arguments)
    if len(rest) == 1 and not rest[0].startswith("-") and getattr(options, "dir", None) == Path():
        options.dir = Path(rest[0])
    elif rest:
        _unknown(top.verbs[options.verb], rest)
    _take_folder(options)
    for name, value in vars(options).items():
        if value == "" and name != "text":  # a script's empty variable would ask for something else
            top.error(f"--{name.replace('_', '-')} is empty")
    return options


def _take_folder(options: argparse.Namespace) -> None:
    """Take the last word of a list for the twin's folder, where it is one and no other is: `--of A B city`."""
    if getattr(options, "dir", None) != Path() or Path("twin.toml").exists():
        return
    for value in vars(options).values():
        if isinstance(value, list) and len(value) > 1 and _is_twin(str(value[-1])):
            options.dir = Path(value.pop())
            return


def _is_twin(word: str) -> bool:
    try:
        return Path(word, "twin.toml").is_file()
    except (OSError, ValueError):  # no path at all: too long, or with a NUL
        return False


def _unknown(parser: _Parser, words: Sequence[str]) -> NoReturn:
    """Complain of words that a verb does not take, with its options that come near."""
    options = re.findall(r"--[\w-]+", parser.format_usage())
    near = [n for w in words for n in get_close_matches(w.split("=")[0], options, 1)]
    known = f", but it takes {' and '.join(dict.fromkeys(near))}" if near else ""
    parser.error(f"unrecognized arguments: {' '.join(words)}{known}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb and return its exit code (docs/reference/cli.md)."""
    with terminal.prepared() as state:
        try:
            options = _parse(arguments)
        except SystemExit as said:  # --help and --version have printed, or a wrong command was told
            return int(said.code or 0)
        try:
            code = int(options.run(options))
            state.finish()
        except BaseException as error:  # what was interrupted may say so in its own way
            if not state.stopped and not isinstance(error, (Exception, KeyboardInterrupt)):
                raise
            code = _failed(error, state, debug=options.debug)
    return code


def _failed(error: BaseException, state: terminal.State, *, debug: bool) -> int:
    """Say in a sentence why a verb did not end well, and return its exit code."""
    if state.stopped or isinstance(error, KeyboardInterrupt):
        complain("Stopped.")
        return 130
    if isinstance(error, LdtError):
        complain(str(error))
        return int(error.exit_code)
    if isinstance(error, BrokenPipeError):
        state.give_up()  # the reader of our output has seen enough (`ldt ... | head`)
        return int(ExitCode.OK)
    if isinstance(error, OSError):
        state.give_up()
        what = f"{error.filename}: " if error.filename else "The output can't be written: "
        complain(f"{what}{error.strerror or error}.")
        return int(ExitCode.FAILED)
    if isinstance(error, MemoryError):
        complain("There is not enough memory. LDT_MEMORY bounds what a build takes.")
        return int(ExitCode.FAILED)
    if debug:
        raise error
    complain(
        f"A fault of ours: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''} "
        "Run again with `ldt --debug …` and report what it shows."
    )
    return int(ExitCode.FAILED)
