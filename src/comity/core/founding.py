"""Founding a pairing: the id that two directories make, and the note that both roots sign.

Both are functions of the two directories alone, so each node computes them for itself and
a stranger can compute them again. Specified in `docs/spec/founding.md`.

Deliberately not here: who compares the digits and with whom (`node.peers.pairing`), and
what the founding annex switches on (`instrument.founding_annex`).
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from comity.core import canonical, envelope, fields
from comity.core.envelope import Envelope
from comity.core.errors import Malformed, Unproven
from comity.core.instrument import annex_json, founding_annex
from comity.core.keys import Directory, key_id

_DOMAIN: Final = b"comity-pairing/1\n"


def pairing_id(one: bytes, other: bytes) -> str:
    """Return the id that two directory envelopes make, in whichever order given."""
    parts = sorted(canonical.digest(envelope.parse(text).payload) for text in (one, other))
    return canonical.digest(_DOMAIN + "\n".join(parts).encode())


def founding_payload(one: Directory, other: Directory, pairing: str) -> bytes:
    """Return the founding note: a function of the two directories, the same on both nodes."""
    sides = sorted((one, other), key=lambda side: side.party)
    return canonical.encode(
        {
            "annex": annex_json(founding_annex(one, other)),
            "exercise": one.exercise,
            "format": "comity-founding/1",
            "pairing": pairing,
            "parties": [side.party for side in sides],
            "secretariats": [side.secretariat.address for side in sides],
        }
    )


def check_note(text: bytes, one: Directory, other: Directory, pairing: str, signer: Directory) -> Envelope:
    """Return the founding note in `text` if it is this pairing's and `signer`'s root signed it."""
    sealed = envelope.parse(text)
    if sealed.payload_type != envelope.FOUNDING:
        raise Malformed(f"expected a founding note, got {sealed.payload_type}")
    if fields.text(canonical.parse(sealed.payload), "pairing") != pairing:
        raise Unproven("the founding note is of another pairing")
    if sealed.payload != founding_payload(one, other, pairing):
        raise Unproven("the founding note says something else than ours: the two nodes run other tables")
    if sealed.key_id != key_id("root", signer.root):
        raise Unproven(f"the founding note is not signed by the root of {signer.party}")
    sealed.verify(Ed25519PublicKey.from_public_bytes(signer.root))
    return sealed
