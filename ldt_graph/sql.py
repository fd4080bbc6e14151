"""How a text and a name are written in SQL that is composed: everything else goes in as a parameter."""

from __future__ import annotations


def literal(text: str | None) -> str:
    """Write a text as an SQL literal; None is a NULL of text."""
    return "NULL::VARCHAR" if text is None else "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Quote an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
