"""The entrance: a one-time link is changed for a session, once.

Deliberately not here: issuing links, which a command does (`links.issue`).
"""

from django.http import HttpResponse, HttpResponseRedirect

from comity.web import answers, links, sessions
from comity.web.guard import Request


def enter(request: Request, token: str) -> HttpResponse:
    """Use the link up, begin a session and go to the docket; else the answer that tells nothing."""
    now = request.node.clock.now()
    opened = links.use(request.node, token, now)
    if opened is None:
        return answers.nothing()
    response = HttpResponseRedirect("/docket")
    response.status_code = 303
    sessions.begin(request.node, response, opened.officer, now)
    return response


def home(_request: Request) -> HttpResponse:
    """Go from the bare address to the docket."""
    return HttpResponseRedirect("/docket")
