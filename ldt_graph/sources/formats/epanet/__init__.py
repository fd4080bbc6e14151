"""EPANET 2 input files (EPANET 2.2 user manual, appendix C.2).

`text` splits a file into sections and words, `series` reads patterns and curves, `tanks`, `links` and `places` make
cells of lines, `control` says what runs and what can change that, `tables` writes all of it.
"""

from ldt_graph.sources.formats.epanet.tables import read_epanet

__all__ = ["read_epanet"]
