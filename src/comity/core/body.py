"""Bodies: what was said, typed, and sealed to the two offices that it concerns.

The **plain** bytes are restricted JSON with a salt of 32 random bytes inside:

    {"content":{...},"salt":"9c1f...","type":"pre-export-notification/1"}

Their SHA-256 stands in the turn. Because the salt lies inside, the hash proves what was
said while the body exists, and tells nothing once body and salt are destroyed. The
**sealed** bytes are what crosses and what is kept: the content under a key used once,
and that key sealed by HPKE (RFC 9180; ML-KEM-768 with X25519) to each office. The context
of the sealing binds pairing, case, both offices and the marking: a sealed body moved into
another turn does not open. Specified in `docs/spec/body.md`.

Deliberately not here: randomness (salt and key are arguments), private key files, the
meaning of a content (a track's pydantic models).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    Suite,
)
from pydantic import BaseModel, ConfigDict

from comity.core import canonical, fields
from comity.core.canonical import JsonObject
from comity.core.errors import Malformed, Unproven
from comity.core.keys import Key
from comity.core.marking import Marking, marking_json

SALT_BYTES: Final = 32
CONTENT_KEY_BYTES: Final = 32
SEALED_BYTES_MAX: Final = 1_114_112
_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_WRAPPED_BYTES: Final = 1120 + CONTENT_KEY_BYTES + 16
_NONCE: Final = bytes(12)  # a content key seals one content, once: the nonce need not vary
_MAGIC: Final = b"comity-sealed/1\n"


class Content(BaseModel):
    """The base of every typed content: nothing extra, nothing coerced, nothing changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def is_exercise_only(self) -> bool:
        """Return whether this may be said only in a case that is marked as an exercise."""
        return False


@dataclass(frozen=True, slots=True)
class Context:
    """What a sealed body is bound to."""

    pairing: str
    case: str
    office: str
    addressed: str
    marking: Marking

    def info(self) -> bytes:
        """Return the bytes that HPKE and the cipher take as context."""
        return canonical.encode(
            {
                "addressed": self.addressed,
                "case": self.case,
                "format": "comity-sealed/1",
                "marking": marking_json(self.marking),
                "office": self.office,
                "pairing": self.pairing,
            }
        )


def plain_body(body_type: str, content: JsonObject, salt: bytes) -> bytes:
    """Return the plain bytes of a body. `salt` is 32 random bytes, new for each body."""
    if len(salt) != SALT_BYTES:
        raise Malformed(f"salt: expected {SALT_BYTES} bytes, got {len(salt)}")
    return canonical.encode({"content": content, "salt": salt.hex(), "type": body_type})


def parse_plain(plain: bytes) -> tuple[str, JsonObject]:
    """Return the type and content of plain bytes; raise `Malformed` otherwise."""
    value = canonical.parse(plain)
    fields.only(value, frozenset({"content", "salt", "type"}), "body")
    fields.hash_(value, "salt")
    return fields.text(value, "type"), fields.object_(value, "content")


def seal(plain: bytes, context: Context, openers: Sequence[Key], content_key: bytes) -> bytes:
    """Return `plain` sealed to the opening keys. `content_key`: 32 random bytes, used once.

    Raises `Malformed` for a key of another length, for no opening key or more than two, and
    for one that nothing can be sealed to.
    """
    if len(content_key) != CONTENT_KEY_BYTES:
        raise Malformed(f"content key: expected {CONTENT_KEY_BYTES} bytes, got {len(content_key)}")
    if not 1 <= len({key.id for key in openers}) <= 2:
        raise Malformed(f"sealed body: expected one or two opening keys, got {len(openers)}")
    info = context.info()
    try:
        wrapped = {key.id: _SUITE.encrypt(content_key, key.opening, info=info) for key in openers}
    except ValueError as error:  # a point of low order, which no honest directory lists
        raise Malformed(f"opening key: nothing can be sealed to it ({error})") from error
    parts = [_MAGIC, b"%d\n" % len(wrapped)]
    for key_id in sorted(wrapped):
        parts += [key_id.encode(), wrapped[key_id]]
    parts.append(AESGCM(content_key).encrypt(_NONCE, plain, info))
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class Sealed:
    """The parts of sealed bytes: the content key, sealed to each key id, and the cipher."""

    wrapped: dict[str, bytes]
    cipher: bytes


def parse_sealed(sealed: bytes) -> Sealed:
    """Return the parts of sealed bytes; raise `Malformed` otherwise."""
    if len(sealed) > SEALED_BYTES_MAX:
        raise Malformed(f"sealed body: expected at most {SEALED_BYTES_MAX} bytes, got {len(sealed)}")
    count, at = sealed[len(_MAGIC) : len(_MAGIC) + 1], len(_MAGIC) + 2
    if not sealed.startswith(_MAGIC) or count not in (b"1", b"2") or sealed[at - 1 : at] != b"\n":
        raise Malformed("sealed body: expected comity-sealed/1 and a count of 1 or 2 openers")
    wrapped: dict[str, bytes] = {}
    for _ in range(int(count)):
        name, value = sealed[at : at + 32], sealed[at + 32 : at + 32 + _WRAPPED_BYTES]
        at += 32 + _WRAPPED_BYTES
        if len(value) != _WRAPPED_BYTES or not name.isascii():
            raise Malformed("sealed body: cut short")
        wrapped[name.decode()] = value
    if len(wrapped) != int(count) or list(wrapped) != sorted(wrapped):
        raise Malformed("sealed body: expected openers in order, each once")
    return Sealed(wrapped, sealed[at:])


def unwrap(sealed: bytes, key_id: str, private: MLKEM768X25519PrivateKey, context: Context) -> bytes:
    """Return the content key of a sealed body, by the opening key named `key_id`."""
    wrapped = parse_sealed(sealed).wrapped.get(key_id)
    if wrapped is None:
        raise Unproven(f"the body is not sealed to the key {key_id}")
    try:
        return _SUITE.decrypt(wrapped, private, info=context.info())
    except InvalidTag as error:
        raise Unproven("the body does not open in this place (other case, offices or marking)") from error


def open_sealed(sealed: bytes, content_key: bytes, context: Context) -> bytes:
    """Return the plain bytes under a content key; raise `Unproven` if they do not open."""
    try:
        return AESGCM(content_key).decrypt(_NONCE, parse_sealed(sealed).cipher, context.info())
    except InvalidTag as error:
        raise Unproven("the body does not open in this place (other case, offices or marking)") from error


def schema_json(model: type[BaseModel]) -> bytes:
    """Return a content's JSON Schema without its words: what a procedure pins by hash.

    A released schema is kept as a file; a test holds the file to the model, so a new
    version of the library that words a schema otherwise cannot change a hash in silence.
    """
    return canonical.encode(_without_words(model.model_json_schema()))


def _without_words(value: object) -> object:
    if isinstance(value, dict):
        words = ("title", "description", "examples")
        return {
            key: _without_words(item)
            for key, item in value.items()
            if not (key in words and not isinstance(item, dict))
        }
    return [_without_words(item) for item in value] if isinstance(value, list) else value
