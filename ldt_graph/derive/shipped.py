"""The derived shapes that ship: which they are, and their text from a folder of checkouts.

python -m ldt_graph.derive.shipped DIR
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from ldt_graph import assets
from ldt_graph.derive import derive

if TYPE_CHECKING:
    from collections.abc import Iterator

LIST = "smart-data-models.toml"


def shipped(checkouts: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file of derived shapes that ships, with the text that the checkouts give it.

    Args:
        checkouts: A folder of checkouts of Smart Data Models at the commits that the list names.

    Raises:
        SchemaError: A checkout is not there, or can't be read.
    """
    shapes = assets.root() / "shapes"
    for entry in tomllib.loads((shapes / LIST).read_text(encoding="utf-8"))["file"]:
        folder = checkouts / entry["repository"]
        paths = [folder / m for m in entry["models"]] if "models" in entry else [folder]
        derived = derive(paths, commits={entry["repository"]: entry["commit"]}, repair=True)
        yield shapes / entry["path"], derived.turtle()


if __name__ == "__main__":
    for path, text in shipped(Path(sys.argv[1])):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
