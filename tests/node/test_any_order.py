"""The law of arrival: however a peer's turns come, in whatever order and how often, one end.

India said fourteen things while the wire was down, in three cases: corrections that cross an
acknowledgement, a turn that must be refused, an answer, withdrawals. They are handed to fresh
copies of the United States' node in orders that hypothesis finds; the verdicts, byte for
byte, and where each case stands do not depend on it.
"""

import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.cli import stories
from comity.core import bundle as bundles
from comity.core.bundle import Cover, Record
from comity.core.case import Effect
from comity.node import bodies as kept
from comity.node import models
from comity.node.casework import docket
from comity.node.log import store
from comity.node.node import Node
from comity.node.peers import exchange
from comity.tracks.counternarcotics.bodies import Point, Question
from comity.tracks.registry import Registry, content_json

if TYPE_CHECKING:
    from tests.node.conftest import Tools

NOTIFICATION = "pre-export-notification/1"


@dataclass
class Recording:
    """What India said and the United States has not heard, and a node that has heard nothing of it."""

    india: Node
    us: Path
    pairing: str
    cases: tuple[str, ...]
    items: list[tuple[str, list[Record]]]
    copy: Callable[[], Node]
    close: Callable[[Node], None]

    def push(self, node: Node, which: list[int]) -> None:
        records = [record for index in which for record in self.items[index][1]]
        cover = Cover(
            pairing=self.pairing, sender="IN", receiver="US", says="push", at=self.india.clock.now()
        )
        exchange.receive(node, bundles.pack(records, cover, self.india.node_signer()))

    def end(self, node: Node) -> dict[str, Any]:
        """Everything that must not depend on the way: verdicts and standings."""
        rows = models.Verdict.objects.using(node.alias).filter(case__in=self.cases)
        found: dict[str, Any] = {row.turn: (row.accepted, row.code, bytes(row.text)) for row in rows}
        for case in self.cases:
            standing = docket.standing_of(node, self.pairing, case)
            assert standing is not None
            found[case] = standing
        return found

    def finish(self, node: Node) -> None:
        """Send everything again, as a patient peer does, until nothing waits."""
        for _ in self.items:
            self.push(node, list(range(len(self.items))))
            hashes = [item for item, _ in self.items]
            if models.Verdict.objects.using(node.alias).filter(turn__in=hashes).count() == len(hashes):
                return


@pytest.fixture(scope="module")
def recording(
    tools: "Tools", registries: dict[str, Registry], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Recording]:
    base = tmp_path_factory.mktemp("recording")
    pair = tools.agreed(base / "said", registries["gated"])
    stage, india = tools.stage(pair), tools.hand(pair, "IN")
    first, second, third = _settled(stage)
    stage.provisionally("US", stories._desk("US", "acknowledge", first, _reference(first)))
    _say_all(india, stage, first, second, third)

    items = []
    for row in models.Outbox.objects.using(pair.one.alias).filter(state="waiting").order_by("id"):
        records = [Record("turn", store.texts(pair.one, pair.id, [row.item])[row.item])]
        if row.body:
            records.append(Record("body", kept.read(pair.one, row.body) or b""))
        items.append((row.item, records))
    cases = tuple(
        dict.fromkeys(
            models.Outbox.objects.using(pair.one.alias).order_by("id").values_list("case", flat=True)
        )
    )
    tools.close(pair.two)

    def copy() -> Node:
        path = base / secrets.token_hex(4) / "US"
        shutil.copytree(pair.two.path, path)
        return tools.open_at(path, pair.clock, registries["gated"])

    def close(node: Node) -> None:
        tools.close(node)
        shutil.rmtree(node.path.parent)

    kept_cases = tuple(case for case in cases if case and case != pair.memorandum)
    yield Recording(pair.one, pair.two.path, pair.id, kept_cases, items, copy, close)
    tools.close(pair.one)


def _reference(case: str) -> dict[str, Any]:
    return {"case_reference": f"EX-{case[-6:]}", "contact_office": "US/DEA"}


def _settled(stage: Any) -> tuple[str, str, str]:
    """Three cases that both sides have alike: two notified, and one in which India was asked."""
    first, second, third = (
        stories.notify(
            stage, stage.pair.memorandum, stories.notification(stage, number, "Ephedrine", "299-42-3", "10")
        )
        for number in range(3)
    )
    stage.say("US", stories._desk("US", "acknowledge", third, _reference(third)))
    asked = Question(points=(Point(about="end-use", words="Which? (exercise)"),))
    stage.say("US", stories._desk("US", "ask", third, content_json(asked)))
    return first, second, third


def _say_all(india: Any, stage: Any, first: str, second: str, third: str) -> None:
    content = stories.notification(stage, 9, "Ephedrine", "299-42-3", "12")

    def say(case: str, says: str, body: str | None = None, inside: Any = None, **marking: Any) -> None:
        turn, sealed = india.turn(case, says), None
        turn = replace(turn, marking=replace(turn.marking, **marking))
        if body:
            turn, sealed = india.with_body(turn, body, inside)
        india.utter(india.seal(turn), turn, sealed)

    say(first, "correct", NOTIFICATION, content)
    say(first, "correct", NOTIFICATION, content)
    say(first, "withdraw", tlp="RED")
    say(first, "withdraw")
    say(second, "answer", "answer/1", {"points": [{"about": "end-use", "words": "x"}]})
    say(second, "correct", NOTIFICATION, {"colour": "red"})
    say(second, "correct", NOTIFICATION, content)
    say(second, "withdraw", purpose="gossip")
    say(third, "answer", "answer/1", {"points": [{"about": "end-use", "words": "x"}]})
    say(third, "correct", NOTIFICATION, content)
    say(third, "withdraw")
    fresh = f"IN-{secrets.token_hex(16)}"
    say(fresh, "notify", NOTIFICATION, content)
    say(fresh, "correct", NOTIFICATION, content, releasable_to=("IN", "US"))
    say(fresh, "withdraw")


ORDERS = st.lists(st.lists(st.integers(0, 13), min_size=1, max_size=4), max_size=12)


def test_the_recording_holds_what_it_says(recording: Recording) -> None:
    node = recording.copy()
    recording.finish(node)
    found = recording.end(node)
    recording.close(node)

    assert len(recording.items) == 14
    codes = [found[item][1] for item, _ in recording.items]
    assert codes.count("") == 10
    assert {code for code in codes if code} == {
        "above-ceiling",
        "out-of-turn",
        "body-malformed",
        "purpose-not-named",
    }
    effects = [line.effect for case in recording.cases for line in found[case].lines]
    assert Effect.CROSSED in effects
    assert [found[case].state for case in recording.cases] == [
        "withdrawn",
        "notified",
        "withdrawn",
        "withdrawn",
    ]


@settings(max_examples=20 if settings().max_examples <= 40 else 200)
@given(order=ORDERS)
def test_any_order_and_repetition_of_turns_comes_to_one_end(
    recording: Recording, order: list[list[int]]
) -> None:
    node = recording.copy()
    straight = recording.copy()
    try:
        for which in order:
            recording.push(node, which)
        recording.finish(node)
        recording.finish(straight)
        assert recording.end(node) == recording.end(straight)
    finally:
        recording.close(node)
        recording.close(straight)


def test_backwards_one_by_one_and_all_at_once_backwards_come_to_one_end(recording: Recording) -> None:
    ends = []
    for orders in ([[index] for index in range(13, -1, -1)], [list(range(13, -1, -1))]):
        node = recording.copy()
        for which in orders:
            recording.push(node, which)
        recording.finish(node)
        ends.append(recording.end(node))
        recording.close(node)
    assert ends[0] == ends[1]
