"""Several files of one dataset read as one, and when to write them as one.

A file holds whole keys and the newest file wins: what it says of a key replaces all that older ones say.
A row without its first value (`Table.mark`) is a tombstone: its key is gone.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ldt_graph.record.log import File

_MERGE = (Path(__file__).parent / "merge.sql").read_text(encoding="utf-8")


def merged(relations: Sequence[str], columns: str, keys: str | None = None) -> str:
    """Return SQL over relations of one dataset, oldest first; tombstones among its rows.

    One relation is read as it is. Of several the first costs a scan and a look-up in the keys of the others.
    Where `keys` names a table (key), only its keys are read: few of them cost a look at each row group.
    """
    only = f"SEMI JOIN {keys} USING (key)" if keys else ""
    first, *newer = (f"SELECT {columns} FROM {r} {only}" for r in relations)
    if not newer:
        return first
    over = " UNION ALL ".join(
        f"SELECT {n} AS _file, * FROM ({relation})" for n, relation in enumerate(newer)
    )
    return _MERGE.format(over=over, columns=columns, first=first)


def kept(files: Sequence[File], rows: int) -> list[File]:
    """Return the files that stay when `rows` more are written; the others are folded into the new one.

    The first file is the base. Newer ones are folded while they have at most twice the rows of the
    one being written, as in a log-structured merge: n equal changes leave log2(n) files. All is
    written as one file when what lies over the base exceeds a tenth of its rows.
    """
    if not files:
        return []
    base, *over = files
    while over and over[-1].rows <= 2 * rows:
        rows += over.pop().rows
    if 10 * (sum(f.rows for f in over) + rows) > base.rows:
        return []
    return [base, *over]
