"""Examining a node: each check says what it found, why it matters, and how to mend it.

Deliberately not here: mending, and the deep comparison of log, bodies and projections.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from comity.core.log import frontier_at
from comity.node import bodies
from comity.node.keyring import ROOT_FILE
from comity.node.log import guard, store
from comity.node.models import Body, Head, Outbox
from comity.node.node import Node

FREE_BYTES_MIN: Final = 500_000_000
BODIES_SAMPLED: Final = 200


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, whether all is well, what was found, and the fix."""

    name: str
    ok: bool
    words: str
    fix: str = ""


def examine(node: Node) -> list[Check]:
    """Run every check and return what each found."""
    return [check(node) for check in _CHECKS]


def _triggers(node: Node) -> Check:
    missing = guard.missing(node.alias)
    words = f"{len(missing)} triggers missing" if missing else "the database refuses to rewrite the record"
    return Check("append-only", not missing, words, "comity serve puts them back; find out who removed them")


def _migrations(node: Node) -> Check:
    executor = MigrationExecutor(connections[node.alias])
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    words = f"{len(waiting)} changes of the tables wait" if waiting else "the tables are of this release"
    return Check("tables", not waiting, words, "run comity serve once")


def _durability(node: Node) -> Check:
    with connections[node.alias].cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
        cursor.execute("PRAGMA synchronous")
        level = cursor.fetchone()[0]
    ok = (mode, level) == ("wal", 2)
    return Check("durability", ok, f"journal {mode}, synchronous {level}", "expected wal and 2 (FULL)")


def _heads(node: Node) -> Check:
    bad = [
        head.log
        for head in Head.objects.using(node.alias).all()
        if frontier_at(head.size, store.StoredHashes(node, head.log)).pack() != bytes(head.frontier)
    ]
    words = f"{len(bad)} logs do not have the root of their entries" if bad else "every log has its root"
    return Check("logs", not bad, words, "stop, keep the directory as it is, and restore a backup beside it")


def _bodies(node: Node) -> Check:
    digests = Body.objects.using(node.alias).order_by("-size_bytes").values_list("sealed", flat=True)
    missing = [digest for digest in digests[:BODIES_SAMPLED] if not bodies.place(node, digest).exists()]
    words = f"{len(missing)} bodies are missing" if missing else "the bodies sampled are here"
    return Check("bodies", not missing, words, "restore the folder bodies/ from a backup")


def _keys(node: Node) -> Check:
    loose = [path.name for path in _private(node) if path.stat().st_mode & 0o077]
    words = (
        f"others may read {', '.join(loose)}" if loose else "private files are readable by this account only"
    )
    return Check("keys", not loose, words, "chmod 600 the files named")


def _private(node: Node) -> Iterator[Path]:
    yield from (node.path / "keys").glob("*.sealed")


def _root(node: Node) -> Check:
    here = (node.path / "keys" / ROOT_FILE).exists()
    fine = not here or node.settings.exercise
    words = "the root key lies on this machine" if here else "the root key is not on this machine"
    return Check("root key", fine, words, f"move keys/{ROOT_FILE} to offline media with two holders")


def _disk(node: Node) -> Check:
    free = shutil.disk_usage(node.path).free
    return Check(
        "disk", free > FREE_BYTES_MIN, f"{free // 1_000_000} MB free", "make room, or move the directory"
    )


def _outbox(node: Node) -> Check:
    long_ago = node.clock.now() - timedelta(hours=1)
    late = Outbox.objects.using(node.alias).filter(state="waiting", queued_at__lt=long_ago).count()
    stuck = Outbox.objects.using(node.alias).filter(state="stuck").count()
    words = f"{late} wait for more than an hour, {stuck} are stuck" if late or stuck else "nothing waits long"
    return Check("outbox", not (late or stuck), words, "comity status says why")


def _procedures(node: Node) -> Check:
    listed = dict(node.directory.procedures)
    unlisted = [name for name, digest in node.registry.known_procedures() if listed.get(name) != digest]
    words = (
        f"the directory does not list {', '.join(unlisted)}"
        if unlisted
        else "the directory lists every table"
    )
    return Check(
        "directory", not unlisted, words, "issue a new directory before the peer is asked to use them"
    )


_CHECKS: Final[tuple[Callable[[Node], Check], ...]] = (
    _triggers,
    _migrations,
    _durability,
    _heads,
    _bodies,
    _keys,
    _root,
    _disk,
    _outbox,
    _procedures,
)
