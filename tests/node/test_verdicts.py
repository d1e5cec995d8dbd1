"""Every refusal and every "not yet", from a peer that holds valid keys and cheats with them.

A refusal has a code and a sentence, spends its slot, moves nothing at either node, and is
signed and logged by both; evidence shows it. A "not yet" leaves nothing behind, and once its
cause is gone both nodes come to one verdict.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from comity.cli import stories
from comity.core import body as bodies
from comity.core import canonical
from comity.core import verdict as verdicts
from comity.core.bundle import Record
from comity.core.codes import CODES
from comity.core.envelope import Envelope
from comity.core.envelope import parse as parse_envelope
from comity.core.evidence import verify
from comity.core.turn import FOUNDING_NOTE, Attestation, Declared, Turn, Under, parse_statement
from comity.node import doctoring, instruments, models
from comity.node.casework import facts
from comity.node.disclosure.export import export
from comity.node.log import store
from comity.node.peers import delivery
from comity.tracks.registry import Registry

if TYPE_CHECKING:
    from tests.node.conftest import Hand, Pair, Stage

    from comity.node.node import Node

Crafted = tuple[Turn, bytes | None, Envelope]
Craft = Callable[["Hand", str], Crafted]
OUTSIDE = {"other-pairing", "other-party"}
NOTIFICATION = "pre-export-notification/1"


@pytest.fixture
def case(played: "Stage") -> str:
    """A notification by India, accepted by the United States, whose turn it is."""
    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    return stories.notify(played, played.pair.memorandum, content)


@pytest.fixture
def content(played: "Stage") -> canonical.JsonObject:
    return stories.notification(played, 2, "Ephedrine", "299-42-3", "11")


def plainly(hand: "Hand", turn: Turn, body: bytes | None = None, **key: str) -> Crafted:
    return turn, body, hand.seal(turn, **key)


def states(pair: "Pair", case: str) -> list[str]:
    found = [models.Docket.objects.using(node.alias).filter(case=case).first() for node in pair.nodes]
    return [row.state if row else "none" for row in found]


def refused_everywhere(pair: "Pair", hand: "Hand", crafted: Crafted, code: str) -> None:
    """Say it past our own node's checks, and look at everything that a refusal must and must not do."""
    turn, body, sealed = crafted
    before = states(pair, turn.case)

    hand.utter(sealed, turn, body)
    pair.deliver()

    texts = [bytes(row.text) for row in _verdict_rows(pair, sealed.hash, code)]
    assert texts[0] == texts[1]
    _check_statement(pair, hand, texts[0], sealed, code)
    assert states(pair, turn.case) in (before, ["start", "start"])
    answer, answers = hand.push(*_records(sealed, body))
    assert (answers[0].status, answer.of("statement")) == ("refused", (texts[0],))
    for node in pair.nodes:
        assert doctoring._heads(node).ok
        if code not in OUTSIDE:
            report = verify(export(node, pair.id, turn.case, 1), turn.case, node.registry.parse_content)
            assert report.faults == []
            assert any(f"refused ({code})" in line for line in report.lines)


def _records(sealed: Envelope, body: bytes | None) -> list[Record]:
    return [Record("turn", sealed.text), *([Record("body", body)] if body is not None else [])]


def _verdict_rows(pair: "Pair", item: str, code: str) -> list[models.Verdict]:
    rows = [models.Verdict.objects.using(node.alias).get(turn=item) for node in pair.nodes]
    assert [(row.accepted, row.code) for row in rows] == [(False, code)] * 2
    for node, row in zip(pair.nodes, rows, strict=True):
        entry = models.Entry.objects.using(node.alias).get(log=pair.id, index=row.index)
        assert bytes(entry.text) == bytes(row.text)
        assert store.texts(node, pair.id, [item])
    return rows


def _check_statement(pair: "Pair", hand: "Hand", text: bytes, sealed: Envelope, code: str) -> None:
    told = parse_envelope(text)
    key = facts.of(hand.peer, pair.id).ours.by_id[told.key_id]
    assert key.use == "node-signing"
    told.verify(key.verifier)
    statement = parse_statement(told.payload)
    assert (statement.kind, statement.turn, statement.code) == ("refused", sealed.hash, code)
    assert CODES[code].final
    for language in ("en", "hi"):
        sentence = CODES[code].sentence(dict(statement.detail), language)
        assert len(sentence) > 10
        assert "{" not in sentence
        assert all(value in sentence for _, value in statement.detail if len(value) < 60)
        named = set(dict(statement.detail))
        assert named == _names(CODES[code].en) == _names(CODES[code].hi)


def _names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


# ------------------------------------------------------------------------------- refusals


def withdrawal(says: str = "withdraw", **parts: object) -> Craft:
    """A withdrawal, which carries no body and takes one officer, with something changed."""
    return lambda hand, case: plainly(hand, hand.turn(case, says, **parts))


def marked(**parts: object) -> Craft:
    def craft(hand: "Hand", case: str) -> Crafted:
        turn = hand.turn(case, "withdraw")
        return plainly(hand, replace(turn, marking=replace(turn.marking, **parts)))  # type: ignore[arg-type]

    return craft


REFUSED: dict[str, tuple[str, Craft]] = {
    "in the name of the other party": ("other-party", withdrawal(sender="US", receiver="IN")),
    "to itself": ("other-party", withdrawal(receiver="IN")),
    "of another pairing": ("other-pairing", withdrawal(pairing="5" * 64)),
    "by a key from before it was issued": (
        "key-not-valid",
        lambda hand, case: plainly(
            hand, hand.turn(case, "withdraw", said_at=hand.pair.clock.now().replace(year=2025))
        ),
    ),
    "by the key of another office": (
        "wrong-key",
        lambda hand, case: plainly(hand, hand.turn(case, "withdraw"), office="IN/DRI"),
    ),
    "by the key of the node": (
        "wrong-key",
        lambda hand, case: plainly(hand, hand.turn(case, "withdraw"), use="node-signing"),
    ),
    "by the key of the log": (
        "wrong-key",
        lambda hand, case: plainly(hand, hand.turn(case, "withdraw"), use="log"),
    ),
    "with the exercise mark taken off": ("exercise-mark", withdrawal(exercise=False)),
    "after another predecessor": ("broken-chain", withdrawal(prev="6" * 64)),
    "having seen its own turn": (
        "seen-wrong",
        lambda hand, case: plainly(hand, hand.turn(case, "withdraw", seen=hand.turn(case, "withdraw").prev)),
    ),
    "under another table": ("other-procedure", withdrawal(table="7" * 64)),
    "under another name of the table": ("other-procedure", withdrawal(procedure="test.gated")),
    "under another instrument": ("other-instrument", withdrawal(under=Under(FOUNDING_NOTE))),
    "by an office that the annex does not name": ("office-not-named", withdrawal(office="IN/MHA")),
    "to an office that the annex does not name": ("office-not-named", withdrawal(addressed="US/DHS")),
    "to an office of its own": ("office-not-named", withdrawal(addressed="IN/DRI")),
    "by an office that was not asked": ("office-not-asked", withdrawal(office="IN/DRI")),
    "for another purpose": ("purpose-not-named", marked(purpose="gossip")),
    "above the ceiling": ("above-ceiling", marked(tlp="RED")),
    "out of turn though it has seen everything": ("out-of-turn", withdrawal(says="answer")),
    "a word that no table has": ("out-of-turn", withdrawal(says="w" * 9_000)),
    "with a clock where none is declared": (
        "clock-not-declared",
        lambda hand, case: plainly(
            hand, hand.turn(case, "withdraw", declares=Declared("decision", hand.pair.clock.now()))
        ),
    ),
    "silence without its clock": ("clock-not-declared", withdrawal(says="declare-silence")),
    "silence of another clock": (
        "clock-not-declared",
        lambda hand, case: plainly(
            hand, hand.turn(case, "declare-silence", declares=Declared("waiting", hand.pair.clock.now()))
        ),
    ),
    "silence on another day than the clock's": (
        "clock-disagrees",
        lambda hand, case: plainly(
            hand, hand.turn(case, "declare-silence", declares=Declared("decision", hand.pair.clock.now()))
        ),
    ),
    "without a body where the step carries one": ("wrong-body", withdrawal(says="correct")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_cheating_turn_is_refused_alike_by_both(
    name: str, agreed: "Pair", hand: Callable[[str], "Hand"], case: str
) -> None:
    code, craft = REFUSED[name]
    cheat = hand("IN")
    refused_everywhere(agreed, cheat, craft(cheat, case), code)

    if code not in OUTSIDE:  # the slot is spent, and the conversation goes on in the next
        assert agreed.state(case) == "notified"
        answer = cheat.send(cheat.seal(cheat.turn(case, "withdraw")))
        assert answer.status == "accepted"


@pytest.mark.parametrize(
    ("code", "cheats"),
    [
        ("body-malformed", {"content": {"colour": "red"}}),
        ("body-malformed", {"plain": b"not a body at all"}),
        ("body-mismatch", {"hash": "8" * 64}),
        ("body-mismatch", {"plain": bodies.plain_body("clearance/1", {}, b"salt" * 8)}),
        ("body-unreadable", {"to": "IN/DRI"}),
        ("wrong-body", {"type": "clearance/1"}),
    ],
)
def test_a_body_that_does_not_hold_is_refused_alike_by_both(
    code: str,
    cheats: dict,
    agreed: "Pair",
    hand: Callable[[str], "Hand"],
    case: str,
    content: canonical.JsonObject,
) -> None:
    cheat = hand("IN")
    body_type = cheats.pop("type", NOTIFICATION)
    turn, sealed_body = cheat.with_body(
        cheat.turn(case, "correct"), body_type, cheats.pop("content", content), **cheats
    )
    refused_everywhere(agreed, cheat, plainly(cheat, turn, sealed_body), code)


def test_a_body_that_was_never_sealed_is_refused(
    agreed: "Pair", hand: Callable[[str], "Hand"], case: str
) -> None:
    cheat = hand("IN")
    turn, _ = cheat.with_body(cheat.turn(case, "correct"), NOTIFICATION, {})
    assert turn.body is not None
    junk = b"\x00 not sealed"
    turn = replace(turn, body=replace(turn.body, sealed=canonical.digest(junk)))
    refused_everywhere(agreed, cheat, plainly(cheat, turn, junk), "body-unreadable")


def test_a_body_where_the_step_carries_none_or_another_schema_is_refused(
    agreed: "Pair", hand: Callable[[str], "Hand"], case: str, content: canonical.JsonObject
) -> None:
    cheat = hand("IN")
    turn, body = cheat.with_body(cheat.turn(case, "withdraw"), NOTIFICATION, content)
    refused_everywhere(agreed, cheat, plainly(cheat, turn, body), "wrong-body")
    turn, body = cheat.with_body(cheat.turn(case, "correct"), NOTIFICATION, content)
    assert turn.body is not None
    turn = replace(turn, body=replace(turn.body, schema="9" * 64))
    refused_everywhere(agreed, cheat, plainly(cheat, turn, body), "wrong-body")


def test_a_body_moved_out_of_another_case_is_refused(
    agreed: "Pair", played: "Stage", hand: Callable[[str], "Hand"], case: str, content: canonical.JsonObject
) -> None:
    cheat, other = hand("IN"), stories.notify(played, agreed.memorandum, content)
    moved, body = cheat.with_body(cheat.turn(other, "correct"), NOTIFICATION, content)
    turn = cheat.turn(case, "correct", body=moved.body)
    refused_everywhere(agreed, cheat, plainly(cheat, turn, body), "body-unreadable")


@pytest.mark.parametrize("released_by", [None, 1])
def test_a_step_of_two_officers_by_one_hand_is_refused(
    released_by: int | None,
    agreed: "Pair",
    hand: Callable[[str], "Hand"],
    case: str,
    content: canonical.JsonObject,
) -> None:
    cheat = hand("IN")
    turn = cheat.turn(case, "correct", by=1, released_by=released_by)
    turn, body = cheat.with_body(turn, NOTIFICATION, content)
    refused_everywhere(agreed, cheat, plainly(cheat, turn, body), "one-hand")


def test_an_answer_by_an_office_that_was_not_asked_is_refused(
    agreed: "Pair", hand: Callable[[str], "Hand"], case: str
) -> None:
    cheat = hand("US")
    turn = cheat.turn(case, "acknowledge", office="US/CBP")
    turn, body = cheat.with_body(
        turn, "pre-export-acknowledgement/1", {"case_reference": "EX", "contact_office": "US/CBP"}
    )
    refused_everywhere(agreed, cheat, plainly(cheat, turn, body), "office-not-asked")


def test_what_is_seen_does_not_go_back_and_is_not_what_was_refused(
    agreed: "Pair", hand: Callable[[str], "Hand"], case: str
) -> None:
    us, india = hand("US"), hand("IN")
    reference: canonical.JsonObject = {"case_reference": "EX", "contact_office": "US/DEA"}
    bad = us.turn(case, "object")
    refused_everywhere(agreed, us, plainly(us, bad), "out-of-turn")
    slots = models.Slot.objects.using(agreed.one.alias)
    refused = slots.get(case=case, party="US", n=1).hash
    refused_everywhere(agreed, india, withdrawal(seen=refused)(india, case), "seen-wrong")

    turn, body = us.with_body(us.turn(case, "acknowledge"), "pre-export-acknowledgement/1", reference)
    us.utter(us.seal(turn), turn, body)
    agreed.deliver()
    refused_everywhere(agreed, india, withdrawal(says="answer")(india, case), "out-of-turn")
    refused_everywhere(agreed, india, withdrawal(seen=None)(india, case), "seen-wrong")


def test_silence_declared_too_early_is_refused_and_on_the_day_accepted(
    agreed: "Pair", hand: Callable[[str], "Hand"], case: str
) -> None:
    cheat = hand("IN")
    signed = facts.of(agreed.one, agreed.id)
    due = verdicts.due_of(agreed.standing(agreed.one, case), "decision", signed)
    assert isinstance(due, verdicts.DueClock)
    declares = Declared("decision", due.due.at)
    early = withdrawal(says="declare-silence", declares=declares)(cheat, case)
    refused_everywhere(agreed, cheat, early, "not-run-out")

    agreed.clock.at = due.due.at - timedelta(seconds=1)
    refused_everywhere(
        agreed, cheat, withdrawal(says="declare-silence", declares=declares)(cheat, case), "not-run-out"
    )
    agreed.clock.at = due.due.at
    assert (
        cheat.send(withdrawal(says="declare-silence", declares=declares)(cheat, case)[2]).status == "accepted"
    )


def test_silence_that_means_otherwise_is_not_consent(
    agreed: "Pair", hand: Callable[[str], "Hand"], content: canonical.JsonObject
) -> None:
    """The United States notifies, and India's silence is no consent by the annex."""
    cheat = hand("US")
    turn, body = cheat.with_body(cheat.turn(f"US-{secrets.token_hex(16)}", "notify"), NOTIFICATION, content)
    cheat.utter(cheat.seal(turn), turn, body)
    agreed.deliver()
    agreed.clock.pass_by(days=60)
    due = verdicts.due_of(agreed.standing(agreed.two, turn.case), "decision", facts.of(agreed.two, agreed.id))
    assert isinstance(due, verdicts.DueClock)
    declares = Declared("decision", due.due.at)
    crafted = plainly(cheat, cheat.turn(turn.case, "declare-silence", declares=declares))
    refused_everywhere(agreed, cheat, crafted, "silence-means-otherwise")


@pytest.mark.parametrize("audience", [("IN",), ()])
def test_what_is_not_released_to_us_is_refused(
    audience: tuple[str, ...], agreed: "Pair", hand: Callable[[str], "Hand"], case: str
) -> None:
    """An honest node keeps it at home (`test_delivery`), so it is pushed by hand."""
    cheat = hand("IN")
    answer, _ = cheat.push(*_records(marked(releasable_to=audience)(cheat, case)[2], None))
    (text,) = answer.of("statement")
    statement = parse_statement(parse_envelope(text).payload)
    assert (statement.kind, statement.code, dict(statement.detail)) == (
        "refused",
        "not-releasable",
        {"party": "US"},
    )
    assert agreed.state(case) == "notified"


# ------------------------------------------------------------------------- opening a case


def opening(hand: "Hand", content: canonical.JsonObject, case: str | None = None, **parts: object) -> Crafted:
    turn = hand.turn(case or f"IN-{secrets.token_hex(16)}", "notify", **parts)
    turn, body = hand.with_body(turn, NOTIFICATION, content)
    return plainly(hand, turn, body)


def test_a_case_is_named_by_the_party_that_opens_it(
    agreed: "Pair", hand: Callable[[str], "Hand"], content: canonical.JsonObject
) -> None:
    cheat = hand("IN")
    refused_everywhere(agreed, cheat, opening(cheat, content, f"US-{'0' * 32}"), "case-name")


def test_no_case_rests_on_an_instrument_that_does_not_carry_it(
    agreed: "Pair", hand: Callable[[str], "Hand"], content: canonical.JsonObject
) -> None:
    cheat = hand("IN")
    crafted = opening(cheat, content, under=Under(FOUNDING_NOTE))
    refused_everywhere(agreed, cheat, crafted, "not-switched-on")
    proposal = models.Slot.objects.using(agreed.one.alias).get(case=agreed.memorandum, party="IN", n=1)
    unsigned = Under(agreed.memorandum, proposal.hash, None)
    refused_everywhere(agreed, cheat, opening(cheat, content, under=unsigned), "instrument-not-in-force")


def negotiated(pair: "Pair", days: int, negotiate: Callable[..., str], until_days: int | None = None) -> str:
    """Another Memorandum, in force from a number of days from today, and until another."""
    signed = facts.of(pair.one, pair.id)
    file = signed.file(pair.memorandum)
    assert file.standing is not None
    annex = signed.annex(file, file.standing)
    assert annex is not None
    today = pair.clock.now().date()
    until = None if until_days is None else today + timedelta(days=until_days)
    return negotiate(pair, replace(annex, in_force_from=today + timedelta(days=days), until=until))


def test_what_is_said_before_the_day_of_entry_into_force_is_refused(
    agreed: "Pair",
    hand: Callable[[str], "Hand"],
    content: canonical.JsonObject,
    negotiate: Callable[..., str],
) -> None:
    agreed.memorandum = negotiated(agreed, 10, negotiate)
    cheat = hand("IN")
    refused_everywhere(agreed, cheat, opening(cheat, content), "before-in-force")


def test_no_case_is_opened_after_the_end_not_even_behind_a_refused_first_turn(
    agreed: "Pair",
    hand: Callable[[str], "Hand"],
    content: canonical.JsonObject,
    negotiate: Callable[..., str],
) -> None:
    agreed.memorandum = negotiated(agreed, 0, negotiate, until_days=5)
    cheat = hand("IN")
    old = opening(cheat, content)
    cheat.utter(old[2], old[0], old[1])
    agreed.deliver()
    agreed.clock.pass_by(days=7)

    late = opening(cheat, content)
    refused_everywhere(agreed, cheat, late, "instrument-ended")
    again = opening(cheat, content, late[0].case)
    assert again[0].n == 2
    refused_everywhere(agreed, cheat, again, "instrument-ended")

    # The case that was open runs off, for as long as its annex line says.
    assert cheat.send(withdrawal()(cheat, old[0].case)[2]).status == "accepted"


def test_a_case_that_was_open_stops_when_its_run_off_is_over(
    agreed: "Pair",
    hand: Callable[[str], "Hand"],
    content: canonical.JsonObject,
    negotiate: Callable[..., str],
) -> None:
    agreed.memorandum = negotiated(agreed, 0, negotiate, until_days=5)
    cheat = hand("IN")
    old = opening(cheat, content)
    cheat.utter(old[2], old[0], old[1])
    agreed.deliver()
    agreed.clock.pass_by(days=6 + 90)
    refused_everywhere(agreed, cheat, withdrawal()(cheat, old[0].case), "instrument-ended")


# --------------------------------------------------------------------------------- gates

ATTESTED = Attestation("licence", (1,))


def gated(hand: "Hand", case: str, says: str, *attests: Attestation) -> Crafted:
    from_gated = {"procedure": "test.gated", "table": _gated_table(hand.node)}
    turn = hand.turn(case, says, attests=attests, **from_gated)
    marking = replace(turn.marking, purpose="test")
    return plainly(hand, replace(turn, marking=marking))


def _gated_table(node: "Node") -> str:
    return node.registry.current("test.gated").procedure.hash


@pytest.mark.parametrize(
    ("code", "attests"),
    [
        ("gate-unattested", ()),
        ("gate-unattested", (Attestation("stay", (1, 2)),)),
        ("gate-never-opened", (Attestation("licence", (1, 2), override=True),)),
        ("gate-never-opened", (Attestation("licence", (1,), override=True),)),
    ],
)
def test_a_gate_that_nobody_may_open_stays_shut(
    code: str, attests: tuple[Attestation, ...], agreed: "Pair", hand: Callable[[str], "Hand"]
) -> None:
    cheat = hand("IN")
    case = f"IN-{secrets.token_hex(16)}"
    refused_everywhere(agreed, cheat, gated(cheat, case, "request", *attests), code)


@pytest.mark.parametrize(
    ("code", "stay"),
    [
        ("gate-unattested", ()),
        ("gate-unattested", (Attestation("stay", (7,), override=True),)),
        ("gate-unattested", (Attestation("stay", (7, 7), override=True),)),
        (None, (Attestation("stay", (7, 8), override=True),)),
        (None, (Attestation("stay", (7,)),)),
    ],
)
def test_a_gate_for_two_officers_opens_for_two_who_are_not_the_same(
    code: str | None, stay: tuple[Attestation, ...], agreed: "Pair", hand: Callable[[str], "Hand"]
) -> None:
    india, us = hand("IN"), hand("US")
    case = f"IN-{secrets.token_hex(16)}"
    turn, _, sealed = gated(india, case, "request", ATTESTED)
    india.utter(sealed, turn)
    agreed.deliver()
    assert agreed.state(case) == "requested"

    crafted = gated(us, case, "grant", ATTESTED, *stay)
    if code is None:
        us.utter(crafted[2], crafted[0])
        agreed.deliver()
        assert agreed.state(case) == "granted"
    else:
        refused_everywhere(agreed, us, crafted, code)


# -------------------------------------------------------------------------------- not yet


@pytest.fixture(params=["accepted", "refused"])
def fate(request: pytest.FixtureRequest) -> str:
    """What must come of the turn once nothing is in its way."""
    return str(request.param)


def doomed(hand: "Hand", turn: Turn, fate: str) -> Turn:
    """The turn as it is, or marked above the ceiling: then it is refused in the end."""
    return turn if fate == "accepted" else replace(turn, marking=replace(turn.marking, tlp="RED"))


def waits(pair: "Pair", hand: "Hand", crafted: Crafted, code: str) -> str:
    """Queue it, send it once: it waits for `code`, and the peer keeps nothing of it. Returns its hash."""
    turn, body, sealed = crafted
    hand.utter(sealed, turn, body)
    return still_waits(pair, hand, sealed.hash, code)


def still_waits(pair: "Pair", hand: "Hand", item: str, code: str) -> str:
    peer = hand.peer.alias
    kept = (models.Entry, models.Slot, models.Verdict, models.Body, models.Docket)
    before = [model.objects.using(peer).count() for model in kept]
    delivery.hurry(hand.node, pair.id)
    delivery.deliver(hand.node, pair.id, pair.send_to(hand.peer))
    assert [model.objects.using(peer).count() for model in kept] == before
    row = models.Outbox.objects.using(hand.node.alias).get(item=item)
    assert row.state == "waiting"
    assert row.reason.startswith(f"{code}:")
    assert not CODES[code].final
    assert all(CODES[code].sentence({}, language) for language in ("en", "hi"))
    return item


def comes_to(pair: "Pair", item: str, fate: str) -> None:
    """Deliver what waits: both nodes have the same verdict on it, and show the case alike."""
    pair.deliver()
    rows = [models.Verdict.objects.using(node.alias).get(turn=item) for node in pair.nodes]
    assert {row.accepted for row in rows} == {fate == "accepted"}
    assert {row.code for row in rows} == {"" if fate == "accepted" else "above-ceiling"}
    pair.state(rows[0].case)


def test_a_missing_predecessor_is_waited_for(
    agreed: "Pair", hand: Callable[[str], "Hand"], case: str, content: canonical.JsonObject, fate: str
) -> None:
    cheat = hand("IN")
    first, body = cheat.with_body(cheat.turn(case, "correct"), NOTIFICATION, content)
    sealed = cheat.seal(first)
    cheat.utter(sealed, first, body)
    second = doomed(cheat, cheat.turn(case, "withdraw"), fate)
    outbox = models.Outbox.objects.using(agreed.one.alias)
    outbox.filter(item=sealed.hash).update(state="held-back")
    item = waits(agreed, cheat, plainly(cheat, second), "predecessor-missing")
    outbox.filter(item=sealed.hash).update(state="waiting")
    comes_to(agreed, item, fate)


def test_what_the_sender_has_seen_and_we_lost_is_waited_for(
    agreed: "Pair", hand: Callable[[str], "Hand"], case: str
) -> None:
    cheat = hand("IN")
    answer = cheat.send(cheat.seal(cheat.turn(case, "withdraw", seen="a" * 64)))
    assert (answer.status, answer.code) == ("not-yet", "predecessor-missing")


def test_an_instrument_that_is_not_in_force_by_our_clock_is_waited_for(
    agreed: "Pair",
    hand: Callable[[str], "Hand"],
    content: canonical.JsonObject,
    negotiate: Callable[..., str],
    fate: str,
) -> None:
    agreed.memorandum = negotiated(agreed, 1, negotiate)
    slow = type(agreed.clock)(agreed.clock.now().replace(hour=23, minute=58))
    agreed.clock.at = slow.at + timedelta(minutes=3)  # past midnight there, and not yet here
    agreed.two.clock = slow
    cheat = hand("IN")
    turn, body = cheat.with_body(
        doomed(cheat, cheat.turn(f"IN-{secrets.token_hex(16)}", "notify"), fate), NOTIFICATION, content
    )
    item = waits(agreed, cheat, plainly(cheat, turn, body), "instrument-not-yet")
    slow.pass_by(minutes=3)
    comes_to(agreed, item, fate)


def test_a_turn_of_the_instrument_that_is_not_here_is_waited_for(
    agreed: "Pair",
    hand: Callable[[str], "Hand"],
    content: canonical.JsonObject,
    negotiate: Callable[..., str],
    fate: str,
) -> None:
    agreed.memorandum = negotiated(agreed, 0, negotiate)
    cheat = hand("IN")
    turn = cheat.turn(f"IN-{secrets.token_hex(16)}", "notify")
    unheard = replace(turn.under, ours="b" * 64)
    answer = cheat.send(cheat.seal(replace(turn, under=unheard)))
    assert (answer.status, answer.code) == ("not-yet", "instrument-unknown")
    turn, body = cheat.with_body(doomed(cheat, turn, fate), NOTIFICATION, content)
    cheat.utter(cheat.seal(turn), turn, body)
    comes_to(agreed, cheat.seal(turn).hash, fate)


def test_a_table_that_is_not_here_is_waited_for(
    agreed: "Pair",
    hand: Callable[[str], "Hand"],
    content: canonical.JsonObject,
    registries: dict[str, Registry],
    fate: str,
) -> None:
    agreed.one.registry = registries["next"]
    newer = agreed.one.registry.current("counternarcotics.pre-export-notification").procedure
    assert newer.version == 2
    cheat = hand("IN")
    turn = cheat.turn(f"IN-{secrets.token_hex(16)}", "notify", table=newer.hash)
    turn, body = cheat.with_body(doomed(cheat, turn, fate), NOTIFICATION, content)
    item = waits(agreed, cheat, plainly(cheat, turn, body), "unknown-procedure")
    agreed.two.registry = registries["next"]
    comes_to(agreed, item, fate)


def test_a_key_that_is_not_in_the_directory_is_waited_for_whatever_the_turn_says(
    agreed: "Pair", hand: Callable[[str], "Hand"], case: str, fate: str
) -> None:
    cheat, signed = hand("IN"), facts.of(agreed.two, agreed.id)
    whole = signed.theirs
    without = tuple(key for key in whole.keys if (key.use, key.office) != ("office-signing", "IN/CBN"))
    signed.theirs = replace(whole, keys=without)
    item = waits(
        agreed, cheat, plainly(cheat, doomed(cheat, cheat.turn(case, "withdraw"), fate)), "unknown-key"
    )
    for parts in ({"pairing": "5" * 64}, {"prev": "6" * 64}, {"sender": "US", "receiver": "IN"}):
        answer = cheat.send(cheat.seal(cheat.turn(case, "withdraw", **parts)))
        assert (answer.status, answer.code) == ("not-yet", "unknown-key")
    signed.theirs = whole
    comes_to(agreed, item, fate)


def test_a_clock_in_the_future_is_waited_for(
    agreed: "Pair", hand: Callable[[str], "Hand"], case: str, fate: str
) -> None:
    cheat = hand("IN")
    ahead = agreed.clock.now() + verdicts.CLOCK_AHEAD_MAX + timedelta(seconds=1)
    turn = doomed(cheat, cheat.turn(case, "withdraw", said_at=ahead), fate)
    item = waits(agreed, cheat, plainly(cheat, turn), "clock-ahead")
    agreed.clock.pass_by(seconds=1)
    comes_to(agreed, item, fate)


def test_what_must_wait_leaves_no_body_behind(
    agreed: "Pair", hand: Callable[[str], "Hand"], case: str, content: canonical.JsonObject
) -> None:
    cheat = hand("IN")
    ahead = agreed.clock.now() + verdicts.CLOCK_AHEAD_MAX + timedelta(seconds=1)
    turn, body = cheat.with_body(cheat.turn(case, "correct", said_at=ahead), NOTIFICATION, content)
    before = sorted((agreed.two.path / "bodies").rglob("*"))

    assert cheat.send(cheat.seal(turn), body).status == "not-yet"

    assert sorted((agreed.two.path / "bodies").rglob("*")) == before
    agreed.clock.pass_by(seconds=1)
    assert cheat.send(cheat.seal(turn), body).status == "accepted"
    assert len(sorted((agreed.two.path / "bodies").rglob("*"))) > len(before)


def test_a_body_that_did_not_come_is_waited_for(
    agreed: "Pair", hand: Callable[[str], "Hand"], case: str, content: canonical.JsonObject
) -> None:
    cheat = hand("IN")
    turn, body = cheat.with_body(cheat.turn(case, "correct"), NOTIFICATION, content)
    sealed = cheat.seal(turn)
    place = agreed.one.path / "bodies"
    item = waits(agreed, cheat, (turn, None, sealed), "body-missing")
    assert place.is_dir()
    assert cheat.send(sealed, body).status == "accepted"
    comes_to(agreed, item, "accepted")


def test_a_node_that_is_full_takes_nothing_until_there_is_room(
    agreed: "Pair", hand: Callable[[str], "Hand"], case: str, content: canonical.JsonObject, fate: str
) -> None:
    cheat, us = hand("IN"), agreed.two
    roomy = us.settings
    us.settings = replace(roomy, bodies_bytes_max=10)
    turn, body = cheat.with_body(doomed(cheat, cheat.turn(case, "correct"), fate), NOTIFICATION, content)
    before = sum(1 for path in (us.path / "bodies").rglob("*") if path.is_file())
    item = waits(agreed, cheat, plainly(cheat, turn, body), "full")
    assert sum(1 for path in (us.path / "bodies").rglob("*") if path.is_file()) == before
    us.settings = roomy
    comes_to(agreed, item, fate)


def test_a_peer_that_is_too_fast_is_let_in_by_the_minute(
    agreed: "Pair", hand: Callable[[str], "Hand"], content: canonical.JsonObject, fate: str
) -> None:
    cheat, us = hand("IN"), agreed.two
    us.settings = replace(us.settings, turns_per_minute_max=2)
    us.pace.clear()
    items = []
    for _ in range(5):
        turn, body, sealed = opening(cheat, content)
        turn = doomed(cheat, turn, fate)
        sealed = cheat.seal(turn)
        if fate == "refused":
            turn, body = cheat.with_body(turn, NOTIFICATION, content)
            sealed = cheat.seal(turn)
        cheat.utter(sealed, turn, body)
        items.append(sealed.hash)
    for minute in range(1, 4):
        delivery.hurry(agreed.one, agreed.id)
        delivery.deliver(agreed.one, agreed.id, agreed.send_to(us))
        done = models.Verdict.objects.using(us.alias).filter(turn__in=items).count()
        assert done == min(5, 2 * minute)
        waiting = models.Outbox.objects.using(agreed.one.alias).filter(state="waiting")
        assert all(row.reason.startswith("too-fast:") for row in waiting)
        agreed.clock.pass_by(seconds=61)
    for item in items:
        comes_to(agreed, item, fate)


def test_a_calendar_that_is_not_here_is_waited_for(
    agreed: "Pair", hand: Callable[[str], "Hand"], case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed.clock.pass_by(days=20)
    cheat = hand("IN")
    due = verdicts.due_of(agreed.standing(agreed.one, case), "decision", facts.of(agreed.one, agreed.id))
    assert isinstance(due, verdicts.DueClock)
    turn = cheat.turn(case, "declare-silence", declares=Declared("decision", due.due.at))
    with monkeypatch.context() as patch:
        patch.setattr(instruments, "CALENDARS", {})
        answer = cheat.send(cheat.seal(turn))
        assert (answer.status, answer.code) == ("not-yet", "unknown-calendar")
    assert cheat.send(cheat.seal(turn)).status == "accepted"


def test_every_code_of_the_list_is_shown_here_or_cannot_be_reached_by_one_turn() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    elsewhere = {"held", "clock-not-running"}  # test_equivocation; no shipped table lets one reach the other
    assert {code for code in CODES if f'"{code}' not in text} <= elsewhere
