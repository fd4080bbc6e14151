"""The one typed class of settings; every default works on a laptop with no server."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from ldt_graph.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings read from `LDT_` variables: `LDT_MEMORY=2.3GB`, `LDT_PORT=8080`, ...

    Attributes:
        memory: DuckDB's memory limit for a build.
        threads: Threads that a build uses; 0 means one per core.
        shacl: The engine that judges by shapes: shacl, or pyshacl, the slow reference.
        host: Address that `ldt serve` listens on.
        port: Port that `ldt serve` listens on.
        hosts: Names, by commas, that a server is called by beside its address.
        keys: File of the keys that open a server; the twin's own `.ldt/keys.json` unless given.
        security_contact: Address, as an IRI, for who finds a weakness of the server.
        neo4j_uri: Bolt address of the Neo4j server.
        neo4j_user: Its user.
        neo4j_password: Its password; never printed.
        neo4j_database: Its database.
        neo4j_timeout: Seconds that one question may take there.
    """

    memory: str = "2.3GB"
    threads: int = 0
    shacl: str = "shacl"
    host: str = "127.0.0.1"
    port: int = 8000
    hosts: str = ""
    keys: str = ""
    security_contact: str = ""
    neo4j_uri: str = "bolt://127.0.0.1:7687"
    neo4j_user: str = "neo4j"
    neo4j_password: str = field(default="", repr=False)
    neo4j_database: str = "neo4j"
    neo4j_timeout: int = 30

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings; an unknown `LDT_` name or a wrong type is an error that names it."""
        environment = os.environ if environment is None else environment
        known = {f"LDT_{f.name.upper()}": f for f in fields(cls)}
        values: dict[str, str | int] = {}
        for key, text in environment.items():
            if not key.startswith("LDT_"):
                continue
            if key not in known:
                raise SettingsError(f"Unknown setting {key}.", hint=f"Known: {', '.join(known)}.")
            try:
                values[known[key].name] = int(text) if known[key].type == "int" else text
            except ValueError:
                raise SettingsError(f"{key} must be a whole number, not {text!r}.") from None
        return cls(**values)  # ty: ignore[invalid-argument-type]
