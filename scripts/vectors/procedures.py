"""Vectors for procedures: the table of the story, how it hashes, and what is refused.

Deliberately not here: whether a table is sound (`docs/spec/soundness.md`).
"""

from typing import Any

import orjson
from scripts.vectors.story import BODY_TYPE, PROCEDURE, SCHEMA, bad, changed

from comity.core import canonical
from comity.core.procedure import canonical_json, markdown_table


def procedure_vectors() -> dict[str, Any]:
    """The table in its one spelling, as Markdown, and the schema of its one body."""
    text = canonical_json(PROCEDURE)
    return {
        "text": text.decode(),
        "hash": PROCEDURE.hash,
        "markdown": markdown_table(PROCEDURE),
        "schema": {"type": BODY_TYPE, "text": canonical.encode(SCHEMA).decode()},
        "schema-hash": canonical.digest(canonical.encode(SCHEMA)),
        "bad": _refused(text),
    }


def _refused(text: bytes) -> list[dict[str, str]]:
    value = orjson.loads(text)
    step, gate, clock = value["steps"][1], value["gates"][0], value["clocks"][0]
    spelling = "one spelling"
    given: list[tuple[str, str, bytes]] = [
        ("another format", spelling, changed(text, format="comity-procedure/2")),
        ("a member is not known", spelling, changed(text, title="Example")),
        ("a step with a member more", spelling, changed(text, steps=[step | {"help": "Agree."}])),
        ("three roles", "roles: expected two", changed(text, roles=["a", "b", "c"])),
        ("version 0", "version: expected an integer from 1", changed(text, version=0)),
        (
            "a silence that does not exist",
            "silence: expected one of",
            changed(text, steps=[step | {"silence": "yes"}]),
        ),
        (
            "a clock with such a silence",
            "silence: expected one of",
            changed(text, clocks=[clock | {"silences": ["yes"]}]),
        ),
        (
            "an override by one",
            "override: expected one of",
            changed(text, gates=[gate | {"override": "one"}]),
        ),
        ("a gate that the table lacks", "a gate is named", changed(text, gates=[])),
        ("a body without a hash", "expected 64 hexadecimal", changed(text, bodies={BODY_TYPE: ""})),
    ]
    return [bad("procedure", why, "malformed", reason, given) for why, reason, given in given]
