"""Pre-export notification: its stories, its clocks, and which of two clocks blocks."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from comity.core.canonical import digest
from comity.core.case import Effect, Standing
from comity.core.clock import Calendar
from comity.core.instrument import Annex, Instrument
from comity.core.keys import Name
from comity.core.procedure import Procedure, canonical_json
from comity.core.turn import Under
from comity.core.verdict import due_clocks
from comity.tracks.calendars import CALENDARS
from comity.tracks.counternarcotics.blocking import Blocking, which_blocks
from comity.tracks.counternarcotics.table import PRE_EXPORT_NOTIFICATION as PEN
from comity.tracks.dialogue import annexes

Make = Callable[..., Any]
NOON = datetime(2026, 11, 23, 5, 11, tzinfo=UTC)
DECISIONS = ("clear", "clear-with-conditions", "object")


# -------------------------------------------------------------------------------- the stories


def test_a_shipment_is_notified_asked_about_and_cleared(story: Make) -> None:
    case = story(PEN)

    case.say("IN", "notify").say("US", "acknowledge").say("US", "ask").say("IN", "answer").say("US", "clear")

    assert case.state == "cleared"
    assert case.standing.closed
    assert case.standing.clocks == ()


@pytest.mark.parametrize(
    ("says", "then"), [("clear-with-conditions", "cleared-with-conditions"), ("object", "objected")]
)
def test_it_is_cleared_with_conditions_or_objected_to(story: Make, says: str, then: str) -> None:
    case = story(PEN).say("IN", "notify").say("US", "acknowledge").say("US", says)

    assert case.state == then


def test_time_is_extended_once_and_questions_go_on(story: Make) -> None:
    case = story(PEN).say("IN", "notify").say("US", "acknowledge").say("US", "extend")

    case.say("US", "ask").say("IN", "answer")

    assert case.state == "extended"
    assert "extend" not in {step.says for step in case.standing.may_say("US")}


def test_a_correction_must_be_acknowledged_again(story: Make) -> None:
    case = story(PEN).say("IN", "notify").say("US", "acknowledge").say("IN", "correct")

    assert case.state == "notified"
    assert {step.says for step in case.standing.may_say("US")} == {"acknowledge"}


@pytest.mark.parametrize("answer", ["ask", "extend", *DECISIONS])
@pytest.mark.parametrize(("says", "then"), [("withdraw", "withdrawn"), ("correct", "notified")])
def test_what_the_exporter_takes_back_wins_over_every_answer(
    story: Make, answer: str, says: str, then: str
) -> None:
    case = story(PEN).say("IN", "notify").say("US", "acknowledge")

    case.cross(("US", answer), ("IN", says))

    assert case.state == then
    lost = [line for line in case.standing.lines if line.effect is Effect.CROSSED]
    assert [line.said.turn.says for line in lost] == [answer]


@pytest.mark.parametrize("answer", ["ask", "extend", *DECISIONS])
def test_an_answer_that_crosses_a_declared_silence_wins(story: Make, answer: str) -> None:
    row = PEN.step("considered", "importing", answer)
    case = story(PEN).say("IN", "notify").say("US", "acknowledge")

    case.cross(("IN", "declare-silence"), ("US", answer))

    assert row is not None
    assert case.state == row.then


def test_silence_before_the_acknowledgement_can_be_declared(story: Make) -> None:
    assert story(PEN).say("IN", "notify").say("IN", "declare-silence").state == "silence-declared"


def test_while_a_question_is_open_only_the_exporter_speaks(story: Make) -> None:
    case = story(PEN).say("IN", "notify").say("US", "acknowledge").say("US", "ask")

    assert case.standing.turn_of == "IN"
    assert case.standing.may_say("US") == ()
    assert {step.says for step in case.standing.may_say("IN")} == {"answer", "withdraw", "correct"}


def test_no_silence_is_declared_while_a_question_is_open() -> None:
    for state in ("asked", "asked-again"):
        assert PEN.step(state, "exporting", "declare-silence") is None


@pytest.mark.parametrize("state", ["notified", "considered", "extended"])
def test_each_interrupt_decides_against_all_that_may_cross_it(state: str) -> None:
    theirs = {step.says for step in PEN.may_say(state, "importing")}

    for step in PEN.may_say(state, "exporting"):
        assert step.interrupt
        assert {*step.beats, *step.yields} == theirs


# --------------------------------------------------------------------------------- the clocks


def clock_names(standing: Standing) -> dict[str, bool]:
    return {clock.slot.name: clock.paused for clock in standing.clocks}


def test_the_decision_pauses_while_a_question_is_open_and_the_notice_does_not(story: Make) -> None:
    case = story(PEN).say("IN", "notify").say("US", "acknowledge").say("US", "ask")

    assert clock_names(case.standing) == {"decision": True, "waiting": False}


def test_an_extension_starts_the_decision_anew_and_not_the_notice(story: Make) -> None:
    case = story(PEN).say("IN", "notify").say("US", "acknowledge").say("US", "extend")

    decision, waiting = case.standing.clocks
    assert [len(decision.spans), len(waiting.spans)] == [1, 1]
    assert decision.spans[0][0] == case.saids[2].at
    assert waiting.spans[0][0] == case.saids[0].at


def test_a_correction_starts_both_clocks_anew(story: Make) -> None:
    case = story(PEN).say("IN", "notify").say("US", "acknowledge").say("IN", "correct")

    assert {clock.spans[0][0] for clock in case.standing.clocks} == {case.saids[2].at}


def test_the_default_terms_fill_every_clock_of_each_side() -> None:
    line = annexes.pre_export_line([PEN.hash])

    for party in ("IN", "US"):
        for clock in PEN.clocks:
            terms = line.terms_of(party, clock.name)
            assert terms is not None
            assert terms.silence in clock.silences
    assert line.procedure == PEN.id


def test_every_default_says_where_it_comes_from() -> None:
    assert all(clock.source for clock in annexes.PRE_EXPORT_CLOCKS)
    assert [bool(clock.unverified) for clock in annexes.PRE_EXPORT_CLOCKS] == [True, True, False, False]


# ----------------------------------------------------------------------------- which one blocks

NAMES = {"IN": Name("India", "भारत"), "US": Name("United States", "संयुक्त राज्य अमेरिका")}
ANNEX: Annex = annexes.precursor_annex([PEN.hash], date(2026, 1, 1))


class Signed:
    """What both parties signed, in this test: one instrument and the calendars that ship."""

    def procedure(self, table: str) -> Procedure | None:
        return PEN if table == PEN.hash else None

    def instrument(self, under: Under, sender: str) -> Instrument | None:
        return Instrument(under.instrument, ANNEX, signed=True)

    def calendar(self, wanted: str) -> Calendar | None:
        return CALENDARS.get(wanted)

    def text(self, _standing: Standing) -> None:
        return None


def blocks(case: Any, now: datetime) -> Blocking:
    clocks = tuple(due_clocks(case.standing, Signed()))
    return which_blocks(case.standing, clocks, NAMES, now, annexes.DECISIONS)


def notified(story: Make, exporter: str, importer: str) -> Any:
    return story(PEN, opener=exporter, other=importer).say(exporter, "notify", at=NOON)


def test_an_export_to_india_waits_for_its_certificate_and_says_so_with_both_clocks(story: Make) -> None:
    found = blocks(notified(story, "US", "IN"), NOON)

    assert (found.kind, found.party, found.clock, found.until) == ("decision", "IN", "decision", None)
    # 24 November (Guru Nanak's birthday) is a holiday of the table, so 21 working days end on the 23rd.
    assert found.words.en == (
        "India's certificate blocks: its 21 working days end on 23 December "
        "2026 (24:00 in New Delhi, 13:30 on "
        "23 December 2026 in Washington; holidays not verified) and its silence "
        "is not consent. The United States' "
        "own 15 days end on 8 December 2026 (24:00 in Washington, 10:30 on 9 "
        "December 2026 in New Delhi); after "
        "that it may be lawful to send and is still unlawful to receive."
    )


def test_the_same_stands_in_hindi_with_the_month_as_a_word(story: Make) -> None:
    words = blocks(notified(story, "US", "IN"), NOON).words.hi

    assert words.startswith("भारत का अनापत्ति प्रमाणपत्र रोक रहा है: उसके 21 कार्य-दिवस 23 दिसंबर 2026")
    assert "नई दिल्ली में 24:00, वाशिंगटन में 23 दिसंबर 2026 को 13:30" in words
    assert "संयुक्त राज्य अमेरिका के अपने 15 दिन 8 दिसंबर 2026" in words


def test_when_the_notice_period_is_over_the_certificate_still_blocks(story: Make) -> None:
    found = blocks(notified(story, "US", "IN"), NOON + timedelta(days=20))

    assert (found.kind, found.party) == ("decision", "IN")
    assert "own 15 days ended on 8 December 2026" in found.words.en
    assert "since then it may be lawful to send and is still unlawful to receive" in found.words.en


def test_an_overdue_certificate_blocks_for_ever(story: Make) -> None:
    found = blocks(notified(story, "US", "IN"), NOON + timedelta(days=400))

    assert (found.kind, found.party, found.until) == ("decision", "IN", None)
    assert "ended on 23 December 2026" in found.words.en
    assert "it is overdue, and its silence is not consent" in found.words.en


def test_an_export_to_the_united_states_waits_until_silence_is_consent(story: Make) -> None:
    case = notified(story, "IN", "US")

    before, after = blocks(case, NOON), blocks(case, NOON + timedelta(days=17))

    assert (before.kind, before.party, before.clock) == ("decision", "US", "decision")
    assert before.until == datetime(2026, 12, 9, 5, tzinfo=UTC)
    assert "India may declare that its silence was consent" in before.words.en
    # Its silence has run out, and India's own certificate for export has not.
    assert (after.kind, after.party, after.clock) == ("notice-period", "IN", "waiting")
    assert "an answer still counts" in after.words.en


def test_when_both_clocks_are_over_only_the_declaration_is_left(story: Make) -> None:
    found = blocks(notified(story, "IN", "US"), NOON + timedelta(days=60))

    assert (found.kind, found.party) == ("silence", None)
    assert "India may declare that this silence was consent" in found.words.en


def test_an_open_question_blocks_with_the_exporter(story: Make) -> None:
    case = notified(story, "US", "IN").say("IN", "acknowledge").say("IN", "ask")

    found = blocks(case, NOON + timedelta(days=4))

    assert (found.kind, found.party) == ("question-open", "US")
    assert found.words.en.startswith("The United States blocks: India has asked")


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ("clear", "The United States has cleared the shipment."),
        (
            "clear-with-conditions",
            "The United States has cleared the shipment with conditions; they must hold.",
        ),
        ("object", "The United States has objected: the shipment may not go."),
    ],
)
def test_a_decision_is_said_plainly(story: Make, says: str, words: str) -> None:
    case = notified(story, "IN", "US").say("US", "acknowledge").say("US", says)

    found = blocks(case, case.now)

    assert (found.kind, found.words.en) == ("decided", words)
    assert found.party == ("US" if says == "object" else None)


def test_a_clock_without_terms_in_the_annex_is_said_to_be_without(story: Make) -> None:
    case = notified(story, "IN", "US")

    found = which_blocks(case.standing, (), NAMES, NOON)

    assert (found.kind, found.party) == ("not-accepted", "US")
    assert "the annex gives its decision no clock" in found.words.en


def test_the_hash_of_the_table_is_that_of_its_canonical_json() -> None:
    assert digest(canonical_json(PEN)) == PEN.hash
