"""Released JSON Schemas of contents: one file for each body type, `a-type/1` as `a-type.1.json`.

A procedure pins each schema by its hash, so a released file is never edited: a content
that changes is a new type with the next number. `scripts/make-schemas` writes the files
from the models, and a test holds each file to its model.

Deliberately not here: the models (each track's `bodies`).
"""

from functools import cache
from importlib import resources

from comity.core import canonical
from comity.core.errors import Malformed


def file_name(body_type: str) -> str:
    """Return the name of the file that holds the schema of a body type."""
    return f"{body_type.replace('/', '.')}.json"


@cache
def schema_bytes(body_type: str) -> bytes:
    """Return the released schema, canonical JSON; raise `Malformed` if none is released."""
    file = resources.files(__name__).joinpath(file_name(body_type))
    if not file.is_file():
        raise Malformed(f"body type {body_type!r:.80}: no schema is released; run scripts/make-schemas")
    return file.read_bytes()


def released(*body_types: str) -> tuple[tuple[str, str], ...]:
    """Return each body type with the hash of its released schema: what a table pins."""
    return tuple((name, canonical.digest(schema_bytes(name))) for name in sorted(body_types))
