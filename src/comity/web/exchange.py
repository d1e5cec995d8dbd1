"""The peer's door: a bundle in, a bundle out.

Who asks is told by the signed cover of the bundle and by nothing else. Whoever is not a
peer gets the answer that tells nothing. An error here is answered by no word.

Deliberately not here: what a bundle may contain and what is done with it (`node.peers`).
"""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse

from comity.core.bundle import SIZE_BYTES_MAX
from comity.node.peers import exchange as peers
from comity.node.peers.wire import CONTENT_TYPE
from comity.web import answers
from comity.web.guard import Request


def exchange(request: Request) -> HttpResponse:
    """Take in a push and answer it; at most `SIZE_BYTES_MAX` bytes are read."""
    if request.method != "POST" or _length(request) > SIZE_BYTES_MAX:
        return answers.nothing()
    try:
        answer = peers.receive(request.node, request.body)
    except (peers.Unwelcome, RequestDataTooBig):
        return answers.nothing()
    return HttpResponse(answer, content_type=CONTENT_TYPE)


def _length(request: Request) -> int:
    told = request.META.get("CONTENT_LENGTH") or "0"
    return int(told) if told.isascii() and told.isdigit() else SIZE_BYTES_MAX + 1
