"""Test vectors for the log, its checkpoints and its proofs: the same on every run.

The leaves are the eight that Certificate Transparency implementations share. The
keys are made from fixed seeds and are for tests only. Deliberately not here: the
file to write (`scripts/make-vectors` decides) and any secret worth keeping.
"""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.core.checkpoint import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    LOG_ED25519,
    Checkpoint,
    Verifier,
    checkpoint_text,
    cosign,
    sign_checkpoint,
)
from comity.core.log import EMPTY_ROOT, Frontier, MemoryLog, grow, leaf_hash
from comity.core.proof import Proof, proof_bytes

LEAVES = tuple(
    bytes.fromhex(data)
    for data in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
)
ORIGIN = "comity/7f1c/IN"
WITNESS = "comity/7f1c/US/witness"
SIGNED_AT = datetime(2024, 2, 27, 9, 30, tzinfo=UTC)
LOG_SEED = sha256(b"comity test vector: log key").digest()
WITNESS_SEED = sha256(b"comity test vector: witness key").digest()


def log_vectors() -> dict[str, Any]:
    """All of them, as plain JSON values: bytes are in hex, notes and proofs are text."""
    log_key = Ed25519PrivateKey.from_private_bytes(LOG_SEED)
    witness_key = Ed25519PrivateKey.from_private_bytes(WITNESS_SEED)
    log_verifier = Verifier(ORIGIN, LOG_ED25519, log_key.public_key().public_bytes_raw())
    witness = Verifier(WITNESS, COSIGNATURE_ED25519, witness_key.public_key().public_bytes_raw())
    log = MemoryLog(LEAVES)
    checkpoint = Checkpoint(ORIGIN, len(log), log.root())
    note = sign_checkpoint(checkpoint, log_key)
    cosigned = cosign(note, WITNESS, witness_key, signed_at=SIGNED_AT)
    proof = Proof(6, log.inclusion_proof(6), cosigned)
    return {
        "tree": _tree(log),
        "stored": _stored(),
        "keys": {
            "log": {"seed": LOG_SEED.hex(), "vkey": log_verifier.vkey()},
            "witness": {"seed": WITNESS_SEED.hex(), "vkey": witness.vkey()},
        },
        "checkpoint": {
            "origin": ORIGIN,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "text": checkpoint_text(checkpoint),
            "note": note.decode(),
            "cosigned": cosigned.decode(),
            "cosigned_at": SIGNED_AT.isoformat(),
            "with_a_reserved_line": cosigned.decode() + _reserved_line(),
        },
        "refused_notes": _refused(cosigned.decode()),
        "proof": proof_bytes(proof).decode(),
        "proof_with_extra": proof_bytes(Proof(6, proof.hashes, cosigned, b"case 41")).decode(),
    }


def _tree(log: MemoryLog) -> dict[str, Any]:
    sizes = range(1, len(log) + 1)
    return {
        "leaves": [{"data": data.hex(), "hash": leaf_hash(data).hex()} for data in LEAVES],
        "empty_root": EMPTY_ROOT.hex(),
        "roots": [{"size": size, "root": log.root(size).hex()} for size in sizes],
        "frontiers": [
            {"size": size, "packed": Frontier().extend(leaf_hash(d) for d in LEAVES[:size]).pack().hex()}
            for size in range(len(log) + 1)
        ],
        "inclusion": [
            {"index": index, "size": size, "proof": _hex(log.inclusion_proof(index, size))}
            for size in sizes
            for index in range(size)
        ],
        "consistency": [
            {"old": old, "new": new, "proof": _hex(log.consistency_proof(old, new))}
            for new in sizes
            for old in range(new + 1)
        ],
    }


def _stored() -> dict[str, Any]:
    """Which hashes are stored for 70,000 leaves, of which leaf i holds i as 4 bytes, big-endian."""
    frontier, stored = grow(Frontier(), (leaf_hash(i.to_bytes(4, "big")) for i in range(70_000)))
    kept = [got for got in stored if got.number in (0, 1, 255, 272)]
    return {
        "size": frontier.size,
        "root": frontier.root().hex(),
        "count": len(stored),
        "some": [{"level": got.level, "number": got.number, "hash": got.hash.hex()} for got in kept],
    }


def _refused(cosigned: str) -> list[dict[str, str]]:
    """Notes that differ from a good one in one thing, and the code of the error."""
    changes = [
        ("malformed", "the size has a leading zero", "\n8\n", "\n08\n"),
        ("malformed", "the size has a sign", "\n8\n", "\n+8\n"),
        ("malformed", "the lines end in CR LF", "\n8\n", "\r\n8\r\n"),
        ("malformed", "spare bits of the base64 are set", "RgQyg=\n", "RgQyh=\n"),
        ("malformed", "the padding is missing", "RgQyg=\n", "RgQyg\n"),
        ("malformed", "the origin holds a space", "comity/7f1c/IN\n8", "comity/7f1c IN\n8"),
        ("malformed", "an empty line stands in the text", "\n8\n", "\n\n8\n"),
        ("malformed", "a hyphen stands for the em dash", f"— {WITNESS}", f"- {WITNESS}"),
        ("malformed", "two spaces before a signature", f"{WITNESS} ", f"{WITNESS}  "),
        ("malformed", "there is no empty line before the signatures", "\n\n", "\n"),
        ("unproven", "another size than was signed", "\n8\n", "\n9\n"),
        ("unproven", "another root than was signed", "XcnaeacG", "XcnaeacH"),
        ("unproven", "an extension that was not signed", "RgQyg=\n", "RgQyg=\nextension\n"),
        ("unproven", "the log's line bears another name", f"— {ORIGIN} ", f"— {ORIGIN}2 "),
        ("unproven", "another time of cosignature than was signed", "ABl3au", "ABl3av"),
    ]
    refused = []
    for code, why, old, new in changes:
        if old not in cosigned:
            raise ValueError(f"the change {why!r} does not apply to the note: {old!r} is not in it")
        refused.append({"why": why, "code": code, "note": cosigned.replace(old, new, 1)})
    return refused


def _reserved_line() -> str:
    """A line of type 0x06 in form only: a reader that does not know the key must ignore it."""
    key = sha256(b"not a key").digest() * 41
    key_id = sha256(ORIGIN.encode() + b"\n" + bytes([COSIGNATURE_ML_DSA_44]) + key).digest()[:4]
    signature = key_id + int(SIGNED_AT.timestamp()).to_bytes(8, "big") + bytes(2420)
    return f"— {ORIGIN} {b64encode(signature).decode()}\n"


def _hex(hashes: tuple[bytes, ...]) -> list[str]:
    return [got.hex() for got in hashes]
