"""What both pages share: their frame, and the names of procedures, states and cases.

Deliberately not here: either page.
"""

from typing import Any, Final

from comity.node.models import Pairing
from comity.node.node import Node
from comity.tracks.registry import UnknownProcedure
from comity.tracks.words import Words
from comity.web import style
from comity.web.guard import Request
from comity.web.words import LANGUAGES, word

_SHORT: Final = 8
_LANGUAGE_NAMES: Final = {"en": "English", "hi": "हिन्दी"}


def of(request: Request) -> dict[str, Any]:
    """Return what the frame of every page shows."""
    node, language = request.node, request.language
    return {
        "language": language,
        "languages": [(one, _LANGUAGE_NAMES[one], _in(request, one)) for one in LANGUAGES],
        "sheet": style.SHEET,
        "icon": style.ICON,
        "node_name": word("node-of", language, party=node.directory.name.in_language(language)),
        "is_exercise": is_exercise(node),
    }


def _in(request: Request, language: str) -> str:
    """Return the query that shows this page in a language."""
    query = request.GET.copy()
    query["lang"] = language
    return f"?{query.urlencode()}"


def is_exercise(node: Node) -> bool:
    """Say whether this node, or a pairing of it, is for an exercise as a whole."""
    return node.settings.exercise or Pairing.objects.using(node.alias).filter(exercise=True).exists()


def words_of(node: Node, procedure: str, table: str | None) -> Words | None:
    """Return the words of a table; of the procedure's current one where that table's are not here."""
    listed = node.registry.listed_by_hash(table) if table else None
    if listed is None:
        try:
            listed = node.registry.current(procedure)
        except UnknownProcedure:
            return None
    return listed.words


def title(node: Node, procedure: str, table: str | None, language: str) -> str:
    """Return a procedure's title; its id where no words are here."""
    words = words_of(node, procedure, table)
    return words.title.in_language(language) if words else procedure


def state(node: Node, procedure: str, table: str, name: str, language: str) -> str:
    """Return a state in words; as the table writes it where no words are here."""
    words = words_of(node, procedure, table)
    found = words.states.get(name) if words else None
    return found.in_language(language) if found else name


def short(case: str) -> str:
    """Return the beginning of a case id, enough to tell it from others on a page."""
    party, _, digits = case.partition("-")
    return f"{party}-{digits[:_SHORT]}"
