"""Reading the typed fields of a parsed object, with errors that name the field.

Deliberately not here: defaults. A field is there with its type, or the value is
`Malformed`; an absent value is written as null.
"""

import re
from datetime import UTC, datetime
from typing import Final

from comity.core.canonical import INTEGER_MAX, JsonObject
from comity.core.errors import Malformed

HASH: Final = re.compile(r"[0-9a-f]{64}")
YEAR_MIN: Final = 1970
YEAR_MAX: Final = 2999
"""Days are counted from what is parsed: from here no such sum runs out of the calendar."""
_INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"


def only(value: JsonObject, keys: frozenset[str], what: str) -> None:
    """Raise `Malformed` unless `value` has exactly `keys`."""
    if value.keys() == keys:
        return
    missing, extra = sorted(keys - value.keys()), sorted(value.keys() - keys)
    raise Malformed(f"{what}: missing {missing or 'nothing'}, not known here {extra or 'nothing'}")


def text(value: JsonObject, key: str) -> str:
    """Return the non-empty string at `key`."""
    found = value.get(key)
    if type(found) is not str or not found:
        raise Malformed(f"{key}: expected a string, got {found!r:.80}")
    return found


def text_or_none(value: JsonObject, key: str) -> str | None:
    """Return the string at `key`, or None where it is null."""
    return None if value.get(key) is None else text(value, key)


def hash_(value: JsonObject, key: str) -> str:
    """Return the SHA-256 at `key`: 64 lower-case hexadecimal digits."""
    found = value.get(key)
    if type(found) is not str or not HASH.fullmatch(found):
        raise Malformed(f"{key}: expected 64 hexadecimal digits, got {found!r:.80}")
    return found


def hash_or_none(value: JsonObject, key: str) -> str | None:
    """Return the SHA-256 at `key`, or None where it is null."""
    return None if value.get(key) is None else hash_(value, key)


def integer(value: JsonObject, key: str, least: int = 0, most: int = INTEGER_MAX) -> int:
    """Return the integer at `key`, from `least` to `most`."""
    found = value.get(key)
    if type(found) is not int or not least <= found <= most:
        raise Malformed(f"{key}: expected an integer from {least} to {most}, got {found!r:.80}")
    return found


def integer_or_none(value: JsonObject, key: str, least: int = 0, most: int = INTEGER_MAX) -> int | None:
    """Return the integer at `key`, or None where it is null."""
    return None if value.get(key) is None else integer(value, key, least, most)


def truth(value: JsonObject, key: str) -> bool:
    """Return the true or false at `key`."""
    found = value.get(key)
    if type(found) is not bool:
        raise Malformed(f"{key}: expected true or false, got {found!r:.80}")
    return found


def texts(value: JsonObject, key: str) -> tuple[str, ...]:
    """Return the list of strings at `key`."""
    found = value.get(key)
    if type(found) is not list or not all(type(item) is str for item in found):
        raise Malformed(f"{key}: expected a list of strings, got {found!r:.80}")
    return tuple(str(item) for item in found)


def object_(value: JsonObject, key: str) -> JsonObject:
    """Return the object at `key`."""
    found = value.get(key)
    if type(found) is not dict:
        raise Malformed(f"{key}: expected an object, got {found!r:.80}")
    return found


def object_or_none(value: JsonObject, key: str) -> JsonObject | None:
    """Return the object at `key`, or None where it is null."""
    return None if value.get(key) is None else object_(value, key)


def objects(value: JsonObject, key: str) -> tuple[JsonObject, ...]:
    """Return the list of objects at `key`."""
    found = value.get(key)
    if type(found) is not list:
        raise Malformed(f"{key}: expected a list of objects, got {found!r:.80}")
    return tuple(_an_object(item, key) for item in found)


def _an_object(item: object, key: str) -> JsonObject:
    if type(item) is not dict:
        raise Malformed(f"{key}: expected a list of objects, got {item!r:.80} in it")
    return item


def choice(value: JsonObject, key: str, among: tuple[str, ...]) -> str:
    """Return the string at `key`, which is one of `among`."""
    found = value.get(key)
    if type(found) is not str or found not in among:
        raise Malformed(f"{key}: expected one of {', '.join(among)}, got {found!r:.80}")
    return found


def instant(value: JsonObject, key: str) -> datetime:
    """Return the instant at `key`, written `2026-11-23T05:11:00Z`: UTC, whole seconds."""
    return parse_instant(text(value, key), key)


def parse_instant(written: str, what: str) -> datetime:
    """Return the UTC instant that `written` spells, in its one spelling; years 1970 to 2999."""
    try:
        found = datetime.fromisoformat(written)
    except (ValueError, OverflowError) as error:
        raise Malformed(
            f"{what}: expected an instant as 2026-11-23T05:11:00Z, got {written!r:.80}"
        ) from error
    if found.tzinfo is not UTC or format_instant(found) != written:
        raise Malformed(f"{what}: expected an instant as 2026-11-23T05:11:00Z, got {written!r:.80}")
    if not YEAR_MIN <= found.year <= YEAR_MAX:
        raise Malformed(f"{what}: expected a year from {YEAR_MIN} to {YEAR_MAX}, got {written}")
    return found


def format_instant(at: datetime) -> str:
    """Return the one spelling of an aware instant: UTC, whole seconds (the rest is cut off)."""
    if at.tzinfo is UTC:  # by far the commonest, and four times as fast as strftime
        return at.isoformat(timespec="seconds")[:19] + "Z"
    return at.astimezone(UTC).strftime(_INSTANT)
