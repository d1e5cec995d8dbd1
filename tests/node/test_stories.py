"""The demonstration's stories between two nodes in one process."""

from collections.abc import Iterator
from datetime import date

import pytest

from comity.cli import stories
from comity.core.case import Effect, Said
from comity.core.evidence import verify
from comity.node.casework.speaking import CannotSay, Saying, say
from comity.node.disclosure.export import export
from comity.node.models import Outbox, Receipt
from comity.node.node import Node
from comity.tracks.registry import shipped


class InProcess:
    """The stage of the tests: two nodes here, a wire of direct calls."""

    def __init__(self, pair) -> None:
        self.pair = pair

    def node(self, party: str) -> Node:
        return self.pair.one if party == self.pair.one.party else self.pair.two

    def say(self, party: str, saying: Saying) -> Said:
        return self.pair.say(self.node(party), saying)

    def provisionally(self, party: str, saying: Saying) -> Said:
        return self.pair.say(self.node(party), saying, deliver=False)

    def settle(self) -> None:
        self.pair.deliver()

    def today(self) -> date:
        return self.pair.clock.now().date()

    def pass_days(self, days: int) -> None:
        self.pair.clock.pass_by(days=days)

    def state(self, case: str) -> str:
        return self.pair.state(case)


@pytest.fixture
def stage(pair) -> Iterator[InProcess]:
    yield InProcess(pair)


@pytest.fixture
def in_force(stage: InProcess) -> str:
    session = stories.session(stage)
    return stories.memorandum(stage, session.case).case


def test_the_session_and_a_commitment_are_on_both_records(stage: InProcess) -> None:
    session = stories.session(stage)
    assert session.state == "confirmed"
    assert stories.commitment(stage, session.case).state == "confirmed"


def test_no_notification_before_the_memorandum_and_one_after(stage: InProcess) -> None:
    content = stories.notification(stage, 1, "Ephedrine", "299-42-3", "10")
    with pytest.raises(CannotSay) as refused:
        stories.notify(stage, "founding", content)
    assert refused.value.judgement.code == "not-switched-on"

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
def test_a_shipment_is_followed_to_its_end_and_proved(stage: InProcess, in_force: str, story, state: str) -> None:
    played = story(stage, in_force)

    assert played.state == state
    for party in ("IN", "US"):
        node = stage.node(party)
        assert not Outbox.objects.using(node.alias).filter(state="waiting").exists()
        report = verify(
            export(node, stage.pair.id, played.case, 1), parse_content=shipped().parse_content
        )
        assert report.faults == []
        assert report.state == state
        assert report.exercise


def test_a_crossed_clearance_is_kept_without_effect(stage: InProcess, in_force: str) -> None:
    case = stories.crossed_withdrawal(stage, in_force).case
    for party in ("IN", "US"):
        lines = stage.pair.standing(stage.node(party), case).lines
        assert [line.said.turn.says for line in lines if line.effect is Effect.CROSSED] == ["clear"]
