"""Markings: to whom a saying belongs, who may see it, what for, and until when.

A marking is part of the signed turn and is checked at every way out. Two markings
combine to the stricter of each part, so what is drawn from two sources never becomes
freer than either. An empty audience means nobody.

Deliberately not here: who decides a release (`node.disclosure`), and national
classification schemes, which a later mapping, signed by both, translates.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from comity.core import fields
from comity.core.canonical import JsonObject
from comity.core.errors import Malformed

LEVELS: Final = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
"""Traffic Light Protocol 2.0 (FIRST, 2022), from the most open to the most closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """`owner` is a party; `releasable_to` parties; `retain_until` the day of destruction.

    `onward="originator"`: nobody passes it on without the owner's consent, and the
    owner's silence is not consent. `onward="never"`: not even with it.
    """

    owner: str
    tlp: str
    releasable_to: tuple[str, ...]
    purpose: str
    retain_until: date
    onward: str = "originator"


_KEYS: Final = frozenset({"owner", "tlp", "releasable-to", "purpose", "retain-until", "onward"})


def marking_json(marking: Marking) -> JsonObject:
    """Return the marking as it stands in a turn."""
    return {
        "onward": marking.onward,
        "owner": marking.owner,
        "purpose": marking.purpose,
        "releasable-to": list(marking.releasable_to),
        "retain-until": marking.retain_until.isoformat(),
        "tlp": marking.tlp,
    }


def parse_marking(value: JsonObject) -> Marking:
    """Return the marking that `value` holds; raise `Malformed` otherwise."""
    fields.only(value, _KEYS, "marking")
    audience = fields.texts(value, "releasable-to")
    if list(audience) != sorted(set(audience)):
        raise Malformed("releasable-to: expected parties in order, each once")
    return Marking(
        owner=fields.text(value, "owner"),
        tlp=fields.choice(value, "tlp", LEVELS),
        releasable_to=audience,
        purpose=fields.text(value, "purpose"),
        retain_until=parse_day(fields.text(value, "retain-until"), "retain-until"),
        onward=fields.choice(value, "onward", ("originator", "never")),
    )


def parse_day(written: str, what: str) -> date:
    """Return the day that `written` spells as 2026-11-23; years 1970 to 2999."""
    try:
        day = date.fromisoformat(written)
    except ValueError as error:
        raise Malformed(f"{what}: expected a day as 2026-11-23, got {written!r:.40}") from error
    if day.isoformat() != written:
        raise Malformed(f"{what}: expected a day as 2026-11-23, got {written!r:.40}")
    if not fields.YEAR_MIN <= day.year <= fields.YEAR_MAX:
        raise Malformed(f"{what}: expected a year from {fields.YEAR_MIN} to {fields.YEAR_MAX}, got {written}")
    return day


def is_above(level: str, ceiling: str) -> bool:
    """Return whether `level` is more closed than `ceiling` lets pass."""
    return LEVELS.index(level) > LEVELS.index(ceiling)


def combine(one: Marking, other: Marking) -> Marking:
    """Return the marking of what is drawn from both: the stricter of each part.

    Raises `Malformed` where the two have different owners or purposes: that is a new
    record, which its author must mark.
    """
    if (one.owner, one.purpose) != (other.owner, other.purpose):
        raise Malformed("two owners or two purposes: mark the new record yourself")
    return Marking(
        owner=one.owner,
        tlp=max(one.tlp, other.tlp, key=LEVELS.index),
        releasable_to=tuple(sorted(set(one.releasable_to) & set(other.releasable_to))),
        purpose=one.purpose,
        retain_until=min(one.retain_until, other.retain_until),
        onward="never" if "never" in (one.onward, other.onward) else "originator",
    )
