"""The demonstration's stories between two nodes in one process."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from comity.cli import stories
from comity.core.case import Effect
from comity.core.evidence import verify
from comity.node.casework.speaking import CannotSay
from comity.node.disclosure.export import export
from comity.node.models import Outbox
from comity.tracks.registry import shipped

if TYPE_CHECKING:
    from tests.node.conftest import Stage


@pytest.fixture
def in_force(stage: "Stage") -> str:
    session = stories.session(stage)
    return stories.memorandum(stage, session.case).case


def test_the_session_and_a_commitment_are_on_both_records(stage: "Stage") -> None:
    session = stories.session(stage)
    assert session.state == "confirmed"
    assert stories.commitment(stage, session.case).state == "confirmed"


def test_no_notification_before_the_memorandum_and_one_after(stage: "Stage") -> None:
    content = stories.notification(stage, 1, "Ephedrine", "299-42-3", "10")
    before = sorted((stage.pair.one.path / "bodies").rglob("*"))
    with pytest.raises(CannotSay) as refused:
        stories.notify(stage, "founding", content)
    assert refused.value.judgement.code == "not-switched-on"
    assert sorted((stage.pair.one.path / "bodies").rglob("*")) == before

    session = stories.session(stage)
    memorandum = stories.memorandum(stage, session.case)
    assert memorandum.state == "in-force"
    case = stories.notify(stage, memorandum.case, content)
    assert stage.state(case) == "notified"


@pytest.mark.parametrize(
    ("story", "state"),
    [
        (stories.cleared, "cleared"),
        (stories.cleared_with_conditions, "cleared-with-conditions"),
        (stories.objected, "objected"),
        (stories.crossed_withdrawal, "withdrawn"),
        (stories.declared_silence, "silence-declared"),
    ],
)
def test_a_shipment_is_followed_to_its_end_and_proved(
    stage: "Stage", in_force: str, story: Callable[..., stories.Played], state: str
) -> None:
    played = story(stage, in_force)

    assert played.state == state
    for party in ("IN", "US"):
        node = stage.pair.node(party)
        assert not Outbox.objects.using(node.alias).filter(state="waiting").exists()
        report = verify(export(node, stage.pair.id, played.case, 1), parse_content=shipped().parse_content)
        assert report.faults == []
        assert report.state == state
        assert report.exercise


def test_a_crossed_clearance_is_kept_without_effect(stage: "Stage", in_force: str) -> None:
    case = stories.crossed_withdrawal(stage, in_force).case
    for party in ("IN", "US"):
        lines = stage.pair.standing(stage.pair.node(party), case).lines
        assert [line.said.turn.says for line in lines if line.effect is Effect.CROSSED] == ["clear"]


def test_an_instrument_whose_term_ran_out_is_declared_expired_and_opens_no_case(stage: "Stage") -> None:
    session = stories.session(stage)
    today = stage.today()
    case = stories.memorandum(stage, session.case, until=today + timedelta(days=30)).case
    declare = stories._dialogue("US", "instrument.negotiation", "declare-expired", case, None)

    with pytest.raises(CannotSay) as early:
        stage.say("US", declare)
    assert early.value.judgement.code == "not-run-out"
    stage.pass_days(32)
    with pytest.raises(CannotSay) as ended:
        stories.notify(stage, case, stories.notification(stage, 1, "Ephedrine", "299-42-3", "10"))
    assert ended.value.judgement.code == "instrument-ended"
    stage.say("US", declare)
    assert stage.state(case) == "expired"
