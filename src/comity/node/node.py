"""What a node is: one directory, one database, opened keys, and a clock.

    node.toml            who we are and where we listen
    party.directory      our directory of offices and keys, signed by our root
    keys/                private keys (`keyring`)
    bodies/              sealed bodies, by hash
    node.sqlite3         the record and its projections

Everything that acts takes a `Node`, so two of them live in one process: that is how the
tests hold a conversation. Deliberately not here: making a node (`founding`), and
global state of any kind.
"""

import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from django.db import connections

from comity.core import envelope
from comity.core.errors import ComityError
from comity.core.keys import Directory, Key, open_directory
from comity.core.procedure import Procedure, parse_procedure
from comity.node.clock import Clock, ExerciseClock, SystemClock
from comity.node.keyring import NODE_FILE, FileSigner, Keyring, read_keys
from comity.tracks.registry import Registry, shipped

CONFIG_FILE: Final = "node.toml"
DIRECTORY_FILE: Final = "party.directory"
DATABASE_FILE: Final = "node.sqlite3"


class NotANode(ComityError):
    """The directory does not hold a node, or an unfinished one."""

    code = "not-a-node"


@dataclass(frozen=True, slots=True)
class Settings:
    """What stands in node.toml. `turns_per_minute_max` and `bodies_bytes_max` bound a peer."""

    party: str
    name: str
    port: int
    exercise: bool
    turns_per_minute_max: int = 120_000
    bodies_bytes_max: int = 20_000_000_000


@dataclass
class Node:
    """One government's node. `alias` names its database in this process.

    `remembered` is what the modules above keep with a node while it is open, each under a
    name of its own; nothing in it cannot be read again from the directory.
    """

    path: Path
    settings: Settings
    keyring: Keyring
    clock: Clock
    registry: Registry = field(default_factory=shipped)
    remembered: dict[str, object] = field(default_factory=dict)
    tables: dict[str, Procedure] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    pace: dict[str, list[tuple[datetime, int]]] = field(default_factory=dict)
    desk: dict[str, tuple[int, int]] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)

    @property
    def party(self) -> str:
        return self.settings.party

    @property
    def alias(self) -> str:
        return f"node:{self.path}"

    @cached_property
    def directory(self) -> Directory:
        """Our own directory, checked against the root that signed it."""
        return open_directory(envelope.parse(self.directory_text))

    @cached_property
    def directory_text(self) -> bytes:
        """The bytes of our directory's envelope: what the peer is given."""
        return (self.path / DIRECTORY_FILE).read_bytes()

    def procedure(self, table: str) -> Procedure | None:
        """Return the procedure with that hash: of this release, or one that was ever used here."""
        from comity.node.models import TableKept  # models exist only once Django is set up

        found = self.registry.procedure_by_hash(table) or self.tables.get(table)
        if found is None:
            kept = TableKept.objects.using(self.alias).filter(hash=table, kind="procedure").first()
            if kept is None:
                return None
            found = self.tables.setdefault(table, parse_procedure(bytes(kept.text)))
        return found

    def signer(self, key: Key) -> FileSigner:
        """Return the signer for one of our own keys."""
        return self.keyring.signer(key.id)

    def node_signer(self) -> FileSigner:
        """Return the signer of what the node says by itself."""
        return self.signer(self.directory.current("node-signing", self.clock.now()))

    def log_signer(self) -> FileSigner:
        """Return the signer of our log's checkpoints."""
        return self.signer(self.directory.current("log", self.clock.now()))


def open_node(
    path: Path, passphrase: str, clock: Clock | None = None, registry: Registry | None = None
) -> Node:
    """Open the node in a directory: settings, keys, database."""
    settings = read_settings(path)
    chosen = clock or (ExerciseClock(path) if settings.exercise else SystemClock())
    node = Node(path, settings, Keyring(read_keys(path / "keys" / NODE_FILE, passphrase)), chosen)
    if registry is not None:
        node.registry = registry
    connect(path)
    return node


def read_settings(path: Path) -> Settings:
    """Return what stands in the directory's node.toml."""
    file = path / CONFIG_FILE
    if not file.exists():
        raise NotANode(f"{path} holds no node: `comity init --dir {path}` makes one")
    try:
        return Settings(**tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise NotANode(f"{file}: {error}") from error


def connect(path: Path) -> str:
    """Make the directory's database known to Django under the node's alias; return the alias."""
    alias = f"node:{path}"
    if alias not in connections.databases:
        connections.databases[alias] = _database(path)
    return alias


def disconnect(path: Path) -> None:
    """Close this thread's connection to the directory's database, if it has one."""
    if f"node:{path}" in connections.databases:
        connections[f"node:{path}"].close()


def _database(path: Path) -> dict[str, Any]:
    options = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        # FULL: nothing is acknowledged before it is on the disk. recursive_triggers: without
        # it INSERT OR REPLACE deletes a row past the trigger that forbids deleting.
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
        "PRAGMA recursive_triggers=ON;PRAGMA foreign_keys=ON;",
    }
    test = {"CHARSET": None, "COLLATION": None, "MIGRATE": True, "MIRROR": None, "NAME": None}
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path / DATABASE_FILE),
        "OPTIONS": options,
        "ATOMIC_REQUESTS": False,
        "AUTOCOMMIT": True,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,
        "TIME_ZONE": None,
        "USER": "",
        "PASSWORD": "",
        "HOST": "",
        "PORT": "",
        "TEST": test,
    }
