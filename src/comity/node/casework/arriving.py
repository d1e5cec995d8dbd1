"""What the peer sent: judged, answered and logged, each item by itself.

Parsing, signatures and the opening of bodies happen before, in `prepare`. Inside the door
each turn is asked the questions of `core.verdict`; an accepted or refused one is logged
with our signed verdict in one transaction, and one that came before gets the
byte-identical verdict of that day, for ever. "Not yet" leaves nothing behind.

The same slot with another hash is equivocation: both are kept as evidence and the pairing
is held until an officer decides.

Deliberately not here: the wire, bundles and proofs (`peers.exchange`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from comity.core import body as bodies
from comity.core import canonical, envelope
from comity.core.bundle import Answer
from comity.core.case import Said, Verdict
from comity.core.envelope import Envelope
from comity.core.errors import Malformed, Unproven
from comity.core.turn import (
    Statement,
    Turn,
    parse_statement,
    parse_turn,
    statement_payload,
)
from comity.core.verdict import ACCEPTED, Judgement, Question, judge, not_yet, refused
from comity.node import bodies as kept
from comity.node import models
from comity.node.casework import facts
from comity.node.instruments import Facts, open_body
from comity.node.log.door import Draft
from comity.node.node import Node

_OUTSIDE = frozenset({"other-pairing", "other-party"})
"""Refusals of what is not of this pair at all: logged, but no slot of ours is spent."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One turn of the peer's, parsed and proved as far as that can be done alone."""

    sealed: Envelope
    turn: Turn
    body: Judgement
    stored: bytes | None


@dataclass(frozen=True, slots=True)
class Told:
    """One statement of the peer's, parsed and proved."""

    sealed: Envelope
    statement: Statement


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to one item, and the text of our signed verdict where there is one."""

    answer: Answer
    verdict: bytes | None = None


def prepare_turn(signed: Facts, text: bytes, sealed_bodies: dict[str, bytes]) -> Arrived:
    """Parse a turn, check its signature if its key is known, and look into its body.

    Raises `Malformed` or `Unproven`: then it proves nothing, and is not the peer's saying.
    """
    sealed = envelope.parse(text)
    if sealed.payload_type != envelope.TURN:
        raise Malformed(f"expected a turn, got {sealed.payload_type}")
    turn = parse_turn(sealed.payload)
    key = signed.key(sealed.key_id)
    if key is not None and key.use == "office-signing":
        sealed.verify(key.verifier)
    if turn.body is None:
        return Arrived(sealed, turn, ACCEPTED, None)
    stored = sealed_bodies.get(turn.body.sealed)
    return Arrived(sealed, turn, _look_into(signed.node, turn, stored), stored)


def _look_into(node: Node, turn: Turn, stored: bytes | None) -> Judgement:
    """Open the body and hold it to its hash and its schema. The words name no content."""
    if turn.body is None or stored is None:
        return not_yet("body-missing")
    try:
        plain = open_body(node, turn, stored)
    except (Unproven, Malformed):
        return refused("body-unreadable", office=turn.addressed)
    if canonical.digest(plain) != turn.body.plain:
        return refused("body-mismatch")
    try:
        body_type, content = bodies.parse_plain(plain)
        if body_type != turn.body.type:
            return refused("body-mismatch")
        if node.registry.content_model(body_type) is None:
            return not_yet("unknown-procedure")
        parsed = node.registry.parse_content(body_type, turn.body.schema, content)
    except Malformed as error:
        return refused("body-malformed", where=str(error)[:200])
    return refused("exercise-mark") if parsed.is_exercise_only() and not turn.exercise else ACCEPTED


def prepare_statement(signed: Facts, text: bytes) -> Told:
    """Parse a statement and check that the peer's node signed it."""
    sealed = envelope.parse(text)
    if sealed.payload_type != envelope.STATEMENT:
        raise Malformed(f"expected a statement, got {sealed.payload_type}")
    statement = parse_statement(sealed.payload)
    key = signed.key(sealed.key_id)
    if key is None or key.use != "node-signing":
        raise Unproven("the statement is not signed by the node key of the peer")
    sealed.verify(key.verifier)
    ours, theirs = signed.parties
    if (statement.pairing, statement.sender, statement.receiver) != (signed.pairing.id, theirs, ours):
        raise Unproven("the statement belongs to another pairing")
    return Told(sealed, statement)


def receive(node: Node, pairing: str, items: Sequence[Arrived | Told]) -> list[Received]:
    """Judge, log and answer what arrived, in one write."""
    kept.keep(node, [item.stored for item in items if isinstance(item, Arrived) and item.stored])
    return facts.door(node, pairing).write(lambda draft: _receive(draft, items))


def _receive(draft: Draft, items: Sequence[Arrived | Told]) -> list[Received]:
    node, pairing = draft.node, draft.log
    turns = [item for item in items if isinstance(item, Arrived)]
    draft.load(item.turn.case for item in turns)
    hashes = [item.sealed.hash for item in items]
    earlier = {
        v.turn: v for v in models.Verdict.objects.using(node.alias).filter(pairing=pairing, turn__in=hashes)
    }
    logged = dict(
        models.Entry.objects.using(node.alias)
        .filter(log=pairing, hash__in=[i.sealed.hash for i in items if isinstance(i, Told)])
        .values_list("hash", "index")
    )
    room = _room(draft, len(turns))
    received = []
    for item in items:
        if isinstance(item, Told):
            received.append(_told(draft, item, logged))
        else:
            received.append(_turn(draft, item, earlier, room))
    return received


def _told(draft: Draft, item: Told, logged: dict[str, int]) -> Received:
    index = logged.get(item.sealed.hash)
    if index is None:
        index = draft.append("statement", item.statement.sender, item.sealed.hash, item.sealed.text)
        logged[item.sealed.hash] = index
    return Received(Answer(item.sealed.hash, "logged", index=index))


def _turn(
    draft: Draft, item: Arrived, earlier: dict[str, models.Verdict], room: Judgement | None
) -> Received:
    before = earlier.get(item.sealed.hash)
    if before is not None:
        status = "accepted" if before.accepted else "refused"
        return Received(Answer(item.sealed.hash, status, index=before.index), bytes(before.text))
    judgement = room or _judged(draft, item)
    if judgement.kind == "not-yet":
        return Received(Answer(item.sealed.hash, "not-yet", judgement.code, judgement.detail))
    found = _log(draft, item, judgement)
    earlier[item.sealed.hash] = found
    return Received(Answer(item.sealed.hash, judgement.kind, index=found.index), bytes(found.text))


def _judged(draft: Draft, item: Arrived) -> Judgement:
    node, turn = draft.node, item.turn
    signed = facts.of(node, draft.log)
    file = draft.file(turn.case)
    rival = file.by_slot.get((turn.sender, turn.n))
    ours, theirs = signed.parties
    is_of_pair = (turn.pairing, turn.sender, turn.receiver) == (draft.log, theirs, ours)
    is_signed = signed.key(item.sealed.key_id) is not None
    if rival is not None and rival.hash != item.sealed.hash and is_of_pair and is_signed:
        _equivocation(draft, item, rival)
        return not_yet("held")
    if signed.pairing.held:
        return not_yet("held")
    question = Question(
        turn=turn,
        pairing=draft.log,
        sender=theirs,
        receiver=ours,
        exercise=signed.pairing.exercise,
        key=signed.key(item.sealed.key_id),
        known=file.saids,
        past=file.past(turn),
        signed=signed,
        body=item.body,
        now=node.clock.now(),
    )
    return judge(question)


def _log(draft: Draft, item: Arrived, judgement: Judgement) -> models.Verdict:
    """Log the turn and our signed verdict on it, and give it its slot."""
    node, turn, digest = draft.node, item.turn, item.sealed.hash
    at = node.clock.now().replace(microsecond=0)
    sealed = _verdict(node, draft.log, item, judgement, at)
    draft.append("turn", turn.sender, digest, item.sealed.text)
    index = draft.append("statement", node.party, sealed.hash, sealed.text)
    accepted = judgement.kind == "accepted"
    verdict_row = models.Verdict(
        turn=digest,
        pairing=draft.log,
        case=turn.case,
        accepted=accepted,
        code=judgement.code or "",
        at=at,
        index=index,
        text=sealed.text,
    )
    draft.rows.append(verdict_row)
    if judgement.code not in _OUTSIDE:
        _keep(draft, item)
        said = Said(turn, digest, Verdict.ACCEPTED if accepted else Verdict.REFUSED, at, judgement.code)
        draft.put(draft.file(turn.case).with_said(said))
    return verdict_row


def _verdict(node: Node, pairing: str, item: Arrived, judgement: Judgement, at: datetime) -> Envelope:
    signed = facts.of(node, pairing)
    statement = Statement(
        kind=judgement.kind,
        pairing=pairing,
        sender=signed.pairing.ours,
        receiver=signed.pairing.theirs,
        case=item.turn.case,
        turn=item.sealed.hash,
        at=at,
        code=judgement.code,
        detail=judgement.detail,
    )
    return envelope.seal(envelope.STATEMENT, statement_payload(statement), node.node_signer())


def _keep(draft: Draft, item: Arrived) -> None:
    turn, body = item.turn, item.turn.body
    draft.rows.append(
        models.Slot(
            pairing=draft.log,
            case=turn.case,
            party=turn.sender,
            n=turn.n,
            hash=item.sealed.hash,
            body=body.sealed if body else "",
            text=item.sealed.text,
        )
    )
    if body is not None and item.stored is not None:
        draft.node.stored[draft.log] = _stored(draft.node, draft.log) + len(item.stored)
        draft.rows.append(
            models.Body(
                sealed=body.sealed,
                pairing=draft.log,
                case=turn.case,
                size_bytes=len(item.stored),
                retain_until=turn.marking.retain_until,
            )
        )


def _equivocation(draft: Draft, item: Arrived, rival: Said) -> None:
    """Keep both sayings as evidence and hold the pairing until an officer decides."""
    node = draft.node
    first = (
        models.Slot.objects.using(node.alias).filter(hash=rival.hash).values_list("text", flat=True).first()
    )
    draft.rows.append(
        models.Evidence(
            pairing=draft.log,
            kind="same-slot",
            case=item.turn.case,
            first=bytes(first or b""),
            second=item.sealed.text,
            at=node.clock.now(),
        )
    )
    draft.changes.append(
        lambda: models.Pairing.objects.using(node.alias).filter(id=draft.log).update(held=True)
    )
    signed = facts.of(node, draft.log)
    signed.pairing.held = True


def _room(draft: Draft, coming: int) -> Judgement | None:
    """Return "full" or "too fast" where the peer has used up what the settings allow it."""
    node, limits = draft.node, draft.node.settings
    now = node.clock.now()
    spent = [(at, count) for at, count in node.pace.get(draft.log, ()) if at > now - timedelta(minutes=1)]
    if sum(count for _, count in spent) + coming > limits.turns_per_minute_max:
        return not_yet("too-fast", limit=str(limits.turns_per_minute_max))
    node.pace[draft.log] = [*spent, (now, coming)]
    if _stored(node, draft.log) > limits.bodies_bytes_max:
        return not_yet("full", what=f"bodies hold {limits.bodies_bytes_max} bytes")
    return None


def _stored(node: Node, pairing: str) -> int:
    """Return how many bytes of bodies this peer's cases hold; summed once, then kept by adding."""
    if pairing not in node.stored:
        rows = models.Body.objects.using(node.alias).filter(pairing=pairing)
        node.stored[pairing] = rows.aggregate(total=Sum("size_bytes"))["total"] or 0
    return node.stored[pairing]
