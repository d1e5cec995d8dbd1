"""One-time links: how an officer gets in until there is sign-in.

    links/4f1c09...      named by the SHA-256 of the token; inside: whose, and until when

The token itself is written nowhere; it is in the link that the command prints. Using a link
renames its file first, which the file system lets one process do once, and only then reads
it. A link that was used, ran out or never was gives the same answer: None.

Deliberately not here: what a used link is changed for (`sessions`).
"""

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from comity.core import canonical, fields
from comity.core.errors import Malformed
from comity.core.fields import format_instant
from comity.node.node import Node
from comity.web.keyfile import write_private

LIFETIME: Final = timedelta(minutes=15)
FOLDER: Final = "links"
TOKEN_BYTES: Final = 32
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link was issued for; `officer` is a number, 0 where it was issued to nobody by name."""

    officer: int


def issue(node: Node, officer: int | None, now: datetime) -> str:
    """Make a link for an officer (or nobody by name) and return its token, which is kept nowhere."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    folder = node.path / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    _sweep(folder, now)
    until = format_instant((now + LIFETIME).replace(microsecond=0))
    content = canonical.encode({"officer": officer or 0, "until": until})
    write_private(folder / _name(token), content)
    return token


def address(node: Node, token: str) -> str:
    """Return the address to print. A name and not a number: cookies and browsers treat them apart."""
    return f"http://localhost:{node.settings.port}/enter/{token}"


def use(node: Node, token: str, now: datetime) -> Opened | None:
    """Use a link up and return what it was for; None if it is not, no longer or not any more one."""
    if not _TOKEN.fullmatch(token):
        return None
    path = node.path / FOLDER / _name(token)
    used = path.with_suffix(".used")
    try:
        path.rename(used)
    except FileNotFoundError:
        return None
    content = used.read_bytes()
    used.unlink()
    return _opened(content, now)


def _opened(content: bytes, now: datetime) -> Opened | None:
    try:
        value = canonical.parse(content)
        return Opened(fields.integer(value, "officer")) if now < fields.instant(value, "until") else None
    except Malformed:
        return None


def _name(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _sweep(folder: Path, now: datetime) -> None:
    """Remove links that nobody used in time."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if _opened(path.read_bytes(), now) is None:
                path.unlink()
