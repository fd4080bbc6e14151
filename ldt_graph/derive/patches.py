"""Faults of published schemas that a listed patch repairs: JSON Patch (RFC 6902), each with its reason."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from ldt_graph import assets
from ldt_graph.errors import Place, SchemaError

FILE = "smart-data-models-patches.toml"


@cache
def shipped() -> dict[str, list[dict[str, Any]]]:
    """Return the shipped patches: `repository/Model/schema.json` → patches."""
    path = assets.root() / "shapes" / FILE
    found: dict[str, list[dict[str, Any]]] = {}
    for patch in tomllib.loads(path.read_text(encoding="utf-8"))["patch"]:
        found.setdefault(patch["file"], []).append(patch)
    return found


def repaired(root: Any, name: str) -> tuple[Any, list[tuple[str, str]]]:  # noqa: ANN401  (JSON)
    """Apply the patches of a file to what it says.

    Args:
        root: The schema; it is changed in place.
        name: The file, as `repository/Model/schema.json`.

    Returns:
        The schema, and the place and reason of each patch that still fits it.

    Raises:
        SchemaError: A patch has an operation that is not known.
    """
    told = []
    for patch in shipped().get("/".join(name.split("/")[-3:]), ()):
        operations = patch["operations"]
        if all(_fits(root, o) for o in operations):
            for operation in operations:
                _apply(root, operation)
            told.append((operations[-1]["path"], f"{patch['reason']} See {patch['source']}."))
    return root, told


def _fits(root: Any, operation: dict[str, Any]) -> bool:  # noqa: ANN401  (JSON)
    """Tell whether what an operation changes stands there."""
    if operation["op"] == "add":
        return True
    place = operation.get("from", operation["path"])
    try:
        holder, name = _holder(root, place)
        found = holder[name]
    except (KeyError, IndexError, TypeError, ValueError):
        return False
    return operation["op"] != "test" or found == operation["value"]


def _apply(root: Any, operation: dict[str, Any]) -> None:  # noqa: ANN401  (JSON)
    kind = operation["op"]
    if kind == "test":
        return
    if kind not in ("add", "replace", "remove", "move"):
        raise SchemaError(f"The operation {kind!r} of a patch is not known.", place=Place(FILE))
    value = operation.get("value")
    if kind in ("remove", "move"):
        holder, name = _holder(root, operation["from"] if kind == "move" else operation["path"])
        value = holder.pop(name)
    if kind != "remove":
        holder, name = _holder(root, operation["path"])
        holder[name] = value


def _holder(root: Any, pointer: str) -> tuple[Any, Any]:  # noqa: ANN401  (JSON)
    """Return what holds the thing that a pointer names, and its name there."""
    *steps, last = [s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:]]
    for step in steps:
        root = root[int(step)] if isinstance(root, list) else root[step]
    return root, int(last) if isinstance(root, list) else last
