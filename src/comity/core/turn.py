"""Turns and statements: the two kinds of payload that a pair signs.

A **turn** is one thing said in a case. It takes a slot: each *party* numbers its own
turns in a case from 1 (`n`); `prev` is the hash of its turn n-1, and `seen` that of the
last turn of the other party which it had accepted. (case, party, n) is unique. There is
no case-wide position, so two who speak at once have not collided; they have crossed, and
the procedure's table says what that means.

A **statement** is a signed fact *about* turns that takes no slot: accepted, refused,
delivered, opened, destroyed.

Both are restricted JSON (`canonical`) and carry the pairing and both party ids, so that
nothing is replayed to a third government or from an exercise to production. Specified in
`docs/spec/turn.md`.

Deliberately not here: signatures (`envelope`), contents (`body`), and whether a turn may
be said (`verdict`).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from comity.core import canonical, fields
from comity.core.canonical import JsonObject
from comity.core.errors import Malformed
from comity.core.marking import Marking, marking_json, parse_marking

PARTY: Final = re.compile(r"[A-Z]{2,3}")
OFFICE: Final = re.compile(r"[A-Z]{2,3}/[A-Z0-9][A-Z0-9-]{1,23}")
CASE: Final = re.compile(r"[A-Z]{2,3}-[0-9a-f]{32}")
PAYLOAD_BYTES_MAX: Final = 16_384
ATTESTATIONS_MAX: Final = 16
LINKS_MAX: Final = 16

FOUNDING_NOTE: Final = "founding"
"""What `Under.instrument` says where a case rests on the founding note alone."""


@dataclass(frozen=True, slots=True)
class BodyRef:
    """What binds a body to its turn: its type and schema, and two hashes.

    `sealed` is the SHA-256 of the sealed bytes; `plain` that of the plain ones, whose
    salt lies sealed inside, so that it tells nothing once the body is destroyed.
    """

    type: str
    schema: str
    sealed: str
    plain: str


@dataclass(frozen=True, slots=True)
class Under:
    """The instrument a turn rests on, and the turns of it that the sender had seen."""

    instrument: str
    ours: str | None = None
    theirs: str | None = None


@dataclass(frozen=True, slots=True)
class Attestation:
    """An officer's word that a gate is satisfied, or two officers' that it is opened."""

    gate: str
    by: tuple[int, ...]
    override: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Another case that this one follows from; `relation` says how."""

    relation: str
    case: str


@dataclass(frozen=True, slots=True)
class Declared:
    """The clock that a turn states to have run out: its slot, and when it was due."""

    clock: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One thing said. `by` and `released_by` are opaque officer numbers of the sender."""

    pairing: str
    sender: str
    receiver: str
    case: str
    n: int
    prev: str | None
    seen: str | None
    procedure: str
    table: str
    under: Under
    says: str
    office: str
    addressed: str
    by: int
    released_by: int | None
    said_at: datetime
    exercise: bool
    marking: Marking
    body: BodyRef | None = None
    attests: tuple[Attestation, ...] = ()
    links: tuple[Link, ...] = ()
    declares: Declared | None = None


_TURN_KEYS: Final = frozenset(
    "addressed attests body by case declares exercise from links marking n office pairing prev "
    "procedure released-by said-at says seen table to under".split()
)


def turn_payload(turn: Turn) -> bytes:
    """Return the bytes that are signed."""
    return canonical.encode(
        {
            "addressed": turn.addressed,
            "attests": [_attestation_json(attestation) for attestation in turn.attests],
            "body": None if turn.body is None else _body_json(turn.body),
            "by": turn.by,
            "case": turn.case,
            "declares": None if turn.declares is None else _declared_json(turn.declares),
            "exercise": turn.exercise,
            "from": turn.sender,
            "links": [{"case": link.case, "relation": link.relation} for link in turn.links],
            "marking": marking_json(turn.marking),
            "n": turn.n,
            "office": turn.office,
            "pairing": turn.pairing,
            "prev": turn.prev,
            "procedure": turn.procedure,
            "released-by": turn.released_by,
            "said-at": fields.format_instant(turn.said_at),
            "says": turn.says,
            "seen": turn.seen,
            "table": turn.table,
            "to": turn.receiver,
            "under": {
                "instrument": turn.under.instrument,
                "ours": turn.under.ours,
                "theirs": turn.under.theirs,
            },
        }
    )


def _attestation_json(attestation: Attestation) -> JsonObject:
    return {"by": list(attestation.by), "gate": attestation.gate, "override": attestation.override}


def _body_json(body: BodyRef) -> JsonObject:
    return {"plain": body.plain, "schema": body.schema, "sealed": body.sealed, "type": body.type}


def _declared_json(declared: Declared) -> JsonObject:
    return {"clock": declared.clock, "due-at": fields.format_instant(declared.due_at)}


def parse_turn(payload: bytes) -> Turn:
    """Return the turn that `payload` spells; raise `Malformed` otherwise."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        raise Malformed(f"turn: expected at most {PAYLOAD_BYTES_MAX} bytes, got {len(payload)}")
    value = canonical.parse(payload)
    fields.only(value, _TURN_KEYS, "turn")
    turn = Turn(
        pairing=fields.hash_(value, "pairing"),
        sender=matching(PARTY, value, "from"),
        receiver=matching(PARTY, value, "to"),
        case=matching(CASE, value, "case"),
        n=fields.integer(value, "n", least=1),
        prev=fields.hash_or_none(value, "prev"),
        seen=fields.hash_or_none(value, "seen"),
        procedure=fields.text(value, "procedure"),
        table=fields.hash_(value, "table"),
        under=_parse_under(fields.object_(value, "under")),
        says=fields.text(value, "says"),
        office=matching(OFFICE, value, "office"),
        addressed=matching(OFFICE, value, "addressed"),
        by=fields.integer(value, "by", least=1),
        released_by=fields.integer_or_none(value, "released-by", least=1),
        said_at=fields.instant(value, "said-at"),
        exercise=fields.truth(value, "exercise"),
        marking=parse_marking(fields.object_(value, "marking")),
        body=_parse_body(fields.object_or_none(value, "body")),
        attests=_parse_attests(fields.objects(value, "attests")),
        links=_parse_links(fields.objects(value, "links")),
        declares=_parse_declared(fields.object_or_none(value, "declares")),
    )
    if (turn.prev is None) != (turn.n == 1):
        raise Malformed(f"prev: expected null in slot 1 and a hash in every other, got slot {turn.n}")
    return turn


def matching(pattern: re.Pattern[str], value: JsonObject, key: str) -> str:
    """Return the string at `key`, which has the form of `pattern` as a whole."""
    found = fields.text(value, key)
    if not pattern.fullmatch(found):
        raise Malformed(f"{key}: expected the form {pattern.pattern}, got {found!r:.80}")
    return found


def _parse_under(value: JsonObject) -> Under:
    fields.only(value, frozenset({"instrument", "ours", "theirs"}), "under")
    instrument = fields.text(value, "instrument")
    if instrument != FOUNDING_NOTE and not CASE.fullmatch(instrument):
        raise Malformed(f"under: expected an instrument's case or {FOUNDING_NOTE!r}, got {instrument!r:.80}")
    return Under(instrument, fields.hash_or_none(value, "ours"), fields.hash_or_none(value, "theirs"))


def _parse_body(value: JsonObject | None) -> BodyRef | None:
    if value is None:
        return None
    fields.only(value, frozenset({"plain", "schema", "sealed", "type"}), "body")
    return BodyRef(
        fields.text(value, "type"),
        fields.hash_(value, "schema"),
        fields.hash_(value, "sealed"),
        fields.hash_(value, "plain"),
    )


def _parse_attests(values: tuple[JsonObject, ...]) -> tuple[Attestation, ...]:
    if len(values) > ATTESTATIONS_MAX:
        raise Malformed(f"attests: expected at most {ATTESTATIONS_MAX}, got {len(values)}")
    for value in values:
        fields.only(value, frozenset({"by", "gate", "override"}), "attests")
    return tuple(
        Attestation(fields.text(value, "gate"), _officers(value), fields.truth(value, "override"))
        for value in values
    )


def _officers(value: JsonObject) -> tuple[int, ...]:
    found = value.get("by")
    if type(found) is not list or not 1 <= len(found) <= 2:
        raise Malformed(f"attests.by: expected one or two officer numbers, got {found!r:.80}")
    numbers = tuple(item for item in found if type(item) is int and item >= 1)
    if len(numbers) != len(found):
        raise Malformed(f"attests.by: expected officer numbers from 1, got {found!r:.80}")
    return numbers


def _parse_links(values: tuple[JsonObject, ...]) -> tuple[Link, ...]:
    if len(values) > LINKS_MAX:
        raise Malformed(f"links: expected at most {LINKS_MAX}, got {len(values)}")
    for value in values:
        fields.only(value, frozenset({"case", "relation"}), "links")
    return tuple(Link(fields.text(value, "relation"), matching(CASE, value, "case")) for value in values)


def _parse_declared(value: JsonObject | None) -> Declared | None:
    if value is None:
        return None
    fields.only(value, frozenset({"clock", "due-at"}), "declares")
    return Declared(fields.text(value, "clock"), fields.instant(value, "due-at"))


KINDS: Final = ("accepted", "refused", "delivered", "opened", "destroyed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A signed fact about the turn with hash `turn`.

    `code` and `detail` are for refusals: a stable code, and the values that its sentence
    is filled with in the reader's language. `detail` is a tuple of (name, text).
    """

    kind: str
    pairing: str
    sender: str
    receiver: str
    case: str
    turn: str
    at: datetime
    code: str | None = None
    detail: tuple[tuple[str, str], ...] = ()


_STATEMENT_KEYS: Final = frozenset("at case code detail from kind pairing to turn".split())


def statement_payload(statement: Statement) -> bytes:
    """Return the bytes that are signed."""
    return canonical.encode(
        {
            "at": fields.format_instant(statement.at),
            "case": statement.case,
            "code": statement.code,
            "detail": dict(statement.detail),
            "from": statement.sender,
            "kind": statement.kind,
            "pairing": statement.pairing,
            "to": statement.receiver,
            "turn": statement.turn,
        }
    )


def parse_statement(payload: bytes) -> Statement:
    """Return the statement that `payload` spells; raise `Malformed` otherwise."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        raise Malformed(f"statement: expected at most {PAYLOAD_BYTES_MAX} bytes, got {len(payload)}")
    value = canonical.parse(payload)
    fields.only(value, _STATEMENT_KEYS, "statement")
    detail = fields.object_(value, "detail")
    statement = Statement(
        kind=fields.choice(value, "kind", KINDS),
        pairing=fields.hash_(value, "pairing"),
        sender=matching(PARTY, value, "from"),
        receiver=matching(PARTY, value, "to"),
        case=matching(CASE, value, "case"),
        turn=fields.hash_(value, "turn"),
        at=fields.instant(value, "at"),
        code=fields.text_or_none(value, "code"),
        detail=tuple((name, fields.text(detail, name)) for name in sorted(detail)),
    )
    if (statement.code is not None) != (statement.kind == "refused"):
        raise Malformed("code: a refusal has one, and nothing else does")
    return statement
