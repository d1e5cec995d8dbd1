"""Envelopes: signed bytes, in the form of DSSE with exactly one signature.

    {"payload":"eyJhZGRyZXNzZWQi...","payloadType":"application/vnd.comity.turn.v1+json",
     "signatures":[{"keyid":"7d0c...","sig":"qL2x..."}]}          (written without spaces)

What is signed is the pre-authentication encoding of the type and the payload's exact
bytes, so nothing is ever encoded again in order to verify. The algorithm follows from
the key in the party's directory and never from the message: there is no field for it.
Zero or two signatures are malformed. Specified in `docs/spec/envelope.md`.

Deliberately not here: what a payload says (`turn`, `keys`, `bundle`), and whether a key
may sign it (`keys`).
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from comity.core import canonical
from comity.core.errors import Malformed, Unproven

TURN: Final = "application/vnd.comity.turn.v1+json"
STATEMENT: Final = "application/vnd.comity.statement.v1+json"
DIRECTORY: Final = "application/vnd.comity.directory.v1+json"
FOUNDING: Final = "application/vnd.comity.founding.v1+json"
BUNDLE: Final = "application/vnd.comity.bundle.v1+json"
_TYPES: Final = frozenset({TURN, STATEMENT, DIRECTORY, FOUNDING, BUNDLE})

SIZE_BYTES_MAX: Final = 262_144
SIGNATURE_BYTES: Final = 64


class Signer(Protocol):
    """A key that can sign: a file here, a hardware module elsewhere."""

    @property
    def key_id(self) -> str: ...

    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True)
class Envelope:
    """One signed payload and the exact bytes that it came in.

    `hash` is the SHA-256 of the payload: two envelopes of one payload are one saying.
    """

    payload_type: str
    payload: bytes
    key_id: str
    signature: bytes
    text: bytes

    @cached_property
    def hash(self) -> str:
        return canonical.digest(self.payload)

    def verify(self, public: Ed25519PublicKey) -> None:
        """Raise `Unproven` unless the signature is by `public` over type and payload."""
        try:
            public.verify(self.signature, pre_authentication(self.payload_type, self.payload))
        except InvalidSignature as error:
            raise Unproven(f"the signature does not hold under the key {self.key_id}") from error


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    """Return what is signed: DSSE v1, `PAE(type, payload)`."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(payload_type: str, payload: bytes, signer: Signer) -> Envelope:
    """Sign `payload` and return its envelope."""
    signature = signer.sign(pre_authentication(payload_type, payload))
    text = _format(payload_type, payload, signer.key_id, signature)
    return Envelope(payload_type, payload, signer.key_id, signature, text)


def parse(text: bytes) -> Envelope:
    """Return the envelope that `text` spells; raise `Malformed` unless in its one spelling.

    The signature is *not* checked here: who may sign is not known yet.
    """
    if len(text) > SIZE_BYTES_MAX:
        raise Malformed(f"envelope: expected at most {SIZE_BYTES_MAX} bytes, got {len(text)}")
    try:
        value = orjson.loads(text)
        (entry,) = value["signatures"]
        payload_type, key_id = value["payloadType"], entry["keyid"]
        payload, signature = _decoded(value["payload"]), _decoded(entry["sig"])
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(
            f"envelope: expected DSSE JSON with exactly one signature ({error!r:.120})"
        ) from error
    if type(payload_type) is not str or payload_type not in _TYPES:
        # Not quoted where it is no string: what is nested a thousand deep cannot be printed.
        named = ascii(payload_type)[:80] if type(payload_type) is str else type(payload_type).__name__
        raise Malformed(f"envelope: the payload type {named} is not known here")
    if type(key_id) is not str or not 0 < len(key_id) <= 64 or len(signature) != SIGNATURE_BYTES:
        raise Malformed("envelope: expected a key id and a signature of 64 bytes")
    if _format(payload_type, payload, key_id, signature) != text:
        raise Malformed("envelope: not in its one spelling")
    return Envelope(payload_type, payload, key_id, signature, text)


def _decoded(written: object) -> bytes:
    if type(written) is not str:
        raise Malformed(f"envelope: expected base64 text, got a {type(written).__name__}")
    try:
        return b64decode(written, validate=True)
    except ValueError as error:
        raise Malformed(f"envelope: not base64 ({error})") from error


def _format(payload_type: str, payload: bytes, key_id: str, signature: bytes) -> bytes:
    return orjson.dumps(
        {
            "payload": b64encode(payload).decode(),
            "payloadType": payload_type,
            "signatures": [{"keyid": key_id, "sig": b64encode(signature).decode()}],
        }
    )
