"""The docket is computed: what was written turn by turn is what a rebuild computes again."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from comity.cli import stories
from comity.core.canonical import JsonObject
from comity.node import models, overview
from comity.node.casework import docket, finding, telling
from comity.node.node import Node

if TYPE_CHECKING:
    from tests.node.conftest import Hand, Pair, Stage


def rows(node: Node) -> list[dict[str, Any]]:
    found = models.Docket.objects.using(node.alias).order_by("pairing", "case").values()
    return [{name: value for name, value in row.items() if name != "id"} for row in found]


def rebuilt_alike(pair: "Pair") -> None:
    for node in pair.nodes:
        before = rows(node)
        counted: list[int] = []
        assert docket.rebuild(node, counted.append) == len(before)
        assert rows(node) == before
        assert counted[-1:] == [len(before)] or not before


def test_all_stories_are_on_both_dockets_and_a_rebuild_changes_nothing(stage: "Stage") -> None:
    session = stories.session(stage)
    stories.commitment(stage, session.case)
    memorandum = stories.memorandum(stage, session.case)
    rebuilt_alike(stage.pair)
    for story in stories.SHIPMENTS:
        story(stage, memorandum.case)
        rebuilt_alike(stage.pair)

    ours, theirs = (rows(node) for node in stage.pair.nodes)
    assert len(ours) == 8
    swapped = [
        {**row, "our_office": row["their_office"], "their_office": row["our_office"]} for row in theirs
    ]
    assert [_without_instants(row) for row in ours] == [_without_instants(row) for row in swapped]


def _without_instants(row: dict[str, Any]) -> dict[str, Any]:
    """The row without the instant of the last event: a verdict reaches its sender later."""
    return {name: value for name, value in row.items() if name != "last_at"}


def test_open_provisional_and_crossed_cases_are_rebuilt_alike(agreed: "Pair", played: "Stage") -> None:
    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    case = stories.notify(played, agreed.memorandum, content)
    rebuilt_alike(agreed)
    played.provisionally("IN", stories._desk("IN", "withdraw", case, None))
    reference: JsonObject = {"case_reference": "EX", "contact_office": "US/DEA"}
    played.provisionally("US", stories._desk("US", "acknowledge", case, reference))
    assert all(row["provisional"] for node in agreed.nodes for row in rows(node) if row["case"] == case)
    rebuilt_alike(agreed)
    played.settle()
    assert not any(row["provisional"] for node in agreed.nodes for row in rows(node))
    rebuilt_alike(agreed)


def test_a_clock_that_runs_is_on_the_docket_and_a_paused_one_is_not(agreed: "Pair", played: "Stage") -> None:
    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    case = stories.notify(played, agreed.memorandum, content)
    for node in agreed.nodes:
        row = models.Docket.objects.using(node.alias).get(case=case)
        assert (row.due_by, row.turn_of) == ("US", "US")
        assert row.due_at is not None
        # 15 days counted from the day after; the end of the day in the owner's capital.
        assert (row.due_at.date() - agreed.clock.now().date()).days == 16
    rebuilt_alike(agreed)


def test_a_case_whose_opening_was_refused_is_not_lost_from_sight(
    agreed: "Pair", hand: Callable[[str], "Hand"], played: "Stage"
) -> None:
    india = hand("IN")
    case = "IN-" + "ab" * 16
    turn = india.turn(case, "notify")  # it carries no body, and must
    sealed = india.seal(turn)
    india.utter(sealed, turn)
    (pending,) = (row for row in rows(agreed.one) if row["case"] == case)
    assert (pending["state"], pending["provisional"]) == ("notified", True)
    agreed.deliver()

    rebuilt_alike(agreed)
    for node in agreed.nodes:
        (row,) = (row for row in rows(node) if row["case"] == case)
        assert (row["state"], row["turn_of"], row["closed"], row["provisional"]) == (
            "start",
            "IN",
            False,
            False,
        )
        told = telling.tell(node, finding.find(node, case[:9]))
        words = list(told.sentences())
        assert any("refused" in line for line in words)
        assert told.value()["state"] == "start"

    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    stage_saying = stories._desk("IN", "notify", case, content, agreed.memorandum)
    played.say("IN", stage_saying)
    assert agreed.state(case) == "notified"
    rebuilt_alike(agreed)


def test_a_docket_that_was_damaged_is_mended_by_a_rebuild(agreed: "Pair", played: "Stage") -> None:
    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    case = stories.notify(played, agreed.memorandum, content)
    before = rows(agreed.two)
    models.Docket.objects.using(agreed.two.alias).filter(case=case).update(state="cleared", closed=True)
    models.Docket.objects.using(agreed.two.alias).exclude(case=case).delete()
    docket.rebuild(agreed.two)
    assert rows(agreed.two) == before
    (peer,) = (overview.peer(agreed.two, row) for row in overview.pairings(agreed.two))
    assert (peer.cases, peer.open_cases) == (2, 2)


def test_the_docket_holds_no_word_of_any_body(agreed: "Pair", played: "Stage") -> None:
    content = stories.notification(played, 1, "Ephedrine", "299-42-3", "10")
    stories.notify(played, agreed.memorandum, content)
    for node in agreed.nodes:
        text = repr(rows(node))
        for word in ("Ephedrine", "299-42-3", "Sahyadri", "Hudson", "USNYC"):
            assert word not in text


@pytest.mark.parametrize("beginning", ["IN-", "zz", ""])
def test_a_case_that_is_not_one_is_not_found(beginning: str, agreed: "Pair", played: "Stage") -> None:
    for number in (1, 2):
        content = stories.notification(played, number, "Ephedrine", "299-42-3", "10")
        stories.notify(played, agreed.memorandum, content)
    with pytest.raises(finding.NoSuchCase):
        finding.find(agreed.one, beginning)
