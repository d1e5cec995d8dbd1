"""The style sheet and the icon: our own, small, under names that their bytes give them.

Deliberately not here: fonts (the system's are used), and any style in a page.
"""

from hashlib import sha256
from importlib import resources
from typing import Final

from django.http import HttpRequest, HttpResponse

from comity.web import answers

_TYPES: Final = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


def _read() -> dict[str, tuple[str, bytes]]:
    """Return by ending: the name that the bytes give a file, and the bytes."""
    found = {}
    for ending in _TYPES:
        content = resources.files(__name__).joinpath(f"comity.{ending}").read_bytes()
        found[ending] = (f"comity.{sha256(content).hexdigest()[:16]}.{ending}", content)
    return found


_FILES: Final = _read()

SHEET: Final = f"/style/{_FILES['css'][0]}"
ICON: Final = f"/style/{_FILES['svg'][0]}"


def file(_request: HttpRequest, name: str) -> HttpResponse:
    """Return one of the files. Its name changes with its bytes, so a browser may keep it for ever."""
    found = _FILES.get(name.rpartition(".")[2])
    if found is None or found[0] != name:
        return answers.nothing()
    response = HttpResponse(found[1], content_type=_TYPES[name.rpartition(".")[2]])
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
