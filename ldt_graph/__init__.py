"""A graph-based knowledge twin for cities: from source files to an explained impact answer."""

__version__ = "0.1.0"
