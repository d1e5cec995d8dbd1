"""Stating that a turn lies on a desk: the *delivered* of an office that somebody holds.

Silence is provable only after it: accepted says that the node has the turn, delivered that
the addressed office had an officer on whose docket it lay. The statement takes no slot and
changes no clock.

Deliberately not here: *opened*, which an officer's act states.
"""

from comity.core import envelope
from comity.core.envelope import Envelope
from comity.core.turn import Statement, parse_turn, statement_payload
from comity.node.casework import doors, facts
from comity.node.log.door import Draft
from comity.node.models import Outbox, Slot, Tenure, Told, Verdict
from comity.node.node import Node
from comity.node.people import holders

BATCH_MAX = 100


def tell(node: Node, pairing: str) -> int:
    """State *delivered* for what was accepted and lies on a held office's desk; return how many.

    Looks only at what came since the last call, and at everything again when somebody was
    appointed meanwhile.
    """
    tenures = Tenure.objects.using(node.alias).count()
    known, cursor = node.desk.get(pairing, (tenures, -1))
    after = cursor if known == tenures else -1
    rows = list(
        Verdict.objects.using(node.alias)
        .filter(pairing=pairing, index__gt=after, accepted=True)
        .order_by("index")
        .values_list("turn", "index")[:BATCH_MAX]
    )
    node.desk[pairing] = (tenures, rows[-1][1] if rows else after)
    return state(node, pairing, "delivered", _lying(node, pairing, [turn for turn, _ in rows]))


def _lying(node: Node, pairing: str, turns: list[str]) -> list[tuple[str, str]]:
    """Which of these turns of the peer's lie on a desk that somebody holds: (hash, case)."""
    if not turns:
        return []
    told = Told.objects.using(node.alias).filter(kind="delivered", turn__in=turns).values("turn")
    theirs = facts.of(node, pairing).pairing.theirs
    slots = Slot.objects.using(node.alias).filter(hash__in=turns, party=theirs).exclude(hash__in=told)
    held: dict[str, bool] = {}
    lying = []
    for digest, text in slots.values_list("hash", "text"):
        turn = parse_turn(envelope.parse(bytes(text)).payload)
        if turn.addressed not in held:
            held[turn.addressed] = bool(holders(node, turn.addressed, node.clock.now().date()))
        if held[turn.addressed]:
            lying.append((digest, turn.case))
    return lying


def state(node: Node, pairing: str, kind: str, about: list[tuple[str, str]]) -> int:
    """Sign, log and queue one statement of `kind` for each (turn hash, case); return how many."""
    if not about:
        return 0
    sealed = [(turn, case, _statement(node, pairing, kind, turn, case)) for turn, case in about]
    doors.door(node, pairing).write(lambda draft: _queue(draft, kind, sealed))
    return len(about)


def _statement(node: Node, pairing: str, kind: str, turn: str, case: str) -> Envelope:
    ours, theirs = facts.of(node, pairing).parties
    statement = Statement(
        kind=kind,
        pairing=pairing,
        sender=ours,
        receiver=theirs,
        case=case,
        turn=turn,
        at=node.clock.now(),
    )
    return envelope.seal(envelope.STATEMENT, statement_payload(statement), node.node_signer())


def _queue(draft: Draft, kind: str, sealed: list[tuple[str, str, Envelope]]) -> None:
    now = draft.node.clock.now()
    known = set(
        Told.objects.using(draft.node.alias)
        .filter(kind=kind, turn__in=[turn for turn, _, _ in sealed])
        .values_list("turn", flat=True)
    )
    for turn, case, statement in sealed:
        if turn in known:
            continue
        index = draft.append("statement", draft.node.party, statement.hash, statement.text)
        draft.rows.append(Told(turn=turn, kind=kind, pairing=draft.log, index=index))
        draft.rows.append(
            Outbox(
                pairing=draft.log,
                item=statement.hash,
                kind="statement",
                case=case,
                index=index,
                queued_at=now,
                next_at=now,
            )
        )
