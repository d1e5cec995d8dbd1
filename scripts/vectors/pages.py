"""The examples of the specification's pages, filled in from the vectors.

A fence whose info string names a vector shows it:

    ```json turn turns/propose/payload       the value as JSON, in lines
    ```text envelope pre-authentication      the text as it is
    ```wrap body sealed-sha256               the text, broken into lines of 96

The first word after the language is the file in `vectors/`, the second the way into it; a
text on that way is read as JSON. Between `<!-- codes -->` and `<!-- end -->` stands the table
of codes. Deliberately not here: pages whose examples name no vector, which are left as they are.
"""

import json
import re
from typing import Any

from comity.core.codes import CODES

FENCE = re.compile(r"^```(json|text|wrap) (\S+) (\S+)\n.*?^```$", re.MULTILINE | re.DOTALL)
CODES_TABLE = re.compile(r"(?<=<!-- codes -->\n).*?(?=<!-- end -->)", re.DOTALL)
LINE_CHARACTERS = 96


def filled(page: str, vectors: dict[str, dict[str, Any]]) -> str:
    """Return the page with every example and table that it quotes."""

    def example(found: re.Match[str]) -> str:
        form, name, way = found.groups()
        return f"```{form} {name} {way}\n{_shown(form, at(vectors[name], way))}\n```"

    return CODES_TABLE.sub(lambda _: codes_table(), FENCE.sub(example, page))


def at(value: Any, way: str) -> Any:
    """Return what stands at the end of a way such as `turns/propose/payload/marking`."""
    for name in way.split("/"):
        if isinstance(value, str):
            value = json.loads(value)
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def _shown(form: str, value: Any) -> str:
    if form == "json":
        value = json.loads(value) if isinstance(value, str) else value
        return _indented(value, 0)
    text = str(value).rstrip("\n")
    if form == "text":
        return text
    return "\n".join(text[start : start + LINE_CHARACTERS] for start in range(0, len(text), LINE_CHARACTERS))


def _indented(value: Any, level: int) -> str:
    """Return JSON in which whatever fits on a line stands on one."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or len(flat) + 2 * level <= LINE_CHARACTERS:
        return flat
    named = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    inner = "  " * (level + 1)
    items = [
        inner + ("" if name is None else f"{json.dumps(name)}: ") + _indented(item, level + 1)
        for name, item in named
    ]
    first, last = "{}" if isinstance(value, dict) else "[]"
    return "\n".join((first, ",\n".join(items), "  " * level + last))


def codes_table() -> str:
    """Return all codes with their sentences as Markdown, refusals first."""
    rows = ["| code | | sentence | in Hindi |", "| --- | --- | --- | --- |"]
    for code in CODES.values():
        kind = "refused" if code.final else "not yet"
        rows.append(f"| `{code.code}` | {kind} | {code.en} | {code.hi} |")
    return "\n".join(rows) + "\n"
