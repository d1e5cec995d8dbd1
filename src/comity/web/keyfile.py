"""The key that a node signs its session cookies with: 32 random bytes in a file of mode 0600.

The key is a secret of this machine only. Losing it ends the sessions and nothing else.

Deliberately not here: the keys that sign what crosses (`node.keyring`).
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from comity.node.keyring import KeysUnreadable
from comity.node.node import Node

KEY_FILE: Final = "web.key"
KEY_BYTES: Final = 32


def read_or_make(node: Node) -> bytes:
    """Return the node's cookie key, made at the first asking; `KeysUnreadable` if others may read it."""
    path = node.path / KEY_FILE
    if not path.exists():
        _make(path)
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise KeysUnreadable(f"{path}: expected mode 600, got {mode:o}: run chmod 600 {path}")
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise KeysUnreadable(f"{path}: expected {KEY_BYTES} bytes, got {len(key)}: remove it for a new one")
    return key


def _make(path: Path) -> None:
    """Put a whole key in place at once: of two threads that try, the second finds the first's."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    write_private(part, secrets.token_bytes(KEY_BYTES))
    with suppress(FileExistsError):
        path.hardlink_to(part)
    part.unlink()


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only this account can read; `FileExistsError` if there is one."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
