"""Proofs: that an entry is in a log, as one file that is verified offline.

The file is C2SP tlog-proof, each line ending in a newline:

    c2sp.org/tlog-proof@v1
    extra <base64, if there is any; it is not authenticated>
    index 6
    <base64 of each hash of the inclusion proof, from the leaf up>

    <the signed checkpoint, byte for byte>

The parser accepts exactly the bytes that the formatter writes. Deliberately not
here: the entry itself, of which the reader holds the bytes or the leaf hash, and
which keys to trust.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from comity.core.checkpoint import (
    NOTE_BYTES_MAX,
    Opened,
    Verifier,
    decode_base64,
    open_note,
    parse_checkpoint,
)
from comity.core.errors import Malformed
from comity.core.log import HASH_SIZE, SIZE_MAX, check_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
HASHES_MAX = 63
EXTRA_BYTES_MAX = 64 * 1024

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Proof:
    """The place of an entry in a log, the path to the root, and the signed checkpoint with that root.

    `extra` is for the application and proves nothing. Raises `Malformed` if the
    parts cannot stand in one file; whether they hold is for `check_proof`.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.index <= SIZE_MAX:
            raise Malformed(f"expected an index from 0 to {SIZE_MAX}, got {self.index}")
        if len(self.hashes) > HASHES_MAX or any(len(got) != HASH_SIZE for got in self.hashes):
            raise Malformed(f"expected at most {HASHES_MAX} hashes of {HASH_SIZE} bytes in a proof")
        if len(self.extra) > EXTRA_BYTES_MAX:
            raise Malformed(f"expected at most {EXTRA_BYTES_MAX} extra bytes, got {len(self.extra)}")
        parse_checkpoint(self.checkpoint)


def proof_bytes(proof: Proof) -> bytes:
    """The file; its name should end in `.tlog-proof`."""
    lines = [HEADER]
    if proof.extra:
        lines.append(f"extra {b64encode(proof.extra).decode()}")
    lines.append(f"index {proof.index}")
    lines += [b64encode(got).decode() for got in proof.hashes]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + proof.checkpoint


def parse_proof(data: bytes) -> Proof:
    """Read what `proof_bytes` wrote. Raises `Malformed` for any other bytes. Nothing is verified."""
    if len(data) > NOTE_BYTES_MAX + 2 * EXTRA_BYTES_MAX:
        raise Malformed(f"expected a proof of at most {NOTE_BYTES_MAX + 2 * EXTRA_BYTES_MAX} bytes")
    head, _, checkpoint = data.partition(b"\n\n")
    try:
        header, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Malformed("expected the lines before the checkpoint in ASCII") from None
    if header != HEADER:
        raise Malformed(f"expected a proof to begin with {HEADER!r}, got {header[:40]!r}")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "), "the extra data")
    index = _INDEX.fullmatch(lines[0]) if lines else None
    if index is None:
        raise Malformed("expected a line 'index' and a decimal number without leading zeros")
    hashes = tuple(decode_base64(line, "a hash of the proof") for line in lines[1:])
    proof = Proof(int(index[1]), hashes, checkpoint, extra)
    if proof_bytes(proof) != data:
        raise Malformed("the proof is not in its one spelling")
    return proof


def check_proof(proof: Proof, leaf: bytes, verifiers: Iterable[Verifier]) -> Opened:
    """Verify that `leaf` (a leaf hash) is in the log that signed the checkpoint, and return that opened.

    The caller compares the origin with the log it means, and counts cosignatures
    by distinct governments if it wants witnesses. Raises `Malformed` or `Unproven`.
    """
    opened = open_note(proof.checkpoint, verifiers)
    checkpoint = opened.checkpoint
    check_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return opened
