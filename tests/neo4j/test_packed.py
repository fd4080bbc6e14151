"""What a node of Neo4j keeps of the network is read as it was."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from ldt_graph.graph.columns import VertexFacts
from ldt_graph.graph.neo4j.packed import _facts
from ldt_graph.graph.neo4j.project import network_texts


def test_every_fact_comes_back_as_it_went():
    mask = np.array([True, False, True])
    amounts = [(0, "a", 1.5), (0, "b", 0.0), (2, "a", 3.0)]
    texts = [(0, "x"), (2, "y")]
    special = {
        "buffers": [(0, "a", 1.5), (2, "b", 3.0)],
        "required": {1: 2},
        "required_shares": {1: 0.6},
        "shares": {0: 0.25},
        "population": np.array([0.0, 5.0, 0.0]),
    }
    kinds: dict[str, Any] = dict.fromkeys(("off", "critical", "storage"), mask)
    kinds |= dict.fromkeys(("holds", "draws", "provides", "travel"), amounts)
    kinds |= dict.fromkeys(("sources", "standby", "profiles", "gaps", "degraded"), texts)
    facts = VertexFacts(**kinds, **special)
    texts_of = network_texts(facts)
    back = _facts([texts_of.get(v) for v in range(3)])
    assert {f.name for f in fields(VertexFacts)} == back.keys()
    for name, value in back.items():
        assert np.array_equal(value, getattr(facts, name)) if isinstance(value, np.ndarray) else value == getattr(facts, name), name  # fmt: skip
