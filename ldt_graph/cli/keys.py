"""The verb about who may ask a server: keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldt_graph.cli.terminal import print_json, say
from ldt_graph.errors import ExitCode, SettingsError
from ldt_graph.settings import Settings

if TYPE_CHECKING:
    import argparse

FILE = Path(".ldt", "keys.json")


def add_verbs(verbs: Any) -> None:  # noqa: ANN401  (argparse's subparsers have no public type)
    """Add the verb."""
    keys = verbs.add_parser("keys", help="add, list, revoke: the keys that open a served twin")
    keys.add_argument("action", choices=["add", "list", "revoke"])
    keys.add_argument("name", nargs="?", help="whose key it is")
    keys.add_argument("--dir", type=Path, default=Path(), help="the twin's folder")
    keys.add_argument("--scope", default="read", help="read, steward or admin")
    keys.add_argument("--json", action="store_true", help="print JSON")
    keys.set_defaults(run=run_keys)


def keys_file(folder: Path) -> Path:
    """Return the file of a twin's keys: `LDT_KEYS`, or the folder's own."""
    stated = Settings.from_environment().keys
    return Path(stated) if stated else folder / FILE


def run_keys(options: argparse.Namespace) -> ExitCode:
    """Make a key and print it once, or list who has one, or take one away."""
    from ldt_api.keys import Keys

    keys = Keys(keys_file(options.dir))
    if options.action == "list":
        return _list(keys, as_json=options.json)
    if not options.name:
        raise SettingsError(
            "A key has a name: whose it is.", hint=f"ldt keys {options.action} NAME."
        )
    if options.action == "revoke":
        keys.revoke(options.name)
        say(f"The key {options.name!r} opens nothing any more.")
        return ExitCode.OK
    secret = keys.add(options.name, options.scope)
    if options.json:
        print_json({"name": options.name, "scope": options.scope, "key": secret})
    else:
        say(secret)
        say("It is shown this once. Send it as `Authorization: Bearer KEY`.")
    return ExitCode.OK


def _list(keys: Any, *, as_json: bool) -> ExitCode:  # noqa: ANN401  (its module is imported late)
    held = [{"name": k.name, "scope": k.scope, "made": k.made} for k in keys.all()]
    if as_json:
        print_json(held)
    elif not held:
        say("No keys. Make one: ldt keys add NAME --scope read")
    for key in () if as_json else held:
        say(f"{key['name']}  {key['scope']}  {key['made']}")
    return ExitCode.OK
