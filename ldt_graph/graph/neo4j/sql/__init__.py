"""The SQL of what goes to Neo4j, a file per statement."""

from __future__ import annotations

from pathlib import Path

SQL = {p.stem: p.read_text(encoding="utf-8") for p in sorted(Path(__file__).parent.glob("*.sql"))}
"""Name of the file, without `.sql` → its text."""
