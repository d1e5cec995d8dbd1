"""Checkpoints: what a log commits to, signed by the log and cosigned by its witnesses.

A checkpoint is a signed note (C2SP signed-note and tlog-checkpoint), each line
ending in a newline:

    comity/7f1c/IN
    8
    XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=

    — comity/7f1c/IN <base64 of a 4-byte key id and the log's Ed25519 signature>
    — comity/7f1c/US/witness <base64 of a key id, a time and a cosignature (C2SP tlog-cosignature)>

Parsers accept exactly the bytes that the formatters write. Lines signed by keys
that the reader does not know are kept and ignored, so a note may already carry an
ML-DSA-44 line (type 0x06), which is not made or checked here yet.

Deliberately not here: trees and proofs (`log`, `proof`), which keys to trust and
since when (`keys`), and the rule that a log signs and a witness cosigns only what
is consistent with all it signed before: that needs memory, so the node keeps it.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from comity.core.errors import Malformed, Unproven
from comity.core.log import HASH_SIZE, SIZE_MAX

LOG_ED25519 = 0x01
"""Signature type: the log's own Ed25519 signature over the note's text (C2SP signed-note)."""
COSIGNATURE_ED25519 = 0x04
"""Signature type: a witness's Ed25519 signature with its time (C2SP tlog-cosignature)."""
COSIGNATURE_ML_DSA_44 = 0x06
"""Reserved: a note may carry such a line; `docs/spec/checkpoint.md` says what it will mean."""

NOTE_BYTES_MAX = 256 * 1024
SIGNATURES_MAX = 32
NAME_BYTES_MAX = 255

_DASH = "— "
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_UNFIT = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The root of the log `origin` when it had `size` leaves. Nothing is proved yet: see `open_note`."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_name(self.origin)
        if not 0 <= self.size <= SIZE_MAX:
            raise Malformed(f"expected a tree size from 0 to {SIZE_MAX}, got {self.size}")
        if len(self.root) != HASH_SIZE:
            raise Malformed(f"expected a root of {HASH_SIZE} bytes, got {len(self.root)}")
        for line in self.extensions:
            if not line or "\n" in line:
                raise Malformed(f"expected an extension to be one line that is not empty, got {line!r}")
            _check_text(line)


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature as it stands on a note: checked for form only."""

    name: str
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.key_id) != 4 or not self.signature:
            raise Malformed(f"expected a 4-byte key id and a signature in the line of {self.name!r}")

    def text(self) -> str:
        """The line, with its newline."""
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key, what it is called in notes, and what it may sign: the log or a cosignature.

    Raises `Malformed` for a signature type other than 0x01 and 0x04.
    """

    name: str
    kind: int
    public_key: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.kind not in (LOG_ED25519, COSIGNATURE_ED25519):
            raise Malformed(f"expected signature type 0x01 or 0x04 for {self.name!r}, got 0x{self.kind:02x}")
        if len(self.public_key) != 32:
            raise Malformed(
                f"expected an Ed25519 key of 32 bytes for {self.name!r}, got {len(self.public_key)}"
            )

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name || 0x0A || type || key), by C2SP signed-note."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public_key).digest()[:4]

    def vkey(self) -> str:
        """The key as one word to be configured elsewhere: `name+id+base64(type || key)`."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.kind]) + self.public_key).decode()}"


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified statement: at this time this was the largest consistent tree that the witness had seen."""

    name: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A checkpoint that its log signed, and the cosignatures of the witnesses we know."""

    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...] = ()


def parse_vkey(text: str) -> Verifier:
    """Read what `Verifier.vkey` wrote. Raises `Malformed` for any other text, or a wrong key id."""
    name, _, rest = text.partition("+")
    _, _, key = rest.partition("+")
    raw = decode_base64(key, f"the key of {name!r}")
    verifier = Verifier(name, raw[0] if raw else 0, raw[1:])
    if verifier.vkey() != text:
        raise Malformed(f"expected the verifier key {verifier.vkey()!r}, got {text!r}")
    return verifier


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """The text that is signed: origin, size, root, extensions, each line with its newline."""
    root = b64encode(checkpoint.root).decode()
    lines = (checkpoint.origin, str(checkpoint.size), root, *checkpoint.extensions)
    return "".join(f"{line}\n" for line in lines)


def sign_checkpoint(checkpoint: Checkpoint, private_key: Ed25519PrivateKey) -> bytes:
    """A note with the log's own signature; the key's name is the origin.

    The caller has made sure that it never signed anything inconsistent with it.
    """
    text = checkpoint_text(checkpoint)
    key_id = Verifier(checkpoint.origin, LOG_ED25519, private_key.public_key().public_bytes_raw()).key_id
    line = SignatureLine(checkpoint.origin, key_id, private_key.sign(text.encode()))
    return _note_bytes(checkpoint, [line])


def cosign(note: bytes, name: str, private_key: Ed25519PrivateKey, *, signed_at: datetime) -> bytes:
    """The same note with the cosignature of witness `name`, in place of an earlier one by this key.

    `signed_at` is aware; it is written in whole seconds, rounded down. Only the
    form of the note is checked: call `open_note` first, then check consistency
    with the largest tree seen, and remember this one before the note leaves.
    Raises `Malformed` if the note is, or has no room for another line.
    """
    checkpoint, lines = parse_checkpoint(note)
    seconds = _posix(signed_at)
    message = _cosigned_message(seconds, checkpoint)
    key_id = Verifier(name, COSIGNATURE_ED25519, private_key.public_key().public_bytes_raw()).key_id
    line = SignatureLine(name, key_id, seconds.to_bytes(8, "big") + private_key.sign(message))
    others = [other for other in lines if (other.name, other.key_id) != (name, key_id)]
    return _note_bytes(checkpoint, [*others, line])


def parse_checkpoint(note: bytes) -> tuple[Checkpoint, tuple[SignatureLine, ...]]:
    """Take a note apart. Nothing is verified: use `open_note` before believing any of it.

    Raises `Malformed` unless these are exactly the bytes that the parts format to.
    """
    text, lines = _split_note(note)
    rows = text.split("\n")[:-1]
    if len(rows) < 3:
        raise Malformed(f"expected origin, size and root in a checkpoint, got {len(rows)} lines")
    origin, size, root, *extensions = rows
    if not _DECIMAL.fullmatch(size):
        raise Malformed(f"expected a tree size in decimal without leading zeros, got {size!r}")
    checkpoint = Checkpoint(origin, int(size), decode_base64(root, "the root"), tuple(extensions))
    signatures = tuple(_parse_line(line) for line in lines)
    if _note_bytes(checkpoint, signatures) != note:
        raise Malformed("the checkpoint is not in its one spelling")
    return checkpoint, signatures


def open_note(note: bytes, verifiers: Iterable[Verifier]) -> Opened:
    """Verify a checkpoint: the log's own signature, and every line by a key we know.

    Lines by other keys are ignored. Raises `Malformed` if the bytes are not a
    checkpoint, `Unproven` if the log did not sign it (by a type 0x01 key whose
    name is the origin), or if a line by a known key is false or stands twice.
    """
    checkpoint, lines = parse_checkpoint(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    signed: set[tuple[str, bytes]] = set()
    by_log, cosignatures = False, []
    for line in lines:
        verifier = known.get((line.name, line.key_id))
        if verifier is None:
            continue
        if (line.name, line.key_id) in signed:
            raise Unproven(f"key {_key_text(line)} signed the checkpoint of {checkpoint.origin!r} twice")
        signed.add((line.name, line.key_id))
        if verifier.kind == COSIGNATURE_ED25519:
            cosignatures.append(_check_cosignature(verifier, line, checkpoint))
        else:
            _check_signature(verifier, line, line.signature, checkpoint_text(checkpoint).encode())
            by_log = by_log or verifier.name == checkpoint.origin
    if not by_log:
        names = ", ".join(sorted(_key_text(line) for line in lines))
        raise Unproven(f"expected a signature by a known key of log {checkpoint.origin!r}, got {names}")
    return Opened(checkpoint, tuple(cosignatures))


def open_checkpoint(note: bytes, verifiers: Iterable[Verifier]) -> Checkpoint:
    """The checkpoint alone; see `open_note` for what is verified and what is raised."""
    return open_note(note, verifiers).checkpoint


def _check_cosignature(verifier: Verifier, line: SignatureLine, checkpoint: Checkpoint) -> Cosignature:
    if len(line.signature) != 72:
        raise Unproven(f"expected a time and a signature, 72 bytes, by {_key_text(line)}")
    seconds = int.from_bytes(line.signature[:8], "big")
    _check_signature(verifier, line, line.signature[8:], _cosigned_message(seconds, checkpoint))
    try:
        return Cosignature(verifier.name, _EPOCH + timedelta(seconds=seconds))
    except OverflowError:
        raise Unproven(f"expected a time before the year 10000 by {_key_text(line)}, got {seconds}") from None


def _check_signature(verifier: Verifier, line: SignatureLine, signature: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(verifier.public_key).verify(signature, message)
    except InvalidSignature:
        raise Unproven(f"the signature by {_key_text(line)} is not over this checkpoint") from None


def _cosigned_message(seconds: int, checkpoint: Checkpoint) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{checkpoint_text(checkpoint)}".encode()


def _key_text(line: SignatureLine) -> str:
    return f"{line.name}+{line.key_id.hex()}"


def _posix(at: datetime) -> int:
    if at.tzinfo is None:
        raise Malformed(f"expected an aware time, got {at.isoformat()} without a zone")
    seconds = (at - _EPOCH) // timedelta(seconds=1)
    if seconds < 0:
        raise Malformed(f"expected a time since 1970, got {at.isoformat()}")
    return seconds


def _note_bytes(checkpoint: Checkpoint, lines: Sequence[SignatureLine]) -> bytes:
    if len(lines) > SIGNATURES_MAX:
        raise Malformed(f"expected at most {SIGNATURES_MAX} signatures on a note, got {len(lines)}")
    note = f"{checkpoint_text(checkpoint)}\n{''.join(line.text() for line in lines)}".encode()
    if len(note) > NOTE_BYTES_MAX:
        raise Malformed(f"expected a note of at most {NOTE_BYTES_MAX} bytes, got {len(note)}")
    return note


def _split_note(note: bytes) -> tuple[str, list[str]]:
    """The signed text and the signature lines; the last empty line parts them."""
    if len(note) > NOTE_BYTES_MAX:
        raise Malformed(f"expected a note of at most {NOTE_BYTES_MAX} bytes, got {len(note)}")
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"expected a note in UTF-8: {error}") from None
    _check_text(whole)
    text, gap, signatures = whole.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise Malformed("expected a text, an empty line, and signature lines that end in a newline")
    lines = signatures.split("\n")[:-1]
    if len(lines) > SIGNATURES_MAX:
        raise Malformed(f"expected at most {SIGNATURES_MAX} signatures on a note, got {len(lines)}")
    return text + "\n", lines


def _parse_line(line: str) -> SignatureLine:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if f"{dash} " != _DASH:
        raise Malformed(f"expected a signature line to begin with an em dash and a space, got {line[:20]!r}")
    raw = decode_base64(encoded, f"the signature of {name!r}")
    return SignatureLine(name, raw[:4], raw[4:])


def decode_base64(text: str, what: str) -> bytes:
    """Standard base64 (RFC 4648, section 4). That spare bits are zero shows when the caller formats again."""
    try:
        return b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raise Malformed(f"expected {what} in base64, got {text[:64]!r}") from None


def _check_text(text: str) -> None:
    if found := _UNFIT.search(text):
        raise Malformed(
            f"expected neither control characters nor surrogates in a note, got U+{ord(found[0]):04X}"
        )


def _check_name(name: str) -> None:
    """A key name by C2SP signed-note; the length limit is that of the ML-DSA-44 message."""
    _check_text(name)
    if not name or "+" in name or any(character.isspace() for character in name):
        raise Malformed(f"expected a key name or origin without spaces and plus signs, got {name!r}")
    if (size := len(name.encode())) > NAME_BYTES_MAX:
        raise Malformed(f"expected a key name or origin of at most {NAME_BYTES_MAX} bytes, got {size}")
