"""The papers that an administration files are there, are valid, and say what is so."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests import publiccode

yaml = pytest.importorskip("yaml", reason="PyYAML comes with the tests' packages")
ROOT = Path(__file__).parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    return [ROOT / n for n in listed.stdout.decode().split("\0") if n and (ROOT / n).is_file()]


def rows() -> list[list[str]]:
    text = (ROOT / "docs" / "reference" / "osps-baseline.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| OSPS-")]
    return [[c.strip() for c in line.strip("|").split("|")] for line in lines]


def test_every_control_of_level_1_has_a_state_and_evidence():
    found = rows()
    assert len({r[0] for r in found}) == len(found) == 24
    assert {r[2] for r in found} <= {"met", "host's setting"}
    assert all(r[3] for r in found)


def test_the_evidence_that_the_baseline_names_is_there():
    named = {name for r in rows() for name in re.findall(r"`([\w./-]+)`", r[3])}
    files = {n for n in named if "/" in n or "." in n}
    assert len(files) > 8
    assert [n for n in sorted(files) if not (ROOT / n).exists()] == []


def test_project_channels_are_encrypted():
    for page in ("README.md", "CONTRIBUTING.md", "SECURITY.md"):
        plain = re.findall(r"http://[^\s>)\"]+", (ROOT / page).read_text(encoding="utf-8"))
        assert [a for a in plain if not a.startswith("http://127.0.0.1")] == []


SECRETS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bglpat-[\w-]{20}\b"
)


def test_no_secret_and_no_executable_is_kept():
    heads = (b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
    for path in tracked():
        data = path.read_bytes()
        assert not SECRETS.search(data), path
        assert not data.startswith(heads), path


def test_what_is_binary_is_a_picture_of_the_documentation():
    binary = [p for p in tracked() if b"\0" in p.read_bytes()[:8000]]
    assert {p.parent.relative_to(ROOT).as_posix() for p in binary} <= {"docs/img"}


def test_the_images_that_compose_runs_are_pinned_and_closed():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    for name, service in compose["services"].items():
        build = service.get("build", {}).get("dockerfile_inline", "")
        image = service.get("image") or re.findall(r"FROM (\S+)", build)[0]
        assert re.search(r":\d+\.\d+\.\d+", image), (name, image)
        assert service["read_only"] is True
        assert service["healthcheck"].keys() >= {"test", "interval", "timeout", "retries"}
        assert service["mem_limit"]
        assert service["pids_limit"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert not service.keys() & {
            "privileged",
            "network_mode",
            "cap_add",
            "devices",
            "pid",
            "ipc",
        }
        assert all(p.startswith("127.0.0.1:") for p in service["ports"])
        secrets = [v for k, v in service["environment"].items() if "PASSWORD" in k or "AUTH" in k]
        assert all(":?" in v for v in secrets), name


def test_neo4j_of_compose_leaves_out_the_code_that_writes_past_its_buffer():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    option = compose["services"]["neo4j"]["environment"]["NEO4J_server_jvm_additional"]
    assert option == "-XX:-UseBASE64Intrinsics"


def test_publiccode_says_what_the_standard_asks_for():
    said = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    assert publiccode.faults(said, ROOT) == []
    assert said["softwareVersion"] == VERSION


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": None}, "name"),
        ({"url": "no address"}, "url"),
        ({"developmentStatus": "finished"}, "developmentStatus"),
        ({"softwareType": "thing"}, "softwareType"),
        ({"releaseDate": "26.11.2026"}, "releaseDate"),
        ({"legal": {"license": "mine"}}, "legal"),
        ({"maintenance": {"type": "community"}}, "maintenance"),
        ({"description": {"en": {"shortDescription": "x" * 200}}}, "description"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_wrong_publiccode_is_found_out(change, fault):
    said = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    assert any(fault in line for line in publiccode.faults(said | change, ROOT))


def test_the_citation_names_the_version_that_is_here():
    said = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert said["cff-version"] == "1.2.0"
    assert said["version"] == VERSION
    assert {"message", "title", "authors", "license"} <= said.keys()
