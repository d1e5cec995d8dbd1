"""Two different turns in one slot: kept as evidence, the pairing held, and nothing moves by itself."""

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from comity.cli import stories
from comity.core.bundle import Record
from comity.core.canonical import JsonObject
from comity.core.envelope import Envelope
from comity.core.turn import Turn
from comity.node import models, overview
from comity.node.casework import facts
from comity.node.casework.speaking import CannotSay
from comity.node.peers import delivery
from comity.tracks.counternarcotics.bodies import Clearance
from comity.tracks.registry import content_json

if TYPE_CHECKING:
    from tests.node.conftest import Hand, Pair, Stage


@pytest.fixture
def case(played: "Stage") -> str:
    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    return stories.notify(played, played.pair.memorandum, content)


@pytest.fixture
def india(hand: Callable[[str], "Hand"]) -> "Hand":
    return hand("IN")


def two_sayings(india: "Hand", case: str) -> tuple[Envelope, Envelope]:
    """A withdrawal by one officer, and in the same slot one by another."""
    one, other = india.turn(case, "withdraw", by=1), india.turn(case, "withdraw", by=2)
    assert one.n == other.n
    return india.seal(one), india.seal(other)


def evidence(pair: "Pair") -> list[tuple[bytes, bytes]]:
    rows = models.Evidence.objects.using(pair.two.alias).order_by("id")
    return [(bytes(row.first), bytes(row.second)) for row in rows]


def test_both_sayings_are_kept_once_and_the_pairing_is_held(agreed: "Pair", india: "Hand", case: str) -> None:
    one, other = two_sayings(india, case)
    first = india.push(Record("turn", one.text))
    assert first[1][0].status == "accepted"
    log = models.Entry.objects.using(agreed.two.alias).count()

    for _ in range(3):  # an honest peer would send it again and again
        answer = india.send(other)
        assert (answer.status, answer.code) == ("not-yet", "held")

    assert evidence(agreed) == [(one.text, other.text)]
    assert models.Pairing.objects.using(agreed.two.alias).get().held
    assert models.Entry.objects.using(agreed.two.alias).count() == log
    assert agreed.standing(agreed.two, case).state == "withdrawn"
    (row,) = overview.pairings(agreed.two)
    peer = overview.peer(agreed.two, row)
    assert (peer.held, peer.evidence) == (True, 1)
    assert any(words.strip().startswith("HELD") for words in peer.sentences())


def test_both_in_one_bundle_are_kept_with_their_bytes(agreed: "Pair", india: "Hand", case: str) -> None:
    one, other = two_sayings(india, case)
    _, answers = india.push(Record("turn", one.text), Record("turn", other.text), Record("turn", other.text))
    assert [(answer.status, answer.code) for answer in answers] == [
        ("accepted", None),
        ("not-yet", "held"),
        ("not-yet", "held"),
    ]
    assert evidence(agreed) == [(one.text, other.text)]


def test_while_held_everything_waits_but_what_came_before_is_answered_as_then(
    agreed: "Pair", india: "Hand", case: str
) -> None:
    one, other = two_sayings(india, case)
    before, _ = india.push(Record("turn", one.text))
    india.send(other)

    answer, (duplicate,) = india.push(Record("turn", one.text))
    assert duplicate.status == "accepted"
    assert answer.of("statement") == before.of("statement")
    fresh = india.turn(f"IN-{secrets.token_hex(16)}", "notify")
    waits = india.send(india.seal(fresh))
    assert (waits.status, waits.code) == ("not-yet", "held")


def test_a_slot_that_was_refused_is_spent_too(agreed: "Pair", india: "Hand", case: str) -> None:
    wrong = india.seal(india.turn(case, "answer"))
    assert india.send(wrong).status == "refused"
    other = india.seal(india.turn(case, "withdraw"))  # India pretends that the slot is still free
    assert india.send(other).code == "held"
    assert evidence(agreed) == [(wrong.text, other.text)]


def test_a_hold_outlives_the_process(agreed: "Pair", india: "Hand", case: str) -> None:
    one, other = two_sayings(india, case)
    india.send(one)
    india.send(other)
    agreed.two.remembered.clear()
    fresh = india.seal(india.turn(f"IN-{secrets.token_hex(16)}", "notify"))
    assert india.send(fresh).code == "held"


def test_nothing_is_said_while_the_pairing_is_held(
    agreed: "Pair", played: "Stage", india: "Hand", case: str
) -> None:
    one, other = two_sayings(india, case)
    other_case = stories.notify(
        played, agreed.memorandum, stories.notification(played, 2, "Ephedrine", "299-42-3", "1")
    )
    india.send(one)
    india.send(other)
    log = models.Entry.objects.using(agreed.two.alias).count()

    reference: JsonObject = {"case_reference": "EX", "contact_office": "US/DEA"}
    for saying in (
        stories._desk("US", "acknowledge", other_case, reference),
        stories._dialogue("US", "dialogue.session", "propose", None, None),
    ):
        with pytest.raises(CannotSay) as refused:
            played.provisionally("US", saying)
        assert refused.value.judgement.code == "held"
        assert "officer must decide" in str(refused.value)

    assert models.Entry.objects.using(agreed.two.alias).count() == log
    assert not models.Outbox.objects.using(agreed.two.alias).filter(state="waiting").exists()


def test_what_was_said_before_the_hold_still_gets_its_receipt(
    agreed: "Pair", played: "Stage", india: "Hand", case: str
) -> None:
    """The peer answers for itself: our hold does not keep its verdict from us."""
    reference: JsonObject = {"case_reference": "EX", "contact_office": "US/DEA"}
    said = played.provisionally("US", stories._desk("US", "acknowledge", case, reference))
    one, other = two_sayings(india, case)
    india.send(one)
    india.send(other)

    delivery.deliver(agreed.two, agreed.id, agreed.send_to(agreed.one))

    assert models.Receipt.objects.using(agreed.two.alias).filter(item=said.hash).exists()


def test_another_envelope_of_the_same_saying_is_no_equivocation(
    agreed: "Pair", india: "Hand", case: str
) -> None:
    """Two envelopes of one payload are one saying: the first verdict stands."""
    turn = india.turn(case, "withdraw")
    assert india.send(india.seal(turn)).status == "accepted"
    assert india.send(india.seal(turn, office="IN/DRI")).status == "accepted"
    assert evidence(agreed) == []


def test_a_forger_without_a_key_of_the_party_can_hold_nothing(
    agreed: "Pair", india: "Hand", hand: Callable[[str], "Hand"], case: str
) -> None:
    """A rival signed by a key that is not the peer's is nobody's saying, and no evidence."""
    one, _ = two_sayings(india, case)
    india.send(one)
    forged = forged_by(hand("US"), india.turn(case, "withdraw", by=2))
    answer = india.send(forged)
    assert (answer.status, answer.code) == ("not-yet", "unknown-key")

    damaged = india.seal(india.turn(case, "withdraw", by=3))
    text = damaged.text[:-40] + (b"A" if damaged.text[-40:-39] != b"A" else b"B") + damaged.text[-39:]
    _, (answer,) = india.push(Record("turn", text))
    assert answer.status == "malformed"
    assert evidence(agreed) == []
    assert not facts.of(agreed.two, agreed.id).pairing.held


def forged_by(us: "Hand", turn: Turn) -> Envelope:
    return us.seal(turn, office="US/DEA")


# --------------------------------------------------------- what comes back to its own speaker


def test_our_own_saying_that_comes_back_is_not_the_peers(
    agreed: "Pair", played: "Stage", india: "Hand", hand: Callable[[str], "Hand"], case: str
) -> None:
    """Reflected as it is, or signed again by the peer: no verdict, no crash, and it still works."""
    us = hand("US")
    reference: JsonObject = {"case_reference": "EX", "contact_office": "US/DEA"}
    said = played.provisionally("US", stories._desk("US", "acknowledge", case, reference))
    own = models.Slot.objects.using(agreed.two.alias).get(hash=said.hash)
    again = india.seal(said.turn, office="IN/CBN")
    assert again.hash == said.hash

    for accepted in (False, True):
        log = models.Entry.objects.using(agreed.two.alias).count()
        for text in (bytes(own.text), again.text):
            _, (answer,) = india.push(Record("turn", text))
            assert answer.status in ("malformed", "not-yet")
        assert models.Entry.objects.using(agreed.two.alias).count() == log
        if not accepted:
            agreed.deliver()
    assert agreed.state(case) == "considered"
    clearance = us.with_body(us.turn(case, "clear"), "clearance/1", content_json(Clearance()))
    us.utter(us.seal(clearance[0]), *clearance)
    agreed.deliver()
    assert agreed.state(case) == "cleared"
