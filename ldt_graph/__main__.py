"""Where `ldt` and `python -m ldt_graph` begin: Ctrl-C ends them with a word, even while the twin is being imported."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        from ldt_graph.cli import main as run

        return run()
    except KeyboardInterrupt:
        sys.stderr.write("ldt: Stopped.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
