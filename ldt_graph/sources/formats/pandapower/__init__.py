"""Networks as pandapower and pandapipes write them (`to_json`); neither is needed to read them.

`frames` reads the element tables, `kinds` says what a power grid and a net of pipes consist of, `places` where
elements are, `terminals` how they are joined; `tables` makes the tables of all that.
"""

from ldt_graph.sources.formats.pandapower.tables import read_pandapower

__all__ = ["read_pandapower"]
