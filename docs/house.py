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
    names = set[str]()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
            elif isinstance(node, ast.Import):
                names |= {a.name for a in node.names}
    return {room for name in names if (room := room_of(name)) is not None}


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
    return "\n".join(lines) + "\n"


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
