"""Founding a node: its keys, its signed directory, its database.

Everything is made in a directory beside the one asked for and moved into place at the end,
so a founding that is interrupted leaves nothing that looks like a node.

Deliberately not here: pairing, officers, TLS certificates.
"""

import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson
from django.core.management import call_command

from comity.core import envelope
from comity.core.errors import ComityError
from comity.core.keys import Directory, Key, Name, Office, directory_payload, open_directory
from comity.core.procedure import canonical_json
from comity.node.keyring import NODE_FILE, ROOT_FILE, FileSigner, Secret, new_secret, write_keys
from comity.node.log import guard
from comity.node.models import TableKept
from comity.node.node import CONFIG_FILE, DIRECTORY_FILE, Node, connect, disconnect
from comity.tracks.registry import Registry, shipped

PORT_DEFAULT: Final = 8701


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a node is to be: its party, its offices, and where it listens on this machine."""

    party: str
    name: Name
    offices: tuple[Office, ...]
    exercise: bool
    port: int = PORT_DEFAULT
    settings: dict[str, int] = field(default_factory=dict)


class AlreadyANode(ComityError):
    """There is something at the path already, and it is not overwritten."""

    code = "already-a-node"


def found(
    path: Path,
    plan: Plan,
    *,
    root_passphrase: str,
    passphrase: str,
    now: datetime,
    registry: Registry | None = None,
) -> Directory:
    """Make a node at `path`, which must not exist or be empty. Returns its directory.

    Raises `Malformed` for offices that no peer could read, and leaves nothing behind.
    """
    if path.exists() and any(path.iterdir()):
        raise AlreadyANode(f"{path} is not empty: choose another directory, or remove it yourself")
    root = new_secret("root")
    held = _secrets(plan.offices)
    made = _directory(plan, root, held, now.replace(microsecond=0), registry or shipped())
    sealed = envelope.seal(envelope.DIRECTORY, directory_payload(made), FileSigner(root))
    directory = open_directory(sealed)  # as the peer will read it
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f".{path.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    try:
        write_keys(making / "keys" / ROOT_FILE, [root], root_passphrase)
        write_keys(making / "keys" / NODE_FILE, held, passphrase)
        (making / DIRECTORY_FILE).write_bytes(sealed.text)
        (making / CONFIG_FILE).write_text(_config(plan), encoding="utf-8")
        (making / "bodies").mkdir(mode=0o700)
        migrate(making)
        disconnect(making)
        if path.exists():
            path.rmdir()
        making.rename(path)
    except BaseException:
        disconnect(making)
        shutil.rmtree(making, ignore_errors=True)
        raise
    return directory


def migrate(path: Path) -> None:
    """Bring the directory's database to this release's tables, and its guards into place."""
    alias = connect(path)
    call_command("migrate", database=alias, verbosity=0, stdout=io.StringIO())
    guard.install(alias)


def _secrets(offices: Sequence[Office]) -> tuple[Secret, ...]:
    own = [new_secret(use) for use in ("node-signing", "log")]
    for office in offices:
        own += [new_secret("office-signing", office.address), new_secret("office-opening", office.address)]
    return tuple(own)


def _directory(
    plan: Plan, root: Secret, held: Sequence[Secret], now: datetime, registry: Registry
) -> Directory:
    return Directory(
        party=plan.party,
        version=1,
        issued_at=now,
        name=plan.name,
        exercise=plan.exercise,
        root=root.public,
        offices=plan.offices,
        keys=tuple(Key(secret.use, secret.office, secret.public, now) for secret in held),
        procedures=tuple(sorted(registry.known_procedures())),
    )


def _config(plan: Plan) -> str:
    lines = [
        "# Who this node is. Change the port freely; the rest is in the signed directory too.",
        f'party = "{plan.party}"',
        f"name = {orjson.dumps(plan.name.en).decode()}",  # a JSON string is a TOML string
        f"port = {plan.port}",
        f"exercise = {'true' if plan.exercise else 'false'}",
        *(f"{name} = {value}" for name, value in sorted(plan.settings.items())),
    ]
    return "\n".join(lines) + "\n"


def keep_tables(node: Node) -> None:
    """Keep the canonical JSON of every table that this release can run, for old cases to come."""
    TableKept.objects.using(node.alias).bulk_create(
        (
            TableKept(hash=one.procedure.hash, kind="procedure", text=canonical_json(one.procedure))
            for one in node.registry.listed
            if not TableKept.objects.using(node.alias).filter(hash=one.procedure.hash).exists()
        ),
    )
