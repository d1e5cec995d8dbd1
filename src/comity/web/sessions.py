"""Sessions: the signed cookie that a one-time link is changed for.

    comity-IN-5d1f0c3a = 3.1795414860.9f0a....<HMAC-SHA256, hex>

Officer number, until when (seconds of the epoch), a name for the session, and a signature by
the node's own key over these and the cookie's name. The name carries the node, because
browsers keep cookies by host and not by port: two nodes on one machine must not overwrite
each other's. Nothing is stored at the node.

Deliberately not here: accounts, second factors, roles. They come with the workplace.
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from django.http import HttpRequest, HttpResponse

from comity.node.node import Node
from comity.web import keyfile

LIFETIME: Final = timedelta(hours=12)
_VALUE: Final = re.compile(r"([0-9]{1,9})\.([0-9]{1,12})\.([0-9a-f]{32})\.([0-9a-f]{64})", re.ASCII)
LANGUAGE_SECONDS: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """One sitting of an officer. `id` names it in the log of looks."""

    officer: int
    id: str


def cookie_name(node: Node) -> str:
    """Return the name of the node's session cookie."""
    return f"comity-{node.party}-{sha256(str(node.path).encode()).hexdigest()[:8]}"


def language_cookie_name(node: Node) -> str:
    """Return the name of the cookie that keeps the reader's language."""
    return f"{cookie_name(node)}-lang"


def begin(node: Node, response: HttpResponse, officer: int, now: datetime) -> None:
    """Give the browser a session of twelve hours."""
    until = int((now + LIFETIME).timestamp())
    said = f"{officer}.{until}.{secrets.token_hex(16)}"
    response.set_cookie(
        cookie_name(node),
        f"{said}.{_signature(node, said)}",
        max_age=int(LIFETIME.total_seconds()),
        path="/",
        httponly=True,
        samesite="Strict",
    )


def read(node: Node, request: HttpRequest, now: datetime) -> Session | None:
    """Return the session that the request's cookie proves, or None."""
    found = _VALUE.fullmatch(request.COOKIES.get(cookie_name(node), ""))
    if found is None:
        return None
    officer, until, name, signature = found.groups()
    if not hmac.compare_digest(signature, _signature(node, f"{officer}.{until}.{name}")):
        return None
    return Session(int(officer), name) if now.timestamp() < int(until) else None


def keep_language(node: Node, response: HttpResponse, language: str) -> None:
    """Remember the reader's language in the browser."""
    response.set_cookie(
        language_cookie_name(node),
        language,
        max_age=LANGUAGE_SECONDS,
        path="/",
        httponly=True,
        samesite="Strict",
    )


def _signature(node: Node, said: str) -> str:
    text = f"{cookie_name(node)}={said}".encode()
    return hmac.new(keyfile.read_or_make(node), text, sha256).hexdigest()
