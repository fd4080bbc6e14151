"""Statements lie in files; names come into them quoted, or not at all."""

from __future__ import annotations

import pytest

from ldt_graph.errors import QueryError
from ldt_graph.graph.neo4j.cypher import cypher


def test_names_take_the_place_of_the_word_quoted():
    text = cypher("strip_removed", LABELS=["Pump", "a`b"])
    assert "REMOVE n:`Pump`:`a``b`\n" in text
    assert "LABELS" not in text


def test_a_name_that_looks_like_a_word_of_ours_stays_a_name():
    assert "[r:`LABEL`]" in cypher("remove_relationships", TYPE=["LABEL"])


def test_a_name_that_cypher_would_read_as_an_escape_is_refused():
    with pytest.raises(QueryError):
        cypher("remove_relationships", TYPE=["a\\u0060]->() DELETE r //"])


def test_a_statement_without_the_names_that_it_needs_is_a_fault():
    with pytest.raises(KeyError):
        cypher("remove_relationships")
