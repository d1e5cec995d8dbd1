"""Vectors for bodies: plain, sealed, and what does not open.

HPKE draws its own randomness, so sealed bytes are made once and kept: `body_vectors` takes
those of the file that is there and seals anew only where they do not open to the plain
bytes in their place any more. So a second run changes nothing. Deliberately not here: the turn that
carries the body.
"""

from dataclasses import replace
from typing import Any

from scripts.vectors.story import (
    CASE_CROSSED,
    CONTENT_KEY,
    INDIA,
    SALT,
    STATES,
    Side,
    bad,
    changed,
    context,
    directory,
    opening_private,
    opening_seeds,
    plain,
)

from comity.core import body, canonical
from comity.core.errors import ComityError
from comity.core.keys import Key

MAGIC_BYTES = len("comity-sealed/1\n")
WRAPPED_BYTES = 32 + 1120 + 48


def keep_or_seal(kept: dict[str, Any] | None) -> bytes:
    """Return the sealed bytes of the file that is there if they still open, or new ones."""
    if kept is not None:
        sealed = bytes.fromhex(kept["sealed-hex"])
        if _opens(sealed):
            return sealed
    return body.seal(plain(), context(), [_opening(INDIA), _opening(STATES)], CONTENT_KEY)


def _opening(side: Side) -> Key:
    return directory(side).pinned("office-opening")[0]


def _opens(sealed: bytes) -> bool:
    try:
        keys = [
            body.unwrap(sealed, _opening(side).id, opening_private(side.label("office-opening")), context())
            for side in (INDIA, STATES)
        ]
        return keys == [CONTENT_KEY] * 2 and body.open_sealed(sealed, CONTENT_KEY, context()) == plain()
    except ComityError:
        return False


def body_vectors(sealed: bytes) -> dict[str, Any]:
    """The one body of the story with its keys, and what is refused."""
    return {
        "plain": plain().decode(),
        "plain-sha256": canonical.digest(plain()),
        "salt": SALT.hex(),
        "content-key": CONTENT_KEY.hex(),
        "context": context().info().decode(),
        "openers": {side.office: _opener(side) for side in (INDIA, STATES)},
        "sealed-hex": sealed.hex(),
        "sealed-sha256": canonical.digest(sealed),
        "sealed-bytes": len(sealed),
        "bad": [*_refused_plain(), *_refused_sealed(sealed)],
        "elsewhere": _elsewhere(),
    }


def _opener(side: Side) -> dict[str, str]:
    lattice, curve = opening_seeds(side.label("office-opening"))
    return {
        "key-id": _opening(side).id,
        "ml-kem-768-seed": lattice.hex(),
        "x25519-private": curve.hex(),
    }


def _elsewhere() -> list[dict[str, str]]:
    """Contexts that differ in one thing: in none of them do the sealed bytes open."""
    here = context()
    moved = [
        ("another case", replace(here, case=CASE_CROSSED)),
        ("another pairing", replace(here, pairing="0" * 64)),
        ("another sender", replace(here, office="IN/CBN")),
        ("another addressee", replace(here, addressed="US/DEA")),
        ("a lower marking", replace(here, marking=replace(here.marking, tlp="GREEN"))),
        ("a wider audience", replace(here, marking=replace(here.marking, releasable_to=("GB", "US")))),
    ]
    return [{"why": why, "context": place.info().decode()} for why, place in moved]


def _refused_plain() -> list[dict[str, str]]:
    given = [
        ("no salt", "missing ['salt']", b'{"content":{},"type":"example-proposal/1"}'),
        ("a salt of 31 bytes", "salt: expected 64", changed(plain(), salt=SALT[:31].hex())),
        ("a content that is a list", "content: expected an object", changed(plain(), content=[])),
        ("a member is not known", "not known here ['to']", changed(plain(), to="US")),
    ]
    return [bad("plain-body", why, "malformed", reason, text) for why, reason, text in given]


def _refused_sealed(sealed: bytes) -> list[dict[str, str]]:
    head, end = MAGIC_BYTES + 2, MAGIC_BYTES + 2 + 2 * WRAPPED_BYTES
    first, second = sealed[head : head + WRAPPED_BYTES], sealed[head + WRAPPED_BYTES : end]
    malformed = [
        ("another format", "expected comity-sealed/1", sealed.replace(b"/1\n", b"/2\n", 1)),
        ("a count of 3", "a count of 1 or 2", sealed.replace(b"\n2\n", b"\n3\n", 1)),
        ("cut within the openers", "cut short", sealed[: head + 100]),
        ("the openers out of order", "in order, each once", sealed[:head] + second + first + sealed[end:]),
        ("one opener twice", "in order, each once", sealed[:head] + first + first + sealed[end:]),
    ]
    unproven = [
        ("one bit of the content", "does not open", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        ("cut within the content", "does not open", sealed[:-1]),
        ("no content", "does not open", sealed[:end]),
        ("one bit of the wrapped key", "does not open", _flipped(sealed, head + WRAPPED_BYTES - 1)),
        ("one bit of the lattice's part", "does not open", _flipped(sealed, head + 40)),
        ("sealed to another key", "not sealed to the key", _flipped(sealed, head)),
    ]
    return [bad("sealed-body", why, "malformed", reason, given) for why, reason, given in malformed] + [
        bad("sealed-body", why, "unproven", reason, given) for why, reason, given in unproven
    ]


def _flipped(sealed: bytes, at: int) -> bytes:
    return sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
