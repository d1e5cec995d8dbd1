"""Keys and directories: who may sign what, as one list that a party's root key signs.

A directory names a party's offices and its keys. A key has a *use*, and a signature by it
counts for that use only:

    office-signing   a turn: the office spoke, not the person
    office-opening   bodies sealed to the office (HPKE, ML-KEM-768 with X25519)
    node-signing     what the node says by itself: verdicts, and the covers of bundles
    log              checkpoints of this party's log
    tls              the wire

The root key is held offline and is the only one whose fingerprint people compare. Private
keys never come here: a `Signer` is handed in, and files, passphrases and hardware are the
node's business (`node.keyring`).

Deliberately not here: rotation with overlap and revocation by last recognised checkpoint;
the directory's `version` and each key's `until` are the places they need.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey

from comity.core import canonical, envelope, fields
from comity.core.canonical import JsonObject
from comity.core.envelope import Envelope
from comity.core.errors import Malformed, Unproven
from comity.core.turn import OFFICE, PARTY, matching

USES: Final = ("office-signing", "office-opening", "node-signing", "log", "tls")
ED25519_BYTES: Final = 32
OPENING_BYTES: Final = 1184 + 32
"""An ML-KEM-768 public key (FIPS 203) followed by an X25519 one (RFC 7748)."""
KEYS_MAX: Final = 2_000
OFFICES_MAX: Final = 500


@dataclass(frozen=True)
class Key:
    """A public key, what it is for, and from when until when it may be used."""

    use: str
    office: str | None
    public: bytes
    valid_from: datetime
    valid_until: datetime | None = None

    @cached_property
    def id(self) -> str:
        """Return the key's name: the first 32 digits of the SHA-256 of use and bytes."""
        return key_id(self.use, self.public)

    def is_valid(self, at: datetime) -> bool:
        """Return whether the key may be used at that instant."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)

    @cached_property
    def verifier(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)

    @cached_property
    def opening(self) -> MLKEM768X25519PublicKey:
        return opening_key(self.public)


def key_id(use: str, public: bytes) -> str:
    """Return the name of a key for a use. The same bytes for another use are another key."""
    return canonical.digest(use.encode() + b"\n" + public)[:32]


def opening_key(public: bytes) -> MLKEM768X25519PublicKey:
    """Return the HPKE public key that 1,216 bytes spell."""
    if len(public) != OPENING_BYTES:
        raise Malformed(f"opening key: expected {OPENING_BYTES} bytes, got {len(public)}")
    try:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:1184]),
            X25519PublicKey.from_public_bytes(public[1184:]),
        )
    except ValueError as error:
        raise Malformed(f"opening key: not an ML-KEM-768 and an X25519 key ({error})") from error


@dataclass(frozen=True, slots=True)
class Name:
    """What an officer reads, in both languages."""

    en: str
    hi: str

    def in_language(self, language: str) -> str:
        """Return the name in `language`; English where there is none of it."""
        return self.hi if language == "hi" else self.en


@dataclass(frozen=True, slots=True)
class Office:
    """An addressed post. A `secretariat` runs the dialogue and signs instruments."""

    address: str
    name: Name
    secretariat: bool = False


@dataclass(frozen=True)
class Directory:
    """A party's offices and keys, signed by its root.

    `procedures` says which tables its node can run: (id, hash), in order. `exercise`
    marks a party made for practice; it pairs with nothing else, and everything it says
    is so marked.
    """

    party: str
    version: int
    issued_at: datetime
    name: Name
    exercise: bool
    root: bytes
    offices: tuple[Office, ...]
    keys: tuple[Key, ...]
    procedures: tuple[tuple[str, str], ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Key]:
        return {key.id: key for key in self.keys}

    @cached_property
    def addresses(self) -> frozenset[str]:
        return frozenset(office.address for office in self.offices)

    def office(self, address: str) -> Office | None:
        """Return the office at `address`, or None."""
        return next((office for office in self.offices if office.address == address), None)

    @property
    def secretariat(self) -> Office:
        """Return the office that runs the dialogue."""
        return next(office for office in self.offices if office.secretariat)

    def current(self, use: str, at: datetime, office: str | None = None) -> Key:
        """Return the newest key for `use` (of `office`) that is valid at `at`; `Unproven` if none."""
        found = [key for key in self.keys if key.use == use and key.office == office and key.is_valid(at)]
        if not found:
            raise Unproven(f"{self.party} has no {use} key for {office or 'its node'} valid at {at:%d %B %Y}")
        return max(found, key=lambda key: key.valid_from)

    def pinned(self, use: str) -> tuple[Key, ...]:
        """Return every key for a use, valid now or not: what old records verify under."""
        return tuple(key for key in self.keys if key.use == use)


_DIRECTORY_KEYS: Final = frozenset(
    "exercise format issued-at keys name offices party procedures root version".split()
)


def directory_payload(directory: Directory) -> bytes:
    """Return the bytes that the root signs."""
    return canonical.encode(
        {
            "exercise": directory.exercise,
            "format": "comity-directory/1",
            "issued-at": fields.format_instant(directory.issued_at),
            "keys": [_key_json(key) for key in directory.keys],
            "name": {"en": directory.name.en, "hi": directory.name.hi},
            "offices": [
                {
                    "address": office.address,
                    "name": {"en": office.name.en, "hi": office.name.hi},
                    "secretariat": office.secretariat,
                }
                for office in directory.offices
            ],
            "party": directory.party,
            "procedures": [{"hash": value, "id": name} for name, value in directory.procedures],
            "root": b64encode(directory.root).decode(),
            "version": directory.version,
        }
    )


def _key_json(key: Key) -> JsonObject:
    until = key.valid_until
    return {
        "from": fields.format_instant(key.valid_from),
        "office": key.office,
        "public": b64encode(key.public).decode(),
        "until": None if until is None else fields.format_instant(until),
        "use": key.use,
    }


def open_directory(sealed: Envelope) -> Directory:
    """Return the directory in an envelope, after checking that its own root signed it.

    Whose root that is, a person has to say: by the fingerprint, on the telephone.
    """
    if sealed.payload_type != envelope.DIRECTORY:
        raise Malformed(f"expected a directory, got {sealed.payload_type}")
    directory = parse_directory(sealed.payload)
    if sealed.key_id != key_id("root", directory.root):
        raise Unproven("the directory is not signed by the root key that it names")
    sealed.verify(Ed25519PublicKey.from_public_bytes(directory.root))
    return directory


def parse_directory(payload: bytes) -> Directory:
    """Return the directory that `payload` spells; raise `Malformed` otherwise."""
    value = canonical.parse(payload)
    fields.only(value, _DIRECTORY_KEYS, "directory")
    fields.choice(value, "format", ("comity-directory/1",))
    party = matching(PARTY, value, "party")
    directory = Directory(
        party=party,
        version=fields.integer(value, "version", least=1),
        issued_at=fields.instant(value, "issued-at"),
        name=_parse_name(fields.object_(value, "name")),
        exercise=fields.truth(value, "exercise"),
        root=public_bytes(value, "root", ED25519_BYTES),
        offices=tuple(_parse_office(item, party) for item in fields.objects(value, "offices")),
        keys=tuple(_parse_key(item) for item in fields.objects(value, "keys")),
        procedures=tuple(_parse_accepted(item) for item in fields.objects(value, "procedures")),
    )
    _check_directory(directory)
    return directory


def _check_directory(directory: Directory) -> None:
    if len(directory.keys) > KEYS_MAX or len(directory.offices) > OFFICES_MAX:
        raise Malformed(f"directory: expected at most {KEYS_MAX} keys and {OFFICES_MAX} offices")
    if sum(office.secretariat for office in directory.offices) != 1:
        raise Malformed("directory: expected exactly one office that is the secretariat")
    if len(directory.addresses) != len(directory.offices):
        raise Malformed("directory: an office is named twice")
    if len(directory.by_id) != len(directory.keys):
        raise Malformed("directory: a key is listed twice")
    for key in directory.keys:
        if (key.office is not None) != key.use.startswith("office-"):
            raise Malformed(f"directory: a key for {key.use} names {key.office or 'no office'}")
        if key.office is not None and key.office not in directory.addresses:
            raise Malformed(f"directory: a key names the office {key.office}, which is not listed")


def _parse_accepted(value: JsonObject) -> tuple[str, str]:
    fields.only(value, frozenset({"hash", "id"}), "procedures")
    return fields.text(value, "id"), fields.hash_(value, "hash")


def _parse_name(value: JsonObject) -> Name:
    fields.only(value, frozenset({"en", "hi"}), "name")
    return Name(fields.text(value, "en"), fields.text(value, "hi"))


def _parse_office(value: JsonObject, party: str) -> Office:
    fields.only(value, frozenset({"address", "name", "secretariat"}), "office")
    address = matching(OFFICE, value, "address")
    if not address.startswith(f"{party}/"):
        raise Malformed(f"office: expected an address of {party}, got {address}")
    return Office(address, _parse_name(fields.object_(value, "name")), fields.truth(value, "secretariat"))


def _parse_key(value: JsonObject) -> Key:
    fields.only(value, frozenset({"from", "office", "public", "until", "use"}), "key")
    use = fields.choice(value, "use", USES)
    until = fields.text_or_none(value, "until")
    return Key(
        use=use,
        office=fields.text_or_none(value, "office"),
        public=public_bytes(value, "public", OPENING_BYTES if use == "office-opening" else ED25519_BYTES),
        valid_from=fields.instant(value, "from"),
        valid_until=None if until is None else fields.parse_instant(until, "until"),
    )


def public_bytes(value: JsonObject, key: str, length: int) -> bytes:
    """Return the base64 bytes at `key`, which are `length` long."""
    try:
        found = b64decode(fields.text(value, key), validate=True)
    except ValueError as error:  # binascii.Error, or not ASCII
        raise Malformed(f"{key}: not base64 ({error})") from error
    if len(found) != length or b64encode(found).decode() != value[key]:
        raise Malformed(f"{key}: expected {length} bytes in base64, got {len(found)}")
    return found


def fingerprint(digest: str) -> str:
    """Return a SHA-256 as six groups of five digits, to be read aloud (99 bits of it)."""
    digits = f"{int(digest, 16) % 10**30:030d}"
    return " ".join(digits[start : start + 5] for start in range(0, 30, 5))


def root_fingerprint(root: bytes) -> str:
    """Return the digits of a root's public key: what an auditor is told by the party itself."""
    return fingerprint(key_id("root", root) * 2)
