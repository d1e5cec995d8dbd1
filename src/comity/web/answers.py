"""The answers that tell nothing, and the headers that every answer carries.

Whatever was asked for by whoever may not have it, and whatever does not exist, is answered
by the same bytes: nobody learns from them what there is.

Deliberately not here: who may have what (`guard`).
"""

import sys
import traceback
from typing import Final

from django.http import HttpRequest, HttpResponse

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<h1>{title} <span lang="hi">/ {hindi_title}</span></h1>
<p>{words}</p>
<p lang="hi">{hindi_words}</p>
</html>
"""

_NOTHING: Final = _PAGE.format(
    title="Nothing is here",
    hindi_title="यहाँ कुछ नहीं है",
    words="If you followed a link: it opens once, and only for fifteen minutes. Ask for a new one.",
    hindi_words="यदि आप किसी लिंक से आए हैं: वह एक ही बार और केवल पंद्रह मिनट तक खुलता है। नया लिंक माँगें।",
).encode()

_BROKEN: Final = _PAGE.format(
    title="Something failed here",
    hindi_title="यहाँ कुछ विफल हुआ",
    words="Nothing was changed. Where it failed stands in the output of the command that serves this page.",
    hindi_words="कुछ भी बदला नहीं गया। विफलता का स्थान इस पृष्ठ को चलाने वाले आदेश के आउटपुट में है।",
).encode()


def nothing() -> HttpResponse:
    """Return the one answer to all that is not there, or not for whoever asks."""
    return HttpResponse(_NOTHING, status=404)


def unknown(_request: HttpRequest, exception: Exception) -> HttpResponse:  # Django's name
    """Return the same for an address that there is not (Django's `handler404`)."""
    return nothing()


def broken(error: Exception, *, silent: bool = False) -> HttpResponse:
    """Say to the operator what failed and where; to the client that something did (or no word)."""
    complain(error)
    return HttpResponse(b"" if silent else _BROKEN, status=500)


def complain(error: Exception) -> None:
    """Write the kind of an error and its place. Its message stays unsaid: it may quote a body."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].name}, line {frames[-1].lineno}" if frames else "nowhere"
    walked = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    module = walked[-1].f_globals.get("__name__", "?") if walked else "?"
    sys.stderr.write(f"comity: a page failed: {type(error).__name__} in {module}.{place}\n")


def sealed(response: HttpResponse, *, without_body: bool = False) -> HttpResponse:
    """Return the answer with the headers that every answer carries; for HEAD without its body."""
    response["Content-Length"] = str(len(response.content))
    if without_body:
        response.content = b""
    for name, value in HEADERS.items():
        response[name] = value
    if not response.has_header("Cache-Control"):
        response["Cache-Control"] = "no-store"
    return response
