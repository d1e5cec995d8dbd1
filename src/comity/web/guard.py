"""The guard: who is let in at all. Everything is refused that is not let in here by name.

- Pages are for this computer (loopback), under a name of this computer (so that a foreign
  page cannot reach them under its own), read only (GET and HEAD), and behind a session.
- Without a session only a one-time link opens, and it by GET alone.
- The peer's door takes a POST from anywhere: there the signed bundle says who asks.

All else gets the answer that tells nothing. Every answer carries the same strict headers.

Deliberately not here: which officer may see which case; sign-in and roles come with the
workplace.
"""

import ipaddress
from collections.abc import Callable
from typing import Final, cast

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from comity.node.node import Node
from comity.web import answers, sessions
from comity.web.sessions import Session
from comity.web.words import LANGUAGES

EXCHANGE_PATH: Final = "/exchange"
ENTRANCE: Final = "/enter/"
NODE_KEY: Final = "comity.node"
"""Where the WSGI environment holds the node (`site.wsgi`)."""


class Request(HttpRequest):
    """A request as the views get it: with the node that serves it, and who asks."""

    node: Node
    sitting: Session
    language: str


class Guard:
    """Django's middleware of that name in the settings; the only one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = cast(Request, request)
        asked.node = request.META[NODE_KEY]
        try:
            answer = self._answer(asked)
        except Exception as error:
            answer = answers.broken(error)
        if 400 <= answer.status_code < 500:
            answer = answers.nothing()
        return answers.sealed(answer, without_body=request.method == "HEAD")

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse:
        """Answer for a view that failed, so that no framework writes what the error says."""
        return answers.broken(error, silent=request.path == EXCHANGE_PATH)

    def _answer(self, request: Request) -> HttpResponse:
        if request.path == EXCHANGE_PATH and request.method == "POST":
            return self._next(request)
        if request.method not in ("GET", "HEAD") or not is_from_here(request):
            return answers.nothing()
        if request.path.startswith(ENTRANCE):
            return self._next(request) if request.method == "GET" else answers.nothing()
        session = sessions.read(request.node, request, request.node.clock.now())
        if session is None:
            return answers.nothing()
        request.sitting = session
        return self._in_language(request)

    def _in_language(self, request: Request) -> HttpResponse:
        chosen = request.GET.get("lang", "")
        kept = request.COOKIES.get(sessions.language_cookie_name(request.node), "")
        request.language = next((one for one in (chosen, kept) if one in LANGUAGES), LANGUAGES[0])
        answer = self._next(request)
        if chosen in LANGUAGES and answer.status_code == 200:
            sessions.keep_language(request.node, answer, chosen)
        return answer


def is_from_here(request: HttpRequest) -> bool:
    """Say whether the request comes from this computer, and by a name of this computer.

    A proxy would make everybody seem to be here: what it forwarded is refused.
    """
    if any(name in request.META for name in ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR")):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
        request.get_host()
    except (ValueError, DisallowedHost):
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
