"""Envelopes against securesystemslib's DSSE, and by what they must never let pass.

What is refused, and the reason given, stands in `docs/spec/vectors/envelope.json`.
"""

import json
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as Oracle
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import Signature, SSlibKey  # type: ignore[attr-defined]  # named in __all__ elsewhere

from comity.core import envelope
from comity.core.envelope import BUNDLE, DIRECTORY, FOUNDING, STATEMENT, TURN
from comity.core.errors import Malformed, Unproven

TYPES = st.sampled_from([TURN, STATEMENT, DIRECTORY, FOUNDING, BUNDLE])


class Signer:
    """A key made from a label."""

    def __init__(self, label: str) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(sha256(label.encode()).digest())
        self.public = self.private.public_key()
        self.key_id = sha256(self.public.public_bytes_raw()).hexdigest()[:32]

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)

    def oracle(self) -> SSlibKey:
        return SSlibKey(self.key_id, "ed25519", "ed25519", {"public": self.public.public_bytes_raw().hex()})


INDIA, STATES = Signer("IN"), Signer("US")


@given(TYPES, st.binary(max_size=200))
def test_another_implementation_of_dsse_verifies_what_we_sign(kind: str, payload: bytes) -> None:
    sealed = envelope.seal(kind, payload, INDIA)
    oracle = Oracle.from_dict(json.loads(sealed.text))

    assert oracle.pae() == envelope.pre_authentication(kind, payload)
    assert oracle.payload == payload
    assert list(oracle.verify([INDIA.oracle()], 1)) == [INDIA.key_id]
    with pytest.raises(VerificationError):
        oracle.verify([STATES.oracle()], 1)


@given(TYPES, st.binary(max_size=200))
def test_we_verify_what_another_implementation_signs(kind: str, payload: bytes) -> None:
    oracle = Oracle(payload, kind, {})
    made = Signature(INDIA.key_id, INDIA.sign(oracle.pae()).hex())
    oracle.signatures[INDIA.key_id] = made
    text = json.dumps(oracle.to_dict(), separators=(",", ":"), sort_keys=True).encode()

    sealed = envelope.parse(text)
    sealed.verify(INDIA.public)
    assert (sealed.payload_type, sealed.payload) == (kind, payload)


@given(TYPES, st.binary(max_size=200))
def test_reading_undoes_writing(kind: str, payload: bytes) -> None:
    sealed = envelope.seal(kind, payload, INDIA)

    assert envelope.parse(sealed.text) == sealed
    assert sealed.hash == sha256(payload).hexdigest()


@given(st.binary(min_size=1, max_size=60), st.data())
def test_no_byte_of_an_envelope_can_be_changed(payload: bytes, data: st.DataObject) -> None:
    text = envelope.seal(TURN, payload, INDIA).text
    place = data.draw(st.integers(0, len(text) - 1))
    flipped = text[:place] + bytes([text[place] ^ data.draw(st.integers(1, 255))]) + text[place + 1 :]

    try:
        changed = envelope.parse(flipped)
    except Malformed:
        return
    # Only the name of the key is not signed; a reader looks the key up by it, and finds none.
    if changed.key_id == INDIA.key_id:
        with pytest.raises(Unproven):
            changed.verify(INDIA.public)


@given(TYPES, TYPES, st.binary(max_size=60))
def test_a_signature_counts_for_one_type_only(kind: str, other: str, payload: bytes) -> None:
    sealed, again = envelope.seal(kind, payload, INDIA), envelope.seal(other, payload, INDIA)

    assert (sealed.signature == again.signature) == (kind == other)


@given(TYPES, st.binary(max_size=40), TYPES, st.binary(max_size=40))
def test_no_two_sayings_have_one_pre_authentication(
    kind: str, payload: bytes, other_kind: str, other_payload: bytes
) -> None:
    same = envelope.pre_authentication(kind, payload) == envelope.pre_authentication(
        other_kind, other_payload
    )

    assert same == ((kind, payload) == (other_kind, other_payload))


def test_an_envelope_is_at_most_262144_bytes() -> None:
    assert envelope.SIZE_BYTES_MAX == 262_144
    with pytest.raises(Malformed, match="at most 262144 bytes"):
        envelope.parse(envelope.seal(TURN, bytes(200_000), INDIA).text)
