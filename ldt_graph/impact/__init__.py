"""Questions that span domains: what fails, when, for whom, and how do we know."""

from ldt_graph.impact.answers.answer import Impact
from ldt_graph.impact.critical.criticality import Criticality, criticality_of
from ldt_graph.impact.engine import ImpactEngine, Outage, engine_of, impact, reach
from ldt_graph.impact.structure.compile import compile_network, network_of
from ldt_graph.impact.whatif.measures import Measures, find_measures
from ldt_graph.impact.whatif.scenario import Scenario, compare

__all__ = [
    "Criticality",
    "Impact",
    "ImpactEngine",
    "Measures",
    "Outage",
    "Scenario",
    "compare",
    "compile_network",
    "criticality_of",
    "engine_of",
    "find_measures",
    "impact",
    "network_of",
    "reach",
]
