"""What publiccode.yml 0.4 asks for (https://yml.publiccode.tools), as far as a file says it by itself."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

REQUIRED = ("publiccodeYmlVersion", "name", "url", "releaseDate", "platforms", "categories")
REQUIRED += ("developmentStatus", "softwareType", "description", "legal", "maintenance")
REQUIRED += ("localisation",)
KNOWN = {*REQUIRED, "applicationSuite", "landingURL", "isBasedOn", "softwareVersion", "logo"}
KNOWN |= {"monochromeLogo", "inputTypes", "outputTypes", "usedBy", "roadmap", "intendedAudience"}
KNOWN |= {"dependsOn", "organisation", "fundedBy"}
STATUS = {"concept", "development", "beta", "stable", "obsolete"}
TYPES = {"standalone/mobile", "standalone/iot", "standalone/desktop", "standalone/web"}
TYPES |= {"standalone/backend", "standalone/other", "addon", "library", "configurationFiles"}
MAINTAINED = {"internal", "contract", "community", "none"}
LICENCES = {"Apache-2.0"}


def faults(said: Mapping[str, Any], root: Path) -> list[str]:
    """Return what is wrong, a line each; files that it names are looked for below `root`."""
    return [*_top(said), *_parts(said), *_description(said.get("description") or {}, root)]


def _top(said: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{key} is missing" for key in REQUIRED if not said.get(key))
    yield from (f"{key} is no key of the standard" for key in said.keys() - KNOWN)
    if said.get("publiccodeYmlVersion") not in {"0.2", "0.3", "0.4"}:
        yield "publiccodeYmlVersion is none that is known"
    if not re.fullmatch(r"https?://[^\s/]+/\S+", str(said.get("url"))):
        yield "url is no address"
    if said.get("developmentStatus") not in STATUS:
        yield "developmentStatus is none of the standard's"
    if said.get("softwareType") not in TYPES:
        yield "softwareType is none of the standard's"
    try:
        date.fromisoformat(str(said.get("releaseDate")))
    except ValueError:
        yield "releaseDate is no date"


def _parts(said: Mapping[str, Any]) -> Iterator[str]:
    if (said.get("legal") or {}).get("license") not in LICENCES:
        yield "legal/license is none that the project has"
    kept = said.get("maintenance") or {}
    if kept.get("type") not in MAINTAINED:
        yield "maintenance/type is none of the standard's"
    if kept.get("type") in {"internal", "community"} and not kept.get("contacts"):
        yield "maintenance/contacts are missing"
    local = said.get("localisation") or {}
    if not isinstance(local.get("localisationReady"), bool) or not local.get("availableLanguages"):
        yield "localisation is not whole"


def _description(texts: Mapping[str, Any], root: Path) -> Iterator[str]:
    for language, text in texts.items():
        if not 0 < len(text.get("shortDescription") or "") <= 150:
            yield f"description/{language}/shortDescription has no 1 to 150 characters"
        if not 150 <= len(text.get("longDescription") or "") <= 10_000:
            yield f"description/{language}/longDescription has no 150 to 10,000 characters"
        features = text.get("features") or []
        if not features or any(len(f) > 100 for f in features):
            yield f"description/{language}/features are missing, or longer than 100 characters"
        missing = [s for s in text.get("screenshots", ()) if not (root / s).is_file()]
        yield from (f"description/{language}/screenshots: no {name}" for name in missing)
