"""The dialogue: sessions, commitments and instruments as stories, and February 2024."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from comity.core.case import Effect
from comity.core.errors import Malformed
from comity.core.instrument import STATE_IN_FORCE, STATES_ENDED, in_force, latest_text, parse_annex
from comity.tracks import registry
from comity.tracks.dialogue import annexes, february_2024
from comity.tracks.dialogue.bodies import SessionRecord
from comity.tracks.dialogue.tables import COMMITMENT, NEGOTIATION, SESSION, TEXT_SAYS
from comity.tracks.registry import content_json

Make = Callable[..., Any]


# ---------------------------------------------------------------------------------- sessions


def test_a_session_is_proposed_agreed_recorded_and_confirmed(story: Make) -> None:
    case = story(SESSION).say("IN", "propose").say("US", "agree").say("IN", "record").say("US", "confirm")

    assert case.state == "confirmed"


def test_a_disputed_record_is_recorded_anew(story: Make) -> None:
    case = story(SESSION).say("IN", "propose").say("US", "agree").say("IN", "record").say("US", "dispute")

    case.say("IN", "record").say("US", "confirm")

    assert case.state == "confirmed"


def test_two_records_of_one_session_are_kept_apart(story: Make) -> None:
    case = (
        story(SESSION).say("IN", "propose").say("US", "agree").say("IN", "record").say("US", "record-apart")
    )

    assert case.state == "recorded-apart"
    assert all(line.effect is Effect.MOVED for line in case.standing.lines)


def test_a_session_that_was_recorded_was_held(story: Make) -> None:
    case = story(SESSION).say("IN", "propose").say("US", "agree")

    case.cross(("IN", "record"), ("US", "postpone"))

    assert case.state == "recorded"


@pytest.mark.parametrize("answer", ["agree", "decline"])
def test_a_proposal_that_is_withdrawn_is_withdrawn(story: Make, answer: str) -> None:
    assert story(SESSION).say("IN", "propose").cross(("IN", "withdraw"), ("US", answer)).state == "withdrawn"


# ------------------------------------------------------------------------------- commitments


def test_a_commitment_is_stated_disputed_restated_and_confirmed(story: Make) -> None:
    case = story(COMMITMENT, opener="US", other="IN")

    case.say("US", "state").say("IN", "dispute").say("US", "restate").say("IN", "confirm")

    assert case.state == "confirmed"


def test_a_commitment_can_be_withdrawn_while_it_is_only_stated(story: Make) -> None:
    case = story(COMMITMENT).say("IN", "state").cross(("US", "confirm"), ("IN", "withdraw"))

    assert case.state == "withdrawn"


# ------------------------------------------------------------------------------- instruments


def test_a_text_goes_to_and_fro_until_both_have_signed_it(story: Make) -> None:
    case = story(NEGOTIATION).say("IN", "propose").say("US", "amend").say("IN", "amend")

    case.say("US", "sign").say("IN", "sign")

    assert case.state == STATE_IN_FORCE
    assert latest_text(case.standing, TEXT_SAYS) == case.saids[2].hash


def test_the_other_side_may_sign_first_or_second(story: Make) -> None:
    case = story(NEGOTIATION).say("IN", "propose").say("US", "amend").say("IN", "sign")

    assert case.state == "signed-by-proposing"
    assert case.say("US", "sign").state == STATE_IN_FORCE


def test_a_signature_that_crosses_a_withdrawal_counts_only_as_the_second(story: Make) -> None:
    first = story(NEGOTIATION).say("IN", "propose").cross(("IN", "withdraw"), ("US", "sign"))
    second = story(NEGOTIATION).say("IN", "propose").say("US", "amend").say("IN", "sign")

    second.cross(("IN", "withdraw"), ("US", "sign"))

    assert first.state == "withdrawn"
    assert second.state == STATE_IN_FORCE


@pytest.mark.parametrize("party", ["IN", "US"])
def test_either_side_ends_it_and_the_notice_of_the_annex_runs(story: Make, party: str) -> None:
    case = story(NEGOTIATION).say("IN", "propose").say("US", "sign").say("IN", "sign").say(party, "terminate")
    annex = annexes.precursor_annex(["a" * 64], date(2026, 1, 1))

    instrument = in_force("IN-" + "0" * 32, case.standing, annex)

    assert case.state in STATES_ENDED
    assert instrument.signed
    assert instrument.ended_at is not None
    assert (instrument.ended_at - case.now).days == annexes.NOTICE_DAYS


def test_both_ending_it_at_once_end_it_once(story: Make) -> None:
    case = story(NEGOTIATION).say("IN", "propose").say("US", "sign").say("IN", "sign")

    case.cross(("IN", "terminate"), ("US", "terminate"))

    assert case.state == "terminated"


@pytest.mark.parametrize(
    ("first", "second"), [("terminate", "declare-expired"), ("declare-expired", "terminate")]
)
def test_a_term_that_ran_out_wins_over_a_notice(story: Make, first: str, second: str) -> None:
    case = story(NEGOTIATION).say("IN", "propose").say("US", "sign").say("IN", "sign")

    assert case.cross(("IN", first), ("US", second)).state == "expired"


def test_the_table_has_the_states_that_the_core_reads() -> None:
    assert {STATE_IN_FORCE, *STATES_ENDED} <= set(NEGOTIATION.states)
    carrying = {step.says for step in NEGOTIATION.steps if step.body == "instrument-text/1"}
    assert carrying == set(TEXT_SAYS)


def test_signing_and_ending_take_two_officers() -> None:
    for step in NEGOTIATION.steps:
        assert step.four_eyes == (step.says in ("sign", "terminate"))


# ----------------------------------------------------------------------------- February 2024


def reread(body_type: str, content: Any) -> Any:
    return registry.parse_content(body_type, registry.schema_hash(body_type) or "", content_json(content))


def test_the_session_of_february_2024_parses() -> None:
    assert reread("session-proposal/1", february_2024.PROPOSAL) == february_2024.PROPOSAL
    for record in (february_2024.RECORD, february_2024.RECORD_OF_INDIA):
        assert reread("session-record/1", record) == record
    for commitment in february_2024.COMMITMENTS:
        assert reread("commitment/1", commitment) == commitment


def test_the_two_records_differ_where_the_two_governments_do() -> None:
    ours, theirs = february_2024.RECORD, february_2024.RECORD_OF_INDIA

    assert (ours.starts_on, ours.ends_on) == ("2024-02-27", "2024-02-29")
    assert (theirs.starts_on, theirs.ends_on) == ("2024-02-28", "2024-02-28")
    titles = [{chair.name: chair.title for chair in one.co_chairs} for one in (ours, theirs)]
    assert titles[0]["Kristie Canegallo"].startswith("Senior Official Performing the Duties")
    assert titles[1]["Kristie Canegallo"].startswith("Acting")
    assert titles[0]["Ajay Bhalla"] == titles[1]["Ajay Bhalla"] == "Home Secretary"
    assert ours.next_session is None
    assert theirs.next_session is not None


def test_every_fact_names_its_source_and_what_was_only_noted_is_no_commitment() -> None:
    assert [one.number for one in february_2024.COMMITMENTS] == [1, 2, 3, 4, 5]
    assert {one.strength for one in february_2024.COMMITMENTS} == {"reaffirmed", "agreed", "signed"}
    assert all(one.sources[0].published_on == "2024-02-29" for one in february_2024.COMMITMENTS)
    assert all("Working Group" not in one.text.en for one in february_2024.COMMITMENTS)
    assert any("Working Group" in one.en for one in february_2024.RECORD.reviewed)


def test_no_words_of_the_readout_are_copied(shared: Path) -> None:
    article = " ".join(
        (shared / "data" / "readouts" / "000_01137d8f3291b70c.txt").read_text(encoding="utf-8").split()
    )
    for commitment in february_2024.COMMITMENTS:
        words = commitment.text.en.split()
        runs = [" ".join(words[at : at + 9]) for at in range(max(1, len(words) - 8))]
        assert not any(run in article for run in runs), commitment.text.en


def test_the_memorandum_of_the_demonstration_says_that_it_is_not_the_real_one() -> None:
    annex = annexes.precursor_annex(["a" * 64], date(2026, 11, 1), until=date(2027, 11, 1))

    text = february_2024.demo_memorandum(annex, session="US-" + "1" * 32)

    assert reread("instrument-text/1", text) == text
    assert parse_annex(text.annex) == annex
    assert text.title.en.startswith("Exercise")
    assert "अभ्यास" in text.title.hi
    assert "not the Memorandum of February 2024" in text.clauses[0].en


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ends_on": "2024-02-26"}, "ends_on: before-start"),
        ({"place": None}, "place: required"),
        ({"level": "summit"}, "level: literal_error"),
        ({"sources": []}, "sources: too_short"),
        ({"co_chairs": []}, "co_chairs: too_short"),
    ],
)
def test_a_wrong_record_is_refused_by_place_and_kind(changes: dict[str, Any], told: str) -> None:
    content = content_json(february_2024.RECORD) | changes

    with pytest.raises(Malformed, match=told):
        registry.parse_content("session-record/1", registry.schema_hash("session-record/1") or "", content)


def test_a_virtual_session_has_no_place() -> None:
    content = content_json(february_2024.RECORD) | {"place": None, "mode": "virtual"}
    pin = registry.schema_hash("session-record/1") or ""

    assert isinstance(registry.parse_content("session-record/1", pin, content), SessionRecord)
