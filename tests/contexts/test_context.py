"""Contexts are found by any spelling of their address, without a network, and say what JSON-LD says of names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ldt_graph import assets
from ldt_graph.contexts import CORE, Context, is_core, load
from ldt_graph.contexts.library import shipped
from ldt_graph.errors import ContextError
from ldt_graph.namespaces import NGSI_LD, NGSI_LD_DEFAULT, SDM

if TYPE_CHECKING:
    from pathlib import Path

DEVICE = "https://smart-data-models.github.io/dataModel.Device/context.jsonld"
SPELLINGS = [
    DEVICE,
    "http://smart-data-models.github.io/dataModel.Device/context.jsonld",
    *(
        f"https://raw.githubusercontent.com/smart-data-models/dataModel.Device/{branch}/context.jsonld"
        for branch in ("master", "main", "refs/heads/master", "refs/heads/main", "HEAD")
    ),
    "https://github.com/smart-data-models/dataModel.Device/blob/master/context.jsonld",
    "https://github.com/smart-data-models/dataModel.Device/raw/master/context.jsonld",
    "https://cdn.jsdelivr.net/gh/smart-data-models/dataModel.Device@master/context.jsonld",
]


@pytest.mark.parametrize("ref", SPELLINGS)
def test_an_address_is_known_in_every_spelling(ref: str) -> None:
    assert load(ref) is load(DEVICE)


@pytest.mark.parametrize("host", ["https://uri.etsi.org", "http://uri.etsi.org", "https://www.uri.etsi.org", "HTTPS://URI.ETSI.ORG"])  # fmt: skip
def test_the_core_context_is_known_by_all_its_versions(host: str) -> None:
    for version in ("1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9"):
        ref = f"{host}/ngsi-ld/v1/ngsi-ld-core-context-v{version}.jsonld"
        assert is_core(ref)
        assert Context.of(ref).expand("location") == NGSI_LD.location
        assert Context.of(ref).expand("speed") == NGSI_LD_DEFAULT.speed
    assert load(f"{host}/ngsi-ld/v1/ngsi-ld-core-context.jsonld") is load(ref)


def test_a_pinned_commit_is_another_context_than_the_one_that_ships() -> None:
    other = "https://raw.githubusercontent.com/smart-data-models/dataModel.Device/96e3883/context.jsonld"
    with pytest.raises(ContextError, match="can't be had"):
        load(other)


def test_what_can_not_be_had_is_an_error_by_name_with_the_next_step() -> None:
    with pytest.raises(ContextError, match=r"https://x\.org/c\.jsonld can't be had.*twin\.toml") as caught:  # fmt: skip
        Context.of([CORE, "https://x.org/c.jsonld"])
    assert caught.value.ref == "https://x.org/c.jsonld"


def test_every_shipped_file_has_an_address_and_a_line_in_the_readme() -> None:
    folder = assets.root() / "contexts"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    files = set(folder.rglob("*.jsonld"))
    assert files == set(shipped().values())
    for file in files:
        Context.of(json.loads(file.read_text(encoding="utf-8"))["@context"])
        assert f"{file.parent.name}/{file.stem}" in readme


def test_the_shipped_contexts_are_the_repositories_own(shared: Path) -> None:
    folder = assets.root() / "contexts" / "smart-data-models"
    for file in folder.glob("*.jsonld"):
        original = shared / "smart-data-models" / file.stem / "context.jsonld"
        assert file.read_bytes() == original.read_bytes()
    core = json.loads((shared / "smart-data-models/data-models/ngsi-ld-core-context.jsonld").read_bytes())  # fmt: skip
    for version, terms in core.items():
        own = f"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v{version}.jsonld"
        assert load(own)["@context"] == terms


def test_a_twins_own_context_comes_before_one_that_ships(tmp_path: Path) -> None:
    mine = tmp_path / "mine.jsonld"
    mine.write_text('{"@context": {"name": "https://x.org/name"}}', encoding="utf-8")
    assert Context.of(DEVICE).expand("name") == SDM.name
    assert Context.of(SPELLINGS[2], {DEVICE: mine}).expand("name") == "https://x.org/name"


@pytest.mark.parametrize("text", ["{", "[]", "{}", None])
def test_a_file_that_holds_no_context_is_an_error_that_names_it(tmp_path: Path, text: str | None) -> None:  # fmt: skip
    mine = tmp_path / "mine.jsonld"
    if text is not None:
        mine.write_text(text, encoding="utf-8")
    with pytest.raises(ContextError, match=r"https://x\.org/c.*mine\.jsonld"):
        Context.of("https://x.org/c", {"https://x.org/c": mine})


def test_contexts_that_read_each_other_are_an_error(tmp_path: Path) -> None:
    extra: dict[str, Any] = {}
    for own, other in (("a", "b"), ("b", "a")):
        extra[f"https://x.org/{own}"] = tmp_path / own
        (tmp_path / own).write_text(json.dumps({"@context": other}), encoding="utf-8")
    with pytest.raises(ContextError, match="within itself"):
        Context.of("https://x.org/a", extra)
