"""Draw the map of the house from the code's own imports: docs/explanation/house.md.

python docs/house.py
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "explanation" / "house.md"
PATH = ("sources", "lift", "link", "validate", "reason", "record", "graph", "impact", "ldt_api")
PACKAGES = {"ldt_graph": ROOT / "ldt_graph", "ldt_api": ROOT / "api" / "ldt_api"}


@cache
def rooms() -> dict[str, list[Path]]:
    """Return each room of the house, a folder or a module of its own, with its files."""
    found: dict[str, list[Path]] = {"ldt_api": sorted(PACKAGES["ldt_api"].rglob("*.py"))}
    for path in sorted(PACKAGES["ldt_graph"].iterdir()):
        if path.is_dir() and (path / "__init__.py").is_file():
            found[path.name] = sorted(path.rglob("*.py"))
        elif path.suffix == ".py" and path.stem != "__init__":
            found[path.stem] = [path]
    return found


def imports(files: list[Path]) -> set[str]:
    """Return the rooms that these files import, for a type too."""
    return {room for name in imported(files) if (room := room_of(name)) is not None}


def imported(files: list[Path]) -> set[str]:
    """Return the modules that these files import, and the names from them."""
    names = set[str]()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
            elif isinstance(node, ast.Import):
                names |= {a.name for a in node.names}
    return names


def room_of(module: str) -> str | None:
    """Return the room that a module stands in."""
    package, *rest = module.split(".")
    if package == "ldt_api":
        return package
    return rest[0] if package == "ldt_graph" and rest and rest[0] in rooms() else None


def purpose(files: list[Path]) -> str:
    """Return the first line of what a room says of itself."""
    first = next((f for f in files if f.name == "__init__.py"), files[0])
    said = ast.get_docstring(ast.parse(first.read_text(encoding="utf-8"))) or ""
    return said.split("\n", 1)[0]


def draw() -> str:
    """Return the page."""
    house = rooms()
    arrows = {room: sorted(imports(files) - {room}) for room, files in house.items()}
    floors = _floors(arrows)
    lines = [
        "# The house, room by room",
        "",
        "Drawn by `docs/house.py` from the imports, those for types too; a test compares it with the code. A room imports",
        "only rooms of floors below its own, and a stage never another stage: what passes between them lies in",
        "the tables that [`model`](../../ldt_graph/model.py) names.",
        "",
        "    " + " ─► ".join(PATH),
        "",
        "`pipeline` walks that path as far as the record, on one screen. The decisions behind it are in",
        "[docs/decisions](../decisions).",
    ]
    for floor in sorted(set(floors.values()), reverse=True):
        lines += ["", f"## Floor {floor}", "", "| room | what it is | imports |", "|---|---|---|"]
        for room in sorted(r for r, f in floors.items() if f == floor):
            used = ", ".join(f"`{r}`" for r in arrows[room])
            lines.append(f"| `{room}` | {purpose(house[room])} | {used} |")
    for room in house:
        lines += _alcoves(room)
    return "\n".join(lines) + "\n"


def _alcoves(room: str) -> list[str]:
    """Return the part of the page about the folders within a room, if it has several, from below."""
    parts = sorted(p.parent for p in (PACKAGES["ldt_graph"] / room).glob("*/__init__.py"))
    if len(parts) < 2:
        return []
    files = {p.name: sorted(p.rglob("*.py")) for p in parts}
    arrows = {name: sorted(_within(room, f) & (files.keys() - {name})) for name, f in files.items()}
    floors = _floors(arrows)
    lines = ["", f"## Within `{room}`", "", "| folder | what it is | imports |", "|---|---|---|"]
    for name in sorted(files, key=lambda n: (floors[n], n)):
        used = ", ".join(f"`{n}`" for n in arrows[name])
        lines.append(f"| `{name}` | {purpose(files[name])} | {used} |")
    return lines


def _within(room: str, files: list[Path]) -> set[str]:
    """Return the folders of a room that these files import."""
    names = (name.split(".") for name in imported(files))
    return {n[2] for n in names if n[:2] == ["ldt_graph", room] and len(n) > 2}


def _floors(arrows: dict[str, list[str]]) -> dict[str, int]:
    """Number the floors from below: a room stands above all that it imports."""
    floors: dict[str, int] = {}

    def floor(room: str, above: tuple[str, ...] = ()) -> int:
        if room in above:
            raise ValueError(f"{' → '.join((*above, room))} is a circle.")
        if room not in floors:
            floors[room] = 1 + max((floor(r, (*above, room)) for r in arrows[room]), default=-1)
        return floors[room]

    for room in arrows:
        floor(room)
    return floors


if __name__ == "__main__":
    PAGE.write_text(draw(), encoding="utf-8")
