"""The style sheet, the icon and one font, under names that their bytes give them.

The font is Noto Sans Devanagari (variable, SIL Open Font License 1.1, text beside it): a
system without one shows Hindi as empty boxes. Latin letters come from the system.

Deliberately not here: any style in a page, and anything from another origin.
"""

from hashlib import sha256
from importlib import resources
from typing import Final

from django.http import HttpRequest, HttpResponse

from comity.web import answers

_TYPES: Final = {"woff2": "font/woff2", "svg": "image/svg+xml", "css": "text/css; charset=utf-8"}
"""By ending; the font first, because the sheet names it by its bytes."""


def _read() -> dict[str, tuple[str, bytes]]:
    """Return by ending: the name that the bytes give a file, and the bytes."""
    found: dict[str, tuple[str, bytes]] = {}
    for ending in _TYPES:
        content = resources.files(__name__).joinpath(f"comity.{ending}").read_bytes()
        if ending == "css":
            content = content.replace(b"comity.woff2", found["woff2"][0].encode())
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
