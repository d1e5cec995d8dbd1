"""A proof in a file: read back as written, and worth nothing when a byte of it is changed."""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.core.checkpoint import (
    COSIGNATURE_ED25519,
    LOG_ED25519,
    Checkpoint,
    Cosignature,
    Verifier,
    cosign,
    sign_checkpoint,
)
from comity.core.errors import ComityError, Malformed, Unproven
from comity.core.log import MemoryLog, leaf_hash
from comity.core.proof import EXTRA_BYTES_MAX, HASHES_MAX, Proof, check_proof, parse_proof, proof_bytes

ORIGIN = "comity/7f1c/IN"
WITNESS = "comity/7f1c/US/witness"
AT = datetime(2024, 2, 29, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"log").digest())
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"witness").digest())
KNOWN = [
    Verifier(ORIGIN, LOG_ED25519, KEY.public_key().public_bytes_raw()),
    Verifier(WITNESS, COSIGNATURE_ED25519, WITNESS_KEY.public_key().public_bytes_raw()),
]
ENTRIES = [f"entry {i}".encode() for i in range(300)]
TREE = MemoryLog(ENTRIES)


def note(size: int) -> bytes:
    signed = sign_checkpoint(Checkpoint(ORIGIN, size, TREE.root(size)), KEY)
    return cosign(signed, WITNESS, WITNESS_KEY, signed_at=AT)


def proof_of(index: int, size: int, extra: bytes = b"") -> Proof:
    return Proof(index, TREE.inclusion_proof(index, size), note(size), extra)


FILE = proof_bytes(proof_of(41, 300, b"case 41"))


@given(st.integers(1, 300), st.data(), st.binary(max_size=100))
def test_a_proof_is_read_back_and_holds(size: int, data: st.DataObject, extra: bytes) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = proof_of(index, size, extra)

    assert parse_proof(proof_bytes(proof)) == proof
    opened = check_proof(proof, leaf_hash(ENTRIES[index]), KNOWN)
    assert opened.checkpoint == Checkpoint(ORIGIN, size, TREE.root(size))
    assert opened.cosignatures == (Cosignature(WITNESS, AT),)


def test_a_proof_does_not_hold_for_another_entry() -> None:
    with pytest.raises(Unproven, match="leaf 41 of 300"):
        check_proof(parse_proof(FILE), leaf_hash(b"entry 42"), KNOWN)


def test_a_proof_does_not_hold_without_the_key_of_the_log() -> None:
    with pytest.raises(Unproven, match="known key of log"):
        check_proof(parse_proof(FILE), leaf_hash(ENTRIES[41]), KNOWN[1:])


def test_a_checkpoint_from_before_the_entry_does_not_prove_it() -> None:
    proof = Proof(41, TREE.inclusion_proof(40, 41), note(41))
    with pytest.raises(Unproven, match="expected a leaf from 0 to 40"):
        check_proof(proof, leaf_hash(ENTRIES[41]), KNOWN)


@given(st.integers(0, len(FILE) * 8 - 1))
def test_no_flipped_bit_in_a_proof_goes_unseen(bit: int) -> None:
    data = bytearray(FILE)
    data[bit // 8] ^= 1 << bit % 8
    try:
        proof = parse_proof(bytes(data))
        opened = check_proof(proof, leaf_hash(ENTRIES[41]), KNOWN)
    except ComityError:
        return
    # Two things are not protected: the extra data, and lines whose key has become unknown.
    good = parse_proof(FILE)
    assert (proof.index, proof.hashes) == (good.index, good.hashes)
    assert opened.checkpoint == Checkpoint(ORIGIN, 300, TREE.root())
    assert proof.extra != good.extra or opened.cosignatures == ()


@given(st.binary(max_size=100))
def test_bytes_are_one_proof_or_none(data: bytes) -> None:
    for candidate in (data, b"c2sp.org/tlog-proof@v1\n" + data):
        with pytest.raises(Malformed):
            parse_proof(candidate)


HASH = b64encode(bytes(32))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"@v1", b"@v2"),
        (b"index 41", b"index 041"),
        (b"index 41", b"index  41"),
        (b"index 41", b"index -1"),
        (b"index 41", b"index 9223372036854775808"),
        (b"index 41\n", b""),
        (b"index 41\n", b"index 41\n" + HASH[:-4] + b"\n"),
        (b"index 41\n", b"index 41\r\n"),
        (b"index 41\n", b"index 41\n" + b"\n".join([HASH] * HASHES_MAX) + b"\n"),
        (b"extra Y2FzZSA0MQ==\n", b"extra \n"),
        (b"extra Y2FzZSA0MQ==\n", b"extra Y2FzZSA0MR==\n"),
        (b"extra Y2FzZSA0MQ==\n", b"extra Y2FzZSA0MQ==\nextra Y2FzZSA0MQ==\n"),
        (b"extra Y2FzZSA0MQ==\n", b"\n"),
        (b"\n\n", b"\n"),
        (b"\n\n", b"\n\n\n"),
        (b"\n300\n", b"\n0300\n"),
    ],
)
def test_a_proof_has_one_spelling(old: bytes, new: bytes) -> None:
    assert FILE.count(old) >= 1
    with pytest.raises(Malformed):
        parse_proof(FILE.replace(old, new, 1))


def test_no_extra_data_means_no_extra_line() -> None:
    assert b"extra" not in proof_bytes(proof_of(0, 1))
    assert proof_bytes(proof_of(0, 1)).startswith(b"c2sp.org/tlog-proof@v1\nindex 0\n\ncomity/7f1c/IN\n1\n")


def test_a_proof_that_could_not_be_read_back_cannot_be_made() -> None:
    good = proof_of(41, 300)
    for index, hashes, checkpoint, extra in (
        (-1, good.hashes, good.checkpoint, b""),
        (41, (b"short",), good.checkpoint, b""),
        (41, good.hashes, b"no note", b""),
        (41, good.hashes, good.checkpoint, bytes(EXTRA_BYTES_MAX + 1)),
    ):
        with pytest.raises(Malformed):
            Proof(index, hashes, checkpoint, extra)
    largest = Proof(41, (bytes(32),) * HASHES_MAX, good.checkpoint, bytes(EXTRA_BYTES_MAX))
    assert parse_proof(proof_bytes(largest)) == largest
