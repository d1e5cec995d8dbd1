"""Our officer says something: judged here by the list that the peer will ask, then signed.

The order matters. The body is sealed first. Inside the door the turn gets its slot, is
judged, and is signed by the *office's* key; its body goes to the disk, and then it is logged
and queued in one transaction. So what is signed is kept, what is kept is sent, and nothing half-said exists.
Until the peer's acceptance is logged the turn is provisional.

Deliberately not here: pages and forms, the second officer's workplace, sending.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from comity.core import body as bodies
from comity.core import canonical, envelope, verdict
from comity.core.body import Context
from comity.core.canonical import JsonObject
from comity.core.case import Said, Standing, Verdict
from comity.core.codes import CODES
from comity.core.errors import ComityError
from comity.core.instrument import AnnexLine
from comity.core.marking import Marking, is_above
from comity.core.procedure import Procedure, Step
from comity.core.turn import (
    FOUNDING_NOTE,
    Attestation,
    BodyRef,
    Declared,
    Link,
    Turn,
    Under,
    turn_payload,
)
from comity.core.verdict import Judgement, Question, judge
from comity.node.casework import doors, facts
from comity.node.disclosure import release
from comity.node.instruments import Facts
from comity.node.log.cases import CaseFile
from comity.node.log.door import Draft
from comity.node.models import Body, Outbox, Slot
from comity.node.node import Node
from comity.tracks.registry import content_json

RETENTION_DEFAULT = timedelta(days=5 * 365)


class CannotSay(ComityError):
    """The turn would be refused, so it was not signed and nothing was written."""

    code = "cannot-say"

    def __init__(self, judgement: Judgement, sentence: str) -> None:
        super().__init__(sentence)
        self.judgement = judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What an officer wants to say. A new case where `case` is None."""

    procedure: str
    says: str
    office: str
    addressed: str
    by: int
    released_by: int | None = None
    case: str | None = None
    content: JsonObject | None = None
    under: str = FOUNDING_NOTE
    exercise: bool = False
    marking: Marking | None = None
    attests: tuple[Attestation, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A saying with its body sealed and its words fixed; only the slot is still open."""

    saying: Saying
    case: str
    procedure: Procedure
    marking: Marking
    body: BodyRef | None
    sealed: bytes | None
    now: datetime


def new_case(party: str) -> str:
    """Return a new case id: the opener's party and 128 random bits."""
    return f"{party}-{secrets.token_hex(16)}"


def say(node: Node, pairing: str, saying: Saying) -> Said:
    """Say a turn: sealed, judged, signed, logged and queued. Raises `CannotSay`."""
    return say_all(node, pairing, (saying,))[0]


def say_all(node: Node, pairing: str, sayings: Sequence[Saying]) -> list[Said]:
    """Say several turns in one write: all of them, or none. Raises `CannotSay` for the first
    that would be refused.
    """
    doors.door(node, pairing).refresh()
    prepared = [_prepare(node, pairing, saying) for saying in sayings]
    return doors.door(node, pairing).write(lambda draft: [_say(draft, one) for one in prepared])


def _prepare(node: Node, pairing: str, saying: Saying) -> _Prepared:
    signed, now = facts.of(node, pairing), node.clock.now().replace(microsecond=0)
    case = saying.case or new_case(node.party)
    first = _opening(node, pairing, saying.case)
    line = _line(signed, first, saying)
    procedure = _procedure(node, first, line, saying)
    marking = saying.marking or default_marking(signed, line, now.date())
    release.check(node, pairing, marking, saying.office, now)
    body, sealed = None, None
    if saying.content is not None:
        body_type = _body_type(procedure, saying)
        schema = procedure.schema_hash(body_type) or ""
        content = node.registry.parse_content(body_type, schema, saying.content)
        if content.is_exercise_only() and not (saying.exercise or signed.pairing.exercise):
            judgement = verdict.refused("exercise-mark")
            raise CannotSay(judgement, sentence(judgement))
        plain = bodies.plain_body(body_type, content_json(content), secrets.token_bytes(32))
        context = Context(pairing, case, saying.office, saying.addressed, marking)
        openers = [
            signed.ours.current("office-opening", now, saying.office),
            signed.theirs.current("office-opening", now, saying.addressed),
        ]
        sealed = bodies.seal(plain, context, openers, secrets.token_bytes(32))
        body = BodyRef(body_type, schema, canonical.digest(sealed), canonical.digest(plain))
    return _Prepared(saying, case, procedure, marking, body, sealed, now)


def _opening(node: Node, pairing: str, case: str | None) -> Turn | None:
    """The turn that opened the case, or None for a new one."""
    if case is None:
        return None
    return doors.door(node, pairing).write(lambda draft: draft.file(case)).first


def _line(signed: Facts, first: Turn | None, saying: Saying) -> AnnexLine | None:
    under = under_now(signed, first.under.instrument if first else saying.under)
    instrument = signed.instrument(under, signed.pairing.ours)
    return instrument.annex.line(saying.procedure) if instrument else None


def _procedure(node: Node, first: Turn | None, line: AnnexLine | None, saying: Saying) -> Procedure:
    """The table that the case was opened under; for a new case the newest that the annex accepts."""
    found = node.procedure(first.table) if first else None
    if found is not None:
        return found
    listed = [one.procedure for one in node.registry.listed if one.procedure.id == saying.procedure]
    known = [procedure for procedure in listed if line and procedure.hash in line.hashes]
    return (
        max(known, key=lambda one: one.version)
        if known
        else node.registry.current(saying.procedure).procedure
    )


def under_now(signed: Facts, instrument: str) -> Under:
    """Return what a turn said now rests on: the instrument, and its last turns known here."""
    if instrument == FOUNDING_NOTE:
        return Under(FOUNDING_NOTE)
    standing = signed.file(instrument).standing
    ours, theirs = signed.parties
    mine, seen = (standing.head(ours), standing.seen(theirs)) if standing else (None, None)
    return Under(instrument, mine.hash if mine else None, seen.hash if seen else None)


def default_marking(signed: Facts, line: AnnexLine | None, on: date) -> Marking:
    """Return the marking an officer starts from: ours, for the two parties, at the ceiling's level."""
    return Marking(
        owner=signed.pairing.ours,
        tlp=line.ceiling if line and is_above("AMBER", line.ceiling) else "AMBER",
        releasable_to=tuple(sorted(signed.parties)),
        purpose=line.purposes[0] if line else "dialogue",
        retain_until=on + RETENTION_DEFAULT,
    )


def _body_type(procedure: Procedure, saying: Saying) -> str:
    found = {step.body for step in procedure.steps if step.says == saying.says and step.body}
    if len(found) == 1:
        return found.pop()
    known = sorted({step.says for step in procedure.steps})
    if saying.says in known:
        raise ComityError(f"{procedure.id}: {saying.says!r} carries no body, but one was given")
    raise ComityError(f"{procedure.id}: nobody says {saying.says!r:.60}; its words are {', '.join(known)}")


def _say(draft: Draft, prepared: _Prepared) -> Said:
    node, pairing = draft.node, draft.log
    signed = facts.of(node, pairing)
    if facts.is_held(node, pairing):
        held = verdict.not_yet("held")
        raise CannotSay(held, sentence(held))
    new = prepared.saying.case is None
    file = draft.begin(prepared.case) if new else draft.file(prepared.case)
    turn = _turn(signed, file, prepared)
    key = signed.ours.current("office-signing", prepared.now, turn.office)
    question = Question(
        turn=turn,
        pairing=pairing,
        sender=signed.pairing.ours,
        receiver=signed.pairing.theirs,
        exercise=signed.pairing.exercise,
        key=key,
        known=file.saids,
        past=file.past(turn),
        signed=signed,
        body=verdict.ACCEPTED,
        now=prepared.now,
    )
    judgement = judge(question)
    if judgement != verdict.ACCEPTED:
        raise CannotSay(judgement, sentence(judgement))
    sealed = envelope.seal(envelope.TURN, turn_payload(turn), node.signer(key))
    said = Said(turn, sealed.hash)
    _append(draft, file, said, sealed.text, prepared)
    return said


def sentence(judgement: Judgement) -> str:
    """Return a judgement in words: its code's sentence, and the code."""
    code = CODES[judgement.code or ""]
    return f"{code.sentence(dict(judgement.detail))} ({code.code})"


def _turn(signed: Facts, file: CaseFile, prepared: _Prepared) -> Turn:
    saying, standing = prepared.saying, file.standing
    ours, theirs = signed.parties
    mine = max((s for s in file.saids if s.turn.sender == ours), key=lambda s: s.turn.n, default=None)
    seen = max(
        (s for s in file.saids if s.turn.sender == theirs and s.verdict is Verdict.ACCEPTED),
        key=lambda s: s.turn.n,
        default=None,
    )
    first = file.first
    step = _step(standing, prepared.procedure, ours, saying.says)
    return Turn(
        pairing=signed.pairing.id,
        sender=ours,
        receiver=theirs,
        case=prepared.case,
        n=mine.turn.n + 1 if mine else 1,
        prev=mine.hash if mine else None,
        seen=seen.hash if seen else None,
        procedure=prepared.procedure.id,
        table=prepared.procedure.hash,
        under=under_now(signed, first.under.instrument if first else saying.under),
        says=saying.says,
        office=saying.office,
        addressed=saying.addressed,
        by=saying.by,
        released_by=saying.released_by,
        said_at=prepared.now,
        exercise=signed.pairing.exercise or saying.exercise or bool(first and first.exercise),
        marking=prepared.marking,
        body=prepared.body,
        attests=saying.attests,
        links=saying.links,
        declares=_declared(signed, standing, step),
    )


def _step(standing: Standing | None, procedure: Procedure, party: str, says: str) -> Step | None:
    if standing is None:
        return procedure.step("start", procedure.roles[0], says)
    return procedure.step(standing.state, standing.role(party), says)


def _declared(signed: Facts, standing: Standing | None, step: Step | None) -> Declared | None:
    """For a step that declares a clock: when, by the signed terms, it was due."""
    if standing is None or step is None or step.declares is None:
        return None
    due = verdict.due_of(standing, step.declares, signed)
    if isinstance(due, Judgement):
        raise CannotSay(due, sentence(due))
    return Declared(step.declares, due.due.at)


def _append(draft: Draft, file: CaseFile, said: Said, text: bytes, prepared: _Prepared) -> None:
    turn, body = said.turn, prepared.body
    index = draft.append("turn", turn.sender, said.hash, text)
    slot = Slot(
        pairing=draft.log,
        case=turn.case,
        party=turn.sender,
        n=turn.n,
        hash=said.hash,
        body=body.sealed if body else "",
        text=text,
    )
    queued = Outbox(
        pairing=draft.log,
        item=said.hash,
        kind="turn",
        case=turn.case,
        index=index,
        body=body.sealed if body else "",
        queued_at=prepared.now,
        next_at=prepared.now,
    )
    draft.rows += [slot, queued]
    if body is not None and prepared.sealed is not None:
        draft.bodies.append(prepared.sealed)
        draft.rows.append(
            Body(
                sealed=body.sealed,
                pairing=draft.log,
                case=turn.case,
                size_bytes=len(prepared.sealed),
                retain_until=turn.marking.retain_until,
            )
        )
    draft.put(file.with_said(said))
