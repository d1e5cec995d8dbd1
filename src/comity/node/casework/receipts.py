"""What the peer answered to what we sent: proved, then logged with the proof.

A receipt is the peer's signed verdict (for a statement of ours, the statement itself) with
the path that shows it in the peer's log under a checkpoint which the peer signed, and which
is consistent with the last one it showed us. Until all of that holds, what we sent stays in
the outbox and is sent again.

Deliberately not here: the wire, and the retry times (`peers.delivery`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from comity.core import envelope
from comity.core.bundle import Answer
from comity.core.case import Verdict
from comity.core.checkpoint import LOG_ED25519, Checkpoint, Verifier, open_checkpoint
from comity.core.envelope import Envelope
from comity.core.errors import Unproven
from comity.core.log import check_consistency, check_inclusion, leaf_hash
from comity.core.turn import Statement, parse_turn
from comity.node import models
from comity.node.casework import doors, facts
from comity.node.casework.arriving import Told, prepare_statement
from comity.node.instruments import Facts
from comity.node.log import bulk
from comity.node.log.door import Draft
from comity.node.log.store import origin
from comity.node.node import Node

_BACKOFF_SECONDS_MAX: Final = 3600
_PASSING: Final = frozenset({"predecessor-missing", "instrument-unknown", "body-missing", "too-fast"})
"""What the peer waits for is on its way already: asking again soon is what ends the wait."""
_PASSING_WAIT_MAX: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Proven:
    """One answer whose verdict and place in the peer's log have been checked."""

    answer: Answer
    index: int
    verdict: Told | None
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer to a push: what is proven, what must wait, and the peer's checkpoint."""

    proven: tuple[Proven, ...]
    waiting: tuple[Answer, ...]
    checkpoint: Checkpoint
    note: bytes


def prove(
    signed: Facts,
    *,
    answers: Sequence[Answer],
    verdicts: Sequence[bytes],
    note: bytes,
    paths: Mapping[int, tuple[bytes, ...]],
    consistency: tuple[bytes, ...],
    sent: Mapping[str, bytes],
) -> Answered:
    """Check everything that the peer answered; raise `Unproven` where anything does not hold.

    `sent` maps the hash of each item sent to its envelope's bytes.
    """
    checkpoint = _witness(signed, note, consistency)
    told = {item.statement.turn: item for item in (prepare_statement(signed, text) for text in verdicts)}
    named = [answer.item for answer in answers]
    if len(set(named)) != len(named) or set(named) != sent.keys():
        raise Unproven(f"the peer answers {len(named)} sayings, and not each of the {len(sent)} sent once")
    proven, waiting = [], []
    for answer in answers:
        if answer.status in ("not-yet", "malformed"):
            waiting.append(answer)
            continue
        found = told.get(answer.item)
        _same(answer, found, sent[answer.item])
        text = found.sealed.text if found else sent[answer.item]
        path = paths.get(answer.index if answer.index is not None else -1)
        if path is None or answer.index is None:
            raise Unproven(f"the peer's answer to {answer.item[:12]} has no proof")
        check_inclusion(leaf_hash(text), answer.index, checkpoint.size, path, checkpoint.root)
        proven.append(Proven(answer, answer.index, found, path))
    return Answered(tuple(proven), tuple(waiting), checkpoint, note)


def _same(answer: Answer, found: Told | None, sent: bytes) -> None:
    """A turn is answered by a signed verdict on it and its case; anything else by its being logged."""
    sealed = envelope.parse(sent)
    case = parse_turn(sealed.payload).case if sealed.payload_type == envelope.TURN else None
    if (found is None) != (answer.status == "logged") or (found is None) != (case is None):
        raise Unproven(f"the peer says {answer.status} of {answer.item[:12]} without a signed verdict")
    if found is not None and (found.statement.kind, found.statement.case) != (answer.status, case):
        raise Unproven(f"the peer says {answer.status} and signs {found.statement.kind} in another case")


def _witness(signed: Facts, note: bytes, consistency: tuple[bytes, ...]) -> Checkpoint:
    """Open the peer's checkpoint and check that its log only grew since the last one."""
    name = origin(signed.pairing.id, signed.pairing.theirs)
    keys = [Verifier(name, LOG_ED25519, key.public) for key in signed.theirs.pinned("log")]
    checkpoint = open_checkpoint(note, keys)
    row = signed.pairing
    if row.their_size == 0:
        return checkpoint
    if checkpoint.size < row.their_size:
        raise Unproven(f"the peer's log had {row.their_size} entries and now shows {checkpoint.size}")
    check_consistency(row.their_size, checkpoint.size, bytes(row.their_root), checkpoint.root, consistency)
    return checkpoint


def record(node: Node, pairing: str, answered: Answered) -> None:
    """Log the peer's verdicts and keep the receipts, in one write."""
    doors.door(node, pairing).write(lambda draft: _record(draft, answered))


def _record(draft: Draft, answered: Answered) -> None:
    node, now = draft.node, draft.node.clock.now()
    receipts = models.Receipt.objects.using(node.alias)
    asked = [proven.answer.item for proven in answered.proven]
    done = set(receipts.filter(item__in=asked).values_list("item", flat=True))
    fresh = [proven for proven in answered.proven if proven.answer.item not in done]
    for proven in fresh:
        if proven.verdict is not None:
            _verdict(draft, proven.verdict.sealed, proven.verdict.statement)
    draft.changes.append(lambda: _close(node, draft.log, answered, fresh, now))


def _verdict(draft: Draft, sealed: Envelope, statement: Statement) -> None:
    index = draft.append("statement", statement.sender, sealed.hash, sealed.text)
    draft.rows.append(
        models.Verdict(
            turn=statement.turn,
            pairing=draft.log,
            case=statement.case,
            accepted=statement.kind == "accepted",
            code=statement.code or "",
            at=statement.at,
            index=index,
            text=sealed.text,
        )
    )
    file = draft.file(statement.case)
    said = file.by_hash.get(statement.turn)
    if said is not None:
        what = Verdict.ACCEPTED if statement.kind == "accepted" else Verdict.REFUSED
        settled = replace(said, verdict=what, at=statement.at, code=statement.code)
        draft.put(file.with_verdict(statement.turn, settled))


def _close(node: Node, pairing: str, answered: Answered, fresh: Sequence[Proven], now: datetime) -> None:
    alias = node.alias
    outbox = models.Outbox.objects.using(alias).filter(pairing=pairing)
    checkpoint = models.Witnessed.objects.using(alias).create(
        pairing=pairing, size=answered.checkpoint.size, root=answered.checkpoint.root, note=answered.note
    )
    bulk.insert(
        alias,
        [
            models.Receipt(
                item=proven.answer.item,
                pairing=pairing,
                index=proven.index,
                path=b"".join(proven.path),
                checkpoint=checkpoint,
            )
            for proven in fresh
        ],
    )
    refused = [p.answer.item for p in answered.proven if p.answer.status == "refused"]
    fine = [p.answer.item for p in answered.proven if p.answer.status != "refused"]
    outbox.filter(item__in=fine).update(state="receipted", reason="")
    if refused:
        outbox.filter(item__in=refused).update(state="refused", reason="the peer refused it")
    for answer in answered.waiting:
        _later(outbox.filter(item=answer.item, state="waiting"), answer, now)
    models.Pairing.objects.using(alias).filter(id=pairing).update(
        their_size=answered.checkpoint.size,
        their_root=answered.checkpoint.root,
        their_checkpoint=answered.note,
        heard_at=now,
    )
    row = facts.of(node, pairing).pairing
    row.their_size, row.their_root = answered.checkpoint.size, answered.checkpoint.root


def _later(rows: "QuerySet[models.Outbox]", answer: Answer, now: datetime) -> None:
    """Keep a "not yet" waiting; give up on what the peer cannot even read, and say so."""
    row = rows.first()
    if row is None:
        return
    reason = f"{answer.code or answer.status}: " + ", ".join(f"{k} {v}" for k, v in answer.detail)
    if answer.status == "malformed":
        rows.update(state="stuck", reason=reason[:300])
        return
    wait = backoff(row.attempts, 0.0)
    if answer.code in _PASSING:
        wait = min(wait, _PASSING_WAIT_MAX)
    rows.update(reason=reason[:300], attempts=row.attempts + 1, next_at=now + wait)


def backoff(attempts: int, jitter: float) -> timedelta:
    """Return how long to wait before the next attempt: doubling to an hour, plus a fifth of `jitter`.

    `jitter` is a number from 0 to 1, chosen by the caller.
    """
    seconds = min(_BACKOFF_SECONDS_MAX, 0.5 * 2.0 ** min(attempts, 20))
    return timedelta(seconds=seconds * (1 + jitter / 5))
