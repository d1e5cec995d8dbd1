"""The one story that all vectors tell: two parties made for practice, and what they say.

India's node and the United States' are founded, India's secretariat proposes, the other
agrees, and a withdrawal comes too late and is refused. Every key is made from a label, so
everything is the same on every run; `exercise` is true throughout, so nothing here can be
taken for a real saying.

Deliberately not here: the files to write (one module each beside this one) and any secret
worth keeping.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256, sha512
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from comity.core import canonical, envelope
from comity.core.body import Context, plain_body
from comity.core.canonical import JsonObject
from comity.core.envelope import Envelope
from comity.core.instrument import annex_json, founding_annex
from comity.core.keys import Directory, Key, Name, Office, directory_payload, key_id
from comity.core.marking import Marking
from comity.core.procedure import ClockSlot, Gate, Procedure, Step
from comity.core.turn import (
    FOUNDING_NOTE,
    Attestation,
    BodyRef,
    Statement,
    Turn,
    Under,
    statement_payload,
    turn_payload,
)

BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)
CASE = "IN-" + sha256(b"comity test vector: case").hexdigest()[:32]
CASE_CROSSED = "IN-" + sha256(b"comity test vector: crossed case").hexdigest()[:32]
SALT = sha256(b"comity test vector: salt").digest()
CONTENT_KEY = sha256(b"comity test vector: content key").digest()
BODY_TYPE = "example-proposal/1"
CONTENT: JsonObject = {"place": "नई दिल्ली", "starts-on": "2026-02-16", "topics": ["precursors", "containers"]}
SCHEMA: JsonObject = {
    "additionalProperties": False,
    "properties": {
        "place": {"type": "string"},
        "starts-on": {"format": "date", "type": "string"},
        "topics": {"items": {"type": "string"}, "type": "array"},
    },
    "required": ["place", "starts-on", "topics"],
    "type": "object",
}

PROCEDURE = Procedure(
    id="dialogue.example",
    version=1,
    roles=("proposing", "receiving"),
    steps=(
        Step("start", "proposing", "propose", "proposed", body=BODY_TYPE),
        Step("proposed", "receiving", "agree", "agreed", gates=("mandate",), four_eyes=True),
        Step("proposed", "receiving", "decline", "declined"),
        Step("proposed", "proposing", "withdraw", "withdrawn", interrupt=True, beats=("agree", "decline")),
        Step(
            "proposed",
            "proposing",
            "declare-lapsed",
            "lapsed",
            interrupt=True,
            yields=("agree", "decline"),
            declares="reply",
            silence="lapse",
        ),
    ),
    final=("agreed", "declined", "withdrawn", "lapsed"),
    gates=(Gate(name="mandate", guards=("agreed",), override="two-officers"),),
    clocks=(ClockSlot(name="reply", owner="receiving", runs_in=("proposed",), silences=("lapse",)),),
    bodies=((BODY_TYPE, canonical.digest(canonical.encode(SCHEMA))),),
)


def at(minutes: int) -> datetime:
    """Return the instant so many minutes after the story began."""
    return BEGAN + timedelta(minutes=minutes)


def seed(label: str) -> bytes:
    """Return the 32 bytes from which the key with this label is made."""
    return sha256(f"comity test vector: {label}".encode()).digest()


def private(label: str) -> Ed25519PrivateKey:
    """Return the signing key with this label."""
    return Ed25519PrivateKey.from_private_bytes(seed(label))


def public(label: str) -> bytes:
    """Return the public half of the signing key with this label."""
    return private(label).public_key().public_bytes_raw()


def opening_seeds(label: str) -> tuple[bytes, bytes]:
    """Return what an opening key is made from: 64 bytes for ML-KEM-768 and 32 for X25519."""
    return sha512(f"comity test vector: {label}".encode()).digest(), seed(label)


def opening_private(label: str) -> MLKEM768X25519PrivateKey:
    """Return the opening key with this label."""
    lattice, curve = opening_seeds(label)
    return MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(lattice), X25519PrivateKey.from_private_bytes(curve)
    )


def opening_public(label: str) -> bytes:
    """Return the 1,216 bytes of the public half."""
    lattice, curve = opening_seeds(label)
    return (
        MLKEM768PrivateKey.from_seed_bytes(lattice).public_key().public_bytes_raw()
        + X25519PrivateKey.from_private_bytes(curve).public_key().public_bytes_raw()
    )


@dataclass(frozen=True)
class LabelSigner:
    """Signs with the key of a label, for a use."""

    label: str
    use: str

    @property
    def key_id(self) -> str:
        return key_id(self.use, public(self.label))

    def sign(self, message: bytes) -> bytes:
        return private(self.label).sign(message)


@dataclass(frozen=True)
class Side:
    """One of the two parties: who it is, and its secretariat."""

    party: str
    en: str
    hi: str
    office: str
    office_en: str
    office_hi: str

    def signer(self, use: str) -> LabelSigner:
        return LabelSigner(self.label(use), use)

    def label(self, use: str) -> str:
        where = self.office if use.startswith("office-") else self.party
        return f"{where} {use}"


INDIA = Side("IN", "India", "भारत", "IN/MHA", "Ministry of Home Affairs", "गृह मंत्रालय")
STATES = Side(
    "US", "United States", "संयुक्त राज्य", "US/DHS", "Department of Homeland Security", "गृह सुरक्षा विभाग"
)


@cache
def directory(side: Side) -> Directory:
    """Return the directory of a side: one office, its keys, and the one table that it runs."""
    uses = ("log", "node-signing", "office-opening", "office-signing")
    keys = tuple(
        Key(
            use=use,
            office=side.office if use.startswith("office-") else None,
            public=opening_public(side.label(use)) if use == "office-opening" else public(side.label(use)),
            valid_from=BEGAN - timedelta(days=1),
            valid_until=BEGAN + timedelta(days=365) if use == "office-signing" else None,
        )
        for use in uses
    )
    return Directory(
        party=side.party,
        version=1,
        issued_at=BEGAN - timedelta(days=1),
        name=Name(side.en, side.hi),
        exercise=True,
        root=public(side.label("root")),
        offices=(Office(side.office, Name(side.office_en, side.office_hi), secretariat=True),),
        keys=keys,
        procedures=((PROCEDURE.id, PROCEDURE.hash),),
    )


@cache
def directory_envelope(side: Side) -> Envelope:
    """Return the directory, signed by its root: the file that one party gives the other."""
    return envelope.seal(envelope.DIRECTORY, directory_payload(directory(side)), side.signer("root"))


@cache
def pairing() -> str:
    """Return the id of the pairing, as `docs/spec/founding.md` tells to compute it."""
    parts = sorted(directory_envelope(side).hash for side in (INDIA, STATES))
    return sha256(("comity-pairing/1\n" + "\n".join(parts)).encode()).hexdigest()


def founding_payload() -> bytes:
    """Return the founding note as `docs/spec/founding.md` tells to write it."""
    return canonical.encode(
        {
            "annex": annex_json(founding_annex(directory(INDIA), directory(STATES))),
            "exercise": True,
            "format": "comity-founding/1",
            "pairing": pairing(),
            "parties": [INDIA.party, STATES.party],
            "secretariats": [INDIA.office, STATES.office],
        }
    )


@cache
def note(side: Side) -> Envelope:
    """Return the founding note as one side's root signed it."""
    return envelope.seal(envelope.FOUNDING, founding_payload(), side.signer("root"))


def marking(side: Side) -> Marking:
    """Return the marking of what a side says."""
    other = STATES if side is INDIA else INDIA
    return Marking(
        owner=side.party,
        tlp="AMBER",
        releasable_to=(other.party,),
        purpose="dialogue",
        retain_until=date(2031, 1, 5),
    )


def context() -> Context:
    """Return what the body of the first turn is bound to."""
    return Context(pairing(), CASE, INDIA.office, STATES.office, marking(INDIA))


def plain() -> bytes:
    """Return the plain bytes of that body."""
    return plain_body(BODY_TYPE, CONTENT, SALT)


def turn(side: Side, says: str, n: int, minutes: int, **parts: Any) -> Turn:
    """Return a turn of the story; what is not given stands for every turn of a side."""
    other = STATES if side is INDIA else INDIA
    stands: dict[str, Any] = {"case": CASE, "prev": None, "seen": None, "by": 7, "released_by": None}
    return Turn(
        pairing=pairing(),
        sender=side.party,
        receiver=other.party,
        n=n,
        procedure=PROCEDURE.id,
        table=PROCEDURE.hash,
        under=Under(FOUNDING_NOTE),
        says=says,
        office=side.office,
        addressed=other.office,
        said_at=at(minutes),
        exercise=True,
        marking=marking(side),
        **(stands | parts),
    )


def signed(side: Side, said: Turn) -> Envelope:
    """Return the envelope of a turn, signed by the office that says it."""
    return envelope.seal(envelope.TURN, turn_payload(said), side.signer("office-signing"))


def told(side: Side, kind: str, about: Envelope, minutes: int, **parts: Any) -> Envelope:
    """Return a statement of a side's node about a turn."""
    statement = Statement(
        kind=kind,
        pairing=pairing(),
        sender=side.party,
        receiver=(STATES if side is INDIA else INDIA).party,
        case=CASE,
        turn=about.hash,
        at=at(minutes),
        **parts,
    )
    return envelope.seal(envelope.STATEMENT, statement_payload(statement), side.signer("node-signing"))


@dataclass(frozen=True)
class Story:
    """What was said, and what each node said of it, in the order in which India's log has it."""

    propose: Envelope
    propose_accepted: Envelope
    agree: Envelope
    agree_accepted: Envelope
    withdraw: Envelope
    withdraw_refused: Envelope

    def entries(self) -> list[Envelope]:
        """Return what stands in a log, after the two founding notes."""
        return [
            self.propose,
            self.propose_accepted,
            self.agree,
            self.agree_accepted,
            self.withdraw,
            self.withdraw_refused,
        ]


def proposal(sealed: bytes) -> Turn:
    """Return the first turn, which carries the body."""
    body = BodyRef(
        BODY_TYPE, dict(PROCEDURE.bodies)[BODY_TYPE], canonical.digest(sealed), canonical.digest(plain())
    )
    return turn(INDIA, "propose", 1, 10, body=body)


def tell(sealed: bytes) -> Story:
    """Return the whole story around the sealed bytes of its one body."""
    propose = signed(INDIA, proposal(sealed))
    agree = signed(
        STATES,
        turn(
            STATES,
            "agree",
            1,
            30,
            seen=propose.hash,
            released_by=8,
            attests=(Attestation("mandate", (7,)),),
        ),
    )
    withdraw = signed(INDIA, turn(INDIA, "withdraw", 2, 40, prev=propose.hash, seen=agree.hash))
    detail = (("party", "IN"), ("says", "withdraw"), ("state", "agreed"))
    return Story(
        propose=propose,
        propose_accepted=told(STATES, "accepted", propose, 11),
        agree=agree,
        agree_accepted=told(INDIA, "accepted", agree, 31),
        withdraw=withdraw,
        withdraw_refused=told(STATES, "refused", withdraw, 41, code="out-of-turn", detail=detail),
    )


# ------------------------------------------------------------------------------ what must be refused


def changed(payload: bytes, **changes: object) -> bytes:
    """Return a payload with some of its values replaced, whatever the profile says of them.

    A name stands for the member with a hyphen for each underscore (`from_` for `from`).
    """
    value = orjson.loads(payload)
    for name, new in changes.items():
        value[name.rstrip("_").replace("_", "-")] = new
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def without(payload: bytes, name: str) -> bytes:
    """Return a payload without one of its members."""
    value = orjson.loads(payload)
    del value[name]
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def bad(read: str, why: str, code: str, reason: str, given: bytes) -> dict[str, str]:
    """Return one entry of what must be refused: how it is read, why, and what the error says."""
    entry = {"read": read, "why": why, "code": code, "reason": reason}
    try:
        return entry | {"given": given.decode()}
    except UnicodeDecodeError:
        return entry | {"given-hex": given.hex()}
