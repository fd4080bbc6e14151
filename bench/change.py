"""What one changed row costs, whichever dataset it is in, against a build of everything; CPU seconds by stage.

python bench/change.py [--population 100000]

Every build runs in a process of its own, which has built a small city before, so that loading libraries is not
counted (it is in "nothing"). The five stages are sources, lift, link, validate and record; reasoning looks at
everything. "Nothing" is a build after which nothing changed, less the start of Python.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STAGES = ("sources", "lift", "link", "validate", "record")
BUILD = """
import json, shutil, sys
from pathlib import Path
from ldt_graph.pipeline import build
from ldt_graph.twin import load_twin
if small := sys.argv[2:]:
    shutil.rmtree(Path(small[0]) / ".ldt", ignore_errors=True)
    build(load_twin(small[0]))
report = build(load_twin(sys.argv[1]))
print(json.dumps({"cpu": report.cpu_seconds, "changed": report.changed}))
"""


def run(code: str, *arguments: str) -> tuple[str, float]:
    """Run Python; return what it printed and its CPU seconds, start and all."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    printed = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    ).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return printed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def built(city: Path) -> dict:
    """Build once; return its report."""
    return json.loads(run(BUILD, str(city), str(city.with_name("small")))[0])


def five(report: dict) -> float:
    """CPU seconds of the stages that a change runs through."""
    return sum(report["cpu"].get(stage, 0.0) for stage in STAGES)


def in_line(number: int, pattern: str, other: str):
    """An edit of one line, counted from 0."""

    def edit(text: str) -> str:
        lines = text.split("\n")
        lines[number], count = re.subn(pattern, other, lines[number], count=1)
        assert count == 1, lines[number]
        return "\n".join(lines)

    return edit


EDITS = {
    "buildings": ("buildings.csv", in_line(5, r",(\d+),", r",1\1,")),
    "buildings, a reference": ("buildings.csv", in_line(5, r",ST-\d+,", ",ST-0003,")),
    "buildings, a row at the top": ("buildings.csv", lambda t: re.sub(r"\n(B-)(\d+)(,.*)\n", r"\nB-NEW\3\n\1\2\3\n", t, count=1)),
    "facilities": ("facilities.csv", in_line(1, "invented", "invented still")),
    "dependencies": ("dependencies.csv", in_line(1, r",\d+$", ",7")),
    "water": ("water.inp", in_line(5, r"^(\S+\s+)\S+", r"\g<1>77.7")),
    "transit": ("gtfs/stops.txt", in_line(2, "invented", "invented still")),
    "chargers": ("chargers.jsonld", in_line(1, "invented", "invented still")),
}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--population", type=int, default=100_000)
    options = parser.parse_args()
    from ldt_graph.city import make_city

    with tempfile.TemporaryDirectory() as folder:
        city = Path(folder) / "city"
        make_city(city, population=options.population)
        make_city(city.with_name("small"), population=2_000)
        start = min(run("pass")[1] for _ in range(3))
        whole = []
        for _ in range(2):
            shutil.rmtree(city / ".ldt", ignore_errors=True)
            whole.append(five(built(city)))
        print(f"everything: {min(whole):.2f} CPU s in {', '.join(STAGES)}")
        nothing = min(run(BUILD, str(city))[1] for _ in range(3)) - start
        print(f"nothing: {nothing:.2f} CPU s beyond the start of Python ({start:.2f})")
        for name, (file, edit) in EDITS.items():
            path = city / "data" / file
            text = path.read_text(encoding="utf-8")
            costs = []
            for other in (edit(text), text, edit(text)):
                path.write_text(other, encoding="utf-8")
                report = built(city)
                assert report["changed"], name
                costs.append(report)
            path.write_text(text, encoding="utf-8")
            built(city)
            best = min(costs, key=five)
            stages = "  ".join(f"{s} {best['cpu'].get(s, 0.0):.2f}" for s in STAGES)
            print(f"{name}: {five(best):.2f} CPU s, {five(best) / min(whole):.0%}  ({stages})")


if __name__ == "__main__":
    main()
