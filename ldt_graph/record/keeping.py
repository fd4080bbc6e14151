"""House-keeping: files folded into one."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from ldt_graph.record.errors import failing
from ldt_graph.record.writing import fold

if TYPE_CHECKING:
    from ldt_graph.record.log import Commit
    from ldt_graph.record.table import Table


def compact(table: Table, before: Commit) -> Commit:
    """Fold each dataset of the newest version into one file, in a commit that changes no content.

    Costs the datasets that have several files, read and written once. Where none has, nothing is committed.
    """
    import duckdb

    with failing(f"The record at {table.uri} can't be compacted"), duckdb.connect() as con:
        plan = fold(con, table, before)
        if not plan.written:
            return before
        now = max(time.time_ns() // 1_000_000, before.time + 1)
        said = json.loads(json.dumps(dict(before.said)))
        return table.commit(before, plan.files, plan.written, said, now)
