"""The private keys of a node, in files that only its account can read.

    keys/root.sealed     the party root: used to sign the directory and founding notes, then
                         carried away and kept offline by two holders
    keys/node.sealed     office signing and opening keys, node, log and TLS keys

Each file is one JSON object, encrypted (AES-256-GCM) under a key that scrypt derives from a
passphrase. A file that others may read is refused. An administrator who has the node and
the passphrase can read what its offices receive: the documents say so.

Deliberately not here: hardware modules (another `Signer`), rotation, revocation.
"""

import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from comity.core.errors import ComityError
from comity.core.keys import key_id

ROOT_FILE: Final = "root.sealed"
NODE_FILE: Final = "node.sealed"
_SCRYPT_COST: Final = 2**15
PASSPHRASE_CHARACTERS_MIN: Final = 12


class KeysUnreadable(ComityError):
    """The key file is missing, open to others, or the passphrase does not fit."""

    code = "keys-unreadable"


@dataclass(frozen=True)
class Secret:
    """A private key: its use, its office, its raw bytes and the public ones."""

    use: str
    office: str | None
    raw: bytes = field(repr=False)  # a traceback prints values
    public: bytes

    @property
    def id(self) -> str:
        return key_id(self.use, self.public)


class FileSigner:
    """Signs with an Ed25519 key held in memory."""

    def __init__(self, secret: Secret) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(secret.raw)
        self._key_id = secret.id

    @property
    def key_id(self) -> str:
        return self._key_id

    @property
    def private(self) -> Ed25519PrivateKey:
        """The key itself, for the checkpoint's signed note."""
        return self._private

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def new_secret(use: str, office: str | None = None) -> Secret:
    """Make a key for a use, from the system's randomness."""
    if use == "office-opening":
        mlkem, x25519 = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
        raw = mlkem.private_bytes_raw() + x25519.private_bytes_raw()
        public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        return Secret(use, office, raw, public)
    private = Ed25519PrivateKey.generate()
    return Secret(use, office, private.private_bytes_raw(), private.public_key().public_bytes_raw())


class Keyring:
    """The opened keys of a node, found by use and office."""

    def __init__(self, held: Iterable[Secret]) -> None:
        self._held = tuple(held)
        self._signers: dict[str, FileSigner] = {}
        self._opening: dict[str, MLKEM768X25519PrivateKey] = {}

    def signer(self, key_id: str) -> FileSigner:
        """Return the signer of that name; `KeysUnreadable` if this node does not hold it."""
        if key_id not in self._signers:
            self._signers[key_id] = FileSigner(self._secret(key_id))
        return self._signers[key_id]

    def opening(self, key_id: str) -> MLKEM768X25519PrivateKey | None:
        """Return the private opening key of that name, or None: the body is not for us."""
        if key_id not in self._opening:
            secret = next((s for s in self._held if s.id == key_id and s.use == "office-opening"), None)
            if secret is None:
                return None
            self._opening[key_id] = MLKEM768X25519PrivateKey(
                MLKEM768PrivateKey.from_seed_bytes(secret.raw[:64]),
                X25519PrivateKey.from_private_bytes(secret.raw[64:]),
            )
        return self._opening[key_id]

    def _secret(self, key_id: str) -> Secret:
        found = next((secret for secret in self._held if secret.id == key_id), None)
        if found is None:
            raise KeysUnreadable(f"this node does not hold the private key {key_id}")
        return found


def write_keys(path: Path, held: Iterable[Secret], passphrase: str) -> None:
    """Write private keys to a new file with mode 0600; refuse to overwrite one."""
    if len(passphrase) < PASSPHRASE_CHARACTERS_MIN:
        raise KeysUnreadable(f"the passphrase: expected at least {PASSPHRASE_CHARACTERS_MIN} characters")
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    plain = orjson.dumps(
        [
            {
                "office": s.office,
                "public": b64encode(s.public).decode(),
                "raw": b64encode(s.raw).decode(),
                "use": s.use,
            }
            for s in held
        ]
    )
    sealed = AESGCM(_derived(passphrase, salt)).encrypt(nonce, plain, path.name.encode())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(salt + nonce + sealed)
        file.flush()
        os.fsync(file.fileno())


def read_keys(path: Path, passphrase: str) -> tuple[Secret, ...]:
    """Return the private keys in a file; `KeysUnreadable` says what to mend."""
    if not path.exists():
        raise KeysUnreadable(f"{path}: no such key file; `comity init` makes one")
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise KeysUnreadable(f"{path}: expected mode 600, got {mode:o}: run chmod 600 {path}")
    content = path.read_bytes()
    salt, nonce, sealed = content[:16], content[16:28], content[28:]
    try:
        plain = AESGCM(_derived(passphrase, salt)).decrypt(nonce, sealed, path.name.encode())
    except (InvalidTag, ValueError) as error:
        raise KeysUnreadable(f"{path}: the passphrase does not fit, or the file is damaged") from error
    return tuple(
        Secret(item["use"], item["office"], b64decode(item["raw"]), b64decode(item["public"]))
        for item in orjson.loads(plain)
    )


def _derived(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_SCRYPT_COST, r=8, p=1).derive(passphrase.encode())
