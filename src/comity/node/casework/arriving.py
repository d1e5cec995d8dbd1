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
from functools import partial

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
from comity.node import models
from comity.node.casework import doors, facts
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
    if key is not None:
        if key.use == "office-opening":
            raise Unproven("the turn names a key that signs nothing")
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
    return doors.door(node, pairing).write(lambda draft: _receive(draft, items))


def _receive(draft: Draft, items: Sequence[Arrived | Told]) -> list[Received]:
    node, pairing = draft.node, draft.log
    facts.of(node, pairing).pairing.held = _is_held(draft)
    turns = [item for item in items if isinstance(item, Arrived)]
    draft.load(item.turn.case for item in turns)
    hashes = [item.sealed.hash for item in items]
    earlier = {
        v.turn: v for v in models.Verdict.objects.using(node.alias).filter(pairing=pairing, turn__in=hashes)
    }
    # The same push may have been judged in this very batch: the sender lost patience and sent again.
    earlier |= {row.turn: row for row in draft.rows if isinstance(row, models.Verdict)}
    entries = models.Entry.objects.using(node.alias).filter(log=pairing, hash__in=hashes)
    logged = {
        digest: (index, party) for digest, index, party in entries.values_list("hash", "index", "party")
    }
    logged |= {entry.hash: (entry.index, entry.party) for entry in draft.entries}
    room = _Room(draft)
    received = []
    for item in items:
        if logged.get(item.sealed.hash, (0, ""))[1] == node.party:
            received.append(Received(_ours(item)))
        elif isinstance(item, Told):
            received.append(_told(draft, item, logged, room))
        else:
            received.append(_turn(draft, item, earlier, room))
    room.remember()
    return received


def _is_held(draft: Draft) -> bool:
    """Return whether the pairing is held, or will be by what this draft has found."""
    found = any(isinstance(row, models.Evidence) for row in draft.rows)
    return found or facts.is_held(draft.node, draft.log)


def _ours(item: Arrived | Told) -> Answer:
    """The answer to one of our own sayings that comes back: it is not the peer's to say."""
    return Answer(item.sealed.hash, "malformed", Unproven.code, (("what", "this is a saying of ours"),))


def _told(draft: Draft, item: Told, logged: dict[str, tuple[int, str]], room: "_Room") -> Received:
    digest, statement = item.sealed.hash, item.statement
    if statement.kind in ("accepted", "refused"):
        what = (("what", "a verdict comes in the answer to what it is about"),)
        return Received(Answer(digest, "malformed", Unproven.code, what))
    if digest not in logged:
        objection = room.take()
        if objection is not None:
            return Received(Answer(digest, "not-yet", objection.code, objection.detail))
        logged[digest] = (
            draft.append("statement", statement.sender, digest, item.sealed.text),
            statement.sender,
        )
    return Received(Answer(digest, "logged", index=logged[digest][0]))


def _turn(draft: Draft, item: Arrived, earlier: dict[str, models.Verdict], room: "_Room") -> Received:
    before = earlier.get(item.sealed.hash)
    if before is not None:
        status = "accepted" if before.accepted else "refused"
        return Received(Answer(item.sealed.hash, status, index=before.index), bytes(before.text))
    judgement = room.take() or _judged(draft, item)
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
    # In the log under the party that it came from, whatever name it claims.
    draft.append("turn", facts.of(node, draft.log).pairing.theirs, digest, item.sealed.text)
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
        draft.bodies.append(item.stored)
        # With the write and not before: a job that lost the race for the head runs again.
        draft.changes.append(partial(_count, draft.node, draft.log, len(item.stored)))
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
    if _is_kept(draft, item.sealed.text):
        return
    draft.rows.append(
        models.Evidence(
            pairing=draft.log,
            kind="same-slot",
            case=item.turn.case,
            first=_text_of(draft, rival.hash),
            second=item.sealed.text,
            at=node.clock.now(),
        )
    )
    draft.changes.append(
        lambda: models.Pairing.objects.using(node.alias).filter(id=draft.log).update(held=True)
    )
    signed = facts.of(node, draft.log)
    signed.pairing.held = True


def _text_of(draft: Draft, digest: str) -> bytes:
    """The bytes of a turn that has its slot: from the record, or from what is about to be written."""
    drafted = (row for row in draft.rows if isinstance(row, models.Slot) and row.hash == digest)
    row = next(drafted, None) or models.Slot.objects.using(draft.node.alias).get(
        hash=digest, pairing=draft.log
    )
    return bytes(row.text)


def _is_kept(draft: Draft, text: bytes) -> bool:
    """Return whether this saying is evidence already: a peer sends again what we did not accept."""
    drafted = any(isinstance(row, models.Evidence) and row.second == text for row in draft.rows)
    rows = models.Evidence.objects.using(draft.node.alias).filter(pairing=draft.log, second=text)
    return drafted or rows.exists()


class _Room:
    """What the settings still allow the peer: asked for each new saying, what came before is free."""

    def __init__(self, draft: Draft) -> None:
        node, now = draft.node, draft.node.clock.now()
        self._node, self._log, self._now, self._taken = node, draft.log, now, 0
        pace = node.pace.get(draft.log, ())
        self._spent = [(at, count) for at, count in pace if at > now - timedelta(minutes=1)]
        self._left = node.settings.turns_per_minute_max - sum(count for _, count in self._spent)

    def take(self) -> Judgement | None:
        """Return "full" or "too fast" where there is no room for one more."""
        limits = self._node.settings
        if self._taken >= self._left:
            return not_yet("too-fast", limit=str(limits.turns_per_minute_max))
        if _is_full(self._node, self._log):
            return not_yet("full", what=f"bodies hold {limits.bodies_bytes_max} bytes")
        self._taken += 1
        return None

    def remember(self) -> None:
        self._node.pace[self._log] = [*self._spent, (self._now, self._taken)]


def _is_full(node: Node, pairing: str) -> bool:
    return _stored(node, pairing) > node.settings.bodies_bytes_max


def _count(node: Node, pairing: str, size_bytes: int) -> None:
    node.stored[pairing] = _stored(node, pairing) + size_bytes


def _stored(node: Node, pairing: str) -> int:
    """Return how many bytes of bodies this peer's cases hold; summed once, then kept by adding."""
    if pairing not in node.stored:
        rows = models.Body.objects.using(node.alias).filter(pairing=pairing)
        node.stored[pairing] = rows.aggregate(total=Sum("size_bytes"))["total"] or 0
    return node.stored[pairing]
