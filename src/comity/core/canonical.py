"""The restricted JSON in which everything signed is written: one spelling for each value.

    {"case":"IN-5f0c...","n":1,"says":"notify"}

Keys are sorted ASCII, there is no white space, and a value is an object, a list, a
string, an integer below 2**53, true, false or null. Floats do not exist: a quantity
is a decimal string. `parse` accepts exactly the bytes that `encode` writes, so equal
meaning is equal bytes, and duplicate keys, odd escapes and hidden white space die at
the door. Within these limits the bytes are those of RFC 8785 (the tests compare).
Specified in `docs/spec/canonical-json.md`.

Deliberately not here: any knowledge of what the values mean.
"""

import hashlib
import unicodedata
from typing import Final, cast

import orjson

from comity.core.characters import FORBIDDEN
from comity.core.errors import Malformed

Json = dict[str, "Json"] | list["Json"] | str | int | bool | None
JsonObject = dict[str, Json]

SIZE_BYTES_MAX: Final = 1_048_576
DEPTH_MAX: Final = 16
INTEGER_MAX: Final = 2**53 - 1
STRING_CHARACTERS_MAX: Final = 65_536
KEY_CHARACTERS_MAX: Final = 64


def encode(value: object) -> bytes:
    """Return the one spelling of `value`; raise `Malformed` where it has none."""
    if not _fits(value, 0):
        _check(value, "value", 0)
    try:
        encoded = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:  # half of a surrogate pair: `_check` names the place
        _check(value, "value", 0)
        raise Malformed(f"not JSON: {error}") from error
    if not _is_plain(encoded):
        _check(value, "value", 0)
    if len(encoded) > SIZE_BYTES_MAX:
        raise Malformed(f"expected at most {SIZE_BYTES_MAX} bytes, got {len(encoded)}")
    return encoded


def parse(text: bytes) -> JsonObject:
    """Return the object that `text` spells; raise `Malformed` unless it is its one spelling."""
    if len(text) > SIZE_BYTES_MAX:
        raise Malformed(f"expected at most {SIZE_BYTES_MAX} bytes, got {len(text)}")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error}") from error
    if type(value) is not dict:
        raise Malformed(f"expected an object, got {_kind(value)}")
    if not (_is_plain(text) and _fits(value, 0)):
        _check(value, "value", 0)
    if orjson.dumps(value, option=orjson.OPT_SORT_KEYS) != text:
        raise Malformed("not in its one spelling (key order, white space, escapes or a key written twice)")
    return cast(JsonObject, value)


def digest(text: bytes) -> str:
    """Return the SHA-256 of `text` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(text).hexdigest()


def _is_plain(text: bytes) -> bool:
    """Return whether no string in `text` can have a character or length that is refused."""
    return text.isascii() and b"\\" not in text and b"\x7f" not in text and len(text) <= STRING_CHARACTERS_MAX


def _fits(value: object, depth: int) -> bool:
    """Return whether `value` is within the limits, its strings apart; False where unsure.

    The same rules as `_check` without the words for people, at a third of the time; what
    `_is_plain` says of the text makes up for the strings.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return -INTEGER_MAX <= cast(int, value) <= INTEGER_MAX
    if depth >= DEPTH_MAX:
        return False
    if kind is dict:
        for key, item in cast(dict[object, object], value).items():
            if type(key) is not str or not 0 < len(key) <= KEY_CHARACTERS_MAX or not _fits(item, depth + 1):
                return False
        return True
    return kind is list and all(_fits(item, depth + 1) for item in cast(list[object], value))


def _check(value: object, where: str, depth: int) -> None:
    kind = type(value)
    if kind is str:
        _check_text(cast(str, value), where)
    elif kind is int:
        if not -INTEGER_MAX <= cast(int, value) <= INTEGER_MAX:
            bits = cast(int, value).bit_length()
            raise Malformed(f"{where}: expected an integer within ±(2**53 - 1), got one of {bits} bits")
    elif kind is dict:
        _check_depth(where, depth)
        for key, item in cast(dict[object, object], value).items():
            _check_key(key, where)
            _check(item, f"{where}.{key}", depth + 1)
    elif kind is list or kind is tuple:
        _check_depth(where, depth)
        for index, item in enumerate(cast(list[object], value)):
            _check(item, f"{where}[{index}]", depth + 1)
    elif value is not None and kind is not bool:
        raise Malformed(f"{where}: {_kind(value)} is not allowed (write a quantity as a decimal string)")


def _check_depth(where: str, depth: int) -> None:
    if depth >= DEPTH_MAX:
        raise Malformed(f"{where[:80]}: nested deeper than {DEPTH_MAX} levels")


def _check_key(key: object, where: str) -> None:
    # A message may come to stand in a signed verdict: it quotes what was refused in ASCII only.
    if type(key) is not str:
        raise Malformed(f"{where}: a key is a string, got {_kind(key)}")
    if not key.isascii() or not 0 < len(key) <= KEY_CHARACTERS_MAX:
        raise Malformed(f"{where}: a key is 1 to {KEY_CHARACTERS_MAX} ASCII characters, got {key!a:.80}")
    if not key.isprintable():
        raise Malformed(f"{where}: the key {key!a:.80} has a control character")


def _check_text(text: str, where: str) -> None:
    if len(text) > STRING_CHARACTERS_MAX:
        raise Malformed(f"{where}: expected at most {STRING_CHARACTERS_MAX} characters, got {len(text)}")
    if text.isascii() and text.isprintable():
        return
    found = FORBIDDEN.search(text)
    if found:
        code = ord(found.group())
        raise Malformed(
            f"{where}: the character U+{code:04X} at {found.start()} may not stand in a signed text"
        )
    if not unicodedata.is_normalized("NFC", text):
        raise Malformed(f"{where}: the text is not in Unicode normalisation form C")


def _kind(value: object) -> str:
    return {dict: "an object", list: "a list", str: "a string", float: "a floating-point number"}.get(
        type(value), f"a {type(value).__name__}"
    )
