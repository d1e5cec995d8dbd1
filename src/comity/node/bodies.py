"""Sealed bodies in the node's directory, by the hash of their bytes.

    bodies/4/4f1c09...       exactly the sealed bytes that the turn names

A body is written, and it and its directory are on the disk, before the transaction that
logs its turn commits; a crash between the two leaves a file that no row points at, which
`fsck` may sweep. Reading checks the hash, so a damaged file is found and never believed.

Deliberately not here: opening a body for an officer's eyes (`casework.reading`), and
deciding that one is destroyed.
"""

import os
import threading
from collections.abc import Iterable
from pathlib import Path

from comity.core import canonical
from comity.core.errors import Unproven
from comity.node.node import Node


def keep(node: Node, bodies: Iterable[bytes]) -> None:
    """Write sealed bodies durably. Writing one again changes nothing."""
    folders: set[Path] = set()
    for sealed in bodies:
        path = place(node, canonical.digest(sealed))
        if path.exists() and path.stat().st_size == len(sealed):
            continue
        folders |= _folder(path.parent)
        _write(path, sealed)
    for folder in folders:
        _sync(folder)


def place(node: Node, digest: str) -> Path:
    """Return where the body with that hash lies, or would.

    Sixteen folders, not more: a batch must bring each folder that it touched to the disk.
    """
    return node.path / "bodies" / digest[:1] / digest


def read(node: Node, digest: str) -> bytes | None:
    """Return a sealed body, or None if it is not here; `Unproven` if the file is damaged."""
    path = place(node, digest)
    try:
        sealed = path.read_bytes()
    except FileNotFoundError:
        return None
    if canonical.digest(sealed) != digest:
        raise Unproven(
            f"the body {digest[:12]} in {path} is not the one that was kept: restore it from a backup"
        )
    return sealed


def _folder(folder: Path) -> set[Path]:
    """Make the folder; return the directories whose entries have to reach the disk."""
    if folder.is_dir():
        return {folder}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {folder, folder.parent}


def _write(path: Path, sealed: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        _write_all(handle, sealed)
        os.fsync(handle)
    finally:
        os.close(handle)
    part.replace(path)


def _write_all(handle: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
