"""Delivery: the outbox of a pair, emptied with patience.

One pass takes what is due, asks of each item once more whether it may leave, packs it into a
bundle, sends it, and proves the answer. Identity was fixed when an item was queued: however
often it is sent, it is the same bytes. Nothing is marked done before the peer's receipt is
proven and logged here. Attempts go on with doubling waits, a little scattered, up to an
hour; an item says at any time where it stands and why.

Deliberately not here: threads (`serve` runs a pass when something waits) and HTTP.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from comity.core import bundle as bundles
from comity.core import envelope
from comity.core.bundle import Bundle, Cover, Record
from comity.core.errors import ComityError, Malformed, Unproven
from comity.core.turn import parse_turn
from comity.node import bodies, models
from comity.node.casework import facts, receipts
from comity.node.casework.receipts import Answered, backoff
from comity.node.disclosure import release
from comity.node.instruments import Facts
from comity.node.log import store
from comity.node.models import Outbox
from comity.node.node import Node

BATCH_MAX: Final = 100
BUNDLE_BYTES_MAX: Final = 16 * 1024 * 1024

Send = Callable[[bytes], bytes]
"""Carries a bundle to the peer and brings back the answer; raises `Unreachable`."""


class Unreachable(ComityError):
    """The peer did not answer, or not as a peer does. What waits, waits."""

    code = "unreachable"


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did: how many were sent, receipted, and must wait."""

    sent: int = 0
    receipted: int = 0
    waiting: int = 0


def deliver(node: Node, pairing: str, send: Send, jitter: float = 0.0) -> Pass:
    """Send what is due to one peer, once. Raises nothing for a peer that is away."""
    now = node.clock.now()
    rows = _due(node, pairing, now)
    if not rows:
        return Pass()
    signed = facts.of(node, pairing)
    try:
        records, sent = _records(signed, rows, now)
        if not sent:
            return Pass()
        answer = _answered(signed, records, sent, send)
    except (Unreachable, Unproven, Malformed) as error:
        if isinstance(error, Unreachable):
            node.away.add(pairing)
        _postpone(node, rows, f"{error.code}: {error}", now, jitter)
        return Pass(len(rows), 0, len(rows))
    receipts.record(node, pairing, answer)
    if pairing in node.away:
        node.away.discard(pairing)
        hurry(node, pairing, Unreachable.code)  # it is back: what waited for it need not wait on
    return Pass(len(sent), len(answer.proven), len(answer.waiting))


def _due(node: Node, pairing: str, now: datetime) -> list[Outbox]:
    """What is due, in the order queued. A turn that overtakes one it follows is told "not yet"."""
    waiting = Outbox.objects.using(node.alias).filter(pairing=pairing, state="waiting")
    return list(waiting.filter(next_at__lte=now).order_by("id")[:BATCH_MAX])


def _records(signed: Facts, rows: Sequence[Outbox], now: datetime) -> tuple[list[Record], dict[str, bytes]]:
    node, records, sent, size = signed.node, list[Record](), dict[str, bytes](), 0
    found = store.texts(node, signed.pairing.id, [row.item for row in rows])
    for row in rows:
        text = found[row.item]
        reason = _objection(signed, row, text, now)
        if reason is not None:
            Outbox.objects.using(node.alias).filter(id=row.id).update(state="stuck", reason=reason[:300])
            continue
        try:
            body = bodies.read(node, row.body) if row.body else None
        except Unproven as error:  # a damaged file holds up its own turn, and nothing else
            _postpone(node, [row], f"body-damaged: {error}", now, 0.0)
            continue
        size += len(text) + len(body or b"")
        if sent and size > BUNDLE_BYTES_MAX:
            break
        records.append(Record(row.kind, text))
        if body is not None:
            records.append(Record("body", body))
        sent[row.item] = text
    return records, sent


def _objection(signed: Facts, row: Outbox, text: bytes, now: datetime) -> str | None:
    """Ask again whether a turn may leave: the day of its destruction may have come meanwhile."""
    if row.kind != "turn":
        return None
    turn = parse_turn(envelope.parse(text).payload)
    reason = release.objection(signed.node, signed.pairing.id, turn.marking, now)
    return None if reason is None else f"not-released: {reason}"


def _answered(signed: Facts, records: Sequence[Record], sent: dict[str, bytes], send: Send) -> Answered:
    node, row = signed.node, signed.pairing
    cover = Cover(
        pairing=row.id,
        sender=row.ours,
        receiver=row.theirs,
        says="push",
        at=node.clock.now(),
        knows=row.their_size,
    )
    pushed = bundles.pack(records, cover, node.node_signer())
    contents = bundles.parse(pushed).contents
    bundle = bundles.parse(send(pushed))
    key = signed.key(bundle.cover.key_id)
    if key is None or key.use != "node-signing":
        raise Unproven("the answer is not signed by the peer's node")
    opened = bundles.open_cover(bundle, key.verifier)
    if (opened.pairing, opened.sender, opened.says, opened.answers) != (
        row.id,
        row.theirs,
        "answer",
        contents,
    ):
        raise Unproven("the answer is not to what was sent")
    answers, note, proofs = (_only(bundle, kind) for kind in ("answers", "checkpoint", "proofs"))
    paths, consistency = bundles.parse_proofs(proofs)
    return receipts.prove(
        signed,
        answers=bundles.parse_answers(answers),
        verdicts=bundle.of("statement"),
        note=note,
        paths=paths,
        consistency=consistency,
        sent=sent,
    )


def _only(bundle: Bundle, kind: str) -> bytes:
    found = bundle.of(kind)
    if len(found) != 1:
        raise Malformed(f"the answer: expected one record of {kind}, got {len(found)}")
    return found[0]


def _postpone(node: Node, rows: Sequence[Outbox], reason: str, now: datetime, jitter: float) -> None:
    table = models.Outbox.objects.using(node.alias)
    for row in rows:
        table.filter(id=row.id, state="waiting").update(
            attempts=row.attempts + 1, reason=reason[:300], next_at=now + backoff(row.attempts, jitter)
        )


def waiting(node: Node, pairing: str) -> int:
    """Return how many items have not been receipted yet."""
    return Outbox.objects.using(node.alias).filter(pairing=pairing, state="waiting").count()


def hurry(node: Node, pairing: str, reason: str = "") -> int:
    """Make what waits for a reason that begins so due now; return how many."""
    now = node.clock.now()
    rows = Outbox.objects.using(node.alias).filter(pairing=pairing, state="waiting")
    return rows.filter(reason__startswith=reason).update(next_at=now)
