"""Where a case stands: laws of `fold` over real turns, and the stories they come from."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.case import Effect, Said, Standing, Verdict, extend, fold, past
from comity.core.procedure import START, Procedure
from comity.core.turn import Turn

if TYPE_CHECKING:
    from tests.core.conftest import Pair

NewPair = Callable[[Procedure], "Pair"]
NewTurn = Callable[..., Turn]

EPOCH = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
PARTIES = ("IN", "US")


def folded(table: Procedure, saids: list[Said]) -> Standing:
    return fold(table, "IN", "US", saids)


def effects(standing: Standing) -> list[tuple[str, str]]:
    return [(line.said.turn.says, line.effect.value) for line in standing.lines]


# ---------------------------------------------------------------------------- stories


def test_nothing_has_been_said(pen: Procedure) -> None:
    standing = folded(pen, [])
    assert (standing.state, standing.lines, standing.turn_of) == (START, (), "IN")
    assert standing.head("IN") is None
    assert standing.seen("US") is None


def test_turns_that_have_seen_each_other_move_the_case_one_after_the_other(
    pen: Procedure, story: NewPair
) -> None:
    pair = story(pen)
    for party, word in (("IN", "notify"), ("US", "ask"), ("IN", "answer"), ("US", "clear"), ("IN", "report")):
        pair.tells(party, word)
    for party in PARTIES:
        standing = pair[party].standing
        assert standing.state == "shipped"
        assert standing.closed
        assert standing.turn_of is None
        assert {effect for _, effect in effects(standing)} == {"moved"}


def test_a_turn_is_provisional_for_its_speaker_until_it_is_accepted(pen: Procedure, story: NewPair) -> None:
    pair = story(pen)
    said = pair.says("IN", "notify")
    assert pair["IN"].standing.state == "notified"
    assert pair["IN"].standing.provisional
    judged = pair.judged(said)
    assert not pair["US"].standing.provisional
    pair.learnt(judged)
    assert not pair["IN"].standing.provisional


def test_a_crossed_turn_is_without_effect_and_names_its_winner(pen: Procedure, story: NewPair) -> None:
    pair = story(pen)
    pair.tells("IN", "notify")
    clear, withdraw = pair.says("US", "clear"), pair.says("IN", "withdraw")
    for said in (clear, withdraw):
        pair.learnt(pair.judged(said))
    for party in PARTIES:
        standing = pair[party].standing
        assert standing.state == "withdrawn"
        lost = standing.lines[-1]
        assert (lost.said.hash, lost.effect, lost.crossed) == (clear.hash, Effect.CROSSED, withdraw.hash)


def test_an_interrupt_that_yields_is_without_effect(pen: Procedure, story: NewPair) -> None:
    pair = story(pen)
    pair.tells("IN", "notify")
    send, ask = pair.says("IN", "send"), pair.says("US", "ask")
    for said in (send, ask):
        pair.learnt(pair.judged(said))
    standing = pair["IN"].standing
    assert standing.state == "asked"
    assert (standing.lines[-1].said.hash, standing.lines[-1].crossed) == (send.hash, ask.hash)


def test_what_was_said_on_top_of_a_crossed_turn_is_without_effect_too(pen: Procedure, story: NewPair) -> None:
    pair = story(pen)
    pair.tells("IN", "notify")
    turns = [pair.says("US", "clear"), pair.says("US", "suspend"), pair.says("IN", "withdraw")]
    for said in turns:
        pair.learnt(pair.judged(said))
    for party in PARTIES:
        standing = pair[party].standing
        assert standing.state == "withdrawn"
        assert [line.crossed for line in standing.lines[2:]] == [turns[2].hash] * 2


def test_a_turn_that_crossed_only_a_loser_keeps_its_effect(pen: Procedure, story: NewPair) -> None:
    pair = story(pen)
    pair.tells("IN", "notify")
    ask, correct, withdraw = pair.says("US", "ask"), pair.says("IN", "correct"), pair.says("IN", "withdraw")
    for said in (ask, correct, withdraw):
        pair.learnt(pair.judged(said))
    for party in PARTIES:
        standing = pair[party].standing
        assert standing.state == "withdrawn"
        assert effects(standing)[1:] == [("correct", "moved"), ("ask", "crossed"), ("withdraw", "moved")]


def test_a_refused_turn_spends_its_slot_and_returns_the_state(pen: Procedure, story: NewPair) -> None:
    pair = story(pen)
    pair.tells("IN", "notify")
    refused = pair.says("US", "clear")
    assert pair["US"].standing.state == "cleared"
    pair.learnt(pair.judged(refused, is_refused=True))
    again = pair.tells("US", "ask")
    for party in PARTIES:
        standing = pair[party].standing
        assert standing.state == "asked"
        assert effects(standing) == [("notify", "moved"), ("clear", "refused"), ("ask", "moved")]
        assert standing.lines[1].state == "notified"
    assert (again.turn.n, again.turn.prev) == (2, refused.hash)


def test_a_turn_whose_ground_is_not_here_waits_and_moves_nothing(pen: Procedure, story: NewPair) -> None:
    pair = story(pen)
    notify, ask = pair.tells("IN", "notify"), pair.tells("US", "ask")
    alone = folded(pen, [ask])
    assert (alone.state, alone.lines, alone.waiting) == (START, (), (ask,))
    assert folded(pen, [ask, notify]).waiting == ()


# ----------------------------------------------------------------------------- clocks


def spans(standing: Standing) -> list[tuple[int, int | None]]:
    """Return the spans of the one clock, in hours since the epoch."""
    (clock,) = standing.clocks
    return [
        ((start - EPOCH) // HOUR, None if end is None else (end - EPOCH) // HOUR)
        for start, end in clock.spans
    ]


def test_a_clock_starts_at_the_acceptance_and_not_before(pen: Procedure, story: NewPair) -> None:
    pair = story(pen)
    said = pair.says("IN", "notify")
    assert spans(pair["IN"].standing) == []
    pair.learnt(pair.judged(said))
    assert spans(pair["IN"].standing) == [(1, None)]
    assert pair["IN"].standing.clocks[0].owner == "US"


def test_a_clock_pauses_and_goes_on(pen: Procedure, story: NewPair) -> None:
    pair = story(pen)
    pair.tells("IN", "notify")
    pair.tells("US", "ask")
    assert spans(pair["US"].standing) == [(1, 2)]
    assert pair["US"].standing.clocks[0].paused
    pair.tells("IN", "answer")
    assert spans(pair["US"].standing) == [(1, 2), (3, None)]
    pair.tells("US", "clear")
    assert pair["US"].standing.clocks == ()


def test_a_clock_that_is_restarted_forgets_its_spans(pen: Procedure, story: NewPair) -> None:
    pair = story(pen)
    pair.tells("IN", "notify")
    pair.tells("IN", "correct")
    assert spans(pair["IN"].standing) == [(2, None)]


def test_neither_a_crossed_nor_a_refused_turn_moves_a_clock(pen: Procedure, story: NewPair) -> None:
    pair = story(pen)
    pair.tells("IN", "notify")
    pair.tells("IN", "correct", is_refused=True)
    assert spans(pair["US"].standing) == [(1, None)]
    send, ask = pair.says("IN", "send"), pair.says("US", "ask")
    pair.learnt(pair.judged(send))
    pair.learnt(pair.judged(ask))
    assert spans(pair["IN"].standing) == spans(pair["US"].standing) == [(1, 4)]


# --------------------------------------------------------- laws over honest conversations


def talk(pair: "Pair", choices: list[int]) -> "Pair":
    """Play what the numbers choose: say, judge, refuse or learn, as far as it is possible."""
    for choice in choices:
        act, party, which = choice % 8, PARTIES[choice // 8 % 2], choice // 16
        node, peer = pair[party], pair[PARTIES[1 - PARTIES.index(party)]]
        may = node.standing.may_say(party)
        unjudged = [said for said in peer.own() if said.hash not in node.held]
        unlearnt = [said for said in node.pending() if said.hash in peer.held]
        if act < 4 and may and len(node.pending()) < 4:
            pair.says(party, may[which % len(may)].says)
        elif act < 7 and unjudged:
            # The verdicts that the speaker had given travel in front of the turn.
            for said in unlearnt:
                pair.learnt(peer.held[said.hash])
            pair.judged(unjudged[0], is_refused=which % 6 == 0)
        elif unlearnt:
            pair.learnt(peer.held[unlearnt[0].hash])
    return pair


talks = st.lists(st.integers(0, 1023), max_size=40)


@given(choices=talks, data=st.data())
def test_any_order_and_repetition_of_one_set_gives_the_same_standing(
    pen: Procedure, story: NewPair, choices: list[int], data: st.DataObject
) -> None:
    pair = talk(story(pen), choices)
    for party in PARTIES:
        held = list(pair[party].held.values())
        again = data.draw(st.lists(st.sampled_from(held), max_size=5)) if held else []
        shuffled = data.draw(st.permutations([*held, *again]))
        assert folded(pen, shuffled) == folded(pen, held)


@given(choices=talks)
def test_both_nodes_stand_alike_when_both_hold_all_verdicts(
    pen: Procedure, story: NewPair, choices: list[int]
) -> None:
    pair = talk(story(pen), choices)
    talk(pair, [5 + 16, 5 + 8 + 16, 7, 15] * 12)
    one, two = pair["IN"].standing, pair["US"].standing
    assert not pair["IN"].pending()
    assert one == two
    assert one.waiting == ()


@given(choices=talks)
def test_extend_agrees_with_fold(pen: Procedure, story: NewPair, choices: list[int]) -> None:
    pair = talk(story(pen), choices)
    for party in PARTIES:
        held: list[Said] = []
        for said in pair[party].held.values():
            longer = extend(folded(pen, held), said)
            held.append(said)
            assert longer in (None, folded(pen, held))


def test_extend_goes_on_where_everything_was_seen(pen: Procedure, story: NewPair) -> None:
    pair = story(pen)
    standing = folded(pen, [])
    for party, word in (("IN", "notify"), ("US", "ask"), ("IN", "answer"), ("US", "clear")):
        longer = extend(standing, pair.tells(party, word))
        assert longer is not None
        standing = longer
    assert standing == pair["US"].standing


@given(choices=talks, data=st.data())
def test_the_past_rests_only_on_what_a_turn_names(
    pen: Procedure, story: NewPair, choices: list[int], data: st.DataObject
) -> None:
    pair = talk(story(pen), choices)
    for said in pair["IN"].held.values():
        node = pair[said.turn.receiver]
        if said.hash not in node.held:
            continue
        # As it was when the verdict was given, and now that more is here, in any part.
        now = node.past_of(said.turn)
        heard = node.held[said.turn.seen].turn.n if said.turn.seen else 0
        named: list[Said] = []
        rest: list[Said] = []
        for one in node.held.values():
            is_own = one.turn.sender == said.turn.sender
            (named if one.turn.n < (said.turn.n if is_own else heard + 1) else rest).append(one)
        some = data.draw(st.lists(st.sampled_from(rest), max_size=3)) if rest else []
        assert past(pen, "IN", "US", [*some, *named], said.turn) == now
        row = pen.step(now.state, now.role(said.turn.sender), said.turn.says)
        assert (row is None) == (node.held[said.hash].code == "out-of-turn")


@given(choices=talks)
def test_what_a_turn_was_said_on_is_what_it_is_judged_on(
    pen: Procedure, story: NewPair, choices: list[int]
) -> None:
    pair = story(pen)
    stood: dict[str, Standing] = {}
    for choice in choices:
        before = {party: pair[party].standing for party in PARTIES}
        known = {party: set(pair[party].held) for party in PARTIES}
        talk(pair, [choice])
        for party in PARTIES:
            for said in pair[party].own():
                if said.hash not in known[party]:
                    stood[said.hash] = before[party]
    refused = {said.hash for said in pair["IN"].held.values() if said.verdict is Verdict.REFUSED}
    refused |= {said.hash for said in pair["US"].held.values() if said.verdict is Verdict.REFUSED}
    for party in PARTIES:
        for said in pair[party].own():
            under = {line.said.hash for line in stood[said.hash].lines}
            if not under & refused:
                assert pair[party].past_of(said.turn).state == stood[said.hash].state


# -------------------------------------------------------------- laws over arbitrary webs

WORDS = ("notify", "ask", "clear", "object", "answer", "withdraw", "correct", "send", "report", "nonsense")
HASHES = [f"{number:064x}" for number in range(14)]


@st.composite
def webs(draw: st.DrawFn) -> list[tuple[str, str, int, str, str | None, str | None, Verdict, int | None]]:
    """Draw turns that point anywhere, and take each other's slots."""
    some = st.sampled_from([None, *HASHES])
    size = draw(st.integers(0, 10))
    return [
        (
            HASHES[index],
            draw(st.sampled_from((*PARTIES, "ZZ"))),
            draw(st.integers(1, 5)),
            draw(st.sampled_from(WORDS)),
            draw(some),
            draw(some),
            draw(st.sampled_from(list(Verdict))),
            draw(st.one_of(st.none(), st.integers(0, 50))),
        )
        for index in range(size)
    ]


Web = list[tuple[str, str, int, str, str | None, str | None, Verdict, int | None]]


def woven(new_turn: NewTurn, web: Web) -> list[Said]:
    return [
        Said(
            new_turn(sender, "US" if sender == "IN" else "IN", says, n, prev=prev, seen=seen),
            name,
            verdict,
            None if hours is None else EPOCH + hours * HOUR,
        )
        for name, sender, n, says, prev, seen, verdict, hours in web
    ]


@given(web=webs(), data=st.data())
def test_no_web_of_turns_crashes_and_the_order_never_matters(
    pen: Procedure, new_turn: NewTurn, web: Web, data: st.DataObject
) -> None:
    saids = woven(new_turn, web)
    standing = folded(pen, saids)
    assert folded(pen, data.draw(st.permutations(saids))) == standing
    assert standing.state in pen.states
    laid = [line.said.hash for line in standing.lines] + [said.hash for said in standing.waiting]
    assert len(laid) == len(set(laid)) == len({(said.turn.sender, said.turn.n) for said in saids})
    for said in saids:
        assert past(pen, "IN", "US", saids, said.turn).state in pen.states
        longer = extend(standing, said)
        assert longer is None or longer.state in pen.states


@given(web=webs(), data=st.data())
def test_one_turn_with_two_different_verdicts_is_laid_out_alike_in_any_order(
    pen: Procedure, new_turn: NewTurn, web: Web, data: st.DataObject
) -> None:
    saids = woven(new_turn, web)
    later = [
        replace(said, at=EPOCH + 99 * HOUR, verdict=data.draw(st.sampled_from(list(Verdict))))
        for said in saids
    ]
    every = [*saids, *later]
    assert folded(pen, data.draw(st.permutations(every))) == folded(pen, every)


def test_a_copy_without_its_verdict_never_hides_the_verdict(pen: Procedure, story: NewPair) -> None:
    pair = story(pen)
    said = pair.says("IN", "notify")
    judged = pair.judged(said, is_refused=True)
    assert folded(pen, [said, judged]) == folded(pen, [judged, said]) == folded(pen, [judged])


def test_a_turn_that_names_its_own_as_seen_has_seen_nothing(pen: Procedure, new_turn: NewTurn) -> None:
    known = [
        Said(new_turn("IN", "US", "notify", 1), HASHES[1], Verdict.ACCEPTED, EPOCH),
        Said(new_turn("US", "IN", "object", 1, seen=HASHES[1]), HASHES[2], Verdict.ACCEPTED, EPOCH),
    ]
    liar = new_turn("IN", "US", "withdraw", 2, prev=HASHES[1], seen=HASHES[1])
    assert past(pen, "IN", "US", known, liar).state == "notified"


@pytest.mark.full
@given(choices=st.lists(st.integers(0, 1023), min_size=40, max_size=120))
def test_both_nodes_stand_alike_after_long_talks(pen: Procedure, story: NewPair, choices: list[int]) -> None:
    pair = talk(story(pen), choices)
    talk(pair, [5 + 16, 5 + 8 + 16, 7, 15] * 20)
    assert pair["IN"].standing == pair["US"].standing
