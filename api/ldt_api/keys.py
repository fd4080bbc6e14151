"""Keys that open a server: made once, shown once, kept as hashes."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from ldt_graph.errors import SettingsError

SCOPES = ("read", "steward", "admin")
"""What a key is for; each holds those before it."""
PREFIX = "ldt_"


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key.

    Attributes:
        name: Who has it.
        scope: One of `SCOPES`.
        hash: SHA-256 of the key, hexadecimal. It is 256 random bits: there is nothing to guess that a slow hash
            would have to protect.
        made: When, ISO 8601.
    """

    name: str
    scope: str
    hash: str
    made: str

    def allows(self, scope: str) -> bool:
        """Return whether it is enough for what needs a scope."""
        return holds(self.scope, scope)


def holds(scope: str, other: str) -> bool:
    """Return whether a scope holds another: itself, or one before it."""
    return SCOPES.index(scope) >= SCOPES.index(other)


class Keys:
    """The keys of a file, read again when it has changed: a key that is revoked opens nothing from the next request on.

    Args:
        path: The file; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: tuple[Key, ...] = ()

    def all(self) -> tuple[Key, ...]:
        """Return every key, by name.

        Raises:
            SettingsError: The file is not one of keys.
        """
        try:
            found = self.path.stat()
            seen = (found.st_mtime_ns, found.st_size, found.st_ino)
            if seen != self._seen:
                self._keys, self._seen = self._read(), seen
        except FileNotFoundError:
            self._keys, self._seen = (), None
        except OSError as error:
            raise SettingsError(f"{self.path} can't be read: {error.strerror}.") from None
        return self._keys

    def find(self, secret: str) -> Key | None:
        """Return the key that a text is, compared in constant time."""
        digest, found = _hash(secret), None
        for key in self.all():
            if hmac.compare_digest(key.hash, digest):
                found = key
        return found

    def add(self, name: str, scope: str) -> str:
        """Make a key and keep its hash; return the key, which nobody can read again.

        Raises:
            SettingsError: The name is taken or no name, or the scope is none.
        """
        if not re.fullmatch(r"[\w.@-]{1,80}", name):
            raise SettingsError(
                f"{name!r} can't name a key.", hint="Use letters, digits and . _ @ -, at most 80."
            )
        if scope not in SCOPES:
            raise SettingsError(f"There is no scope {scope!r}.", hint=f"Use {', '.join(SCOPES)}.")
        keys = self.all()
        if any(k.name == name for k in keys):
            raise SettingsError(
                f"There is a key {name!r}.", hint=f"Revoke it first: ldt keys revoke {name}."
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        made = datetime.now(UTC).isoformat(timespec="seconds")
        self._write((*keys, Key(name, scope, _hash(secret), made)))
        return secret

    def revoke(self, name: str) -> None:
        """Take a key out.

        Raises:
            SettingsError: There is none of that name.
        """
        keys = self.all()
        left = tuple(k for k in keys if k.name != name)
        if left == keys:
            raise SettingsError(f"There is no key {name!r}.", hint="`ldt keys list` names them.")
        self._write(left)

    def _read(self) -> tuple[Key, ...]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))["keys"]
            keys = tuple(Key(**k) for k in found)
            for key in keys:
                SCOPES.index(key.scope)
        except (ValueError, TypeError, KeyError):
            raise SettingsError(
                f"{self.path} is not a file of keys.", hint="Move it away, and add keys anew."
            ) from None
        return keys

    def _write(self, keys: tuple[Key, ...]) -> None:
        """Replace the file in one step; only its owner reads it."""
        ordered = sorted(keys, key=lambda k: k.name)
        text = json.dumps({"keys": [asdict(k) for k in ordered]}, indent=1) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(dir=self.path.parent)  # 0600
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(made).replace(self.path)
        except OSError as error:
            raise SettingsError(f"{self.path} can't be written: {error.strerror}.") from None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
